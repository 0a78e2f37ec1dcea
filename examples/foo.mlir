// w = x sin y is used twice: a language of terms would compute it twice, and its gradient more often.
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
