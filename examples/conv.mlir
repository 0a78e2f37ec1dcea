// A convolution that keeps the size of the image: what it reads outside of the image is 0.
func.func @conv(%image: tensor<6x7xf64>, %kernel: tensor<3x2xf64>) -> tensor<6x7xf64> {
  %r = ten.build [6, 7] (%i, %j) : tensor<6x7xf64> {
    %window = ten.gather [3, 2] %image (%p, %q) : tensor<6x7xf64> -> tensor<3x2xf64> {
      %k = arith.addi %i, %p : index
      %l = arith.addi %j, %q : index
      ten.yield %k, %l : index, index
    }
    %sum = ten.einsum "pq,pq->" %window, %kernel : tensor<3x2xf64>, tensor<3x2xf64> -> f64
    ten.yield %sum : f64
  }
  func.return %r : tensor<6x7xf64>
}
