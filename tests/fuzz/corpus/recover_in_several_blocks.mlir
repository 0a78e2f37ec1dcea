// FUZZ: letgrad-opt %s -p sharing-recover
func.func @f(%x: f64, %c: i1) -> f64 {
  %a = scf.if %c -> (f64) {
    %u = math.exp %x : f64
    %v = sharing.share %u {stamp = 1} [] : f64
    scf.yield %v : f64
  } else {
    scf.yield %x : f64
  }
  cf.br ^next
^next:
  %b = scf.if %c -> (f64) {
    %u = math.exp %x : f64
    %v = sharing.share %u {stamp = 1} [] : f64
    scf.yield %v : f64
  } else {
    scf.yield %a : f64
  }
  func.return %b : f64
}
