// RUN: letgrad-opt %s --verify-sharing --split-input-file --verify-diagnostics

// `--verify-sharing` checks the stamps of the program that it reads, before any pass.

func.func @one_stamp_on_two_functions(%v: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 0} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %v[%j] : tensor<5xf64> -> f64
    %s = math.cos %e : f64
    // expected-error @below {{stamp 0 is on two different terms}}
    %h = sharing.share %s {stamp = 0} [%j] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// -----

func.func @the_order_of_operands_is_no_difference(%v: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.sin %e : f64
    %p = arith.mulf %s, %e : f64
    %h = sharing.share %p {stamp = 0} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [5] (%j) : tensor<5xf64> {
    %e = ten.index %v[%j] : tensor<5xf64> -> f64
    %s = math.sin %e : f64
    %p = arith.mulf %e, %s : f64
    %h = sharing.share %p {stamp = 0} [%j] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}
