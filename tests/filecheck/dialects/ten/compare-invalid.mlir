// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @operands_differ(%a: f32, %b: f64) {
  // expected-error@+1 {{ten.compare: operands are f32 and f64}}
  %0 = "ten.compare"(%a, %b) <{predicate = "olt"}> : (f32, f64) -> i1
  func.return
}

// -----

func.func @integer_predicate_of_floats(%a: f32) {
  // expected-error@+1 {{ten.compare: 'slt' is none of the predicates on f32: false, oeq, ogt}}
  %0 = ten.compare slt, %a, %a : f32
  func.return
}

// -----

func.func @float_predicate_of_integers(%a: tensor<3xi32>) {
  // expected-error@+1 {{ten.compare: 'olt' is none of the predicates on i32: eq, ne, slt}}
  %0 = ten.compare olt, %a, %a : tensor<3xi32>
  func.return
}

// -----

func.func @signed_predicate_of_truth_values(%a: i1) {
  // expected-error@+1 {{ten.compare: 'slt' is none of the predicates on i1: eq, ne, ult}}
  %0 = ten.compare slt, %a, %a : i1
  func.return
}

// -----

func.func @result_differs(%a: tensor<3xf32>) {
  // expected-error@+1 {{ten.compare: the result is tensor<3xi1>, not i1}}
  %0 = "ten.compare"(%a, %a) <{predicate = "olt"}> : (tensor<3xf32>, tensor<3xf32>) -> i1
  func.return
}

// -----

func.func @predicate_of_another_kind(%a: f32) {
  // expected-error@+1 {{is 3 : i64, and must be an attribute of the kind string}}
  %0 = "ten.compare"(%a, %a) <{predicate = 3}> : (f32, f32) -> i1
  func.return
}
