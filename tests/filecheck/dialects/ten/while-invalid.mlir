// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @carried_value_changes(%a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: the body yields f32, for carried values f64}}
  %c = ten.while (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.truncf %h : f64 to f32
    ten.yield %0 : f32
  }
  func.return
}

// -----

func.func @another_number_of_values(%a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: the body yields nothing, for carried values f64}}
  %c = ten.while (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield
  }
  func.return
}

// -----

func.func @another_number_of_names(%a: f64, %go: i1) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  // expected-error@+1 {{the body names 2 of 1 carried values}}
  } do (%h, %i) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @condition_is_a_number(%a: f64) {
  // expected-error@+1 {{ten.while: the condition yields f64, not i1}}
  %c = ten.while (%h = %a : f64) -> (f64) {
    ten.yield %h : f64
  } do (%h) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @two_conditions(%go: i1) {
  // expected-error@+1 {{ten.while: the condition yields i1, i1, not i1}}
  ten.while () -> () {
    ten.yield %go, %go : i1, i1
  } do () {
    ten.yield
  }
  func.return
}

// -----

func.func @another_result(%a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: the results are f64, not f32}}
  %c = ten.while (%h = %a : f64) -> (f32) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @negative_limit(%go: i1) {
  // expected-error@+1 {{ten.while: the limit -1 is negative}}
  ten.while limit -1 () -> () {
    ten.yield %go : i1
  } do () {
    ten.yield
  }
  func.return
}

// -----

func.func @region_takes_others(%a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: the condition takes f32, for carried values f64}}
  %c = "ten.while"(%a) ({
  ^bb0(%h: f32):
    ten.yield %go : i1
  }, {
  ^bb0(%h: f64):
    ten.yield %h : f64
  }) : (f64) -> f64
  func.return
}

// -----

func.func @condition_on_a_term(%a: f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@+1 {{ten.while: the condition depends on a term}}
  %c, %d = ten.while (%h = %a : f64, %p = %d0 : !delta.term<f64>) -> (f64, !delta.term<f64>) {
    %0 = delta.neg %p : !delta.term<f64>
    %go = arith.cmpf olt, %h, %a : f64
    ten.yield %go : i1
  } do (%h, %p) {
    ten.yield %h, %p : f64, !delta.term<f64>
  }
  func.return
}

// -----

func.func @body_with_an_effect(%m: memref<4xf64>, %i: index, %a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: memref.store is not known to be pure, and regions of whiles are}}
  ten.while () -> () {
    ten.yield %go : i1
  } do () {
    memref.store %a, %m[%i] : memref<4xf64>
    ten.yield
  }
  func.return
}

// -----

func.func @dynamic_carry(%a: tensor<?xf64>, %go: i1) {
  // expected-error@+1 {{ten.while: operand 0 is tensor<?xf64>, whose sizes are not fixed}}
  %c = ten.while (%h = %a : tensor<?xf64>) -> (tensor<?xf64>) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield %h : tensor<?xf64>
  }
  func.return
}

// -----

func.func @turns_are_no_index(%n: i32, %a: f64) {
  // expected-error@+1 {{ten.scan: turns has type i32, not index}}
  %c = "ten.scan"(%a, %n) <{length = 4 : i64, operandSegmentSizes = array<i32: 1, 0, 1>}> ({
  ^bb0(%h: f64):
    ten.yield %h : f64
  }) : (f64, i32) -> f64
  func.return
}

// -----

func.func @checkpoint_of_no_state(%a: f64, %go: i1) {
  // expected-error@+1 {{ten.while: checkpoint is 0 : i64, not an i64 of at least 1}}
  %c = ten.while (%h = %a : f64) {checkpoint = 0 : i64} -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield %h : f64
  }
  func.return
}
