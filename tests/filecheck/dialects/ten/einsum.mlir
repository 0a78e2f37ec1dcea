// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @einsum
// CHECK-NEXT:    %a = ten.einsum "ij,jk->ik" %x, %y : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
// CHECK-NEXT:    %b = ten.einsum "aa->a" %z : tensor<5x5xi32> -> tensor<5xi32>
// CHECK-NEXT:    %c = ten.einsum ",ij,->ji" %s, %x, %s : f32, tensor<2x3xf32>, f32 -> tensor<3x2xf32>
// CHECK-NEXT:    %d = ten.einsum "iA,Aj->ij" %x, %e : tensor<2x3xf32>, tensor<3x0xf32> -> tensor<2x0xf32>
// CHECK-NEXT:    %f = ten.einsum "->" %s : f32 -> f32
func.func @einsum(%s: f32, %x: tensor<2x3xf32>, %y: tensor<3x4xf32>, %z: tensor<5x5xi32>, %e: tensor<3x0xf32>) {
  %a = ten.einsum "ij,jk->ik" %x, %y : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %b = ten.einsum "aa->a" %z : tensor<5x5xi32> -> tensor<5xi32>
  %c = ten.einsum ",ij,->ji" %s, %x, %s : f32, tensor<2x3xf32>, f32 -> tensor<3x2xf32>
  %d = ten.einsum "iA,Aj->ij" %x, %e : tensor<2x3xf32>, tensor<3x0xf32> -> tensor<2x0xf32>
  %f = ten.einsum "->" %s : f32 -> f32
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.einsum {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3xf32>, %y: tensor<3x4xf32>, %z: tensor<5x5xi32>, %e: tensor<3x0xf32>) {
  %b = ten.einsum "aa->a" %z {note = 1} : tensor<5x5xi32> -> tensor<5xi32>
  func.return
}
