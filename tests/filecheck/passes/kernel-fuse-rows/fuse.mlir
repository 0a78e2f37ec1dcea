// Nests that hand each other rows run in common loops.
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{min_row=1 min_rows=1}' --split-input-file | filecheck %s

// The sum of a row is a scalar by the time that the row is read again, and no buffer.
// CHECK-LABEL: func.func @fuse_rows(
// CHECK-NEXT:    %y = kernel.fused [4] (%i) store [0] : tensor<4x6xf64> {
// CHECK-NEXT:      %s = kernel.generic [6] (%j) add [] : f64 {
// CHECK-NEXT:        %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
// CHECK-NEXT:        kernel.yield %a : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      %y_1 = kernel.generic [6] (%j_1) store [0] : tensor<6xf64> {
// CHECK-NEXT:        %a_1 = kernel.load %x[%i, %j_1] {in_bounds} : tensor<4x6xf64>
// CHECK-NEXT:        %c = arith.divf %a_1, %s : f64
// CHECK-NEXT:        kernel.yield %c : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      kernel.yield %y_1 : tensor<6xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4x6xf64>
func.func @fuse_rows(%x: tensor<4x6xf64>) -> tensor<4x6xf64> {
  %s = kernel.generic [4, 6] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [4, 6] (%i, %j) store [0, 1] : tensor<4x6xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    %b = kernel.load %s[%i] {in_bounds} : tensor<4xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<4x6xf64>
}

// -----

// A sum over the rows is one of the group's results: each row is added to it.
// CHECK-LABEL: func.func @sum_over_rows(
// CHECK-NEXT:    %s, %t = kernel.fused [4] (%i) store [0], add [] : tensor<4xf64>, tensor<6xf64> {
// CHECK:           %s_1 = kernel.generic [6] (%j) add [] : f64 {
// CHECK:           %t_1 = kernel.generic [6] (%j_1) store [0] : tensor<6xf64> {
// CHECK:           kernel.yield %s_1, %t_1 : f64, tensor<6xf64>
func.func @sum_over_rows(%x: tensor<4x6xf64>) -> (tensor<4xf64>, tensor<6xf64>) {
  %s = kernel.generic [4, 6] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    kernel.yield %a : f64
  }
  %t = kernel.generic [4, 6] (%i, %j) add [1] : tensor<6xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    %b = kernel.load %s[%i] {in_bounds} : tensor<4xf64>
    %c = arith.mulf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %s, %t : tensor<4xf64>, tensor<6xf64>
}

// -----

// Two loops in common: those of which all results have the first dimensions.
// CHECK-LABEL: func.func @two_loops(
// CHECK-NEXT:    %y = kernel.fused [4, 3] (%i, %j) store [0, 1] : tensor<4x3x6xf64> {
func.func @two_loops(%x: tensor<4x3x6xf64>) -> tensor<4x3x6xf64> {
  %s = kernel.generic [4, 3, 6] (%i, %j, %k) add [0, 1] : tensor<4x3xf64> {
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<4x3x6xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [4, 3, 6] (%i, %j, %k) store [0, 1, 2] : tensor<4x3x6xf64> {
    %a = kernel.load %x[%i, %j, %k] {in_bounds} : tensor<4x3x6xf64>
    %b = kernel.load %s[%i, %j] {in_bounds} : tensor<4x3xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<4x3x6xf64>
}

// -----

// One row needs the sum of another, which may not be there yet.
// CHECK-LABEL: func.func @other_rows_stay(
// CHECK-NOT:     kernel.fused
func.func @other_rows_stay(%x: tensor<4x6xf64>) -> tensor<4x6xf64> {
  %s = kernel.generic [4, 6] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [4, 6] (%i, %j) store [0, 1] : tensor<4x6xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    %one = arith.constant 1 : index
    %k = arith.addi %i, %one : index
    %b = kernel.load %s[%k] : tensor<4xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<4x6xf64>
}

// -----

// A row of the result would not be in one piece of memory.
// CHECK-LABEL: func.func @transposed_results_stay(
// CHECK-NOT:     kernel.fused
func.func @transposed_results_stay(%x: tensor<4x6xf64>) -> tensor<6x4xf64> {
  %s = kernel.generic [4, 6] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [4, 6] (%i, %j) store [1, 0] : tensor<6x4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    %b = kernel.load %s[%i] {in_bounds} : tensor<4xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<6x4xf64>
}

// -----

// The matrix product needs all rows of %e, and gives all rows to the nest after it.
// CHECK-LABEL: func.func @what_runs_between_keeps_apart(
// CHECK-NOT:     kernel.fused
func.func @what_runs_between_keeps_apart(%x: tensor<4x6xf64>, %w: tensor<6x6xf64>) -> tensor<4xf64> {
  %e = kernel.generic [4, 6] (%i, %j) store [0, 1] : tensor<4x6xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x6xf64>
    %b = math.exp %a : f64
    kernel.yield %b : f64
  }
  %m = ten.einsum "ij,jk->ik" %e, %w : tensor<4x6xf64>, tensor<6x6xf64> -> tensor<4x6xf64>
  %y = kernel.generic [4, 6] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %m[%i, %j] {in_bounds} : tensor<4x6xf64>
    %b = kernel.load %e[%i, %j] {in_bounds} : tensor<4x6xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<4xf64>
}
