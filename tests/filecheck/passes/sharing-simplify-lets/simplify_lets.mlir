// RUN: letgrad-opt %s -p sharing-simplify-lets --verify-sharing | filecheck %s

// UnusedLet
// CHECK-LABEL: func.func @unused_let(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: func.return %x : f64
func.func @unused_let(%x: f64) -> f64 {
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  func.return %x : f64
}

// LetOfVariable: an argument has a name already; so has a let, and a constant.
// CHECK-LABEL: func.func @let_of_variable(
// CHECK:      %c = arith.constant 2.500000e+00 : f64
// CHECK-NEXT: %a = arith.addf %x, %x : f64
// CHECK-NEXT: %b = arith.addf %c, %c : f64
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @let_of_variable(%x: f64) -> (f64, f64) {
  %c = arith.constant 2.5 : f64
  %y = sharing.let %x : f64
  %z = sharing.let %c : f64
  %a = arith.addf %y, %y : f64
  %b = arith.addf %z, %z : f64
  func.return %a, %b : f64, f64
}

// LetUsedOnce
// CHECK-LABEL: func.func @let_used_once(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %b = math.sin %a : f64
// CHECK-NEXT: func.return %b : f64
func.func @let_used_once(%x: f64) -> f64 {
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  %b = math.sin %y : f64
  func.return %b : f64
}

// The derivative of this scan keeps the value, so the let stays.
// CHECK-LABEL: func.func @let_of_a_scan_that_keeps_lets_stays(
// CHECK:      %a = math.exp %h : f64
// CHECK-NEXT: %y = sharing.let %a : f64
// CHECK-NEXT: %b = math.sin %y : f64
func.func @let_of_a_scan_that_keeps_lets_stays(%x: f64) -> f64 {
  %c = ten.scan [1] (%h = %x : f64) {checkpoint = 1 : i64, keep = "lets"} -> (f64) {
    %a = math.exp %h : f64
    %y = sharing.let %a : f64
    %b = math.sin %y : f64
    ten.yield %b : f64
  }
  func.return %c : f64
}

// CHECK-LABEL: func.func @let_used_twice_stays(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %y = sharing.let %a : f64
// CHECK-NEXT: %b = arith.mulf %y, %y : f64
// CHECK-NEXT: func.return %b : f64
func.func @let_used_twice_stays(%x: f64) -> f64 {
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  %b = arith.mulf %y, %y : f64
  func.return %b : f64
}

// One use that runs five times is five.
// CHECK-LABEL: func.func @let_used_in_a_region_stays(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %y = sharing.let %a : f64
// CHECK-NEXT: %b = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %v[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %p = arith.mulf %y, %e : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %b : tensor<5xf64>
func.func @let_used_in_a_region_stays(%x: f64, %v: tensor<5xf64>) -> tensor<5xf64> {
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %y, %e : f64
    ten.yield %p : f64
  }
  func.return %b : tensor<5xf64>
}

// In a region that runs once it is one; in a loop of unknown length it is several.
// CHECK-LABEL: func.func @trip_counts(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %b = ten.build [1] (%i) : tensor<1xf64> {
// CHECK-NEXT:   %p = arith.mulf %a, %x : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: %c = math.sin %x : f64
// CHECK-NEXT: %z = sharing.let %c : f64
// CHECK-NEXT: %c0 = arith.constant 0 : index
// CHECK-NEXT: %c1 = arith.constant 1 : index
// CHECK-NEXT: %d = scf.for %i_1 = %c0 to %n step %c1 iter_args(%acc = %x) -> (f64) {
// CHECK-NEXT:   %p_1 = arith.mulf %z, %acc : f64
// CHECK-NEXT:   scf.yield %p_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %b, %d : tensor<1xf64>, f64
func.func @trip_counts(%x: f64, %n: index) -> (tensor<1xf64>, f64) {
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  %b = ten.build [1] (%i) : tensor<1xf64> {
    %p = arith.mulf %y, %x : f64
    ten.yield %p : f64
  }
  %c = math.sin %x : f64
  %z = sharing.let %c : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> (f64) {
    %p = arith.mulf %z, %acc : f64
    scf.yield %p : f64
  }
  func.return %b, %d : tensor<1xf64>, f64
}

// Within the region that it is bound in, a let with one use is used once.
// CHECK-LABEL: func.func @let_in_a_region(
// CHECK:      %b = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %v[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %a = math.exp %e : f64
// CHECK-NEXT:   %p = math.sin %a : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %b : tensor<5xf64>
func.func @let_in_a_region(%v: tensor<5xf64>) -> tensor<5xf64> {
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %a = math.exp %e : f64
    %y = sharing.let %a : f64
    %p = math.sin %y : f64
    ten.yield %p : f64
  }
  func.return %b : tensor<5xf64>
}

// A use in a view is as many as the view has.
// CHECK-LABEL: func.func @let_used_through_a_view_stays(
// CHECK:      %a = math.exp %x : tensor<5xf64>
// CHECK-NEXT: %y = sharing.let %a : tensor<5xf64>
// CHECK-NEXT: %r = ten.reverse %y dims [0] : tensor<5xf64>
// CHECK-NEXT: %b = arith.mulf %r, %r : tensor<5xf64>
// CHECK-NEXT: func.return %b : tensor<5xf64>
func.func @let_used_through_a_view_stays(%x: tensor<5xf64>) -> tensor<5xf64> {
  %a = math.exp %x : tensor<5xf64>
  %y = sharing.let %a : tensor<5xf64>
  %r = ten.reverse %y dims [0] : tensor<5xf64>
  %b = arith.mulf %r, %r : tensor<5xf64>
  func.return %b : tensor<5xf64>
}

// LetOfCheap: what is kept is that of which the broadcast is made.
// CHECK-LABEL: func.func @let_of_cheap(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %a_1 = sharing.let %a : f64
// CHECK-NEXT: %w = ten.broadcast %a_1 dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT: %b = arith.mulf %w, %w : tensor<5xf64>
// CHECK-NEXT: func.return %b : tensor<5xf64>
func.func @let_of_cheap(%x: f64) -> tensor<5xf64> {
  %a = math.exp %x : f64
  %w = ten.broadcast %a dims [0] : f64 -> tensor<5xf64>
  %y = sharing.let %w : tensor<5xf64>
  %b = arith.mulf %y, %y : tensor<5xf64>
  func.return %b : tensor<5xf64>
}

// Index arithmetic of an argument needs no let.
// CHECK-LABEL: func.func @let_of_index_arithmetic(
// CHECK:      %n = arith.addi %k, %k : index
// CHECK-NEXT: %a = ten.index %v[%n] : tensor<5xf64> -> f64
// CHECK-NEXT: %m = arith.muli %n, %k : index
// CHECK-NEXT: %b = ten.index %v[%m] : tensor<5xf64> -> f64
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @let_of_index_arithmetic(%k: index, %v: tensor<5xf64>) -> (f64, f64) {
  %n = arith.addi %k, %k : index
  %y = sharing.let %n : index
  %a = ten.index %v[%y] : tensor<5xf64> -> f64
  %m = arith.muli %y, %k : index
  %b = ten.index %v[%m] : tensor<5xf64> -> f64
  func.return %a, %b : f64, f64
}

// Seventeen ops of it are computed once.
// CHECK-LABEL: func.func @let_of_much_index_arithmetic_stays(
// CHECK:      %0 = arith.addi %k, %k : index
// CHECK-NEXT: %1 = arith.muli %0, %k : index
// CHECK-NEXT: %2 = arith.addi %1, %k : index
// CHECK-NEXT: %3 = arith.muli %2, %k : index
// CHECK-NEXT: %4 = arith.addi %3, %k : index
// CHECK-NEXT: %5 = arith.muli %4, %k : index
// CHECK-NEXT: %6 = arith.addi %5, %k : index
// CHECK-NEXT: %7 = arith.muli %6, %k : index
// CHECK-NEXT: %8 = arith.addi %7, %k : index
// CHECK-NEXT: %9 = arith.muli %8, %k : index
// CHECK-NEXT: %10 = arith.addi %9, %k : index
// CHECK-NEXT: %11 = arith.muli %10, %k : index
// CHECK-NEXT: %12 = arith.addi %11, %k : index
// CHECK-NEXT: %13 = arith.muli %12, %k : index
// CHECK-NEXT: %14 = arith.addi %13, %k : index
// CHECK-NEXT: %15 = arith.muli %14, %k : index
// CHECK-NEXT: %16 = arith.addi %15, %k : index
// CHECK-NEXT: %y = sharing.let %16 : index
// CHECK-NEXT: %a = ten.index %v[%y] : tensor<5xf64> -> f64
// CHECK-NEXT: %m = arith.muli %y, %k : index
// CHECK-NEXT: %b = ten.index %v[%m] : tensor<5xf64> -> f64
// CHECK-NEXT: func.return %a, %b : f64, f64
func.func @let_of_much_index_arithmetic_stays(%k: index, %v: tensor<5xf64>) -> (f64, f64) {
  %1 = arith.addi %k, %k : index
  %2 = arith.muli %1, %k : index
  %3 = arith.addi %2, %k : index
  %4 = arith.muli %3, %k : index
  %5 = arith.addi %4, %k : index
  %6 = arith.muli %5, %k : index
  %7 = arith.addi %6, %k : index
  %8 = arith.muli %7, %k : index
  %9 = arith.addi %8, %k : index
  %10 = arith.muli %9, %k : index
  %11 = arith.addi %10, %k : index
  %12 = arith.muli %11, %k : index
  %13 = arith.addi %12, %k : index
  %14 = arith.muli %13, %k : index
  %15 = arith.addi %14, %k : index
  %16 = arith.muli %15, %k : index
  %17 = arith.addi %16, %k : index
  %y = sharing.let %17 : index
  %a = ten.index %v[%y] : tensor<5xf64> -> f64
  %m = arith.muli %y, %k : index
  %b = ten.index %v[%m] : tensor<5xf64> -> f64
  func.return %a, %b : f64, f64
}

// LetOfStack: a let per element, which is read as often as the stack.
// CHECK-LABEL: func.func @let_of_stack(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %a_1 = sharing.let %a : f64
// CHECK-NEXT: %b = math.sin %y : f64
// CHECK-NEXT: %b_1 = sharing.let %b : f64
// CHECK-NEXT: %s = ten.stack %a_1, %b_1 : f64 -> tensor<2xf64>
// CHECK-NEXT: %c0 = arith.constant 0 : index
// CHECK-NEXT: %p = ten.index %s[%c0] : tensor<2xf64> -> f64
// CHECK-NEXT: %q = ten.index %s[%c0] : tensor<2xf64> -> f64
// CHECK-NEXT: %r = arith.mulf %p, %q : f64
// CHECK-NEXT: func.return %r : f64
func.func @let_of_stack(%x: f64, %y: f64) -> f64 {
  %a = math.exp %x : f64
  %b = math.sin %y : f64
  %s = ten.stack %a, %b : f64 -> tensor<2xf64>
  %t = sharing.let %s : tensor<2xf64>
  %c0 = arith.constant 0 : index
  %p = ten.index %t[%c0] : tensor<2xf64> -> f64
  %q = ten.index %t[%c0] : tensor<2xf64> -> f64
  %r = arith.mulf %p, %q : f64
  func.return %r : f64
}

// A let that states a decision stays, as somebody wrote it there.
// CHECK-LABEL: func.func @decision_stays(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %y = sharing.let %a {decision = "store"} : f64
// CHECK-NEXT: %b = math.sin %y : f64
// CHECK-NEXT: func.return %b : f64
func.func @decision_stays(%x: f64) -> f64 {
  %a = math.exp %x : f64
  %y = sharing.let %a {decision = "store"} : f64
  %b = math.sin %y : f64
  func.return %b : f64
}
