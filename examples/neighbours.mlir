// Each element times the next one: element i reads x[i] and x[i + 1].
func.func @neighbours(%x: tensor<6xf64>) -> tensor<5xf64> {
  %a = ten.slice %x offsets [0] sizes [5] strides [1] : tensor<6xf64> -> tensor<5xf64>
  %b = ten.slice %x offsets [1] sizes [5] strides [1] : tensor<6xf64> -> tensor<5xf64>
  %p = arith.mulf %a, %b : tensor<5xf64>
  func.return %p : tensor<5xf64>
}
