// RUN: letgrad-opt %s --print-ir-after-all -p 'delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1},delta-transpose{steps=1}' 2>&1 | filecheck %s
// RUN: letgrad-opt %s -p 'delta-transpose{steps=0}' | filecheck %s --check-prefix=NONE
// RUN: letgrad-opt %s -p 'delta-transpose{steps=7}' | filecheck %s --check-prefix=SEVEN
// RUN: letgrad-opt %s -p 'delta-transpose{steps=3},delta-transpose{steps=4}' | filecheck %s --check-prefix=SEVEN
// RUN: letgrad-opt %s -p 'delta-transpose{steps=11}' | filecheck %s --check-prefix=ALL
// RUN: letgrad-opt %s -p delta-transpose | filecheck %s --check-prefix=ALL

// The derivative of foo(x, y, z) = let w = x * sin y in atan2(z, w) + z * w, step by step. Each takes the pair whose term is
// defined last; what arrives for a term that is listed is added there, and so dw is taken once, though it is used twice.

// NONE:      %gx, %gy, %gz = delta.pullback (%dr : %ct) : f64 -> f64, f64, f64

// CHECK:      %gx, %gy, %gz = delta.pullback (%db : %ct), (%da : %ct) : f64, f64 -> f64, f64, f64

// CHECK:      %gx, %gy, %gz = delta.pullback (%z_dw : %ct), (%w_dz : %ct), (%da : %ct) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %0 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%w_dz : %ct), (%da : %ct), (%dw : %0) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %1 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%da : %ct), (%dw : %0), (%dz : %1) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %gx, %gy, %gz = delta.pullback (%l_dw : %ct), (%k_dz : %ct), (%dw : %0), (%dz : %1) : f64, f64, f64, f64 -> f64, f64, f64

// CHECK:      %2 = arith.mulf %l, %ct : f64
// CHECK-NEXT: %3 = arith.addf %0, %2 : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%k_dz : %ct), (%dw : %3), (%dz : %1) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %4 = arith.mulf %k, %ct : f64
// CHECK-NEXT: %5 = arith.addf %1, %4 : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%dw : %3), (%dz : %5) : f64, f64 -> f64, f64, f64

// CHECK:      %gx, %gy, %gz = delta.pullback (%x_ds : %3), (%s_dx : %3), (%dz : %5) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %6 = arith.mulf %x, %3 : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%s_dx : %3), (%ds : %6), (%dz : %5) : f64, f64, f64 -> f64, f64, f64

// CHECK:      %7 = arith.mulf %s, %3 : f64
// CHECK-NEXT: %gx, %gy, %gz = delta.pullback (%ds : %6), (%dz : %5), (%dx : %7) : f64, f64, f64 -> f64, f64, f64

// SEVEN:      %gx, %gy, %gz = delta.pullback (%dw : %3), (%dz : %5) : f64, f64 -> f64, f64, f64

// ALL:      %0 = arith.mulf %z, %ct : f64
// ALL-NEXT: %1 = arith.mulf %w, %ct : f64
// ALL-NEXT: %2 = arith.mulf %l, %ct : f64
// ALL-NEXT: %3 = arith.addf %0, %2 : f64
// ALL-NEXT: %4 = arith.mulf %k, %ct : f64
// ALL-NEXT: %gz = arith.addf %1, %4 : f64
// ALL-NEXT: %5 = arith.mulf %x, %3 : f64
// ALL-NEXT: %gx = arith.mulf %s, %3 : f64
// ALL-NEXT: %gy = arith.mulf %c, %5 : f64
// ALL-NOT:  delta.

func.func @foo(%x: f64, %y: f64, %z: f64, %ct: f64) -> (f64, f64, f64) {
  %dx = delta.input 0 : !delta.term<f64>
  %dy = delta.input 1 : !delta.term<f64>
  %dz = delta.input 2 : !delta.term<f64>
  %s = math.sin %y : f64
  %c = math.cos %y : f64
  %ds = delta.scale %c, %dy : f64, !delta.term<f64>
  %w = arith.mulf %x, %s : f64
  %s_dx = delta.scale %s, %dx : f64, !delta.term<f64>
  %x_ds = delta.scale %x, %ds : f64, !delta.term<f64>
  %dw = delta.add %s_dx, %x_ds : !delta.term<f64>
  %one = arith.constant 1.000000e+00 : f64
  %ww = arith.mulf %w, %w : f64
  %zz = arith.mulf %z, %z : f64
  %d = arith.addf %ww, %zz : f64
  %q = arith.divf %one, %d : f64
  %k = arith.mulf %w, %q : f64
  %k_dz = delta.scale %k, %dz : f64, !delta.term<f64>
  %n = arith.negf %z : f64
  %l = arith.mulf %n, %q : f64
  %l_dw = delta.scale %l, %dw : f64, !delta.term<f64>
  %da = delta.add %k_dz, %l_dw : !delta.term<f64>
  %w_dz = delta.scale %w, %dz : f64, !delta.term<f64>
  %z_dw = delta.scale %z, %dw : f64, !delta.term<f64>
  %db = delta.add %w_dz, %z_dw : !delta.term<f64>
  %dr = delta.add %da, %db : !delta.term<f64>
  %gx, %gy, %gz = delta.pullback (%dr : %ct) : f64 -> f64, f64, f64
  func.return %gx, %gy, %gz : f64, f64, f64
}
