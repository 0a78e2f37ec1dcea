// RUN: letgrad-opt %s -p ten-share-views,sharing-verify | filecheck %s

// The read of exp t is no longer the term of the other shares. These stay one function.
// CHECK-LABEL: func.func @stamps_of_terms_that_became_views(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<7xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<7xf64>, f64, tensor<4xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[E:%.*]] = math.exp [[T]] : tensor<7xf64>
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[X:%.*]] = ten.index [[T]]{{\[}}[[ONE]]] : tensor<7xf64> -> f64
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[Y_1:%.*]] = ten.index [[E]]{{\[}}[[Y]]] : tensor<7xf64> -> f64
// CHECK-NEXT:    [[A:%.*]] = ten.gather [4] [[V]] ([[I:%[^ ,:)]+]]) : tensor<5xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[XI:%.*]] = ten.index [[T]]{{\[}}[[I]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[YI:%.*]] = math.exp [[XI]] : f64
// CHECK-NEXT:      [[SI:%.*]] = sharing.share [[YI]] {stamp = 0} {{\[}}[[I]]] : f64
// CHECK-NEXT:      [[KI:%.*]] = arith.fptosi [[SI]] : f64 to i64{{$}}
// CHECK-NEXT:      [[NI:%.*]] = arith.index_cast [[KI]] : i64 to index
// CHECK-NEXT:      ten.yield [[NI]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.gather [6] [[V]] ([[J:%[^ ,:)]+]]) : tensor<5xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[XJ:%.*]] = ten.index [[T]]{{\[}}[[J]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[YJ:%.*]] = math.exp [[XJ]] : f64
// CHECK-NEXT:      [[SJ:%.*]] = sharing.share [[YJ]] {stamp = 0} {{\[}}[[J]]] : f64
// CHECK-NEXT:      [[KJ:%.*]] = arith.fptosi [[SJ]] : f64 to i64{{$}}
// CHECK-NEXT:      [[NJ:%.*]] = arith.index_cast [[KJ]] : i64 to index
// CHECK-NEXT:      ten.yield [[NJ]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[E]], [[Y_1]], [[A]], [[B]] : tensor<7xf64>, f64, tensor<4xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @stamps_of_terms_that_became_views(%t: tensor<7xf64>, %v: tensor<5xf64>) -> (tensor<7xf64>, f64, tensor<4xf64>, tensor<6xf64>) {
  %e = math.exp %t : tensor<7xf64>
  %one = arith.constant 1 : index
  %x = ten.index %t[%one] : tensor<7xf64> -> f64
  %y = math.exp %x : f64
  %s = sharing.share %y {stamp = 0} [%one] : f64
  %a = ten.gather [4] %v (%i) : tensor<5xf64> -> tensor<4xf64> {
    %xi = ten.index %t[%i] : tensor<7xf64> -> f64
    %yi = math.exp %xi : f64
    %si = sharing.share %yi {stamp = 0} [%i] : f64
    %ki = arith.fptosi %si : f64 to i64
    %ni = arith.index_cast %ki : i64 to index
    ten.yield %ni : index
  }
  %b = ten.gather [6] %v (%j) : tensor<5xf64> -> tensor<6xf64> {
    %xj = ten.index %t[%j] : tensor<7xf64> -> f64
    %yj = math.exp %xj : f64
    %sj = sharing.share %yj {stamp = 0} [%j] : f64
    %kj = arith.fptosi %sj : f64 to i64
    %nj = arith.index_cast %kj : i64 to index
    ten.yield %nj : index
  }
  func.return %e, %s, %a, %b : tensor<7xf64>, f64, tensor<4xf64>, tensor<6xf64>
}
