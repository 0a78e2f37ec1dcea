builtin.module @SubOfSub {
  func.func @before(%x: f64, %y: f64) -> f64 {
    %a = arith.subf %x, %y : f64
    %b = arith.subf %x, %a : f64
    func.return %b : f64
  }
  func.func @after(%x: f64, %y: f64) -> f64 {
    func.return %x : f64
  }
}
