// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @alternatives_differ(%m: i1, %a: f32, %b: f64) {
  // expected-error@+1 {{ten.select: the alternatives are f32 and f64}}
  %0 = "ten.select"(%m, %a, %b) : (i1, f32, f64) -> f32
  func.return
}

// -----

func.func @mask_of_another_shape(%m: tensor<3x2xi1>, %a: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.select: the mask of tensor<2x3xf32> is tensor<2x3xi1> or i1, not tensor<3x2xi1>}}
  %0 = ten.select %m, %a, %a : tensor<3x2xi1>, tensor<2x3xf32>
  func.return
}

// -----

func.func @mask_of_numbers(%m: i8, %a: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.select: the mask of tensor<2x3xf32> is tensor<2x3xi1> or i1, not i8}}
  %0 = ten.select %m, %a, %a : i8, tensor<2x3xf32>
  func.return
}

// -----

func.func @tensor_mask_of_scalars(%m: tensor<1xi1>, %a: f32) {
  // expected-error@+1 {{ten.select: the mask of f32 is i1, not tensor<1xi1>}}
  %0 = ten.select %m, %a, %a : tensor<1xi1>, f32
  func.return
}

// -----

func.func @result_differs(%m: i1, %a: f32) {
  // expected-error@+1 {{ten.select: the result is f32, not f64}}
  %0 = "ten.select"(%m, %a, %a) : (i1, f32, f32) -> f64
  func.return
}

// -----

func.func @two_operands(%m: i1, %a: f32) {
  // expected-error@+1 {{expected 3 operand types but had 2}}
  %0 = ten.select %m, %a : i1, f32
  func.return
}
