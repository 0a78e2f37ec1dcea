// RUN: letgrad-opt %s -t triton | filecheck %s

// One kernel, which reads each operand once for each tile of queries, and stores no scores. The
// loop ends at the last key that a query of the tile sees.
// CHECK-LABEL: def causal_
// CHECK-NOT:     def
// CHECK:         last = tl.minimum(start_of_tile + QUERIES + 0, 300)
// CHECK-NEXT:    for start in range(0, last, KEYS):
// CHECK:           s = tl.dot(q, tl.trans(k))
// CHECK:           seen = (j[None, :] <= i[:, None] + 0)
// CHECK:           shrink = tl.exp(m - base)
// CHECK:           acc = tl.dot(p.to(tl.float16), v, acc * shrink[:, None])
// CHECK-NOT:     for start
// CHECK:         tl.store
// CHECK-NOT:     tl.store
// CHECK:       def causal(
func.func @causal(%q: tensor<2x300x64xf16>, %k: tensor<2x300x64xf16>, %v: tensor<2x300x64xf16>) -> tensor<2x300x64xf16> {
  %o, %max, %sum = ten.attention "bid,bjd,bje->bie" %q, %k, %v {scale = 0.125 : f64, above = 0 : i64} : tensor<2x300x64xf16>, tensor<2x300x64xf16>, tensor<2x300x64xf16> -> (tensor<2x300x64xf16>, tensor<2x300xf32>, tensor<2x300xf32>)
  func.return %o : tensor<2x300x64xf16>
}
