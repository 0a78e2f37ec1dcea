// RUN: letgrad-opt %s -p ten-raise-rows --split-input-file --check-semantics --verify-sharing | filecheck %s

// A branch writes what the other one keeps: one element, which is a row of the loop.
// CHECK-LABEL: func.func @one_branch(
// CHECK:         ten.scan [5] () over ({{.*}}, [[OLD:%.*]] = %a : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK:           [[V:%.*]] = scf.if %c -> (f64) {
// CHECK-NEXT:        [[E:%.*]] = math.exp %v : f64
// CHECK-NEXT:        scf.yield [[E]] : f64
// CHECK-NEXT:      } else {
// CHECK-NEXT:        scf.yield [[OLD]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[V]] : f64
func.func @one_branch(%a: tensor<5xf64>, %b: tensor<5xf64>) -> tensor<5xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %r = ten.scan [5] (%x = %a : tensor<5xf64>) over (%i = %is : tensor<5xi64>, %v = %b : tensor<5xf64>) -> (tensor<5xf64>) {
    %zero = arith.constant 0.0 : f64
    %c = arith.cmpf ogt, %v, %zero : f64
    %y = scf.if %c -> (tensor<5xf64>) {
      %j = arith.index_cast %i : i64 to index
      %e = math.exp %v : f64
      %w = ten.reshape %e : f64 -> tensor<1xf64>
      %u = ten.update %x[%j] %w strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
      scf.yield %u : tensor<5xf64>
    } else {
      scf.yield %x : tensor<5xf64>
    }
    ten.yield %y : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}

// -----

// The conditional gives the place and the value.
// CHECK-LABEL: func.func @two_places(
// CHECK:           scf.if %c -> (index, index, f64) {
// CHECK-NEXT:        [[E:%.*]] = math.exp %v : f64
// CHECK-NEXT:        scf.yield %i, %c0, [[E]] : index, index, f64
// CHECK-NEXT:      } else {
// CHECK-NEXT:        scf.yield %c1, %i, %v : index, index, f64
// CHECK-NEXT:      }
// CHECK:           ten.update %x[
func.func @two_places(%a: tensor<4x3xf64>, %b: tensor<5xf64>, %p: tensor<5xindex>) -> tensor<4x3xf64> {
  %r = ten.scan [5] (%x = %a : tensor<4x3xf64>) over (%v = %b : tensor<5xf64>, %i = %p : tensor<5xindex>) -> (tensor<4x3xf64>) {
    %zero = arith.constant 0.0 : f64
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c = arith.cmpf ogt, %v, %zero : f64
    %y = scf.if %c -> (tensor<4x3xf64>) {
      %e = math.exp %v : f64
      %w = ten.reshape %e : f64 -> tensor<1x1xf64>
      %u = ten.update %x[%i, %c0] %w strides [1, 1] : tensor<4x3xf64>, tensor<1x1xf64> -> tensor<4x3xf64>
      scf.yield %u : tensor<4x3xf64>
    } else {
      %w = ten.reshape %v : f64 -> tensor<1x1xf64>
      %u = ten.update %x[%c1, %i] %w strides [1, 1] : tensor<4x3xf64>, tensor<1x1xf64> -> tensor<4x3xf64>
      scf.yield %u : tensor<4x3xf64>
    }
    ten.yield %y : tensor<4x3xf64>
  }
  func.return %r : tensor<4x3xf64>
}

// -----

// CHECK-LABEL: func.func @a_branch_reads_the_new_array_stays(
// CHECK:         scf.if %c -> (tensor<5xf64>, f64) {
func.func @a_branch_reads_the_new_array_stays(%a: tensor<5xf64>, %b: tensor<4xf64>) -> (tensor<5xf64>, tensor<4xf64>) {
  %is = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %r, %s = ten.scan [4] (%x = %a : tensor<5xf64>) over (%i = %is : tensor<4xi64>, %v = %b : tensor<4xf64>) -> (tensor<5xf64>, tensor<4xf64>) {
    %zero = arith.constant 0.0 : f64
    %c = arith.cmpf ogt, %v, %zero : f64
    %y, %t = scf.if %c -> (tensor<5xf64>, f64) {
      %j = arith.index_cast %i : i64 to index
      %e = math.exp %v : f64
      %w = ten.reshape %e : f64 -> tensor<1xf64>
      %u = ten.update %x[%j] %w strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
      %h = ten.sum %u dims [0] : tensor<5xf64> -> f64
      scf.yield %u, %h : tensor<5xf64>, f64
    } else {
      scf.yield %x, %v : tensor<5xf64>, f64
    }
    ten.yield %y, %t : tensor<5xf64>, f64
  }
  func.return %r, %s : tensor<5xf64>, tensor<4xf64>
}

// -----

// CHECK-LABEL: func.func @boxes_of_two_sizes_stay(
// CHECK:         scf.if %c -> (tensor<5xf64>) {
func.func @boxes_of_two_sizes_stay(%a: tensor<5xf64>, %b: tensor<4xf64>, %two: tensor<2xf64>) -> tensor<5xf64> {
  %is = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %r = ten.scan [4] (%x = %a : tensor<5xf64>) over (%i = %is : tensor<4xi64>, %v = %b : tensor<4xf64>) -> (tensor<5xf64>) {
    %zero = arith.constant 0.0 : f64
    %c = arith.cmpf ogt, %v, %zero : f64
    %j = arith.index_cast %i : i64 to index
    %y = scf.if %c -> (tensor<5xf64>) {
      %u = ten.update %x[%j] %two strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
      scf.yield %u : tensor<5xf64>
    } else {
      %w = ten.reshape %v : f64 -> tensor<1xf64>
      %u = ten.update %x[%j] %w strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
      scf.yield %u : tensor<5xf64>
    }
    ten.yield %y : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}

// -----

// To compute two flops and to read an element costs less than a branch.
// CHECK-LABEL: func.func @cheap(
// CHECK:         [[H:%.*]] = ten.index %b[%i] : tensor<7xf64> -> f64
// CHECK-NEXT:    [[E:%.*]] = arith.mulf [[H]], %s : f64
// CHECK-NEXT:    arith.select %c, [[E]], %v : f64
func.func @cheap(%a: tensor<5xf64>, %b: tensor<7xf64>, %c0: f64) -> f64 {
  %is = arith.constant dense<[6, 4, 3, 1, 0]> : tensor<5xindex>
  %r = ten.scan [5] (%s = %c0 : f64) over (%v = %a : tensor<5xf64>, %i = %is : tensor<5xindex>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s : f64
    %y = scf.if %c -> (f64) {
      %h = ten.index %b[%i] : tensor<7xf64> -> f64
      %e = arith.mulf %h, %s : f64
      scf.yield %e : f64
    } else {
      scf.yield %v : f64
    }
    ten.yield %y : f64
  }
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @costly_stays(
// CHECK:         scf.if %c -> (f64) {
// CHECK-NEXT:      math.exp
func.func @costly_stays(%a: tensor<5xf64>, %c0: f64) -> f64 {
  %r = ten.scan [5] (%s = %c0 : f64) over (%v = %a : tensor<5xf64>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s : f64
    %y = scf.if %c -> (f64) {
      %e = math.exp %v : f64
      %f = math.sin %s : f64
      %g = arith.mulf %e, %f : f64
      scf.yield %g : f64
    } else {
      scf.yield %v : f64
    }
    ten.yield %y : f64
  }
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @outside_of_loops_stays(
// CHECK:         scf.if %c -> (tensor<5xf64>) {
func.func @outside_of_loops_stays(%a: tensor<5xf64>, %c: i1, %v: tensor<1xf64>, %i: index) -> tensor<5xf64> {
  %y = scf.if %c -> (tensor<5xf64>) {
    %u = ten.update %a[%i] %v strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
    scf.yield %u : tensor<5xf64>
  } else {
    scf.yield %a : tensor<5xf64>
  }
  func.return %y : tensor<5xf64>
}

// -----

// No step changes row %k: the step that writes it writes what is there. So each step reads the row that came into the
// loop, and the rows are a result of the loop. To compute both branches costs little more than to keep a row.
// CHECK-LABEL: func.func @the_row_that_stays(
// CHECK:         ten.scan [5] () over (%i = %is : tensor<5xi64>, %old = %a : tensor<5x7xf64>) -> (tensor<5x7xf64>) {
// CHECK:           [[R:%.*]] = ten.index %a[%kk] : tensor<5x7xf64> -> tensor<7xf64>
// CHECK-NEXT:      [[V:%.*]] = arith.addf %old, [[R]] : tensor<7xf64>
// CHECK-NEXT:      ten.select %c, [[V]], %old : i1, tensor<7xf64>
func.func @the_row_that_stays(%a: tensor<5x7xf64>, %k: i64) -> tensor<5x7xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %c0 = arith.constant 0 : index
  %kk = arith.index_cast %k : i64 to index
  %r = ten.scan [5] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<5x7xf64>) {
    %c = arith.cmpi ne, %i, %k : i64
    %j = arith.index_cast %i : i64 to index
    %y = scf.if %c -> (tensor<5x7xf64>) {
      %row = ten.index %x[%kk] : tensor<5x7xf64> -> tensor<7xf64>
      %old = ten.index %x[%j] : tensor<5x7xf64> -> tensor<7xf64>
      %v = arith.addf %old, %row : tensor<7xf64>
      %w = ten.reshape %v : tensor<7xf64> -> tensor<1x7xf64>
      %u = ten.update %x[%j, %c0] %w strides [1, 1] : tensor<5x7xf64>, tensor<1x7xf64> -> tensor<5x7xf64>
      scf.yield %u : tensor<5x7xf64>
    } else {
      scf.yield %x : tensor<5x7xf64>
    }
    ten.yield %y : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// Step %k writes its row, and later steps read it.
// CHECK-LABEL: func.func @the_row_that_changes_stays(
// CHECK:         ten.scan [5] (%x = %a : tensor<5x7xf64>)
func.func @the_row_that_changes_stays(%a: tensor<5x7xf64>, %k: i64) -> tensor<5x7xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %c0 = arith.constant 0 : index
  %kk = arith.index_cast %k : i64 to index
  %r = ten.scan [5] (%x = %a : tensor<5x7xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<5x7xf64>) {
    %c = arith.cmpi sge, %i, %k : i64
    %j = arith.index_cast %i : i64 to index
    %y = scf.if %c -> (tensor<5x7xf64>) {
      %row = ten.index %x[%kk] : tensor<5x7xf64> -> tensor<7xf64>
      %old = ten.index %x[%j] : tensor<5x7xf64> -> tensor<7xf64>
      %v = arith.addf %old, %row : tensor<7xf64>
      %w = ten.reshape %v : tensor<7xf64> -> tensor<1x7xf64>
      %u = ten.update %x[%j, %c0] %w strides [1, 1] : tensor<5x7xf64>, tensor<1x7xf64> -> tensor<5x7xf64>
      scf.yield %u : tensor<5x7xf64>
    } else {
      scf.yield %x : tensor<5x7xf64>
    }
    ten.yield %y : tensor<5x7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// Step %k writes its row in another order.
// CHECK-LABEL: func.func @the_row_in_another_order_stays(
// CHECK:         ten.scan [5] (%x = %a : tensor<5x2x2xf64>)
func.func @the_row_in_another_order_stays(%a: tensor<5x2x2xf64>, %k: i64) -> tensor<5x2x2xf64> {
  %is = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %c0 = arith.constant 0 : index
  %kk = arith.index_cast %k : i64 to index
  %r = ten.scan [5] (%x = %a : tensor<5x2x2xf64>) over (%i = %is : tensor<5xi64>) -> (tensor<5x2x2xf64>) {
    %c = arith.cmpi ne, %i, %k : i64
    %j = arith.index_cast %i : i64 to index
    %row = ten.index %x[%kk] : tensor<5x2x2xf64> -> tensor<2x2xf64>
    %old = ten.index %x[%j] : tensor<5x2x2xf64> -> tensor<2x2xf64>
    %v = arith.addf %old, %row : tensor<2x2xf64>
    %s = ten.select %c, %v, %old : i1, tensor<2x2xf64>
    %t = ten.transpose %s perm [1, 0] : tensor<2x2xf64> -> tensor<2x2xf64>
    %w = ten.reshape %t : tensor<2x2xf64> -> tensor<1x2x2xf64>
    %u = ten.update %x[%j, %c0, %c0] %w strides [1, 1, 1] : tensor<5x2x2xf64>, tensor<1x2x2xf64> -> tensor<5x2x2xf64>
    ten.yield %u : tensor<5x2x2xf64>
  }
  func.return %r : tensor<5x2x2xf64>
}
