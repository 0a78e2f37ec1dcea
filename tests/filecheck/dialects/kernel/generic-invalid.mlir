// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @negative_size(%k: f64) {
  // expected-error@+1 {{kernel.generic: loops [-3] have a negative size}}
  %0 = "kernel.generic"() <{loops = array<i64: -3>, combiners = ["add"], dims = [array<i64>]}> ({
  ^bb0(%i: index):
    kernel.yield %k : f64
  }) : () -> f64
  func.return
}

// -----

func.func @no_index_for_a_loop(%k: f64) {
  // expected-error@+1 {{kernel.generic: the body takes an index per loop of [5, 7]}}
  %0 = kernel.generic [5, 7] (%i) add [] : f64 {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @index_of_another_type(%k: f64) {
  // expected-error@+1 {{kernel.generic: the body takes an index per loop of [5]}}
  %0 = "kernel.generic"() <{loops = array<i64: 5>, combiners = ["add"], dims = [array<i64>]}> ({
  ^bb0(%i: i64):
    kernel.yield %k : f64
  }) : () -> f64
  func.return
}

// -----

func.func @another_terminator(%k: f64) {
  // expected-error@+1 {{kernel.generic: the body does not end in kernel.yield}}
  %0 = kernel.generic [5] (%i) add [] : f64 {
    %1 = arith.negf %k : f64
  }
  func.return
}

// -----

func.func @result_without_a_value(%k: f64) {
  // expected-error@+1 {{kernel.generic: 2 combiners, 2 dims, 2 results and 1 yielded values}}
  %0:2 = kernel.generic [5] (%i) add [], max [] : f64, f64 {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @unknown_combiner(%k: f64) {
  // expected-error@+1 {{kernel.generic: 'sum' is none of store, add, mul, max, min, any, all}}
  %0 = kernel.generic [5] (%i) sum [] : f64 {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @dim_that_is_no_loop(%k: f64) {
  // expected-error@+1 {{kernel.generic: dims [2] are not loops of [5, 7]}}
  %0 = kernel.generic [5, 7] (%i, %j) add [2] : tensor<5xf64> {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @dim_twice(%k: f64) {
  // expected-error@+1 {{kernel.generic: dims [1, 1] are not loops of [5, 7]}}
  %0 = kernel.generic [5, 7] (%i, %j) add [1, 1] : tensor<7x7xf64> {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @store_without_a_loop(%k: f64) {
  // expected-error@+1 {{kernel.generic: store [1] lacks a loop of [5, 7]}}
  %0 = kernel.generic [5, 7] (%i, %j) store [1] : tensor<7xf64> {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @result_in_another_order(%k: f64) {
  // expected-error@+1 {{kernel.generic: a result is tensor<7x5xf64>, not tensor<5x7xf64>}}
  %0 = kernel.generic [5, 7] (%i, %j) store [1, 0] : tensor<5x7xf64> {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @yielded_tensor(%x: tensor<3xf64>) {
  // expected-error@+1 {{kernel.generic: yields tensor<3xf64>, which is no scalar}}
  %0 = kernel.generic [5] (%i) store [0] : tensor<5x3xf64> {
    kernel.yield %x : tensor<3xf64>
  }
  func.return
}

// -----

func.func @any_of_numbers(%k: f64) {
  // expected-error@+1 {{kernel.generic: any of f64: any and all are for i1, add, mul, max and min for numbers}}
  %0 = kernel.generic [5] (%i) any [] : f64 {
    kernel.yield %k : f64
  }
  func.return
}

// -----

func.func @sum_of_truth_values(%k: i1) {
  // expected-error@+1 {{kernel.generic: add of i1: any and all are for i1, add, mul, max and min for numbers}}
  %0 = kernel.generic [5] (%i) add [] : i1 {
    kernel.yield %k : i1
  }
  func.return
}
