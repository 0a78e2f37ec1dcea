// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @index
// CHECK-NEXT:    %a = ten.index %x[%i] : tensor<2x3x4xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    %b = ten.index %x[%i, %j, %i] : tensor<2x3x4xf64> -> f64
// CHECK-NEXT:    %c = ten.index %e[%i] : tensor<0x5xi1> -> tensor<5xi1>
// CHECK-NEXT:    %d = ten.index %s[] : f32 -> f32
func.func @index(%x: tensor<2x3x4xf64>, %e: tensor<0x5xi1>, %i: index, %j: index, %s: f32) {
  %a = ten.index %x[%i] : tensor<2x3x4xf64> -> tensor<3x4xf64>
  %b = ten.index %x[%i, %j, %i] : tensor<2x3x4xf64> -> f64
  %c = ten.index %e[%i] : tensor<0x5xi1> -> tensor<5xi1>
  %d = ten.index %s[] : f32 -> f32
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.index {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3x4xf64>, %e: tensor<0x5xi1>, %i: index, %j: index, %s: f32) {
  %b = ten.index %x[%i, %j, %i] {note = 1} : tensor<2x3x4xf64> -> f64
  func.return
}
