// A loop writes its rows into the array that a nest joins them into; the nest keeps them.
// RUN: letgrad-opt %s -p kernel-place-rows,kernel-plan-buffers --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p kernel-place-rows,kernel-plan-buffers,kernel-verify-buffers --split-input-file --check-semantics

func.func private @step(%c: f64) -> (f64, f64) {
  %0 = kernel.generic [] () store [] : f64 {
    %1 = math.sin %c : f64
    kernel.yield %1 : f64
  }
  func.return %0, %0 : f64, f64
}

// CHECK-LABEL: func.func @joined(
// CHECK:         ten.scan [5] (%{{.*}}) {first_rows = array<i64: 1>, buffers = [0 : i64, "result 0"]} -> (f64, tensor<8xf64>)
// CHECK:         kernel.generic [8] (%i) store [0] {buffers = ["result"]}
// CHECK:         kernel.load %ys[%i] {in_bounds} : tensor<8xf64>
func.func @joined(%x: f64, %a: tensor<1xf64>, %b: tensor<2xf64>) -> tensor<8xf64> {
  %c, %ys = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [8] (%i) store [0] : tensor<8xf64> {
    %one = arith.constant 1 : index
    %six = arith.constant 6 : index
    %j = arith.subi %i, %one : index
    %k = arith.subi %i, %six : index
    %u = kernel.load %a[%i] : tensor<1xf64>
    %v = kernel.load %ys[%j] : tensor<5xf64>
    %w = kernel.load %b[%k] : tensor<2xf64>
    %p = arith.cmpi ult, %i, %one : index
    %q = arith.cmpi ult, %i, %six : index
    %s = arith.select %q, %v, %w : f64
    %t = arith.select %p, %u, %s : f64
    kernel.yield %t : f64
  }
  func.return %r : tensor<8xf64>
}

// -----

func.func private @step(%c: f64) -> (f64, f64) {
  %0 = kernel.generic [] () store [] : f64 {
    %1 = math.sin %c : f64
    kernel.yield %1 : f64
  }
  func.return %0, %0 : f64, f64
}

// The rows are row 2 of a matrix, which begins after 2 · 5 numbers.
// CHECK-LABEL: func.func @row_of_a_matrix(
// CHECK:         ten.scan [5] {{.*}}first_rows = array<i64: 10>{{.*}} -> (f64, tensor<3x5xf64>)
func.func @row_of_a_matrix(%x: f64, %a: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %c, %ys = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [3, 5] (%i, %j) store [0, 1] : tensor<3x5xf64> {
    %two = arith.constant 2 : index
    %u = kernel.load %a[%i, %j] {in_bounds} : tensor<3x5xf64>
    %v = kernel.load %ys[%j] {in_bounds} : tensor<5xf64>
    %p = arith.cmpi eq, %i, %two : index
    %t = arith.select %p, %v, %u : f64
    kernel.yield %t : f64
  }
  func.return %r : tensor<3x5xf64>
}

// Two rows of the matrix have the same numbers.
// CHECK-LABEL: func.func @two_rows_of_a_matrix_stays(
// CHECK:         ten.scan
// CHECK-NOT:     first_rows
// CHECK-SAME:    tensor<5xf64>)
func.func @two_rows_of_a_matrix_stays(%x: f64, %a: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %c, %ys = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [3, 5] (%i, %j) store [0, 1] : tensor<3x5xf64> {
    %one = arith.constant 1 : index
    %u = kernel.load %a[%i, %j] {in_bounds} : tensor<3x5xf64>
    %v = kernel.load %ys[%j] {in_bounds} : tensor<5xf64>
    %p = arith.cmpi uge, %i, %one : index
    %t = arith.select %p, %v, %u : f64
    kernel.yield %t : f64
  }
  func.return %r : tensor<3x5xf64>
}

// A column of a matrix is not one piece of memory.
// CHECK-LABEL: func.func @column_stays(
// CHECK:         ten.scan
// CHECK-NOT:     first_rows
// CHECK-SAME:    tensor<5xf64>)
func.func @column_stays(%x: f64, %a: tensor<5x3xf64>) -> tensor<5x3xf64> {
  %c, %ys = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [5, 3] (%i, %j) store [0, 1] : tensor<5x3xf64> {
    %two = arith.constant 2 : index
    %u = kernel.load %a[%i, %j] {in_bounds} : tensor<5x3xf64>
    %v = kernel.load %ys[%i] {in_bounds} : tensor<5xf64>
    %p = arith.cmpi eq, %j, %two : index
    %t = arith.select %p, %v, %u : f64
    kernel.yield %t : f64
  }
  func.return %r : tensor<5x3xf64>
}

// The function returns the rows, too.
// CHECK-LABEL: func.func @other_use_stays(
// CHECK:         ten.scan
// CHECK-NOT:     first_rows
// CHECK-SAME:    tensor<5xf64>)
func.func @other_use_stays(%x: f64) -> (tensor<7xf64>, tensor<5xf64>) {
  %c, %ys = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [7] (%i) store [0] : tensor<7xf64> {
    %one = arith.constant 1 : index
    %j = arith.subi %i, %one : index
    %v = kernel.load %ys[%j] : tensor<5xf64>
    kernel.yield %v : f64
  }
  func.return %r, %ys : tensor<7xf64>, tensor<5xf64>
}

// The rows from the last to the first, rows with numbers between them, and new numbers.
// CHECK-LABEL: func.func @not_the_rows_stays(
// CHECK-COUNT-3: ten.scan [{{.}}] {{.*}}{buffers = [{{.*}}]} ->
func.func @not_the_rows_stays(%x: f64) -> (tensor<7xf64>, tensor<10xf64>, tensor<6xf64>) {
  %c0, %xs = ten.scan [5] (%h = %x : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %c1, %ys = ten.scan [5] (%h = %c0 : f64) -> (f64, tensor<5xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %c2, %zs = ten.scan [4] (%h = %c1 : f64) -> (f64, tensor<4xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [7] (%i) store [0] : tensor<7xf64> {
    %five = arith.constant 5 : index
    %j = arith.subi %five, %i : index
    %v = kernel.load %xs[%j] : tensor<5xf64>
    kernel.yield %v : f64
  }
  %s = kernel.generic [10] (%i) store [0] : tensor<10xf64> {
    %two = arith.constant 2 : index
    %zero = arith.constant 0 : index
    %half = arith.divsi %i, %two : index
    %rest = arith.remsi %i, %two : index
    %v = kernel.load %ys[%half] {in_bounds} : tensor<5xf64>
    %p = arith.cmpi eq, %rest, %zero : index
    %t = arith.select %p, %v, %c2 : f64
    kernel.yield %t : f64
  }
  %t = kernel.generic [6] (%i) store [0] : tensor<6xf64> {
    %one = arith.constant 1 : index
    %j = arith.subi %i, %one : index
    %v = kernel.load %zs[%j] : tensor<4xf64>
    %w = arith.addf %v, %v : f64
    kernel.yield %w : f64
  }
  func.return %r, %s, %t : tensor<7xf64>, tensor<10xf64>, tensor<6xf64>
}

// A nest that writes over the other array stores 2 numbers, and not 7.
// CHECK-LABEL: func.func @small_part_of_an_array_that_ends_stays(
// CHECK:         ten.scan
// CHECK-NOT:     first_rows
// CHECK-SAME:    tensor<2xf64>)
func.func @small_part_of_an_array_that_ends_stays(%x: f64, %b: tensor<9xf64>) -> tensor<9xf64> {
  %a = ten.cumsum %b dim 0 : tensor<9xf64>
  %c, %ys = ten.scan [2] (%h = %x : f64) -> (f64, tensor<2xf64>) {
    %n, %y = func.call @step(%h) : (f64) -> (f64, f64)
    ten.yield %n, %y : f64, f64
  }
  %r = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %three = arith.constant 3 : index
    %two = arith.constant 2 : index
    %j = arith.subi %i, %three : index
    %u = kernel.load %a[%i] {in_bounds} : tensor<9xf64>
    %v = kernel.load %ys[%j] : tensor<2xf64>
    %p = arith.cmpi ult, %j, %two : index
    %t = arith.select %p, %v, %u : f64
    kernel.yield %t : f64
  }
  func.return %r : tensor<9xf64>
}
