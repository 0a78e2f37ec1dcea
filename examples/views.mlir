// tanh of a value, of its transpose and of a part of it: one table, and two views of it.
func.func @views(%v: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<4x6xf64>, tensor<2x4xf64>) {
  %a = math.tanh %v : tensor<6x4xf64>
  %t = ten.transpose %v perm [1, 0] : tensor<6x4xf64> -> tensor<4x6xf64>
  %b = math.tanh %t : tensor<4x6xf64>
  %s = ten.slice %v offsets [3, 0] sizes [2, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<2x4xf64>
  %c = math.tanh %s : tensor<2x4xf64>
  func.return %a, %b, %c : tensor<6x4xf64>, tensor<4x6xf64>, tensor<2x4xf64>
}
