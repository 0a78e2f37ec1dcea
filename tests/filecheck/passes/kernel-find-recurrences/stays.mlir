// RUN: letgrad-opt %s -p kernel-find-recurrences --split-input-file | filecheck %s

// CHECK-LABEL: func.func @both_carried_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @both_carried_stays(%p0: f64, %q0: f64) -> f64 {
  %p, %q = ten.scan [9] (%c = %p0 : f64, %d = %q0 : f64) -> (f64, f64) {
    %m = arith.addf %c, %d : f64
    ten.yield %m, %c : f64, f64
  }
  func.return %p : f64
}

// -----

// CHECK-LABEL: func.func @square_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @square_stays(%h0: f64) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) -> (f64) {
    %n = arith.mulf %c, %c : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @max_of_product_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @max_of_product_stays(%h0: f64, %k: f64) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) -> (f64) {
    %t = arith.mulf %c, %k : f64
    %n = arith.maximumf %t, %k : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// A sum of integers wraps, so the maximum of a sum is not the sum of a maximum.
// CHECK-LABEL: func.func @max_of_sum_of_integers_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @max_of_sum_of_integers_stays(%h0: i8, %k: i8) -> i8 {
  %h = ten.scan [9] (%c = %h0 : i8) -> (i8) {
    %t = arith.addi %c, %k : i8
    %n = arith.maxsi %t, %k : i8
    ten.yield %n : i8
  }
  func.return %h : i8
}

// -----

// The zero that the mask tests is not that of the value that it settles.
// CHECK-LABEL: func.func @mask_of_another_value_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @mask_of_another_value_stays(%h0: f64, %as: tensor<9xf64>) -> f64 {
  %zero = arith.constant 0.0 : f64
  %h = ten.scan [9] (%c = %h0 : f64) over (%a = %as : tensor<9xf64>) -> (f64) {
    %p = arith.mulf %a, %c : f64
    %q = arith.addf %a, %c : f64
    %number = arith.cmpf ord, %p, %p : f64
    %nonzero = arith.cmpf une, %q, %zero : f64
    %right = arith.ori %number, %nonzero : i1
    %n = arith.select %right, %p, %zero : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @few_steps_stay
// CHECK:         ten.scan [7]
// CHECK-NOT:     kernel.recurrence
func.func @few_steps_stay(%h0: f64, %k: f64) -> f64 {
  %h = ten.scan [7] (%c = %h0 : f64) -> (f64) {
    %n = arith.addf %c, %k : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @turns_stay
// CHECK:         ten.scan [9] turns
// CHECK-NOT:     kernel.recurrence
func.func @turns_stay(%h0: f64, %k: f64, %n: index) -> f64 {
  %h = ten.scan [9] turns %n (%c = %h0 : f64) -> (f64) {
    %t = arith.addf %c, %k : f64
    ten.yield %t : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @checkpoint_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @checkpoint_stays(%h0: f64, %k: f64) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) {checkpoint = 2 : i64} -> (f64) {
    %t = arith.addf %c, %k : f64
    ten.yield %t : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @body_with_a_region_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @body_with_a_region_stays(%h0: f64, %k: f64, %m: i1) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) -> (f64) {
    %t = arith.addf %c, %k : f64
    %n = scf.if %m -> (f64) {
      scf.yield %t : f64
    } else {
      scf.yield %c : f64
    }
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @more_than_elementwise_stays
// CHECK:         ten.scan [9]
// CHECK-NOT:     kernel.recurrence
func.func @more_than_elementwise_stays(%h0: tensor<3xf64>, %k: tensor<3xf64>) -> tensor<3xf64> {
  %h = ten.scan [9] (%c = %h0 : tensor<3xf64>) -> (tensor<3xf64>) {
    %r = ten.reverse %c dims [0] : tensor<3xf64>
    %t = arith.addf %r, %k : tensor<3xf64>
    ten.yield %t : tensor<3xf64>
  }
  func.return %h : tensor<3xf64>
}
