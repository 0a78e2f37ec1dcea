// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @decompositions
// CHECK-NEXT:    %w, %v = ten.eigh %s : tensor<5x4x4xf64> -> tensor<5x4xf64>, tensor<5x4x4xf64>
// CHECK-NEXT:    %u, %d, %vt = ten.svd %a : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2xf32>, tensor<2x3xf32>
// CHECK-NEXT:    %q, %r = ten.qr %a {note = 1 : i64} : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2x3xf32>
// CHECK-NEXT:    %p, %l, %m = ten.lu %e : tensor<3x0xf64> -> tensor<3x3xf64>, tensor<3x0xf64>, tensor<0x0xf64>
func.func @decompositions(%s: tensor<5x4x4xf64>, %a: tensor<2x3xf32>, %e: tensor<3x0xf64>) {
  %w, %v = ten.eigh %s : tensor<5x4x4xf64> -> tensor<5x4xf64>, tensor<5x4x4xf64>
  %u, %d, %vt = ten.svd %a : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2xf32>, tensor<2x3xf32>
  %q, %r = ten.qr %a {note = 1} : tensor<2x3xf32> -> tensor<2x2xf32>, tensor<2x3xf32>
  %p, %l, %m = ten.lu %e : tensor<3x0xf64> -> tensor<3x3xf64>, tensor<3x0xf64>, tensor<0x0xf64>
  func.return
}
