// A scatter adds one element after the other. So an array with a costly function is stored before
// single elements of it are added, where a machine has vectors.
// RUN: letgrad-opt %s -p 'convert-ten-to-kernel{store_scattered=true}' | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s -p convert-ten-to-kernel | filecheck %s --check-prefix=FUSED

// CHECK-LABEL: func.func @function_of_elements(
// CHECK-NEXT:    %s = kernel.generic [70] (%0) store [0]
// CHECK:           math.sin
// CHECK:         "kernel.scatter"
// CHECK:           kernel.load %s[
// CHECK-NOT:       math.sin
// CHECK:         func.return
// FUSED-LABEL: func.func @function_of_elements(
// FUSED-NEXT:    %y = "kernel.scatter"
// FUSED:           math.sin
func.func @function_of_elements(%x: tensor<70xf64>, %p: tensor<70xi64>) -> tensor<5xf64> {
  %s = math.sin %x : tensor<70xf64>
  %y = ten.scatter [5] %s (%i) : tensor<70xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<70xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// The store would cost more than the product.
// CHECK-LABEL: func.func @product_of_elements_stays(
// CHECK-NEXT:    %y = "kernel.scatter"
// CHECK:           arith.mulf
func.func @product_of_elements_stays(%x: tensor<71xf64>, %p: tensor<71xi64>) -> tensor<5xf64> {
  %s = arith.mulf %x, %x : tensor<71xf64>
  %y = ten.scatter [5] %s (%i) : tensor<71xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<71xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// The innermost loop runs along a row, and is one of vectors.
// CHECK-LABEL: func.func @function_of_rows_stays(
// CHECK-NEXT:    %y = "kernel.scatter"
// CHECK:           math.sin
func.func @function_of_rows_stays(%x: tensor<72x8xf64>, %p: tensor<72xi64>) -> tensor<5x8xf64> {
  %s = math.sin %x : tensor<72x8xf64>
  %y = ten.scatter [5] %s (%i) : tensor<72x8xf64> -> tensor<5x8xf64> {
    %j = ten.index %p[%i] : tensor<72xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<5x8xf64>
}

// One more nest does not pay for so few places.
// CHECK-LABEL: func.func @few_places_stay(
// CHECK-NEXT:    %y = "kernel.scatter"
// CHECK:           math.sin
func.func @few_places_stay(%x: tensor<63xf64>, %p: tensor<63xi64>) -> tensor<5xf64> {
  %s = math.sin %x : tensor<63xf64>
  %y = ten.scatter [5] %s (%i) : tensor<63xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<63xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}
