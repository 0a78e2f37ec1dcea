// RUN: letgrad-opt %s -p ten-unroll-reductions | filecheck %s

// CHECK-LABEL: func.func @sum_of_three(
// CHECK-NOT:     ten.sum
// CHECK:         ten.slice {{.*}}
// CHECK:         arith.constant dense<0.000000e+00> : tensor<5x7xf32>
// CHECK-COUNT-3: arith.addf
// CHECK:         math.sqrt
func.func @sum_of_three(%x: tensor<5x7x3xf32>) -> tensor<5x7xf32> {
  %a = arith.mulf %x, %x : tensor<5x7x3xf32>
  %s = ten.sum %a dims [2] : tensor<5x7x3xf32> -> tensor<5x7xf32>
  %r = math.sqrt %s : tensor<5x7xf32>
  func.return %r : tensor<5x7xf32>
}

// CHECK-LABEL: func.func @maximum_of_a_window(
// CHECK-NOT:     ten.reduce
// CHECK-COUNT-3: arith.maximumf
// CHECK:         math.sqrt
func.func @maximum_of_a_window(%x: tensor<5x2x7x2xf64>) -> tensor<5x7xf64> {
  %s = ten.reduce max, %x dims [1, 3] : tensor<5x2x7x2xf64> -> tensor<5x7xf64>
  %r = math.sqrt %s : tensor<5x7xf64>
  func.return %r : tensor<5x7xf64>
}

// The nest would store the result in any case.
// CHECK-LABEL: func.func @a_result_stays(
// CHECK:         ten.sum
func.func @a_result_stays(%x: tensor<5x7x3xf32>) -> tensor<5x7xf32> {
  %a = arith.mulf %x, %x : tensor<5x7x3xf32>
  %s = ten.sum %a dims [2] : tensor<5x7x3xf32> -> tensor<5x7xf32>
  func.return %s : tensor<5x7xf32>
}

// CHECK-LABEL: func.func @sixteen_elements_stay(
// CHECK:         ten.sum
func.func @sixteen_elements_stay(%x: tensor<5x16xf32>) -> tensor<5xf32> {
  %s = ten.sum %x dims [1] : tensor<5x16xf32> -> tensor<5xf32>
  %r = math.sqrt %s : tensor<5xf32>
  func.return %r : tensor<5xf32>
}

// Each element of a row would take the maximum of the row again. A nest that keeps the row takes it
// once.
// CHECK-LABEL: func.func @a_softmax_of_short_rows_stays(
// CHECK:         ten.reduce
func.func @a_softmax_of_short_rows_stays(%x: tensor<50x10xf32>) -> tensor<50x10xf32> {
  %m = ten.reduce max, %x dims [1] : tensor<50x10xf32> -> tensor<50xf32>
  %b = ten.broadcast %m dims [1] : tensor<50xf32> -> tensor<50x10xf32>
  %d = arith.subf %x, %b : tensor<50x10xf32>
  %r = math.exp %d : tensor<50x10xf32>
  func.return %r : tensor<50x10xf32>
}

// CHECK-LABEL: func.func @costly_elements_stay(
// CHECK:         ten.sum
func.func @costly_elements_stay(%x: tensor<5x7x3xf32>) -> tensor<5x7xf32> {
  %a = math.exp %x : tensor<5x7x3xf32>
  %s = ten.sum %a dims [2] : tensor<5x7x3xf32> -> tensor<5x7xf32>
  %r = math.sqrt %s : tensor<5x7xf32>
  func.return %r : tensor<5x7xf32>
}

// The repeated values are summed over a long dimension, so no row of them is stored.
// CHECK-LABEL: func.func @repeated_and_summed(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @repeated_and_summed(%x: tensor<20x30x3xf32>) -> tensor<20x3xf32> {
  %a = arith.mulf %x, %x : tensor<20x30x3xf32>
  %s = ten.sum %a dims [2] : tensor<20x30x3xf32> -> tensor<20x30xf32>
  %b = ten.broadcast %s dims [2] : tensor<20x30xf32> -> tensor<20x30x3xf32>
  %d = arith.divf %x, %b : tensor<20x30x3xf32>
  %r = ten.sum %d dims [1] : tensor<20x30x3xf32> -> tensor<20x3xf32>
  func.return %r : tensor<20x3xf32>
}
