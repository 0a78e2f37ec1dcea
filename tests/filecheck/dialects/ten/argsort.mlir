// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @orders(
// CHECK-NEXT:    %a = ten.argsort %x dim 1 : tensor<3x4xf64> -> tensor<3x4xi64>
// CHECK-NEXT:    %b = ten.argsort %y dim 0 {note = 1 : i64} : tensor<5xi8> -> tensor<5xindex>
func.func @orders(%x: tensor<3x4xf64>, %y: tensor<5xi8>) -> (tensor<3x4xi64>, tensor<5xindex>) {
  %a = ten.argsort %x dim 1 : tensor<3x4xf64> -> tensor<3x4xi64>
  %b = ten.argsort %y dim 0 {note = 1 : i64} : tensor<5xi8> -> tensor<5xindex>
  func.return %a, %b : tensor<3x4xi64>, tensor<5xindex>
}
