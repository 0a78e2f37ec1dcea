// RUN: letgrad-opt %s -p ten-checkpoint-scans | filecheck %s

// Without a checkpoint, the program keeps all states.
// CHECK-LABEL: func.func @no_checkpoint_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [6] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) -> (tensor<3xf64>, tensor<6x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[H]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = ten.scan [6] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<6x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @no_checkpoint_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [6] (%h = %c0 : tensor<3xf64>) -> (tensor<3xf64>, tensor<6x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [6] reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<6x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g : tensor<3xf64>, tensor<3xf64>
}

// Each step may have its state.
// CHECK-LABEL: func.func @as_many_states_as_steps_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) {checkpoint = 5 : i64} -> (tensor<3xf64>, tensor<5x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[H]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = ten.scan [5] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<5x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @as_many_states_as_steps_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [5] (%h = %c0 : tensor<3xf64>) {checkpoint = 5 : i64} -> (tensor<3xf64>, tensor<5x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [5] reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<5x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g : tensor<3xf64>, tensor<3xf64>
}

// Rows that arrive in the order of the steps need no stack.
// CHECK-LABEL: func.func @same_direction_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [11] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<11x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[H]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = ten.scan [11] ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<11x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @same_direction_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [11] (%h = %c0 : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<11x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [11] (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<11x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g : tensor<3xf64>, tensor<3xf64>
}

// The sum reads all rows.
// CHECK-LABEL: func.func @other_reader_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [12] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<12x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[H]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[E:%.*]] = ten.sum [[CS]] dims [0] : tensor<12x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[G:%.*]] = ten.scan [12] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<12x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]], [[E]] : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @other_reader_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [12] (%h = %c0 : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<12x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %e = ten.sum %cs dims [0] : tensor<12x3xf64> -> tensor<3xf64>
  %g = ten.scan [12] reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<12x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g, %e : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
}

// The second scan begins at another row.
// CHECK-LABEL: func.func @other_turns_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[M:%[^ ,:)]+]]: index) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [13] turns [[N]] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<13x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[H]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = ten.scan [13] turns [[M]] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<13x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @other_turns_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>, %n: index, %m: index) -> (tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [13] turns %n (%h = %c0 : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<13x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [13] turns %m reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<13x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g : tensor<3xf64>, tensor<3xf64>
}

// The rows are no carried values.
// CHECK-LABEL: func.func @other_rows_stays(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>, [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[CS:%[^ ,:)]+]] = ten.scan [14] ([[H:%[^ ,:)]+]] = [[C0]] : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<14x3xf64>) {
// CHECK-NEXT:      [[SIN:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[SIN]], [[SIN]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G:%.*]] = ten.scan [14] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>) over ([[H_1:%[^ ,:)]+]] = [[CS]] : tensor<14x3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[H_1]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[G]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @other_rows_stays(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> tensor<3xf64> {
  %c, %cs = ten.scan [14] (%h = %c0 : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<14x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %0 : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [14] reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<14x3xf64>) -> (tensor<3xf64>) {
    %0 = arith.mulf %d, %h : tensor<3xf64>
    ten.yield %0 : tensor<3xf64>
  }
  func.return %g : tensor<3xf64>
}
