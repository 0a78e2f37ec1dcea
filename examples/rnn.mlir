func.func @rnn(%h0: f64, %xs: tensor<9xf64>, %w: f64) -> f64 {
  %r = ten.scan [9] (%h = %h0 : f64) over (%x = %xs : tensor<9xf64>) -> (f64) {
    %0 = arith.mulf %w, %h : f64
    %1 = arith.addf %0, %x : f64
    %2 = math.sin %1 : f64
    ten.yield %2 : f64
  }
  func.return %r : f64
}
