// FUZZ: letgrad-opt %s -t 'triton{matmul=triton}'

func.func @product(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}
