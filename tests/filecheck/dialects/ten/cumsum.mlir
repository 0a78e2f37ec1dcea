// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @cumsum
// CHECK-NEXT:    %a = ten.cumsum %x dim 2 : tensor<2x3x4xf64>
// CHECK-NEXT:    %b = ten.cumsum %n dim 0 : tensor<1xi32>
// CHECK-NEXT:    %c = ten.cumsum %e dim 1 : tensor<0x2xf16>
func.func @cumsum(%x: tensor<2x3x4xf64>, %n: tensor<1xi32>, %e: tensor<0x2xf16>) {
  %a = ten.cumsum %x dim 2 : tensor<2x3x4xf64>
  %b = ten.cumsum %n dim 0 : tensor<1xi32>
  %c = ten.cumsum %e dim 1 : tensor<0x2xf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.cumsum {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3x4xf64>, %n: tensor<1xi32>, %e: tensor<0x2xf16>) {
  %b = ten.cumsum %n dim 0 {note = 1} : tensor<1xi32>
  func.return
}
