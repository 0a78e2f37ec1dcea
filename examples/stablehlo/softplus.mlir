module @jit_softplus {
  func.func public @main(%arg0: tensor<3xf32>) -> tensor<f32> {
    %0 = stablehlo.exponential %arg0 : tensor<3xf32>
    %1 = stablehlo.log_plus_one %0 : tensor<3xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = stablehlo.reduce(%1 init: %cst) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
    return %2 : tensor<f32>
  }
}
