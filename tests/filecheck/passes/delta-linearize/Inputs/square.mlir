func.func @f(%x: tensor<3xf64>, %n: i64) -> tensor<3xf64> {
  %r = arith.mulf %x, %x : tensor<3xf64>
  func.return %r : tensor<3xf64>
}
