// reluT2 with the choice of reluMax: the product is shared by the bulk value and the index region.
func.func @reluMaxT2(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %zero = arith.constant 0.0 : f64
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %r = ten.build [5] (%i) : tensor<5xf64> {
    %ti = ten.index %t[%i] : tensor<5xf64> -> f64
    %pair = ten.stack %zero, %ti : f64 -> tensor<2xf64>
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %neg = arith.cmpf oge, %zero, %ti : f64
    %k = arith.select %neg, %c0, %c1 : index
    %m = ten.index %pair[%k] : tensor<2xf64> -> f64
    ten.yield %m : f64
  }
  func.return %r : tensor<5xf64>
}
