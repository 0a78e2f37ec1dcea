// RUN: letgrad-opt %s -t terms | filecheck %s
// RUN: letgrad-opt %s -t 'terms{sharing=every}' | filecheck %s --check-prefix=EVERY
// RUN: letgrad-opt %s -t 'terms{sharing=none}' | filecheck %s --check-prefix=NONE

// A value that is used twice is bound. A value that is used once stands where it is used.
// CHECK:      foo = \x y z -> let w = x * sin y in atan2 z w + z * w
// EVERY:      foo = \x y z -> let s = sin y; w = x * s; a = atan2 z w; b = z * w; r = a + b in r
// NONE:       foo = \x y z -> atan2 z (x * sin y) + z * (x * sin y)
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// A value that is used under a binder is bound outside of it: inside it would be computed for each i.
// CHECK:      used_under_a_binder = \v s -> let t = v * s in build [5] (\i -> t[i] <= 0.0 ? 0.0 : t[i])
// EVERY:      used_under_a_binder = \v s ->
// EVERY-NEXT:   let x1 = broadcast [5] s
// EVERY-NEXT:       t = v * x1
// EVERY-NEXT:       x2 = build [5] (\i -> let e = t[i]; p = e <= 0.0; f = t[i]; r = p ? 0.0 : f in r)
// EVERY-NEXT:   in x2
// NONE:       used_under_a_binder = \v s -> build [5] (\i -> (v * s)[i] <= 0.0 ? 0.0 : (v * s)[i])
func.func @used_under_a_binder(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %0 = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %0 : tensor<5xf64>
  %1 = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %t[%i] : tensor<5xf64> -> f64
    %zero = arith.constant 0.0 : f64
    %p = arith.cmpf ole, %e, %zero : f64
    %f = ten.index %t[%i] : tensor<5xf64> -> f64
    %r = arith.select %p, %zero, %f : f64
    ten.yield %r : f64
  }
  func.return %1 : tensor<5xf64>
}

// A let inside of a region is printed inside of it.
// CHECK:      inside = \v -> build [5] (\i -> let e = v[i] in e * e)
// EVERY:      inside = \v -> let r = build [5] (\i -> let e = v[i]; p = e * e in p) in r
// NONE:       inside = \v -> build [5] (\i -> v[i] * v[i])
func.func @inside(%v: tensor<5xf64>) -> tensor<5xf64> {
  %r = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %e : f64
    ten.yield %p : f64
  }
  func.return %r : tensor<5xf64>
}

// The value and the gradient of relu (v * s), with a cotangent.
// CHECK:      vjp = \v s dt -> let t = v * s; m = t <= 0.0 ? 0.0 : 1.0; c = m * dt in (m * t, s * c, sum (v * c))
// EVERY:      gs = sum p
// EVERY-NEXT: in (r, gv, gs)
// NONE:       vjp = \v s dt ->
// NONE-NEXT:    ((v * s <= 0.0 ? 0.0 : 1.0) * (v * s)
func.func @vjp(%v: tensor<5xf64>, %s: f64, %dt: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>, f64) {
  %zeros = arith.constant dense<0.0> : tensor<5xf64>
  %ones = arith.constant dense<1.0> : tensor<5xf64>
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %neg = ten.compare ole, %t, %zeros : tensor<5xf64>
  %m = ten.select %neg, %zeros, %ones : tensor<5xi1>, tensor<5xf64>
  %r = arith.mulf %m, %t : tensor<5xf64>
  %c = arith.mulf %m, %dt : tensor<5xf64>
  %gv = arith.mulf %sv, %c : tensor<5xf64>
  %p = arith.mulf %v, %c : tensor<5xf64>
  %gs = ten.sum %p dims [0] : tensor<5xf64> -> f64
  func.return %r, %gv, %gs : tensor<5xf64>, tensor<5xf64>, f64
}

// Of several results, those that nobody uses have no name.
// CHECK:      loop = \v n -> let (r, _) = for i in 0..n, acc = 0.5, b = 0.5 do (acc + v[i], b) in r * r
// EVERY:      let (r, _) = for i in 0..n, acc = 0.5, b = 0.5 do let e = v[i]; s = acc + e in (s, b)
// NONE:       loop = \v n ->
// NONE-NEXT:    (for i in 0..n, acc = 0.5, b = 0.5 do (acc + v[i], b)).0 * (for i in 0..n,
func.func @loop(%v: tensor<5xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.5 : f64
  %r, %q = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %z, %b = %z) -> (f64, f64) {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = arith.addf %acc, %e : f64
    scf.yield %s, %b : f64, f64
  }
  %p = arith.mulf %r, %r : f64
  func.return %p : f64
}
