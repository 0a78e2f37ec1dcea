// FUZZ: letgrad-opt %s -p convert-ten-to-stablehlo --print-op-generic --print-debuginfo --allow-unregistered-dialect
func.func @vector_arith(%v: vector<4xf64>, %w: vector<4xf64>) -> vector<4xf64> {
  %c = arith.constant dense<1.0> : vector<4xf64>
  %a = arith.mulf %v, %c : vector<4xf64>
  %s = math.sin %a : vector<4xf64>
  %t = math.sin %a : vector<4xf64>
  %r = arith.addf %s, %t : vector<4xf64>
  func.return %r : vector<4xf64>
}
