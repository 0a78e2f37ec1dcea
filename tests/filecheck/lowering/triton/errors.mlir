// RUN: not letgrad-opt %s -t triton 2>&1 | filecheck %s

// CHECK: errors.mlir:[[# @LINE + 2]]:17: error: the triton backend has no code for arith.mulsi_extended
func.func @f(%x: i32) -> i32 {
  %low, %high = arith.mulsi_extended %x, %x : i32
  func.return %high : i32
}
