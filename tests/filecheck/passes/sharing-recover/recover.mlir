// RUN: letgrad-opt %s -p sharing-recover --verify-sharing --check-semantics | filecheck %s

// No index: one let, before the first region that needs it.
// CHECK-LABEL: func.func @of_no_index(
// CHECK:      %s = math.exp %x : f64
// CHECK-NEXT: %t = sharing.let %s : f64
// CHECK-NEXT: %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   ten.yield %t : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   ten.yield %t : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @of_no_index(%x: f64) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// The let is not at the top: it is in the innermost block that all uses are in, where they begin.
// CHECK-LABEL: func.func @innermost_block(
// CHECK:      %r = scf.if %c -> (tensor<5xf64>) {
// CHECK-NEXT:   %y = math.sin %x : f64
// CHECK-NEXT:   %s = math.exp %y : f64
// CHECK-NEXT:   %t = sharing.let %s : f64
// CHECK-NEXT:   %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:     ten.yield %t : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:     %e = ten.index %a[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:     %p = arith.mulf %t, %e : f64
// CHECK-NEXT:     ten.yield %p : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield %b : tensor<5xf64>
// CHECK-NEXT: } else {
// CHECK-NEXT:   %z = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:   scf.yield %z : tensor<5xf64>
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r : tensor<5xf64>
func.func @innermost_block(%c: i1, %x: f64) -> tensor<5xf64> {
  %r = scf.if %c -> (tensor<5xf64>) {
    %y = math.sin %x : f64
    %a = ten.build [5] (%i) : tensor<5xf64> {
      %s = math.exp %y : f64
      %t = sharing.share %s {stamp = 1} : f64
      ten.yield %t : f64
    }
    %b = ten.build [5] (%j) : tensor<5xf64> {
      %s = math.exp %y : f64
      %t = sharing.share %s {stamp = 1} : f64
      %e = ten.index %a[%j] : tensor<5xf64> -> f64
      %p = arith.mulf %t, %e : f64
      ten.yield %p : f64
    }
    scf.yield %b : tensor<5xf64>
  } else {
    %z = arith.constant dense<0.0> : tensor<5xf64>
    scf.yield %z : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}

// Both branches need it: it is computed before the conditional.
// CHECK-LABEL: func.func @both_branches(
// CHECK:      %s = math.exp %x : f64
// CHECK-NEXT: %t = sharing.let %s : f64
// CHECK-NEXT: %r = scf.if %c -> (f64) {
// CHECK-NEXT:   %u = arith.addf %t, %x : f64
// CHECK-NEXT:   scf.yield %u : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %t : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r : f64
func.func @both_branches(%c: i1, %x: f64) -> f64 {
  %r = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    %u = arith.addf %t, %x : f64
    scf.yield %u : f64
  } else {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  }
  func.return %r : f64
}

// One branch of each of two conditionals: it stays in them, for neither may be taken.
// CHECK-LABEL: func.func @some_branches_stay(
// CHECK:      %r = scf.if %c -> (f64) {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: }
// CHECK-NEXT: %q = scf.if %d -> (f64) {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %s_1 = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r, %q : f64, f64
func.func @some_branches_stay(%c: i1, %d: i1, %x: f64) -> (f64, f64) {
  %r = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  } else {
    scf.yield %x : f64
  }
  %q = scf.if %d -> (f64) {
    scf.yield %x : f64
  } else {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  }
  func.return %r, %q : f64, f64
}

// Two regions in one branch have a let there, and the other branch has its own.
// CHECK-LABEL: func.func @a_let_per_branch(
// CHECK:      %r = scf.if %c -> (tensor<2xf64>) {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   %t = sharing.let %s : f64
// CHECK-NEXT:   %a = ten.build [2] (%i) : tensor<2xf64> {
// CHECK-NEXT:     ten.yield %t : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %b = ten.build [2] (%i_1) : tensor<2xf64> {
// CHECK-NEXT:     %e = ten.index %a[%i_1] : tensor<2xf64> -> f64
// CHECK-NEXT:     %p = arith.mulf %t, %e : f64
// CHECK-NEXT:     ten.yield %p : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield %b : tensor<2xf64>
// CHECK-NEXT: } else {
// CHECK-NEXT:   %z = arith.constant dense<0.000000e+00> : tensor<2xf64>
// CHECK-NEXT:   scf.yield %z : tensor<2xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %q = scf.if %d -> (f64) {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %s_1 = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r, %q : tensor<2xf64>, f64
func.func @a_let_per_branch(%c: i1, %d: i1, %x: f64) -> (tensor<2xf64>, f64) {
  %r = scf.if %c -> (tensor<2xf64>) {
    %a = ten.build [2] (%i) : tensor<2xf64> {
      %s = math.exp %x : f64
      %t = sharing.share %s {stamp = 1} : f64
      ten.yield %t : f64
    }
    %b = ten.build [2] (%i) : tensor<2xf64> {
      %s = math.exp %x : f64
      %t = sharing.share %s {stamp = 1} : f64
      %e = ten.index %a[%i] : tensor<2xf64> -> f64
      %p = arith.mulf %t, %e : f64
      ten.yield %p : f64
    }
    scf.yield %b : tensor<2xf64>
  } else {
    %z = arith.constant dense<0.0> : tensor<2xf64>
    scf.yield %z : tensor<2xf64>
  }
  %q = scf.if %d -> (f64) {
    scf.yield %x : f64
  } else {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  }
  func.return %r, %q : tensor<2xf64>, f64
}

// The first use runs in any case: the branch may as well read what it computes.
// CHECK-LABEL: func.func @a_branch_and_no_branch(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %b = sharing.let %a : f64
// CHECK-NEXT: %r = scf.if %c -> (f64) {
// CHECK-NEXT:   scf.yield %b : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %b, %r : f64, f64
func.func @a_branch_and_no_branch(%c: i1, %x: f64) -> (f64, f64) {
  %a = math.exp %x : f64
  %b = sharing.share %a {stamp = 1} : f64
  %r = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  } else {
    scf.yield %x : f64
  }
  func.return %b, %r : f64, f64
}

// Two regions over the same sizes: a table, which both read. One let serves all components of the index.
// CHECK-LABEL: func.func @table(
// CHECK:      %0 = ten.build [5] (%1) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<5xf64>
// CHECK-NEXT: %a = ten.gather [5] %m (%i) : tensor<4x6xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %k = arith.fptosi %t_1 : f64 to i64
// CHECK-NEXT:   %p = arith.index_cast %k : i64 to index
// CHECK-NEXT:   %q = arith.addi %p, %i : index
// CHECK-NEXT:   ten.yield %p, %q : index, index
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.scatter [4, 6] %x (%j) : tensor<5xf64> -> tensor<4x6xf64> {
// CHECK-NEXT:   %t_2 = ten.index %t[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %k_1 = arith.fptosi %t_2 : f64 to i64
// CHECK-NEXT:   %p_1 = arith.index_cast %k_1 : i64 to index
// CHECK-NEXT:   %q_1 = arith.addi %p_1, %j : index
// CHECK-NEXT:   ten.yield %p_1, %q_1 : index, index
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<4x6xf64>
func.func @table(%x: tensor<5xf64>, %m: tensor<4x6xf64>) -> (tensor<5xf64>, tensor<4x6xf64>) {
  %a = ten.gather [5] %m (%i) : tensor<4x6xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 3} [%i] : f64
    %k = arith.fptosi %t : f64 to i64
    %p = arith.index_cast %k : i64 to index
    %q = arith.addi %p, %i : index
    ten.yield %p, %q : index, index
  }
  %b = ten.scatter [4, 6] %x (%j) : tensor<5xf64> -> tensor<4x6xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 3} [%j] : f64
    %k = arith.fptosi %t : f64 to i64
    %p = arith.index_cast %k : i64 to index
    %q = arith.addi %p, %j : index
    ten.yield %p, %q : index, index
  }
  func.return %a, %b : tensor<5xf64>, tensor<4x6xf64>
}

// A product of an element and a scalar costs no more than reading it from a table: it is computed again.
// CHECK-LABEL: func.func @cheap_is_no_table(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p = arith.mulf %e, %s : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%i_1) : tensor<5xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p_1 = arith.mulf %e_1, %s : f64
// CHECK-NEXT:   %q = arith.addf %p_1, %s : f64
// CHECK-NEXT:   ten.yield %q : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @cheap_is_no_table(%x: tensor<5xf64>, %s: f64) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %t = sharing.share %p {stamp = 1} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %t = sharing.share %p {stamp = 1} [%i] : f64
    %q = arith.addf %t, %s : f64
    ten.yield %q : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// Unless there is a bulk value that holds it: that is read.
// CHECK-LABEL: func.func @existing_table(
// CHECK:      %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %t = arith.mulf %sv, %x : tensor<5xf64>
// CHECK-NEXT: %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %h = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %k = arith.fptosi %h : f64 to i64
// CHECK-NEXT:   %n = arith.index_cast %k : i64 to index
// CHECK-NEXT:   ten.yield %n : index
// CHECK-NEXT: }
// CHECK-NEXT: func.return %t, %a : tensor<5xf64>, tensor<5xf64>
func.func @existing_table(%x: tensor<5xf64>, %s: f64, %v: tensor<7xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %t = arith.mulf %sv, %x : tensor<5xf64>
  %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %h = sharing.share %p {stamp = 1} [%i] : f64
    %k = arith.fptosi %h : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  func.return %t, %a : tensor<5xf64>, tensor<5xf64>
}

// The region cannot read a value that comes after it.
// CHECK-LABEL: func.func @a_later_table_stays(
// CHECK:      %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p = arith.mulf %e, %s : f64
// CHECK-NEXT:   %k = arith.fptosi %p : f64 to i64
// CHECK-NEXT:   %n = arith.index_cast %k : i64 to index
// CHECK-NEXT:   ten.yield %n : index
// CHECK-NEXT: }
// CHECK-NEXT: %t = arith.mulf %sv, %x : tensor<5xf64>
// CHECK-NEXT: func.return %t, %a : tensor<5xf64>, tensor<5xf64>
func.func @a_later_table_stays(%x: tensor<5xf64>, %s: f64, %v: tensor<7xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %sv = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
  %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %h = sharing.share %p {stamp = 1} [%i] : f64
    %k = arith.fptosi %h : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %t = arith.mulf %sv, %x : tensor<5xf64>
  func.return %t, %a : tensor<5xf64>, tensor<5xf64>
}

// A stamp on a part of a stamped term: the part's table is read by that of the whole.
// CHECK-LABEL: func.func @nested_stamps(
// CHECK:      %0 = ten.build [5] (%1) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<5xf64>
// CHECK-NEXT: %2 = ten.build [5] (%3) : tensor<5xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%3] : tensor<5xf64> -> f64
// CHECK-NEXT:   %u = math.sin %t_1 : f64
// CHECK-NEXT:   ten.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: %w = sharing.let %2 : tensor<5xf64>
// CHECK-NEXT: %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %t_2 = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %w_1 = ten.index %w[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p = arith.addf %t_2, %w_1 : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %t_3 = ten.index %t[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %w_2 = ten.index %w[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p_1 = arith.subf %t_3, %w_2 : f64
// CHECK-NEXT:   ten.yield %p_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @nested_stamps(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 8} [%i] : f64
    %u = math.sin %t : f64
    %w = sharing.share %u {stamp = 2} [%i] : f64
    %p = arith.addf %t, %w : f64
    ten.yield %p : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 8} [%j] : f64
    %u = math.sin %t : f64
    %w = sharing.share %u {stamp = 2} [%j] : f64
    %p = arith.subf %t, %w : f64
    ten.yield %p : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// In a build and in one inside of it, at different indices: the table is outside of both.
// CHECK-LABEL: func.func @outer_and_inner(
// CHECK:      %0 = ten.build [5] (%1) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<5xf64>
// CHECK-NEXT: %a = ten.build [5] (%i) : tensor<5x5xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %r = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:     %h = ten.index %t[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:     %p = arith.mulf %t_1, %h : f64
// CHECK-NEXT:     ten.yield %p : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r : tensor<5xf64>
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a : tensor<5x5xf64>
func.func @outer_and_inner(%x: tensor<5xf64>) -> tensor<5x5xf64> {
  %a = ten.build [5] (%i) : tensor<5x5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %r = ten.build [5] (%j) : tensor<5xf64> {
      %f = ten.index %x[%j] : tensor<5xf64> -> f64
      %g = math.exp %f : f64
      %h = sharing.share %g {stamp = 1} [%j] : f64
      %p = arith.mulf %t, %h : f64
      ten.yield %p : f64
    }
    ten.yield %r : tensor<5xf64>
  }
  func.return %a : tensor<5x5xf64>
}

// In a build and in one inside of it, at the same index: a let of the outer one.
// CHECK-LABEL: func.func @the_same_index(
// CHECK:      %a = ten.build [5] (%i) : tensor<5x3xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   %t = sharing.let %s : f64
// CHECK-NEXT:   %r = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:     %p = arith.mulf %t, %t : f64
// CHECK-NEXT:     ten.yield %p : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r : tensor<3xf64>
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a : tensor<5x3xf64>
func.func @the_same_index(%x: tensor<5xf64>) -> tensor<5x3xf64> {
  %a = ten.build [5] (%i) : tensor<5x3xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %r = ten.build [3] (%j) : tensor<3xf64> {
      %f = ten.index %x[%i] : tensor<5xf64> -> f64
      %g = math.exp %f : f64
      %h = sharing.share %g {stamp = 1} [%i] : f64
      %p = arith.mulf %t, %h : f64
      ten.yield %p : f64
    }
    ten.yield %r : tensor<3xf64>
  }
  func.return %a : tensor<5x3xf64>
}

// Two indices, in whatever order the share names them.
// CHECK-LABEL: func.func @two_indices(
// CHECK:      %0 = ten.build [2, 3] (%1, %2) : tensor<2x3xf64> {
// CHECK-NEXT:   %e = ten.index %m[%1, %2] : tensor<2x3xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<2x3xf64>
// CHECK-NEXT: %a = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%i, %j] : tensor<2x3xf64> -> f64
// CHECK-NEXT:   ten.yield %t_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3, 2] (%l, %k) : tensor<3x2xf64> {
// CHECK-NEXT:   %t_2 = ten.index %t[%k, %l] : tensor<2x3xf64> -> f64
// CHECK-NEXT:   %u = math.sqrt %t_2 : f64
// CHECK-NEXT:   ten.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<2x3xf64>, tensor<3x2xf64>
func.func @two_indices(%m: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<3x2xf64>) {
  %a = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
    %e = ten.index %m[%i, %j] : tensor<2x3xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i, %j] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3, 2] (%l, %k) : tensor<3x2xf64> {
    %e = ten.index %m[%k, %l] : tensor<2x3xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%k, %l] : f64
    %u = math.sqrt %t : f64
    ten.yield %u : f64
  }
  func.return %a, %b : tensor<2x3xf64>, tensor<3x2xf64>
}

// Of two indices the term depends on one: the table is over that one.
// CHECK-LABEL: func.func @one_of_two_indices(
// CHECK:      %0 = ten.build [3] (%1) : tensor<3xf64> {
// CHECK-NEXT:   %e = ten.index %x[%1] : tensor<3xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<3xf64>
// CHECK-NEXT: %a = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%j] : tensor<3xf64> -> f64
// CHECK-NEXT:   ten.yield %t_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%l) : tensor<3xf64> {
// CHECK-NEXT:   %t_2 = ten.index %t[%l] : tensor<3xf64> -> f64
// CHECK-NEXT:   %u = math.sqrt %t_2 : f64
// CHECK-NEXT:   ten.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<2x3xf64>, tensor<3xf64>
func.func @one_of_two_indices(%x: tensor<3xf64>) -> (tensor<2x3xf64>, tensor<3xf64>) {
  %a = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
    %e = ten.index %x[%j] : tensor<3xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%j] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%l) : tensor<3xf64> {
    %e = ten.index %x[%l] : tensor<3xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%l] : f64
    %u = math.sqrt %t : f64
    ten.yield %u : f64
  }
  func.return %a, %b : tensor<2x3xf64>, tensor<3xf64>
}

// In the branches of a conditional that is in a region: where both need it, it is tabulated.
// CHECK-LABEL: func.func @branches_in_a_region(
// CHECK:      %0 = ten.build [5] (%1) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<5xf64>
// CHECK-NEXT: %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %c = arith.cmpf olt, %e_1, %y : f64
// CHECK-NEXT:   %r = scf.if %c -> (f64) {
// CHECK-NEXT:     %t_1 = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:     scf.yield %t_1 : f64
// CHECK-NEXT:   } else {
// CHECK-NEXT:     %t_2 = ten.index %t[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:     %u = arith.negf %t_2 : f64
// CHECK-NEXT:     scf.yield %u : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %t_3 = ten.index %t[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   ten.yield %t_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @branches_in_a_region(%x: tensor<5xf64>, %y: f64) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %c = arith.cmpf olt, %e, %y : f64
    %r = scf.if %c -> (f64) {
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%i] : f64
      scf.yield %t : f64
    } else {
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%i] : f64
      %u = arith.negf %t : f64
      scf.yield %u : f64
    }
    ten.yield %r : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%j] : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// A region that only sometimes needs it is no reason for a table.
// CHECK-LABEL: func.func @a_branch_in_a_region_stays(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %c = arith.cmpf olt, %e, %y : f64
// CHECK-NEXT:   %r = scf.if %c -> (f64) {
// CHECK-NEXT:     %s = math.exp %e : f64
// CHECK-NEXT:     scf.yield %s : f64
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %y : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %c_1 = arith.cmpf ogt, %e_1, %y : f64
// CHECK-NEXT:   %r_1 = scf.if %c_1 -> (f64) {
// CHECK-NEXT:     %s_1 = math.exp %e_1 : f64
// CHECK-NEXT:     scf.yield %s_1 : f64
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %y : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @a_branch_in_a_region_stays(%x: tensor<5xf64>, %y: f64) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %c = arith.cmpf olt, %e, %y : f64
    %r = scf.if %c -> (f64) {
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%i] : f64
      scf.yield %t : f64
    } else {
      scf.yield %y : f64
    }
    ten.yield %r : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %c = arith.cmpf ogt, %e, %y : f64
    %r = scf.if %c -> (f64) {
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%j] : f64
      scf.yield %t : f64
    } else {
      scf.yield %y : f64
    }
    ten.yield %r : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// A stamp with one share is that value; one that nothing uses goes.
// CHECK-LABEL: func.func @one_share(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a : tensor<5xf64>
func.func @one_share(%x: tensor<5xf64>) -> tensor<5xf64> {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %u = math.sin %e : f64
    %w = sharing.share %u {stamp = 2} [%i] : f64
    ten.yield %t : f64
  }
  func.return %a : tensor<5xf64>
}

// In a loop, what does not depend on it is computed before it.
// CHECK-LABEL: func.func @loops(
// CHECK:      %c0 = arith.constant 0 : index
// CHECK-NEXT: %c1 = arith.constant 1 : index
// CHECK-NEXT: %s = math.exp %x : f64
// CHECK-NEXT: %t = sharing.let %s : f64
// CHECK-NEXT: %a = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> (f64) {
// CHECK-NEXT:   %u = arith.addf %acc, %t : f64
// CHECK-NEXT:   scf.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = scf.for %i_1 = %c0 to %n step %c1 iter_args(%acc_1 = %x) -> (f64) {
// CHECK-NEXT:   %u_1 = arith.mulf %acc_1, %t : f64
// CHECK-NEXT:   scf.yield %u_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @loops(%x: f64, %n: index) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    %u = arith.addf %acc, %t : f64
    scf.yield %u : f64
  }
  %b = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    %u = arith.mulf %acc, %t : f64
    scf.yield %u : f64
  }
  func.return %a, %b : f64, f64
}

// A tensor per index: the table has its dimensions after those of the indices.
// CHECK-LABEL: func.func @rows(
// CHECK:      %0 = ten.build [5] (%1) : tensor<5x3xf64> {
// CHECK-NEXT:   %e = ten.index %m[%1] : tensor<5x3xf64> -> tensor<3xf64>
// CHECK-NEXT:   %s = math.exp %e : tensor<3xf64>
// CHECK-NEXT:   ten.yield %s : tensor<3xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %t = sharing.let %0 : tensor<5x3xf64>
// CHECK-NEXT: %a = ten.build [5] (%i) : tensor<5x3xf64> {
// CHECK-NEXT:   %t_1 = ten.index %t[%i] : tensor<5x3xf64> -> tensor<3xf64>
// CHECK-NEXT:   ten.yield %t_1 : tensor<3xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %t_2 = ten.index %t[%j] : tensor<5x3xf64> -> tensor<3xf64>
// CHECK-NEXT:   %u = ten.sum %t_2 dims [0] : tensor<3xf64> -> f64
// CHECK-NEXT:   ten.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5x3xf64>, tensor<5xf64>
func.func @rows(%m: tensor<5x3xf64>) -> (tensor<5x3xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5x3xf64> {
    %e = ten.index %m[%i] : tensor<5x3xf64> -> tensor<3xf64>
    %s = math.exp %e : tensor<3xf64>
    %t = sharing.share %s {stamp = 1} [%i] : tensor<3xf64>
    ten.yield %t : tensor<3xf64>
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %m[%j] : tensor<5x3xf64> -> tensor<3xf64>
    %s = math.exp %e : tensor<3xf64>
    %t = sharing.share %s {stamp = 1} [%j] : tensor<3xf64>
    %u = ten.sum %t dims [0] : tensor<3xf64> -> f64
    ten.yield %u : f64
  }
  func.return %a, %b : tensor<5x3xf64>, tensor<5xf64>
}

// In the same branch of two conditionals on one condition: the first gives the table out for the second.
// CHECK-LABEL: func.func @one_condition(
// CHECK:      %a, %t = scf.if %c -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:   %0 = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:   scf.yield %x, %0 : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT: } else {
// CHECK-NEXT:   %1 = ten.build [5] (%2) : tensor<5xf64> {
// CHECK-NEXT:     %e = ten.index %x[%2] : tensor<5xf64> -> f64
// CHECK-NEXT:     %s = math.exp %e : f64
// CHECK-NEXT:     ten.yield %s : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %t_1 = sharing.let %1 : tensor<5xf64>
// CHECK-NEXT:   %r = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:     %t_2 = ten.index %t_1[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:     ten.yield %t_2 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield %r, %t_1 : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %b = scf.if %c -> (f64) {
// CHECK-NEXT:   %z = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   scf.yield %z : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %r_1 = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:     %t_3 = ten.index %t[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:     %q = math.sqrt %t_3 : f64
// CHECK-NEXT:     ten.yield %q : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %u = ten.sum %r_1 dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:   scf.yield %u : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, f64
func.func @one_condition(%x: tensor<5xf64>, %c: i1) -> (tensor<5xf64>, f64) {
  %a = scf.if %c -> (tensor<5xf64>) {
    scf.yield %x : tensor<5xf64>
  } else {
    %r = ten.build [5] (%i) : tensor<5xf64> {
      %e = ten.index %x[%i] : tensor<5xf64> -> f64
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%i] : f64
      ten.yield %t : f64
    }
    scf.yield %r : tensor<5xf64>
  }
  %b = scf.if %c -> (f64) {
    %z = arith.constant 0.0 : f64
    scf.yield %z : f64
  } else {
    %r = ten.build [5] (%j) : tensor<5xf64> {
      %e = ten.index %x[%j] : tensor<5xf64> -> f64
      %s = math.exp %e : f64
      %t = sharing.share %s {stamp = 1} [%j] : f64
      %q = math.sqrt %t : f64
      ten.yield %q : f64
    }
    %u = ten.sum %r dims [0] : tensor<5xf64> -> f64
    scf.yield %u : f64
  }
  func.return %a, %b : tensor<5xf64>, f64
}

// In different branches of them it stays: only one is taken.
// CHECK-LABEL: func.func @different_branches_stay(
// CHECK:      %a = scf.if %c -> (f64) {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = scf.if %c -> (f64) {
// CHECK-NEXT:   %s_1 = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s_1 : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @different_branches_stay(%x: f64, %c: i1) -> (f64, f64) {
  %a = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  }
  %b = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  } else {
    scf.yield %x : f64
  }
  func.return %a, %b : f64, f64
}
