// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @low_missing(%x: tensor<5x7xf32>) {
  // expected-error@+1 {{ten.pad: 1 low widths for the 2 dimensions of tensor<5x7xf32>}}
  %0 = ten.pad %x low [1] high [0, 0] interior [0, 0] : tensor<5x7xf32> -> tensor<6x7xf32>
  func.return
}

// -----

func.func @high_missing(%x: tensor<5x7xf32>) {
  // expected-error@+1 {{ten.pad: 0 high widths for the 2 dimensions of tensor<5x7xf32>}}
  %0 = ten.pad %x low [1, 0] high [] interior [0, 0] : tensor<5x7xf32> -> tensor<6x7xf32>
  func.return
}

// -----

func.func @interior_too_many(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.pad: 2 interior widths for the 1 dimensions of tensor<5xf32>}}
  %0 = ten.pad %x low [1] high [0] interior [0, 0] : tensor<5xf32> -> tensor<6xf32>
  func.return
}

// -----

func.func @high_negative(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.pad: high [-1] has a negative width}}
  %0 = ten.pad %x low [1] high [-1] interior [0] : tensor<5xf32> -> tensor<5xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.pad: the result is tensor<10xf32>, not tensor<6xf32>}}
  %0 = ten.pad %x low [1] high [0] interior [1] : tensor<5xf32> -> tensor<6xf32>
  func.return
}
