// FUZZ: letgrad run %s --input 2 --backend cpu
func.func @cmpf(%a: tensor<4xi64>) -> tensor<4xi1> {
  %c = arith.cmpf olt, %a, %a : tensor<4xi64>
  func.return %c : tensor<4xi1>
}
