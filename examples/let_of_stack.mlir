// A stack of which each element is read by its index: the reads should reach what was stacked.
func.func @let_of_stack(%x: f64, %y: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = math.sin %x : f64
  %c = math.cos %y : f64
  %pair = ten.stack %s, %c : f64 -> tensor<2xf64>
  %a = ten.index %pair[%c0] : tensor<2xf64> -> f64
  %b = ten.index %pair[%c1] : tensor<2xf64> -> f64
  %p = arith.mulf %a, %b : f64
  %r = arith.addf %p, %a : f64
  func.return %r : f64
}
