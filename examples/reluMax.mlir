// relu as a choice between 0 and the element: an index, 0 or 1, into the stack of both.
func.func @reluMax(%m: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %zero = arith.constant 0.0 : f64
  %r = ten.build [3, 4] (%i, %j) : tensor<3x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x4xf64> -> f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %pair = ten.stack %zero, %e : f64 -> tensor<2xf64>
    %neg = arith.cmpf oge, %zero, %e : f64
    %k = arith.select %neg, %c0, %c1 : index
    %t = ten.index %pair[%k] : tensor<2xf64> -> f64
    ten.yield %t : f64
  }
  func.return %r : tensor<3x4xf64>
}
