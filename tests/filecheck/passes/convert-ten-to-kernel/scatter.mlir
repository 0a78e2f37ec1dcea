// A scatter is a nest, fused with what computes what it adds, and reads back what is printed.
// RUN: letgrad-opt %s -p convert-ten-to-kernel | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @scatter(
// CHECK-NEXT:    %y = "kernel.scatter"() <{loops = array<i64: 3, 7>, domain = 1 : i64, dims = array<i64: 5>}> ({
// CHECK-NEXT:    ^bb0(%0: index, %1: index):
// CHECK-NEXT:      %2 = kernel.load %p[%0] {in_bounds} : tensor<3xi64>
// CHECK-NEXT:      %3 = arith.index_cast %2 : i64 to index
// CHECK-NEXT:      %4 = kernel.load %x[%0, %1] {in_bounds} : tensor<3x7xf64>
// CHECK-NEXT:      kernel.yield %4, %3 : f64, index
// CHECK-NEXT:    }) : () -> tensor<5x7xf64>
// CHECK-NEXT:    func.return %y : tensor<5x7xf64>
func.func @scatter(%x: tensor<3x7xf64>, %p: tensor<3xi64>) -> tensor<5x7xf64> {
  %y = ten.scatter [5] %x (%i) : tensor<3x7xf64> -> tensor<5x7xf64> {
    %j = ten.index %p[%i] : tensor<3xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<5x7xf64>
}
