// RUN: letgrad-opt %s -t triton | filecheck %s
// RUN: letgrad-opt %s -t 'triton{scatter=atomic}' | filecheck %s --check-prefix=ATOMIC

// Places may repeat. They are sorted, and each element of the result adds its sources in their order.
// CHECK-LABEL: def repeated_r_places(
// CHECK:         tl.store(r_places_ptr + i, tl.where(({{.*}} >= 0) & ({{.*}} < 5), {{.*}}, 5)
// CHECK-LABEL: def repeated_r(
// CHECK:         for step in range(tl.max(stop - start, axis=0)):
// CHECK-NEXT:        more = step < stop - start
// CHECK-NEXT:        source = tl.load(r_order_ptr + start + step, mask=more, other=0)
// CHECK-NEXT:        v = tl.load(v_ptr + source, mask=more)
// CHECK-NEXT:        r_acc = r_acc + tl.where(more, v, 0.0)
// ATOMIC-LABEL: def repeated_r(
// ATOMIC:        tl.atomic_add(r_ptr + {{.*}}, v, mask={{.*}}, sem="relaxed")
func.func @repeated(%v: tensor<1000xf32>, %i: tensor<1000xi64>) -> tensor<5xf32> {
  %r = ten.scatter [5] %v (%a) : tensor<1000xf32> -> tensor<5xf32> {
    %0 = ten.index %i[%a] : tensor<1000xi64> -> i64
    %1 = arith.index_cast %0 : i64 to index
    ten.yield %1 : index
  }
  func.return %r : tensor<5xf32>
}

// No two places are equal: stores over zeros.
// CHECK-LABEL: def no_two_r(
// CHECK:         tl.store(r_ptr + {{.*}}, v, mask={{.*}})
func.func @no_two(%v: tensor<6xf32>) -> tensor<9x9xf32> {
  %r = ten.scatter [9, 9] %v (%a) {unique} : tensor<6xf32> -> tensor<9x9xf32> {
    %0 = arith.muli %a, %a : index
    ten.yield %0, %a : index, index
  }
  func.return %r : tensor<9x9xf32>
}

// CHECK-LABEL: def repeated(v, i):
// CHECK:         r_places, r_order = torch.sort(r_places, stable=True)
// CHECK-NEXT:    r_starts = torch.searchsorted(r_places, torch.arange(6, dtype=torch.int32, device=DEVICE))
// CHECK-LABEL: def no_two(v):
// CHECK:         r = torch.zeros((9, 9), dtype=torch.float32, device=DEVICE)
