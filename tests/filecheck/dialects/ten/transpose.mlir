// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @transpose
// CHECK-NEXT:    %a = ten.transpose %s perm [] : f32 -> f32
// CHECK-NEXT:    %b = ten.transpose %x perm [2, 0, 1] : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
// CHECK-NEXT:    %c = ten.transpose %e perm [1, 0] : tensor<0x2xi1> -> tensor<2x0xi1>
func.func @transpose(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>) {
  %a = ten.transpose %s perm [] : f32 -> f32
  %b = ten.transpose %x perm [2, 0, 1] : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
  %c = ten.transpose %e perm [1, 0] : tensor<0x2xi1> -> tensor<2x0xi1>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.transpose {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>) {
  %b = ten.transpose %x perm [2, 0, 1] {note = 1} : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
  func.return
}
