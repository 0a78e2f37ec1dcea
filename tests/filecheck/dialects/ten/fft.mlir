// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @fft
// CHECK-NEXT:    %a = ten.fft forward, %z dims [0, 1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
// CHECK-NEXT:    %b = ten.fft backward, %z dims [1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
// CHECK-NEXT:    %c = ten.fft real, %x dims [1] : tensor<4x7xf32> -> tensor<4x4x2xf32>
// CHECK-NEXT:    %d = ten.fft hermitian, %c dims [1] : tensor<4x4x2xf32> -> tensor<4x7xf32>
// CHECK-NEXT:    %e = ten.fft hermitian, %c dims [1] {note = 1 : i64} : tensor<4x4x2xf32> -> tensor<4x6xf32>
func.func @fft(%z: tensor<3x4x2xf64>, %x: tensor<4x7xf32>) {
  %a = ten.fft forward, %z dims [0, 1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  %b = ten.fft backward, %z dims [1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  %c = ten.fft real, %x dims [1] : tensor<4x7xf32> -> tensor<4x4x2xf32>
  %d = ten.fft hermitian, %c dims [1] : tensor<4x4x2xf32> -> tensor<4x7xf32>
  %e = ten.fft hermitian, %c dims [1] {note = 1} : tensor<4x4x2xf32> -> tensor<4x6xf32>
  func.return
}
