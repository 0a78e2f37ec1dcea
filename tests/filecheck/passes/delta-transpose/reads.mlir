// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// n reads of one tensor are put back by one scatter, which costs n, and not by n tensors of zeros.

// Two reads with one index: the cotangents are stacked, and one scatter puts them in place.
// CHECK-LABEL: func.func @two_reads(
// CHECK:      %0 = ten.stack %c1, %c0 : f64 -> tensor<2xf64>
// CHECK-NEXT: %1 = ten.stack %j, %i : index -> tensor<2xindex>
// CHECK-NEXT: %g0 = ten.scatter [5] %0 (%2) : tensor<2xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %3 = ten.index %1[%2] : tensor<2xindex> -> index
// CHECK-NEXT:   ten.yield %3 : index
// CHECK:      func.return %g0 : tensor<5xf64>
func.func @two_reads(%i: index, %j: index, %c0: f64, %c1: f64) -> tensor<5xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<5xf64>>
  %a = ten.index %d0[%i] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
  %b = ten.index %d0[%j] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
  %g0 = delta.pullback (%a : %c0), (%b : %c1) : f64, f64 -> tensor<5xf64>
  func.return %g0 : tensor<5xf64>
}

// Reads of rows and of elements are two scatters.
// CHECK-LABEL: func.func @reads_of_two_depths(
// CHECK:      %0 = ten.scatter [5, 3] %c1 () : f64 -> tensor<5x3xf64> {
// CHECK-NEXT:   ten.yield %i, %j : index, index
// CHECK:      %1 = ten.scatter [5] %c0 () : tensor<3xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:   ten.yield %i : index
// CHECK:      %g0 = arith.addf %0, %1 : tensor<5x3xf64>
// CHECK-NEXT: func.return %g0 : tensor<5x3xf64>
func.func @reads_of_two_depths(%i: index, %j: index, %c0: tensor<3xf64>, %c1: f64) -> tensor<5x3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<5x3xf64>>
  %a = ten.index %d0[%i] : !delta.term<tensor<5x3xf64>> -> !delta.term<tensor<3xf64>>
  %b = ten.index %d0[%i, %j] : !delta.term<tensor<5x3xf64>> -> !delta.term<f64>
  %g0 = delta.pullback (%a : %c0), (%b : %c1) : tensor<3xf64>, f64 -> tensor<5x3xf64>
  func.return %g0 : tensor<5x3xf64>
}
