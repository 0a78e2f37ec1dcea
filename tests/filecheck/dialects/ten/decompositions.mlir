// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @decompositions
// CHECK-NEXT:    %w, %v = ten.eigh %s : tensor<5x4x4xf64> -> tensor<5x4xf64>, tensor<5x4x4xf64>
// CHECK-NEXT:    %u, %d, %vt = ten.svd %a : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2xf32>, tensor<2x3xf32>
// CHECK-NEXT:    %q, %r = ten.qr %a {note = 1 : i64} : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2x3xf32>
// CHECK-NEXT:    %o, %l = ten.lu %e : tensor<3x0xf64> -> tensor<3xi64>, tensor<3x0xf64>
// CHECK-NEXT:    %f = ten.cholesky %s : tensor<5x4x4xf64> -> tensor<5x4x4xf64>
// CHECK-NEXT:    %x, %y = ten.eig %s : tensor<5x4x4xf64> -> tensor<5x4x2xf64>, tensor<5x4x4x2xf64>
func.func @decompositions(%s: tensor<5x4x4xf64>, %a: tensor<2x3xf32>, %e: tensor<3x0xf64>) {
  %w, %v = ten.eigh %s : tensor<5x4x4xf64> -> tensor<5x4xf64>, tensor<5x4x4xf64>
  %u, %d, %vt = ten.svd %a : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2xf32>, tensor<2x3xf32>
  %q, %r = ten.qr %a {note = 1} : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2x3xf32>
  %o, %l = ten.lu %e : tensor<3x0xf64> -> tensor<3xi64>, tensor<3x0xf64>
  %f = ten.cholesky %s : tensor<5x4x4xf64> -> tensor<5x4x4xf64>
  %x, %y = ten.eig %s : tensor<5x4x4xf64> -> tensor<5x4x2xf64>, tensor<5x4x4x2xf64>
  func.return
}

// Complex numbers are pairs. Some results are real.
// CHECK-LABEL: func.func @complex_numbers
// CHECK-NEXT:    %w, %v = ten.eigh complex %s : tensor<4x4x2xf64> -> tensor<4xf64>, tensor<4x4x2xf64>
// CHECK-NEXT:    %u, %d, %vt = ten.svd complex %a : tensor<2x3x2xf32> -> tensor<2x2x2xf32>, tensor<2xf32>, tensor<2x3x2xf32>
// CHECK-NEXT:    %q, %r = ten.qr complex %a {note = 1 : i64} : tensor<2x3x2xf32> -> tensor<2x2x2xf32>, tensor<2x3x2xf32>
// CHECK-NEXT:    %o, %l = ten.lu complex columns %a : tensor<2x3x2xf32> -> tensor<3xi64>, tensor<2x3x2xf32>
// CHECK-NEXT:    %f = ten.cholesky complex upper %s : tensor<4x4x2xf64> -> tensor<4x4x2xf64>
// CHECK-NEXT:    %k, %n = ten.eigh complex upper %s {note = 1 : i64} : tensor<4x4x2xf64> -> tensor<4xf64>, tensor<4x4x2xf64>
// CHECK-NEXT:    %x, %y = ten.eig complex %s : tensor<4x4x2xf64> -> tensor<4x2xf64>, tensor<4x4x2xf64>
func.func @complex_numbers(%s: tensor<4x4x2xf64>, %a: tensor<2x3x2xf32>) {
  %w, %v = ten.eigh complex %s : tensor<4x4x2xf64> -> tensor<4xf64>, tensor<4x4x2xf64>
  %u, %d, %vt = ten.svd complex %a : tensor<2x3x2xf32> -> tensor<2x2x2xf32>, tensor<2xf32>, tensor<2x3x2xf32>
  %q, %r = ten.qr complex %a {note = 1} : tensor<2x3x2xf32> -> tensor<2x2x2xf32>, tensor<2x3x2xf32>
  %o, %l = ten.lu complex columns %a : tensor<2x3x2xf32> -> tensor<3xi64>, tensor<2x3x2xf32>
  %f = ten.cholesky complex upper %s : tensor<4x4x2xf64> -> tensor<4x4x2xf64>
  %k, %n = ten.eigh complex upper %s {note = 1} : tensor<4x4x2xf64> -> tensor<4xf64>, tensor<4x4x2xf64>
  %x, %y = ten.eig complex %s : tensor<4x4x2xf64> -> tensor<4x2xf64>, tensor<4x4x2xf64>
  func.return
}

// CHECK-LABEL: func.func @triangular_solve
// CHECK-NEXT:    %x = ten.triangular_solve lower, %t, %b {note = 1 : i64} : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
// CHECK-NEXT:    %y = ten.triangular_solve upper_adjoint, %t, %x : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
// CHECK-NEXT:    %w = ten.triangular_solve complex_unit_lower, %c, %z : tensor<3x3x2xf32>, tensor<3x0x2xf32> -> tensor<3x0x2xf32>
func.func @triangular_solve(%t: tensor<5x3x3xf64>, %b: tensor<5x3x2xf64>, %c: tensor<3x3x2xf32>, %z: tensor<3x0x2xf32>) {
  %x = ten.triangular_solve lower, %t, %b {note = 1} : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
  %y = ten.triangular_solve upper_adjoint, %t, %x : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
  %w = ten.triangular_solve complex_unit_lower, %c, %z : tensor<3x3x2xf32>, tensor<3x0x2xf32> -> tensor<3x0x2xf32>
  func.return
}

// CHECK-LABEL: func.func @symmetric_solve
// CHECK-NEXT:    %x = ten.symmetric_solve lower, %a, %b {note = 1 : i64} : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
// CHECK-NEXT:    %y = ten.symmetric_solve upper, %e, %z : tensor<3x3xf32>, tensor<3x0xf32> -> tensor<3x0xf32>
func.func @symmetric_solve(%a: tensor<5x3x3xf64>, %b: tensor<5x3x2xf64>, %e: tensor<3x3xf32>, %z: tensor<3x0xf32>) {
  %x = ten.symmetric_solve lower, %a, %b {note = 1} : tensor<5x3x3xf64>, tensor<5x3x2xf64> -> tensor<5x3x2xf64>
  %y = ten.symmetric_solve upper, %e, %z : tensor<3x3xf32>, tensor<3x0xf32> -> tensor<3x0xf32>
  func.return
}
