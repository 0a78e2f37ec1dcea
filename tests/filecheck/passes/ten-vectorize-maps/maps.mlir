// RUN: letgrad-opt %s -p ten-vectorize-maps --split-input-file --check-semantics --verify-sharing | filecheck %s
// RUN: letgrad-opt %s -p ten-vectorize-maps{sums=false} --split-input-file | filecheck %s --check-prefix=ORDER

// A loop that carries nothing is a function of all rows at once.
// CHECK-LABEL: func.func @map(
// CHECK-NEXT:    [[S:%.*]] = math.sin %xs : tensor<5x3xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<5x3xf64>
func.func @map(%xs: tensor<5x3xf64>) -> tensor<5x3xf64> {
  %r = ten.scan [5] reverse () over (%x = %xs : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %s = math.sin %x : tensor<3xf64>
    ten.yield %s : tensor<3xf64>
  }
  func.return %r : tensor<5x3xf64>
}

// -----

// A loop that adds up is a sum. What a step takes off counts with its sign.
// With `sums=false` it stays: its additions have an order.
// ORDER-LABEL: func.func @sum(
// ORDER:         ten.scan [5]
// CHECK-LABEL: func.func @sum(
// CHECK-NOT:     ten.scan
// CHECK:         [[P:%.*]] = arith.mulf %xs, %xs : tensor<5xf64>
// CHECK:         [[D:%.*]] = arith.subf [[P]], %xs : tensor<5xf64>
// CHECK:         [[S:%.*]] = ten.sum [[D]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:    [[R:%.*]] = arith.addf %s0, [[S]] : f64
// CHECK-NEXT:    func.return [[R]] : f64
func.func @sum(%s0: f64, %xs: tensor<5xf64>) -> f64 {
  %r = ten.scan [5] (%s = %s0 : f64) over (%x = %xs : tensor<5xf64>) -> (f64) {
    %t = arith.subf %s, %x : f64
    %p = arith.mulf %x, %x : f64
    %u = arith.addf %p, %t : f64
    ten.yield %u : f64
  }
  func.return %r : f64
}

// -----

// The loop ends at %n, and so does the sum: the other elements are zeros. All that is taken off is summed first.
// CHECK-LABEL: func.func @turns(
// CHECK:         ten.scan [100] (%{{.*}} = %s0 : f64)
// CHECK-NOT:     ten.scan
// CHECK:           [[M:%.*]] = ten.compare slt, %{{.*}}, %{{.*}} : tensor<100xindex>
// CHECK:           [[V:%.*]] = ten.select [[M]], %{{.*}}, %{{.*}} : tensor<100xi1>, tensor<100xf64>
// CHECK-NEXT:      [[S:%.*]] = ten.sum [[V]] dims [0] : tensor<100xf64> -> f64
// CHECK-NEXT:      arith.subf %{{.*}}, [[S]] : f64
func.func @turns(%s0: f64, %xs: tensor<100xf64>) -> f64 {
  %is = ten.iota dim 0 : tensor<100xindex>
  %r = ten.scan [100] (%c = %s0 : f64) over (%n = %is : tensor<100xindex>) -> (f64) {
    %e = math.sin %c : f64
    %q = ten.scan [100] turns %n (%s = %e : f64) over (%x = %xs : tensor<100xf64>) -> (f64) {
      %p = arith.mulf %x, %x : f64
      %t = arith.subf %s, %p : f64
      ten.yield %t : f64
    }
    ten.yield %q : f64
  }
  func.return %r : f64
}

// -----

// 0 < n - 1 ? n - 1 : 0 turns: as many as a loop from 1 to n.
// CHECK-LABEL: func.func @chosen_turns(
// CHECK:         ten.scan [100] (%{{.*}} = %s0 : f64)
// CHECK-NOT:     ten.scan
func.func @chosen_turns(%s0: f64, %xs: tensor<100xf64>) -> f64 {
  %is = ten.iota dim 0 : tensor<100xindex>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = ten.scan [100] (%c = %s0 : f64) over (%i = %is : tensor<100xindex>) -> (f64) {
    %e = math.sin %c : f64
    %m = arith.subi %i, %one : index
    %t = arith.cmpi slt, %zero, %m : index
    %n = arith.select %t, %m, %zero : index
    %q = ten.scan [100] turns %n (%s = %e : f64) over (%x = %xs : tensor<100xf64>) -> (f64) {
      %p = arith.mulf %x, %x : f64
      %u = arith.subf %s, %p : f64
      ten.yield %u : f64
    }
    ten.yield %q : f64
  }
  func.return %r : f64
}

// -----

// Fifteen turns, on average, take less time than a sum of 31 elements.
// CHECK-LABEL: func.func @few_turns_stay(
// CHECK:         ten.scan [31] (
// CHECK:           ten.scan [31] turns
func.func @few_turns_stay(%s0: f64, %xs: tensor<31xf64>) -> f64 {
  %is = ten.iota dim 0 : tensor<31xindex>
  %r = ten.scan [31] (%c = %s0 : f64) over (%n = %is : tensor<31xindex>) -> (f64) {
    %e = math.sin %c : f64
    %q = ten.scan [31] turns %n (%s = %e : f64) over (%x = %xs : tensor<31xf64>) -> (f64) {
      %p = arith.mulf %x, %x : f64
      %t = arith.subf %s, %p : f64
      ten.yield %t : f64
    }
    ten.yield %q : f64
  }
  func.return %r : f64
}

// -----

// Nothing is known about %n: it may be 1.
// CHECK-LABEL: func.func @unknown_turns_stay(
// CHECK:         ten.scan [700] turns
func.func @unknown_turns_stay(%s0: f64, %xs: tensor<700xf64>, %n: index) -> f64 {
  %r = ten.scan [700] turns %n (%s = %s0 : f64) over (%x = %xs : tensor<700xf64>) -> (f64) {
    %p = arith.mulf %x, %x : f64
    %t = arith.subf %s, %p : f64
    ten.yield %t : f64
  }
  func.return %r : f64
}

// -----

// Few steps may take the branch, and bulk ops would compute it for all.
// CHECK-LABEL: func.func @branches_stay(
// CHECK:         ten.scan [5]
// CHECK:           scf.if
func.func @branches_stay(%xs: tensor<5xf64>) -> tensor<5xf64> {
  %z = arith.constant 0.0 : f64
  %r = ten.scan [5] () over (%x = %xs : tensor<5xf64>) -> (tensor<5xf64>) {
    %c = arith.cmpf ogt, %x, %z : f64
    %y = scf.if %c -> (f64) {
      %e = math.exp %x : f64
      scf.yield %e : f64
    } else {
      scf.yield %x : f64
    }
    ten.yield %y : f64
  }
  func.return %r : tensor<5xf64>
}

// -----

// The loop takes fewer steps, and the sum would have an exponential for each element.
// CHECK-LABEL: func.func @costly_steps_with_turns_stay(
// CHECK:         ten.scan [100] (
// CHECK:           ten.scan [100] turns
func.func @costly_steps_with_turns_stay(%s0: f64, %xs: tensor<100xf64>) -> f64 {
  %is = ten.iota dim 0 : tensor<100xindex>
  %r = ten.scan [100] (%c = %s0 : f64) over (%n = %is : tensor<100xindex>) -> (f64) {
    %e = math.sin %c : f64
    %q = ten.scan [100] turns %n (%s = %e : f64) over (%x = %xs : tensor<100xf64>) -> (f64) {
      %p = math.exp %x : f64
      %t = arith.subf %s, %p : f64
      ten.yield %t : f64
    }
    ten.yield %q : f64
  }
  func.return %r : f64
}

// -----

// The counter is an index, and the inner loop goes first.
// CHECK-LABEL: func.func @loop_in_loop(
// CHECK-NOT:     ten.scan
// CHECK:         ten.gather [4, 3] %a (%{{.*}}, %{{.*}}) : tensor<6xf64> -> tensor<4x3xf64> {
// CHECK:         ten.sum
func.func @loop_in_loop(%a: tensor<6xf64>) -> tensor<4xf64> {
  %is = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %js = arith.constant dense<[2, 1, 0]> : tensor<3xi64>
  %z = arith.constant 0.0 : f64
  %r = ten.scan [4] () over (%i = %is : tensor<4xi64>) -> (tensor<4xf64>) {
    %s = ten.scan [3] (%t = %z : f64) over (%j = %js : tensor<3xi64>) -> (f64) {
      %k = arith.addi %i, %j : i64
      %l = arith.index_cast %k : i64 to index
      %x = ten.index %a[%l] : tensor<6xf64> -> f64
      %u = arith.addf %t, %x : f64
      ten.yield %u : f64
    }
    ten.yield %s : f64
  }
  func.return %r : tensor<4xf64>
}

// -----

// Something else reads the sum of a step.
// CHECK-LABEL: func.func @sum_that_is_read_stays(
// CHECK:         ten.scan [5]
func.func @sum_that_is_read_stays(%xs: tensor<5xf64>) -> (f64, tensor<5xf64>) {
  %z = arith.constant 0.0 : f64
  %r, %y = ten.scan [5] (%s = %z : f64) over (%x = %xs : tensor<5xf64>) -> (f64, tensor<5xf64>) {
    %t = arith.addf %s, %x : f64
    ten.yield %t, %t : f64, f64
  }
  func.return %r, %y : f64, tensor<5xf64>
}

// -----

// The sum is taken off a number, which is another sum in each step.
// CHECK-LABEL: func.func @sum_that_is_taken_off_stays(
// CHECK:         ten.scan [5]
func.func @sum_that_is_taken_off_stays(%xs: tensor<5xf64>) -> f64 {
  %z = arith.constant 0.0 : f64
  %r = ten.scan [5] (%s = %z : f64) over (%x = %xs : tensor<5xf64>) -> (f64) {
    %t = arith.subf %x, %s : f64
    ten.yield %t : f64
  }
  func.return %r : f64
}

// -----

// The rows that the loop does not reach would be work for nothing.
// CHECK-LABEL: func.func @map_with_turns_stays(
// CHECK:         ten.scan [5] turns
func.func @map_with_turns_stays(%xs: tensor<5xf64>, %n: index) -> tensor<5xf64> {
  %r = ten.scan [5] turns %n () over (%x = %xs : tensor<5xf64>) -> (tensor<5xf64>) {
    %s = math.sin %x : f64
    ten.yield %s : f64
  }
  func.return %r : tensor<5xf64>
}

// -----

// The products of all steps would take 800 MB, where the loop has room for one.
// CHECK-LABEL: func.func @large_values_stay(
// CHECK:         ten.scan [100]
func.func @large_values_stay(%a: tensor<1000xf64>, %xs: tensor<100xf64>) -> tensor<100xf64> {
  %r = ten.scan [100] () over (%x = %xs : tensor<100xf64>) -> (tensor<100xf64>) {
    %b = ten.broadcast %x dims [0] : f64 -> tensor<1000xf64>
    %c = arith.addf %a, %b : tensor<1000xf64>
    %p = ten.einsum "i,j->ij" %c, %c : tensor<1000xf64>, tensor<1000xf64> -> tensor<1000x1000xf64>
    %q = math.sin %p : tensor<1000x1000xf64>
    %s = ten.sum %q dims [0, 1] : tensor<1000x1000xf64> -> f64
    ten.yield %s : f64
  }
  func.return %r : tensor<100xf64>
}

// -----

// Two sums would read the sines of all steps, a million numbers.
// CHECK-LABEL: func.func @large_elementwise_values_stay(
// CHECK:         ten.scan [1000]
func.func @large_elementwise_values_stay(%a: tensor<1000xf64>, %xs: tensor<1000xf64>) -> (f64, f64) {
  %z = arith.constant 0.0 : f64
  %r, %q = ten.scan [1000] (%s = %z : f64, %t = %z : f64) over (%x = %xs : tensor<1000xf64>) -> (f64, f64) {
    %b = ten.broadcast %x dims [0] : f64 -> tensor<1000xf64>
    %c = arith.mulf %a, %b : tensor<1000xf64>
    %d = math.sin %c : tensor<1000xf64>
    %e = ten.sum %d dims [0] : tensor<1000xf64> -> f64
    %f = ten.reduce max, %d dims [0] : tensor<1000xf64> -> f64
    %u = arith.addf %s, %e : f64
    %v = arith.addf %t, %f : f64
    ten.yield %u, %v : f64, f64
  }
  func.return %r, %q : f64, f64
}

// -----

// A sum of some elements: of the others the sum takes zeros.
// CHECK-LABEL: func.func @chosen_sum(
// CHECK-NOT:     ten.scan
// CHECK:         ten.select
// CHECK:         ten.sum
func.func @chosen_sum(%a: tensor<5xf64>, %s0: f64) -> f64 {
  %r = ten.scan [5] (%s = %s0 : f64) over (%v = %a : tensor<5xf64>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s0 : f64
    %p = arith.mulf %v, %v : f64
    %t = arith.addf %s, %p : f64
    %n = arith.select %c, %t, %s : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// The sum of 0.0 and -0.0 would be 0.0 if the summand that is not chosen were 0.0.
// CHECK-LABEL: func.func @two_choices(
// CHECK-NOT:     ten.scan
// ORDER-LABEL: func.func @two_choices(
// ORDER:         ten.scan [5] (%s = %s0 : f64)
// ORDER:         [[C:%.*]] = arith.cmpf ogt, %v, %s0 : f64
// ORDER:         [[Z:%.*]] = arith.constant -0.000000e+00 : f64
// ORDER-NEXT:    [[V:%.*]] = arith.select [[C]], [[Z]], %v : f64
// ORDER-NEXT:    [[S:%.*]] = arith.addf %s, [[V]] : f64
// ORDER:         [[Y:%.*]] = arith.constant 0.000000e+00 : f64
// ORDER-NEXT:    [[W:%.*]] = arith.select [[C]], %v, [[Y]] : f64
// ORDER-NEXT:    arith.subf [[S]], [[W]] : f64
func.func @two_choices(%a: tensor<5xf64>, %s0: f64) -> f64 {
  %r = ten.scan [5] (%s = %s0 : f64) over (%v = %a : tensor<5xf64>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s0 : f64
    %t = arith.addf %v, %s : f64
    %n = arith.select %c, %s, %t : f64
    %u = arith.subf %n, %v : f64
    %m = arith.select %c, %u, %n : f64
    ten.yield %m : f64
  }
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @choice_by_the_sum_stays(
// CHECK:         ten.scan [5] (%s = %s0 : f64)
// CHECK:         arith.select %{{.*}}, %{{.*}}, %s : f64
func.func @choice_by_the_sum_stays(%a: tensor<5xf64>, %s0: f64) -> f64 {
  %r = ten.scan [5] (%s = %s0 : f64) over (%v = %a : tensor<5xf64>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s : f64
    %t = arith.addf %s, %v : f64
    %n = arith.select %c, %t, %s : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @choice_of_another_value_stays(
// CHECK:         [[T:%.*]] = arith.addf %s, %v : f64
// CHECK-NEXT:    arith.select %{{.*}}, [[T]], %v : f64
func.func @choice_of_another_value_stays(%a: tensor<5xf64>, %s0: f64) -> f64 {
  %r = ten.scan [5] (%s = %s0 : f64) over (%v = %a : tensor<5xf64>) -> (f64) {
    %c = arith.cmpf ogt, %v, %s0 : f64
    %t = arith.addf %s, %v : f64
    %n = arith.select %c, %t, %v : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// Both branches cost little more than the row that one of them keeps.
// CHECK-LABEL: func.func @rows_that_stay(
// CHECK-NOT:     scf.if
// CHECK:         ten.select
func.func @rows_that_stay(%a: tensor<5x7xf64>, %b: tensor<5xf64>) -> tensor<5x7xf64> {
  %r = ten.scan [5] () over (%x = %a : tensor<5x7xf64>, %v = %b : tensor<5xf64>) -> (tensor<5x7xf64>) {
    %zero = arith.constant 0.0 : f64
    %c = arith.cmpf ogt, %v, %zero : f64
    %y = scf.if %c -> (tensor<7xf64>) {
      %w = arith.mulf %x, %x : tensor<7xf64>
      scf.yield %w : tensor<7xf64>
    } else {
      scf.yield %x : tensor<7xf64>
    }
    ten.yield %y : tensor<7xf64>
  }
  func.return %r : tensor<5x7xf64>
}

// -----

// A sum of truth values is their exclusive or, and `ten.sum` has no such sum.
// CHECK-LABEL: func.func @exclusive_or_stays(
// CHECK:         ten.scan [5]
// CHECK:           arith.addi
func.func @exclusive_or_stays(%a: tensor<5xi1>, %s0: i1) -> i1 {
  %r = ten.scan [5] (%s = %s0 : i1) over (%v = %a : tensor<5xi1>) -> (i1) {
    %t = arith.addi %s, %v : i1
    ten.yield %t : i1
  }
  func.return %r : i1
}
