// FUZZ: letgrad-opt %s -p 'convert-ten-to-stablehlo,sharing-materialize{budget=1000},ten-checkpoint-scans,ten-raise-einsum,ten-share-views,ten-decompose{all=true}' --print-op-generic
func.func @custom(%x: f64) -> f64 {
  %0 = delta.custom_vjp @f, @f_forward, @f_backward(%x) : (f64) -> f64
  %1 = delta.custom_jvp @f, @f_jvp(%0) : (f64) -> f64
  func.return %1 : f64
}
