// RUN: letgrad-opt %s -p ten-decompose --split-input-file | filecheck %s --check-prefix=FFT
// RUN: letgrad-opt %s -p 'ten-decompose{cosines=true}' --split-input-file | filecheck %s --check-prefix=LIB

// Even places, and odd ones from the end; the sine of type 2 is a cosine transform of other signs.
// FFT-LABEL: func.func @sine2
// FFT:       ten.fft real, {{.*}} dims [1] : tensor<3x5xf64> -> tensor<3x3x2xf64>
// FFT-NOT:   ten.dct
// LIB-LABEL: func.func @sine2
// LIB-NEXT:  ten.dct sine2
func.func @sine2(%x: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %y = ten.dct sine2, %x dims [1] : tensor<3x5xf64> -> tensor<3x5xf64>
  func.return %y : tensor<3x5xf64>
}

// -----

// FFT-LABEL: func.func @cosine3_along_columns
// FFT-NOT:   ten.transpose
// FFT:       ten.fft hermitian, {{.*}} dims [0] : tensor<3x4x2xf64> -> tensor<5x4xf64>
// FFT-NOT:   ten.dct
// LIB-LABEL: func.func @cosine3_along_columns
// LIB-NEXT:  ten.dct cosine3
func.func @cosine3_along_columns(%x: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %y = ten.dct cosine3, %x dims [0] : tensor<5x4xf64> -> tensor<5x4xf64>
  func.return %y : tensor<5x4xf64>
}
