func.func @chain(%x: tensor<50x7xf64>, %m: tensor<7x7xf64>) -> tensor<50x7xf64> {
  %a = ten.einsum "ij,jk->ik" %x, %m : tensor<50x7xf64>, tensor<7x7xf64> -> tensor<50x7xf64>
  %b = math.sin %a : tensor<50x7xf64>
  %c = ten.einsum "ij,jk->ik" %b, %m : tensor<50x7xf64>, tensor<7x7xf64> -> tensor<50x7xf64>
  %d = ten.einsum "ij,jk->ik" %c, %m : tensor<50x7xf64>, tensor<7x7xf64> -> tensor<50x7xf64>
  func.return %d : tensor<50x7xf64>
}
