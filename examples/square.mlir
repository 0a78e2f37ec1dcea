// The square of x sin y.
func.func @square(%x: f64, %y: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %r = arith.mulf %w, %w : f64
  func.return %r : f64
}
