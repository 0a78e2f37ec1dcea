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

// CHECK-LABEL: func.func @cosines(
// CHECK:         ten.dct cosine3, {{.*}} dims [1] : tensor<4x3xf32> -> tensor<4x3xf32>
func.func @cosines(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %b = ten.build [4] (%i) : tensor<4x3xf32> {
    %r = ten.index %x[%i] : tensor<4x3xf32> -> tensor<3xf32>
    %f = ten.dct cosine3, %r dims [0] : tensor<3xf32> -> tensor<3xf32>
    ten.yield %f : tensor<3xf32>
  }
  func.return %b : tensor<4x3xf32>
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

// CHECK-LABEL: func.func @one_matrix(
// CHECK:         ten.triangular_solve lower, %t, {{.*}} : tensor<3x3xf64>, tensor<3x10xf64> -> tensor<3x10xf64>
func.func @one_matrix(%t: tensor<3x3xf64>, %b: tensor<5x3x2xf64>) -> tensor<5x3x2xf64> {
  %r = ten.build [5] (%i) : tensor<5x3x2xf64> {
    %c = ten.index %b[%i] : tensor<5x3x2xf64> -> tensor<3x2xf64>
    %x = ten.triangular_solve lower, %t, %c : tensor<3x3xf64>, tensor<3x2xf64> -> tensor<3x2xf64>
    ten.yield %x : tensor<3x2xf64>
  }
  func.return %r : tensor<5x3x2xf64>
}

// CHECK-LABEL: func.func @many_matrices(
// CHECK:         ten.triangular_solve complex_upper, %t, {{.*}} : tensor<5x3x3x2xf64>, tensor<5x3x4x2xf64> -> tensor<5x3x4x2xf64>
func.func @many_matrices(%t: tensor<5x3x3x2xf64>, %b: tensor<3x4x2xf64>) -> tensor<5x3x4x2xf64> {
  %r = ten.build [5] (%i) : tensor<5x3x4x2xf64> {
    %c = ten.index %t[%i] : tensor<5x3x3x2xf64> -> tensor<3x3x2xf64>
    %x = ten.triangular_solve complex_upper, %c, %b : tensor<3x3x2xf64>, tensor<3x4x2xf64> -> tensor<3x4x2xf64>
    ten.yield %x : tensor<3x4x2xf64>
  }
  func.return %r : tensor<5x3x4x2xf64>
}

// CHECK-LABEL: func.func @complex_decomposition(
// CHECK:         ten.eigh complex upper %a : tensor<5x3x3x2xf64> -> tensor<5x3xf64>, tensor<5x3x3x2xf64>
func.func @complex_decomposition(%a: tensor<5x3x3x2xf64>) -> tensor<5x3xf64> {
  %r = ten.build [5] (%i) : tensor<5x3xf64> {
    %c = ten.index %a[%i] : tensor<5x3x3x2xf64> -> tensor<3x3x2xf64>
    %w, %v = ten.eigh complex upper %c : tensor<3x3x2xf64> -> tensor<3xf64>, tensor<3x3x2xf64>
    ten.yield %w : tensor<3xf64>
  }
  func.return %r : tensor<5x3xf64>
}

// CHECK-LABEL: func.func @one_symmetric_matrix(
// CHECK:         ten.symmetric_solve lower, %a, {{.*}} : tensor<3x3xf64>, tensor<3x10xf64> -> tensor<3x10xf64>
func.func @one_symmetric_matrix(%a: tensor<3x3xf64>, %b: tensor<5x3x2xf64>) -> tensor<5x3x2xf64> {
  %r = ten.build [5] (%i) : tensor<5x3x2xf64> {
    %c = ten.index %b[%i] : tensor<5x3x2xf64> -> tensor<3x2xf64>
    %x = ten.symmetric_solve lower, %a, %c : tensor<3x3xf64>, tensor<3x2xf64> -> tensor<3x2xf64>
    ten.yield %x : tensor<3x2xf64>
  }
  func.return %r : tensor<5x3x2xf64>
}

// CHECK-LABEL: func.func @many_symmetric_matrices(
// CHECK:         ten.symmetric_solve upper, %a, {{.*}} : tensor<5x3x3xf64>, tensor<5x3x4xf64> -> tensor<5x3x4xf64>
func.func @many_symmetric_matrices(%a: tensor<5x3x3xf64>, %b: tensor<3x4xf64>) -> tensor<5x3x4xf64> {
  %r = ten.build [5] (%i) : tensor<5x3x4xf64> {
    %c = ten.index %a[%i] : tensor<5x3x3xf64> -> tensor<3x3xf64>
    %x = ten.symmetric_solve upper, %c, %b : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
    ten.yield %x : tensor<3x4xf64>
  }
  func.return %r : tensor<5x3x4xf64>
}
