// RUN: letgrad-opt %s -p outline-regions | filecheck %s

// The body of a loop is a function of its arguments and of what it uses from outside, but constants,
// which it has itself. It gives no argument back, nor a value twice: each result has its own memory.
// CHECK-LABEL: func.func @scan(%a: f64, %xs: tensor<4xf64>, %w: f64) -> (f64, tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    %two = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    %c, %ys, %zs = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:      %0, %1, %2 = func.call @scan_scan(%h, %x, %w) : (f64, f64, f64) -> (f64, f64, f64)
// CHECK-NEXT:      ten.yield %0, %1, %2 : f64, f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %c, %ys, %zs : f64, tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @scan(%a: f64, %xs: tensor<4xf64>, %w: f64) -> (f64, tensor<4xf64>, tensor<4xf64>) {
  %two = arith.constant 2.0 : f64
  %c, %ys, %zs = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
    %0 = arith.mulf %h, %w : f64
    %1 = arith.addf %0, %two : f64
    ten.yield %1, %1, %x : f64, f64, f64
  }
  func.return %c, %ys, %zs : f64, tensor<4xf64>, tensor<4xf64>
}

// Each branch of a conditional is one.
// CHECK-LABEL: func.func @if(%m: i1, %a: f64) -> f64 {
// CHECK-NEXT:    %c = scf.if %m -> (f64) {
// CHECK-NEXT:      %0 = func.call @if_if(%a) : (f64) -> f64
// CHECK-NEXT:      scf.yield %0 : f64
// CHECK-NEXT:    } else {
// CHECK-NEXT:      %1 = func.call @if_if1(%a) : (f64) -> f64
// CHECK-NEXT:      scf.yield %1 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %c : f64
// CHECK-NEXT:  }
func.func @if(%m: i1, %a: f64) -> f64 {
  %c = scf.if %m -> (f64) {
    %0 = math.sin %a : f64
    scf.yield %0 : f64
  } else {
    %1 = math.cos %a : f64
    scf.yield %1 : f64
  }
  func.return %c : f64
}

// CHECK-LABEL: func.func private @if_if(%a: f64) -> f64 {
// CHECK-NEXT:    %0 = math.sin %a : f64
// CHECK-NEXT:    func.return %0 : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @if_if1(%a: f64) -> f64 {
// CHECK-NEXT:    %0 = math.cos %a : f64
// CHECK-NEXT:    func.return %0 : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @scan_scan(%h: f64, %x: f64, %w: f64) -> (f64, f64, f64) {
// CHECK-NEXT:    %two = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    %0 = arith.mulf %h, %w : f64
// CHECK-NEXT:    %1 = arith.addf %0, %two : f64
// CHECK-NEXT:    %2 = ten.reshape %1 : f64 -> f64
// CHECK-NEXT:    %3 = ten.reshape %x : f64 -> f64
// CHECK-NEXT:    func.return %1, %2, %3 : f64, f64, f64
// CHECK-NEXT:  }
