// FUZZ: letgrad-opt %s -p sparse-jacobian,dce -t riscv-asm --check-rules
func.func @gather_by_constants(%x: tensor<6xf64>) -> tensor<3xf64> {
  %t = arith.constant dense<[4, 0, 7]> : tensor<3xi64>
  %r = ten.gather [3] %x (%i) : tensor<6xf64> -> tensor<3xf64> {
    %e = ten.index %t[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %e : i64 to index
    ten.yield %i : index
  }
  func.return %r : tensor<3xf64>
}
