// RUN: letgrad-opt %s -p delta-evaluate --split-input-file --verify-diagnostics

func.func private @backward(%ct: f64) -> f64 {
  func.return %ct : f64
}
func.func @transposed_call(%t0: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{delta.transposed_call has no pushforward rule: a custom_vjp says only how cotangents are pulled back}}
  %d = delta.transposed_call @backward() of (%d0) : (), (!delta.term<f64>) -> (!delta.term<f64>)
  %t = delta.pushforward %d, (%t0) : f64, (f64)
  func.return %t : f64
}

// -----

func.func @no_tangent(%t0: f64) -> f64 {
  // expected-error@below {{input 1 has no tangent; tangents here: 1}}
  %d1 = delta.input 1 : !delta.term<f64>
  %t = delta.pushforward %d1, (%t0) : f64, (f64)
  func.return %t : f64
}

// -----

func.func @tangent_of_another_type(%t0: f32) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{the pushforward gives f64, and its term has f32}}
  %t = delta.pushforward %d0, (%t0) : f64, (f32)
  func.return %t : f64
}
