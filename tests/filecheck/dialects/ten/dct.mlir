// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @dct
// CHECK-NEXT:    %a = ten.dct cosine1, %x dims [0] : tensor<4x7xf32> -> tensor<4x7xf32>
// CHECK-NEXT:    %b = ten.dct cosine2, %x dims [1] : tensor<4x7xf32> -> tensor<4x7xf32>
// CHECK-NEXT:    %c = ten.dct sine4, %y dims [0] {note = 1 : i64} : tensor<1xf64> -> tensor<1xf64>
func.func @dct(%x: tensor<4x7xf32>, %y: tensor<1xf64>) {
  %a = ten.dct cosine1, %x dims [0] : tensor<4x7xf32> -> tensor<4x7xf32>
  %b = ten.dct cosine2, %x dims [1] : tensor<4x7xf32> -> tensor<4x7xf32>
  %c = ten.dct sine4, %y dims [0] {note = 1} : tensor<1xf64> -> tensor<1xf64>
  func.return
}
