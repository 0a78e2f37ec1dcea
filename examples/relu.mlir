// relu as mask * v: for each element an index, 0 or 1, is computed and looked up in a table.
func.func @relu(%m: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
  %mask = ten.build [3, 4] (%i, %j) : tensor<3x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x4xf64> -> f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %neg = arith.cmpf ole, %e, %zero : f64
    %k = arith.select %neg, %c0, %c1 : index
    %t = ten.index %table[%k] : tensor<2xf64> -> f64
    ten.yield %t : f64
  }
  %r = arith.mulf %mask, %m : tensor<3x4xf64>
  func.return %r : tensor<3x4xf64>
}
