// FUZZ: letgrad-opt %s -p 'sharing-materialize{budget=1000},canonicalize,convert-upstream-to-ten' --check-semantics=2 --allow-unregistered-dialect
builtin.module {
  func.func @constant() -> tensor<2x3xf32> {
    %c = stablehlo.constant dense<[[1.000000e+00, 2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
    func.return %c : tensor<2x3xf32>
  }
  func.func @iota() -> tensor<2x3xi32> {
    %c = stablehlo.iota dim = 1 : tensor<2x3xi32>
    func.return %c : tensor<2x3xi32>
  }
  func.func @broadcast_in_dim(%x: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
    %y = stablehlo.broadcast_in_dim %x, dims = [1, 2] : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
    func.return %y : tensor<2x3x4xf32>
  }
  func.func @broadcast_in_dim_of_scalar(%x: tensor<f32>) -> tensor<2x3xf32> {
    %y = stablehlo.broadcast_in_dim %x, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
    func.return %y : tensor<2x3xf32>
  }
  func.func @reshape_of_reshape(%x: tensor<2x6xf32>) -> tensor<4x3xf32> {
    %y = stablehlo.reshape %x : (tensor<2x6xf32>) -> tensor<3x4xf32>
    %z = stablehlo.reshape %y : (tensor<3x4xf32>) -> tensor<4x3xf32>
    func.return %z : tensor<4x3xf32>
  }
  func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
    %y = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
    func.return %y : tensor<4x2x3xf32>
  }
  func.func @reverse(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %y = stablehlo.reverse %x, dims = [1] : tensor<2x3xf32>
    func.return %y : tensor<2x3xf32>
  }
  func.func @slice(%x: tensor<7x3xf32>) -> tensor<3x2xf32> {
    %y = stablehlo.slice %x [1:6:2, 1:3] : (tensor<7x3xf32>) -> tensor<3x2xf32>
    func.return %y : tensor<3x2xf32>
  }
  func.func @concatenate(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> {
    %z = stablehlo.concatenate %x, %y, dim = 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
    func.return %z : tensor<2x7xf32>
  }
  "fz.source40"() ({
    func.func @pad(%x: tensor<3xf32>) -> tensor<8xf32> {
      %v = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %y = stablehlo.pad %x, %v, low = [1], high = [2], interior = [1] : (tensor<3xf32>, tensor<f32>) -> tensor<8xf32>
      func.return %y : tensor<8xf32>
    }
    func.func @pad_with_value(%x: tensor<3xf32>, %v: tensor<f32>) -> tensor<6xf32> {
      %y = stablehlo.pad %x, %v, low = [1], high = [2], interior = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<6xf32>
      func.return %y : tensor<6xf32>
    }
  }) {operandSegmentSizes = array<i64: 1, 2>, predicate = @a::@b::@c, callee = true} : () -> ()
  func.func @pad_with_negative_width(%x: tensor<5xf32>) -> tensor<5xf32> {
    %v = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %y = stablehlo.pad %x, %v, low = [-2], high = [2], interior = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
    func.return %y : tensor<5xf32>
  }
  func.func @blocks(%x: f64) -> f64 {
    %y = "fz.region"(%x) ({
    ^bb0(%p: f64):
      %s = math.sin %p : f64
      "fz.jump"(%s) [^bb1, ^bb2] : (f64) -> ()
    ^bb1:
      %t = math.sin %p : f64
      "fz.end"(%t) : (f64) -> ()
    ^bb2:
      %u = math.sin %x : f64
      "fz.end"(%u) : (f64) -> ()
    }, {
    }) : (f64) -> f64
    %z = math.sin %x : f64
    %r = arith.addf %y, %z : f64
    func.return %r : f64
  }
}
