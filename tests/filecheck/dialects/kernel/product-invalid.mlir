// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @form(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error@+1 {{kernel.product: "ik->i" is not of the form "ij,jk->ik"}}
    %p = kernel.product "ik->i" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}

// -----

func.func @sizes(%x: tensor<5x3xf64>, %w: tensor<2x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error@+1 {{kernel.product: "ik" of "ik,kj->ij" is not for tensor<5x3xf64>}}
    %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<2x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}

// -----

func.func @elements(%x: tensor<5x3xf64>, %w: tensor<3x4xf32>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error@+1 {{kernel.product: operands tensor<5x3xf64> and tensor<3x4xf32> have other elements}}
    %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf32>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}

// -----

func.func @output(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error@+1 {{kernel.product: "iz" is no output of "ik,kj->iz"}}
    %p = kernel.product "ik,kj->iz" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}

// -----

func.func @indices(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error@+1 {{kernel.product: 1 indices for the letters ""}}
    %p = kernel.product "ik,kj->" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}
