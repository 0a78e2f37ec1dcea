// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @folds_to_operand
// CHECK-NEXT:    func.return %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x, %x
func.func @folds_to_operand(%x: tensor<2x3xf32>, %m: i1) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = ten.select %m, %x, %x : i1, tensor<2x3xf32>
  %1 = ten.cast %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = ten.broadcast %x dims [] : tensor<2x3xf32> -> tensor<2x3xf32>
  %3 = ten.sum %x dims [] : tensor<2x3xf32> -> tensor<2x3xf32>
  %4 = ten.reduce max, %x dims [] : tensor<2x3xf32> -> tensor<2x3xf32>
  %5 = ten.transpose %x perm [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %6 = ten.reshape %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %7 = ten.reverse %x dims [] : tensor<2x3xf32>
  %8 = ten.slice %x offsets [0, 0] sizes [2, 3] strides [1, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %9 = ten.pad %x low [0, 0] high [0, 0] interior [0, 0] : tensor<2x3xf32> -> tensor<2x3xf32>
  %10 = ten.concat %x dim 1 : tensor<2x3xf32> -> tensor<2x3xf32>
  %11 = ten.index %x[] : tensor<2x3xf32> -> tensor<2x3xf32>
  %12 = ten.einsum "ab->ab" %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %true = arith.constant true
  %13 = ten.select %true, %x, %12 : i1, tensor<2x3xf32>
  func.return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @folds_of_size_one
// CHECK-NEXT:    func.return %x, %x
func.func @folds_of_size_one(%x: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %0 = ten.cumsum %x dim 0 : tensor<1x3xf32>
  %1 = ten.reverse %x dims [0] : tensor<1x3xf32>
  func.return %0, %1 : tensor<1x3xf32>, tensor<1x3xf32>
}

// CHECK-LABEL: func.func @select_by_constant_mask
// CHECK-NEXT:    %mixed = arith.constant dense<[true, false]> : tensor<2xi1>
// CHECK-NEXT:    %0 = ten.select %mixed, %x, %y
// CHECK-NEXT:    func.return %y, %x, %0
func.func @select_by_constant_mask(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %none = arith.constant dense<false> : tensor<2xi1>
  %all = arith.constant dense<true> : tensor<2xi1>
  %mixed = arith.constant dense<[true, false]> : tensor<2xi1>
  %0 = ten.select %none, %x, %y : tensor<2xi1>, tensor<2xf32>
  %1 = ten.select %all, %x, %y : tensor<2xi1>, tensor<2xf32>
  %2 = ten.select %mixed, %x, %y : tensor<2xi1>, tensor<2xf32>
  func.return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// Whatever has no elements is a constant.
// CHECK-LABEL: func.func @empty_results
// CHECK-NEXT:    %0 = arith.constant dense<> : tensor<0x3xf32>
// CHECK-NEXT:    %1 = arith.constant dense<> : tensor<3x0xf32>
// CHECK-NEXT:    %2 = arith.constant dense<> : tensor<0xf32>
// CHECK-NEXT:    %3 = arith.constant dense<> : tensor<0xf64>
// CHECK-NEXT:    func.return
func.func @empty_results(%x: tensor<2x3xf32>, %e: tensor<3x0xf32>) -> (tensor<0x3xf32>, tensor<3x0xf32>, tensor<0xf32>, tensor<0xf64>) {
  %0 = ten.slice %x offsets [2, 0] sizes [0, 3] strides [1, 1] : tensor<2x3xf32> -> tensor<0x3xf32>
  %1 = ten.cumsum %e dim 0 : tensor<3x0xf32>
  %2 = ten.gather [0] %x (%i) : tensor<2x3xf32> -> tensor<0xf32> {
    ten.yield %i, %i : index, index
  }
  %3 = ten.build [0] (%i) : tensor<0xf64> {
    %4 = arith.constant 1.0 : f64
    ten.yield %4 : f64
  }
  func.return %0, %1, %2, %3 : tensor<0x3xf32>, tensor<3x0xf32>, tensor<0xf32>, tensor<0xf64>
}

// CHECK-LABEL: func.func @folds_that_must_not
// CHECK:         ten.cumsum
// CHECK:         ten.reverse
// CHECK:         ten.slice
// CHECK:         ten.transpose
// CHECK:         ten.einsum
// CHECK:         ten.stack
func.func @folds_that_must_not(%x: tensor<2x2xf32>, %y: f32) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) {
  %0 = ten.cumsum %x dim 0 : tensor<2x2xf32>
  %1 = ten.reverse %x dims [1] : tensor<2x2xf32>
  %2 = ten.slice %x offsets [1, 0] sizes [1, 2] strides [1, 1] : tensor<2x2xf32> -> tensor<1x2xf32>
  %3 = ten.transpose %x perm [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  %4 = ten.einsum "ab,bc->ac" %x, %x : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %c0 = arith.constant 0 : index
  %5 = ten.index %x[%c0, %c0] : tensor<2x2xf32> -> f32
  %6 = ten.stack %5, %y : f32 -> tensor<2xf32>
  func.return %0, %1, %2, %3, %4, %6 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>
}
