// RUN: letgrad-opt %s -p ten-raise-einsum --remarks=einsum --verify-diagnostics

func.func @contraction(%x : tensor<4x5xf64>, %y : tensor<4x5xf64>) -> tensor<4xf64> {
  %p = arith.mulf %x, %y : tensor<4x5xf64>
  // expected-remark@+1 {{passed: ten.sum became ten.einsum (SumOfProduct)}}
  %s = ten.sum %p dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s : tensor<4xf64>
}

func.func @product_is_used(%x : tensor<4x5xf64>, %y : tensor<4x5xf64>) -> (tensor<4xf64>, tensor<4x5xf64>) {
  %p = arith.mulf %x, %y : tensor<4x5xf64>
  // expected-remark@+1 {{missed: the sum is not an einsum: the product has other uses, or is computed outside of the region (SumOfProduct)}}
  %s = ten.sum %p dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s, %p : tensor<4xf64>, tensor<4x5xf64>
}

func.func @index_in_one_factor(%x : tensor<4xf64>, %y : tensor<4x5xf64>) -> tensor<4xf64> {
  %b = ten.broadcast %x dims [1] : tensor<4xf64> -> tensor<4x5xf64>
  %p = arith.mulf %b, %y : tensor<4x5xf64>
  // expected-remark@+1 {{missed: the sum is not an einsum: no index that is summed over occurs in two factors of i,ij->i}}
  %s = ten.sum %p dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s : tensor<4xf64>
}

// No sum of products: nothing was missed.
func.func @sum(%x: tensor<4x5xf64>) -> tensor<4xf64> {
  %e = math.exp %x : tensor<4x5xf64>
  %s = ten.sum %e dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s : tensor<4xf64>
}
