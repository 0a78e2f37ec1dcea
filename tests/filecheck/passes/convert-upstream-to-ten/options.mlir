// RUN: letgrad-opt %s -p 'convert-upstream-to-ten{sizes=3,5 written=first}' | filecheck %s

// CHECK-LABEL: func.func @sizes_in_their_order(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x2xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> (tensor<5xf64>, f64) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[A]] : f64 -> tensor<1xf64>
// CHECK-NEXT:    [[UPDATE:%.*]] = ten.update [[Y]]{{\[}}[[C1]]] [[RESHAPE]] strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[UPDATE]], [[A]] : tensor<5xf64>, f64
// CHECK-NEXT:  }
func.func @sizes_in_their_order(%x: memref<?x2xf64>, %y: memref<?xf64>, %a: f64) -> f64 {
  %c1 = arith.constant 1 : index
  memref.store %a, %y[%c1] : memref<?xf64>
  return %a : f64
}
