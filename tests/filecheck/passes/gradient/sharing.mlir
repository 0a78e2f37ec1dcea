// RUN: letgrad-opt %s -p gradient --verify-sharing --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p gradient --split-input-file -t terms | filecheck %s --check-prefix=TERMS

// relu of a vector times a scalar, by a look-up whose index computes the product again: v[i] * s is computed once in
// value and gradient together, and both regions read it.
// TERMS:      relu_of_a_product = \v s ct ->
// TERMS-NEXT:   let t = v * s
// TERMS-NEXT:       neg = t <= 0.0
// TERMS-NEXT:       mask = gather [5] [0.0, 1.0] (\i -> [neg[i] ? 0 : 1])
// TERMS-NEXT:       x1 = mask * ct
// TERMS-NEXT:   in (mask * t, s * x1, sum (v * x1))
// CHECK-LABEL: func.func @relu_of_a_product(
// CHECK:      %zero = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %one = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %c0 = arith.constant 0 : index
// CHECK-NEXT: %c1 = arith.constant 1 : index
// CHECK-NEXT: %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %t = arith.mulf %v, %sv : tensor<5xf64>
// CHECK-NEXT: %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
// CHECK-NEXT: %0 = ten.broadcast %zero dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %neg = ten.compare ole, %t, %0 : tensor<5xf64>
// CHECK-NEXT: %mask = ten.gather [5] %table (%1) : tensor<2xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %2 = ten.index %neg[%1] : tensor<5xi1> -> i1
// CHECK-NEXT:   %3 = arith.select %2, %c0, %c1 : index
// CHECK-NEXT:   ten.yield %3 : index
// CHECK-NEXT: }
// CHECK-NEXT: %r = arith.mulf %mask, %t : tensor<5xf64>
// CHECK-NEXT: %4 = arith.mulf %mask, %ct : tensor<5xf64>
// CHECK-NEXT: %5 = arith.mulf %v, %4 : tensor<5xf64>
// CHECK-NEXT: %6 = arith.mulf %sv, %4 : tensor<5xf64>
// CHECK-NEXT: %7 = ten.sum %5 dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT: func.return %r, %6, %7 : tensor<5xf64>, tensor<5xf64>, f64
func.func @relu_of_a_product(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %table = ten.stack %zero, %one : f64 -> tensor<2xf64>
  %mask = ten.build [5] (%i) : tensor<5xf64> {
    %vi = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %s, %vi : f64
    %neg = arith.cmpf ole, %p, %zero : f64
    %k = arith.select %neg, %c0, %c1 : index
    %m = ten.index %table[%k] : tensor<2xf64> -> f64
    ten.yield %m : f64
  }
  %r = arith.mulf %mask, %t : tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// -----

// The same as a gather of two rows that have derivatives, so that the index function is in the gather and, for the
// gradient, in a scatter.
// TERMS:      reluMax_of_a_product = \v s ct ->
// TERMS-NEXT:   let t = v * s
// TERMS-NEXT:       x1 = (scatter [2, 5] ct (\i -> [0.0 >= t[i] ? 0 : 1, i]))[1]
// CHECK-LABEL: func.func @reluMax_of_a_product(
// CHECK:      %zero = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %c0 = arith.constant 0 : index
// CHECK-NEXT: %c1 = arith.constant 1 : index
// CHECK-NEXT: %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %t = arith.mulf %v, %sv : tensor<5xf64>
// CHECK-NEXT: %zeros = ten.broadcast %zero dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %rows = ten.stack %zeros, %t : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT: %r = ten.gather [5] %rows (%i) : tensor<2x5xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %p = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %neg = arith.cmpf oge, %zero, %p : f64
// CHECK-NEXT:   %k = arith.select %neg, %c0, %c1 : index
// CHECK-NEXT:   ten.yield %k, %i : index, index
// CHECK-NEXT: }
// CHECK-NEXT: %0 = ten.scatter [2, 5] %ct (%i_1) : tensor<5xf64> -> tensor<2x5xf64> {
// CHECK-NEXT:   %p_1 = ten.index %t[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %neg_1 = arith.cmpf oge, %zero, %p_1 : f64
// CHECK-NEXT:   %k_1 = arith.select %neg_1, %c0, %c1 : index
// CHECK-NEXT:   ten.yield %k_1, %i_1 : index, index
// CHECK-NEXT: }
// CHECK-NEXT: %1 = ten.index %0[%c1] : tensor<2x5xf64> -> tensor<5xf64>
// CHECK-NEXT: %2 = arith.mulf %v, %1 : tensor<5xf64>
// CHECK-NEXT: %3 = arith.mulf %sv, %1 : tensor<5xf64>
// CHECK-NEXT: %4 = ten.sum %2 dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT: func.return %r, %3, %4 : tensor<5xf64>, tensor<5xf64>, f64
func.func @reluMax_of_a_product(%v: tensor<5xf64>, %s: f64) -> tensor<5xf64> {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %v, %sv : tensor<5xf64>
  %zeros = ten.broadcast %zero dims [0] : f64 -> tensor<5xf64>
  %rows = ten.stack %zeros, %t : tensor<5xf64> -> tensor<2x5xf64>
  %r = ten.gather [5] %rows (%i) : tensor<2x5xf64> -> tensor<5xf64> {
    %vi = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %s, %vi : f64
    %neg = arith.cmpf oge, %zero, %p : f64
    %k = arith.select %neg, %c0, %c1 : index
    ten.yield %k, %i : index, index
  }
  func.return %r : tensor<5xf64>
}

// -----

// An index that costs: computed once, in bulk, for the gather and the scatter.
// TERMS:      expensive_index = \v t ct ->
// TERMS-NEXT:   let s = exp v
// CHECK-LABEL: func.func @expensive_index(
// CHECK:      %s = math.exp %v : tensor<5xf64>
// CHECK-NEXT: %s_1 = sharing.let %s : tensor<5xf64>
// CHECK-NEXT: %r = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %s_2 = ten.index %s_1[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %k = arith.fptosi %s_2 : f64 to i64
// CHECK-NEXT:   %n = arith.index_cast %k : i64 to index
// CHECK-NEXT:   ten.yield %n : index
// CHECK-NEXT: }
// CHECK-NEXT: %0 = ten.scatter [7] %ct (%i_1) : tensor<5xf64> -> tensor<7xf64> {
// CHECK-NEXT:   %s_3 = ten.index %s_1[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %k_1 = arith.fptosi %s_3 : f64 to i64
// CHECK-NEXT:   %n_1 = arith.index_cast %k_1 : i64 to index
// CHECK-NEXT:   ten.yield %n_1 : index
// CHECK-NEXT: }
// CHECK-NEXT: %1 = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT: func.return %r, %1, %0 : tensor<5xf64>, tensor<5xf64>, tensor<7xf64>
func.func @expensive_index(%v: tensor<5xf64>, %t: tensor<7xf64>) -> tensor<5xf64> {
  %r = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  func.return %r : tensor<5xf64>
}

// -----

// The same in a branch: the branch gives the values out, for the derivative's conditional.
// CHECK-LABEL: func.func @expensive_index_in_a_branch(
// CHECK:      %q, %s = scf.if %c -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:   %s_1 = math.exp %v : tensor<5xf64>
// CHECK-NEXT:   %s_2 = sharing.let %s_1 : tensor<5xf64>
// CHECK-NEXT:   %r = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:     %s_3 = ten.index %s_2[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:     %k = arith.fptosi %s_3 : f64 to i64
// CHECK-NEXT:     %n = arith.index_cast %k : i64 to index
// CHECK-NEXT:     ten.yield %n : index
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield %r, %s_2 : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT: } else {
// CHECK-NEXT:   %0 = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:   scf.yield %v, %0 : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %1, %2 = scf.if %c -> (tensor<7xf64>, tensor<5xf64>) {
// CHECK-NEXT:   %3 = ten.scatter [7] %ct (%i_1) : tensor<5xf64> -> tensor<7xf64> {
// CHECK-NEXT:     %s_4 = ten.index %s[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:     %k_1 = arith.fptosi %s_4 : f64 to i64
// CHECK-NEXT:     %n_1 = arith.index_cast %k_1 : i64 to index
// CHECK-NEXT:     ten.yield %n_1 : index
// CHECK-NEXT:   }
// CHECK-NEXT:   %4 = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:   scf.yield %3, %4 : tensor<7xf64>, tensor<5xf64>
// CHECK-NEXT: } else {
// CHECK-NEXT:   %5 = arith.constant dense<0.000000e+00> : tensor<7xf64>
// CHECK-NEXT:   scf.yield %5, %ct : tensor<7xf64>, tensor<5xf64>
// CHECK-NEXT: }
// CHECK-NEXT: func.return %q, %2, %1 : tensor<5xf64>, tensor<5xf64>, tensor<7xf64>
func.func @expensive_index_in_a_branch(%v: tensor<5xf64>, %t: tensor<7xf64>, %c: i1) -> tensor<5xf64> {
  %q = scf.if %c -> (tensor<5xf64>) {
    %r = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
      %e = ten.index %v[%i] : tensor<5xf64> -> f64
      %s = math.exp %e : f64
      %k = arith.fptosi %s : f64 to i64
      %n = arith.index_cast %k : i64 to index
      ten.yield %n : index
    }
    scf.yield %r : tensor<5xf64>
  } else {
    scf.yield %v : tensor<5xf64>
  }
  func.return %q : tensor<5xf64>
}
