// letgrad-opt reproducer: -p canonicalize,cse --check-semantics=2
func.func @from_reproducer(%x : f64) -> f64 {
  %dead = arith.addf %x, %x : f64
  func.return %x : f64
}
