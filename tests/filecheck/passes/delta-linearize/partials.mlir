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
// CHECK-NEXT: %3 = arith.divf %r, %y fastmath<arcp> : f64
// CHECK-NEXT: %4 = arith.negf %3 : f64
// CHECK-NEXT: %5 = delta.scale %4, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %2, %5 : !delta.term<f64>
// CHECK-NEXT: %6, %7 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @divf(%x: f64, %y: f64) -> f64 {
  %r = arith.divf %x, %y : f64
  func.return %r : f64
}

// -----

// The derivative of x/y reads (x/y)/y, which the program computes too: once, and as it is written.
// CHECK-LABEL: func.func @divf_of_divf(
// CHECK:      %q = arith.divf %x, %y : f64
// CHECK-NEXT: %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.divf %0, %y : f64
// CHECK-NEXT: %2 = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %r = arith.divf %q, %y : f64
// CHECK-NEXT: %3 = arith.negf %r : f64
// CHECK-NEXT: %4 = delta.scale %3, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dq = delta.add %2, %4 : !delta.term<f64>
// CHECK-NEXT: %5 = delta.scale %1, %dq : f64, !delta.term<f64>
// CHECK-NEXT: %6 = arith.divf %r, %y fastmath<arcp> : f64
func.func @divf_of_divf(%x: f64, %y: f64) -> f64 {
  %q = arith.divf %x, %y : f64
  %r = arith.divf %q, %y : f64
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

// d ∛x = ∛x / (3 x) dx, 1 / (3 ∛x²) where x is 0 or infinite
// CHECK-LABEL: func.func @cbrt(
// CHECK:      %0 = math.absf %x : f64
// CHECK-NEXT: %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %2 = arith.cmpf ogt, %0, %1 : f64
// CHECK-NEXT: %3 = arith.constant 0x7ff0000000000000 : f64
// CHECK-NEXT: %4 = arith.cmpf olt, %0, %3 : f64
// CHECK-NEXT: %5 = arith.andi %2, %4 : i1
// CHECK-NEXT: %6 = arith.constant 0.33333333333333331 : f64
// CHECK-NEXT: %7 = arith.mulf %6, %r : f64
// CHECK-NEXT: %8 = arith.divf %7, %x : f64
// CHECK-NEXT: %9 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %10 = arith.divf %9, %r : f64
// CHECK-NEXT: %11 = arith.mulf %10, %10 : f64
// CHECK-NEXT: %12 = arith.select %5, %8, %11 : f64
// CHECK-NEXT: %dr = delta.scale %12, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %13 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @cbrt(%x: f64) -> f64 {
  %r = math.cbrt %x : f64
  func.return %r : f64
}

// -----

// d x^y = y x^(y-1) dx + log x x^y dy; the second is 0 where x^y is 0, and for x = y = 0
// CHECK-LABEL: func.func @powf(
// CHECK:      %0 = math.absf %y : f64
// CHECK-NEXT: %1 = arith.constant 5.000000e-01 : f64
// CHECK-NEXT: %2 = arith.cmpf olt, %0, %1 : f64
// CHECK-NEXT: %3 = math.absf %x : f64
// CHECK-NEXT: %4 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %5 = arith.cmpf ogt, %3, %4 : f64
// CHECK-NEXT: %6 = arith.constant 0x7ff0000000000000 : f64
// CHECK-NEXT: %7 = arith.cmpf olt, %3, %6 : f64
// CHECK-NEXT: %8 = arith.andi %5, %7 : i1
// CHECK-NEXT: %9 = arith.andi %2, %8 : i1
// CHECK-NEXT: %10 = arith.mulf %y, %r : f64
// CHECK-NEXT: %11 = arith.divf %10, %x : f64
// CHECK-NEXT: %12 = arith.cmpf oeq, %y, %4 : f64
// CHECK-NEXT: %13 = arith.cmpf one, %x, %4 : f64
// CHECK-NEXT: %14 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %15 = arith.select %13, %x, %14 : f64
// CHECK-NEXT: %16 = arith.select %12, %15, %x : f64
// CHECK-NEXT: %17 = arith.subf %y, %14 : f64
// CHECK-NEXT: %18 = math.powf %16, %17 : f64
// CHECK-NEXT: %19 = arith.mulf %y, %18 : f64
// CHECK-NEXT: %20 = arith.select %9, %11, %19 : f64
// CHECK-NEXT: %21 = delta.scale %20, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %22 = arith.cmpf oeq, %r, %4 : f64
// CHECK-NEXT: %23 = arith.cmpf oeq, %x, %4 : f64
// CHECK-NEXT: %24 = arith.andi %23, %12 : i1
// CHECK-NEXT: %25 = arith.ori %22, %24 : i1
// CHECK-NEXT: %26 = arith.select %25, %14, %x : f64
// CHECK-NEXT: %27 = math.log %26 : f64
// CHECK-NEXT: %28 = arith.mulf %27, %r : f64
// CHECK-NEXT: %29 = delta.scale %28, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %21, %29 : !delta.term<f64>
// CHECK-NEXT: %30, %31 = delta.pullback (%dr : %ct) : f64 -> f64, f64
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
// CHECK:      %0 = math.exp %x : f64
// CHECK-NEXT: %dr = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : f64 -> f64
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
// CHECK:      %0 = arith.constant 1.4426950408889634 : f64
// CHECK-NEXT: %1 = arith.divf %0, %x : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @log2(%x: f64) -> f64 {
  %r = math.log2 %x : f64
  func.return %r : f64
}

// -----

// d log₁₀ x = 1/(x log 10) dx
// CHECK-LABEL: func.func @log10(
// CHECK:      %0 = arith.constant 0.43429448190325176 : f64
// CHECK-NEXT: %1 = arith.divf %0, %x : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
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
// CHECK-NEXT: %1 = math.absf %x : f64
// CHECK-NEXT: %2 = arith.constant 3.000000e+01 : f64
// CHECK-NEXT: %3 = arith.cmpf ogt, %1, %2 : f64
// CHECK-NEXT: %4 = arith.select %3, %2, %x : f64
// CHECK-NEXT: %5 = arith.mulf %4, %4 : f64
// CHECK-NEXT: %6 = arith.negf %5 : f64
// CHECK-NEXT: %7 = math.exp %6 : f64
// CHECK-NEXT: %8 = arith.mulf %0, %7 : f64
// CHECK-NEXT: %dr = delta.scale %8, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %9 = delta.pullback (%dr : %ct) : f64 -> f64
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
// CHECK-NEXT: %1 = arith.negf %x : f64
// CHECK-NEXT: %2 = math.fma %1, %x, %0 : f64
// CHECK-NEXT: %3 = math.sqrt %2 : f64
// CHECK-NEXT: %4 = arith.divf %0, %3 : f64
// CHECK-NEXT: %dr = delta.scale %4, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @asin(%x: f64) -> f64 {
  %r = math.asin %x : f64
  func.return %r : f64
}

// -----

// d acos x = -1/√(1 - x²) dx
// CHECK-LABEL: func.func @acos(
// CHECK:      %0 = arith.constant -1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.negf %x : f64
// CHECK-NEXT: %2 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %3 = math.fma %1, %x, %2 : f64
// CHECK-NEXT: %4 = math.sqrt %3 : f64
// CHECK-NEXT: %5 = arith.divf %0, %4 : f64
// CHECK-NEXT: %dr = delta.scale %5, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %6 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @acos(%x: f64) -> f64 {
  %r = math.acos %x : f64
  func.return %r : f64
}

// -----

// d atan x = 1/(1 + x²) dx
// CHECK-LABEL: func.func @atan(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = ten.invert %0, %x : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @atan(%x: f64) -> f64 {
  %r = math.atan %x : f64
  func.return %r : f64
}

// -----

// d atan2(y, x) = (x dy - y dx) / (x² + y²)
// CHECK-LABEL: func.func @atan2(
// CHECK:      %0 = ten.invert %x, %y : f64
// CHECK-NEXT: %1 = delta.scale %0, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %2 = ten.invert %y, %x : f64
// CHECK-NEXT: %3 = arith.negf %2 : f64
// CHECK-NEXT: %4 = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %1, %4 : !delta.term<f64>
// CHECK-NEXT: %5, %6 = delta.pullback (%dr : %ct) : f64 -> f64, f64
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

// d tanh x = sech² x dx
// CHECK-LABEL: func.func @tanh(
// CHECK:      %0 = ten.sech2 %x : f64
// CHECK-NEXT: %dr = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @tanh(%x: f64) -> f64 {
  %r = math.tanh %x : f64
  func.return %r : f64
}

// -----

// d asinh x = 1/√(x² + 1) dx
// CHECK-LABEL: func.func @asinh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = ten.unit %0, %x : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @asinh(%x: f64) -> f64 {
  %r = math.asinh %x : f64
  func.return %r : f64
}

// -----

// d acosh x = 1/√(x² - 1) dx
// CHECK-LABEL: func.func @acosh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.subf %x, %0 : f64
// CHECK-NEXT: %2 = math.sqrt %1 : f64
// CHECK-NEXT: %3 = arith.divf %0, %2 : f64
// CHECK-NEXT: %4 = arith.addf %x, %0 : f64
// CHECK-NEXT: %5 = math.sqrt %4 : f64
// CHECK-NEXT: %6 = arith.divf %0, %5 : f64
// CHECK-NEXT: %7 = arith.mulf %3, %6 : f64
// CHECK-NEXT: %dr = delta.scale %7, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %8 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @acosh(%x: f64) -> f64 {
  %r = math.acosh %x : f64
  func.return %r : f64
}

// -----

// d atanh x = 1/(1 - x²) dx
// CHECK-LABEL: func.func @atanh(
// CHECK:      %0 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %1 = arith.negf %x : f64
// CHECK-NEXT: %2 = math.fma %1, %x, %0 : f64
// CHECK-NEXT: %3 = arith.divf %0, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
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
// CHECK:      %0 = ten.invert %c, %x : f64
// CHECK-NEXT: %1 = arith.negf %0 : f64
// CHECK-NEXT: %dr = delta.scale %1, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dr : %ct) : f64 -> f64
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

// -----

// d hypot(x, y) = unit(x, y) dx + unit(y, x) dy, 0 at the point (0, 0)
// CHECK-LABEL: func.func @hypot(
// CHECK:      %0 = ten.unit %x, %y : f64
// CHECK-NEXT: %1 = delta.scale %0, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %2 = ten.unit %y, %x : f64
// CHECK-NEXT: %3 = delta.scale %2, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %1, %3 : !delta.term<f64>
// CHECK-NEXT: %4, %5 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @hypot(%x: f64, %y: f64) -> f64 {
  %r = ten.hypot %x, %y : f64
  func.return %r : f64
}

// -----

// d fmod(x, y) = dx - n dy, n = (x - fmod(x, y)) / y
// CHECK-LABEL: func.func @fmod(
// CHECK:      %r = ten.fmod %x, %y : f64
// CHECK-NEXT: %0 = arith.subf %x, %r : f64
// CHECK-NEXT: %1 = arith.divf %0, %y : f64
// CHECK-NEXT: %2 = math.roundeven %1 : f64
// CHECK-NEXT: %3 = arith.negf %2 : f64
// CHECK-NEXT: %4 = delta.scale %3, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %dx, %4 : !delta.term<f64>
func.func @fmod(%x: f64, %y: f64) -> f64 {
  %r = ten.fmod %x, %y : f64
  func.return %r : f64
}

// -----

// d c = s (s dx - c dy) / hypot(x, y), c = unit(x, y), s = unit(y, x); 0 at the point (0, 0)
// CHECK-LABEL: func.func @unit(
// CHECK:      %0 = ten.unit %y, %x : f64
// CHECK-NEXT: %1 = ten.hypot %x, %y : f64
// CHECK-NEXT: %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %3 = arith.cmpf oeq, %1, %2 : f64
// CHECK-NEXT: %4 = arith.constant 0x7ff0000000000000 : f64
// CHECK-NEXT: %5 = arith.select %3, %4, %1 : f64
// CHECK-NEXT: %6 = arith.divf %0, %5 : f64
// CHECK-NEXT: %7 = arith.mulf %0, %6 : f64
// CHECK-NEXT: %8 = delta.scale %7, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %9 = math.absf %r : f64
// CHECK-NEXT: %10 = math.absf %0 : f64
// CHECK-NEXT: %11 = arith.cmpf olt, %9, %10 : f64
// CHECK-NEXT: %12 = arith.select %11, %0, %r : f64
// CHECK-NEXT: %13 = arith.select %11, %r, %0 : f64
// CHECK-NEXT: %14 = arith.divf %13, %5 : f64
// CHECK-NEXT: %15 = arith.mulf %12, %14 : f64
// CHECK-NEXT: %16 = arith.negf %15 : f64
// CHECK-NEXT: %17 = delta.scale %16, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %8, %17 : !delta.term<f64>
// CHECK-NEXT: %18, %19 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @unit(%x: f64, %y: f64) -> f64 {
  %r = ten.unit %x, %y : f64
  func.return %r : f64
}

// -----

// A constant operand that is not 0 keeps the point away from (0, 0).
// CHECK-LABEL: func.func @unit_by_a_constant(
// CHECK:      %6 = ten.hypot %one, %x : f64
// CHECK-NEXT: %7 = arith.divf %5, %6 : f64
// CHECK-NEXT: %8 = arith.mulf %4, %7 : f64
func.func @unit_by_a_constant(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %r = ten.unit %one, %x : f64
  func.return %r : f64
}

// -----

// d p = (q² - p²) dx - 2 p q dy, p = invert(x, y), q = invert(y, x)
// CHECK-LABEL: func.func @invert(
// CHECK:      %0 = ten.invert %y, %x : f64
// CHECK-NEXT: %1 = arith.subf %0, %r : f64
// CHECK-NEXT: %2 = arith.addf %0, %r : f64
// CHECK-NEXT: %3 = arith.mulf %1, %2 : f64
// CHECK-NEXT: %4 = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %5 = arith.constant -2.000000e+00 : f64
// CHECK-NEXT: %6 = arith.mulf %r, %0 : f64
// CHECK-NEXT: %7 = arith.mulf %5, %6 : f64
// CHECK-NEXT: %8 = delta.scale %7, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %4, %8 : !delta.term<f64>
// CHECK-NEXT: %9, %10 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @invert(%x: f64, %y: f64) -> f64 {
  %r = ten.invert %x, %y : f64
  func.return %r : f64
}

// -----

// d sech² x = -2 tanh x sech² x dx
// CHECK-LABEL: func.func @sech2(
// CHECK:      %0 = arith.constant -2.000000e+00 : f64
// CHECK-NEXT: %1 = math.tanh %x : f64
// CHECK-NEXT: %2 = arith.mulf %1, %r : f64
// CHECK-NEXT: %3 = arith.mulf %0, %2 : f64
// CHECK-NEXT: %dr = delta.scale %3, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %4 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @sech2(%x: f64) -> f64 {
  %r = ten.sech2 %x : f64
  func.return %r : f64
}
