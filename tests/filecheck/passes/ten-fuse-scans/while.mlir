// RUN: letgrad-opt %s -p ten-fuse-scans | filecheck %s

// The second loop computes all that the first one does. What needs the first one comes after it.
// CHECK-LABEL: func.func @while_in_while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64, [[T:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[E:%.*]] = math.exp [[T]] : f64
// CHECK-NEXT:    [[D:%[^ ,:)]+]], [[F:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[P:%[^ ,:)]+]] = [[E]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[P_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[MULF_1]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S:%.*]] = math.sin [[D]] : f64
// CHECK-NEXT:    func.return [[S]], [[F]] : f64, f64
// CHECK-NEXT:  }
func.func @while_in_while(%a: f64, %x: f64, %t: f64) -> (f64, f64) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  %s = math.sin %c : f64
  %e = math.exp %t : f64
  %d, %f = ten.while (%h = %a : f64, %p = %e : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    %1 = arith.mulf %p, %h : f64
    ten.yield %0, %1 : f64, f64
  }
  func.return %s, %f : f64, f64
}

// Another condition, another body, another begin, another limit.
// CHECK-LABEL: func.func @while_in_while_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T:%[^ ,:)]+]]: f64) -> (f64, f64, f64, f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C1:%[^ ,:)]+]], [[F1:%[^ ,:)]+]] = ten.while ([[H_2:%[^ ,:)]+]] = [[A]] : f64, [[P:%[^ ,:)]+]] = [[T]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf ole, [[H_2]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_3:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_3]], [[H_3]] : f64
// CHECK-NEXT:      ten.yield [[MULF_1]], [[H_3]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C2:%[^ ,:)]+]], [[F2:%[^ ,:)]+]] = ten.while ([[H_4:%[^ ,:)]+]] = [[A]] : f64, [[P_2:%[^ ,:)]+]] = [[T]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_2:%.*]] = arith.cmpf olt, [[H_4]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_2]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_5:%[^ ,:)]+]], [[P_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_2:%.*]] = arith.mulf [[H_5]], [[P_3]] : f64
// CHECK-NEXT:      ten.yield [[MULF_2]], [[H_5]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C3:%[^ ,:)]+]], [[F3:%[^ ,:)]+]] = ten.while ([[H_6:%[^ ,:)]+]] = [[X]] : f64, [[P_4:%[^ ,:)]+]] = [[T]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_3:%.*]] = arith.cmpf olt, [[H_6]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_3]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_7:%[^ ,:)]+]], [[P_5:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_3:%.*]] = arith.mulf [[H_7]], [[H_7]] : f64
// CHECK-NEXT:      ten.yield [[MULF_3]], [[H_7]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C4:%[^ ,:)]+]], [[F4:%[^ ,:)]+]] = ten.while limit 3 ([[H_8:%[^ ,:)]+]] = [[A]] : f64, [[P_6:%[^ ,:)]+]] = [[T]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_4:%.*]] = arith.cmpf olt, [[H_8]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_4]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_9:%[^ ,:)]+]], [[P_7:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_4:%.*]] = arith.mulf [[H_9]], [[H_9]] : f64
// CHECK-NEXT:      ten.yield [[MULF_4]], [[H_9]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[F1]], [[F2]], [[F3]], [[F4]] : f64, f64, f64, f64, f64
// CHECK-NEXT:  }
func.func @while_in_while_stays(%a: f64, %x: f64, %t: f64) -> (f64, f64, f64, f64, f64) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  %c1, %f1 = ten.while (%h = %a : f64, %p = %t : f64) -> (f64, f64) {
    %go = arith.cmpf ole, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0, %h : f64, f64
  }
  %c2, %f2 = ten.while (%h = %a : f64, %p = %t : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %p : f64
    ten.yield %0, %h : f64, f64
  }
  %c3, %f3 = ten.while (%h = %x : f64, %p = %t : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0, %h : f64, f64
  }
  %c4, %f4 = ten.while limit 3 (%h = %a : f64, %p = %t : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %f1, %f2, %f3, %f4 : f64, f64, f64, f64, f64
}

// The second loop begins with a result of the first one.
// CHECK-LABEL: func.func @while_that_needs_the_other_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S:%.*]] = math.sin [[C]] : f64
// CHECK-NEXT:    [[D:%[^ ,:)]+]], [[F:%[^ ,:)]+]] = ten.while ([[H_2:%[^ ,:)]+]] = [[A]] : f64, [[P:%[^ ,:)]+]] = [[S]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf olt, [[H_2]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_3:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_3]], [[H_3]] : f64
// CHECK-NEXT:      ten.yield [[MULF_1]], [[H_3]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[F]] : f64, f64
// CHECK-NEXT:  }
func.func @while_that_needs_the_other_stays(%a: f64, %x: f64) -> (f64, f64) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  %s = math.sin %c : f64
  %d, %f = ten.while (%h = %a : f64, %p = %s : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %f : f64, f64
}
