// FUZZ: letgrad-opt %s -p convert-upstream-to-ten --allow-unregistered-dialect
builtin.module {
  func.func @cf_loop(%x: f64, %n: i32) -> f64 {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    cf.br ^head(%c0, %x : i32, f64)
  ^head(%i: i32, %a: f64):
    %c = arith.cmpi slt, %i, %n : i32
    cf.cond_br %c, ^body, ^exit(%a : f64)
  ^body:
    %s = math.sin %a : f64
    "log.write"(%s) : (f64) -> ()
    "toy.print59"() {fastmathFlags = []} : () -> ()
    %j = arith.addi %i, %c1 : i32
    cf.br ^head(%j, %s : i32, f64)
  ^exit(%r: f64):
    func.return %r : f64
  }
}
