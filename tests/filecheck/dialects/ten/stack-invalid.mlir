// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @of_nothing() {
  // expected-error@+1 {{ten.stack: there is nothing to join}}
  %0 = "ten.stack"() : () -> tensor<0xf32>
  func.return
}

// -----

func.func @shapes_differ(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{ten.stack: operand 1 is tensor<3xf32>, but operand 0 is tensor<2xf32>}}
  %0 = "ten.stack"(%x, %y) : (tensor<2xf32>, tensor<3xf32>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.stack: the result is tensor<2x2xf32>, not tensor<3x2xf32>}}
  %0 = ten.stack %x, %x : tensor<2xf32> -> tensor<3x2xf32>
  func.return
}
