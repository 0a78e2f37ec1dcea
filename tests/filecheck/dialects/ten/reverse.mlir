// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @reverse
// CHECK-NEXT:    %a = ten.reverse %x dims [0, 2] : tensor<2x3x4xf64>
// CHECK-NEXT:    %b = ten.reverse %x dims [] : tensor<2x3x4xf64>
// CHECK-NEXT:    %c = ten.reverse %e dims [0] : tensor<0x2xi1>
func.func @reverse(%x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>) {
  %a = ten.reverse %x dims [0, 2] : tensor<2x3x4xf64>
  %b = ten.reverse %x dims [] : tensor<2x3x4xf64>
  %c = ten.reverse %e dims [0] : tensor<0x2xi1>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.reverse {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3x4xf64>, %e: tensor<0x2xi1>) {
  %b = ten.reverse %x dims [] {note = 1} : tensor<2x3x4xf64>
  func.return
}
