// RUN: not letgrad run %s 2>&1 | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s --check-prefix=TEXT

// Elements that stand behind the program are text to letgrad-opt, and no value.

// CHECK: error: arith.constant: letgrad does not read the elements of dense_resource<table>
// TEXT: arith.constant dense_resource<table> : tensor<2xf32>
// TEXT: table: "0x0400000000000000803F00000040"
func.func @f() -> tensor<2xf32> {
  %x = arith.constant dense_resource<table> : tensor<2xf32>
  func.return %x : tensor<2xf32>
}
{-#
  dialect_resources: { builtin: { table: "0x0400000000000000803F00000040" } }
#-}
