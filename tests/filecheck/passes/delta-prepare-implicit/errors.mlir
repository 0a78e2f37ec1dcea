// RUN: letgrad-opt %s -p delta-prepare-implicit --split-input-file --verify-diagnostics

func.func private @f(%x: f64, %p: f64) -> f64 {
  // expected-error@below {{delta.implicit stands in the function @f that it names}}
  %y = delta.implicit @f(%x, %p) : (f64, f64) -> f64
  func.return %y : f64
}

// -----

func.func private @f(%x: f64, %p: f64) -> f64 {
  func.return %x : f64
}
func.func @type(%x: f64) -> f64 {
  // expected-error@below {{delta.implicit needs @f to be (f64) -> (f64), and it is (f64, f64) -> f64}}
  %y = delta.implicit @f(%x) : (f64) -> f64
  func.return %y : f64
}

// -----

func.func @missing(%x: f64) -> f64 {
  // expected-error@below {{there is no function @f with a body}}
  %y = delta.solve @f(%x) : (f64) -> f64
  func.return %y : f64
}
