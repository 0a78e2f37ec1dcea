// RUN: letgrad-opt %s -p ten-raise-rows --split-input-file --check-semantics --verify-sharing | filecheck %s

// The loop carries the last row, and its rows are a part of the array.
// CHECK-LABEL: func.func @last_row(
// CHECK:         [[H0:%.*]] = ten.index [[A:%.*]][%{{.*}}] : tensor<6xf64> -> f64
// CHECK-NEXT:    %{{.*}}, [[V:%.*]] = ten.scan [5] ([[H:%.*]] = [[H0]] : f64) over ([[I:%.*]] = %{{.*}} : tensor<5xi64>) -> (f64, tensor<5xf64>) {
// CHECK:           [[R:%.*]] = arith.mulf [[H]], [[H]] : f64
// CHECK-NEXT:      ten.yield [[R]], [[R]] : f64, f64
// CHECK:         [[U:%.*]] = ten.update [[A]][%{{.*}}] [[V]] strides [1] : tensor<6xf64>, tensor<5xf64> -> tensor<6xf64>
// CHECK-NEXT:    func.return [[U]]
func.func @last_row(%a: tensor<6xf64>) -> tensor<6xf64> {
  %is = arith.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi64>
  %one = arith.constant 1 : i64
  %r = ten.scan [5] (%x = %a : tensor<6xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<6xf64>) {
    %k = arith.index_cast %i : i64 to index
    %j = arith.subi %i, %one : i64
    %jk = arith.index_cast %j : i64 to index
    %h = ten.index %x[%jk] : tensor<6xf64> -> f64
    %v = arith.mulf %h, %h : f64
    %w = ten.reshape %v : f64 -> tensor<1xf64>
    %u = ten.update %x[%k] %w strides [1] : tensor<6xf64>, tensor<1xf64> -> tensor<6xf64>
    ten.yield %u : tensor<6xf64>
  }
  func.return %r : tensor<6xf64>
}

// -----

// Every second row from the end on, and a row that the loop has not written yet: it is a row of the array.
// CHECK-LABEL: func.func @rows_backwards(
// CHECK:         [[S:%.*]] = ten.slice [[A:%.*]] offsets [0, 0] sizes [3, 4] strides [2, 1] : tensor<6x4xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reverse [[S]] dims [0] : tensor<3x4xf64>
// CHECK:         [[V:%.*]] = ten.scan [3] () over (%{{.*}} = %{{.*}} : tensor<3xi64>, [[Y:%.*]] = [[X]] : tensor<3x4xf64>) -> (tensor<3x4xf64>) {
// CHECK:         [[Z:%.*]] = ten.reverse [[V]] dims [0] : tensor<3x4xf64>
// CHECK:         ten.update [[A]][%{{.*}}, %{{.*}}] [[Z]] strides [2, 1] : tensor<6x4xf64>, tensor<3x4xf64> -> tensor<6x4xf64>
func.func @rows_backwards(%a: tensor<6x4xf64>) -> tensor<6x4xf64> {
  %is = arith.constant dense<[5, 3, 1]> : tensor<3xi64>
  %one = arith.constant 1 : i64
  %zero = arith.constant 0 : index
  %r = ten.scan [3] (%x = %a : tensor<6x4xf64>) over (%i = %is : tensor<3xi64>) -> (tensor<6x4xf64>) {
    %k = arith.index_cast %i : i64 to index
    %j = arith.subi %i, %one : i64
    %jk = arith.index_cast %j : i64 to index
    %h = ten.index %x[%jk] : tensor<6x4xf64> -> tensor<4xf64>
    %v = math.sin %h : tensor<4xf64>
    %w = ten.reshape %v : tensor<4xf64> -> tensor<1x4xf64>
    %u = ten.update %x[%k, %zero] %w strides [1, 1] : tensor<6x4xf64>, tensor<1x4xf64> -> tensor<6x4xf64>
    ten.yield %u : tensor<6x4xf64>
  }
  func.return %r : tensor<6x4xf64>
}

// -----

// The first read is at place -1, where it gives 0, and not a row.
// CHECK-LABEL: func.func @read_outside_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<5xf64>)
// CHECK:           ten.update [[X]]
func.func @read_outside_stays(%a: tensor<5xf64>) -> tensor<5xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %one = arith.constant 1 : i64
  %r = ten.scan [5] (%x = %a : tensor<5xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<5xf64>) {
    %k = arith.index_cast %i : i64 to index
    %j = arith.subi %i, %one : i64
    %jk = arith.index_cast %j : i64 to index
    %h = ten.index %x[%jk] : tensor<5xf64> -> f64
    %w = ten.reshape %h : f64 -> tensor<1xf64>
    %u = ten.update %x[%k] %w strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
    ten.yield %u : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}

// -----

// The last update is at place 7, where it has no effect.
// CHECK-LABEL: func.func @update_outside_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<7xf64>)
// CHECK:           ten.update [[X]]
func.func @update_outside_stays(%a: tensor<7xf64>) -> tensor<7xf64> {
  %is = arith.constant dense<[3, 4, 5, 6, 7]> : tensor<5xi64>
  %w = arith.constant dense<1.0> : tensor<1xf64>
  %r = ten.scan [5] (%x = %a : tensor<7xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<7xf64>) {
    %k = arith.index_cast %i : i64 to index
    %u = ten.update %x[%k] %w strides [1] : tensor<7xf64>, tensor<1xf64> -> tensor<7xf64>
    ten.yield %u : tensor<7xf64>
  }
  func.return %r : tensor<7xf64>
}

// -----

// Any step may have written the element at %n.
// CHECK-LABEL: func.func @unknown_step_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<8xf64>)
// CHECK:           ten.update [[X]]
func.func @unknown_step_stays(%a: tensor<8xf64>, %n: index) -> tensor<8xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %r = ten.scan [5] (%x = %a : tensor<8xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<8xf64>) {
    %k = arith.index_cast %i : i64 to index
    %h = ten.index %x[%n] : tensor<8xf64> -> f64
    %w = ten.reshape %h : f64 -> tensor<1xf64>
    %u = ten.update %x[%k] %w strides [1] : tensor<8xf64>, tensor<1xf64> -> tensor<8xf64>
    ten.yield %u : tensor<8xf64>
  }
  func.return %r : tensor<8xf64>
}

// -----

// The rows that the loop does not reach would be 0, and the array keeps its elements there.
// CHECK-LABEL: func.func @turns_stay(
// CHECK:         ten.scan [5] turns %{{.*}} ([[X:%.*]] = %{{.*}} : tensor<9xf64>)
// CHECK:           ten.update [[X]]
func.func @turns_stay(%a: tensor<9xf64>, %n: index) -> tensor<9xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %w = arith.constant dense<1.0> : tensor<1xf64>
  %r = ten.scan [5] turns %n (%x = %a : tensor<9xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<9xf64>) {
    %k = arith.index_cast %i : i64 to index
    %u = ten.update %x[%k] %w strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
    ten.yield %u : tensor<9xf64>
  }
  func.return %r : tensor<9xf64>
}

// -----

// The loop may keep the states of two steps only, and it says so for the array.
// CHECK-LABEL: func.func @checkpoint_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<10xf64>)
// CHECK:           ten.update [[X]]
func.func @checkpoint_stays(%a: tensor<10xf64>) -> tensor<10xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %w = arith.constant dense<1.0> : tensor<1xf64>
  %r = ten.scan [5] (%x = %a : tensor<10xf64>) over (%i = %is : tensor<5xi64>) {checkpoint = 2 : i64} -> (tensor<10xf64>) {
    %k = arith.index_cast %i : i64 to index
    %u = ten.update %x[%k] %w strides [1] : tensor<10xf64>, tensor<1xf64> -> tensor<10xf64>
    ten.yield %u : tensor<10xf64>
  }
  func.return %r : tensor<10xf64>
}

// -----

// Each step adds to one element. The loop carries this element, and reads another one from outside.
// CHECK-LABEL: func.func @one_part(
// CHECK:         [[H0:%.*]] = ten.index [[A:%.*]][%[[I:.*]], %[[J:.*]]] : tensor<3x7xf64> -> f64
// CHECK:         [[H:%.*]] = ten.scan [5] turns %{{.*}} ([[X:%.*]] = [[H0]] : f64) over ([[V:%.*]] = %{{.*}} : tensor<5xf64>) -> (f64) {
// CHECK:           [[O:%.*]] = ten.index [[A]][%{{.*}}, %[[J]]] : tensor<3x7xf64> -> f64
// CHECK:           [[S:%.*]] = arith.addf [[X]], %{{.*}} : f64
// CHECK:           ten.yield [[S]] : f64
// CHECK:         [[W:%.*]] = ten.reshape [[H]] : f64 -> tensor<1x1xf64>
// CHECK:         ten.update [[A]][%[[I]], %[[J]]] [[W]] strides [1, 1] : tensor<3x7xf64>, tensor<1x1xf64> -> tensor<3x7xf64>
func.func @one_part(%a: tensor<3x7xf64>, %xs: tensor<5xf64>, %n: index) -> tensor<3x7xf64> {
  %i = arith.constant 2 : index
  %o = arith.constant 1 : index
  %j = arith.constant 6 : index
  %r = ten.scan [5] turns %n (%x = %a : tensor<3x7xf64>) over (%v = %xs : tensor<5xf64>) -> (tensor<3x7xf64>) {
    %h = ten.index %x[%i, %j] : tensor<3x7xf64> -> f64
    %e = ten.index %x[%o, %j] : tensor<3x7xf64> -> f64
    %p = arith.mulf %e, %v : f64
    %s = arith.addf %h, %p : f64
    %w = ten.reshape %s : f64 -> tensor<1x1xf64>
    %u = ten.update %x[%i, %j] %w strides [1, 1] : tensor<3x7xf64>, tensor<1x1xf64> -> tensor<3x7xf64>
    ten.yield %u : tensor<3x7xf64>
  }
  func.return %r : tensor<3x7xf64>
}

// -----

// The part may be outside of the array, where the loop reads 0 in each step.
// CHECK-LABEL: func.func @part_outside_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<7xf64>)
// CHECK:           ten.update [[X]]
func.func @part_outside_stays(%a: tensor<7xf64>, %xs: tensor<5xf64>, %i: index) -> tensor<7xf64> {
  %r = ten.scan [5] (%x = %a : tensor<7xf64>) over (%v = %xs : tensor<5xf64>) -> (tensor<7xf64>) {
    %h = ten.index %x[%i] : tensor<7xf64> -> f64
    %s = arith.addf %h, %v : f64
    %w = ten.reshape %s : f64 -> tensor<1xf64>
    %u = ten.update %x[%i] %w strides [1] : tensor<7xf64>, tensor<1xf64> -> tensor<7xf64>
    ten.yield %u : tensor<7xf64>
  }
  func.return %r : tensor<7xf64>
}

// -----

// The element at %n may be the one that the loop writes.
// CHECK-LABEL: func.func @unknown_read_beside_a_part_stays(
// CHECK:         ten.scan [5] ([[X:%.*]] = %{{.*}} : tensor<7xf64>)
// CHECK:           ten.update [[X]]
func.func @unknown_read_beside_a_part_stays(%a: tensor<7xf64>, %n: index) -> tensor<7xf64> {
  %i = arith.constant 2 : index
  %r = ten.scan [5] (%x = %a : tensor<7xf64>) -> (tensor<7xf64>) {
    %h = ten.index %x[%n] : tensor<7xf64> -> f64
    %s = arith.addf %h, %h : f64
    %w = ten.reshape %s : f64 -> tensor<1xf64>
    %u = ten.update %x[%i] %w strides [1] : tensor<7xf64>, tensor<1xf64> -> tensor<7xf64>
    ten.yield %u : tensor<7xf64>
  }
  func.return %r : tensor<7xf64>
}

// -----

// A loop inside reads the last row.
// CHECK-LABEL: func.func @last_row_inside_of_a_loop(
// CHECK:         ten.scan [4] ([[H:%.*]] = %{{.*}} : tensor<3xf64>) over
// CHECK:           ten.scan [3] {{.*}} = [[H]] : tensor<3xf64>) -> (f64, tensor<3xf64>) {
// CHECK-NOT:         ten.update
// CHECK:         }
func.func @last_row_inside_of_a_loop(%a: tensor<5x3xf64>) -> tensor<5x3xf64> {
  %is = arith.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %js = ten.iota dim 0 : tensor<3xindex>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %z = arith.constant 0.0 : f64
  %r = ten.scan [4] (%x = %a : tensor<5x3xf64>) over (%i = %is : tensor<4xi64>) -> (tensor<5x3xf64>) {
    %k = arith.index_cast %i : i64 to index
    %b = arith.subi %k, %one : index
    %c, %v = ten.scan [3] (%s = %z : f64) over (%j = %js : tensor<3xindex>) -> (f64, tensor<3xf64>) {
      %h = ten.index %x[%b, %j] : tensor<5x3xf64> -> f64
      %q = arith.mulf %s, %h : f64
      %t = arith.addf %q, %h : f64
      ten.yield %t, %t : f64, f64
    }
    %w = ten.reshape %v : tensor<3xf64> -> tensor<1x3xf64>
    %u = ten.update %x[%k, %zero] %w strides [1, 1] : tensor<5x3xf64>, tensor<1x3xf64> -> tensor<5x3xf64>
    ten.yield %u : tensor<5x3xf64>
  }
  func.return %r : tensor<5x3xf64>
}

// -----

// The array has one row, and the step may write outside of it: the row is not the whole array.
// CHECK-LABEL: func.func @row_that_may_be_outside(
// CHECK:         [[V:%.*]] = ten.scan [5] () over ({{.*}}) -> (tensor<5xf64>) {
// CHECK:         [[B:%.*]] = ten.reshape [[V]] : tensor<5xf64> -> tensor<1x5xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.update %a[%k, %{{.*}}] [[B]] strides [1, 1]
// CHECK-NEXT:    func.return [[R]]
func.func @row_that_may_be_outside(%a: tensor<1x5xf64>, %b: tensor<5xf64>, %k: index) -> tensor<1x5xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xindex>
  %r = ten.scan [5] (%x = %a : tensor<1x5xf64>) over (%i = %is : tensor<5xindex>, %v = %b : tensor<5xf64>) -> (tensor<1x5xf64>) {
    %w = ten.reshape %v : f64 -> tensor<1x1xf64>
    %u = ten.update %x[%k, %i] %w strides [1, 1] : tensor<1x5xf64>, tensor<1x1xf64> -> tensor<1x5xf64>
    ten.yield %u : tensor<1x5xf64>
  }
  func.return %r : tensor<1x5xf64>
}

// -----

// The body has the index 0 of the only row, which the program needs outside of the loop.
// CHECK-LABEL: func.func @index_in_the_body(
// CHECK:         ten.scan [3] () over
// CHECK:         }
// CHECK:         ten.index %a[%{{.*}}] : tensor<1x5xf64> -> tensor<5xf64>
func.func @index_in_the_body(%a: tensor<1x5xf64>, %b: tensor<3xf64>) -> tensor<1x5xf64> {
  %is = arith.constant dense<[0, 1, 2]> : tensor<3xindex>
  %r = ten.scan [3] (%x = %a : tensor<1x5xf64>) over (%i = %is : tensor<3xindex>, %v = %b : tensor<3xf64>) -> (tensor<1x5xf64>) {
    %zero = arith.constant 0 : index
    %w = ten.reshape %v : f64 -> tensor<1x1xf64>
    %u = ten.update %x[%zero, %i] %w strides [1, 1] : tensor<1x5xf64>, tensor<1x1xf64> -> tensor<1x5xf64>
    ten.yield %u : tensor<1x5xf64>
  }
  func.return %r : tensor<1x5xf64>
}
