// Elementwise: written on scalars, it holds for each element of tensors.
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

// 2 * x is x + x, whatever x is: up to rounding there is no other number.
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

// 3 and 5 stand for two sizes.
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

// The attribute says 4, so that 4 is 4.
builtin.module @SliceOfAll {
  func.func @before(%x: tensor<4xf64>) -> tensor<4xf64> {
    %y = ten.slice %x offsets [0] sizes [4] strides [1] : tensor<4xf64> -> tensor<4xf64>
    func.return %y : tensor<4xf64>
  }
  func.func @after(%x: tensor<4xf64>) -> tensor<4xf64> {
    func.return %x : tensor<4xf64>
  }
}
