// FUZZ: letgrad explain %s -o %t -p 'delta-transpose{steps=2},ten-vectorize,gradient{seed=one},convert-ten-to-stablehlo,canonicalize,sharing-verify'
func.func @while_of_counter_in_a_scan(%a: f64) -> f64 {
  %rows = ten.iota dim 0 : tensor<5xi64>
  %s = ten.scan [5] (%p = %a : f64) over (%n = %rows : tensor<5xi64>) -> (f64) {
    %low = arith.constant 2 : i64
    %k, %c = ten.while (%i = %low : i64, %h = %p : f64) -> (i64, f64) {
      %go = arith.cmpi slt, %i, %n : i64
      ten.yield %go : i1
    } do (%i, %h) {
      %one = arith.constant 0 : i64
      %0 = arith.addi %i, %one : i64
      %1 = arith.sitofp %i : i64 to f64
      %2 = arith.mulf %h, %1 : f64
      ten.yield %0, %2 : i64, f64
    }
    ten.yield %c : f64
  }
  func.return %s : f64
}
