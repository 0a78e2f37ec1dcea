// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @negative_stamp(%x: f64) -> f64 {
  // expected-error@+1 {{sharing.share: the stamp -1 is negative}}
  %y = sharing.share %x {stamp = -1} : f64
  func.return %y : f64
}

// -----

func.func @no_stamp(%x: f64) -> f64 {
  // expected-error@+1 {{sharing.share has an integer {stamp = …}}}
  %y = sharing.share %x : f64
  func.return %y : f64
}

// -----

func.func @a_stamp_that_is_no_integer(%x: f64) -> f64 {
  // expected-error@+1 {{sharing.share has an integer {stamp = …}}}
  %y = sharing.share %x {stamp = "seven"} : f64
  func.return %y : f64
}

// -----

// A term has no value that could be kept.
func.func @a_term() {
  %d = delta.input 0 : !delta.term<f64>
  // expected-error@+1 {{sharing.share: !delta.term<f64> is no value}}
  %y = sharing.share %d {stamp = 1} : !delta.term<f64>
  func.return
}

// -----

func.func @another_type(%x: f64) -> f32 {
  // expected-error@+1 {{is f32, and must be f64}}
  %y = "sharing.share"(%x) <{stamp = 3 : i64}> : (f64) -> f32
  func.return %y : f32
}

// -----

func.func @an_index_that_is_none(%x: f64) -> f64 {
  // expected-error@+1 {{operand 'indices' is }}
  %y = "sharing.share"(%x, %x) <{stamp = 3 : i64}> : (f64, f64) -> f64
  func.return %y : f64
}

// -----

func.func @let_of_another_type(%x: f64) -> f32 {
  // expected-error@+1 {{is f32, and must be f64}}
  %y = "sharing.let"(%x) : (f64) -> f32
  func.return %y : f32
}
