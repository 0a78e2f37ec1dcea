// RUN: letgrad-opt %s --split-input-file -p canonicalize | filecheck %s
// RUN: not letgrad-opt %S/Inputs/split_with_errors.mlir --split-input-file > %t.out 2> %t.err
// RUN: filecheck %s --check-prefix=OUT < %t.out
// RUN: filecheck %s --check-prefix=ERR < %t.err

// Each piece is a program of its own: names may come again.

// CHECK:       func.func @f() -> i32
// CHECK-NEXT:    arith.constant 3 : i32
// CHECK:       // -----
// CHECK:       func.func @f() -> i64
// CHECK-NEXT:    arith.constant 7 : i64
func.func @f() -> i32 {
  %a = arith.constant 1 : i32
  %b = arith.constant 2 : i32
  %c = arith.addi %a, %b : i32
  func.return %c : i32
}
// -----
func.func @f() -> i64 {
  %c = arith.constant 7 : i64
  func.return %c : i64
}

// A piece that fails does not stop the others, and its lines are those of the file.
// OUT-NOT:     @wrong
// OUT:         @first
// OUT:         // -----
// OUT-NOT:     @wrong
// OUT:         // -----
// OUT:         @third
// OUT-NOT:     @wrong
// ERR:         split_with_errors.mlir:8:17: error: %x is used but not defined
// ERR-NEXT:    split_with_errors.mlir:17:8: error: ten.transpose: {{.*}}
// ERR-NOT:     {{.}}
