// RUN: letgrad-opt %s -p 'ten-simplify-gather-scatter{fast=true}' | filecheck %s

// With fast, 0 from outside may be multiplied by what is not known to be finite.

// CHECK-LABEL: func.func @gather_of_product(
// CHECK-NEXT:    %y = ten.gather [8, 3] %ct (%0, %1) : tensor<6xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:    %2 = arith.subi %0, %1 : index
// CHECK-NEXT:    ten.yield %2 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<8x3xf64>
// CHECK-NEXT:    %y_2 = arith.mulf %y, %y_1 : tensor<8x3xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<8x3xf64>
func.func @gather_of_product(%ct: tensor<6xf64>, %w: tensor<3xf64>) -> tensor<8x3xf64> {
  %a = ten.broadcast %ct dims [1] : tensor<6xf64> -> tensor<6x3xf64>
  %b = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<6x3xf64>
  %t = arith.mulf %a, %b : tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3xf64>
}

// The product is needed as it is, too, and is not computed again.
// CHECK-LABEL: func.func @gather_of_product_with_other_use_stays(
// CHECK-NEXT:    %a = ten.broadcast %ct dims [1] : tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    %b = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    %t = arith.mulf %a, %b : tensor<6x3xf64>
// CHECK-NEXT:    %y = ten.gather [8, 3] %t (%k, %p) {unique} : tensor<6x3xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:    %j = arith.subi %k, %p : index
// CHECK-NEXT:    ten.yield %j, %p : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %t, %y : tensor<6x3xf64>, tensor<8x3xf64>
func.func @gather_of_product_with_other_use_stays(%ct: tensor<6xf64>, %w: tensor<3xf64>) -> (tensor<6x3xf64>, tensor<8x3xf64>) {
  %a = ten.broadcast %ct dims [1] : tensor<6xf64> -> tensor<6x3xf64>
  %b = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<6x3xf64>
  %t = arith.mulf %a, %b : tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %t, %y : tensor<6x3xf64>, tensor<8x3xf64>
}

// CHECK-LABEL: func.func @gather_of_outer_product(
// CHECK-NEXT:    %y = ten.broadcast %x dims [0] : tensor<3xf64> -> tensor<8x3xf64>
// CHECK-NEXT:    %y_1 = ten.gather [8, 3] %w (%0, %1) : tensor<6xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:    %2 = arith.subi %0, %1 : index
// CHECK-NEXT:    ten.yield %2 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_2 = arith.mulf %y, %y_1 : tensor<8x3xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<8x3xf64>
func.func @gather_of_outer_product(%x: tensor<3xf64>, %w: tensor<6xf64>) -> tensor<8x3xf64> {
  %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3xf64>
}
