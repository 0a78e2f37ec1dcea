// RUN: letgrad-opt %s -p delta-evaluate | filecheck %s

// A scan of terms becomes one of tangents. Rows whose tangent is zero are not taken.
// CHECK-LABEL: func.func @scan(
// CHECK-NEXT:   %g0, %g1 = ten.scan [4] reverse (%0 = %t0 : f64) over (%r = %rs : tensor<4xf64>, %1 = %t1 : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %2 = arith.mulf %r, %0 : f64
// CHECK-NEXT:     %3 = arith.addf %2, %1 : f64
// CHECK-NEXT:     ten.yield %3, %2 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0, %g1 : f64, tensor<4xf64>
func.func @scan(%rs: tensor<4xf64>, %t0: f64, %t1: tensor<4xf64>) -> (f64, tensor<4xf64>) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<tensor<4xf64>>
  %z = delta.zero : !delta.term<tensor<4xf64>>
  %d, %e = ten.scan [4] reverse (%p = %d0 : !delta.term<f64>) over (%q = %d1 : !delta.term<tensor<4xf64>>, %s = %z : !delta.term<tensor<4xf64>>, %r = %rs : tensor<4xf64>) -> (!delta.term<f64>, !delta.term<tensor<4xf64>>) {
    %0 = delta.scale %r, %p : f64, !delta.term<f64>
    %1 = delta.add %0, %q : !delta.term<f64>
    %2 = delta.add %1, %s : !delta.term<f64>
    ten.yield %2, %0 : !delta.term<f64>, !delta.term<f64>
  }
  %g0 = delta.pushforward %d, (%t0, %t1) : f64, (f64, tensor<4xf64>)
  %g1 = delta.pushforward %e, (%t0, %t1) : tensor<4xf64>, (f64, tensor<4xf64>)
  func.return %g0, %g1 : f64, tensor<4xf64>
}
