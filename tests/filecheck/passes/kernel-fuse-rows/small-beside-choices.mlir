// RUN: letgrad-opt %s -p 'kernel-fuse-rows' | filecheck %s
// RUN: letgrad-opt %s -p 'kernel-fuse-rows' --remarks 2>&1 >/dev/null | filecheck %s --check-prefix=REMARK

// The row of one element saves nothing. Common loops over %i and %j could not be cut at %j = 18, and
// each point of the second nest would choose.
// CHECK-LABEL: func.func @small_beside_choices_stays
// CHECK-NOT:   kernel.fused
// REMARK:      the other has 144 points, few beside 11520, and loops in common could not be cut where a choice changes
func.func @small_beside_choices_stays(%x: tensor<8x18x80xf64>) -> tensor<8x18x80xf64> {
  %s = kernel.generic [8, 18, 1] (%i, %j, %k) store [0, 1, 2] : tensor<8x18x1xf64> {
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<8x18x80xf64>
    %b = math.sin %a : f64
    kernel.yield %b : f64
  }
  %y = kernel.generic [8, 18, 80] (%i, %j, %k) store [0, 1, 2] : tensor<8x18x80xf64> {
    %last = arith.constant 17 : index
    %zero = arith.constant 0 : index
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<8x18x80xf64>
    %b = kernel.load %s[%i, %j, %zero] {in_bounds} : tensor<8x18x1xf64>
    %p = arith.cmpi slt, %j, %last : index
    %c = arith.select %p, %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<8x18x80xf64>
}

// CHECK-LABEL: func.func @small_without_choices
// CHECK:       kernel.fused [8, 18]
func.func @small_without_choices(%x: tensor<8x18x80xf64>) -> tensor<8x18x80xf64> {
  %s = kernel.generic [8, 18, 1] (%i, %j, %k) store [0, 1, 2] : tensor<8x18x1xf64> {
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<8x18x80xf64>
    %b = math.sin %a : f64
    kernel.yield %b : f64
  }
  %y = kernel.generic [8, 18, 80] (%i, %j, %k) store [0, 1, 2] : tensor<8x18x80xf64> {
    %zero = arith.constant 0 : index
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<8x18x80xf64>
    %b = kernel.load %s[%i, %j, %zero] {in_bounds} : tensor<8x18x1xf64>
    %c = arith.mulf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<8x18x80xf64>
}
