// FUZZ: letgrad explain %s -o %t -p 'sharing-materialize{budget=1000},convert-ten-to-linalg'
func.func @custom(%x: f64) -> f64 {
  %0 = delta.custom_vjp @f, @f_forward, @f_backward(%x) : (f64) -> f64
  %1 = delta.custom_jvp @f, @f_jvp(%x) : (f64) -> f64
  func.return %1 : f64
}