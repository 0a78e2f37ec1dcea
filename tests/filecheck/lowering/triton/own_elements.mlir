// RUN: letgrad-opt %s -t triton | filecheck %s

// If each element of the carried values needs itself alone, one kernel takes all steps of a loop.
// CHECK-LABEL: def own_elements_h(
// CHECK:         h = tl.load(h0_ptr + i, mask=i_in)
// CHECK-NEXT:    for turn in range(5):
// CHECK-NEXT:        [[STEP:step[0-9]*]] = 4 - turn
// CHECK-NEXT:        xs_row = tl.load(xs_ptr + [[STEP]] * 4 + i, mask=i_in)
// CHECK-NEXT:        [[Y:[a-z0-9]+]] = h * xs_row
// CHECK-NEXT:        [[TANH:[a-z0-9]+]] = libdevice.tanh([[Y]])
// CHECK-NEXT:        tl.store(ys_ptr + [[STEP]] * 4 + i, [[Y]], mask=i_in)
// CHECK-NEXT:        next_h = [[TANH]]
// CHECK-NEXT:        h = next_h
// CHECK-NEXT:    tl.store(h_ptr + i, h, mask=i_in)
// CHECK-LABEL: def own_elements(h0, xs):
// CHECK-NOT:     for
// CHECK:         own_elements_h[(1,)](h0, xs, ys, h, BLOCK=32, num_warps=1, **EXACT)
// CHECK-NEXT:    return h, ys
func.func @own_elements(%h0: tensor<4xf32>, %xs: tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  %h, %ys = ten.scan [5] reverse (%a = %h0 : tensor<4xf32>) over (%x = %xs : tensor<5x4xf32>)
      -> (tensor<4xf32>, tensor<5x4xf32>) {
    %0 = arith.mulf %a, %x : tensor<4xf32>
    %1 = math.tanh %0 : tensor<4xf32>
    ten.yield %1, %0 : tensor<4xf32>, tensor<4xf32>
  }
  func.return %h, %ys : tensor<4xf32>, tensor<5x4xf32>
}
