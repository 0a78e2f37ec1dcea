// FUZZ: letgrad-opt %s -t terms
func.func @f(%v: vector<3xf64>) -> (vector<3xf64>, i3) {
  %c = arith.constant dense<1.0> : vector<3xf64>
  %a = arith.mulf %v, %c : vector<3xf64>
  %i = arith.constant 1 : i3
  func.return %a, %i : vector<3xf64>, i3
}
