// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>) -> (f64, index, tensor<2x3xf32>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[K:%[^ ,:)]+]], [[Y:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[N]] : index, [[Z:%[^ ,:)]+]] = [[X]] : tensor<2x3xf32>) -> (f64, index, tensor<2x3xf32>) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[A]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]], [[Z_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[A]] : f64
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[Z_1]], [[X]] : tensor<2x3xf32>
// CHECK-NEXT:      ten.yield [[MULF]], [[N]], [[ADDF]] : f64, index, tensor<2x3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[K]], [[Y]] : f64, index, tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @while(%a: f64, %n: index, %x: tensor<2x3xf32>) -> (f64, index, tensor<2x3xf32>) {
  %c, %k, %y = ten.while (%h = %a : f64, %i = %n : index, %z = %x : tensor<2x3xf32>) -> (f64, index, tensor<2x3xf32>) {
    %go = arith.cmpf olt, %h, %a : f64
    ten.yield %go : i1
  } do (%h, %i, %z) {
    %0 = arith.mulf %h, %a : f64
    %1 = arith.addf %z, %x : tensor<2x3xf32>
    ten.yield %0, %n, %1 : f64, index, tensor<2x3xf32>
  }
  func.return %c, %k, %y : f64, index, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @limit_and_attributes(
// CHECK-SAME: [[A:%[^ ,:)]+]]: i32, [[GO:%[^ ,:)]+]]: i1) -> i32 {
// CHECK-NEXT:    [[C:%.*]] = ten.while limit 7 ([[H:%[^ ,:)]+]] = [[A]] : i32) {note = 1 : i64} -> (i32) {
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      ten.yield [[H_1]] : i32{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : i32{{$}}
// CHECK-NEXT:  }
func.func @limit_and_attributes(%a: i32, %go: i1) -> i32 {
  %c = ten.while limit 7 (%h = %a : i32) {note = 1 : i64} -> (i32) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield %h : i32
  }
  func.return %c : i32
}

// CHECK-LABEL: func.func @nothing_carried(
// CHECK-SAME: [[GO:%[^ ,:)]+]]: i1) {
// CHECK-NEXT:    ten.while limit 0 () -> () {
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do () {
// CHECK-NEXT:      ten.yield{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @nothing_carried(%go: i1) {
  ten.while limit 0 () -> () {
    ten.yield %go : i1
  } do () {
    ten.yield
  }
  func.return
}

// CHECK-LABEL: func.func @terms(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[CT:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[D0:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[D:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[P:%[^ ,:)]+]] = [[D0]] : !delta.term<f64>) -> (f64, !delta.term<f64>) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[A]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      [[SCALE:%.*]] = delta.scale [[H_1]], [[P_1]] : f64, !delta.term<f64>
// CHECK-NEXT:      ten.yield [[MULF]], [[SCALE]] : f64, !delta.term<f64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = delta.pullback ([[D]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[G]] : f64
// CHECK-NEXT:  }
func.func @terms(%a: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %c, %d = ten.while (%h = %a : f64, %p = %d0 : !delta.term<f64>) -> (f64, !delta.term<f64>) {
    %go = arith.cmpf olt, %h, %a : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    %1 = delta.scale %h, %p : f64, !delta.term<f64>
    ten.yield %0, %1 : f64, !delta.term<f64>
  }
  %g = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g : f64
}

// CHECK-LABEL: func.func @checkpoint(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[GO:%[^ ,:)]+]]: i1) -> (f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) {checkpoint = 7 : i64} -> (f64) {
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[D:%.*]] = ten.scan [5] ([[H_2:%[^ ,:)]+]] = [[A]] : f64) {checkpoint = 2 : i64} -> (f64) {
// CHECK-NEXT:      ten.yield [[H_2]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[D]] : f64, f64
// CHECK-NEXT:  }
func.func @checkpoint(%a: f64, %go: i1) -> (f64, f64) {
  %c = ten.while (%h = %a : f64) {checkpoint = 7 : i64} -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    ten.yield %h : f64
  }
  %d = ten.scan [5] (%h = %a : f64) {checkpoint = 2 : i64} -> (f64) {
    ten.yield %h : f64
  }
  func.return %c, %d : f64, f64
}
