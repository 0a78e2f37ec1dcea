// RUN: letgrad-opt %s -p outline-regions | filecheck %s

// The body computes the condition of the next turn.
// CHECK-LABEL: func.func @while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[GO:%.*]] = arith.cmpf olt, [[A]], [[X]] : f64
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[A]] : f64, [[ARG_1:%[^ ,:)]+]] = [[GO]] : i1) -> (f64, i1) {
// CHECK-NEXT:      ten.yield [[ARG_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CALL:%[^ ,:)]+]], [[CALL_1:%[^ ,:)]+]] = func.call @while_while([[H]], [[ARG_2]], [[X]]) : (f64, i1, f64) -> (f64, i1)
// CHECK-NEXT:      ten.yield [[CALL]], [[CALL_1]] : f64, i1{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @while_while(
// CHECK-SAME: [[H:%[^ ,:)]+]]: f64, [[ARG:%[^ ,:)]+]]: i1, [[X:%[^ ,:)]+]]: f64) -> (f64, i1) {
// CHECK-NEXT:    [[H_1:%.*]] = arith.mulf [[H]], [[H]] : f64
// CHECK-NEXT:    [[GO:%.*]] = arith.cmpf olt, [[H_1]], [[X]] : f64
// CHECK-NEXT:    func.return [[H_1]], [[GO]] : f64, i1{{$}}
// CHECK-NEXT:  }
func.func @while(%a: f64, %x: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}
