// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @carried_value_changes(%a: f64) {
  // expected-error@+1 {{ten.scan: carried value 0 begins as f64, is f64 in the region and f32 after it}}
  %c = ten.scan [5] (%h = %a : f64) -> (f64) {
    %0 = arith.truncf %h : f64 to f32
    ten.yield %0 : f32
  }
  func.return
}

// -----

func.func @another_number_of_rows(%xs: tensor<4xf64>) {
  // expected-error@+1 {{ten.scan: xs 0 is tensor<4xf64>, which has not 5 rows}}
  %ys = ten.scan [5] () over (%x = %xs : tensor<4xf64>) -> (tensor<5xf64>) {
    ten.yield %x : f64
  }
  func.return
}

// -----

func.func @scalar_rows(%a: f64) {
  // expected-error@+1 {{f64 has no rows}}
  %ys = ten.scan [5] () over (%x = %a : f64) -> (tensor<5xf64>) {
    ten.yield %x : f64
  }
  func.return
}

// -----

func.func @yields_too_little(%a: f64) {
  // expected-error@+1 {{ten.scan: the region yields 1 values, and carries 2}}
  %c, %d = ten.scan [5] (%h = %a : f64, %i = %a : f64) -> (f64, f64) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @other_results(%a: f64) {
  // expected-error@+1 {{ten.scan: the results are f64, tensor<5xf64>, not f64, tensor<6xf64>}}
  %c, %ys = ten.scan [5] (%h = %a : f64) -> (f64, tensor<6xf64>) {
    ten.yield %h, %h : f64, f64
  }
  func.return
}

// -----

func.func @negative_length(%a: f64) {
  // expected-error@+1 {{ten.scan: the length -1 is negative}}
  %c = ten.scan [-1] (%h = %a : f64) -> (f64) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @no_yield(%a: f64) {
  // expected-error@+1 {{ten.scan: the region does not end in ten.yield}}
  %c = ten.scan [2] (%h = %a : f64) -> (f64) {
    %0 = arith.addf %h, %h : f64
  }
  func.return
}

// -----

func.func @side_effect(%a: f64) {
  // expected-error@+1 {{ten.scan: test.op is not known to be pure, and bodies of scans are}}
  %c = ten.scan [2] (%h = %a : f64) -> (f64) {
    "test.op"() : () -> ()
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @terms_among_values(%a: f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@+1 {{ten.scan: some results are terms and some are values}}
  %c, %d = ten.scan [2] (%h = %a : f64, %e = %d0 : !delta.term<f64>) -> (f64, !delta.term<f64>) {
    ten.yield %h, %e : f64, !delta.term<f64>
  }
  func.return
}

// -----

func.func @row_of_another_type(%xs: tensor<4x2xf64>) {
  // expected-error@+1 {{ten.scan: a row of tensor<4x2xf64> is tensor<2xf64>, not f64}}
  %ys = "ten.scan"(%xs) <{length = 4 : i64, operandSegmentSizes = array<i32: 0, 1, 0>}> ({
  ^bb0(%x: f64):
    "ten.yield"(%x) : (f64) -> ()
  }) : (tensor<4x2xf64>) -> tensor<4xf64>
  func.return
}

// -----

func.func @arguments_missing(%xs: tensor<4xf64>) {
  // expected-error@+1 {{ten.scan: the region takes 0 values, for 0 carried and 1 rows}}
  "ten.scan"(%xs) <{length = 4 : i64, operandSegmentSizes = array<i32: 0, 1, 0>}> ({
    "ten.yield"() : () -> ()
  }) : (tensor<4xf64>) -> ()
  func.return
}

// -----

func.func @checkpoint_is_no_number(%a: f64) {
  // expected-error@+1 {{ten.scan: checkpoint is "many", not an i64 of at least 1}}
  %c = ten.scan [3] (%h = %a : f64) {checkpoint = "many"} -> (f64) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @checkpoint_of_another_type(%a: f64) {
  // expected-error@+1 {{ten.scan: checkpoint is 3 : i32, not an i64 of at least 1}}
  %c = ten.scan [3] (%h = %a : f64) {checkpoint = 3 : i32} -> (f64) {
    ten.yield %h : f64
  }
  func.return
}

// -----

func.func @keep_of_unknown_values(%a: f64) {
  // expected-error@+1 {{ten.scan: keep is "sines", which is none of dots, lets}}
  %c = ten.scan [1] (%h = %a : f64) {checkpoint = 1 : i64, keep = "sines"} -> (f64) {
    ten.yield %h : f64
  }
  func.return
}
