// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @update
// CHECK-NEXT:    %a = ten.update %x[%i, %j, %i] %v strides [1, 2, 1] : tensor<2x5x4xf64>, tensor<1x2x3xf64> -> tensor<2x5x4xf64>
// CHECK-NEXT:    %b = ten.update %e[%i, %j] %w strides [1, 1] : tensor<0x5xi1>, tensor<2x3xi1> -> tensor<0x5xi1>
// CHECK-NEXT:    %c = ten.update %s[] %s strides [] : f32, f32 -> f32
func.func @update(%x: tensor<2x5x4xf64>, %v: tensor<1x2x3xf64>, %e: tensor<0x5xi1>, %w: tensor<2x3xi1>, %i: index, %j: index, %s: f32) {
  %a = ten.update %x[%i, %j, %i] %v strides [1, 2, 1] : tensor<2x5x4xf64>, tensor<1x2x3xf64> -> tensor<2x5x4xf64>
  %b = ten.update %e[%i, %j] %w strides [1, 1] : tensor<0x5xi1>, tensor<2x3xi1> -> tensor<0x5xi1>
  %c = ten.update %s[] %s strides [] : f32, f32 -> f32
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.update {{.*}} strides [1] {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<5xf64>, %v: tensor<2xf64>, %i: index) {
  %a = ten.update %x[%i] %v strides [1] {note = 1} : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return
}
