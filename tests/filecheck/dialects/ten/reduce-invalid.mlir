// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @kind_unknown(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reduce: 'mean' is none of max, min, prod, any, all}}
  %0 = ten.reduce mean, %x dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @max_of_truth_values(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{ten.reduce: max of tensor<2x3xi1>: any and all are for i1, max, min and prod for numbers}}
  %0 = ten.reduce max, %x dims [1] : tensor<2x3xi1> -> tensor<2xi1>
  func.return
}

// -----

func.func @any_of_numbers(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reduce: any of tensor<2x3xf32>: any and all are for i1}}
  %0 = ten.reduce any, %x dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @dims_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reduce: dims [0, 5] are not all in 0..1 (rank 2)}}
  %0 = ten.reduce max, %x dims [0, 5] : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reduce: the result is tensor<3xf32>, not tensor<2xf32>}}
  %0 = ten.reduce max, %x dims [0] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}
