// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// The condition never holds.
// CHECK-LABEL: func.func @while_of_no_turn(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    func.return [[A]] : f64
// CHECK-NEXT:  }
func.func @while_of_no_turn(%a: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.constant false
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// CHECK-LABEL: func.func @while_of_no_turn_by_its_limit(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[GO:%[^ ,:)]+]]: i1) -> f64 {
// CHECK-NEXT:    func.return [[A]] : f64
// CHECK-NEXT:  }
func.func @while_of_no_turn_by_its_limit(%a: f64, %go: i1) -> f64 {
  %c = ten.while limit 0 (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// Nobody knows whether the condition holds.
// CHECK-LABEL: func.func @while_of_no_turn_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[GO:%[^ ,:)]+]]: i1) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.while limit 1 ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_of_no_turn_stays(%a: f64, %go: i1) -> f64 {
  %c = ten.while limit 1 (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// %i is %b at each turn, in both regions and after the loop.
// CHECK-LABEL: func.func @while_of_invariant(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[B:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[B]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[B]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[B]] : f64, f64
// CHECK-NEXT:  }
func.func @while_of_invariant(%a: f64, %b: f64) -> (f64, f64) {
  %c, %k = ten.while (%h = %a : f64, %i = %b : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %i : f64
    ten.yield %go : i1
  } do (%h, %i) {
    %0 = arith.mulf %h, %i : f64
    ten.yield %0, %i : f64, f64
  }
  func.return %c, %k : f64, f64
}

// The two change places.
// CHECK-LABEL: func.func @while_of_invariant_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[B:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[K:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[B]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[I]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      ten.yield [[I_1]], [[H_1]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[K]] : f64, f64
// CHECK-NEXT:  }
func.func @while_of_invariant_stays(%a: f64, %b: f64) -> (f64, f64) {
  %c, %k = ten.while (%h = %a : f64, %i = %b : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %i : f64
    ten.yield %go : i1
  } do (%h, %i) {
    ten.yield %i, %h : f64, f64
  }
  func.return %c, %k : f64, f64
}

// CHECK-LABEL: func.func @while_with_repeated_parts(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[C]] : f64, f64
// CHECK-NEXT:  }
func.func @while_with_repeated_parts(%a: f64, %x: f64) -> (f64, f64) {
  %c, %d = ten.while (%h = %a : f64, %i = %a : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %i, %x : f64
    ten.yield %go : i1
  } do (%h, %i) {
    %0 = arith.mulf %h, %i : f64
    ten.yield %0, %0 : f64, f64
  }
  func.return %c, %d : f64, f64
}

// They begin as different values.
// CHECK-LABEL: func.func @while_with_repeated_parts_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> (f64, f64) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[D:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[X]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[I]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[I_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[MULF]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[D]] : f64, f64
// CHECK-NEXT:  }
func.func @while_with_repeated_parts_stays(%a: f64, %x: f64) -> (f64, f64) {
  %c, %d = ten.while (%h = %a : f64, %i = %x : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %i, %x : f64
    ten.yield %go : i1
  } do (%h, %i) {
    %0 = arith.mulf %h, %i : f64
    ten.yield %0, %0 : f64, f64
  }
  func.return %c, %d : f64, f64
}

// Nothing needs %d, and %e is needed by it only.
// CHECK-LABEL: func.func @while_with_dead_parts(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_with_dead_parts(%a: f64, %x: f64) -> f64 {
  %c, %d, %e = ten.while (%h = %a : f64, %i = %a : f64, %j = %x : f64) -> (f64, f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %i, %j) {
    %0 = arith.mulf %h, %h : f64
    %1 = arith.mulf %i, %j : f64
    %2 = arith.addf %j, %j : f64
    ten.yield %0, %1, %2 : f64, f64, f64
  }
  func.return %c : f64
}

// %d is needed by the condition, and %e by the next %c.
// CHECK-LABEL: func.func @while_with_dead_parts_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[D:%[^ ,:)]+]], [[E:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[A]] : f64, [[J:%[^ ,:)]+]] = [[X]] : f64) -> (f64, f64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[I]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]], [[J_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[J_1]] : f64
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[I_1]], [[I_1]] : f64
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[J_1]], [[J_1]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[MULF_1]], [[ADDF]] : f64, f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_with_dead_parts_stays(%a: f64, %x: f64) -> f64 {
  %c, %d, %e = ten.while (%h = %a : f64, %i = %a : f64, %j = %x : f64) -> (f64, f64, f64) {
    %go = arith.cmpf olt, %i, %x : f64
    ten.yield %go : i1
  } do (%h, %i, %j) {
    %0 = arith.mulf %h, %j : f64
    %1 = arith.mulf %i, %i : f64
    %2 = arith.addf %j, %j : f64
    ten.yield %0, %1, %2 : f64, f64, f64
  }
  func.return %c : f64
}

// What both regions compute of %x is computed once.
// CHECK-LABEL: func.func @while_with_invariant_ops(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[SIN:%.*]] = math.sin [[X]] : f64
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[X]] : f64
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[SIN]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[COS]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_with_invariant_ops(%a: f64, %x: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %0 = math.sin %x : f64
    %go = arith.cmpf olt, %h, %0 : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = math.cos %x : f64
    %1 = arith.mulf %h, %0 : f64
    ten.yield %1 : f64
  }
  func.return %c : f64
}

// The inner loop may not end, and the outer one may take no turn.
// CHECK-LABEL: func.func @while_with_a_loop_in_its_body_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[WHILE:%.*]] = ten.while ([[I:%[^ ,:)]+]] = [[X]] : f64) -> (f64) {
// CHECK-NEXT:        [[GO_1:%.*]] = arith.cmpf one, [[I]], [[A]] : f64
// CHECK-NEXT:        ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:      } do ([[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[I_1]], [[I_1]] : f64
// CHECK-NEXT:        ten.yield [[ADDF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[WHILE]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_with_a_loop_in_its_body_stays(%a: f64, %x: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = ten.while (%i = %x : f64) -> (f64) {
      %go = arith.cmpf one, %i, %a : f64
      ten.yield %go : i1
    } do (%i) {
      %1 = arith.addf %i, %i : f64
      ten.yield %1 : f64
    }
    %2 = arith.mulf %h, %0 : f64
    ten.yield %2 : f64
  }
  func.return %c : f64
}

// The same in a scan, which takes no turn if %n is 0.
// CHECK-LABEL: func.func @scan_with_turns_with_a_loop_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.scan [4] turns [[N]] ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[WHILE:%.*]] = ten.while ([[I:%[^ ,:)]+]] = [[X]] : f64) -> (f64) {
// CHECK-NEXT:        [[GO:%.*]] = arith.cmpf one, [[I]], [[A]] : f64
// CHECK-NEXT:        ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:      } do ([[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[I_1]], [[I_1]] : f64
// CHECK-NEXT:        ten.yield [[ADDF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[WHILE]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @scan_with_turns_with_a_loop_stays(%a: f64, %x: f64, %n: index) -> f64 {
  %c = ten.scan [4] turns %n (%h = %a : f64) -> (f64) {
    %0 = ten.while (%i = %x : f64) -> (f64) {
      %go = arith.cmpf one, %i, %a : f64
      ten.yield %go : i1
    } do (%i) {
      %1 = arith.addf %i, %i : f64
      ten.yield %1 : f64
    }
    %2 = arith.mulf %h, %0 : f64
    ten.yield %2 : f64
  }
  func.return %c : f64
}

// Four turns are more than none.
// CHECK-LABEL: func.func @scan_with_a_loop(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[WHILE:%.*]] = ten.while ([[I:%[^ ,:)]+]] = [[X]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf one, [[I]], [[A]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[I_1]], [[I_1]] : f64
// CHECK-NEXT:      ten.yield [[ADDF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C:%.*]] = ten.scan [4] ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[WHILE]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @scan_with_a_loop(%a: f64, %x: f64) -> f64 {
  %c = ten.scan [4] (%h = %a : f64) -> (f64) {
    %0 = ten.while (%i = %x : f64) -> (f64) {
      %go = arith.cmpf one, %i, %a : f64
      ten.yield %go : i1
    } do (%i) {
      %1 = arith.addf %i, %i : f64
      ten.yield %1 : f64
    }
    %2 = arith.mulf %h, %0 : f64
    ten.yield %2 : f64
  }
  func.return %c : f64
}

// Nobody asks for what a loop gives.
// CHECK-LABEL: func.func @dead_while(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[GO:%[^ ,:)]+]]: i1) {
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @dead_while(%a: f64, %go: i1) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.addf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return
}
