// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=fooLet},gradient{entry=relu},gradient{entry=reluMax},gradient{entry=reluT2}' -t terms | filecheck %s
// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=fooLet},gradient{entry=relu},gradient{entry=reluMax},gradient{entry=reluT2}' -t 'terms{sharing=every}' | filecheck %s --check-prefix=EVERY
// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=fooLet},gradient{entry=relu},gradient{entry=reluMax},gradient{entry=reluT2}' -t 'terms{sharing=none}' | filecheck %s --check-prefix=NONE

// Values and gradients in the three forms: with lets where something is shared, with a name for every value, and as the
// trees that they would be without sharing.

// w is written twice.
// CHECK:      foo = \x y z ct ->
// CHECK-NEXT:   let s = sin y
// CHECK-NEXT:       w = x * s
// CHECK-NEXT:       x1 = z * ct + -invert z w * ct
// CHECK-NEXT:   in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
// EVERY:      foo = \x y z ct ->
// EVERY-NEXT:   let s = sin y
// EVERY-NEXT:       x1 = cos y
// EVERY-NEXT:       w = x * s
// EVERY-NEXT:       a = atan2 z w
// EVERY-NEXT:       x2 = invert w z
// EVERY-NEXT:       x3 = invert z w
// EVERY-NEXT:       x4 = -x3
// EVERY-NEXT:       b = z * w
// EVERY-NEXT:       r = a + b
// EVERY-NEXT:       x5 = z * ct
// EVERY-NEXT:       x6 = w * ct
// EVERY-NEXT:       x7 = x4 * ct
// EVERY-NEXT:       x8 = x5 + x7
// EVERY-NEXT:       x9 = x2 * ct
// EVERY-NEXT:       x10 = x6 + x9
// EVERY-NEXT:       x11 = x * x8
// EVERY-NEXT:       x12 = s * x8
// EVERY-NEXT:       x13 = x1 * x11
// EVERY-NEXT:   in (r, x12, x13, x10)
// NONE:      foo = \x y z ct ->
// NONE-NEXT:   (atan2 z (x * sin y) + z * (x * sin y), sin y * (z * ct + -invert z (x * sin y) * ct), cos y * (x
// NONE-NEXT:     * (z * ct + -invert z (x * sin y) * ct)), x * sin y * ct + invert (x * sin y) z * ct)
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

// w is bound by a let: the gradient is the same.
// CHECK:      fooLet = \x y z ct ->
// CHECK-NEXT:   let s = sin y
// CHECK-NEXT:       w = x * s
// CHECK-NEXT:       x1 = z * ct + -invert z w * ct
// CHECK-NEXT:   in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
// EVERY:      fooLet = \x y z ct ->
// EVERY-NEXT:   let s = sin y
// EVERY-NEXT:       x1 = cos y
// EVERY-NEXT:       p = x * s
// EVERY-NEXT:       a = atan2 z p
// EVERY-NEXT:       x2 = invert p z
// EVERY-NEXT:       x3 = invert z p
// EVERY-NEXT:       x4 = -x3
// EVERY-NEXT:       b = z * p
// EVERY-NEXT:       r = a + b
// EVERY-NEXT:       x5 = z * ct
// EVERY-NEXT:       x6 = p * ct
// EVERY-NEXT:       x7 = x4 * ct
// EVERY-NEXT:       x8 = x5 + x7
// EVERY-NEXT:       x9 = x2 * ct
// EVERY-NEXT:       x10 = x6 + x9
// EVERY-NEXT:       x11 = x * x8
// EVERY-NEXT:       x12 = s * x8
// EVERY-NEXT:       x13 = x1 * x11
// EVERY-NEXT:   in (r, x12, x13, x10)
// NONE:      fooLet = \x y z ct ->
// NONE-NEXT:   (atan2 z (x * sin y) + z * (x * sin y), sin y * (z * ct + -invert z (x * sin y) * ct), cos y * (x
// NONE-NEXT:     * (z * ct + -invert z (x * sin y) * ct)), x * sin y * ct + invert (x * sin y) z * ct)
func.func @fooLet(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %p = arith.mulf %x, %s : f64
  %w = sharing.let %p : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// relu as mask * v: for each element an index, 0 or 1, is computed and looked up in a table.
// CHECK:      relu = \m ct ->
// CHECK-NEXT:   let neg = m <= 0.0
// CHECK-NEXT:       mask = gather [3, 4] [0.0, 1.0] (\i j -> [neg[i, j] ? 0 : 1])
// CHECK-NEXT:   in (mask * m, mask * ct)
// EVERY:      relu = \m ct ->
// EVERY-NEXT:   let table = [0.0, 1.0]
// EVERY-NEXT:       x1 = broadcast [3, 4] 0.0
// EVERY-NEXT:       neg = m <= x1
// EVERY-NEXT:       mask = gather [3, 4] table (\i j -> let x3 = neg[i, j]; x4 = x3 ? 0 : 1 in [x4])
// EVERY-NEXT:       r = mask * m
// EVERY-NEXT:       x2 = mask * ct
// EVERY-NEXT:   in (r, x2)
// NONE:      relu = \m ct ->
// NONE-NEXT:   (gather [3, 4] [0.0, 1.0] (\i j -> [(m <= 0.0)[i, j] ? 0 : 1]) * m, gather [3, 4] [0.0, 1.0] (\i j
// NONE-NEXT:     -> [(m <= 0.0)[i, j] ? 0 : 1]) * ct)
func.func @relu(%m: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
  %mask = ten.build [3, 4] (%i, %j) : tensor<3x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x4xf64> -> f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %neg = arith.cmpf ole, %e, %zero : f64
    %k = arith.select %neg, %c0, %c1 : index
    %t = ten.index %table[%k] : tensor<2xf64> -> f64
    ten.yield %t : f64
  }
  %r = arith.mulf %mask, %m : tensor<3x4xf64>
  func.return %r : tensor<3x4xf64>
}

// relu as a choice between 0 and the element: an index, 0 or 1, into the stack of both.
// CHECK:      reluMax = \m ct ->
// CHECK-NEXT:   let neg = 0.0 >= m
// CHECK-NEXT:   in (gather [3, 4] (transpose[1, 2, 0] [broadcast [3, 4] 0.0, m]) (\i j -> [i, j, neg[i, j] ? 0 :
// CHECK-NEXT:     1]), (transpose[2, 0, 1] (scatter [3, 4, 2] ct (\i j -> [i, j, neg[i, j] ? 0 : 1])))[1])
// EVERY:      reluMax = \m ct ->
// EVERY-NEXT:   let x1 = broadcast [3, 4] 0.0
// EVERY-NEXT:       x2 = [x1, m]
// EVERY-NEXT:       pair = transpose[1, 2, 0] x2
// EVERY-NEXT:       neg = x1 >= m
// EVERY-NEXT:       r = gather [3, 4] pair (\i j -> let x6 = neg[i, j]; x7 = x6 ? 0 : 1 in [i, j, x7])
// EVERY-NEXT:       x3 = scatter [3, 4, 2] ct (\i j -> let x8 = neg[i, j]; x9 = x8 ? 0 : 1 in [i, j, x9])
// EVERY-NEXT:       x4 = transpose[2, 0, 1] x3
// EVERY-NEXT:       x5 = x4[1]
// EVERY-NEXT:   in (r, x5)
// NONE:      reluMax = \m ct ->
// NONE-NEXT:   (gather [3, 4] (transpose[1, 2, 0] [broadcast [3, 4] 0.0, m]) (\i j -> [i, j, (0.0 >= m)[i, j] ? 0
// NONE-NEXT:     : 1]), (transpose[2, 0, 1] (scatter [3, 4, 2] ct (\i j -> [i, j, (0.0 >= m)[i, j] ? 0 :
// NONE-NEXT:     1])))[1])
func.func @reluMax(%m: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %zero = arith.constant 0.0 : f64
  %r = ten.build [3, 4] (%i, %j) : tensor<3x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x4xf64> -> f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %pair = ten.stack %zero, %e : f64 -> tensor<2xf64>
    %neg = arith.cmpf oge, %zero, %e : f64
    %k = arith.select %neg, %c0, %c1 : index
    %t = ten.index %pair[%k] : tensor<2xf64> -> f64
    ten.yield %t : f64
  }
  func.return %r : tensor<3x4xf64>
}

// relu of a vector times a scalar. The product is computed in bulk, and read in the index region.
// CHECK:      reluT2 = \v s ct ->
// CHECK-NEXT:   let t = v * s
// CHECK-NEXT:       neg = t <= 0.0
// CHECK-NEXT:       mask = gather [5] [0.0, 1.0] (\i -> [neg[i] ? 0 : 1])
// CHECK-NEXT:       x1 = mask * ct
// CHECK-NEXT:   in (mask * t, s * x1, sum (v * x1))
// EVERY:      reluT2 = \v s ct ->
// EVERY-NEXT:   let table = [0.0, 1.0]
// EVERY-NEXT:       sv = broadcast [5] s
// EVERY-NEXT:       t = v * sv
// EVERY-NEXT:       x1 = broadcast [5] 0.0
// EVERY-NEXT:       neg = t <= x1
// EVERY-NEXT:       mask = gather [5] table (\i -> let x6 = neg[i]; x7 = x6 ? 0 : 1 in [x7])
// EVERY-NEXT:       r = mask * t
// EVERY-NEXT:       x2 = mask * ct
// EVERY-NEXT:       x3 = v * x2
// EVERY-NEXT:       x4 = sv * x2
// EVERY-NEXT:       x5 = sum x3
// EVERY-NEXT:   in (r, x4, x5)
// NONE:      reluT2 = \v s ct ->
// NONE-NEXT:   (gather [5] [0.0, 1.0] (\i -> [(v * s <= 0.0)[i] ? 0 : 1]) * (v * s), s * (gather [5] [0.0, 1.0]
// NONE-NEXT:     (\i -> [(v * s <= 0.0)[i] ? 0 : 1]) * ct), sum (v * (gather [5] [0.0, 1.0] (\i -> [(v * s <=
// NONE-NEXT:     0.0)[i] ? 0 : 1]) * ct)))
func.func @reluT2(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %one = arith.constant 1.0 : f64
  %zero = arith.constant 0.0 : f64
  %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %mask = ten.build [5] (%i) : tensor<5xf64> {
    %ti = ten.index %t[%i] : tensor<5xf64> -> f64
    %neg = arith.cmpf ole, %ti, %zero : f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %k = arith.select %neg, %c0, %c1 : index
    %m = ten.index %table[%k] : tensor<2xf64> -> f64
    ten.yield %m : f64
  }
  %r = arith.mulf %mask, %t : tensor<5xf64>
  func.return %r : tensor<5xf64>
}
