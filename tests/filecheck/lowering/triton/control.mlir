// RUN: letgrad-opt %s -t triton | filecheck %s

// Branches get launchers of their own.
// CHECK-LABEL: def branches(b, x):
// CHECK:         if b.item():
// CHECK-NEXT:        [[THEN:x[0-9]+]] = branches_if(x)
// CHECK-NEXT:        y = [[THEN]]
// CHECK-NEXT:    else:
// CHECK-NEXT:        [[ELSE:x[0-9]+]] = branches_if1(x)
// CHECK-NEXT:        y = [[ELSE]]
// CHECK-NEXT:    return y
func.func @branches(%b: i1, %x: tensor<40xf32>) -> tensor<40xf32> {
  %y = scf.if %b -> (tensor<40xf32>) {
    %0 = ten.cumsum %x dim 0 : tensor<40xf32>
    %1 = math.exp %0 : tensor<40xf32>
    scf.yield %1 : tensor<40xf32>
  } else {
    scf.yield %x : tensor<40xf32>
  }
  func.return %y : tensor<40xf32>
}

// The launcher runs the steps of a loop itself, if elements need others. The kernel of a step writes
// the row of the step.
// CHECK-LABEL: def steps(h0, xs):
// CHECK:         h = h0
// CHECK-NEXT:    ys = torch.empty((5, 4), dtype=torch.float32, device=DEVICE)
// CHECK-NEXT:    for step in reversed(range(5)):
// CHECK-NEXT:        x = xs[step]
// CHECK-NEXT:        [[Y:x[0-9]+]] = ys[step]
// CHECK-NEXT:        [[NEXT:x[0-9]+]] = torch.empty((4,), dtype=torch.float32, device=DEVICE)
// CHECK-NEXT:        {{.*}}(x, h, [[Y]], [[NEXT]], BLOCK=4, num_warps=1, **EXACT)
// CHECK-NEXT:        h = [[NEXT]]
// CHECK-NEXT:        del [[Y]]
// CHECK-NEXT:    return h.clone(), ys
func.func @steps(%h0: tensor<4xf32>, %xs: tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  %h, %ys = ten.scan [5] reverse (%a = %h0 : tensor<4xf32>) over (%x = %xs : tensor<5x4xf32>)
      -> (tensor<4xf32>, tensor<5x4xf32>) {
    %b = ten.reverse %a dims [0] : tensor<4xf32>
    %0 = arith.mulf %b, %x : tensor<4xf32>
    %1 = math.tanh %0 : tensor<4xf32>
    ten.yield %1, %0 : tensor<4xf32>, tensor<4xf32>
  }
  func.return %h, %ys : tensor<4xf32>, tensor<5x4xf32>
}
