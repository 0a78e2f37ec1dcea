// RUN: letgrad-opt %s -p delta-linearize --split-input-file | filecheck %s

// One case per formula: the partial derivatives beside the op, and the term of its result.

// d (x + y) = dx + dy
// CHECK-LABEL: func.func @addf(
// CHECK:      %dr = delta.add %dx, %dy : !delta.term<f64>
// CHECK-NEXT: %0, %1 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @addf(%x: f64, %y: f64) -> f64 {
  %r = arith.addf %x, %y : f64
  func.return %r : f64
}

// -----

// d (x - y) = dx - dy
// CHECK-LABEL: func.func @subf(
// CHECK:      %0 = delta.neg %dy : !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %dx, %0 : !delta.term<f64>
// CHECK-NEXT: %1, %2 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @subf(%x: f64, %y: f64) -> f64 {
  %r = arith.subf %x, %y : f64
  func.return %r : f64
}

// -----

// d (x y) = y dx + x dy
// CHECK-LABEL: func.func @mulf(
// CHECK:      %0 = delta.scale %y, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.scale %x, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %0, %1 : !delta.term<f64>
// CHECK-NEXT: %2, %3 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @mulf(%x: f64, %y: f64) -> f64 {
  %r = arith.mulf %x, %y : f64
  func.return %r : f64
}

// -----

// d (x / y) = 1/y dx - (x/y)/y dy
// CHECK-LABEL: func.func @divf(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.divf %0, %y : f64
// CHECK-NEXT: %2 = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %3 = arith.mulf %r, %1 : f64
// CHECK-NEXT: %4 = arith.negf %3 : f64
// CHECK-NEXT: %5 = delta.scale %4, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %2, %5 : !delta.term<f64>
// CHECK-NEXT: %6, %7 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @divf(%x: f64, %y: f64) -> f64 {
  %r = arith.divf %x, %y : f64
  func.return %r : f64
}

// -----

// d (-x) = -dx
// CHECK-LABEL: func.func @negf(
// CHECK:      %dr = delta.neg %dx : !delta.term<f64>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @negf(%x: f64) -> f64 {
  %r = arith.negf %x : f64
  func.return %r : f64
}

// -----

// d (x y + z) = y dx + x dy + dz
// CHECK-LABEL: func.func @fma(
// CHECK:      %0 = delta.scale %y, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.scale %x, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.add %0, %1 : !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %2, %dz : !delta.term<f64>
// CHECK-NEXT: %3, %4, %5 = delta.pullback (%dr : %ct) : f64 -> f64, f64, f64
func.func @fma(%x: f64, %y: f64, %z: f64) -> f64 {
  %r = math.fma %x, %y, %z : f64
  func.return %r : f64
}

// -----

// d max(x, y) = dx where x > y, dy where y > x, and half of each where they are equal
// CHECK-LABEL: func.func @maximumf(
// CHECK:      %0 = arith.cmpf uno, %y, %y : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.cmpf ogt, %x, %y : f64
// CHECK-NEXT: %3 = arith.cmpf oeq, %x, %y : f64
// CHECK-NEXT: %4 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %5 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %6 = arith.select %3, %4, %5 : f64
// CHECK-NEXT: %7 = arith.select %2, %1, %6 : f64
// CHECK-NEXT: %8 = arith.select %0, %1, %7 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %10 = arith.subf %1, %8 : f64
// CHECK-NEXT: %11 = delta.scale %10, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %9, %11 : !delta.term<f64>
// CHECK-NEXT: %12, %13 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @maximumf(%x: f64, %y: f64) -> f64 {
  %r = arith.maximumf %x, %y : f64
  func.return %r : f64
}

// -----

// d max(x, y) = dx where x > y, dy where y > x, and half of each where they are equal
// CHECK-LABEL: func.func @maxnumf(
// CHECK:      %0 = arith.cmpf uno, %y, %y : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.cmpf ogt, %x, %y : f64
// CHECK-NEXT: %3 = arith.cmpf oeq, %x, %y : f64
// CHECK-NEXT: %4 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %5 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %6 = arith.select %3, %4, %5 : f64
// CHECK-NEXT: %7 = arith.select %2, %1, %6 : f64
// CHECK-NEXT: %8 = arith.select %0, %1, %7 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %10 = arith.subf %1, %8 : f64
// CHECK-NEXT: %11 = delta.scale %10, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %9, %11 : !delta.term<f64>
// CHECK-NEXT: %12, %13 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @maxnumf(%x: f64, %y: f64) -> f64 {
  %r = arith.maxnumf %x, %y : f64
  func.return %r : f64
}

// -----

// d min(x, y) = dx where x < y, dy where y < x, and half of each where they are equal
// CHECK-LABEL: func.func @minimumf(
// CHECK:      %0 = arith.cmpf uno, %y, %y : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.cmpf olt, %x, %y : f64
// CHECK-NEXT: %3 = arith.cmpf oeq, %x, %y : f64
// CHECK-NEXT: %4 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %5 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %6 = arith.select %3, %4, %5 : f64
// CHECK-NEXT: %7 = arith.select %2, %1, %6 : f64
// CHECK-NEXT: %8 = arith.select %0, %1, %7 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %10 = arith.subf %1, %8 : f64
// CHECK-NEXT: %11 = delta.scale %10, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %9, %11 : !delta.term<f64>
// CHECK-NEXT: %12, %13 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @minimumf(%x: f64, %y: f64) -> f64 {
  %r = arith.minimumf %x, %y : f64
  func.return %r : f64
}

// -----

// d min(x, y) = dx where x < y, dy where y < x, and half of each where they are equal
// CHECK-LABEL: func.func @minnumf(
// CHECK:      %0 = arith.cmpf uno, %y, %y : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.cmpf olt, %x, %y : f64
// CHECK-NEXT: %3 = arith.cmpf oeq, %x, %y : f64
// CHECK-NEXT: %4 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %5 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %6 = arith.select %3, %4, %5 : f64
// CHECK-NEXT: %7 = arith.select %2, %1, %6 : f64
// CHECK-NEXT: %8 = arith.select %0, %1, %7 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %10 = arith.subf %1, %8 : f64
// CHECK-NEXT: %11 = delta.scale %10, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %9, %11 : !delta.term<f64>
// CHECK-NEXT: %12, %13 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @minnumf(%x: f64, %y: f64) -> f64 {
  %r = arith.minnumf %x, %y : f64
  func.return %r : f64
}

// -----

// d |x| = sign x dx, 0 at 0
// CHECK-LABEL: func.func @absf(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %1 = arith.cmpf oeq, %x, %0 : f64
// CHECK-NEXT: %2 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %3 = math.copysign %2, %x : f64
// CHECK-NEXT: %4 = arith.select %1, %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @absf(%x: f64) -> f64 {
  %r = math.absf %x : f64
  func.return %r : f64
}

// -----

// d copysign(x, y) = sign x sign y dx, 0 at x = 0
// CHECK-LABEL: func.func @copysign(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %1 = arith.cmpf oeq, %x, %0 : f64
// CHECK-NEXT: %2 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %3 = math.copysign %2, %x : f64
// CHECK-NEXT: %4 = arith.select %1, %0, %3 : f64
// CHECK-NEXT: %5 = math.copysign %2, %y : f64
// CHECK-NEXT: %6 = arith.mulf %4, %5 : f64
// CHECK-NEXT: %dr = delta.scale %6, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %7, %8 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @copysign(%x: f64, %y: f64) -> f64 {
  %r = math.copysign %x, %y : f64
  func.return %r : f64
}

// -----

// d √x = 1 / (2 √x) dx
// CHECK-LABEL: func.func @sqrt(
// CHECK:      %0 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %1 = arith.divf %0, %r : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @sqrt(%x: f64) -> f64 {
  %r = math.sqrt %x : f64
  func.return %r : f64
}

// -----

// d 1/√x = -1/2 (1/√x) / x dx
// CHECK-LABEL: func.func @rsqrt(
// CHECK:      %0 = arith.constant -5.000000e-01 : f64
// CHECK-NEXT: %1 = arith.mulf %0, %r : f64
// CHECK-NEXT: %2 = arith.divf %1, %x : f64
// CHECK-NEXT: %dr = delta.scale %2, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %3 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @rsqrt(%x: f64) -> f64 {
  %r = math.rsqrt %x : f64
  func.return %r : f64
}

// -----

// d ∛x = 1 / (3 ∛x²) dx
// CHECK-LABEL: func.func @cbrt(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.constant 3.000000e+00 : f64
// CHECK-NEXT: %2 = arith.mulf %r, %r : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %4 = arith.divf %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @cbrt(%x: f64) -> f64 {
  %r = math.cbrt %x : f64
  func.return %r : f64
}

// -----

// d x^y = y x^(y-1) dx + log x x^y dy, with 0 for y = 0 and for x = 0
// CHECK-LABEL: func.func @powf(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %1 = arith.cmpf oeq, %y, %0 : f64
// CHECK-NEXT: %2 = arith.cmpf one, %x, %0 : f64
// CHECK-NEXT: %3 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %4 = arith.select %2, %x, %3 : f64
// CHECK-NEXT: %5 = arith.select %1, %4, %x : f64
// CHECK-NEXT: %6 = arith.subf %y, %3 : f64
// CHECK-NEXT: %7 = math.powf %5, %6 : f64
// CHECK-NEXT: %8 = arith.mulf %y, %7 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %10 = arith.cmpf oeq, %x, %0 : f64
// CHECK-NEXT: %11 = arith.select %10, %3, %x : f64
// CHECK-NEXT: %12 = math.log %11 : f64
// CHECK-NEXT: %13 = arith.mulf %12, %r : f64
// CHECK-NEXT: %14 = delta.scale %13, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %9, %14 : !delta.term<f64>
// CHECK-NEXT: %15, %16 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @powf(%x: f64, %y: f64) -> f64 {
  %r = math.powf %x, %y : f64
  func.return %r : f64
}

// -----

// Of a known exponent there is nothing to choose.
// CHECK-LABEL: func.func @cube(
// CHECK:      [[TWO:%.*]] = arith.constant dense<2.000000e+00>
// CHECK-NEXT: [[P:%.*]] = math.powf %x, [[TWO]]
// CHECK-NEXT: [[K:%.*]] = arith.mulf %n, [[P]]
// CHECK-NEXT: delta.scale [[K]], %dx
func.func @cube(%x: tensor<3xf64>) -> tensor<3xf64> {
  %n = arith.constant dense<3.0> : tensor<3xf64>
  %r = math.powf %x, %n : tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// -----

// d x^n = n x^(n-1) dx, 0 for n = 0
// CHECK-LABEL: func.func @fpowi(
// CHECK:      %0 = arith.constant 0 : i64
// CHECK-NEXT: %1 = arith.cmpi eq, %n, %0 : i64
// CHECK-NEXT: %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %3 = ten.cast %n : i64 -> f64
// CHECK-NEXT: %4 = arith.constant 1 : i64
// CHECK-NEXT: %5 = arith.subi %n, %4 : i64
// CHECK-NEXT: %6 = math.fpowi %x, %5 : f64, i64
// CHECK-NEXT: %7 = arith.mulf %3, %6 : f64
// CHECK-NEXT: %8 = arith.select %1, %2, %7 : f64
// CHECK-NEXT: %dr = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %9 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @fpowi(%x: f64, %n: i64) -> f64 {
  %r = math.fpowi %x, %n : f64, i64
  func.return %r : f64
}

// -----

// d eˣ = eˣ dx
// CHECK-LABEL: func.func @exp(
// CHECK:      %dr = delta.scale %r, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @exp(%x: f64) -> f64 {
  %r = math.exp %x : f64
  func.return %r : f64
}

// -----

// d 2ˣ = log 2 2ˣ dx
// CHECK-LABEL: func.func @exp2(
// CHECK:      %0 = arith.constant 0.69314718055994529 : f64
// CHECK-NEXT: %1 = arith.mulf %0, %r : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @exp2(%x: f64) -> f64 {
  %r = math.exp2 %x : f64
  func.return %r : f64
}

// -----

// d (eˣ - 1) = eˣ dx
// CHECK-LABEL: func.func @expm1(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.addf %r, %0 : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @expm1(%x: f64) -> f64 {
  %r = math.expm1 %x : f64
  func.return %r : f64
}

// -----

// d log x = 1/x dx
// CHECK-LABEL: func.func @log(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.divf %0, %x : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @log(%x: f64) -> f64 {
  %r = math.log %x : f64
  func.return %r : f64
}

// -----

// d log₂ x = 1/(x log 2) dx
// CHECK-LABEL: func.func @log2(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.constant 0.69314718055994529 : f64
// CHECK-NEXT: %2 = arith.mulf %x, %1 : f64
// CHECK-NEXT: %3 = arith.divf %0, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @log2(%x: f64) -> f64 {
  %r = math.log2 %x : f64
  func.return %r : f64
}

// -----

// d log₁₀ x = 1/(x log 10) dx
// CHECK-LABEL: func.func @log10(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.constant 2.3025850929940459 : f64
// CHECK-NEXT: %2 = arith.mulf %x, %1 : f64
// CHECK-NEXT: %3 = arith.divf %0, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @log10(%x: f64) -> f64 {
  %r = math.log10 %x : f64
  func.return %r : f64
}

// -----

// d log(1 + x) = 1/(1 + x) dx
// CHECK-LABEL: func.func @log1p(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.addf %0, %x : f64
// CHECK-NEXT: %2 = arith.divf %0, %1 : f64
// CHECK-NEXT: %dr = delta.scale %2, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %3 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @log1p(%x: f64) -> f64 {
  %r = math.log1p %x : f64
  func.return %r : f64
}

// -----

// d erf x = 2/√π exp(-x²) dx
// CHECK-LABEL: func.func @erf(
// CHECK:      %0 = arith.constant 1.1283791670955126 : f64
// CHECK-NEXT: %1 = arith.mulf %x, %x : f64
// CHECK-NEXT: %2 = arith.negf %1 : f64
// CHECK-NEXT: %3 = math.exp %2 : f64
// CHECK-NEXT: %4 = arith.mulf %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @erf(%x: f64) -> f64 {
  %r = math.erf %x : f64
  func.return %r : f64
}

// -----

// d sin x = cos x dx
// CHECK-LABEL: func.func @sin(
// CHECK:      %0 = math.cos %x : f64
// CHECK-NEXT: %dr = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @sin(%x: f64) -> f64 {
  %r = math.sin %x : f64
  func.return %r : f64
}

// -----

// d cos x = -sin x dx
// CHECK-LABEL: func.func @cos(
// CHECK:      %0 = math.sin %x : f64
// CHECK-NEXT: %1 = arith.negf %0 : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @cos(%x: f64) -> f64 {
  %r = math.cos %x : f64
  func.return %r : f64
}

// -----

// d tan x = (1 + tan² x) dx
// CHECK-LABEL: func.func @tan(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.mulf %r, %r : f64
// CHECK-NEXT: %2 = arith.addf %0, %1 : f64
// CHECK-NEXT: %dr = delta.scale %2, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %3 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @tan(%x: f64) -> f64 {
  %r = math.tan %x : f64
  func.return %r : f64
}

// -----

// d asin x = 1/√(1 - x²) dx
// CHECK-LABEL: func.func @asin(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.subf %0, %x : f64
// CHECK-NEXT: %2 = arith.addf %0, %x : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %4 = math.sqrt %3 : f64
// CHECK-NEXT: %5 = arith.divf %0, %4 : f64
// CHECK-NEXT: %dr = delta.scale %5, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %6 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @asin(%x: f64) -> f64 {
  %r = math.asin %x : f64
  func.return %r : f64
}

// -----

// d acos x = -1/√(1 - x²) dx
// CHECK-LABEL: func.func @acos(
// CHECK:      %0 = arith.constant -1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.subf %1, %x : f64
// CHECK-NEXT: %3 = arith.addf %1, %x : f64
// CHECK-NEXT: %4 = arith.mulf %2, %3 : f64
// CHECK-NEXT: %5 = math.sqrt %4 : f64
// CHECK-NEXT: %6 = arith.divf %0, %5 : f64
// CHECK-NEXT: %dr = delta.scale %6, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %7 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @acos(%x: f64) -> f64 {
  %r = math.acos %x : f64
  func.return %r : f64
}

// -----

// d atan x = 1/(1 + x²) dx
// CHECK-LABEL: func.func @atan(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.mulf %x, %x : f64
// CHECK-NEXT: %2 = arith.addf %0, %1 : f64
// CHECK-NEXT: %3 = arith.divf %0, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @atan(%x: f64) -> f64 {
  %r = math.atan %x : f64
  func.return %r : f64
}

// -----

// d atan2(y, x) = (x dy - y dx) / (x² + y²)
// CHECK-LABEL: func.func @atan2(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.mulf %x, %x : f64
// CHECK-NEXT: %2 = arith.mulf %y, %y : f64
// CHECK-NEXT: %3 = arith.addf %1, %2 : f64
// CHECK-NEXT: %4 = arith.divf %0, %3 : f64
// CHECK-NEXT: %5 = arith.mulf %x, %4 : f64
// CHECK-NEXT: %6 = delta.scale %5, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %7 = arith.negf %y : f64
// CHECK-NEXT: %8 = arith.mulf %7, %4 : f64
// CHECK-NEXT: %9 = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %6, %9 : !delta.term<f64>
// CHECK-NEXT: %10, %11 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @atan2(%y: f64, %x: f64) -> f64 {
  %r = math.atan2 %y, %x : f64
  func.return %r : f64
}

// -----

// d sinh x = cosh x dx
// CHECK-LABEL: func.func @sinh(
// CHECK:      %0 = math.cosh %x : f64
// CHECK-NEXT: %dr = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @sinh(%x: f64) -> f64 {
  %r = math.sinh %x : f64
  func.return %r : f64
}

// -----

// d cosh x = sinh x dx
// CHECK-LABEL: func.func @cosh(
// CHECK:      %0 = math.sinh %x : f64
// CHECK-NEXT: %dr = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @cosh(%x: f64) -> f64 {
  %r = math.cosh %x : f64
  func.return %r : f64
}

// -----

// d tanh x = (1 - tanh² x) dx
// CHECK-LABEL: func.func @tanh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.subf %0, %r : f64
// CHECK-NEXT: %2 = arith.addf %0, %r : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @tanh(%x: f64) -> f64 {
  %r = math.tanh %x : f64
  func.return %r : f64
}

// -----

// d asinh x = 1/√(x² + 1) dx
// CHECK-LABEL: func.func @asinh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.mulf %x, %x : f64
// CHECK-NEXT: %2 = arith.addf %1, %0 : f64
// CHECK-NEXT: %3 = math.sqrt %2 : f64
// CHECK-NEXT: %4 = arith.divf %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @asinh(%x: f64) -> f64 {
  %r = math.asinh %x : f64
  func.return %r : f64
}

// -----

// d acosh x = 1/√(x² - 1) dx
// CHECK-LABEL: func.func @acosh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.subf %x, %0 : f64
// CHECK-NEXT: %2 = arith.addf %x, %0 : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %4 = math.sqrt %3 : f64
// CHECK-NEXT: %5 = arith.divf %0, %4 : f64
// CHECK-NEXT: %dr = delta.scale %5, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %6 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @acosh(%x: f64) -> f64 {
  %r = math.acosh %x : f64
  func.return %r : f64
}

// -----

// d atanh x = 1/(1 - x²) dx
// CHECK-LABEL: func.func @atanh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.subf %0, %x : f64
// CHECK-NEXT: %2 = arith.addf %0, %x : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %4 = arith.divf %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @atanh(%x: f64) -> f64 {
  %r = math.atanh %x : f64
  func.return %r : f64
}

// -----

// Steps: 0.
// CHECK-LABEL: func.func @ceil(
// CHECK:      %0 = delta.pullback -> f64
func.func @ceil(%x: f64) -> f64 {
  %r = math.ceil %x : f64
  func.return %r : f64
}

// -----

// Steps: 0.
// CHECK-LABEL: func.func @floor(
// CHECK:      %0 = delta.pullback -> f64
func.func @floor(%x: f64) -> f64 {
  %r = math.floor %x : f64
  func.return %r : f64
}

// -----

// Steps: 0.
// CHECK-LABEL: func.func @round(
// CHECK:      %0 = delta.pullback -> f64
func.func @round(%x: f64) -> f64 {
  %r = math.round %x : f64
  func.return %r : f64
}

// -----

// Steps: 0.
// CHECK-LABEL: func.func @roundeven(
// CHECK:      %0 = delta.pullback -> f64
func.func @roundeven(%x: f64) -> f64 {
  %r = math.roundeven %x : f64
  func.return %r : f64
}

// -----

// Steps: 0.
// CHECK-LABEL: func.func @trunc(
// CHECK:      %0 = delta.pullback -> f64
func.func @trunc(%x: f64) -> f64 {
  %r = math.trunc %x : f64
  func.return %r : f64
}

// -----

// Of two partial derivatives only the one that is needed is computed.
// CHECK-LABEL: func.func @one_of_two(
// CHECK:      %0 = arith.negf %c : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.mulf %x, %x : f64
// CHECK-NEXT: %3 = arith.mulf %c, %c : f64
// CHECK-NEXT: %4 = arith.addf %2, %3 : f64
// CHECK-NEXT: %5 = arith.divf %1, %4 : f64
// CHECK-NEXT: %6 = arith.mulf %0, %5 : f64
// CHECK-NEXT: %dr = delta.scale %6, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %7 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @one_of_two(%x: f64) -> f64 {
  %c = arith.constant 2.000000e+00 : f64
  %r = math.atan2 %c, %x : f64
  func.return %r : f64
}

// -----

// Of tensors, elementwise; constants are splat.
// CHECK-LABEL: func.func @of_tensors(
// CHECK:      %0 = arith.constant dense<5.000000e-01> : tensor<2x3xf32>
// CHECK-NEXT: %1 = arith.divf %0, %r : tensor<2x3xf32>
// CHECK-NEXT: %dr = delta.scale %1, %dx : tensor<2x3xf32>, !delta.term<tensor<2x3xf32>>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : tensor<2x3xf32> -> tensor<2x3xf32>
func.func @of_tensors(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r = math.sqrt %x : tensor<2x3xf32>
  func.return %r : tensor<2x3xf32>
}
