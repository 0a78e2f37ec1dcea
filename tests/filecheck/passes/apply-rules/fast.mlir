// RUN: not letgrad-opt %s -p 'apply-rules{file="%S/Inputs/fast.mlir"}' 2>&1 | filecheck %s --check-prefix=EXACT
// RUN: letgrad-opt %s -p 'apply-rules{file="%S/Inputs/fast.mlir" fast=true}' | filecheck %s
// RUN: not letgrad-opt %s -p 'apply-rules{file="%S/Inputs/wrong.mlir" fast=true}' 2>&1 | filecheck %s --check-prefix=WRONG
// RUN: not letgrad-opt %s -p 'apply-rules{file="%S/Inputs/rules.mlir" only=Nosuch}' 2>&1 | filecheck %s --check-prefix=ONLY

// EXACT: Inputs/fast.mlir:1:1: error: rule fast: the sides differ: for %x = {{.*}}, %y = {{.*}}, @before gives {{.*}} and @after {{.*}}; with fast, which tries ordinary numbers only, they are equal
// WRONG: Inputs/wrong.mlir:2:3: error: rule SubOfSub: the sides differ: for %x = {{[^;]*$}}
// ONLY: error: {{.*}}rules.mlir has no rule Nosuch, but NegOfNeg, Twice, TransposeOfTranspose, SliceOfAll

// log(exp(x) * y)  →  x + log(y), which is wrong for x = -inf, or y < 0 with a product of -0.
// CHECK-LABEL: func.func @log_of_exp
// CHECK-NEXT:    [[L:%.*]] = math.log %y : tensor<7xf64>
// CHECK-NEXT:    [[R:%.*]] = arith.addf %x, [[L]] : tensor<7xf64>
// CHECK-NEXT:    func.return [[R]]
func.func @log_of_exp(%x: tensor<7xf64>, %y: tensor<7xf64>) -> tensor<7xf64> {
  %e = math.exp %x : tensor<7xf64>
  %m = arith.mulf %y, %e : tensor<7xf64>
  %l = math.log %m : tensor<7xf64>
  func.return %l : tensor<7xf64>
}
