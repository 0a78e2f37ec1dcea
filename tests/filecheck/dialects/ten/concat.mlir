// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @concat
// CHECK-NEXT:    %a = ten.concat %x, %y, %e dim 1 : tensor<2x3xf64>, tensor<2x4xf64>, tensor<2x0xf64> -> tensor<2x7xf64>
// CHECK-NEXT:    %b = ten.concat %x, %x dim 0 : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %c = ten.concat %y dim 0 : tensor<2x4xf64> -> tensor<2x4xf64>
func.func @concat(%x: tensor<2x3xf64>, %y: tensor<2x4xf64>, %e: tensor<2x0xf64>) {
  %a = ten.concat %x, %y, %e dim 1 : tensor<2x3xf64>, tensor<2x4xf64>, tensor<2x0xf64> -> tensor<2x7xf64>
  %b = ten.concat %x, %x dim 0 : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<4x3xf64>
  %c = ten.concat %y dim 0 : tensor<2x4xf64> -> tensor<2x4xf64>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.concat {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3xf64>, %y: tensor<2x4xf64>, %e: tensor<2x0xf64>) {
  %b = ten.concat %x, %x dim 0 {note = 1} : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<4x3xf64>
  func.return
}
