// RUN: letgrad-opt %s -p sharing-stamp --verify-sharing | filecheck %s

// One term in two regions over the same sizes is one value.
// CHECK-LABEL: func.func @two_regions(
// CHECK:      %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 0} [%i] : f64
// CHECK-NEXT:   %k = arith.fptosi %s_1 : f64 to i64
// CHECK-NEXT:   %n = arith.index_cast %k : i64 to index
// CHECK-NEXT:   ten.yield %n : index
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s_2 = math.exp %e_1 : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 0} [%j] : f64
// CHECK-NEXT:   ten.yield %s_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @two_regions(%x: tensor<5xf64>, %v: tensor<7xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// Over different sizes it is not: there is no one index that both depend on.
// CHECK-LABEL: func.func @other_sizes_stay(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %s_1 = math.exp %e_1 : f64
// CHECK-NEXT:   ten.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @other_sizes_stay(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// But what depends on no index is, whatever the sizes.
// CHECK-LABEL: func.func @of_no_index(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 1} : f64
// CHECK-NEXT:   ten.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %s_2 = math.exp %x : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 1} : f64
// CHECK-NEXT:   ten.yield %s_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @of_no_index(%x: f64) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %s = math.exp %x : f64
    ten.yield %s : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %s = math.exp %x : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// The operands of a product may stand in either order; those of a quotient may not.
// CHECK-LABEL: func.func @operands_in_either_order(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %s = arith.mulf %x, %y : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 2} : f64
// CHECK-NEXT:   %t = arith.divf %x, %y : f64
// CHECK-NEXT:   %r = arith.subf %s_1, %t : f64
// CHECK-NEXT:   ten.yield %r : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %s_2 = arith.mulf %y, %x : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 2} : f64
// CHECK-NEXT:   %t_1 = arith.divf %y, %x : f64
// CHECK-NEXT:   %r_1 = arith.subf %s_3, %t_1 : f64
// CHECK-NEXT:   ten.yield %r_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @operands_in_either_order(%x: f64, %y: f64) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %s = arith.mulf %x, %y : f64
    %t = arith.divf %x, %y : f64
    %r = arith.subf %s, %t : f64
    ten.yield %r : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %s = arith.mulf %y, %x : f64
    %t = arith.divf %y, %x : f64
    %r = arith.subf %s, %t : f64
    ten.yield %r : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// Of sin (exp x) only the sine is stamped: the exponential goes into it, and nowhere else.
// CHECK-LABEL: func.func @the_whole_term(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = math.exp %x : f64
// CHECK-NEXT:   %s = math.sin %e : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 3} : f64
// CHECK-NEXT:   ten.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %e_1 = math.exp %x : f64
// CHECK-NEXT:   %s_2 = math.sin %e_1 : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 3} : f64
// CHECK-NEXT:   ten.yield %s_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @the_whole_term(%x: f64) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = math.exp %x : f64
    %s = math.sin %e : f64
    ten.yield %s : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %e = math.exp %x : f64
    %s = math.sin %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// Where the exponential goes into two values, it has a stamp of its own: else each would have its copy.
// CHECK-LABEL: func.func @a_part_of_two_terms(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = math.exp %x : f64
// CHECK-NEXT:   %e_1 = sharing.share %e {stamp = 4} : f64
// CHECK-NEXT:   %s = math.sin %e_1 : f64
// CHECK-NEXT:   %c = math.cos %e_1 : f64
// CHECK-NEXT:   %t = arith.divf %s, %c : f64
// CHECK-NEXT:   %t_1 = sharing.share %t {stamp = 5} : f64
// CHECK-NEXT:   ten.yield %t_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %e_2 = math.exp %x : f64
// CHECK-NEXT:   %e_3 = sharing.share %e_2 {stamp = 4} : f64
// CHECK-NEXT:   %s_1 = math.sin %e_3 : f64
// CHECK-NEXT:   %c_1 = math.cos %e_3 : f64
// CHECK-NEXT:   %t_2 = arith.divf %s_1, %c_1 : f64
// CHECK-NEXT:   %t_3 = sharing.share %t_2 {stamp = 5} : f64
// CHECK-NEXT:   ten.yield %t_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<3xf64>
func.func @a_part_of_two_terms(%x: f64) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = math.exp %x : f64
    %s = math.sin %e : f64
    %c = math.cos %e : f64
    %t = arith.divf %s, %c : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %e = math.exp %x : f64
    %s = math.sin %e : f64
    %c = math.cos %e : f64
    %t = arith.divf %s, %c : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// A region in a region: the stamp names all indices, those that the term depends on, outer ones first.
// CHECK-LABEL: func.func @nested(
// CHECK:      %a = ten.build [2] (%i) : tensor<2x3xf64> {
// CHECK-NEXT:   %r = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:     %e = ten.index %m[%i, %j] : tensor<2x3xf64> -> f64
// CHECK-NEXT:     %s = math.exp %e : f64
// CHECK-NEXT:     %s_1 = sharing.share %s {stamp = 6} [%i, %j] : f64
// CHECK-NEXT:     %q = math.sqrt %s_1 : f64
// CHECK-NEXT:     ten.yield %q : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   ten.yield %r : tensor<3xf64>
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [2, 3] (%k, %l) : tensor<2x3xf64> {
// CHECK-NEXT:   %e_1 = ten.index %m[%k, %l] : tensor<2x3xf64> -> f64
// CHECK-NEXT:   %s_2 = math.exp %e_1 : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 6} [%k, %l] : f64
// CHECK-NEXT:   ten.yield %s_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<2x3xf64>, tensor<2x3xf64>
func.func @nested(%m: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2x3xf64>) {
  %a = ten.build [2] (%i) : tensor<2x3xf64> {
    %r = ten.build [3] (%j) : tensor<3xf64> {
      %e = ten.index %m[%i, %j] : tensor<2x3xf64> -> f64
      %s = math.exp %e : f64
      %q = math.sqrt %s : f64
      ten.yield %q : f64
    }
    ten.yield %r : tensor<3xf64>
  }
  %b = ten.build [2, 3] (%k, %l) : tensor<2x3xf64> {
    %e = ten.index %m[%k, %l] : tensor<2x3xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<2x3xf64>, tensor<2x3xf64>
}

// A term in a region over [3] and one in the second index of [2, 3] are the same function of an index.
// CHECK-LABEL: func.func @one_index_of_two(
// CHECK:      %a = ten.build [3] (%i) : tensor<3xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<3xf64> -> f64
// CHECK-NEXT:   %s = math.exp %e : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 7} [%i] : f64
// CHECK-NEXT:   ten.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [2, 3] (%k, %l) : tensor<2x3xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%l] : tensor<3xf64> -> f64
// CHECK-NEXT:   %s_2 = math.exp %e_1 : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 7} [%l] : f64
// CHECK-NEXT:   ten.yield %s_3 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<3xf64>, tensor<2x3xf64>
func.func @one_index_of_two(%x: tensor<3xf64>) -> (tensor<3xf64>, tensor<2x3xf64>) {
  %a = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<3xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  %b = ten.build [2, 3] (%k, %l) : tensor<2x3xf64> {
    %e = ten.index %x[%l] : tensor<3xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<3xf64>, tensor<2x3xf64>
}

// Both branches of a conditional.
// CHECK-LABEL: func.func @branches(
// CHECK:      %r = scf.if %c -> (f64) {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 8} : f64
// CHECK-NEXT:   %t = arith.addf %s_1, %x : f64
// CHECK-NEXT:   scf.yield %t : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %s_2 = math.exp %x : f64
// CHECK-NEXT:   %s_3 = sharing.share %s_2 {stamp = 8} : f64
// CHECK-NEXT:   %t_1 = arith.mulf %s_3, %x : f64
// CHECK-NEXT:   scf.yield %t_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r : f64
func.func @branches(%c: i1, %x: f64) -> f64 {
  %r = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    %t = arith.addf %s, %x : f64
    scf.yield %t : f64
  } else {
    %s = math.exp %x : f64
    %t = arith.mulf %s, %x : f64
    scf.yield %t : f64
  }
  func.return %r : f64
}

// The pass `cse` takes the terms that the first one dominates.
// CHECK-LABEL: func.func @dominated_stays(
// CHECK:      %e = math.exp %x : f64
// CHECK-NEXT: %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   ten.yield %s : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %e, %b : f64, tensor<3xf64>
func.func @dominated_stays(%x: f64) -> (f64, tensor<3xf64>) {
  %e = math.exp %x : f64
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %s = math.exp %x : f64
    ten.yield %s : f64
  }
  func.return %e, %b : f64, tensor<3xf64>
}

// Not so what comes first in a region.
// CHECK-LABEL: func.func @first_in_a_region(
// CHECK:      %b = ten.build [3] (%j) : tensor<3xf64> {
// CHECK-NEXT:   %s = math.exp %x : f64
// CHECK-NEXT:   %s_1 = sharing.share %s {stamp = 9} : f64
// CHECK-NEXT:   ten.yield %s_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %e = math.exp %x : f64
// CHECK-NEXT: %e_1 = sharing.share %e {stamp = 9} : f64
// CHECK-NEXT: func.return %e_1, %b : f64, tensor<3xf64>
func.func @first_in_a_region(%x: f64) -> (f64, tensor<3xf64>) {
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %s = math.exp %x : f64
    ten.yield %s : f64
  }
  %e = math.exp %x : f64
  func.return %e, %b : f64, tensor<3xf64>
}

// Index arithmetic, reads and comparisons are computed again rather than shared.
// CHECK-LABEL: func.func @cheap_stays(
// CHECK:      %a = ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:   %n = arith.addi %i, %k : index
// CHECK-NEXT:   ten.yield %n : index
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %n_1 = arith.addi %j, %k : index
// CHECK-NEXT:   %e = ten.index %x[%n_1] : tensor<7xf64> -> f64
// CHECK-NEXT:   ten.yield %e : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @cheap_stays(%x: tensor<7xf64>, %k: index) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
    %n = arith.addi %i, %k : index
    ten.yield %n : index
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %n = arith.addi %j, %k : index
    %e = ten.index %x[%n] : tensor<7xf64> -> f64
    ten.yield %e : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// A conditional that both regions compute is shared as a whole.
// CHECK-LABEL: func.func @a_conditional(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %x[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %c = arith.cmpf olt, %e, %e : f64
// CHECK-NEXT:   %r = scf.if %c -> (f64) {
// CHECK-NEXT:     %s = math.exp %e : f64
// CHECK-NEXT:     scf.yield %s : f64
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %e : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %r_1 = sharing.share %r {stamp = 10} [%i] : f64
// CHECK-NEXT:   ten.yield %r_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = ten.build [5] (%j) : tensor<5xf64> {
// CHECK-NEXT:   %e_1 = ten.index %x[%j] : tensor<5xf64> -> f64
// CHECK-NEXT:   %c_1 = arith.cmpf olt, %e_1, %e_1 : f64
// CHECK-NEXT:   %r_2 = scf.if %c_1 -> (f64) {
// CHECK-NEXT:     %s_1 = math.exp %e_1 : f64
// CHECK-NEXT:     scf.yield %s_1 : f64
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %e_1 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %r_3 = sharing.share %r_2 {stamp = 10} [%j] : f64
// CHECK-NEXT:   %q = math.sqrt %r_3 : f64
// CHECK-NEXT:   ten.yield %q : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @a_conditional(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %c = arith.cmpf olt, %e, %e : f64
    %r = scf.if %c -> (f64) {
      %s = math.exp %e : f64
      scf.yield %s : f64
    } else {
      scf.yield %e : f64
    }
    ten.yield %r : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %x[%j] : tensor<5xf64> -> f64
    %c = arith.cmpf olt, %e, %e : f64
    %r = scf.if %c -> (f64) {
      %s = math.exp %e : f64
      scf.yield %s : f64
    } else {
      scf.yield %e : f64
    }
    %q = math.sqrt %r : f64
    ten.yield %q : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// A carried value is no index: a term of it has no other place.
// CHECK-LABEL: func.func @carried_stays(
// CHECK:      %c0 = arith.constant 0 : index
// CHECK-NEXT: %c1 = arith.constant 1 : index
// CHECK-NEXT: %a, %p = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x, %q = %x) -> (f64, f64) {
// CHECK-NEXT:   %s = math.exp %acc : f64
// CHECK-NEXT:   scf.yield %s, %s : f64, f64
// CHECK-NEXT: }
// CHECK-NEXT: %b, %t = scf.for %i_1 = %c0 to %n step %c1 iter_args(%acc_1 = %x, %q_1 = %x) -> (f64, f64) {
// CHECK-NEXT:   %s_1 = math.exp %acc_1 : f64
// CHECK-NEXT:   scf.yield %s_1, %s_1 : f64, f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @carried_stays(%x: f64, %n: index) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a, %p = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x, %q = %x) -> (f64, f64) {
    %s = math.exp %acc : f64
    scf.yield %s, %s : f64, f64
  }
  %b, %t = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x, %q = %x) -> (f64, f64) {
    %s = math.exp %acc : f64
    scf.yield %s, %s : f64, f64
  }
  func.return %a, %b : f64, f64
}
