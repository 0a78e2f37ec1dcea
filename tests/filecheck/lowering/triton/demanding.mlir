// RUN: letgrad-opt %s -t triton | filecheck %s

// Functions that reduce their arguments need many registers: each thread has 2 elements, and not 8.
// CHECK: sin_and_cos_r[(4,)](x, r, BLOCK=256, num_warps=4, **EXACT)
func.func @sin_and_cos(%x: tensor<1024xf32>) -> tensor<1024xf32> {
  %s = math.sin %x : tensor<1024xf32>
  %c = math.cos %x : tensor<1024xf32>
  %r = arith.mulf %s, %c : tensor<1024xf32>
  func.return %r : tensor<1024xf32>
}

// One such function alone keeps the usual tile.
// CHECK: one_sin_r[(1,)](x, r, BLOCK=1024, num_warps=4, **EXACT)
func.func @one_sin(%x: tensor<1024xf32>) -> tensor<1024xf32> {
  %r = math.sin %x : tensor<1024xf32>
  func.return %r : tensor<1024xf32>
}
