// RUN: letgrad run %s -i '[3.0, 4.0]' | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s --check-prefix=TEXT

// Elements that stand behind the program are those of a constant, and notes of other tools are not
// read.

// CHECK: [3.0, 8.0]
// TEXT: arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = arith.constant dense_resource<table> : tensor<2xf32>
  %z = arith.mulf %x, %y : tensor<2xf32>
  func.return %z : tensor<2xf32>
}
{-#
  dialect_resources: { builtin: { table: "0x040000000000803F00000040" } },
  external_resources: { mlir_reproducer: { pipeline: "builtin.module(cse)", verify_each: true } }
#-}
