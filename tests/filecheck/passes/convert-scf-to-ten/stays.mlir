// RUN: letgrad-opt %s -p convert-scf-to-ten | filecheck %s

// A write to memory is no part of a value.
// CHECK-LABEL: func.func @side_effect_stays(
// CHECK-SAME: [[M:%[^ ,:)]+]]: memref<4xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = scf.while ([[X:%[^ ,:)]+]] = [[A]]) : (f64) -> f64 {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[X]], [[A]] : f64
// CHECK-NEXT:      scf.condition([[GO]]) [[X]] : f64
// CHECK-NEXT:    } do {
// CHECK-NEXT:    ^bb0([[X_1:%[^ ,:)]+]]: f64):
// CHECK-NEXT:      memref.store [[X_1]], [[M]]{{\[}}[[I]]] : memref<4xf64>
// CHECK-NEXT:      scf.yield [[X_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
func.func @side_effect_stays(%m: memref<4xf64>, %i: index, %a: f64) -> f64 {
  %r = scf.while (%x = %a) : (f64) -> f64 {
    %go = arith.cmpf olt, %x, %a : f64
    scf.condition(%go) %x : f64
  } do {
  ^bb0(%x: f64):
    memref.store %x, %m[%i] : memref<4xf64>
    scf.yield %x : f64
  }
  func.return %r : f64
}

// No loop of letgrad carries an array of unknown size.
// CHECK-LABEL: func.func @unknown_size_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<?xf64>, [[GO:%[^ ,:)]+]]: i1) -> tensor<?xf64> {
// CHECK-NEXT:    [[R:%.*]] = scf.while ([[X:%[^ ,:)]+]] = [[A]]) : (tensor<?xf64>) -> tensor<?xf64> {
// CHECK-NEXT:      scf.condition([[GO]]) [[X]] : tensor<?xf64>
// CHECK-NEXT:    } do {
// CHECK-NEXT:    ^bb0([[X_1:%[^ ,:)]+]]: tensor<?xf64>):
// CHECK-NEXT:      scf.yield [[X_1]] : tensor<?xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<?xf64>
// CHECK-NEXT:  }
func.func @unknown_size_stays(%a: tensor<?xf64>, %go: i1) -> tensor<?xf64> {
  %r = scf.while (%x = %a) : (tensor<?xf64>) -> tensor<?xf64> {
    scf.condition(%go) %x : tensor<?xf64>
  } do {
  ^bb0(%x: tensor<?xf64>):
    scf.yield %x : tensor<?xf64>
  }
  func.return %r : tensor<?xf64>
}
