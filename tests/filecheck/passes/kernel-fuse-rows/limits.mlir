// Rows that are short, few or too long for what is fast stay in nests of their own.
// RUN: letgrad-opt %s -p 'kernel-fuse-rows' | filecheck %s --check-prefix=FEW
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{min_rows=4}' | filecheck %s --check-prefix=FUSED
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{min_rows=4 row_bytes=300}' | filecheck %s --check-prefix=LONG
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{min_rows=4 min_row=21}' | filecheck %s --check-prefix=SHORT

// FEW:       func.func @fuse_rows
// FEW-NOT:   kernel.fused
// FUSED:     kernel.fused
// LONG:      func.func @fuse_rows
// LONG-NOT:  kernel.fused
// SHORT:     func.func @fuse_rows
// SHORT-NOT: kernel.fused
func.func @fuse_rows(%x: tensor<4x20xf64>) -> tensor<4x20xf64> {
  %s = kernel.generic [4, 20] (%i, %j) add [0] : tensor<4xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x20xf64>
    kernel.yield %a : f64
  }
  %y = kernel.generic [4, 20] (%i, %j) store [0, 1] : tensor<4x20xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<4x20xf64>
    %b = kernel.load %s[%i] {in_bounds} : tensor<4xf64>
    %c = arith.divf %a, %b : f64
    kernel.yield %c : f64
  }
  func.return %y : tensor<4x20xf64>
}
