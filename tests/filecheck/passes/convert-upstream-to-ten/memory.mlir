// RUN: letgrad-opt %s -p convert-upstream-to-ten | filecheck %s

// CHECK-LABEL: func.func @a_written_argument_is_a_result(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> (f64, tensor<3xf64>) {
// CHECK-NEXT:    [[B:%.*]] = ten.index [[X]]{{\[}}[[I]]] : tensor<3xf64> -> f64
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[A]] : f64 -> tensor<1xf64>
// CHECK-NEXT:    [[UPDATE:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[RESHAPE]] strides [1] : tensor<3xf64>, tensor<1xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[B]], [[UPDATE]] : f64, tensor<3xf64>
// CHECK-NEXT:  }
func.func @a_written_argument_is_a_result(%x: memref<3xf64>, %i: index, %a: f64) -> f64 {
  %b = memref.load %x[%i] : memref<3xf64>
  memref.store %a, %x[%i] : memref<3xf64>
  return %b : f64
}

// CHECK-LABEL: func.func @an_argument_that_is_read_is_none(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[I:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[B:%.*]] = ten.index [[X]]{{\[}}[[I]]] : tensor<3xf64> -> f64
// CHECK-NEXT:    func.return [[B]] : f64
// CHECK-NEXT:  }
func.func @an_argument_that_is_read_is_none(%x: memref<3xf64>, %i: index) -> f64 {
  %b = memref.load %x[%i] : memref<3xf64>
  return %b : f64
}

// Each turn writes its row, so the scan gives rows.
// CHECK-LABEL: func.func @rows_of_a_loop(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>, [[Y:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<5xindex>
// CHECK-NEXT:    [[SCAN:%.*]] = ten.scan [5] () over ([[ARG:%[^ ,:)]+]] = [[IOTA]] : tensor<5xindex>, [[ARG_1:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[RESHAPE:%.*]] = ten.reshape [[ARG_1]] : f64 -> tensor<1xf64>
// CHECK-NEXT:      [[A:%.*]] = ten.reshape [[RESHAPE]] : tensor<1xf64> -> f64
// CHECK-NEXT:      [[B:%.*]] = math.sin [[A]] : f64
// CHECK-NEXT:      ten.yield [[B]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @rows_of_a_loop(%x: memref<5xf64>, %y: memref<5xf64>) {
  affine.for %i = 0 to 5 {
    %a = affine.load %x[%i] : memref<5xf64>
    %b = math.sin %a : f64
    affine.store %b, %y[%i] : memref<5xf64>
  }
  return
}

// A turn reads what an earlier turn wrote, so the loop carries the array.
// CHECK-LABEL: func.func @rows_that_depend_stay_carried(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant -1 : index
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<4xindex>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1> : tensor<4xindex>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[IOTA]], [[CONSTANT_1]] : tensor<4xindex>
// CHECK-NEXT:    [[SCAN:%.*]] = ten.scan [4] ([[ARG:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) over ([[ARG_1:%[^ ,:)]+]] = [[ADDI]] : tensor<4xindex>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[ARG_1]], [[CONSTANT]] : index
// CHECK-NEXT:      [[A:%.*]] = ten.index [[ARG]]{{\[}}[[ADDI_1]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[RESHAPE:%.*]] = ten.reshape [[A]] : f64 -> tensor<1xf64>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[ARG]]{{\[}}[[ARG_1]]] [[RESHAPE]] strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
// CHECK-NEXT:      ten.yield [[UPDATE]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @rows_that_depend_stay_carried(%x: memref<5xf64>) {
  affine.for %i = 1 to 5 {
    %a = affine.load %x[%i - 1] : memref<5xf64>
    affine.store %a, %x[%i] : memref<5xf64>
  }
  return
}

// Only one branch writes, and both give the array.
// CHECK-LABEL: func.func @a_branch_gives_what_it_writes(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> tensor<2xf64> {
// CHECK-NEXT:    [[IF:%.*]] = scf.if [[C]] -> (tensor<2xf64>) {
// CHECK-NEXT:      [[RESHAPE:%.*]] = ten.reshape [[A]] : f64 -> tensor<1xf64>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[X]]{{\[}}[[I]]] [[RESHAPE]] strides [1] : tensor<2xf64>, tensor<1xf64> -> tensor<2xf64>
// CHECK-NEXT:      scf.yield [[UPDATE]] : tensor<2xf64>
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield [[X]] : tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[IF]] : tensor<2xf64>
// CHECK-NEXT:  }
func.func @a_branch_gives_what_it_writes(%x: memref<2xf64>, %c: i1, %i: index, %a: f64) {
  scf.if %c {
    memref.store %a, %x[%i] : memref<2xf64>
  }
  return
}
