// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @parts
// CHECK-NEXT:    %a = ten.complex %s, %t : f32, f32 -> complex<f32>
// CHECK-NEXT:    %b = ten.complex %x, %x : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xcomplex<f64>>
// CHECK-NEXT:    %c = ten.real %a : complex<f32> -> f32
// CHECK-NEXT:    %d = ten.imag %b {note = 1 : i64} : tensor<2x3xcomplex<f64>> -> tensor<2x3xf64>
func.func @parts(%s: f32, %t: f32, %x: tensor<2x3xf64>) {
  %a = ten.complex %s, %t : f32, f32 -> complex<f32>
  %b = ten.complex %x, %x : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xcomplex<f64>>
  %c = ten.real %a : complex<f32> -> f32
  %d = ten.imag %b {note = 1} : tensor<2x3xcomplex<f64>> -> tensor<2x3xf64>
  func.return
}

// CHECK-LABEL: func.func @tables
// CHECK-NEXT:    %k = arith.constant dense<[(1.000000e+00, -0.000000e+00), (0.000000e+00, 2.000000e+00)]> : tensor<2xcomplex<f32>>
func.func @tables() {
  %k = arith.constant dense<[(1.0, -0.0), (0.0, 2.0)]> : tensor<2xcomplex<f32>>
  func.return
}
