// RUN: letgrad-opt %s -p ten-split-windows --check-semantics | filecheck %s

// CHECK-LABEL: func.func @einsum_of_windows
// CHECK:         [[X0:%.*]] = ten.slice %x offsets [0] sizes [5] strides [1]
// CHECK-NEXT:    [[V0:%.*]] = ten.slice %w offsets [0] sizes [1] strides [1]
// CHECK-NEXT:    [[W0:%.*]] = ten.reshape [[V0]] : tensor<1xf64> -> f64
// CHECK-NEXT:    [[A:%.*]] = ten.einsum "i,->i" [[X0]], [[W0]]
// CHECK-NEXT:    [[X1:%.*]] = ten.slice %x offsets [1] sizes [5] strides [1]
// CHECK:         [[B:%.*]] = ten.einsum "i,->i" [[X1]]
// CHECK-NEXT:    [[S:%.*]] = arith.addf [[A]], [[B]]
// CHECK-NEXT:    func.return [[S]]
func.func @einsum_of_windows(%x: tensor<6xf64>, %w: tensor<2xf64>) -> tensor<5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->i" %g, %w : tensor<5x2xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// Windows of the second operand, with steps of two, and backwards in a window.
// CHECK-LABEL: func.func @second_operand
// CHECK:         ten.slice %x offsets [1, 0] sizes [2, 3] strides [2, 1]
// CHECK:         ten.einsum "oc,kc->ko"
// CHECK:         ten.slice %x offsets [0, 0] sizes [2, 3] strides [2, 1]
// CHECK-NOT:     ten.gather
func.func @second_operand(%x: tensor<4x3xf64>, %w: tensor<5x3x2xf64>) -> tensor<2x5xf64> {
  %t = arith.constant dense<[[1, 0], [3, 2]]> : tensor<2x2xi64>
  %g = ten.gather [2, 2] %x (%i, %k) : tensor<4x3xf64> -> tensor<2x2x3xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ocl,klc->ko" %w, %g : tensor<5x3x2xf64>, tensor<2x2x3xf64> -> tensor<2x5xf64>
  func.return %y : tensor<2x5xf64>
}
