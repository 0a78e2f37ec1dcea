// Where programs with a tile each run the loops, as on a GPU, and kernels of products read windows.
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{tiles=true}' --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p 'kernel-fuse-rows' --split-input-file | filecheck %s --check-prefix=FUSED
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{tiles=true}' --split-input-file --remarks 2>&1 >/dev/null | filecheck %s --check-prefix=REMARK

// A sum of reversed rows that is as large as a row: each program would store one.
// REMARK: the nest has loops of its own: programs would store 480 partial results for 480 points
// CHECK-LABEL: func.func @sums_of_rows_stay
// CHECK-NOT:     kernel.fused
// FUSED-LABEL: func.func @sums_of_rows_stay
// FUSED:         kernel.fused [8] {{.*}} add []
func.func @sums_of_rows_stay(%x: tensor<8x60xf32>) -> (tensor<8x60xf32>, tensor<60xf32>) {
  %y = kernel.generic [8, 60] (%i, %j) store [0, 1] : tensor<8x60xf32> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x60xf32>
    %b = arith.mulf %a, %a : f32
    kernel.yield %b : f32
  }
  %s = kernel.generic [8, 60] (%i, %j) add [1] : tensor<60xf32> {
    %last = arith.constant 59 : index
    %k = arith.subi %last, %j : index
    %a = kernel.load %y[%i, %k] {in_bounds} : tensor<8x60xf32>
    kernel.yield %a : f32
  }
  func.return %y, %s : tensor<8x60xf32>, tensor<60xf32>
}

// -----

// One number for each column of many rows: few partial results beside the points.
// CHECK-LABEL: func.func @few_partial_results
// CHECK:         kernel.fused [9000]
// FUSED-LABEL: func.func @few_partial_results
// FUSED:         kernel.fused [9000]
func.func @few_partial_results(%x: tensor<9000x20xf32>) -> (tensor<9000x20xf32>, tensor<20xf32>) {
  %y = kernel.generic [9000, 20] (%i, %j) store [0, 1] : tensor<9000x20xf32> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<9000x20xf32>
    %b = arith.mulf %a, %a : f32
    kernel.yield %b : f32
  }
  %s = kernel.generic [9000, 20] (%i, %j) add [1] : tensor<20xf32> {
    %last = arith.constant 19 : index
    %k = arith.subi %last, %j : index
    %a = kernel.load %y[%i, %k] {in_bounds} : tensor<9000x20xf32>
    kernel.yield %a : f32
  }
  func.return %y, %s : tensor<9000x20xf32>, tensor<20xf32>
}

// -----

// The kernel of the product computes the windows from %y.
// CHECK-LABEL: func.func @windows_stay
// CHECK-NOT:     kernel.fused
// CHECK:         ten.einsum
// FUSED-LABEL: func.func @windows_stay
// FUSED:         kernel.fused [8]
func.func @windows_stay(%x: tensor<8x60xf32>, %w: tensor<3x40xf32>) -> (tensor<8x60xf32>, tensor<8x58x40xf32>) {
  %y = kernel.generic [8, 60] (%i, %j) store [0, 1] : tensor<8x60xf32> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<8x60xf32>
    %b = arith.mulf %a, %a : f32
    kernel.yield %b : f32
  }
  %v = kernel.generic [8, 58, 3] (%i, %j, %k) store [0, 1, 2] : tensor<8x58x3xf32> {
    %p = arith.addi %j, %k : index
    %a = kernel.load %y[%i, %p] {in_bounds} : tensor<8x60xf32>
    kernel.yield %a : f32
  }
  %z = ten.einsum "ijk,ko->ijo" %v, %w : tensor<8x58x3xf32>, tensor<3x40xf32> -> tensor<8x58x40xf32>
  func.return %y, %z : tensor<8x60xf32>, tensor<8x58x40xf32>
}
