// Two arrays that are built element by element. Both need sin v[i].
func.func @two_builds(%v: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.sin %e : f64
    %p = arith.mulf %s, %e : f64
    ten.yield %p : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %v[%j] : tensor<5xf64> -> f64
    %s = math.sin %e : f64
    %q = arith.addf %s, %e : f64
    ten.yield %q : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}
