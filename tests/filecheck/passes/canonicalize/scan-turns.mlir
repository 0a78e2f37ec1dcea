// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// As many turns as rows, or more.
// CHECK-LABEL: func.func @scan_of_known_turns(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[XS:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, tensor<5xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5xf64>) -> (f64, tensor<5xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[H]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[YS]] : f64, tensor<5xf64>
// CHECK-NEXT:  }
func.func @scan_of_known_turns(%a: f64, %xs: tensor<5xf64>) -> (f64, tensor<5xf64>) {
  %n = arith.constant 5 : index
  %c, %ys = ten.scan [5] turns %n (%h = %a : f64) over (%x = %xs : tensor<5xf64>) -> (f64, tensor<5xf64>) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %ys : f64, tensor<5xf64>
}

// CHECK-LABEL: func.func @scan_of_fewer_turns(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[XS:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[XS]] offsets [0] sizes [3] strides [1] : tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [3] reverse ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[X:%[^ ,:)]+]] = [[SLICE]] : tensor<3xf64>) -> (f64, tensor<3x2xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[X]] : f64
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[H]] dims [0] : f64 -> tensor<2xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[BROADCAST]] : f64, tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[YS_1:%.*]] = ten.pad [[YS]] low [0, 0] high [2, 0] interior [0, 0] : tensor<3x2xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    func.return [[C]], [[YS_1]] : f64, tensor<5x2xf64>
// CHECK-NEXT:  }
func.func @scan_of_fewer_turns(%a: f64, %xs: tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
  %n = arith.constant 3 : index
  %c, %ys = ten.scan [5] turns %n reverse (%h = %a : f64) over (%x = %xs : tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
    %0 = arith.mulf %h, %x : f64
    %1 = ten.broadcast %h dims [0] : f64 -> tensor<2xf64>
    ten.yield %0, %1 : f64, tensor<2xf64>
  }
  func.return %c, %ys : f64, tensor<5x2xf64>
}

// CHECK-LABEL: func.func @scan_of_no_turns(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64) -> (f64, tensor<5xf64>) {
// CHECK-NEXT:    [[YS:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[YS_1:%.*]] = ten.broadcast [[YS]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    func.return [[A]], [[YS_1]] : f64, tensor<5xf64>
// CHECK-NEXT:  }
func.func @scan_of_no_turns(%a: f64) -> (f64, tensor<5xf64>) {
  %n = arith.constant -2 : index
  %c, %ys = ten.scan [5] turns %n (%h = %a : f64) -> (f64, tensor<5xf64>) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %ys : f64, tensor<5xf64>
}

// One row, and nobody knows whether the loop takes it.
// CHECK-LABEL: func.func @scan_of_one_row_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<1xf64>) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.scan [1] turns [[N]] ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<1xf64>) -> (f64) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @scan_of_one_row_stays(%a: f64, %n: index, %xs: tensor<1xf64>) -> f64 {
  %c = ten.scan [1] turns %n (%h = %a : f64) over (%x = %xs : tensor<1xf64>) -> (f64) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// Rows behind the turns are 0, and neither %b nor the rows of %xs.
// CHECK-LABEL: func.func @scan_of_invariant_rows_stays(
// CHECK-SAME: [[B:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[YS:%[^ ,:)]+]], [[ZS:%[^ ,:)]+]] = ten.scan [3] turns [[N]] () over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:      ten.yield [[B]], [[X]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[YS]], [[ZS]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @scan_of_invariant_rows_stays(%b: f64, %n: index, %xs: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %ys, %zs = ten.scan [3] turns %n () over (%x = %xs : tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
    ten.yield %b, %x : f64, f64
  }
  func.return %ys, %zs : tensor<3xf64>, tensor<3xf64>
}

// The counter ends where the loop does.
// CHECK-LABEL: func.func @scan_of_counter(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: index) -> (f64, i64) {
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[N]], [[CONSTANT]] : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[K:%.*]] = ten.cast [[MAXSI]] : index -> i64{{$}}
// CHECK-NEXT:    [[C:%.*]] = ten.scan [4] turns [[N]] ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[I:%[^ ,:)]+]] = [[IOTA]] : tensor<4xi64>) -> (f64) {
// CHECK-NEXT:      [[SITOFP:%.*]] = arith.sitofp [[I]] : i64 to f64
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[SITOFP]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[K]] : f64, i64{{$}}
// CHECK-NEXT:  }
func.func @scan_of_counter(%a: f64, %n: index) -> (f64, i64) {
  %zero = arith.constant 0 : i64
  %c, %k = ten.scan [4] turns %n (%h = %a : f64, %i = %zero : i64) -> (f64, i64) {
    %one = arith.constant 1 : i64
    %0 = arith.addi %i, %one : i64
    %1 = arith.sitofp %i : i64 to f64
    %2 = arith.mulf %h, %1 : f64
    ten.yield %2, %0 : f64, i64
  }
  func.return %c, %k : f64, i64
}

// The first row that this loop takes depends on %n.
// CHECK-LABEL: func.func @scan_of_counter_backwards_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[K:%[^ ,:)]+]] = ten.scan [4] turns [[N]] reverse ([[H:%[^ ,:)]+]] = [[A]] : f64, [[I:%[^ ,:)]+]] = [[ZERO]] : i64) -> (f64, i64) {
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[I]], [[ONE]] : i64{{$}}
// CHECK-NEXT:      [[SITOFP:%.*]] = arith.sitofp [[I]] : i64 to f64
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[SITOFP]] : f64
// CHECK-NEXT:      ten.yield [[MULF]], [[ADDI]] : f64, i64{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @scan_of_counter_backwards_stays(%a: f64, %n: index) -> f64 {
  %zero = arith.constant 0 : i64
  %c, %k = ten.scan [4] turns %n reverse (%h = %a : f64, %i = %zero : i64) -> (f64, i64) {
    %one = arith.constant 1 : i64
    %0 = arith.addi %i, %one : i64
    %1 = arith.sitofp %i : i64 to f64
    %2 = arith.mulf %h, %1 : f64
    ten.yield %2, %0 : f64, i64
  }
  func.return %c : f64
}

// With a checkpoint, the derivative computes the values of the step again: cse must not see both.
// CHECK-LABEL: func.func @scan_of_one_row_with_checkpoint_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[XS:%[^ ,:)]+]]: tensor<1xf64>) -> f64 {
// CHECK-NEXT:    [[C:%.*]] = ten.scan [1] ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<1xf64>) {checkpoint = 1 : i64} -> (f64) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[MULF]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : f64
// CHECK-NEXT:  }
func.func @scan_of_one_row_with_checkpoint_stays(%a: f64, %xs: tensor<1xf64>) -> f64 {
  %c = ten.scan [1] (%h = %a : f64) over (%x = %xs : tensor<1xf64>) {checkpoint = 1 : i64} -> (f64) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}
