// FUZZ: letgrad-opt %s --print-debuginfo
func.func @sum(%a: tensor<2x3xf64>, %c: tensor<2xf64>) -> tensor<2xf64> {
  %r = linalg.reduce { arith.addf } ins(%a : tensor<2x3xf64>) outs(%c : tensor<2xf64>) dimensions = [1]
  return %r : tensor<2xf64>
}
