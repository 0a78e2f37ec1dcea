// RUN: letgrad-opt %s -p sharing-verify,canonicalize,sharing-verify --check-semantics | filecheck %s

// The index of the second region is always 0, and canonicalize reads the element of the stack: then
// nothing shows that the two terms are one function, and both lose the stamp.
// CHECK-LABEL: func.func @only_one_is_rewritten(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[Y:%[^ ,:)]+]]: f64) -> (tensor<2xf64>, tensor<2xf64>) {
// CHECK-NEXT:    [[V:%.*]] = ten.stack [[X]], [[Y]] : f64 -> tensor<2xf64>
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[A:%.*]] = ten.build [2] ([[I:%[^ ,:)]+]]) : tensor<2xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<2xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S_1:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[S_1]] dims [0] : f64 -> tensor<2xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<2xf64>, tensor<2xf64>
// CHECK-NEXT:  }
func.func @only_one_is_rewritten(%x: f64, %y: f64) -> (tensor<2xf64>, tensor<2xf64>) {
  %v = ten.stack %x, %y : f64 -> tensor<2xf64>
  %c0 = arith.constant 0 : index
  %a = ten.build [2] (%i) : tensor<2xf64> {
    %e = ten.index %v[%i] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 5} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [2] (%j) : tensor<2xf64> {
    %e = ten.index %v[%c0] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 5} [%c0] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<2xf64>, tensor<2xf64>
}

// Of three, the two that are still seen to be one function keep it.
// CHECK-LABEL: func.func @two_of_three_stay(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64) -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
// CHECK-NEXT:    [[V:%.*]] = ten.stack [[X]], [[Y]] : f64 -> tensor<2xf64>
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[A:%.*]] = ten.build [2] ([[I:%[^ ,:)]+]]) : tensor<2xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<2xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      [[H:%.*]] = sharing.share [[S]] {stamp = 6} {{\[}}[[I]]] : f64
// CHECK-NEXT:      ten.yield [[H]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S_1:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[S_1]] dims [0] : f64 -> tensor<2xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.build [2] ([[J:%[^ ,:)]+]]) : tensor<2xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[C1]], [[J]] : index
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[K]]] : tensor<2xf64> -> f64
// CHECK-NEXT:      [[S_2:%.*]] = math.exp [[E_1]] : f64
// CHECK-NEXT:      [[H_1:%.*]] = sharing.share [[S_2]] {stamp = 6} {{\[}}[[K]]] : f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]], [[C]] : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
// CHECK-NEXT:  }
func.func @two_of_three_stay(%x: f64, %y: f64) -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %v = ten.stack %x, %y : f64 -> tensor<2xf64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = ten.build [2] (%i) : tensor<2xf64> {
    %e = ten.index %v[%i] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 6} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [2] (%j) : tensor<2xf64> {
    %e = ten.index %v[%c0] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 6} [%c0] : f64
    ten.yield %h : f64
  }
  %c = ten.build [2] (%j) : tensor<2xf64> {
    %k = arith.subi %c1, %j : index
    %e = ten.index %v[%k] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 6} [%k] : f64
    ten.yield %h : f64
  }
  func.return %a, %b, %c : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
}
