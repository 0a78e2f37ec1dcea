// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @argmin
// CHECK-NEXT:    %a = ten.argmin %x dim 2 : tensor<2x3x4xf64> -> tensor<2x3xi64>
// CHECK-NEXT:    %b = ten.argmin %n dim 0 : tensor<5xi32> -> index
// CHECK-NEXT:    %c = ten.argmin %e dim 0 : tensor<0x2xindex> -> tensor<2xi8>
func.func @argmin(%x: tensor<2x3x4xf64>, %n: tensor<5xi32>, %e: tensor<0x2xindex>) {
  %a = ten.argmin %x dim 2 : tensor<2x3x4xf64> -> tensor<2x3xi64>
  %b = ten.argmin %n dim 0 : tensor<5xi32> -> index
  %c = ten.argmin %e dim 0 : tensor<0x2xindex> -> tensor<2xi8>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.argmin {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3x4xf64>, %n: tensor<5xi32>, %e: tensor<0x2xindex>) {
  %b = ten.argmin %n dim 0 {note = 1} : tensor<5xi32> -> index
  func.return
}
