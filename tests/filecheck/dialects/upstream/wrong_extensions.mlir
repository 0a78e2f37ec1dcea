// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error@+1 {{arith.cmpf compares tensor<3xf32> with tensor<4xf32>}}
  %a = "arith.cmpf"(%x, %y) {predicate = 1 : i64} : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xi1>
  func.return
}

// -----

func.func @f(%x: tensor<3xf32>, %m: tensor<4xi1>) {
  // expected-error@+1 {{the mask of tensor<3xf32> is tensor<3xi1> or i1, and not tensor<4xi1>}}
  %a = "arith.select"(%m, %x, %x) : (tensor<4xi1>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  func.return
}

// -----

func.func @f(%x: f32) {
  // expected-error@+1 {{math.isnan of f32 gives i1, and not i8}}
  %a = "math.isnan"(%x) : (f32) -> i8
  func.return
}

// -----

func.func @f(%x: f64) {
  // expected-error@+1 {{the body of tensor.generate has 1 indices, and tensor<2x3xf64> has 2 dimensions}}
  %a = tensor.generate {
  ^bb0(%i: index):
    tensor.yield %x : f64
  } : tensor<2x3xf64>
  func.return
}

// -----

func.func @f(%x: tensor<2x3xf64>, %y: tensor<3xf64>) {
  // expected-error@+1 {{tensor<2x3xf64> without the dimensions [1] is not tensor<3xf64>}}
  %a = linalg.reduce { arith.addf } ins(%x : tensor<2x3xf64>) outs(%y : tensor<3xf64>) dimensions = [1]
  func.return
}

// -----

func.func @f(%x: tensor<2x3xf64>) {
  // expected-error@+1 {{there is no dimension 2 in tensor<2x3xf64>}}
  %a = linalg.softmax dimension(2) ins(%x : tensor<2x3xf64>) outs(%x : tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return
}

// -----

func.func @f(%x: tensor<2xf64>, %y: tensor<3xf64>) {
  // expected-error@+1 {{the operands of linalg.map have one shape}}
  %a = linalg.map { math.exp } ins(%x : tensor<2xf64>) outs(%y : tensor<3xf64>)
  func.return
}

// -----

func.func @f(%x: tensor<2xf64>) {
  // expected-error@+1 {{there is no op math.none}}
  %a = linalg.map { math.none } ins(%x : tensor<2xf64>) outs(%x : tensor<2xf64>)
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{'addx' is no kind of reduction}}
  %a = affine.parallel (%i) = (0) to (3) reduce ("addx") -> f64 {
  }
  func.return
}
