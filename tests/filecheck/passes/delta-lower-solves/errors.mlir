// RUN: letgrad-opt %s -p delta-lower-solves --split-input-file --verify-diagnostics

func.func private @a(%v: f64) -> f64 {
  // expected-error@below {{delta.solve stands in the function @a that it names}}
  %x = delta.solve @a(%v) : (f64) -> f64
  func.return %x : f64
}

// -----

func.func private @a(%v: f64) -> f64 {
  func.return %v : f64
}
func.func @type(%b: f64, %p: f64) -> f64 {
  // expected-error@below {{delta.solve needs @a to be (f64, f64) -> (f64), and it is (f64) -> f64}}
  %x = delta.solve @a(%b, %p) : (f64, f64) -> f64
  func.return %x : f64
}
