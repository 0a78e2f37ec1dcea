// RUN: letgrad-opt %s -p ten-raise-rows --split-input-file --check-semantics --verify-sharing | filecheck %s
// RUN: letgrad-opt %s -p ten-raise-rows{free=true} --split-input-file --check-semantics --verify-sharing | filecheck %s --check-prefix=FREE

// A step writes one element of a column. The loop gives the column, and another column is read before the loop.
// CHECK-LABEL: func.func @column(
// CHECK:         [[V:%.*]] = ten.scan [5] () over ({{.*}}) -> (tensor<5xf64>) {
// CHECK-NOT:       ten.update
// CHECK:         }
// CHECK:         [[B:%.*]] = ten.reshape [[V]] : tensor<5xf64> -> tensor<1x5xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.transpose [[B]] perm [1, 0] : tensor<1x5xf64> -> tensor<5x1xf64>
// CHECK-NEXT:    ten.update %a[%{{.*}}, %k] [[C]] strides [1, 1] : tensor<5x7xf64>, tensor<5x1xf64> -> tensor<5x7xf64>
func.func @column(%a: tensor<5x7xf64>, %k: index) -> tensor<5x7xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %r = ten.scan [5] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<5x7xf64>) {
    %j = arith.index_cast %i : i64 to index
    %h = ten.index %x[%j, %k] : tensor<5x7xf64> -> f64
    %v = arith.mulf %h, %h : f64
    %w = ten.reshape %v : f64 -> tensor<1x1xf64>
    %u = ten.update %x[%j, %k] %w strides [1, 1] : tensor<5x7xf64>, tensor<1x1xf64> -> tensor<5x7xf64>
    ten.yield %u : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// Elements 3 - k and later, of which there are k + 2: all 6 elements are computed, and those that the loop does not reach
// stay. The loop takes at most three turns.
// CHECK-LABEL: func.func @all_rows(
// CHECK:         ten.scan [4] (%x = %a : tensor<6xf64>)
// CHECK:           [[N:%.*]] = arith.minsi %n, %{{.*}} : index
// CHECK:           [[END:%.*]] = arith.addi [[C:%.*]], [[N]] : index
// CHECK:           [[V:%.*]] = ten.scan [6] () over ([[J:%.*]] = %{{.*}} : tensor<6xindex>, {{.*}}) -> (tensor<6xf64>) {
// CHECK:             [[A:%.*]] = arith.cmpi sle, [[C]], [[J]] : index
// CHECK-NEXT:        [[B:%.*]] = arith.cmpi slt, [[J]], [[END]] : index
// CHECK-NEXT:        [[M:%.*]] = arith.andi [[A]], [[B]] : i1
// CHECK:             [[S:%.*]] = arith.mulf [[H:%.*]], [[H]] : f64
// CHECK:             arith.select [[M]], [[S]], %{{.*}} : f64
// FREE-LABEL: func.func @all_rows(
// FREE:          ten.scan [6] () over
func.func @all_rows(%a: tensor<6xf64>) -> tensor<6xf64> {
  %ks = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %is = arith.constant dense<[0, 1, 2]> : tensor<3xi64>
  %three = arith.constant 3 : i64
  %two = arith.constant 2 : i64
  %r = ten.scan [4] (%x = %a : tensor<6xf64>) over (%k = %ks : tensor<4xi64>) -> (tensor<6xf64>) {
    %first = arith.subi %three, %k : i64
    %m = arith.addi %k, %two : i64
    %n = arith.index_cast %m : i64 to index
    %s = ten.scan [3] turns %n (%y = %x : tensor<6xf64>) over (%i = %is : tensor<3xi64>) -> (tensor<6xf64>) {
      %p = arith.addi %first, %i : i64
      %q = arith.index_cast %p : i64 to index
      %h = ten.index %y[%q] : tensor<6xf64> -> f64
      %v = arith.mulf %h, %h : f64
      %w = ten.reshape %v : f64 -> tensor<1xf64>
      %u = ten.update %y[%q] %w strides [1] : tensor<6xf64>, tensor<1xf64> -> tensor<6xf64>
      ten.yield %u : tensor<6xf64>
    }
    ten.yield %s : tensor<6xf64>
  }
  func.return %r : tensor<6xf64>
}

// -----

// In a column, the elements are apart from each other: all columns together are better, also without a derivative.
// CHECK-LABEL: func.func @all_columns(
// CHECK:         ten.scan [7] () over
// CHECK-NOT:     ten.update
// FREE-LABEL: func.func @all_columns(
// FREE:          ten.scan [7] () over
func.func @all_columns(%a: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %ks = ten.iota dim 0 : tensor<8xindex>
  %is = ten.iota dim 0 : tensor<7xindex>
  %z = arith.constant 0 : index
  %r = ten.scan [8] (%x = %a : tensor<5x7xf64>) over (%k = %ks : tensor<8xindex>) -> (tensor<5x7xf64>) {
    %s = ten.scan [7] turns %k (%y = %x : tensor<5x7xf64>) over (%i = %is : tensor<7xindex>) -> (tensor<5x7xf64>) {
      %h = ten.index %y[%z, %i] : tensor<5x7xf64> -> f64
      %v = arith.mulf %h, %h : f64
      %w = ten.broadcast %v dims [0, 1] : f64 -> tensor<5x1xf64>
      %u = ten.update %y[%z, %i] %w strides [1, 1] : tensor<5x7xf64>, tensor<5x1xf64> -> tensor<5x7xf64>
      ten.yield %u : tensor<5x7xf64>
    }
    ten.yield %s : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// A row is a vector in memory: without a derivative, the loop with its own turns is as good.
// CHECK-LABEL: func.func @all_vectors(
// CHECK:         ten.scan [7] () over
// FREE-LABEL: func.func @all_vectors(
// FREE:          ten.scan [7] turns
func.func @all_vectors(%a: tensor<7x5xf64>) -> tensor<7x5xf64> {
  %ks = ten.iota dim 0 : tensor<8xindex>
  %is = ten.iota dim 0 : tensor<7xindex>
  %z = arith.constant 0 : index
  %r = ten.scan [8] (%x = %a : tensor<7x5xf64>) over (%k = %ks : tensor<8xindex>) -> (tensor<7x5xf64>) {
    %s = ten.scan [7] turns %k (%y = %x : tensor<7x5xf64>) over (%i = %is : tensor<7xindex>) -> (tensor<7x5xf64>) {
      %h = ten.index %y[%i] : tensor<7x5xf64> -> tensor<5xf64>
      %v = arith.mulf %h, %h : tensor<5xf64>
      %w = ten.reshape %v : tensor<5xf64> -> tensor<1x5xf64>
      %u = ten.update %y[%i, %z] %w strides [1, 1] : tensor<7x5xf64>, tensor<1x5xf64> -> tensor<7x5xf64>
      ten.yield %u : tensor<7x5xf64>
    }
    ten.yield %s : tensor<7x5xf64>
  }
  func.return %r : tensor<7x5xf64>
}

// -----

// The loop reaches at most 2 of 9 elements: to compute all of them would be work for nothing.
// CHECK-LABEL: func.func @few_rows_stay(
// CHECK:         ten.scan [2] turns
// CHECK:           ten.update
func.func @few_rows_stay(%a: tensor<9xf64>) -> tensor<9xf64> {
  %ks = ten.iota dim 0 : tensor<3xindex>
  %is = ten.iota dim 0 : tensor<2xindex>
  %r = ten.scan [3] (%x = %a : tensor<9xf64>) over (%k = %ks : tensor<3xindex>) -> (tensor<9xf64>) {
    %s = ten.scan [2] turns %k (%y = %x : tensor<9xf64>) over (%i = %is : tensor<2xindex>) -> (tensor<9xf64>) {
      %h = ten.index %y[%i] : tensor<9xf64> -> f64
      %v = math.sin %h : f64
      %w = ten.reshape %v : f64 -> tensor<1xf64>
      %u = ten.update %y[%i] %w strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
      ten.yield %u : tensor<9xf64>
    }
    ten.yield %s : tensor<9xf64>
  }
  func.return %r : tensor<9xf64>
}

// -----

// Sines of the elements that the loop does not reach would be work for nothing.
// CHECK-LABEL: func.func @costly_rows_stay(
// CHECK:         ten.scan [8] turns
// CHECK:           ten.update
func.func @costly_rows_stay(%a: tensor<8xf64>) -> tensor<8xf64> {
  %ks = ten.iota dim 0 : tensor<8xindex>
  %r = ten.scan [8] (%x = %a : tensor<8xf64>) over (%k = %ks : tensor<8xindex>) -> (tensor<8xf64>) {
    %s = ten.scan [8] turns %k (%y = %x : tensor<8xf64>) over (%i = %ks : tensor<8xindex>) -> (tensor<8xf64>) {
      %h = ten.index %y[%i] : tensor<8xf64> -> f64
      %v = math.sin %h : f64
      %w = ten.reshape %v : f64 -> tensor<1xf64>
      %u = ten.update %y[%i] %w strides [1] : tensor<8xf64>, tensor<1xf64> -> tensor<8xf64>
      ten.yield %u : tensor<8xf64>
    }
    ten.yield %s : tensor<8xf64>
  }
  func.return %r : tensor<8xf64>
}

// -----

// Nothing is known about %n: it may be 1.
// CHECK-LABEL: func.func @unknown_turns_stay(
// CHECK:         ten.scan [6] turns
func.func @unknown_turns_stay(%a: tensor<6xf64>, %n: index) -> tensor<6xf64> {
  %is = ten.iota dim 0 : tensor<6xindex>
  %s = ten.scan [6] turns %n (%y = %a : tensor<6xf64>) over (%i = %is : tensor<6xindex>) -> (tensor<6xf64>) {
    %h = ten.index %y[%i] : tensor<6xf64> -> f64
    %v = math.sin %h : f64
    %w = ten.reshape %v : f64 -> tensor<1xf64>
    %u = ten.update %y[%i] %w strides [1] : tensor<6xf64>, tensor<1xf64> -> tensor<6xf64>
    ten.yield %u : tensor<6xf64>
  }
  func.return %s : tensor<6xf64>
}

// -----

// Row k writes elements k to 5, and reads element j < k of the loop inside: no other step of the loop around it writes
// that element.
// CHECK-LABEL: func.func @reads_before_the_row(
// CHECK:         ten.scan [6] (%x = %a
// CHECK:           ten.scan [3] () over
// CHECK-NOT:         ten.update
// CHECK:             ten.scan [6] turns %k
// CHECK:               ten.index %x[%j, %q]
func.func @reads_before_the_row(%a: tensor<6x3xf64>) -> tensor<6x3xf64> {
  %ks = ten.iota dim 0 : tensor<6xindex>
  %qs = ten.iota dim 0 : tensor<3xindex>
  %z = arith.constant 0.0 : f64
  %r = ten.scan [6] (%x = %a : tensor<6x3xf64>) over (%k = %ks : tensor<6xindex>) -> (tensor<6x3xf64>) {
    %s = ten.scan [3] (%y = %x : tensor<6x3xf64>) over (%q = %qs : tensor<3xindex>) -> (tensor<6x3xf64>) {
      %t = ten.scan [6] turns %k (%c = %z : f64) over (%j = %ks : tensor<6xindex>) -> (f64) {
        %h = ten.index %y[%j, %q] : tensor<6x3xf64> -> f64
        %d = arith.addf %c, %h : f64
        ten.yield %d : f64
      }
      %w = ten.reshape %t : f64 -> tensor<1x1xf64>
      %u = ten.update %y[%k, %q] %w strides [1, 1] : tensor<6x3xf64>, tensor<1x1xf64> -> tensor<6x3xf64>
      ten.yield %u : tensor<6x3xf64>
    }
    ten.yield %s : tensor<6x3xf64>
  }
  func.return %r : tensor<6x3xf64>
}

// -----

// Here the loop inside has one more turn, and reads what the step before has written.
// CHECK-LABEL: func.func @reads_of_the_row_stay(
// CHECK:         ten.scan [3] (%y = %x
// CHECK:           ten.update
func.func @reads_of_the_row_stay(%a: tensor<6x3xf64>) -> tensor<6x3xf64> {
  %ks = ten.iota dim 0 : tensor<6xindex>
  %qs = ten.iota dim 0 : tensor<3xindex>
  %z = arith.constant 0.0 : f64
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %r = ten.scan [6] (%x = %a : tensor<6x3xf64>) over (%k = %ks : tensor<6xindex>) -> (tensor<6x3xf64>) {
    %m = arith.addi %k, %one : index
    %s = ten.scan [3] (%y = %x : tensor<6x3xf64>) over (%q = %qs : tensor<3xindex>) -> (tensor<6x3xf64>) {
      %t = ten.scan [6] turns %m (%c = %z : f64) over (%j = %ks : tensor<6xindex>) -> (f64) {
        %h = ten.index %y[%j, %two] : tensor<6x3xf64> -> f64
        %d = arith.addf %c, %h : f64
        ten.yield %d : f64
      }
      %w = ten.reshape %t : f64 -> tensor<1x1xf64>
      %u = ten.update %y[%k, %q] %w strides [1, 1] : tensor<6x3xf64>, tensor<1x1xf64> -> tensor<6x3xf64>
      ten.yield %u : tensor<6x3xf64>
    }
    ten.yield %s : tensor<6x3xf64>
  }
  func.return %r : tensor<6x3xf64>
}

// -----

// Columns of %a are rows of its transpose, which is made once. An array that a loop around this one carries would be
// transposed in each step.
// CHECK-LABEL: func.func @column_read(
// CHECK-NEXT:    [[T:%.*]] = ten.transpose %a perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
// CHECK:         ten.scan [7]
// CHECK-SAME:      = [[T]] : tensor<7x5xf64>
// CHECK:           ten.scan [5]
// CHECK-NOT:         ten.index %a
// FREE-LABEL: func.func @column_read(
// FREE:          ten.index %a
func.func @column_read(%a: tensor<5x7xf64>, %c: f64) -> f64 {
  %ks = ten.iota dim 0 : tensor<7xindex>
  %is = ten.iota dim 0 : tensor<5xindex>
  %r = ten.scan [7] (%x = %c : f64) over (%k = %ks : tensor<7xindex>) -> (f64) {
    %s = ten.scan [5] (%y = %x : f64) over (%i = %is : tensor<5xindex>) -> (f64) {
      %h = ten.index %a[%i, %k] : tensor<5x7xf64> -> f64
      %v = arith.mulf %h, %y : f64
      ten.yield %v : f64
    }
    ten.yield %s : f64
  }
  func.return %r : f64
}

// -----

// A column is read as a row of the transpose: the column that the step replaces, and one that no step has replaced.
// CHECK-LABEL: func.func @turned_reads(
// CHECK:         [[T:%.*]] = ten.transpose %a perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
// CHECK:         ten.scan [6] () over
// CHECK-NOT:       ten.transpose
// CHECK:           ten.yield
func.func @turned_reads(%a: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %is = ten.iota dim 0 : tensor<6xindex>
  %z = arith.constant 0 : index
  %six = arith.constant 6 : index
  %r = ten.scan [6] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<6xindex>) -> (tensor<5x7xf64>) {
    %t = ten.transpose %x perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
    %h = ten.index %t[%i] : tensor<7x5xf64> -> tensor<5xf64>
    %g = ten.index %t[%six] : tensor<7x5xf64> -> tensor<5xf64>
    %v = arith.mulf %h, %g : tensor<5xf64>
    %w = ten.reshape %v : tensor<5xf64> -> tensor<5x1xf64>
    %u = ten.update %x[%z, %i] %w strides [1, 1] : tensor<5x7xf64>, tensor<5x1xf64> -> tensor<5x7xf64>
    ten.yield %u : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// A step reads the column that the step before replaced, as a row of the transpose: the loop carries it.
// CHECK-LABEL: func.func @turned_read_of_the_step_before(
// CHECK:         ten.scan [6] ([[H:%.*]] = %{{.*}} : tensor<5xf64>)
// CHECK-NOT:       ten.transpose
// CHECK:           arith.mulf [[H]], [[H]] : tensor<5xf64>
func.func @turned_read_of_the_step_before(%a: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %is = ten.iota dim 0 : tensor<6xindex>
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = ten.scan [6] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<6xindex>) -> (tensor<5x7xf64>) {
    %t = ten.transpose %x perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
    %h = ten.index %t[%i] : tensor<7x5xf64> -> tensor<5xf64>
    %v = arith.mulf %h, %h : tensor<5xf64>
    %w = ten.reshape %v : tensor<5xf64> -> tensor<5x1xf64>
    %j = arith.addi %i, %one : index
    %u = ten.update %x[%z, %j] %w strides [1, 1] : tensor<5x7xf64>, tensor<5x1xf64> -> tensor<5x7xf64>
    ten.yield %u : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// Each step reads all columns.
// CHECK-LABEL: func.func @turned_use_stays(
// CHECK:         ten.scan [6] (%x = %a : tensor<5x7xf64>)
func.func @turned_use_stays(%a: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %is = ten.iota dim 0 : tensor<6xindex>
  %z = arith.constant 0 : index
  %r = ten.scan [6] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<6xindex>) -> (tensor<5x7xf64>) {
    %t = ten.transpose %x perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
    %v = ten.sum %t dims [0] : tensor<7x5xf64> -> tensor<5xf64>
    %w = ten.reshape %v : tensor<5xf64> -> tensor<5x1xf64>
    %u = ten.update %x[%z, %i] %w strides [1, 1] : tensor<5x7xf64>, tensor<5x1xf64> -> tensor<5x7xf64>
    ten.yield %u : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}
