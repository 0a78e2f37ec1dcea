// RUN: letgrad-opt %s -p ten-vectorize,canonicalize | filecheck %s

// CHECK-LABEL: func.func @transform(
// CHECK:         ten.fft hermitian, {{.*}} dims [1] : tensor<4x3x2xf32> -> tensor<4x5xf32>
func.func @transform(%z: tensor<4x3x2xf32>) -> tensor<4x5xf32> {
  %b = ten.build [4] (%i) : tensor<4x5xf32> {
    %r = ten.index %z[%i] : tensor<4x3x2xf32> -> tensor<3x2xf32>
    %f = ten.fft hermitian, %r dims [0] : tensor<3x2xf32> -> tensor<5xf32>
    ten.yield %f : tensor<5xf32>
  }
  func.return %b : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @complex_numbers(
// CHECK-NEXT:    [[Y:%.*]] = ten.imag %z : tensor<4xcomplex<f64>> -> tensor<4xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.real %z : tensor<4xcomplex<f64>> -> tensor<4xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.complex [[Y]], [[X]] : tensor<4xf64>, tensor<4xf64> -> tensor<4xcomplex<f64>>
// CHECK-NEXT:    func.return [[R]]
func.func @complex_numbers(%z: tensor<4xcomplex<f64>>) -> tensor<4xcomplex<f64>> {
  %b = ten.build [4] (%i) : tensor<4xcomplex<f64>> {
    %r = ten.index %z[%i] : tensor<4xcomplex<f64>> -> complex<f64>
    %y = ten.imag %r : complex<f64> -> f64
    %x = ten.real %r : complex<f64> -> f64
    %s = ten.complex %y, %x : f64, f64 -> complex<f64>
    ten.yield %s : complex<f64>
  }
  func.return %b : tensor<4xcomplex<f64>>
}
