// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// Comparisons that the bounds of integers decide. An index that is data counts from the end where it is negative; an index that
// cannot be negative pays nothing for that.

// CHECK-LABEL: func.func @compare_of_bounds(
// CHECK-NEXT:    [[T:%.*]] = arith.constant true
// CHECK-NEXT:    [[F:%.*]] = arith.constant false
// CHECK-NEXT:    [[V:%.*]] = arith.constant dense<true> : tensor<5xi1>
// CHECK-NEXT:    func.return [[T]], [[F]], [[V]] : i1, i1, tensor<5xi1>
func.func @compare_of_bounds(%x: tensor<7xf64>) -> (i1, i1, tensor<5xi1>) {
  %p = ten.argmax %x dim 0 : tensor<7xf64> -> i64
  %n = arith.constant 7 : i64
  %z = arith.constant 0 : i64
  %i = ten.iota dim 0 : tensor<5xi32>
  %v = arith.constant dense<5> : tensor<5xi32>
  %a = arith.cmpi slt, %p, %n : i64
  %b = arith.cmpi slt, %p, %z : i64
  %c = ten.compare ult, %i, %v : tensor<5xi32>
  func.return %a, %b, %c : i1, i1, tensor<5xi1>
}

// The position may be 6; %k may be anything; a negative number is large without its sign; floats may be NaN.
// CHECK-LABEL: func.func @compare_of_bounds_undecided_stays(
// CHECK:         arith.cmpi slt, %p, %n : i64
// CHECK:         arith.cmpi slt, %k, %z : i64
// CHECK:         arith.cmpi ult, %k, %n : i64
// CHECK:         ten.compare olt, %x, %x : tensor<7xf64>
func.func @compare_of_bounds_undecided_stays(%x: tensor<7xf64>, %k: i64) -> (i1, i1, i1, tensor<7xi1>) {
  %p = ten.argmax %x dim 0 : tensor<7xf64> -> i64
  %n = arith.constant 6 : i64
  %z = arith.constant 0 : i64
  %a = arith.cmpi slt, %p, %n : i64
  %b = arith.cmpi slt, %k, %z : i64
  %c = arith.cmpi ult, %k, %n : i64
  %d = ten.compare olt, %x, %x : tensor<7xf64>
  func.return %a, %b, %c, %d : i1, i1, i1, tensor<7xi1>
}

// The sum wraps: 127 + 1 is -128.
// CHECK-LABEL: func.func @compare_of_bounds_that_wrap_stays(
// CHECK:         arith.cmpi slt, %s, %z : i8
func.func @compare_of_bounds_that_wrap_stays(%k: i8) -> i1 {
  %z = arith.constant 0 : i8
  %o = arith.constant 1 : i8
  %p = arith.maxsi %k, %z : i8
  %s = arith.addi %p, %o : i8
  %a = arith.cmpi slt, %s, %z : i8
  func.return %a : i1
}

// t[i % 4]: the remainder is not negative.
// CHECK-LABEL: func.func @index_of_remainder(
// CHECK:         ten.gather
// CHECK-NEXT:      ten.index
// CHECK-NEXT:      arith.index_cast
// CHECK-NEXT:      ten.yield
func.func @index_of_remainder(%t: tensor<4xf64>, %i: tensor<6xi64>) -> tensor<6xf64> {
  %k = arith.constant dense<4> : tensor<6xi64>
  %n = arith.constant 4 : index
  %z = arith.constant 0 : index
  %q = arith.floordivsi %i, %k : tensor<6xi64>
  %m = arith.muli %q, %k : tensor<6xi64>
  %r = arith.subi %i, %m : tensor<6xi64>
  %y = ten.gather [6] %t (%j) : tensor<4xf64> -> tensor<6xf64> {
    %e = ten.index %r[%j] : tensor<6xi64> -> i64
    %c = arith.index_cast %e : i64 to index
    %s = arith.addi %c, %n : index
    %b = arith.cmpi slt, %c, %z : index
    %w = arith.select %b, %s, %c : index
    ten.yield %w : index
  }
  func.return %y : tensor<6xf64>
}

// t[i]: i is data, and may be negative.
// CHECK-LABEL: func.func @index_of_data_stays(
// CHECK:         ten.gather
// CHECK:           arith.select
func.func @index_of_data_stays(%t: tensor<4xf64>, %i: tensor<6xi32>) -> tensor<6xf64> {
  %n = arith.constant 4 : index
  %z = arith.constant 0 : index
  %y = ten.gather [6] %t (%j) : tensor<4xf64> -> tensor<6xf64> {
    %e = ten.index %i[%j] : tensor<6xi32> -> i32
    %c = arith.index_cast %e : i32 to index
    %s = arith.addi %c, %n : index
    %b = arith.cmpi slt, %c, %z : index
    %w = arith.select %b, %s, %c : index
    ten.yield %w : index
  }
  func.return %y : tensor<6xf64>
}

// A loop over known rows, in which an index counts up to an end.
// CHECK-LABEL: func.func @index_of_a_loop(
// CHECK-NOT:     arith.select
func.func @index_of_a_loop(%t: tensor<4xf64>) -> tensor<3xf64> {
  %n = arith.constant 4 : index
  %z = arith.constant 0 : index
  %zero = arith.constant 0 : i64
  %three = arith.constant 3 : i64
  %rows = arith.constant dense<[0, 1, 2]> : tensor<3xi64>
  %r, %y = ten.scan [3] (%c = %zero : i64) over (%v = %rows : tensor<3xi64>) -> (i64, tensor<3xf64>) {
    %u = arith.addi %c, %v : i64
    %d = arith.minsi %u, %three : i64
    %i = arith.index_cast %d : i64 to index
    %s = arith.addi %i, %n : index
    %b = arith.cmpi slt, %i, %z : index
    %w = arith.select %b, %s, %i : index
    %e = ten.index %t[%w] : tensor<4xf64> -> f64
    ten.yield %d, %e : i64, f64
  }
  func.return %y : tensor<3xf64>
}

// -----

// The inner loop ends before %k: k - j - 1 is 0 or more in each of its turns.
// CHECK-LABEL: func.func @compare_in_turns(
// CHECK-NOT:     arith.cmpi
func.func @compare_in_turns(%a: tensor<6xf64>) -> f64 {
  %ks = ten.iota dim 0 : tensor<6xindex>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %six = arith.constant 6 : index
  %z = arith.constant 0.0 : f64
  %r = ten.scan [6] (%x = %z : f64) over (%k = %ks : tensor<6xindex>) -> (f64) {
    %t = ten.scan [6] turns %k (%c = %x : f64) over (%j = %ks : tensor<6xindex>) -> (f64) {
      %p = arith.subi %k, %j : index
      %q = arith.subi %p, %one : index
      %n = arith.cmpi slt, %q, %zero : index
      %w = arith.addi %q, %six : index
      %i = arith.select %n, %w, %q : index
      %h = ten.index %a[%i] : tensor<6xf64> -> f64
      %d = arith.mulf %c, %h : f64
      ten.yield %d : f64
    }
    ten.yield %t : f64
  }
  func.return %r : f64
}

// -----

// With one more turn, the index is -1 in the last one.
// CHECK-LABEL: func.func @compare_past_turns_stays(
// CHECK:         arith.cmpi slt
func.func @compare_past_turns_stays(%a: tensor<6xf64>) -> f64 {
  %ks = ten.iota dim 0 : tensor<6xindex>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %six = arith.constant 6 : index
  %z = arith.constant 0.0 : f64
  %r = ten.scan [6] (%x = %z : f64) over (%k = %ks : tensor<6xindex>) -> (f64) {
    %m = arith.addi %k, %one : index
    %t = ten.scan [6] turns %m (%c = %x : f64) over (%j = %ks : tensor<6xindex>) -> (f64) {
      %p = arith.subi %k, %j : index
      %q = arith.subi %p, %one : index
      %n = arith.cmpi slt, %q, %zero : index
      %w = arith.addi %q, %six : index
      %i = arith.select %n, %w, %q : index
      %h = ten.index %a[%i] : tensor<6xf64> -> f64
      %d = arith.mulf %c, %h : f64
      ten.yield %d : f64
    }
    ten.yield %t : f64
  }
  func.return %r : f64
}

// %n is at least 4, %k is between 1 and 3.
// CHECK-LABEL: func.func @extremum_of_bounds(
// CHECK-SAME: [[A:%[^ ,:)]+]]: i64, [[B:%[^ ,:)]+]]: i64) -> (i64, i64, i64, i64) {
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:    [[THREE:%.*]] = arith.constant 3 : i64{{$}}
// CHECK-NEXT:    [[FOUR:%.*]] = arith.constant 4 : i64{{$}}
// CHECK-NEXT:    [[N:%.*]] = arith.maxsi [[A]], [[FOUR]] : i64{{$}}
// CHECK-NEXT:    [[L:%.*]] = arith.maxsi [[B]], [[ONE]] : i64{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.minsi [[L]], [[THREE]] : i64{{$}}
// CHECK-NEXT:    func.return [[N]], [[N]], [[K]], [[K]] : i64, i64, i64, i64{{$}}
// CHECK-NEXT:  }
func.func @extremum_of_bounds(%a: i64, %b: i64) -> (i64, i64, i64, i64) {
  %one = arith.constant 1 : i64
  %three = arith.constant 3 : i64
  %four = arith.constant 4 : i64
  %n = arith.maxsi %a, %four : i64
  %l = arith.maxsi %b, %one : i64
  %k = arith.minsi %l, %three : i64
  %0 = arith.maxsi %n, %k : i64
  %1 = arith.maxsi %k, %n : i64
  %2 = arith.minsi %n, %k : i64
  %3 = arith.minsi %k, %n : i64
  func.return %0, %1, %2, %3 : i64, i64, i64, i64
}

// CHECK-LABEL: func.func @extremum_of_bounds_that_overlap_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: i64, [[B:%[^ ,:)]+]]: i64) -> (i64, i64) {
// CHECK-NEXT:    [[FOUR:%.*]] = arith.constant 4 : i64{{$}}
// CHECK-NEXT:    [[FIVE:%.*]] = arith.constant 5 : i64{{$}}
// CHECK-NEXT:    [[N:%.*]] = arith.maxsi [[A]], [[FOUR]] : i64{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.minsi [[B]], [[FIVE]] : i64{{$}}
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[N]], [[K]] : i64{{$}}
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[N]], [[K]] : i64{{$}}
// CHECK-NEXT:    func.return [[MAXSI]], [[MINSI]] : i64, i64{{$}}
// CHECK-NEXT:  }
func.func @extremum_of_bounds_that_overlap_stays(%a: i64, %b: i64) -> (i64, i64) {
  %four = arith.constant 4 : i64
  %five = arith.constant 5 : i64
  %n = arith.maxsi %a, %four : i64
  %k = arith.minsi %b, %five : i64
  %0 = arith.maxsi %n, %k : i64
  %1 = arith.minsi %n, %k : i64
  func.return %0, %1 : i64, i64
}
