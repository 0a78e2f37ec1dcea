// FUZZ: letgrad-opt %s -p sharing-materialize{budget=1000}
func.func @let(%x: f64, %v: tensor<5xf32>) -> (f64, tensor<5xf32>) {
  %w = sharing.let %v {decision = "store"} : tensor<5xf32>
  func.return %x, %v : f64, tensor<5xf32>
}
