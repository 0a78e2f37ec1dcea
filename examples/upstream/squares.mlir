func.func @squares(%x: memref<3xf64>, %y: memref<3xf64>) -> f64 {
  %zero = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 3 iter_args(%s = %zero) -> (f64) {
    %a = affine.load %x[%i] : memref<3xf64>
    %b = arith.mulf %a, %a : f64
    affine.store %b, %y[%i] : memref<3xf64>
    %t = arith.addf %s, %b : f64
    affine.yield %t : f64
  }
  return %r : f64
}
