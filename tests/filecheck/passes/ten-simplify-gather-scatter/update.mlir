// RUN: letgrad-opt %s -p ten-simplify-gather-scatter --split-input-file | filecheck %s

// CHECK-LABEL: func.func @add_of_update_and_scatter(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> tensor<4x9xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[S:%.*]] = ten.reshape [[V]] : tensor<9xf64> -> tensor<1x9xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C0]]] [[S]] strides [1, 1] : tensor<4x9xf64>, tensor<1x9xf64> -> tensor<4x9xf64>
// CHECK-NEXT:    func.return [[S_1]] : tensor<4x9xf64>
// CHECK-NEXT:  }
func.func @add_of_update_and_scatter(%x: tensor<4x9xf64>, %v: tensor<9xf64>, %i: index) -> tensor<4x9xf64> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<1x9xf64>
  %y = ten.update %x[%i, %c0] %zero strides [1, 1] : tensor<4x9xf64>, tensor<1x9xf64> -> tensor<4x9xf64>
  %z = ten.scatter [4] %v () : tensor<9xf64> -> tensor<4x9xf64> {
    ten.yield %i : index
  }
  %s = arith.addf %y, %z : tensor<4x9xf64>
  func.return %s : tensor<4x9xf64>
}

// -----

// The scatter adds to another row than the one of zeros.
// CHECK-LABEL: func.func @add_of_update_and_scatter_elsewhere_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x9xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index,
// CHECK-SAME: [[J:%[^ ,:)]+]]: index) -> tensor<4x9xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant dense<0.000000e+00> : tensor<1x9xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[I]], [[C0]]] [[ZERO]] strides [1, 1] : tensor<4x9xf64>, tensor<1x9xf64> -> tensor<4x9xf64>
// CHECK-NEXT:    [[Z:%.*]] = ten.scatter [4] [[V]] () {unique} : tensor<9xf64> -> tensor<4x9xf64> {
// CHECK-NEXT:      ten.yield [[J]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S:%.*]] = arith.addf [[Y]], [[Z]] : tensor<4x9xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<4x9xf64>
// CHECK-NEXT:  }
func.func @add_of_update_and_scatter_elsewhere_stays(%x: tensor<4x9xf64>, %v: tensor<9xf64>, %i: index, %j: index) -> tensor<4x9xf64> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<1x9xf64>
  %y = ten.update %x[%i, %c0] %zero strides [1, 1] : tensor<4x9xf64>, tensor<1x9xf64> -> tensor<4x9xf64>
  %z = ten.scatter [4] %v () : tensor<9xf64> -> tensor<4x9xf64> {
    ten.yield %j : index
  }
  %s = arith.addf %y, %z : tensor<4x9xf64>
  func.return %s : tensor<4x9xf64>
}
