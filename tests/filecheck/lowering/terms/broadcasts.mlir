// RUN: letgrad-opt %s -t terms | filecheck %s

// A broadcast that feeds an elementwise op is its operand, where NumPy broadcasts that so, too.
// CHECK: leading = \m v s -> m * v + s
func.func @leading(%m: tensor<3x5xf64>, %v: tensor<5xf64>, %s: f64) -> tensor<3x5xf64> {
  %0 = ten.broadcast %v dims [0] : tensor<5xf64> -> tensor<3x5xf64>
  %1 = ten.broadcast %s dims [0, 1] : f64 -> tensor<3x5xf64>
  %2 = arith.mulf %m, %0 : tensor<3x5xf64>
  %3 = arith.addf %2, %1 : tensor<3x5xf64>
  func.return %3 : tensor<3x5xf64>
}

// NumPy would take a vector for a row. This one is a column.
// CHECK: trailing_stays = \m w -> m * broadcast[1] [3, 5] w
func.func @trailing_stays(%m: tensor<3x5xf64>, %w: tensor<3xf64>) -> tensor<3x5xf64> {
  %0 = ten.broadcast %w dims [1] : tensor<3xf64> -> tensor<3x5xf64>
  %1 = arith.mulf %m, %0 : tensor<3x5xf64>
  func.return %1 : tensor<3x5xf64>
}

// Nothing else would say that there are five elements.
// CHECK: only_shape_stays = \s -> broadcast [5] s + 1.0
func.func @only_shape_stays(%s: f64) -> tensor<5xf64> {
  %ones = arith.constant dense<1.0> : tensor<5xf64>
  %0 = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %1 = arith.addf %0, %ones : tensor<5xf64>
  func.return %1 : tensor<5xf64>
}

// A sum is no elementwise op.
// CHECK: not_elementwise_stays = \s -> sum (broadcast [5] s)
func.func @not_elementwise_stays(%s: f64) -> f64 {
  %0 = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %1 = ten.sum %0 dims [0] : tensor<5xf64> -> f64
  func.return %1 : f64
}

// A broadcast of an expression is bound as the expression, not as its broadcast.
// CHECK: broadcast_of_shared = \v -> let s = sum v in v / s - s
func.func @broadcast_of_shared(%v: tensor<5xf64>) -> tensor<5xf64> {
  %s = ten.sum %v dims [0] : tensor<5xf64> -> f64
  %0 = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %1 = arith.divf %v, %0 : tensor<5xf64>
  %2 = arith.subf %1, %0 : tensor<5xf64>
  func.return %2 : tensor<5xf64>
}
