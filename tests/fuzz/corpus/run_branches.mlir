// FUZZ: letgrad run %s --input 1 --input 2 --backend cpu
func.func @f(%c : i1, %x : f64) -> f64 {
  cf.cond_br %c, ^left, ^right
^left:
  func.return %x : f64
^right:
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}
