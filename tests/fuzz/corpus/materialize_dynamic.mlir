// FUZZ: letgrad-opt %s -p sharing-materialize
func.func @v(%x: tensor<?xf64>) -> tensor<?xf64> {
  %d = arith.mulf %x, %x : tensor<?xf64>
  %s = math.sin %d : tensor<?xf64>
  func.return %s : tensor<?xf64>
}
