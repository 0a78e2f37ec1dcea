// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// An i8 is at most 127, so the loop has at most 124 turns.
// CHECK-LABEL: func.func @while_of_counter(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: i8) -> (i8, f64) {
// CHECK-NEXT:    [[LOW:%.*]] = arith.constant 3 : i8{{$}}
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<124xi8>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[LOW]] dims [0] : i8 -> tensor<124xi8>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[IOTA]], [[BROADCAST]] : tensor<124xi8>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[N]] : i8 -> index
// CHECK-NEXT:    [[SUBI:%.*]] = arith.subi [[CAST]], [[CONSTANT]] : index
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi slt, [[LOW]], [[N]] : i8{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.select [[CMPI]], [[N]], [[LOW]] : i8{{$}}
// CHECK-NEXT:    [[C:%.*]] = ten.scan [124] turns [[SUBI]] ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[I:%[^ ,:)]+]] = [[ADDI]] : tensor<124xi8>) -> (f64) {
// CHECK-NEXT:      [[SITOFP:%.*]] = arith.sitofp [[I]] : i8 to f64
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[SITOFP]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[K]], [[C]] : i8, f64
// CHECK-NEXT:  }
func.func @while_of_counter(%a: f64, %n: i8) -> (i8, f64) {
  %low = arith.constant 3 : i8
  %k, %c = ten.while (%i = %low : i8, %h = %a : f64) -> (i8, f64) {
    %go = arith.cmpi slt, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    %1 = arith.sitofp %i : i8 to f64
    %2 = arith.mulf %h, %1 : f64
    ten.yield %0, %2 : i8, f64
  }
  func.return %k, %c : i8, f64
}

// A triangle.
// CHECK-LABEL: func.func @while_of_counter_in_a_scan(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[ROWS:%.*]] = ten.iota dim 0 : tensor<5xi64>
// CHECK-NEXT:    [[S:%.*]] = ten.scan [5] ([[P:%[^ ,:)]+]] = [[A]] : f64) over ([[N:%[^ ,:)]+]] = [[ROWS]] : tensor<5xi64>) -> (f64) {
// CHECK-NEXT:      [[IOTA:%.*]] = ten.iota dim 0 : tensor<4xi64>
// CHECK-NEXT:      [[CAST:%.*]] = ten.cast [[N]] : i64 -> index
// CHECK-NEXT:      [[C:%.*]] = ten.scan [4] turns [[CAST]] ([[H:%[^ ,:)]+]] = [[P]] : f64) over ([[I:%[^ ,:)]+]] = [[IOTA]] : tensor<4xi64>) -> (f64) {
// CHECK-NEXT:        [[SITOFP:%.*]] = arith.sitofp [[I]] : i64 to f64
// CHECK-NEXT:        [[MULF:%.*]] = arith.mulf [[H]], [[SITOFP]] : f64
// CHECK-NEXT:        ten.yield [[MULF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[C]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_in_a_scan(%a: f64) -> f64 {
  %rows = ten.iota dim 0 : tensor<5xi64>
  %s = ten.scan [5] (%p = %a : f64) over (%n = %rows : tensor<5xi64>) -> (f64) {
    %low = arith.constant 0 : i64
    %k, %c = ten.while (%i = %low : i64, %h = %p : f64) -> (i64, f64) {
      %go = arith.cmpi slt, %i, %n : i64
      ten.yield %go : i1
    } do (%i, %h) {
      %one = arith.constant 1 : i64
      %0 = arith.addi %i, %one : i64
      %1 = arith.sitofp %i : i64 to f64
      %2 = arith.mulf %h, %1 : f64
      ten.yield %0, %2 : i64, f64
    }
    ten.yield %c : f64
  }
  func.return %s : f64
}

// Nothing bounds %n.
// CHECK-LABEL: func.func @while_of_counter_without_a_bound_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: i64) -> f64 {
// CHECK-NEXT:    [[LOW:%.*]] = arith.constant 3 : i64{{$}}
// CHECK-NEXT:    [[K:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = ten.while ([[I:%[^ ,:)]+]] = [[LOW]] : i64, [[H:%[^ ,:)]+]] = [[A]] : f64) -> (i64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpi slt, [[I]], [[N]] : i64{{$}}
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]], [[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I_1]], [[ONE]] : i64{{$}}
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[ADDI]], [[MULF]] : i64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_without_a_bound_stays(%a: f64, %n: i64) -> f64 {
  %low = arith.constant 3 : i64
  %k, %c = ten.while (%i = %low : i64, %h = %a : f64) -> (i64, f64) {
    %go = arith.cmpi slt, %i, %n : i64
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i64
    %0 = arith.addi %i, %one : i64
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i64, f64
  }
  func.return %c : f64
}

// The loop has a limit, goes on for another reason, counts by 2, or compares otherwise.
// CHECK-LABEL: func.func @while_of_counter_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: i8) -> (f64, i8, f64, f64) {
// CHECK-NEXT:    [[LOW:%.*]] = arith.constant 3 : i8{{$}}
// CHECK-NEXT:    [[K:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = ten.while limit 4 ([[I:%[^ ,:)]+]] = [[LOW]] : i8, [[H:%[^ ,:)]+]] = [[A]] : f64) -> (i8, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpi slt, [[I]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]], [[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i8{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I_1]], [[ONE]] : i8{{$}}
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[ADDI]], [[MULF]] : i8, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[K1:%.*]] = ten.while ([[I_2:%[^ ,:)]+]] = [[LOW]] : i8) -> (i8) {
// CHECK-NEXT:      [[TWO:%.*]] = arith.constant 2 : i8{{$}}
// CHECK-NEXT:      [[M:%.*]] = arith.muli [[I_2]], [[TWO]] : i8{{$}}
// CHECK-NEXT:      [[GO_1:%.*]] = arith.cmpi slt, [[I_2]], [[M]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE_1:%.*]] = arith.constant 1 : i8{{$}}
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[I_3]], [[ONE_1]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[ADDI_1]] : i8{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    [[K2:%[^ ,:)]+]], [[C2:%[^ ,:)]+]] = ten.while ([[I_4:%[^ ,:)]+]] = [[LOW]] : i8, [[H_2:%[^ ,:)]+]] = [[A]] : f64) -> (i8, f64) {
// CHECK-NEXT:      [[GO_2:%.*]] = arith.cmpi slt, [[I_4]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO_2]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_5:%[^ ,:)]+]], [[H_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[TWO_1:%.*]] = arith.constant 2 : i8{{$}}
// CHECK-NEXT:      [[ADDI_2:%.*]] = arith.addi [[I_5]], [[TWO_1]] : i8{{$}}
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[H_3]], [[H_3]] : f64
// CHECK-NEXT:      ten.yield [[ADDI_2]], [[MULF_1]] : i8, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[K3:%[^ ,:)]+]], [[C3:%[^ ,:)]+]] = ten.while ([[I_6:%[^ ,:)]+]] = [[LOW]] : i8, [[H_4:%[^ ,:)]+]] = [[A]] : f64) -> (i8, f64) {
// CHECK-NEXT:      [[GO_3:%.*]] = arith.cmpi sle, [[I_6]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO_3]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_7:%[^ ,:)]+]], [[H_5:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE_2:%.*]] = arith.constant 1 : i8{{$}}
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[I_7]], [[ONE_2]] : i8{{$}}
// CHECK-NEXT:      [[MULF_2:%.*]] = arith.mulf [[H_5]], [[H_5]] : f64
// CHECK-NEXT:      ten.yield [[ADDI_3]], [[MULF_2]] : i8, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[K1]], [[C2]], [[C3]] : f64, i8, f64, f64
// CHECK-NEXT:  }
func.func @while_of_counter_stays(%a: f64, %n: i8) -> (f64, i8, f64, f64) {
  %low = arith.constant 3 : i8
  %k, %c = ten.while limit 4 (%i = %low : i8, %h = %a : f64) -> (i8, f64) {
    %go = arith.cmpi slt, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i8, f64
  }
  %k1 = ten.while (%i = %low : i8) -> (i8) {
    %two = arith.constant 2 : i8
    %m = arith.muli %i, %two : i8
    %go = arith.cmpi slt, %i, %m : i8
    ten.yield %go : i1
  } do (%i) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    ten.yield %0 : i8
  }
  %k2, %c2 = ten.while (%i = %low : i8, %h = %a : f64) -> (i8, f64) {
    %go = arith.cmpi slt, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %two = arith.constant 2 : i8
    %0 = arith.addi %i, %two : i8
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i8, f64
  }
  %k3, %c3 = ten.while (%i = %low : i8, %h = %a : f64) -> (i8, f64) {
    %go = arith.cmpi sle, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i8, f64
  }
  func.return %c, %k1, %c2, %c3 : f64, i8, f64, f64
}

// The same loop over a large carry: 124 turns would make much.
// CHECK-LABEL: func.func @while_of_counter_of_large_values_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<200xf64>, [[N:%[^ ,:)]+]]: i8) -> tensor<200xf64> {
// CHECK-NEXT:    [[LOW:%.*]] = arith.constant 3 : i8{{$}}
// CHECK-NEXT:    [[K:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = ten.while ([[I:%[^ ,:)]+]] = [[LOW]] : i8, [[H:%[^ ,:)]+]] = [[A]] : tensor<200xf64>) -> (i8, tensor<200xf64>) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpi slt, [[I]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]], [[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i8{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I_1]], [[ONE]] : i8{{$}}
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : tensor<200xf64>
// CHECK-NEXT:      ten.yield [[ADDI]], [[MULF]] : i8, tensor<200xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<200xf64>
// CHECK-NEXT:  }
func.func @while_of_counter_of_large_values_stays(%a: tensor<200xf64>, %n: i8) -> tensor<200xf64> {
  %low = arith.constant 3 : i8
  %k, %c = ten.while (%i = %low : i8, %h = %a : tensor<200xf64>) -> (i8, tensor<200xf64>) {
    %go = arith.cmpi slt, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    %2 = arith.mulf %h, %h : tensor<200xf64>
    ten.yield %0, %2 : i8, tensor<200xf64>
  }
  func.return %c : tensor<200xf64>
}

// The difference is at most 5, and may be any number below.
// CHECK-LABEL: func.func @while_of_counter_to_a_minimum(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[Y:%[^ ,:)]+]]: i64) -> f64 {
// CHECK-NEXT:    [[FIVE:%.*]] = arith.constant 5 : i64{{$}}
// CHECK-NEXT:    [[N:%.*]] = arith.minsi [[Y]], [[FIVE]] : i64{{$}}
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[N]] : i64 -> index
// CHECK-NEXT:    [[C:%.*]] = ten.scan [5] turns [[CAST]] ([[H:%[^ ,:)]+]] = [[A]] : f64) -> (f64) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[H]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_to_a_minimum(%a: f64, %y: i64) -> f64 {
  %low = arith.constant 0 : i64
  %five = arith.constant 5 : i64
  %n = arith.minsi %y, %five : i64
  %k, %c = ten.while (%i = %low : i64, %h = %a : f64) -> (i64, f64) {
    %go = arith.cmpi slt, %i, %n : i64
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i64
    %0 = arith.addi %i, %one : i64
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i64, f64
  }
  func.return %c : f64
}

// The least number minus the greatest one wraps, and is 1.
// CHECK-LABEL: func.func @while_of_counter_whose_difference_wraps_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: i64, [[Y:%[^ ,:)]+]]: i64) -> f64 {
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[FIVE:%.*]] = arith.constant 5 : i64{{$}}
// CHECK-NEXT:    [[LOW:%.*]] = arith.maxsi [[X]], [[ZERO]] : i64{{$}}
// CHECK-NEXT:    [[N:%.*]] = arith.minsi [[Y]], [[FIVE]] : i64{{$}}
// CHECK-NEXT:    [[K:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = ten.while ([[I:%[^ ,:)]+]] = [[LOW]] : i64, [[H:%[^ ,:)]+]] = [[A]] : f64) -> (i64, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpi slt, [[I]], [[N]] : i64{{$}}
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]], [[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I_1]], [[ONE]] : i64{{$}}
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      ten.yield [[ADDI]], [[MULF]] : i64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_whose_difference_wraps_stays(%a: f64, %x: i64, %y: i64) -> f64 {
  %zero = arith.constant 0 : i64
  %five = arith.constant 5 : i64
  %low = arith.maxsi %x, %zero : i64
  %n = arith.minsi %y, %five : i64
  %k, %c = ten.while (%i = %low : i64, %h = %a : f64) -> (i64, f64) {
    %go = arith.cmpi slt, %i, %n : i64
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i64
    %0 = arith.addi %i, %one : i64
    %2 = arith.mulf %h, %h : f64
    ten.yield %0, %2 : i64, f64
  }
  func.return %c : f64
}

// The comparison the other way around. A band: i + 1 - max(i - 2, 0) is at most 3.
// CHECK-LABEL: func.func @while_of_counter_in_a_band(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[ROWS:%.*]] = ten.iota dim 0 : tensor<50xi64>
// CHECK-NEXT:    [[S:%.*]] = ten.scan [50] ([[P:%[^ ,:)]+]] = [[A]] : f64) over ([[N:%[^ ,:)]+]] = [[ROWS]] : tensor<50xi64>) -> (f64) {
// CHECK-NEXT:      [[ZERO:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[TWO:%.*]] = arith.constant 2 : i64{{$}}
// CHECK-NEXT:      [[B:%.*]] = arith.subi [[N]], [[TWO]] : i64{{$}}
// CHECK-NEXT:      [[LOW:%.*]] = arith.maxsi [[B]], [[ZERO]] : i64{{$}}
// CHECK-NEXT:      [[HIGH:%.*]] = arith.addi [[N]], [[ONE]] : i64{{$}}
// CHECK-NEXT:      [[IOTA:%.*]] = ten.iota dim 0 : tensor<3xi64>
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[LOW]] dims [0] : i64 -> tensor<3xi64>
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[IOTA]], [[BROADCAST]] : tensor<3xi64>
// CHECK-NEXT:      [[CAST:%.*]] = ten.cast [[LOW]] : i64 -> index
// CHECK-NEXT:      [[CAST_1:%.*]] = ten.cast [[HIGH]] : i64 -> index
// CHECK-NEXT:      [[SUBI:%.*]] = arith.subi [[CAST_1]], [[CAST]] : index
// CHECK-NEXT:      [[C:%.*]] = ten.scan [3] turns [[SUBI]] ([[H:%[^ ,:)]+]] = [[P]] : f64) over ([[I:%[^ ,:)]+]] = [[ADDI]] : tensor<3xi64>) -> (f64) {
// CHECK-NEXT:        [[SITOFP:%.*]] = arith.sitofp [[I]] : i64 to f64
// CHECK-NEXT:        [[MULF:%.*]] = arith.mulf [[H]], [[SITOFP]] : f64
// CHECK-NEXT:        ten.yield [[MULF]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[C]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_in_a_band(%a: f64) -> f64 {
  %rows = ten.iota dim 0 : tensor<50xi64>
  %s = ten.scan [50] (%p = %a : f64) over (%n = %rows : tensor<50xi64>) -> (f64) {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %two = arith.constant 2 : i64
    %b = arith.subi %n, %two : i64
    %low = arith.maxsi %b, %zero : i64
    %high = arith.addi %n, %one : i64
    %k, %c = ten.while (%i = %low : i64, %h = %p : f64) -> (i64, f64) {
      %go = arith.cmpi sgt, %high, %i : i64
      ten.yield %go : i1
    } do (%i, %h) {
      %0 = arith.addi %i, %one : i64
      %1 = arith.sitofp %i : i64 to f64
      %2 = arith.mulf %h, %1 : f64
      ten.yield %0, %2 : i64, f64
    }
    ten.yield %c : f64
  }
  func.return %s : f64
}

// A counter that is greater than its end does not count up to it.
// CHECK-LABEL: func.func @while_of_counter_that_is_greater_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: i8) -> f64 {
// CHECK-NEXT:    [[LOW:%.*]] = arith.constant 3 : i8{{$}}
// CHECK-NEXT:    [[K:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = ten.while ([[I:%[^ ,:)]+]] = [[LOW]] : i8, [[H:%[^ ,:)]+]] = [[A]] : f64) -> (i8, f64) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpi sgt, [[I]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[I_1:%[^ ,:)]+]], [[H_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i8{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I_1]], [[ONE]] : i8{{$}}
// CHECK-NEXT:      [[SITOFP:%.*]] = arith.sitofp [[I_1]] : i8 to f64
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[SITOFP]] : f64
// CHECK-NEXT:      ten.yield [[ADDI]], [[MULF]] : i8, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @while_of_counter_that_is_greater_stays(%a: f64, %n: i8) -> f64 {
  %low = arith.constant 3 : i8
  %k, %c = ten.while (%i = %low : i8, %h = %a : f64) -> (i8, f64) {
    %go = arith.cmpi sgt, %i, %n : i8
    ten.yield %go : i1
  } do (%i, %h) {
    %one = arith.constant 1 : i8
    %0 = arith.addi %i, %one : i8
    %1 = arith.sitofp %i : i8 to f64
    %2 = arith.mulf %h, %1 : f64
    ten.yield %0, %2 : i8, f64
  }
  func.return %c : f64
}

// The first rows, in the same order, and the rows of no turn are 0.
// CHECK-LABEL: func.func @scan_of_few_turns(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9x2xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: index) -> (f64, tensor<9xf64>) {
// CHECK-NEXT:    [[THREE:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[N:%.*]] = arith.minsi [[K]], [[THREE]] : index
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[X]] offsets [0, 0] sizes [3, 2] strides [1, 1] : tensor<9x2xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    [[S:%[^ ,:)]+]], [[SCAN:%[^ ,:)]+]] = ten.scan [3] turns [[N]] reverse ([[P:%[^ ,:)]+]] = [[A]] : f64) over ([[V:%[^ ,:)]+]] = [[SLICE]] : tensor<3x2xf64>, [[I:%[^ ,:)]+]] = [[IOTA]] : tensor<3xindex>) -> (f64, tensor<3xf64>) {
// CHECK-NEXT:      [[W:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<2xf64> -> f64
// CHECK-NEXT:      [[Q:%.*]] = arith.addf [[P]], [[W]] : f64
// CHECK-NEXT:      ten.yield [[Q]], [[P]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.pad [[SCAN]] low [0] high [6] interior [0] : tensor<3xf64> -> tensor<9xf64>
// CHECK-NEXT:    func.return [[S]], [[Y]] : f64, tensor<9xf64>
// CHECK-NEXT:  }
func.func @scan_of_few_turns(%a: f64, %x: tensor<9x2xf64>, %k: index) -> (f64, tensor<9xf64>) {
  %three = arith.constant 3 : index
  %n = arith.minsi %k, %three : index
  %rows = ten.iota dim 0 : tensor<9xindex>
  %s, %y = ten.scan [9] turns %n reverse (%p = %a : f64) over (%v = %x : tensor<9x2xf64>, %i = %rows : tensor<9xindex>) -> (f64, tensor<9xf64>) {
    %w = ten.index %v[%i] : tensor<2xf64> -> f64
    %q = arith.addf %p, %w : f64
    ten.yield %q, %p : f64, f64
  }
  func.return %s, %y : f64, tensor<9xf64>
}

// CHECK-LABEL: func.func @scan_of_as_many_turns_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[NINE:%.*]] = arith.constant 9 : index
// CHECK-NEXT:    [[N:%.*]] = arith.minsi [[K]], [[NINE]] : index
// CHECK-NEXT:    [[S:%.*]] = ten.scan [9] turns [[N]] ([[P:%[^ ,:)]+]] = [[A]] : f64) over ([[V:%[^ ,:)]+]] = [[X]] : tensor<9xf64>) -> (f64) {
// CHECK-NEXT:      [[Q:%.*]] = arith.addf [[P]], [[V]] : f64
// CHECK-NEXT:      [[R:%.*]] = arith.mulf [[Q]], [[P]] : f64
// CHECK-NEXT:      ten.yield [[R]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
func.func @scan_of_as_many_turns_stays(%a: f64, %x: tensor<9xf64>, %k: index) -> f64 {
  %nine = arith.constant 9 : index
  %n = arith.minsi %k, %nine : index
  %s = ten.scan [9] turns %n (%p = %a : f64) over (%v = %x : tensor<9xf64>) -> (f64) {
    %q = arith.addf %p, %v : f64
    %r = arith.mulf %q, %p : f64
    ten.yield %r : f64
  }
  func.return %s : f64
}
