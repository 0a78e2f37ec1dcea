// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @reshape
// CHECK-NEXT:    %a = ten.reshape %s : f32 -> tensor<1x1xf32>
// CHECK-NEXT:    %b = ten.reshape %x : tensor<2x3x4xf64> -> tensor<6x4xf64>
// CHECK-NEXT:    %c = ten.reshape %e : tensor<0x2xi1> -> tensor<7x0x5xi1>
// CHECK-NEXT:    %d = ten.reshape %y : tensor<1x1xindex> -> index
func.func @reshape(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>, %y: tensor<1x1xindex>) {
  %a = ten.reshape %s : f32 -> tensor<1x1xf32>
  %b = ten.reshape %x : tensor<2x3x4xf64> -> tensor<6x4xf64>
  %c = ten.reshape %e : tensor<0x2xi1> -> tensor<7x0x5xi1>
  %d = ten.reshape %y : tensor<1x1xindex> -> index
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.reshape {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>, %y: tensor<1x1xindex>) {
  %b = ten.reshape %x {note = 1} : tensor<2x3x4xf64> -> tensor<6x4xf64>
  func.return
}
