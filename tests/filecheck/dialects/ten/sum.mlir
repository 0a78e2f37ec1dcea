// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @sum
// CHECK-NEXT:    %a = ten.sum %s dims [] : f32 -> f32
// CHECK-NEXT:    %b = ten.sum %x dims [1] : tensor<2x3x4xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    %c = ten.sum %x dims [0, 1, 2] : tensor<2x3x4xf64> -> f64
// CHECK-NEXT:    %d = ten.sum %e dims [0] : tensor<0x5xi32> -> tensor<5xi32>
func.func @sum(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x5xi32>) {
  %a = ten.sum %s dims [] : f32 -> f32
  %b = ten.sum %x dims [1] : tensor<2x3x4xf64> -> tensor<2x4xf64>
  %c = ten.sum %x dims [0, 1, 2] : tensor<2x3x4xf64> -> f64
  %d = ten.sum %e dims [0] : tensor<0x5xi32> -> tensor<5xi32>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.sum {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x5xi32>) {
  %b = ten.sum %x dims [1] {note = 1} : tensor<2x3x4xf64> -> tensor<2x4xf64>
  func.return
}
