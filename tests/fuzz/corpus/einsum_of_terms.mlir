// FUZZ: letgrad-opt %s -p delta-linearize,ten-decompose
func.func @dot(%x: tensor<5xf64>, %y: tensor<5xf64>) -> f64 {
  %r = ten.einsum "i,i->" %x, %y : tensor<5xf64>, tensor<5xf64> -> f64
  func.return %r : f64
}
