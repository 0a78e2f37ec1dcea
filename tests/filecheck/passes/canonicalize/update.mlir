// RUN: letgrad-opt %s -p canonicalize --split-input-file | filecheck %s

// CHECK-LABEL: func.func @update_of_all(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<2x3xf64> {
// CHECK-NEXT:    func.return [[V]] : tensor<2x3xf64>
// CHECK-NEXT:  }
func.func @update_of_all(%x: tensor<2x3xf64>, %v: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %c0 = arith.constant 0 : index
  %y = ten.update %x[%c0, %c0] %v strides [1, 1] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %y : tensor<2x3xf64>
}

// -----

// The box may leave x, and then some elements of x stay.
// CHECK-LABEL: func.func @update_of_all_at_unknown_place_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<2x3xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C0]]] [[V]] strides [1, 1] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x3xf64>
// CHECK-NEXT:  }
func.func @update_of_all_at_unknown_place_stays(%x: tensor<2x3xf64>, %v: tensor<2x3xf64>, %i: index) -> tensor<2x3xf64> {
  %c0 = arith.constant 0 : index
  %y = ten.update %x[%i, %c0] %v strides [1, 1] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %y : tensor<2x3xf64>
}

// -----

// CHECK-LABEL: func.func @update_outside(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> (tensor<2x5xf64>, tensor<2x5xf64>) {
// CHECK-NEXT:    func.return [[X]], [[X]] : tensor<2x5xf64>, tensor<2x5xf64>
// CHECK-NEXT:  }
func.func @update_outside(%x: tensor<2x5xf64>, %v: tensor<1x3xf64>, %i: index) -> (tensor<2x5xf64>, tensor<2x5xf64>) {
  %c5 = arith.constant 5 : index
  %m3 = arith.constant -3 : index
  %y = ten.update %x[%i, %c5] %v strides [1, 1] : tensor<2x5xf64>, tensor<1x3xf64> -> tensor<2x5xf64>
  %z = ten.update %x[%i, %m3] %v strides [1, 1] : tensor<2x5xf64>, tensor<1x3xf64> -> tensor<2x5xf64>
  func.return %y, %z : tensor<2x5xf64>, tensor<2x5xf64>
}

// -----

// The last element of the box is the first of x.
// CHECK-LABEL: func.func @update_partly_outside_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<2x5xf64> {
// CHECK-NEXT:    [[M2:%.*]] = arith.constant -2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]], [[M2]]] [[V]] strides [1, 1] : tensor<2x5xf64>, tensor<1x3xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x5xf64>
// CHECK-NEXT:  }
func.func @update_partly_outside_stays(%x: tensor<2x5xf64>, %v: tensor<1x3xf64>, %i: index) -> tensor<2x5xf64> {
  %m2 = arith.constant -2 : index
  %y = ten.update %x[%i, %m2] %v strides [1, 1] : tensor<2x5xf64>, tensor<1x3xf64> -> tensor<2x5xf64>
  func.return %y : tensor<2x5xf64>
}

// -----

// CHECK-LABEL: func.func @update_of_zero(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<4x7xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.pad [[V]] low [1, 1] high [1, 1] interior [0, 1] : tensor<2x3xf64> -> tensor<4x7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x7xf64>
// CHECK-NEXT:  }
func.func @update_of_zero(%v: tensor<2x3xf64>) -> tensor<4x7xf64> {
  %x = arith.constant dense<0.0> : tensor<4x7xf64>
  %c1 = arith.constant 1 : index
  %y = ten.update %x[%c1, %c1] %v strides [1, 2] : tensor<4x7xf64>, tensor<2x3xf64> -> tensor<4x7xf64>
  func.return %y : tensor<4x7xf64>
}

// -----

// CHECK-LABEL: func.func @update_of_negative_zero_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<4x7xf64> {
// CHECK-NEXT:    [[X:%.*]] = arith.constant dense<-0.000000e+00> : tensor<4x7xf64>
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[C1]], [[C1]]] [[V]] strides [1, 2] : tensor<4x7xf64>, tensor<2x3xf64> -> tensor<4x7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x7xf64>
// CHECK-NEXT:  }
func.func @update_of_negative_zero_stays(%v: tensor<2x3xf64>) -> tensor<4x7xf64> {
  %x = arith.constant dense<-0.0> : tensor<4x7xf64>
  %c1 = arith.constant 1 : index
  %y = ten.update %x[%c1, %c1] %v strides [1, 2] : tensor<4x7xf64>, tensor<2x3xf64> -> tensor<4x7xf64>
  func.return %y : tensor<4x7xf64>
}

// -----

// CHECK-LABEL: func.func @update_of_zero_partly_outside_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<4x7xf64> {
// CHECK-NEXT:    [[X:%.*]] = arith.constant dense<0.000000e+00> : tensor<4x7xf64>
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[C3]], [[C3]]] [[V]] strides [1, 1] : tensor<4x7xf64>, tensor<2x3xf64> -> tensor<4x7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x7xf64>
// CHECK-NEXT:  }
func.func @update_of_zero_partly_outside_stays(%v: tensor<2x3xf64>) -> tensor<4x7xf64> {
  %x = arith.constant dense<0.0> : tensor<4x7xf64>
  %c3 = arith.constant 3 : index
  %y = ten.update %x[%c3, %c3] %v strides [1, 1] : tensor<4x7xf64>, tensor<2x3xf64> -> tensor<4x7xf64>
  func.return %y : tensor<4x7xf64>
}

// -----

// CHECK-LABEL: func.func @update_of_update(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<4x5xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[B:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C1]]] [[V]] strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return [[B]] : tensor<4x5xf64>
// CHECK-NEXT:  }
func.func @update_of_update(%x: tensor<4x5xf64>, %u: tensor<1x3xf64>, %v: tensor<1x3xf64>, %i: index) -> tensor<4x5xf64> {
  %c1 = arith.constant 1 : index
  %a = ten.update %x[%i, %c1] %u strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %b = ten.update %a[%i, %c1] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  func.return %b : tensor<4x5xf64>
}

// -----

// CHECK-LABEL: func.func @update_of_update_elsewhere_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[J:%[^ ,:)]+]]: index) -> tensor<4x5xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[A:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C1]]] [[U]] strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.update [[A]]{{\[}}[[J]], [[C1]]] [[V]] strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return [[B]] : tensor<4x5xf64>
// CHECK-NEXT:  }
func.func @update_of_update_elsewhere_stays(%x: tensor<4x5xf64>, %u: tensor<1x3xf64>, %v: tensor<1x3xf64>, %i: index, %j: index) -> tensor<4x5xf64> {
  %c1 = arith.constant 1 : index
  %a = ten.update %x[%i, %c1] %u strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %b = ten.update %a[%j, %c1] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  func.return %b : tensor<4x5xf64>
}

// -----

// A whole second update would be one more box to store.
// CHECK-LABEL: func.func @update_of_update_with_two_uses_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[U]] strides [1] : tensor<5xf64>, tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.update [[A]]{{\[}}[[I]]] [[V]] strides [1] : tensor<5xf64>, tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @update_of_update_with_two_uses_stays(%x: tensor<5xf64>, %u: tensor<3xf64>, %v: tensor<3xf64>, %i: index) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.update %x[%i] %u strides [1] : tensor<5xf64>, tensor<3xf64> -> tensor<5xf64>
  %b = ten.update %a[%i] %v strides [1] : tensor<5xf64>, tensor<3xf64> -> tensor<5xf64>
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// -----

// CHECK-LABEL: func.func @index_of_update(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> (f64, f64) {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[A:%.*]] = ten.index [[V]]{{\[}}[[CONSTANT]], [[CONSTANT_1]]] : tensor<1x3xf64> -> f64
// CHECK-NEXT:    [[B:%.*]] = ten.index [[X]]{{\[}}[[I]], [[C4]]] : tensor<4x5xf64> -> f64
// CHECK-NEXT:    func.return [[A]], [[B]] : f64, f64
// CHECK-NEXT:  }
func.func @index_of_update(%x: tensor<4x5xf64>, %v: tensor<1x3xf64>, %i: index) -> (f64, f64) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %y = ten.update %x[%c2, %c1] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %a = ten.index %y[%c2, %c2] : tensor<4x5xf64> -> f64
  %b = ten.index %y[%i, %c4] : tensor<4x5xf64> -> f64
  func.return %a, %b : f64, f64
}

// -----

// CHECK-LABEL: func.func @index_of_update_at_unknown_place_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C1]]] [[V]] strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.index [[Y]]{{\[}}[[C2]], [[C2]]] : tensor<4x5xf64> -> f64
// CHECK-NEXT:    func.return [[A]] : f64
// CHECK-NEXT:  }
func.func @index_of_update_at_unknown_place_stays(%x: tensor<4x5xf64>, %v: tensor<1x3xf64>, %i: index) -> f64 {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.update %x[%i, %c1] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %a = ten.index %y[%c2, %c2] : tensor<4x5xf64> -> f64
  func.return %a : f64
}

// -----

// The row has old and new elements.
// CHECK-LABEL: func.func @index_of_update_of_half_a_row_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x3xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[C2]], [[C1]]] [[V]] strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.index [[Y]]{{\[}}[[C2]]] : tensor<4x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[A]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @index_of_update_of_half_a_row_stays(%x: tensor<4x5xf64>, %v: tensor<1x3xf64>) -> tensor<5xf64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.update %x[%c2, %c1] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %a = ten.index %y[%c2] : tensor<4x5xf64> -> tensor<5xf64>
  func.return %a : tensor<5xf64>
}

// -----

// CHECK-LABEL: func.func @slice_of_update(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> (tensor<1x2xf64>, tensor<4x2xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.slice [[V]] offsets [1, 1] sizes [1, 2] strides [1, 1] : tensor<2x3xf64> -> tensor<1x2xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.slice [[X]] offsets [0, 7] sizes [4, 2] strides [1, 1] : tensor<4x9xf64> -> tensor<4x2xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<1x2xf64>, tensor<4x2xf64>
// CHECK-NEXT:  }
func.func @slice_of_update(%x: tensor<4x9xf64>, %v: tensor<2x3xf64>) -> (tensor<1x2xf64>, tensor<4x2xf64>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.update %x[%c1, %c2] %v strides [1, 2] : tensor<4x9xf64>, tensor<2x3xf64> -> tensor<4x9xf64>
  %a = ten.slice %y offsets [2, 4] sizes [1, 2] strides [1, 2] : tensor<4x9xf64> -> tensor<1x2xf64>
  %b = ten.slice %y offsets [0, 7] sizes [4, 2] strides [1, 1] : tensor<4x9xf64> -> tensor<4x2xf64>
  func.return %a, %b : tensor<1x2xf64>, tensor<4x2xf64>
}

// -----

// CHECK-LABEL: func.func @slice_of_update_partly_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<1x2xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[C1]], [[C2]]] [[V]] strides [1, 2] : tensor<4x9xf64>, tensor<2x3xf64> -> tensor<4x9xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.slice [[Y]] offsets [2, 4] sizes [1, 2] strides [1, 1] : tensor<4x9xf64> -> tensor<1x2xf64>
// CHECK-NEXT:    func.return [[A]] : tensor<1x2xf64>
// CHECK-NEXT:  }
func.func @slice_of_update_partly_stays(%x: tensor<4x9xf64>, %v: tensor<2x3xf64>) -> tensor<1x2xf64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.update %x[%c1, %c2] %v strides [1, 2] : tensor<4x9xf64>, tensor<2x3xf64> -> tensor<4x9xf64>
  %a = ten.slice %y offsets [2, 4] sizes [1, 2] strides [1, 1] : tensor<4x9xf64> -> tensor<1x2xf64>
  func.return %a : tensor<1x2xf64>
}

// -----

// CHECK-LABEL: func.func @update_by_own_part(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[J:%[^ ,:)]+]]: index) -> tensor<4x9xf64> {
// CHECK-NEXT:    func.return [[X]] : tensor<4x9xf64>
// CHECK-NEXT:  }
func.func @update_by_own_part(%x: tensor<4x9xf64>, %i: index, %j: index) -> tensor<4x9xf64> {
  %e = ten.index %x[%i, %j] : tensor<4x9xf64> -> f64
  %v = ten.reshape %e : f64 -> tensor<1x1xf64>
  %y = ten.update %x[%i, %j] %v strides [1, 1] : tensor<4x9xf64>, tensor<1x1xf64> -> tensor<4x9xf64>
  func.return %y : tensor<4x9xf64>
}

// -----

// CHECK-LABEL: func.func @update_by_part_of_another_place_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[J:%[^ ,:)]+]]: index) -> tensor<4x9xf64> {
// CHECK-NEXT:    [[E:%.*]] = ten.index [[X]]{{\[}}[[J]], [[I]]] : tensor<4x9xf64> -> f64
// CHECK-NEXT:    [[V:%.*]] = ten.reshape [[E]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]], [[J]]] [[V]] strides [1, 1] : tensor<4x9xf64>, tensor<1x1xf64> -> tensor<4x9xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x9xf64>
// CHECK-NEXT:  }
func.func @update_by_part_of_another_place_stays(%x: tensor<4x9xf64>, %i: index, %j: index) -> tensor<4x9xf64> {
  %e = ten.index %x[%j, %i] : tensor<4x9xf64> -> f64
  %v = ten.reshape %e : f64 -> tensor<1x1xf64>
  %y = ten.update %x[%i, %j] %v strides [1, 1] : tensor<4x9xf64>, tensor<1x1xf64> -> tensor<4x9xf64>
  func.return %y : tensor<4x9xf64>
}

// -----

// The place is unknown, and so is what stays of x.
// CHECK-LABEL: func.func @update_of_zero_at_unknown_place_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf64>, [[I:%[^ ,:)]+]]: index) -> tensor<7xf64> {
// CHECK-NEXT:    [[X:%.*]] = arith.constant dense<0.000000e+00> : tensor<7xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[V]] strides [1] : tensor<7xf64>, tensor<3xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @update_of_zero_at_unknown_place_stays(%v: tensor<3xf64>, %i: index) -> tensor<7xf64> {
  %x = arith.constant dense<0.0> : tensor<7xf64>
  %y = ten.update %x[%i] %v strides [1] : tensor<7xf64>, tensor<3xf64> -> tensor<7xf64>
  func.return %y : tensor<7xf64>
}

// -----

// The second box has all columns, so it covers the first one.
// CHECK-LABEL: func.func @update_of_update_by_whole_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<1x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<1x5xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<4x5xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[B:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C0]]] [[V]] strides [1, 1] : tensor<4x5xf64>, tensor<1x5xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return [[B]] : tensor<4x5xf64>
// CHECK-NEXT:  }
func.func @update_of_update_by_whole_rows(%x: tensor<4x5xf64>, %u: tensor<1x3xf64>, %v: tensor<1x5xf64>, %i: index) -> tensor<4x5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = ten.update %x[%i, %c1] %u strides [1, 1] : tensor<4x5xf64>, tensor<1x3xf64> -> tensor<4x5xf64>
  %b = ten.update %a[%i, %c0] %v strides [1, 1] : tensor<4x5xf64>, tensor<1x5xf64> -> tensor<4x5xf64>
  func.return %b : tensor<4x5xf64>
}

// -----

// Two elements of u stay.
// CHECK-LABEL: func.func @update_of_update_by_a_smaller_box_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<5xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[U]] strides [1] : tensor<5xf64>, tensor<4xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.update [[A]]{{\[}}[[I]]] [[V]] strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[B]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @update_of_update_by_a_smaller_box_stays(%x: tensor<5xf64>, %u: tensor<4xf64>, %v: tensor<2xf64>, %i: index) -> tensor<5xf64> {
  %a = ten.update %x[%i] %u strides [1] : tensor<5xf64>, tensor<4xf64> -> tensor<5xf64>
  %b = ten.update %a[%i] %v strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %b : tensor<5xf64>
}

// -----

// The part is another array's.
// CHECK-LABEL: func.func @update_by_part_of_another_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<5xf64> {
// CHECK-NEXT:    [[E:%.*]] = ten.index [[Z]]{{\[}}[[I]]] : tensor<5xf64> -> f64
// CHECK-NEXT:    [[V:%.*]] = ten.reshape [[E]] : f64 -> tensor<1xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[V]] strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @update_by_part_of_another_stays(%x: tensor<5xf64>, %z: tensor<5xf64>, %i: index) -> tensor<5xf64> {
  %e = ten.index %z[%i] : tensor<5xf64> -> f64
  %v = ten.reshape %e : f64 -> tensor<1xf64>
  %y = ten.update %x[%i] %v strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// -----

// A column of x, which is a row of the transpose, goes into its own place.
// CHECK-LABEL: func.func @update_by_own_column(
// CHECK-NEXT:    func.return %x : tensor<4x9xf64>
func.func @update_by_own_column(%x: tensor<4x9xf64>, %j: index) -> tensor<4x9xf64> {
  %zero = arith.constant 0 : index
  %t = ten.transpose %x perm [1, 0] : tensor<4x9xf64> -> tensor<9x4xf64>
  %r = ten.index %t[%j] : tensor<9x4xf64> -> tensor<4xf64>
  %v = ten.reshape %r : tensor<4xf64> -> tensor<4x1xf64>
  %u = ten.update %x[%zero, %j] %v strides [1, 1] : tensor<4x9xf64>, tensor<4x1xf64> -> tensor<4x9xf64>
  func.return %u : tensor<4x9xf64>
}

// -----

// The column of a square becomes its row.
// CHECK-LABEL: func.func @update_by_own_column_as_row_stays(
// CHECK:         ten.update
func.func @update_by_own_column_as_row_stays(%x: tensor<4x4xf64>, %j: index) -> tensor<4x4xf64> {
  %zero = arith.constant 0 : index
  %t = ten.transpose %x perm [1, 0] : tensor<4x4xf64> -> tensor<4x4xf64>
  %r = ten.index %t[%j] : tensor<4x4xf64> -> tensor<4xf64>
  %v = ten.reshape %r : tensor<4xf64> -> tensor<1x4xf64>
  %u = ten.update %x[%j, %zero] %v strides [1, 1] : tensor<4x4xf64>, tensor<1x4xf64> -> tensor<4x4xf64>
  func.return %u : tensor<4x4xf64>
}

// -----

// The dimensions without an index have another order in the transpose.
// CHECK-LABEL: func.func @update_by_own_turned_part_stays(
// CHECK:         ten.update
func.func @update_by_own_turned_part_stays(%x: tensor<5x3x3xf64>, %j: index) -> tensor<5x3x3xf64> {
  %zero = arith.constant 0 : index
  %t = ten.transpose %x perm [0, 2, 1] : tensor<5x3x3xf64> -> tensor<5x3x3xf64>
  %r = ten.index %t[%j] : tensor<5x3x3xf64> -> tensor<3x3xf64>
  %v = ten.reshape %r : tensor<3x3xf64> -> tensor<1x3x3xf64>
  %u = ten.update %x[%j, %zero, %zero] %v strides [1, 1, 1] : tensor<5x3x3xf64>, tensor<1x3x3xf64> -> tensor<5x3x3xf64>
  func.return %u : tensor<5x3x3xf64>
}
