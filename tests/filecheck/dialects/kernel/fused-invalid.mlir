// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @other_ops(%x: tensor<4x6xf64>) {
  // expected-error@+1 {{kernel.fused: the body has math.exp, not kernel.generic or kernel.product}}
  %y = kernel.fused [4] (%i) store [0] : tensor<4x6xf64> {
    %e = math.exp %x : tensor<4x6xf64>
    %r = kernel.generic [6] (%j) store [0] : tensor<6xf64> {
      %a = kernel.load %e[%i, %j] : tensor<4x6xf64>
      kernel.yield %a : f64
    }
    kernel.yield %r : tensor<6xf64>
  }
  func.return
}

// -----

func.func @result(%x: tensor<4x6xf64>) {
  // expected-error@+1 {{kernel.fused: a result is tensor<4x6xf64>, not tensor<6x4xf64>}}
  %y = kernel.fused [4] (%i) store [0] : tensor<6x4xf64> {
    %r = kernel.generic [6] (%j) store [0] : tensor<6xf64> {
      %a = kernel.load %x[%i, %j] : tensor<4x6xf64>
      kernel.yield %a : f64
    }
    kernel.yield %r : tensor<6xf64>
  }
  func.return
}

// -----

func.func @store_without_a_loop(%x: tensor<4x6xf64>) {
  // expected-error@+1 {{kernel.fused: store [] lacks a loop of [4]}}
  %y = kernel.fused [4] (%i) store [] : tensor<6xf64> {
    %r = kernel.generic [6] (%j) store [0] : tensor<6xf64> {
      %a = kernel.load %x[%i, %j] : tensor<4x6xf64>
      kernel.yield %a : f64
    }
    kernel.yield %r : tensor<6xf64>
  }
  func.return
}
