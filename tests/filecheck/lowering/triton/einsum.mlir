// RUN: letgrad-opt %s -t triton | filecheck %s
// RUN: letgrad-opt %s -t 'triton{matmul=library}' | filecheck %s --check-prefix=LIBRARY

// Tiles of both operands, in any layout, and what is computed of the product, before it is stored.
// CHECK-LABEL: TILES_16_{{[0-7]+}} = [
// CHECK-COUNT-4: triton.Config(
// CHECK-NEXT:  ]
// CHECK:       @triton.autotune(configs=TILES_16_{{[0-7]+}}, key=[], cache_results=True)
// CHECK-NEXT:  @triton.jit
// CHECK-NEXT:  def layer_p(a_ptr, b_ptr, c_ptr, r_ptr,
// CHECK:         acc = tl.full([BLOCK_M, BLOCK_N], 0.0, tl.float32)
// CHECK-NEXT:    for step in range(0, 256, BLOCK_K):
// CHECK-NEXT:        k = step + tl.arange(0, BLOCK_K)
// CHECK-NEXT:        a = tl.load(a_ptr + m[:, None] + k[None, :] * 512)
// CHECK-NEXT:        b = tl.load(b_ptr + n[None, :] + k[:, None] * 1000, mask=n[None, :] < 1000, other=0.0)
// CHECK-NEXT:        acc = tl.dot(a, b, acc)
// CHECK:         c = tl.load(c_ptr + n[None, :], mask=n_in).to(tl.float32)
// CHECK:         tl.store(r_ptr + m[:, None] * 1000 + n[None, :], t, mask=n_in)
// LIBRARY:       p = torch.matmul(a.mT, b).contiguous()
func.func @layer(%a: tensor<256x512xbf16>, %b: tensor<256x1000xbf16>, %c: tensor<1000xbf16>) -> tensor<512x1000xbf16> {
  %p = ten.einsum "ki,kj->ij" %a, %b : tensor<256x512xbf16>, tensor<256x1000xbf16> -> tensor<512x1000xbf16>
  %cb = ten.broadcast %c dims [0] : tensor<1000xbf16> -> tensor<512x1000xbf16>
  %s = arith.addf %p, %cb : tensor<512x1000xbf16>
  %r = math.tanh %s : tensor<512x1000xbf16>
  func.return %r : tensor<512x1000xbf16>
}

// Few tiles and a long sum: several programs share a tile, and the parts are added up in order.
// CHECK-LABEL: def weights_r(
// CHECK:         part = pid // (tiles_m * tiles_n)
// CHECK:         for step in range(part * 512, min(part * 512 + 512, 65536), BLOCK_K):
// CHECK:         tl.store(r_parts{{[_0-9]*}}_ptr + part * 4096 + (m[:, None] * 64 + n[None, :]), acc
// CHECK:       def r_join(
// CHECK:         tl.sum(
// CHECK:         tl.store(r_ptr
func.func @weights(%x: tensor<65536x64xbf16>, %dy: tensor<65536x64xbf16>) -> tensor<64x64xbf16> {
  %r = ten.einsum "ki,kj->ij" %x, %dy : tensor<65536x64xbf16>, tensor<65536x64xbf16> -> tensor<64x64xbf16>
  func.return %r : tensor<64x64xbf16>
}

// The kernel also stores a value that a later kernel reads again.
// CHECK-LABEL: def kept_p(a_ptr, b_ptr, p_ptr, r_ptr,
func.func @kept(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>) -> (tensor<64x64xf16>, tensor<64x64xf16>) {
  %p = ten.einsum "ik,kj->ij" %a, %b : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf16>
  %r = math.tanh %p : tensor<64x64xf16>
  func.return %p, %r : tensor<64x64xf16>, tensor<64x64xf16>
}

// Exact float32 is for torch, and integers, which it does not multiply on a GPU, are a reduction.
// CHECK-LABEL: def others(x, y, n, m):
// CHECK:         torch.matmul(x, y).contiguous()
// CHECK:         others_q
func.func @others(%x: tensor<64x64xf32>, %y: tensor<64x64xf32>, %n: tensor<64x64xi32>, %m: tensor<64x64xi32>) -> (tensor<64x64xf32>, tensor<64x64xi32>) {
  %p = ten.einsum "ik,kj->ij" %x, %y : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %q = ten.einsum "ik,kj->ij" %n, %m : tensor<64x64xi32>, tensor<64x64xi32> -> tensor<64x64xi32>
  func.return %p, %q : tensor<64x64xf32>, tensor<64x64xi32>
}
