// RUN: letgrad-opt %s -p ten-decompose-cosines --check-semantics --split-input-file | filecheck %s

// CHECK-LABEL: func.func @scan
// CHECK:       ten.scan
// CHECK-NOT:   ten.dct
// CHECK:       ten.fft forward
// CHECK-NOT:   ten.dct
// CHECK:       func.return
func.func @scan(%x: tensor<6x4xf64>) -> tensor<6x4xf64> {
  %y = ten.scan [2] (%c = %x : tensor<6x4xf64>) -> (tensor<6x4xf64>) {
    %d = ten.dct cosine4, %c dims [0] : tensor<6x4xf64> -> tensor<6x4xf64>
    ten.yield %d : tensor<6x4xf64>
  }
  func.return %y : tensor<6x4xf64>
}

// -----

// An odd number of elements has no pairs of the first and the last ones.
// CHECK-LABEL: func.func @odd
// CHECK-NOT:   ten.dct
// CHECK:       ten.fft real
// CHECK-NOT:   ten.dct
// CHECK:       func.return
func.func @odd(%x: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %y = ten.scan [2] (%c = %x : tensor<5x4xf64>) -> (tensor<5x4xf64>) {
    %d = ten.dct cosine4, %c dims [0] : tensor<5x4xf64> -> tensor<5x4xf64>
    ten.yield %d : tensor<5x4xf64>
  }
  func.return %y : tensor<5x4xf64>
}

// -----

// A function that a function of a loop calls, and one that nothing in a loop calls.
// CHECK-LABEL: func.func @outer
// CHECK:       ten.dct
// CHECK:       func.func private @inner
// CHECK-NOT:   ten.dct
// CHECK:       ten.fft hermitian
// CHECK-NOT:   ten.dct
// CHECK:       func.func private @outside_stays
// CHECK:       ten.dct
func.func @outer(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = ten.scan [2] (%c = %x : tensor<4xf32>) -> (tensor<4xf32>) {
    %d = func.call @middle(%c) : (tensor<4xf32>) -> tensor<4xf32>
    ten.yield %d : tensor<4xf32>
  }
  %z = func.call @outside_stays(%y) : (tensor<4xf32>) -> tensor<4xf32>
  %w = ten.dct sine1, %z dims [0] : tensor<4xf32> -> tensor<4xf32>
  func.return %w : tensor<4xf32>
}
func.func private @middle(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = func.call @inner(%x) : (tensor<4xf32>) -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
func.func private @inner(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = ten.dct sine3, %x dims [0] : tensor<4xf32> -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
func.func private @outside_stays(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = ten.dct cosine2, %x dims [0] : tensor<4xf32> -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
