// RUN: letgrad-opt %s -p convert-scf-to-ten --check-semantics --verify-sharing | filecheck %s

// CHECK-LABEL: func.func @while_of_arrays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf64>, [[N:%[^ ,:)]+]]: i64) -> (tensor<3xf64>, i64) {
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:    [[Y:%.*]] = math.sin [[A]] : tensor<3xf64>
// CHECK-NEXT:    [[GO:%.*]] = arith.cmpi slt, [[ZERO]], [[N]] : i64{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[R:%[^ ,:)]+]], [[K:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[GO]] : i1, [[ARG_1:%[^ ,:)]+]] = [[Y]] : tensor<3xf64>, [[ARG_2:%[^ ,:)]+]] = [[ZERO]] : i64) -> (i1, tensor<3xf64>, i64) {
// CHECK-NEXT:      ten.yield [[ARG]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_3:%[^ ,:)]+]], [[Y_1:%[^ ,:)]+]], [[I:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[I]], [[ONE]] : i64{{$}}
// CHECK-NEXT:      [[Y_2:%.*]] = math.sin [[Y_1]] : tensor<3xf64>
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpi slt, [[J]], [[N]] : i64{{$}}
// CHECK-NEXT:      ten.yield [[GO_1]], [[Y_2]], [[J]] : i1, tensor<3xf64>, i64{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]], [[K]] : tensor<3xf64>, i64{{$}}
// CHECK-NEXT:  }
func.func @while_of_arrays(%a: tensor<3xf64>, %n: i64) -> (tensor<3xf64>, i64) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r, %k = scf.while (%i = %zero, %x = %a) : (i64, tensor<3xf64>) -> (tensor<3xf64>, i64) {
    %y = math.sin %x : tensor<3xf64>
    %go = arith.cmpi slt, %i, %n : i64
    scf.condition(%go) %y, %i : tensor<3xf64>, i64
  } do {
  ^bb0(%y: tensor<3xf64>, %i: i64):
    %j = arith.addi %i, %one : i64
    scf.yield %j, %y : i64, tensor<3xf64>
  }
  func.return %r, %k : tensor<3xf64>, i64
}

// The inner loop comes first.
// CHECK-LABEL: func.func @while_in_while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[GO:%.*]] = arith.cmpf olt, [[A]], [[A]] : f64
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[R:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[GO]] : i1, [[ARG_1:%[^ ,:)]+]] = [[A]] : f64) -> (i1, f64) {
// CHECK-NEXT:      ten.yield [[ARG]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_2:%[^ ,:)]+]], [[X:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MORE:%.*]] = arith.cmpf ogt, [[X]], [[A]] : f64
// CHECK-NEXT:      [[WHILE_1:%[^ ,:)]+]], [[S:%[^ ,:)]+]] = ten.while ([[ARG_3:%[^ ,:)]+]] = [[MORE]] : i1, [[ARG_4:%[^ ,:)]+]] = [[X]] : f64) -> (i1, f64) {
// CHECK-NEXT:        ten.yield [[ARG_3]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_5:%[^ ,:)]+]], [[Y:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[H:%.*]] = math.sin [[Y]] : f64
// CHECK-NEXT:        [[MORE_1:%.*]] = arith.cmpf ogt, [[H]], [[A]] : f64
// CHECK-NEXT:        ten.yield [[MORE_1]], [[H]] : i1, f64
// CHECK-NEXT:      }
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf olt, [[S]], [[A]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]], [[S]] : i1, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
func.func @while_in_while(%a: f64) -> f64 {
  %r = scf.while (%x = %a) : (f64) -> f64 {
    %go = arith.cmpf olt, %x, %a : f64
    scf.condition(%go) %x : f64
  } do {
  ^bb0(%x: f64):
    %s = scf.while (%y = %x) : (f64) -> f64 {
      %more = arith.cmpf ogt, %y, %a : f64
      scf.condition(%more) %y : f64
    } do {
    ^bb0(%y: f64):
      %h = math.sin %y : f64
      scf.yield %h : f64
    }
    scf.yield %s : f64
  }
  func.return %r : f64
}
