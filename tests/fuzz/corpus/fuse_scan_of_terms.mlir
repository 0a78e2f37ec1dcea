// FUZZ: letgrad-opt %s -p delta-linearize,optimize
func.func @scan(%a: f64, %xs: tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
  %c, %ys, %zs = ten.scan [4] (%p = %a : f64) over (%x = %xs : tensor<4xf64>, %y = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
    %0 = arith.mulf %x, %y : f64
    %1 = arith.divf %0, %p : f64
    ten.yield %1, %x, %0 : f64, f64, f64
  }
  func.return %c, %ys, %zs : f64, tensor<4xf64>, tensor<4xf64>
}
