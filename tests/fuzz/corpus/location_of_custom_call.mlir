// FUZZ: letgrad-opt %s --print-debuginfo
func.func @f(%x: f64) -> f64 {
  %b = delta.custom_jvp @g, @g_jvp(%x) : (f64) -> f64
  func.return %b : f64
}
func.func private @g(f64) -> f64
func.func private @g_jvp(f64, f64) -> (f64, f64)
