// Each value is the square of the one before: three products, and as a tree seven.
func.func @tower(%x: f64) -> f64 {
  %a = arith.mulf %x, %x : f64
  %b = arith.mulf %a, %a : f64
  %c = arith.mulf %b, %b : f64
  func.return %c : f64
}
