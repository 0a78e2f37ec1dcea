// RUN: letgrad-opt %s -p outline-regions,sharing-materialize,convert-ten-to-kernel,kernel-plan-buffers | filecheck %s

// Loops of one step with a checkpoint never run at the same time: the memory of the larger one serves both.
// CHECK-LABEL: func.func @main(
// CHECK-LABEL: func.func private @main_scan(
// CHECK-SAME:  letgrad.arena_bytes = 131072 : i64
// CHECK-LABEL: func.func private @main_scan1(
// CHECK-SAME:  letgrad.arena_bytes = 131072 : i64
// A loop of two steps keeps the size of its own.
// CHECK-LABEL: func.func private @main_scan2(
// CHECK-SAME:  letgrad.arena_bytes = 32768 : i64
func.func @main(%x: tensor<1x128x128xf64>, %y: tensor<1x64x64xf64>, %z: tensor<2x64x64xf64>) -> (tensor<1x128x128xf64>, tensor<1x64x64xf64>, tensor<2x64x64xf64>) {
  %a = ten.scan [1] () over (%r = %x : tensor<1x128x128xf64>) {checkpoint = 1 : i64} -> (tensor<1x128x128xf64>) {
    %p = ten.einsum "ij,jk->ik" %r, %r : tensor<128x128xf64>, tensor<128x128xf64> -> tensor<128x128xf64>
    %q = ten.einsum "ij,jk->ik" %p, %r : tensor<128x128xf64>, tensor<128x128xf64> -> tensor<128x128xf64>
    ten.yield %q : tensor<128x128xf64>
  }
  %b = ten.scan [1] () over (%r = %y : tensor<1x64x64xf64>) {checkpoint = 1 : i64} -> (tensor<1x64x64xf64>) {
    %p = ten.einsum "ij,jk->ik" %r, %r : tensor<64x64xf64>, tensor<64x64xf64> -> tensor<64x64xf64>
    %q = ten.einsum "ij,jk->ik" %p, %r : tensor<64x64xf64>, tensor<64x64xf64> -> tensor<64x64xf64>
    ten.yield %q : tensor<64x64xf64>
  }
  %c = ten.scan [2] () over (%r = %z : tensor<2x64x64xf64>) -> (tensor<2x64x64xf64>) {
    %p = ten.einsum "ij,jk->ik" %r, %r : tensor<64x64xf64>, tensor<64x64xf64> -> tensor<64x64xf64>
    %q = ten.einsum "ij,jk->ik" %p, %r : tensor<64x64xf64>, tensor<64x64xf64> -> tensor<64x64xf64>
    ten.yield %q : tensor<64x64xf64>
  }
  func.return %a, %b, %c : tensor<1x128x128xf64>, tensor<1x64x64xf64>, tensor<2x64x64xf64>
}
