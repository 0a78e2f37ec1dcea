// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @sum_of_sum
// CHECK-NEXT:    %0 = ten.sum %x dims [0, 2] : tensor<2x3x4xi32> -> tensor<3xi32>
// CHECK-NEXT:    func.return %0
func.func @sum_of_sum(%x: tensor<2x3x4xi32>) -> tensor<3xi32> {
  %0 = ten.sum %x dims [0] : tensor<2x3x4xi32> -> tensor<3x4xi32>
  %1 = ten.sum %0 dims [1] : tensor<3x4xi32> -> tensor<3xi32>
  func.return %1 : tensor<3xi32>
}

// Another order of additions rounds otherwise.
// CHECK-LABEL: func.func @sum_of_sum_of_floats_stays
// CHECK-NEXT:    %0 = ten.sum %x dims [0]
// CHECK-NEXT:    %1 = ten.sum %0 dims [1]
func.func @sum_of_sum_of_floats_stays(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %0 = ten.sum %x dims [0] : tensor<2x3x4xf32> -> tensor<3x4xf32>
  %1 = ten.sum %0 dims [1] : tensor<3x4xf32> -> tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @reduce_of_reduce
// CHECK-NEXT:    %0 = ten.reduce max, %x dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.reduce any, %m dims [0, 1, 2] : tensor<2x3x4xi1> -> i1
// CHECK-NEXT:    %2 = ten.reduce prod, %n dims [1, 2] : tensor<2x3x4xi8> -> tensor<2xi8>
// CHECK-NEXT:    func.return %0, %1, %2
func.func @reduce_of_reduce(%x: tensor<2x3x4xf32>, %m: tensor<2x3x4xi1>, %n: tensor<2x3x4xi8>) -> (tensor<3xf32>, i1, tensor<2xi8>) {
  %0 = ten.reduce max, %x dims [2] : tensor<2x3x4xf32> -> tensor<2x3xf32>
  %1 = ten.reduce max, %0 dims [0] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.reduce any, %m dims [1] : tensor<2x3x4xi1> -> tensor<2x4xi1>
  %3 = ten.reduce any, %2 dims [0, 1] : tensor<2x4xi1> -> i1
  %4 = ten.reduce prod, %n dims [1] : tensor<2x3x4xi8> -> tensor<2x4xi8>
  %5 = ten.reduce prod, %4 dims [1] : tensor<2x4xi8> -> tensor<2xi8>
  func.return %1, %3, %5 : tensor<3xf32>, i1, tensor<2xi8>
}

// Two kinds do not join; products of floats round as their order has it.
// CHECK-LABEL: func.func @reduce_of_reduce_stays
// CHECK-NEXT:    ten.reduce max, {{.*}} dims [2]
// CHECK-NEXT:    ten.reduce min, {{.*}} dims [0]
// CHECK-NEXT:    ten.reduce prod, {{.*}} dims [1]
// CHECK-NEXT:    ten.reduce prod, {{.*}} dims [0]
func.func @reduce_of_reduce_stays(%x: tensor<2x3x4xf32>) -> (tensor<3xf32>, tensor<4xf32>) {
  %0 = ten.reduce max, %x dims [2] : tensor<2x3x4xf32> -> tensor<2x3xf32>
  %1 = ten.reduce min, %0 dims [0] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.reduce prod, %x dims [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
  %3 = ten.reduce prod, %2 dims [0] : tensor<2x4xf32> -> tensor<4xf32>
  func.return %1, %3 : tensor<3xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @reduction_of_unit_dims
// CHECK-NEXT:    %0 = ten.reshape %x : tensor<1x3x1xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.reshape %n : tensor<1x1xi32> -> i32
// CHECK-NEXT:    func.return %0, %1
func.func @reduction_of_unit_dims(%x: tensor<1x3x1xf32>, %n: tensor<1x1xi32>) -> (tensor<3xf32>, i32) {
  %0 = ten.reduce max, %x dims [0, 2] : tensor<1x3x1xf32> -> tensor<3xf32>
  %1 = ten.sum %n dims [0, 1] : tensor<1x1xi32> -> i32
  func.return %0, %1 : tensor<3xf32>, i32
}

// 0 + -0 is 0; and one of the other dimensions has two elements.
// CHECK-LABEL: func.func @reduction_of_unit_dims_stays
// CHECK-NEXT:    %0 = ten.sum %x
// CHECK-NEXT:    %1 = ten.reduce min, %n
func.func @reduction_of_unit_dims_stays(%x: tensor<1x3xf32>, %n: tensor<1x2xi32>) -> (tensor<3xf32>, i32) {
  %0 = ten.sum %x dims [0] : tensor<1x3xf32> -> tensor<3xf32>
  %1 = ten.reduce min, %n dims [0, 1] : tensor<1x2xi32> -> i32
  func.return %0, %1 : tensor<3xf32>, i32
}
