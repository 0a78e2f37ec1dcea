// RUN: letgrad-opt %s -t dot | filecheck %s
// RUN: letgrad-opt %s -p sharing-materialize,convert-ten-to-kernel -t dot | filecheck %s --check-prefix=KERNEL
// RUN: letgrad-opt %s -t 'dot{values=every}' | filecheck %s --check-prefix=EVERY

// %s is used twice: a node. %e is used once, and counted where that is. Quotes are escaped.

// CHECK:       subgraph cluster_f0 {
// CHECK-NEXT:    label="@a\"b\\c";
// CHECK-NEXT:    f0_0 [label="%x : tensor<5xf64>", shape=ellipse
// CHECK-NEXT:    f0_1 [label="%s : tensor<5xf64>\nmath.sin, 40 bytes, 100 flops\n{{.*}}graph.mlir:
// CHECK-SAME:    shape=box, style=dashed
// CHECK-NEXT:    f0_2 [label="%w : tensor<5xf64>\narith.mulf, 40 bytes, 105 flops
// CHECK:         f0_0 -> f0_1;
// CHECK-NEXT:    f0_1 -> f0_2;
// CHECK-NEXT:    f0_2 -> f0_3;

// A kernel is a cluster of what it gives.
// KERNEL:        subgraph cluster_f0_k0 {
// KERNEL-NEXT:     label="kernel.generic [5]"; style=rounded;
// KERNEL-NEXT:     f0_1 [label="%w : tensor<5xf64>

// EVERY:         [label="%e : tensor<5xf64>\nmath.exp, 40 bytes, 100 flops

func.func @"a\22b\\c"(%x: tensor<5xf64>) -> tensor<5xf64> {
  %s = math.sin %x : tensor<5xf64>
  %e = math.exp %s : tensor<5xf64>
  %w = arith.mulf %e, %s : tensor<5xf64>
  func.return %w : tensor<5xf64>
}
