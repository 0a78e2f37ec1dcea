// RUN: letgrad-opt %s -p ten-share-views,cse --verify-sharing --check-semantics | filecheck %s

// A computation on part of an array, or on the array in another order, is a view of the computation
// on the whole.

// The whole comes last, and moves up to the first of its views.
// CHECK-LABEL: func.func @parts_and_orders(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6x4xf64>) -> (tensor<2x4xf64>, tensor<4x6xf64>, tensor<3x2xf64>, tensor<6x4xf64>) {
// CHECK-NEXT:    [[D:%.*]] = math.tanh [[V]] : tensor<6x4xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.slice [[D]] offsets [3, 0] sizes [2, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.transpose [[D]] perm [1, 0] : tensor<6x4xf64> -> tensor<4x6xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.slice [[D]] offsets [0, 0] sizes [3, 2] strides [2, 2] : tensor<6x4xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    [[C_1:%.*]] = ten.reverse [[C]] dims [1] : tensor<3x2xf64>
// CHECK-NEXT:    func.return [[A]], [[B]], [[C_1]], [[D]] : tensor<2x4xf64>, tensor<4x6xf64>, tensor<3x2xf64>, tensor<6x4xf64>
// CHECK-NEXT:  }
func.func @parts_and_orders(%v: tensor<6x4xf64>) -> (tensor<2x4xf64>, tensor<4x6xf64>, tensor<3x2xf64>, tensor<6x4xf64>) {
  %s = ten.slice %v offsets [3, 0] sizes [2, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<2x4xf64>
  %a = math.tanh %s : tensor<2x4xf64>
  %t = ten.transpose %v perm [1, 0] : tensor<6x4xf64> -> tensor<4x6xf64>
  %b = math.tanh %t : tensor<4x6xf64>
  %r = ten.reverse %v dims [1] : tensor<6x4xf64>
  %q = ten.slice %r offsets [0, 1] sizes [3, 2] strides [2, 2] : tensor<6x4xf64> -> tensor<3x2xf64>
  %c = math.tanh %q : tensor<3x2xf64>
  %d = math.tanh %v : tensor<6x4xf64>
  func.return %a, %b, %c, %d : tensor<2x4xf64>, tensor<4x6xf64>, tensor<3x2xf64>, tensor<6x4xf64>
}

// One row, and one element.
// CHECK-LABEL: func.func @reads_at_constants(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<4xf64>, f64) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<6x4xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.index [[A]]{{\[}}[[C2]]] : tensor<6x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.index [[A]]{{\[}}[[C2]], [[C1]]] : tensor<6x4xf64> -> f64
// CHECK-NEXT:    func.return [[A]], [[B]], [[C]] : tensor<6x4xf64>, tensor<4xf64>, f64
// CHECK-NEXT:  }
func.func @reads_at_constants(%v: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<4xf64>, f64) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = math.exp %v : tensor<6x4xf64>
  %row = ten.index %v[%c2] : tensor<6x4xf64> -> tensor<4xf64>
  %b = math.exp %row : tensor<4xf64>
  %x = ten.index %v[%c2, %c1] : tensor<6x4xf64> -> f64
  %c = math.exp %x : f64
  func.return %a, %b, %c : tensor<6x4xf64>, tensor<4xf64>, f64
}

// exp 0 is 1, and a read outside of exp v would be 0.
// CHECK-LABEL: func.func @read_outside_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, f64) {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<4xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.index [[V]]{{\[}}[[C4]]] : tensor<4xf64> -> f64
// CHECK-NEXT:    [[C:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:    func.return [[A]], [[C]] : tensor<4xf64>, f64
// CHECK-NEXT:  }
func.func @read_outside_stays(%v: tensor<4xf64>) -> (tensor<4xf64>, f64) {
  %c4 = arith.constant 4 : index
  %a = math.exp %v : tensor<4xf64>
  %x = ten.index %v[%c4] : tensor<4xf64> -> f64
  %c = math.exp %x : f64
  func.return %a, %c : tensor<4xf64>, f64
}

// Elementwise ops and repeated numbers do not hide that the functions are equal.
// CHECK-LABEL: func.func @through_elementwise_ops(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<4x3xf64>, tensor<3x4xf64>) {
// CHECK-NEXT:    [[K:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[K1:%.*]] = ten.broadcast [[K]] dims [0, 1] : f64 -> tensor<4x3xf64>
// CHECK-NEXT:    [[W1:%.*]] = ten.broadcast [[W]] dims [0] : tensor<3xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[P1:%.*]] = arith.mulf [[V]], [[K1]] : tensor<4x3xf64>
// CHECK-NEXT:    [[S1:%.*]] = arith.addf [[P1]], [[W1]] : tensor<4x3xf64>
// CHECK-NEXT:    [[A:%.*]] = math.sin [[S1]] : tensor<4x3xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.transpose [[A]] perm [1, 0] : tensor<4x3xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4x3xf64>, tensor<3x4xf64>
// CHECK-NEXT:  }
func.func @through_elementwise_ops(%v: tensor<4x3xf64>, %w: tensor<3xf64>) -> (tensor<4x3xf64>, tensor<3x4xf64>) {
  %k = arith.constant 2.0 : f64
  %k1 = ten.broadcast %k dims [0, 1] : f64 -> tensor<4x3xf64>
  %w1 = ten.broadcast %w dims [0] : tensor<3xf64> -> tensor<4x3xf64>
  %p1 = arith.mulf %v, %k1 : tensor<4x3xf64>
  %s1 = arith.addf %p1, %w1 : tensor<4x3xf64>
  %a = math.sin %s1 : tensor<4x3xf64>
  %t = ten.transpose %v perm [1, 0] : tensor<4x3xf64> -> tensor<3x4xf64>
  %k2 = arith.constant dense<2.0> : tensor<3x4xf64>
  %w2 = ten.broadcast %w dims [1] : tensor<3xf64> -> tensor<3x4xf64>
  %p2 = arith.mulf %t, %k2 : tensor<3x4xf64>
  %s2 = arith.addf %p2, %w2 : tensor<3x4xf64>
  %b = math.sin %s2 : tensor<3x4xf64>
  func.return %a, %b : tensor<4x3xf64>, tensor<3x4xf64>
}

// The places of v and w have to move together.
// CHECK-LABEL: func.func @other_pairs_stay(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = arith.divf [[V]], [[W]] : tensor<4xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.reverse [[V]] dims [0] : tensor<4xf64>
// CHECK-NEXT:    [[B:%.*]] = arith.divf [[R]], [[W]] : tensor<4xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @other_pairs_stay(%v: tensor<4xf64>, %w: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %a = arith.divf %v, %w : tensor<4xf64>
  %r = ten.reverse %v dims [0] : tensor<4xf64>
  %b = arith.divf %r, %w : tensor<4xf64>
  func.return %a, %b : tensor<4xf64>, tensor<4xf64>
}

// Neither part contains the other one.
// CHECK-LABEL: func.func @overlapping_parts_stay(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[V]] offsets [0] sizes [4] strides [1] : tensor<6xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[A:%.*]] = math.tanh [[S]] : tensor<4xf64>
// CHECK-NEXT:    [[T:%.*]] = ten.slice [[V]] offsets [2] sizes [4] strides [1] : tensor<6xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[B:%.*]] = math.tanh [[T]] : tensor<4xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @overlapping_parts_stay(%v: tensor<6xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %s = ten.slice %v offsets [0] sizes [4] strides [1] : tensor<6xf64> -> tensor<4xf64>
  %a = math.tanh %s : tensor<4xf64>
  %t = ten.slice %v offsets [2] sizes [4] strides [1] : tensor<6xf64> -> tensor<4xf64>
  %b = math.tanh %t : tensor<4xf64>
  func.return %a, %b : tensor<4xf64>, tensor<4xf64>
}

// Equal elements are computed once, before they are repeated.
// CHECK-LABEL: func.func @of_broadcast(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64) -> (tensor<6x4xf64>, tensor<6x4xf64>) {
// CHECK-NEXT:    [[Z:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:    [[Z_1:%.*]] = arith.addf [[V]], [[Z]] : tensor<4xf64>
// CHECK-NEXT:    [[Z_2:%.*]] = math.tanh [[Z_1]] : tensor<4xf64>
// CHECK-NEXT:    [[Z_3:%.*]] = ten.broadcast [[Z_2]] dims [0] : tensor<4xf64> -> tensor<6x4xf64>
// CHECK-NEXT:    [[E:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:    [[E_1:%.*]] = ten.broadcast [[E]] dims [0, 1] : f64 -> tensor<6x4xf64>
// CHECK-NEXT:    func.return [[Z_3]], [[E_1]] : tensor<6x4xf64>, tensor<6x4xf64>
// CHECK-NEXT:  }
func.func @of_broadcast(%v: tensor<4xf64>, %x: f64) -> (tensor<6x4xf64>, tensor<6x4xf64>) {
  %b = ten.broadcast %v dims [0] : tensor<4xf64> -> tensor<6x4xf64>
  %y = ten.broadcast %x dims [0, 1] : f64 -> tensor<6x4xf64>
  %p = arith.addf %b, %y : tensor<6x4xf64>
  %z = math.tanh %p : tensor<6x4xf64>
  %e = math.exp %y : tensor<6x4xf64>
  func.return %z, %e : tensor<6x4xf64>, tensor<6x4xf64>
}

// An addition is as cheap as a load.
// CHECK-LABEL: func.func @cheap_ops_stay(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = arith.addf [[V]], [[V]] : tensor<4xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.reverse [[V]] dims [0] : tensor<4xf64>
// CHECK-NEXT:    [[B:%.*]] = arith.addf [[R]], [[R]] : tensor<4xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @cheap_ops_stay(%v: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %a = arith.addf %v, %v : tensor<4xf64>
  %r = ten.reverse %v dims [0] : tensor<4xf64>
  %b = arith.addf %r, %r : tensor<4xf64>
  func.return %a, %b : tensor<4xf64>, tensor<4xf64>
}

// The views read the let, so that the value is kept once.
// CHECK-LABEL: func.func @of_let(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[U:%.*]] = ten.slice [[V]] offsets [0] sizes [4] strides [1] : tensor<4xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[A:%.*]] = math.exp [[U]] : tensor<4xf64>
// CHECK-NEXT:    [[L:%.*]] = sharing.let [[A]] : tensor<4xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.reverse [[L]] dims [0] : tensor<4xf64>
// CHECK-NEXT:    [[S:%.*]] = arith.addf [[L]], [[L]] : tensor<4xf64>
// CHECK-NEXT:    func.return [[B]], [[L]], [[S]] : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @of_let(%v: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %r = ten.reverse %v dims [0] : tensor<4xf64>
  %b = math.exp %r : tensor<4xf64>
  %u = ten.slice %v offsets [0] sizes [4] strides [1] : tensor<4xf64> -> tensor<4xf64>
  %a = math.exp %u : tensor<4xf64>
  %l = sharing.let %a : tensor<4xf64>
  %s = arith.addf %l, %l : tensor<4xf64>
  func.return %b, %l, %s : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// The functions that derivatives need are costly, too.
// CHECK-LABEL: func.func @float_functions(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.invert [[X]], [[Y]] : tensor<4xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.reverse [[A]] dims [0] : tensor<4xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @float_functions(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %a = ten.invert %x, %y : tensor<4xf64>
  %p = ten.reverse %x dims [0] : tensor<4xf64>
  %q = ten.reverse %y dims [0] : tensor<4xf64>
  %b = ten.invert %p, %q : tensor<4xf64>
  func.return %a, %b : tensor<4xf64>, tensor<4xf64>
}
