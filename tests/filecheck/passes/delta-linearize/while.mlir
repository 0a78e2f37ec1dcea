// RUN: letgrad-opt %s -p 'delta-linearize{mode=forward}' --split-input-file | filecheck %s

// One loop for the values, and one with the term beside each value. %k is no float, and has no term.
// CHECK-LABEL: func.func @while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[T_A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[DA:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DX:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[K:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[N]] : index) -> (f64, index) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[N]] : f64, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[DC:%[^ ,:)]+]] = ten.while ([[H_2:%[^ ,:)]+]] = [[A]] : f64, [[I_2:%[^ ,:)]+]] = [[N]] : index, [[DH:%[^ ,:)]+]] = [[DA]] : !delta.term<f64>) -> (f64, index, !delta.term<f64>) {
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf olt, [[H_2]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_3:%[^ ,:)]+]], [[I_3:%[^ ,:)]+]], [[DH_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_3]], [[X]] : f64
// CHECK-NEXT:      [[SCALE:%.*]] = delta.scale [[X]], [[DH_1]] : f64, !delta.term<f64>
// CHECK-NEXT:      [[SCALE_1:%.*]] = delta.scale [[H_3]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:      [[ADD:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:      ten.yield [[MULF_1]], [[N]], [[ADD]] : f64, index, !delta.term<f64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[DC]], ([[T_A]], [[T_X]]) : f64, (f64, f64)
// CHECK-NEXT:    func.return [[C]], [[PUSHFORWARD]] : f64, f64
// CHECK-NEXT:  }
func.func @while(%a: f64, %x: f64, %n: index) -> f64 {
  %c, %k = ten.while (%h = %a : f64, %i = %n : index) -> (f64, index) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %i) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %n : f64, index
  }
  func.return %c : f64
}

// -----

// Only the condition depends on an input.
// CHECK-LABEL: func.func @while_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[A:%.*]] = arith.constant 1.500000e+00 : f64
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[ZERO:%.*]] = delta.zero : !delta.term<f64>
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[ZERO]], ([[T_X]]) : f64, (f64)
// CHECK-NEXT:    func.return [[C]], [[PUSHFORWARD]] : f64, f64
// CHECK-NEXT:  }
func.func @while_stays(%x: f64) -> f64 {
  %a = arith.constant 1.5 : f64
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}
