// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @negative_length(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: the length -1 is negative}}
  %l, %r = "kernel.recurrence"(%h) <{length = -1 : i64, actions = []}> : (f64) -> (f64, tensor<1xf64>)
  func.return
}

// -----

func.func @unknown_action(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: 'root' is none of add, mul, keep, void, max, min, mark, swap, settle, join}}
  %l, %r = kernel.recurrence [2] %h root : f64 -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @operands(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: 1 operands for 0 actions that take one}}
  %l, %r = "kernel.recurrence"(%h, %h) <{length = 2 : i64, actions = []}> : (f64, f64) -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @truth_values(%h: i1) {
  // expected-error@+1 {{kernel.recurrence: the carried value is i1, which has no numbers}}
  %l, %r = kernel.recurrence [2] %h : i1 -> (i1, tensor<2xi1>)
  func.return
}

// -----

func.func @rows(%h: f64, %x: tensor<3xf64>) {
  // expected-error@+1 {{kernel.recurrence: add takes tensor<3xf64>, which fits neither f64 nor 2 rows of it}}
  %l, %r = kernel.recurrence [2] %h add %x : f64, tensor<3xf64> -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @elements(%h: f64, %x: tensor<2xf32>) {
  // expected-error@+1 {{kernel.recurrence: mul takes tensor<2xf32>, whose elements are not f64}}
  %l, %r = kernel.recurrence [2] %h mul %x : f64, tensor<2xf32> -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @mask(%h: f64, %x: tensor<2xf64>) {
  // expected-error@+1 {{kernel.recurrence: keep takes tensor<2xf64>, whose elements are not i1}}
  %l, %r = kernel.recurrence [2] %h keep %x : f64, tensor<2xf64> -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @both_extrema(%h: f64, %x: tensor<2xf64>) {
  // expected-error@+1 {{kernel.recurrence: min is beside max}}
  %l, %r = kernel.recurrence [2] %h max %x min %x : f64, tensor<2xf64>, tensor<2xf64> -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @extremum_of_a_product(%h: f64, %x: tensor<2xf64>) {
  // expected-error@+1 {{kernel.recurrence: mul is beside max}}
  %l, %r = kernel.recurrence [2] %h mul %x max %x : f64, tensor<2xf64>, tensor<2xf64> -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @extremum_of_a_sum_of_integers(%h: i8, %x: tensor<2xi8>) {
  // expected-error@+1 {{kernel.recurrence: add is beside min}}
  %l, %r = kernel.recurrence [2] %h add %x min %x : i8, tensor<2xi8>, tensor<2xi8> -> (i8, tensor<2xi8>)
  func.return
}

// -----

func.func @empty_stack(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: settle has an empty stack}}
  %l, %r = kernel.recurrence [2] %h mark join settle : f64 -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @full_stack(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: a step leaves 2 values on the stack}}
  %l, %r = kernel.recurrence [2] %h mark mark : f64 -> (f64, tensor<2xf64>)
  func.return
}

// -----

func.func @integers(%h: i32) {
  // expected-error@+1 {{kernel.recurrence: settle is for floats, not for i32}}
  %l, %r = kernel.recurrence [2] %h mark settle : i32 -> (i32, tensor<2xi32>)
  func.return
}

// -----

func.func @results(%h: f64) {
  // expected-error@+1 {{kernel.recurrence: the results are f64 and tensor<2xf64>, not f64 and tensor<3xf64>}}
  %l, %r = kernel.recurrence [2] %h : f64 -> (f64, tensor<3xf64>)
  func.return
}
