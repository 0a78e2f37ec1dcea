// RUN: letgrad-opt %s -p ten-decompose | filecheck %s

// A function with a formula becomes the formula.
// CHECK-LABEL: func.func @cosm1(
// CHECK-NOT:     ten.special
// CHECK:         math.sin
func.func @cosm1(%x: tensor<3xf64>) -> tensor<3xf64> {
  %r = ten.special cosm1, %x : tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// A function of a library stays: loops call it.
// CHECK-LABEL: func.func @gammaln_stays(
// CHECK-NEXT:    %r = ten.special gammaln, %x : tensor<3xf64>
// CHECK-NEXT:    func.return %r
func.func @gammaln_stays(%x: tensor<3xf64>) -> tensor<3xf64> {
  %r = ten.special gammaln, %x : tensor<3xf64>
  func.return %r : tensor<3xf64>
}
