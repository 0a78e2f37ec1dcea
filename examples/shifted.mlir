// Two gathers with the same index function; its offset %e is one value, used under two binders.
func.func @shifted(%v: tensor<7xf64>, %u: tensor<7xf64>, %e: index) -> tensor<2x5xf64> {
  %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = arith.addi %i, %e : index
    ten.yield %k : index
  }
  %b = ten.gather [5] %u (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = arith.addi %i, %e : index
    ten.yield %k : index
  }
  %r = ten.stack %a, %b : tensor<5xf64> -> tensor<2x5xf64>
  func.return %r : tensor<2x5xf64>
}
