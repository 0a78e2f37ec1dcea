// relu of a vector times a scalar. The product is computed in bulk, and read in the index region.
func.func @reluT2(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %one = arith.constant 1.0 : f64
  %zero = arith.constant 0.0 : f64
  %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %mask = ten.build [5] (%i) : tensor<5xf64> {
    %ti = ten.index %t[%i] : tensor<5xf64> -> f64
    %neg = arith.cmpf ole, %ti, %zero : f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %k = arith.select %neg, %c0, %c1 : index
    %m = ten.index %table[%k] : tensor<2xf64> -> f64
    ten.yield %m : f64
  }
  %r = arith.mulf %mask, %t : tensor<5xf64>
  func.return %r : tensor<5xf64>
}
