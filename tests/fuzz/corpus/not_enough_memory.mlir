// FUZZ: letgrad explain %s -o %t -p convert-ten-to-kernel
func.func @f() -> tensor<100000x100000xf64> {
  %zeros = arith.constant dense<0.0> : tensor<100000x100000xf64>
  func.return %zeros : tensor<100000x100000xf64>
}
