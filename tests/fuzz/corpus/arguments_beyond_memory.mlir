// FUZZ: letgrad-opt %s -p print-op-stats,convert-stablehlo-to-ten,ten-simplify-gather-scatter,sharing-materialize

func.func @update_by_own_part(%x: tensor<100000x100000xf64>, %i: index, %j: index) -> tensor<100000x100000xf64> {
  %e = ten.index %x[%i, %j] : tensor<100000x100000xf64> -> f64
  %v = ten.reshape %e : f64 -> tensor<1x1xf64>
  %y = ten.update %x[%i, %j] %v strides [1, 1] : tensor<100000x100000xf64>, tensor<1x1xf64> -> tensor<100000x100000xf64>
  func.return %y : tensor<100000x100000xf64>
}
