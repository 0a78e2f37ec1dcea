// RUN: letgrad-opt %s -p delta-linearize --print-debuginfo | filecheck %s --check-prefix=LINEARIZE
// RUN: letgrad-opt %s -p gradient --print-debuginfo | filecheck %s --check-prefix=GRADIENT
// RUN: letgrad-opt %s -p gradient --print-debuginfo | letgrad-opt --print-debuginfo | filecheck %s --check-prefix=GRADIENT
// RUN: letgrad-opt %s -p gradient,sharing-materialize,convert-ten-to-kernel --print-debuginfo | filecheck %s --check-prefix=KERNEL

// An op that a rule makes has the old op's place under the name of the rule; the latest rule is outside.

// LINEARIZE:  %s = math.sin %x : tensor<3xf64> loc("{{.*}}derived_locations.mlir":17:8)
// LINEARIZE:  %0 = math.cos %x : tensor<3xf64> loc("linearize(math.sin)"("{{.*}}derived_locations.mlir":17:8))
// GRADIENT:   arith.mulf %0, %{{.*}} loc("transpose(delta.scale)"("linearize(math.sin)"("{{.*}}derived_locations.mlir":17:8)))

// A loop nest has the places of all that it computes, each once.

// KERNEL:     } loc(fused["{{.*}}derived_locations.mlir":18:8, "{{.*}}derived_locations.mlir":17:8])

func.func @f(%x: tensor<3xf64>) -> tensor<3xf64> {
  %s = math.sin %x : tensor<3xf64>
  %w = arith.mulf %s, %s : tensor<3xf64>
  func.return %w : tensor<3xf64>
}
