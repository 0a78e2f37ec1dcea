// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @linear_of_zero
// CHECK-NEXT:    %z = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %0 = ten.broadcast %z dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.broadcast %z dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    %2 = ten.broadcast %z dims [0, 1] : f32 -> tensor<4x3xf32>
// CHECK-NEXT:    %3 = ten.broadcast %z dims [0, 1] : f32 -> tensor<5x3xf32>
// CHECK-NEXT:    func.return %0, %1, %2, %z, %3
func.func @linear_of_zero(%i: index) -> (tensor<3xf32>, tensor<2x3xf32>, tensor<4x3xf32>, f32, tensor<5x3xf32>) {
  %z = arith.constant 0.0 : f32
  %0 = ten.broadcast %z dims [0, 1] : f32 -> tensor<2x3xf32>
  %1 = ten.sum %0 dims [0] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.cumsum %0 dim 0 : tensor<2x3xf32>
  %3 = ten.pad %0 low [2, 0] high [0, 0] interior [0, 0] : tensor<2x3xf32> -> tensor<4x3xf32>
  %4 = ten.index %0[%i, %i] : tensor<2x3xf32> -> f32
  %5 = ten.scatter [5] %0 (%k) : tensor<2x3xf32> -> tensor<5x3xf32> {
    ten.yield %k : index
  }
  func.return %1, %2, %3, %4, %5 : tensor<3xf32>, tensor<2x3xf32>, tensor<4x3xf32>, f32, tensor<5x3xf32>
}

// Around -0, a pad has 0.
// CHECK-LABEL: func.func @linear_of_minus_zero_stays
// CHECK:         ten.pad
func.func @linear_of_minus_zero_stays() -> tensor<4xf32> {
  %z = arith.constant dense<-0.0> : tensor<2xf32>
  %0 = ten.pad %z low [1] high [1] interior [0] : tensor<2xf32> -> tensor<4xf32>
  func.return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @linear_of_nothing
// CHECK-NOT:     ten.{{sum|pad|index|gather|scatter}}
// CHECK:         func.return
func.func @linear_of_nothing(%x: tensor<0x3xf32>, %i: index) -> (tensor<3xf32>, tensor<2x3xf32>, f32, tensor<4x3xf32>, tensor<5x3xf32>) {
  %0 = ten.sum %x dims [0] : tensor<0x3xf32> -> tensor<3xf32>
  %1 = ten.pad %x low [2, 0] high [0, 0] interior [1, 0] : tensor<0x3xf32> -> tensor<2x3xf32>
  %2 = ten.index %x[%i, %i] : tensor<0x3xf32> -> f32
  %3 = ten.gather [4] %x (%k) : tensor<0x3xf32> -> tensor<4x3xf32> {
    ten.yield %k : index
  }
  %4 = ten.scatter [5] %x (%k) : tensor<0x3xf32> -> tensor<5x3xf32> {
    ten.yield %k : index
  }
  func.return %0, %1, %2, %3, %4 : tensor<3xf32>, tensor<2x3xf32>, f32, tensor<4x3xf32>, tensor<5x3xf32>
}

// The maximum of nothing is -inf, not 0.
// CHECK-LABEL: func.func @reduce_of_nothing_stays
// CHECK:         ten.reduce max
func.func @reduce_of_nothing_stays(%x: tensor<0x3xf32>) -> tensor<3xf32> {
  %0 = ten.reduce max, %x dims [0] : tensor<0x3xf32> -> tensor<3xf32>
  func.return %0 : tensor<3xf32>
}
