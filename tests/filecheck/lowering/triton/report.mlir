// RUN: letgrad compile %s --arch sm_90 --report | filecheck %s
// RUN: letgrad compile %s --arch sm_80 --emit ptx | filecheck %s --check-prefix=PTX

// Sixteen bytes a load and a store, nothing spilled, and few registers: what costs time is memory.
// CHECK:      relu_r for sm_90: 4096 programs of 4 warps, BLOCK=1024
// CHECK-NEXT:   moves    16.8 MB in, 16.8 MB out; 4 and 4 bytes a point
// CHECK-NEXT:   bound by bytes: 10 µs at best on an H100 SXM
// CHECK-NEXT:   uses     {{[1-3]?[0-9]}} registers, 0 bytes spilled, 0 bytes shared
// CHECK-NEXT:   loads    2 x 128 bits
// CHECK-NEXT:   stores   2 x 128 bits
// CHECK-NEXT:   computes nothing slow

// PTX-LABEL: .visible .entry relu_r(
// PTX:         ld.global.v4
// PTX-NOT:     fma.rn
// PTX:         st.global.v4
func.func @relu(%x: tensor<2048x2048xf32>) -> tensor<2048x2048xf32> {
  %zero = arith.constant dense<0.0> : tensor<2048x2048xf32>
  %r = arith.maximumf %x, %zero : tensor<2048x2048xf32>
  func.return %r : tensor<2048x2048xf32>
}

// Eight elements a thread: eight exponentials, and eight divisions. Torch multiplies.
// CHECK:      product_d for sm_90
// CHECK:        computes 8 x ex2, 8 x div
// CHECK:      relu runs 1 kernel
// CHECK-NEXT: product runs 1 kernel, 1 x torch ten.einsum
func.func @product(%x: tensor<4096x64xf32>, %w: tensor<64x64xf32>) -> tensor<4096x64xf32> {
  %e = math.exp %x : tensor<4096x64xf32>
  %d = arith.divf %e, %x : tensor<4096x64xf32>
  %p = ten.einsum "ij,jk->ik" %d, %w : tensor<4096x64xf32>, tensor<64x64xf32> -> tensor<4096x64xf32>
  func.return %p : tensor<4096x64xf32>
}
