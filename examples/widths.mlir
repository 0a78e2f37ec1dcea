// One value, used by two builds of different widths. It does not depend on their indices.
func.func @widths(%x: f64) -> f64 {
  %e = math.exp %x : f64
  %a = ten.build [10] (%i) : tensor<10xf64> {
    %n = arith.index_cast %i : index to i64
    %f = arith.sitofp %n : i64 to f64
    %p = arith.mulf %e, %f : f64
    ten.yield %p : f64
  }
  %b = ten.build [20] (%i) : tensor<20xf64> {
    %n = arith.index_cast %i : index to i64
    %f = arith.sitofp %n : i64 to f64
    %p = arith.mulf %e, %f : f64
    ten.yield %p : f64
  }
  %s = ten.sum %a dims [0] : tensor<10xf64> -> f64
  %t = ten.sum %b dims [0] : tensor<20xf64> -> f64
  %r = arith.addf %s, %t : f64
  func.return %r : f64
}
