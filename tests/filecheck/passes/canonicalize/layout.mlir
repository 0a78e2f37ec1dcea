// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @transpose_of_transpose
// CHECK-NEXT:    %0 = ten.transpose %x perm [2, 1, 0] : tensor<2x3x4xf32> -> tensor<4x3x2xf32>
// CHECK-NEXT:    func.return %0
func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = ten.transpose %x perm [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %1 = ten.transpose %0 perm [1, 0, 2] : tensor<3x4x2xf32> -> tensor<4x3x2xf32>
  func.return %1 : tensor<4x3x2xf32>
}

// CHECK-LABEL: func.func @transpose_of_its_inverse
// CHECK-NEXT:    func.return %x
func.func @transpose_of_its_inverse(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = ten.transpose %x perm [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %1 = ten.transpose %0 perm [2, 0, 1] : tensor<3x4x2xf32> -> tensor<2x3x4xf32>
  func.return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @transpose_of_reshape_stays
// CHECK-NEXT:    %0 = ten.reshape %x
// CHECK-NEXT:    %1 = ten.transpose %0
func.func @transpose_of_reshape_stays(%x: tensor<6xf32>) -> tensor<3x2xf32> {
  %0 = ten.reshape %x : tensor<6xf32> -> tensor<2x3xf32>
  %1 = ten.transpose %0 perm [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  func.return %1 : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @reshape_of_reshape
// CHECK-NEXT:    %0 = ten.reshape %x : tensor<12xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    func.return %0
func.func @reshape_of_reshape(%x: tensor<12xf32>) -> tensor<3x4xf32> {
  %0 = ten.reshape %x : tensor<12xf32> -> tensor<2x6xf32>
  %1 = ten.reshape %0 : tensor<2x6xf32> -> tensor<3x4xf32>
  func.return %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @reshape_of_transpose_stays
// CHECK-NEXT:    %0 = ten.transpose %x
// CHECK-NEXT:    %1 = ten.reshape %0
func.func @reshape_of_transpose_stays(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = ten.transpose %x perm [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = ten.reshape %0 : tensor<3x2xf32> -> tensor<6xf32>
  func.return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @reverse_of_reverse
// CHECK-NEXT:    %0 = ten.reverse %x dims [0, 2] : tensor<2x3x4xf32>
// CHECK-NEXT:    func.return %0, %x
func.func @reverse_of_reverse(%x: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
  %0 = ten.reverse %x dims [0, 1] : tensor<2x3x4xf32>
  %1 = ten.reverse %0 dims [1, 2] : tensor<2x3x4xf32>
  %2 = ten.reverse %0 dims [0, 1] : tensor<2x3x4xf32>
  func.return %1, %2 : tensor<2x3x4xf32>, tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @reverse_of_slice_stays
// CHECK-NEXT:    %0 = ten.slice %x
// CHECK-NEXT:    %1 = ten.reverse %0
func.func @reverse_of_slice_stays(%x: tensor<5xf32>) -> tensor<3xf32> {
  %0 = ten.slice %x offsets [1] sizes [3] strides [1] : tensor<5xf32> -> tensor<3xf32>
  %1 = ten.reverse %0 dims [0] : tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @layout_of_splat_constant
// CHECK-NEXT:    %0 = arith.constant dense<-0.000000e+00> : tensor<3x2xf32>
// CHECK-NEXT:    %1 = arith.constant dense<-0.000000e+00> : tensor<6xf32>
// CHECK-NEXT:    %2 = arith.constant dense<-0.000000e+00> : tensor<2x3xf32>
// CHECK-NEXT:    %3 = arith.constant dense<-0.000000e+00> : tensor<1x2xf32>
// CHECK-NEXT:    func.return %0, %1, %2, %3
func.func @layout_of_splat_constant() -> (tensor<3x2xf32>, tensor<6xf32>, tensor<2x3xf32>, tensor<1x2xf32>) {
  %c = arith.constant dense<-0.0> : tensor<2x3xf32>
  %0 = ten.transpose %c perm [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = ten.reshape %c : tensor<2x3xf32> -> tensor<6xf32>
  %2 = ten.reverse %c dims [0, 1] : tensor<2x3xf32>
  %3 = ten.slice %c offsets [1, 0] sizes [1, 2] strides [1, 2] : tensor<2x3xf32> -> tensor<1x2xf32>
  func.return %0, %1, %2, %3 : tensor<3x2xf32>, tensor<6xf32>, tensor<2x3xf32>, tensor<1x2xf32>
}

// A truth value's constant is a single bit, which reads -1.
// CHECK-LABEL: func.func @layout_of_true
// CHECK-NEXT:    %0 = arith.constant dense<true> : tensor<3x2xi1>
// CHECK-NEXT:    func.return %0
func.func @layout_of_true() -> tensor<3x2xi1> {
  %c = arith.constant dense<true> : tensor<2x3xi1>
  %0 = ten.transpose %c perm [1, 0] : tensor<2x3xi1> -> tensor<3x2xi1>
  func.return %0 : tensor<3x2xi1>
}

// CHECK-LABEL: func.func @layout_of_other_constants_stays
// CHECK-NEXT:    %c = arith.constant dense<[1, 2]> : tensor<2xi32>
// CHECK-NEXT:    %0 = ten.reverse %c
func.func @layout_of_other_constants_stays() -> tensor<2xi32> {
  %c = arith.constant dense<[1, 2]> : tensor<2xi32>
  %0 = ten.reverse %c dims [0] : tensor<2xi32>
  func.return %0 : tensor<2xi32>
}

// The dense constant would hold a million numbers, where the broadcast holds one.
// CHECK-LABEL: func.func @broadcast_of_constant_stays
// CHECK-NEXT:    %c = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:    %0 = ten.broadcast %c dims [0] : f32 -> tensor<1000000xf32>
func.func @broadcast_of_constant_stays() -> tensor<1000000xf32> {
  %c = arith.constant 1.0 : f32
  %0 = ten.broadcast %c dims [0] : f32 -> tensor<1000000xf32>
  func.return %0 : tensor<1000000xf32>
}

// CHECK-LABEL: func.func @einsum_of_one_operand
// CHECK-NEXT:    %0 = ten.transpose %x perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
// CHECK-NEXT:    func.return %0, %x
func.func @einsum_of_one_operand(%x: tensor<2x3x4xf32>) -> (tensor<4x2x3xf32>, tensor<2x3x4xf32>) {
  %0 = ten.einsum "ijk->kij" %x : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = ten.einsum "ijk->ijk" %x : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  func.return %0, %1 : tensor<4x2x3xf32>, tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @einsum_of_diagonal_stays
// CHECK-NEXT:    %0 = ten.einsum "ii->i" %x
// CHECK-NEXT:    %1 = ten.einsum "ij->j" %x
func.func @einsum_of_diagonal_stays(%x: tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = ten.einsum "ii->i" %x : tensor<3x3xf32> -> tensor<3xf32>
  %1 = ten.einsum "ij->j" %x : tensor<3x3xf32> -> tensor<3xf32>
  func.return %0, %1 : tensor<3xf32>, tensor<3xf32>
}
