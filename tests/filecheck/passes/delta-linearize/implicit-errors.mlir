// RUN: letgrad-opt %s -p 'delta-linearize{entry=g}' --split-input-file --verify-diagnostics

func.func private @f(%x: f64, %p: f64) -> f64 {
  func.return %p : f64
}
func.func @g(%x: f64, %p: f64) -> f64 {
  // expected-error@below {{delta.implicit lacks the functions for its derivative; run delta-prepare-implicit first}}
  %y = delta.implicit @f(%x, %p) : (f64, f64) -> f64
  func.return %y : f64
}

// -----

func.func private @a(%v: f64) -> f64 {
  func.return %v : f64
}
func.func @g(%b: f64) -> f64 {
  // expected-error@below {{delta.solve lacks the functions for its derivative; run delta-prepare-implicit first}}
  %x = delta.solve @a(%b) : (f64) -> f64
  func.return %x : f64
}
