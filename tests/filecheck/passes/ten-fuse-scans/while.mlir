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

// The loops inside do the same up to rows that only one of them gives, and up to places of ops that
// are the same in each step.
// CHECK-LABEL: func.func @while_with_scans(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[K:%[^ ,:)]+]]: f64) -> (tensor<3xf64>, index) {
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[D:%[^ ,:)]+]], [[F:%[^ ,:)]+]], [[N:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : tensor<3xf64>, [[Q:%[^ ,:)]+]] = [[X]] : f64, [[P:%[^ ,:)]+]] = [[ZERO]] : index) -> (tensor<3xf64>, f64, index) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf ogt, [[Q]], [[K]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[Q_1:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[B:%.*]] = ten.broadcast [[K]] dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:      [[SCAN:%[^ ,:)]+]], [[R:%[^ ,:)]+]] = ten.scan [5] ([[S:%[^ ,:)]+]] = [[H_1]] : tensor<3xf64>) -> (tensor<3xf64>, tensor<5x3xf64>) {
// CHECK-NEXT:        [[MULF:%.*]] = arith.mulf [[S]], [[B]] : tensor<3xf64>
// CHECK-NEXT:        [[SIN:%.*]] = math.sin [[MULF]] : tensor<3xf64>
// CHECK-NEXT:        ten.yield [[MULF]], [[SIN]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:      }
// CHECK-NEXT:      [[SUM:%.*]] = ten.sum [[SCAN]] dims [0] : tensor<3xf64> -> f64
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[P_1]], [[ONE]] : index
// CHECK-NEXT:      ten.yield [[SCAN]], [[SUM]], [[ADDI]] : tensor<3xf64>, f64, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[D]], [[N]] : tensor<3xf64>, index
// CHECK-NEXT:  }
func.func @while_with_scans(%a: tensor<3xf64>, %x: f64, %k: f64) -> (tensor<3xf64>, index) {
  %zero = arith.constant 0 : index
  %c, %e = ten.while (%h = %a : tensor<3xf64>, %q = %x : f64) -> (tensor<3xf64>, f64) {
    %go = arith.cmpf ogt, %q, %k : f64
    ten.yield %go : i1
  } do (%h, %q) {
    %0 = ten.scan [5] (%s = %h : tensor<3xf64>) -> (tensor<3xf64>) {
      %b = ten.broadcast %k dims [0] : f64 -> tensor<3xf64>
      %1 = arith.mulf %s, %b : tensor<3xf64>
      ten.yield %1 : tensor<3xf64>
    }
    %2 = ten.sum %0 dims [0] : tensor<3xf64> -> f64
    ten.yield %0, %2 : tensor<3xf64>, f64
  }
  %d, %f, %n = ten.while (%h = %a : tensor<3xf64>, %q = %x : f64, %p = %zero : index) -> (tensor<3xf64>, f64, index) {
    %go = arith.cmpf ogt, %q, %k : f64
    ten.yield %go : i1
  } do (%h, %q, %p) {
    %one = arith.constant 1 : index
    %b = ten.broadcast %k dims [0] : f64 -> tensor<3xf64>
    %0, %r = ten.scan [5] (%s = %h : tensor<3xf64>) -> (tensor<3xf64>, tensor<5x3xf64>) {
      %1 = arith.mulf %s, %b : tensor<3xf64>
      %2 = math.sin %1 : tensor<3xf64>
      ten.yield %1, %2 : tensor<3xf64>, tensor<3xf64>
    }
    %3 = ten.sum %0 dims [0] : tensor<3xf64> -> f64
    %4 = arith.addi %p, %one : index
    ten.yield %0, %3, %4 : tensor<3xf64>, f64, index
  }
  func.return %c, %n : tensor<3xf64>, index
}

// The loops inside take other numbers of steps, go the other way, or carry other values.
// CHECK-LABEL: func.func @while_with_other_scans_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[YS:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, f64, f64, f64) {
// CHECK-NEXT:    [[C:%.*]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[SCAN:%.*]] = ten.scan [5] ([[S:%[^ ,:)]+]] = [[H_1]] : f64) over ([[Y:%[^ ,:)]+]] = [[YS]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:        [[MULF:%.*]] = arith.mulf [[S]], [[Y]] : f64
// CHECK-NEXT:        ten.yield [[MULF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[SCAN]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[D:%[^ ,:)]+]], [[F:%[^ ,:)]+]] = ten.while ([[H_2:%[^ ,:)]+]] = [[A]] : f64, [[P:%[^ ,:)]+]] = [[X]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpf olt, [[H_2]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_3:%[^ ,:)]+]], [[P_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[SCAN_1:%.*]] = ten.scan [5] reverse ([[S_1:%[^ ,:)]+]] = [[H_3]] : f64) over ([[Y_1:%[^ ,:)]+]] = [[YS]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:        [[MULF_1:%.*]] = arith.mulf [[S_1]], [[Y_1]] : f64
// CHECK-NEXT:        ten.yield [[MULF_1]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[SCAN_1]], [[H_3]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]] = ten.while ([[H_4:%[^ ,:)]+]] = [[A]] : f64, [[P_2:%[^ ,:)]+]] = [[X]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_2:%.*]] = arith.cmpf olt, [[H_4]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_2]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_5:%[^ ,:)]+]], [[P_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[SCAN_2:%.*]] = ten.scan [5] ([[S_2:%[^ ,:)]+]] = [[H_5]] : f64) over ([[Y_2:%[^ ,:)]+]] = [[YS]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[S_2]], [[Y_2]] : f64
// CHECK-NEXT:        ten.yield [[ADDF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[SCAN_2]], [[H_5]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[M:%[^ ,:)]+]], [[N:%[^ ,:)]+]] = ten.while ([[H_6:%[^ ,:)]+]] = [[A]] : f64, [[P_4:%[^ ,:)]+]] = [[X]] : f64) -> (f64, f64) {
// CHECK-NEXT:      [[GO_3:%.*]] = arith.cmpf olt, [[H_6]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO_3]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_7:%[^ ,:)]+]], [[P_5:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[SCAN_3:%.*]] = ten.scan [5] ([[S_3:%[^ ,:)]+]] = [[X]] : f64) over ([[Y_3:%[^ ,:)]+]] = [[YS]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:        [[MULF_2:%.*]] = arith.mulf [[S_3]], [[Y_3]] : f64
// CHECK-NEXT:        ten.yield [[MULF_2]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[SCAN_3]], [[H_7]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[F]], [[J]], [[N]] : f64, f64, f64, f64
// CHECK-NEXT:  }
func.func @while_with_other_scans_stays(%a: f64, %x: f64, %ys: tensor<5xf64>) -> (f64, f64, f64, f64) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = ten.scan [5] (%s = %h : f64) over (%y = %ys : tensor<5xf64>) -> (f64) {
      %1 = arith.mulf %s, %y : f64
      ten.yield %1 : f64
    }
    ten.yield %0 : f64
  }
  %d, %f = ten.while (%h = %a : f64, %p = %x : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = ten.scan [5] reverse (%s = %h : f64) over (%y = %ys : tensor<5xf64>) -> (f64) {
      %1 = arith.mulf %s, %y : f64
      ten.yield %1 : f64
    }
    ten.yield %0, %h : f64, f64
  }
  %i, %j = ten.while (%h = %a : f64, %p = %x : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = ten.scan [5] (%s = %h : f64) over (%y = %ys : tensor<5xf64>) -> (f64) {
      %1 = arith.addf %s, %y : f64
      ten.yield %1 : f64
    }
    ten.yield %0, %h : f64, f64
  }
  %m, %n = ten.while (%h = %a : f64, %p = %x : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = ten.scan [5] (%s = %x : f64) over (%y = %ys : tensor<5xf64>) -> (f64) {
      %1 = arith.mulf %s, %y : f64
      ten.yield %1 : f64
    }
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %f, %j, %n : f64, f64, f64, f64
}

// The casts in the bodies differ by the types of their results alone.
// CHECK-LABEL: func.func @while_with_another_type_stays(
// CHECK:         ten.while
// CHECK:           ten.cast {{.*}} : f64 -> f32
// CHECK:         ten.while
// CHECK:           ten.cast {{.*}} : f64 -> f16
// CHECK:         func.return
func.func @while_with_another_type_stays(%a: f64, %x: f64) -> (f64, f64) {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = ten.cast %h : f64 -> f32
    %1 = ten.cast %0 : f32 -> f64
    %2 = arith.addf %h, %1 : f64
    ten.yield %2 : f64
  }
  %d, %n = ten.while (%h = %a : f64, %p = %x : f64) -> (f64, f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h, %p) {
    %0 = ten.cast %h : f64 -> f16
    %1 = ten.cast %0 : f16 -> f64
    %2 = arith.addf %h, %1 : f64
    ten.yield %2, %h : f64, f64
  }
  func.return %c, %n : f64, f64
}
