// RUN: letgrad-opt %s -p 'delta-linearize{mode=forward},delta-evaluate,ten-fuse-scans' --split-input-file | filecheck %s

// Forward mode is one loop over pairs of a value and its tangent.
// CHECK-LABEL: func.func @while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[DH:%[^ ,:)]+]] = [[T_A]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[DH_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_1]], [[DH_1]] : f64
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[MULF_1]], [[MULF_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[ADDF]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[WHILE]] : f64, f64
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
