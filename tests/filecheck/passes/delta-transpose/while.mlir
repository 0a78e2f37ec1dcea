// RUN: letgrad-opt %s -p 'delta-linearize,delta-transpose,cse,canonicalize' | filecheck %s

// With a limit, the loop is counted, and then a scan that keeps what the way back needs.
// CHECK-LABEL: func.func @while_with_limit(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[C:%.*]] = ten.while limit 9 ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]] = ten.while limit 9 ([[H_2:%[^ ,:)]+]] = [[A]] : f64, [[ARG:%[^ ,:)]+]] = [[CONSTANT]] : index) -> (f64, index) {
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf olt, [[H_2]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_3:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_3]], [[H_3]] : f64
// CHECK-NEXT:      [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:      ten.yield [[MULF_1]], [[ADDI]] : f64, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[H_4:%[^ ,:)]+]] = ten.scan [9] turns [[WHILE_1]] ([[H_5:%[^ ,:)]+]] = [[A]] : f64) -> (f64, tensor<9xf64>) {
// CHECK-NEXT:      [[MULF_2:%.*]] = arith.mulf [[H_5]], [[H_5]] : f64
// CHECK-NEXT:      ten.yield [[MULF_2]], [[H_5]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[SCAN_1:%.*]] = ten.scan [9] turns [[WHILE_1]] reverse ([[ARG_2:%[^ ,:)]+]] = [[CT]] : f64) over ([[H_6:%[^ ,:)]+]] = [[H_4]] : tensor<9xf64>) {checkpoint = 9 : i64} -> (f64) {
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG_2]], [[ARG_2]] : f64
// CHECK-NEXT:      [[MULF_3:%.*]] = arith.mulf [[H_6]], [[ADDF]] : f64
// CHECK-NEXT:      ten.yield [[MULF_3]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    func.return [[C]], [[SCAN_1]], [[CONSTANT_2]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @while_with_limit(%a: f64, %x: f64) -> f64 {
  %c = ten.while limit 9 (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}
