// RUN: letgrad-opt %s -p ten-factor-sums{row=300} --check-semantics | filecheck %s

// The factor waits for no sum: the sum would not come earlier.
// CHECK-LABEL: func.func @factor_of_nothing_stays
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
func.func @factor_of_nothing_stays(%x: tensor<900x5xf64>, %s: tensor<5xf64>) -> tensor<5xf64> {
  %w = ten.broadcast %s dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %y = arith.mulf %x, %w : tensor<900x5xf64>
  %t = ten.sum %y dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// x - m is no difference of products: the sum of x minus 900 m would lose digits.
// CHECK-LABEL: func.func @difference_of_values_stays
// CHECK:         arith.subf %x
// CHECK-NEXT:    ten.sum
func.func @difference_of_values_stays(%x: tensor<900x5xf64>) -> tensor<5xf64> {
  %m = ten.reduce max, %x dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %y = arith.subf %x, %w : tensor<900x5xf64>
  %t = ten.sum %y dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// The factor changes along the summed dimension.
// CHECK-LABEL: func.func @factor_that_varies_stays
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
func.func @factor_that_varies_stays(%x: tensor<900x5xf64>) -> tensor<5xf64> {
  %m = ten.reduce max, %x dims [1] : tensor<900x5xf64> -> tensor<900xf64>
  %w = ten.broadcast %m dims [1] : tensor<900xf64> -> tensor<900x5xf64>
  %y = arith.mulf %x, %w : tensor<900x5xf64>
  %t = ten.sum %y dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// The value itself waits for the maximum.
// CHECK-LABEL: func.func @value_that_waits_stays
// CHECK:         arith.divf
// CHECK-NEXT:    ten.sum
func.func @value_that_waits_stays(%x: tensor<900x5xf64>) -> tensor<5xf64> {
  %m = ten.reduce max, %x dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %d = arith.subf %x, %w : tensor<900x5xf64>
  %e = math.exp %d : tensor<900x5xf64>
  %y = arith.divf %e, %w : tensor<900x5xf64>
  %t = ten.sum %y dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// Rows of 300 elements stay in registers.
// CHECK-LABEL: func.func @short_rows_stay
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
func.func @short_rows_stay(%x: tensor<20x300xf64>) -> tensor<20xf64> {
  %m = ten.reduce max, %x dims [1] : tensor<20x300xf64> -> tensor<20xf64>
  %w = ten.broadcast %m dims [1] : tensor<20xf64> -> tensor<20x300xf64>
  %y = arith.mulf %x, %w : tensor<20x300xf64>
  %t = ten.sum %y dims [1] : tensor<20x300xf64> -> tensor<20xf64>
  func.return %t : tensor<20xf64>
}

// Sums of so few terms have as many factors as terms.
// CHECK-LABEL: func.func @few_terms_stay
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
func.func @few_terms_stay(%x: tensor<8x600xf64>) -> tensor<600xf64> {
  %m = ten.reduce max, %x dims [0] : tensor<8x600xf64> -> tensor<600xf64>
  %w = ten.broadcast %m dims [0] : tensor<600xf64> -> tensor<8x600xf64>
  %y = arith.mulf %x, %w : tensor<8x600xf64>
  %t = ten.sum %y dims [0] : tensor<8x600xf64> -> tensor<600xf64>
  func.return %t : tensor<600xf64>
}

// The sum of numbers of 16 bits would be rounded before it is multiplied.
// CHECK-LABEL: func.func @half_precision_stays
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
func.func @half_precision_stays(%x: tensor<900x5xf16>) -> tensor<5xf16> {
  %m = ten.reduce max, %x dims [0] : tensor<900x5xf16> -> tensor<5xf16>
  %w = ten.broadcast %m dims [0] : tensor<5xf16> -> tensor<900x5xf16>
  %y = arith.mulf %x, %w : tensor<900x5xf16>
  %t = ten.sum %y dims [0] : tensor<900x5xf16> -> tensor<5xf16>
  func.return %t : tensor<5xf16>
}

// A division by a sum that varies is no factor.
// CHECK-LABEL: func.func @divided_by_values_stays
// CHECK:         arith.divf
// CHECK-NEXT:    arith.divf %x,
// CHECK-NEXT:    ten.sum
func.func @divided_by_values_stays(%x: tensor<900x5xf64>) -> tensor<5xf64> {
  %m = ten.reduce max, %x dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %y = arith.divf %w, %x : tensor<900x5xf64>
  %z = arith.divf %x, %y : tensor<900x5xf64>
  %t = ten.sum %z dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// The product of the constants is no float32.
// CHECK-LABEL: func.func @huge_number_stays
// CHECK:         arith.mulf
// CHECK-NEXT:    arith.mulf
// CHECK-NEXT:    ten.sum
func.func @huge_number_stays(%x: tensor<900x5xf32>) -> tensor<5xf32> {
  %m = ten.reduce max, %x dims [0] : tensor<900x5xf32> -> tensor<5xf32>
  %w = ten.broadcast %m dims [0] : tensor<5xf32> -> tensor<900x5xf32>
  %c = arith.constant dense<4.0e30> : tensor<900x5xf32>
  %y = arith.mulf %x, %w : tensor<900x5xf32>
  %z = arith.mulf %y, %c : tensor<900x5xf32>
  %t = ten.sum %z dims [0] : tensor<900x5xf32> -> tensor<5xf32>
  func.return %t : tensor<5xf32>
}
