// RUN: letgrad-opt %s -p sharing-materialize | filecheck %s
// RUN: letgrad-opt %s -p sharing-materialize,convert-ten-to-kernel --check-semantics
// RUN: letgrad-opt %s -p convert-ten-to-kernel --check-semantics

// Without sharing-recover, each gather computes its index: the stamps are dropped.
// CHECK-LABEL: func.func @no_recovery(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.gather [5] [[V]] ([[I:%[^ ,:)]+]]) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[X]]{{\[}}[[I]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      [[K:%.*]] = arith.fptosi [[S]] : f64 to i64{{$}}
// CHECK-NEXT:      [[P:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[P]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[A_1:%.*]] = sharing.let [[A]] {decision = "store", bytes = 40 : i64, flops = 110 : i64, nests = 1 : i64} : tensor<5xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.gather [5] [[W]] ([[I_1:%[^ ,:)]+]]) : tensor<3xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[X]]{{\[}}[[I_1]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[S_1:%.*]] = math.exp [[E_1]] : f64
// CHECK-NEXT:      [[K_1:%.*]] = arith.fptosi [[S_1]] : f64 to i64{{$}}
// CHECK-NEXT:      [[P_1:%.*]] = arith.index_cast [[K_1]] : i64 to index
// CHECK-NEXT:      ten.yield [[P_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B_1:%.*]] = sharing.let [[B]] {decision = "store", bytes = 40 : i64, flops = 110 : i64, nests = 1 : i64} : tensor<5xf64>
// CHECK-NEXT:    func.return [[A_1]], [[B_1]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @no_recovery(%x: tensor<5xf64>, %v: tensor<7xf64>, %w: tensor<3xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.gather [5] %v (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 3} [%i] : f64
    %k = arith.fptosi %t : f64 to i64
    %p = arith.index_cast %k : i64 to index
    ten.yield %p : index
  }
  %b = ten.gather [5] %w (%i) : tensor<3xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 3} [%i] : f64
    %k = arith.fptosi %t : f64 to i64
    %p = arith.index_cast %k : i64 to index
    ten.yield %p : index
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}
