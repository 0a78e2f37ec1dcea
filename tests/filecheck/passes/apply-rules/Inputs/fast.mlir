func.func @before(%x: f64, %y: f64) -> f64 {
  %e = math.exp %x : f64
  %m = arith.mulf %e, %y : f64
  %l = math.log %m : f64
  func.return %l : f64
}
func.func @after(%x: f64, %y: f64) -> f64 {
  %l = math.log %y : f64
  %r = arith.addf %x, %l : f64
  func.return %r : f64
}
