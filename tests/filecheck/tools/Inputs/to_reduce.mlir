func.func @unused(%x: f64) -> f64 {
  %y = math.sin %x : f64
  func.return %y : f64
}
func.func @kept(%x: tensor<3xf64>, %z: f64) -> (tensor<3xf64>, f64) {
  %y = math.exp %z : f64
  %w = arith.mulf %x, %x : tensor<3xf64>
  %v = arith.addf %w, %x : tensor<3xf64>
  func.return %v, %y : tensor<3xf64>, f64
}
