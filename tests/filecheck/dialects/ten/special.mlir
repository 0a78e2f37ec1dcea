// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @special
// CHECK-NEXT:    %a = ten.special gammaln, %s : f32
// CHECK-NEXT:    %b = ten.special beta, %x, %y : tensor<2x3xf64>
// CHECK-NEXT:    %c = ten.special expit, %e : tensor<0x2xbf16>
func.func @special(%s: f32, %x: tensor<2x3xf64>, %y: tensor<2x3xf64>, %e: tensor<0x2xbf16>) {
  %a = ten.special gammaln, %s : f32
  %b = ten.special beta, %x, %y : tensor<2x3xf64>
  %c = ten.special expit, %e : tensor<0x2xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    %a = ten.special psi, %s {note = 1 : i64} : f16
func.func @attributes(%s: f16) {
  %a = ten.special psi, %s {note = 1} : f16
  func.return
}
