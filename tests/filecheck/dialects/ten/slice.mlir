// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @slice
// CHECK-NEXT:    %a = ten.slice %x offsets [1, 0] sizes [2, 4] strides [3, 2] : tensor<5x7xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    %b = ten.slice %x offsets [5, 0] sizes [0, 1] strides [1, 9] : tensor<5x7xf64> -> tensor<0x1xf64>
// CHECK-NEXT:    %c = ten.slice %e offsets [0, 1] sizes [0, 1] strides [1, 1] : tensor<0x2xi1> -> tensor<0x1xi1>
// CHECK-NEXT:    %d = ten.slice %s offsets [] sizes [] strides [] : f32 -> f32
func.func @slice(%s: f32, %x: tensor<5x7xf64>, %e: tensor<0x2xi1>) {
  %a = ten.slice %x offsets [1, 0] sizes [2, 4] strides [3, 2] : tensor<5x7xf64> -> tensor<2x4xf64>
  %b = ten.slice %x offsets [5, 0] sizes [0, 1] strides [1, 9] : tensor<5x7xf64> -> tensor<0x1xf64>
  %c = ten.slice %e offsets [0, 1] sizes [0, 1] strides [1, 1] : tensor<0x2xi1> -> tensor<0x1xi1>
  %d = ten.slice %s offsets [] sizes [] strides [] : f32 -> f32
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.slice {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<5x7xf64>, %e: tensor<0x2xi1>) {
  %b = ten.slice %x offsets [5, 0] sizes [0, 1] strides [1, 9] {note = 1} : tensor<5x7xf64> -> tensor<0x1xf64>
  func.return
}
