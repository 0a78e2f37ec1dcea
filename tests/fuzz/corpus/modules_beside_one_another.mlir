// FUZZ: letgrad-opt %s -p ten-scalarize,sharing-materialize,convert-stablehlo-to-ten --no-implicit-module --check-rules
builtin.module @NegOfNeg {
  func.func @before(%x: f32) -> f32 {
    %a = arith.negf %x : f32
    %b = arith.negf %a : f32
    func.return %b : f32
  }
  func.func @after(%x: f32) -> f32 {
    func.return %x : f32
  }
}

builtin.module @Twice {
  func.func @before(%x: f64) -> f64 {
    %c = arith.constant 2.0 : f64
    %y = arith.mulf %c, %x : f64
    func.return %y : f64
  }
  func.func @after(%x: f64) -> f64 {
    %y = arith.addf %x, %x : f64
    func.return %y : f64
  }
}

builtin.module @TransposeOfTranspose {
  func.func @before(%x: tensor<3x5xf64>) -> tensor<3x5xf64> {
    %y = ten.transpose %x perm [1, 0] : tensor<3x5xf64> -> tensor<5x3xf64>
    %z = ten.transpose %y perm [1, 0] : tensor<5x3xf64> -> tensor<3x5xf64>
    func.return %z : tensor<3x5xf64>
  }
  func.func @after(%x: tensor<3x5xf64>) -> tensor<3x5xf64> {
    func.return %x : tensor<3x5xf64>
  }
}

builtin.module @SliceOfAll {
  func.func @before(%x: tensor<4xf64>) -> tensor<4xf64> {
    %y = ten.slice %x offsets [0] sizes [-2] strides [1] : tensor<4xf64> -> tensor<4xf64>
    func.return %y : tensor<4xf64>
  }
  func.func @after(%x: tensor<4xf64>) -> tensor<4xf64> {
    func.return %x : tensor<4xf64>
  }
}