// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @domain_of_more_than_the_loops(%k: f64, %n: index) {
  // expected-error@+1 {{kernel.scatter: a domain of 2 of the 1 loops}}
  %0 = "kernel.scatter"() <{loops = array<i64: 3>, domain = 2 : i64, dims = array<i64: 5>}> ({
  ^bb0(%i: index):
    kernel.yield %k, %n : f64, index
  }) : () -> tensor<5xf64>
  func.return
}

// -----

func.func @no_index_for_a_loop(%k: f64, %n: index) {
  // expected-error@+1 {{kernel.scatter: the body takes an index per loop of [3, 7]}}
  %0 = "kernel.scatter"() <{loops = array<i64: 3, 7>, domain = 1 : i64, dims = array<i64: 5>}> ({
  ^bb0(%i: index):
    kernel.yield %k, %n : f64, index
  }) : () -> tensor<5x7xf64>
  func.return
}

// -----

func.func @nothing_yielded() {
  // expected-error@+1 {{kernel.scatter: the body does not yield a value and its place}}
  %0 = "kernel.scatter"() <{loops = array<i64: 3>, domain = 1 : i64, dims = array<i64>}> ({
  ^bb0(%i: index):
    kernel.yield
  }) : () -> f64
  func.return
}

// -----

func.func @too_few_indices(%k: f64, %n: index) {
  // expected-error@+1 {{kernel.scatter: 1 indices into dims [5, 2]}}
  %0 = "kernel.scatter"() <{loops = array<i64: 3>, domain = 1 : i64, dims = array<i64: 5, 2>}> ({
  ^bb0(%i: index):
    kernel.yield %k, %n : f64, index
  }) : () -> tensor<5x2xf64>
  func.return
}

// -----

func.func @result_differs(%k: f64, %n: index) {
  // expected-error@+1 {{kernel.scatter: the result is tensor<5x7xf64>}}
  %0 = "kernel.scatter"() <{loops = array<i64: 3, 7>, domain = 1 : i64, dims = array<i64: 5>}> ({
  ^bb0(%i: index, %j: index):
    kernel.yield %k, %n : f64, index
  }) : () -> tensor<5x3xf64>
  func.return
}
