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

// 39 products would take the place of 18.
// CHECK-LABEL: func.func @gather_of_product_many_times_stays(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<13x3xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[CT]] dims [1] : tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[W]] dims [0] : tensor<3xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[T:%.*]] = arith.mulf [[A]], [[B]] : tensor<6x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [13, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3xf64> -> tensor<13x3xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<13x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_product_many_times_stays(%ct: tensor<6xf64>, %w: tensor<3xf64>) -> tensor<13x3xf64> {
  %a = ten.broadcast %ct dims [1] : tensor<6xf64> -> tensor<6x3xf64>
  %b = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<6x3xf64>
  %t = arith.mulf %a, %b : tensor<6x3xf64>
  %y = ten.gather [13, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<13x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<13x3xf64>
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

// CHECK-LABEL: func.func @gather_of_outer_product_with_other_use_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6x3xf64>, tensor<8x3xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "p,k->kp" [[X]], [[W]] : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [8, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[T]], [[Y]] : tensor<6x3xf64>, tensor<8x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_outer_product_with_other_use_stays(%x: tensor<3xf64>, %w: tensor<6xf64>) -> (tensor<6x3xf64>, tensor<8x3xf64>) {
  %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %t, %y : tensor<6x3xf64>, tensor<8x3xf64>
}

// 39 products would take the place of 18.
// CHECK-LABEL: func.func @gather_of_outer_product_many_times_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[W:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<13x3xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "p,k->kp" [[X]], [[W]] : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [13, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3xf64> -> tensor<13x3xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<13x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_outer_product_many_times_stays(%x: tensor<3xf64>, %w: tensor<6xf64>) -> tensor<13x3xf64> {
  %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [13, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<13x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<13x3xf64>
}

// CHECK-LABEL: func.func @gather_of_outer_product_with_sum_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x4xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<8x3xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "pq,k->kp" [[X]], [[W]] : tensor<3x4xf64>, tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [8, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<8x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_outer_product_with_sum_stays(%x: tensor<3x4xf64>, %w: tensor<6xf64>) -> tensor<8x3xf64> {
  %t = ten.einsum "pq,k->kp" %x, %w : tensor<3x4xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3xf64>
}

// CHECK-LABEL: func.func @gather_of_outer_product_of_diagonal_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<8x3xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "pp,k->kp" [[X]], [[W]] : tensor<3x3xf64>, tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [8, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<8x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_outer_product_of_diagonal_stays(%x: tensor<3x3xf64>, %w: tensor<6xf64>) -> tensor<8x3xf64> {
  %t = ten.einsum "pp,k->kp" %x, %w : tensor<3x3xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3xf64>
}

// CHECK-LABEL: func.func @gather_of_outer_product_of_three_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<8x3x4xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "p,k,q->kpq" [[X]], [[W]], [[Z]] : tensor<3xf64>, tensor<6xf64>, tensor<4xf64> -> tensor<6x3x4xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [8, 3] [[T]] ([[K:%[^ ,:)]+]], [[P:%[^ ,:)]+]]) {unique} : tensor<6x3x4xf64> -> tensor<8x3x4xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[P]] : index
// CHECK-NEXT:      ten.yield [[J]], [[P]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<8x3x4xf64>
// CHECK-NEXT:  }
func.func @gather_of_outer_product_of_three_stays(%x: tensor<3xf64>, %w: tensor<6xf64>, %z: tensor<4xf64>) -> tensor<8x3x4xf64> {
  %t = ten.einsum "p,k,q->kpq" %x, %w, %z : tensor<3xf64>, tensor<6xf64>, tensor<4xf64> -> tensor<6x3x4xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3x4xf64> -> tensor<8x3x4xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3x4xf64>
}
