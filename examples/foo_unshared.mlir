// foo with w written out twice. With sharing found (`-p cse`), the program is that of foo.mlir.
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %s2 = math.sin %y : f64
  %w2 = arith.mulf %x, %s2 : f64
  %b = arith.mulf %z, %w2 : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
