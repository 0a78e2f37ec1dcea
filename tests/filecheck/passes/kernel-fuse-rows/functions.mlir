// A function such as tanh of one number for each row gets loops of its own, if the rows are short.
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{short_row=512}' --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{short_row=30}' --split-input-file | filecheck %s --check-prefix=LONG

// CHECK-LABEL: func.func @function_of_a_sum
// CHECK-NOT:   kernel.fused
// CHECK:       kernel.generic [8, 40]
// CHECK:       kernel.generic [8]
// CHECK:         math.tanh
// LONG-LABEL:  func.func @function_of_a_sum
// LONG:        kernel.fused [8]
func.func @function_of_a_sum(%x: tensor<8x40xf64>) -> tensor<8xf64> {
  %s = kernel.generic [8, 40] (%i, %j) add [0] : tensor<8xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x40xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [8] (%i) store [0] : tensor<8xf64> {
    %a = kernel.load %s[%i] {in_bounds} : tensor<8xf64>
    %b = math.tanh %a : f64
    kernel.yield %b : f64
  }
  func.return %y : tensor<8xf64>
}

// -----

// Cheap operations cost less than the loop that they would need.
// CHECK-LABEL: func.func @product_of_a_sum_stays
// CHECK:       kernel.fused [8]
func.func @product_of_a_sum_stays(%x: tensor<8x40xf64>) -> tensor<8xf64> {
  %s = kernel.generic [8, 40] (%i, %j) add [0] : tensor<8xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x40xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [8] (%i) store [0] : tensor<8xf64> {
    %a = kernel.load %s[%i] {in_bounds} : tensor<8xf64>
    %b = arith.mulf %a, %a : f64
    kernel.yield %b : f64
  }
  func.return %y : tensor<8xf64>
}

// -----

// The rows need the logarithm while they are in the cache.
// CHECK-LABEL: func.func @function_for_the_row_stays
// CHECK:       kernel.fused [8]
// CHECK:         math.log
// CHECK:         kernel.generic [40]
func.func @function_for_the_row_stays(%x: tensor<8x40xf64>) -> tensor<8x40xf64> {
  %s = kernel.generic [8, 40] (%i, %j) add [0] : tensor<8xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x40xf64>
    kernel.yield %a : f64
  }
  %l = kernel.generic [8] (%i) store [0] : tensor<8xf64> {
    %a = kernel.load %s[%i] {in_bounds} : tensor<8xf64>
    %b = math.log %a : f64
    kernel.yield %b : f64
  }
  %y = kernel.generic [8, 40] (%i, %j) store [0, 1] : tensor<8x40xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x40xf64>
    %b = kernel.load %l[%i] {in_bounds} : tensor<8xf64>
    %c = arith.subf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<8x40xf64>
}
