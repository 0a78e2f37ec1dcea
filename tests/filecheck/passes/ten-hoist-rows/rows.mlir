// RUN: letgrad-opt %s -p ten-hoist-rows --check-semantics --verify-sharing | filecheck %s
// RUN: letgrad-opt %s -p optimize -t terms | filecheck %s --check-prefix=TERMS

// A function of a row in the loop, and of all rows outside, is one computation. The product stands
// between two functions of rows, so the loop gives it up too.
// CHECK-LABEL: func.func @functions_of_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<2xf64>) -> (tensor<2xf64>, tensor<5x2xf64>, tensor<5x3xf64>) {
// CHECK-NEXT:    [[T:%.*]] = math.tanh [[X]] : tensor<5x3xf64>
// CHECK-NEXT:    [[M:%.*]] = ten.einsum "ij,Aj->Ai" [[W]], [[T]] : tensor<2x3xf64>, tensor<5x3xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    [[E:%.*]] = math.exp [[M]] : tensor<5x2xf64>
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [5] reverse ([[H:%[^ ,:)]+]] = [[C]] : tensor<2xf64>) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5x3xf64>, [[E_1:%[^ ,:)]+]] = [[E]] : tensor<5x2xf64>) -> (tensor<2xf64>, tensor<5x2xf64>) {
// CHECK-NEXT:      [[A:%.*]] = arith.addf [[H]], [[E_1]] : tensor<2xf64>
// CHECK-NEXT:      [[B:%.*]] = math.sin [[A]] : tensor<2xf64>
// CHECK-NEXT:      [[D:%.*]] = arith.mulf [[E_1]], [[B]] : tensor<2xf64>
// CHECK-NEXT:      ten.yield [[B]], [[D]] : tensor<2xf64>, tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[T_1:%.*]] = math.tanh [[X]] : tensor<5x3xf64>
// CHECK-NEXT:    func.return [[R]], [[YS]], [[T_1]] : tensor<2xf64>, tensor<5x2xf64>, tensor<5x3xf64>
// CHECK-NEXT:  }
// TERMS: functions_of_rows = \x w c ->
// TERMS-NEXT:   let t = tanh x{{$}}
// TERMS-NEXT:       (r, ys) = scan [5] reverse (h = c) over (e = exp (einsum "ij,Aj->Ai" w t)) do{{$}}
// TERMS-NEXT:         let b = sin (h + e)
// TERMS-NEXT:         in (b, e * b)
// TERMS-NEXT:   in (r, ys, t)
// TERMS-EMPTY:
func.func @functions_of_rows(%x: tensor<5x3xf64>, %w: tensor<2x3xf64>, %c: tensor<2xf64>) -> (tensor<2xf64>, tensor<5x2xf64>, tensor<5x3xf64>) {
  %r, %ys = ten.scan [5] reverse (%h = %c : tensor<2xf64>) over (%row = %x : tensor<5x3xf64>) -> (tensor<2xf64>, tensor<5x2xf64>) {
    %t = math.tanh %row : tensor<3xf64>
    %m = ten.einsum "ij,j->i" %w, %t : tensor<2x3xf64>, tensor<3xf64> -> tensor<2xf64>
    %e = math.exp %m : tensor<2xf64>
    %a = arith.addf %h, %e : tensor<2xf64>
    %b = math.sin %a : tensor<2xf64>
    %d = arith.mulf %e, %b : tensor<2xf64>
    ten.yield %b, %d : tensor<2xf64>, tensor<2xf64>
  }
  %t = math.tanh %x : tensor<5x3xf64>
  func.return %r, %ys, %t : tensor<2xf64>, tensor<5x2xf64>, tensor<5x3xf64>
}

// Scalars become tensors, and comparisons of scalars become comparisons of tensors.
// CHECK-LABEL: func.func @scalars(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf32>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[C:%[^ ,:)]+]]: f32) -> (f32, tensor<7xf32>) {
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[Z]] dims [0] : f32 -> tensor<7xf32>
// CHECK-NEXT:    [[SMALL:%.*]] = ten.compare olt, [[X]], [[BROADCAST]] : tensor<7xf32>
// CHECK-NEXT:    [[BROADCAST_1:%.*]] = ten.broadcast [[ONE]] dims [0] : f32 -> tensor<7xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.select [[SMALL]], [[X]], [[BROADCAST_1]] : tensor<7xi1>, tensor<7xf32>
// CHECK-NEXT:    [[L:%.*]] = math.log [[S]] : tensor<7xf32>
// CHECK-NEXT:    [[ONE_1:%.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:    [[BROADCAST_2:%.*]] = ten.broadcast [[ONE_1]] dims [0] : f32 -> tensor<7xf32>
// CHECK-NEXT:    [[Q:%.*]] = arith.divf [[BROADCAST_2]], [[L]] : tensor<7xf32>
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [7] ([[H:%[^ ,:)]+]] = [[C]] : f32) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<7xf32>, [[L_1:%[^ ,:)]+]] = [[L]] : tensor<7xf32>, [[Q_1:%[^ ,:)]+]] = [[Q]] : tensor<7xf32>) -> (f32, tensor<7xf32>) {
// CHECK-NEXT:      [[N:%.*]] = arith.mulf [[H]], [[Q_1]] : f32
// CHECK-NEXT:      ten.yield [[N]], [[L_1]] : f32, f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]], [[YS]] : f32, tensor<7xf32>
// CHECK-NEXT:  }
// TERMS-NEXT: scalars = \x z c ->
// TERMS-NEXT:   let l = log (x < z ? x : 1.0)
// TERMS-NEXT:   in (scan [7] (h = c) over (q = 1.0 / l) do h * q, l)
// TERMS-EMPTY:
func.func @scalars(%x: tensor<7xf32>, %z: f32, %c: f32) -> (f32, tensor<7xf32>) {
  %r, %ys = ten.scan [7] (%h = %c : f32) over (%row = %x : tensor<7xf32>) -> (f32, tensor<7xf32>) {
    %one = arith.constant 1.0 : f32
    %small = arith.cmpf olt, %row, %z : f32
    %s = arith.select %small, %row, %one : f32
    %l = math.log %s : f32
    %q = arith.divf %one, %l : f32
    %n = arith.mulf %h, %q : f32
    ten.yield %n, %l : f32, f32
  }
  func.return %r, %ys : f32, tensor<7xf32>
}

// Work on the rows of an inner loop goes to the outer loop, and from there in front of it.
// CHECK-LABEL: func.func @loop_in_loop(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x3xf64>, [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[S:%.*]] = math.sin [[X]] : tensor<4x3xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.scan [4] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<4x3xf64>, [[S_1:%[^ ,:)]+]] = [[S]] : tensor<4x3xf64>) -> (f64) {
// CHECK-NEXT:      [[Q:%.*]] = ten.scan [3] ([[G:%[^ ,:)]+]] = [[H]] : f64) over ([[E:%[^ ,:)]+]] = [[ROW]] : tensor<3xf64>, [[S_2:%[^ ,:)]+]] = [[S_1]] : tensor<3xf64>) -> (f64) {
// CHECK-NEXT:        [[P:%.*]] = arith.mulf [[G]], [[S_2]] : f64
// CHECK-NEXT:        ten.yield [[P]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[Q]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: loop_in_loop = \x c ->
// TERMS-NEXT:   scan [4] (h = c) over (s = sin x) do scan [3] (g = h) over (s_1 = s) do g * s_1{{$}}
// TERMS-EMPTY:
func.func @loop_in_loop(%x: tensor<4x3xf64>, %c: f64) -> f64 {
  %r = ten.scan [4] (%h = %c : f64) over (%row = %x : tensor<4x3xf64>) -> (f64) {
    %q = ten.scan [3] (%g = %h : f64) over (%e = %row : tensor<3xf64>) -> (f64) {
      %s = math.sin %e : f64
      %p = arith.mulf %g, %s : f64
      ten.yield %p : f64
    }
    ten.yield %q : f64
  }
  func.return %r : f64
}

// What depends on the value that the loop carries stays, and so does cheap work.
// CHECK-LABEL: func.func @of_the_carried_value_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>, [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:      [[D:%.*]] = arith.mulf [[ROW]], [[ROW]] : f64
// CHECK-NEXT:      [[A:%.*]] = arith.addf [[H]], [[D]] : f64
// CHECK-NEXT:      [[S:%.*]] = math.sin [[A]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_the_carried_value_stays = \x c -> scan [5] (h = c) over (row = x) do sin (h + row * row)
// TERMS-EMPTY:
func.func @of_the_carried_value_stays(%x: tensor<5xf64>, %c: f64) -> f64 {
  %r = ten.scan [5] (%h = %c : f64) over (%row = %x : tensor<5xf64>) -> (f64) {
    %d = arith.mulf %row, %row : f64
    %a = arith.addf %h, %d : f64
    %s = math.sin %a : f64
    ten.yield %s : f64
  }
  func.return %r : f64
}

// A branch may never run.
// CHECK-LABEL: func.func @of_a_branch_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>, [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:      [[SMALL:%.*]] = arith.cmpf olt, [[H]], [[ROW]] : f64
// CHECK-NEXT:      [[N:%.*]] = scf.if [[SMALL]] -> (f64) {
// CHECK-NEXT:        [[S:%.*]] = math.exp [[ROW]] : f64
// CHECK-NEXT:        scf.yield [[S]] : f64
// CHECK-NEXT:      } else {
// CHECK-NEXT:        scf.yield [[H]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[N]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_a_branch_stays = \x c -> scan [5] (h = c) over (row = x) do if h < row then exp row else h{{$}}
// TERMS-EMPTY:
func.func @of_a_branch_stays(%x: tensor<5xf64>, %c: f64) -> f64 {
  %r = ten.scan [5] (%h = %c : f64) over (%row = %x : tensor<5xf64>) -> (f64) {
    %small = arith.cmpf olt, %h, %row : f64
    %n = scf.if %small -> (f64) {
      %s = math.exp %row : f64
      scf.yield %s : f64
    } else {
      scf.yield %h : f64
    }
    ten.yield %n : f64
  }
  func.return %r : f64
}

// Two loops that will be one loop never store these rows.
// CHECK-LABEL: func.func @of_rows_of_another_loop_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>, [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (f64, tensor<5xf64>) {
// CHECK-NEXT:      [[N:%.*]] = arith.mulf [[H]], [[ROW]] : f64
// CHECK-NEXT:      ten.yield [[N]], [[H]] : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Q:%.*]] = ten.scan [5] ([[G:%[^ ,:)]+]] = [[C]] : f64) over ([[Y:%[^ ,:)]+]] = [[YS]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:      [[E:%.*]] = math.exp [[Y]] : f64
// CHECK-NEXT:      [[M:%.*]] = arith.mulf [[G]], [[E]] : f64
// CHECK-NEXT:      ten.yield [[M]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Q]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_rows_of_another_loop_stays = \x c ->
// TERMS-NEXT:   let (_, q) = scan [5] (h = c, g = c) over (row = x) do (h * row, g * exp h)
// TERMS-NEXT:   in q{{$}}
// TERMS-EMPTY:
func.func @of_rows_of_another_loop_stays(%x: tensor<5xf64>, %c: f64) -> f64 {
  %r, %ys = ten.scan [5] (%h = %c : f64) over (%row = %x : tensor<5xf64>) -> (f64, tensor<5xf64>) {
    %n = arith.mulf %h, %row : f64
    ten.yield %n, %h : f64, f64
  }
  %q = ten.scan [5] (%g = %c : f64) over (%y = %ys : tensor<5xf64>) -> (f64) {
    %e = math.exp %y : f64
    %m = arith.mulf %g, %e : f64
    ten.yield %m : f64
  }
  func.return %q : f64
}

// The array would have 7 times the elements of %x.
// CHECK-LABEL: func.func @of_large_results_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[GRID:%[^ ,:)]+]]: tensor<7xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:      [[B:%.*]] = ten.broadcast [[ROW]] dims [0] : f64 -> tensor<7xf64>
// CHECK-NEXT:      [[P:%.*]] = arith.mulf [[B]], [[GRID]] : tensor<7xf64>
// CHECK-NEXT:      [[E:%.*]] = math.exp [[P]] : tensor<7xf64>
// CHECK-NEXT:      [[S:%.*]] = ten.sum [[E]] dims [0] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[N:%.*]] = arith.addf [[H]], [[S]] : f64
// CHECK-NEXT:      ten.yield [[N]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_large_results_stays = \x grid c -> c + sum (sum[1] (exp (broadcast[1] [5, 7] x * grid)))
// TERMS-EMPTY:
func.func @of_large_results_stays(%x: tensor<5xf64>, %grid: tensor<7xf64>, %c: f64) -> f64 {
  %r = ten.scan [5] (%h = %c : f64) over (%row = %x : tensor<5xf64>) -> (f64) {
    %b = ten.broadcast %row dims [0] : f64 -> tensor<7xf64>
    %p = arith.mulf %b, %grid : tensor<7xf64>
    %e = math.exp %p : tensor<7xf64>
    %s = ten.sum %e dims [0] : tensor<7xf64> -> f64
    %n = arith.addf %h, %s : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// One element of each row.
// CHECK-LABEL: func.func @of_an_element_of_a_row(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x3xf64>, [[C:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[K:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[GATHER:%.*]] = ten.gather [5] [[X]] ([[ARG:%[^ ,:)]+]]) : tensor<5x3xf64> -> tensor<5xf64> {
// CHECK-NEXT:      ten.yield [[ARG]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[E:%.*]] = math.exp [[GATHER]] : tensor<5xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5x3xf64>, [[E_1:%[^ ,:)]+]] = [[E]] : tensor<5xf64>) -> (f64) {
// CHECK-NEXT:      [[N:%.*]] = arith.addf [[H]], [[E_1]] : f64
// CHECK-NEXT:      ten.yield [[N]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_an_element_of_a_row = \x c -> c + sum (exp (transpose[1, 0] x)[2])
// TERMS-EMPTY:
func.func @of_an_element_of_a_row(%x: tensor<5x3xf64>, %c: f64) -> f64 {
  %k = arith.constant 2 : index
  %r = ten.scan [5] (%h = %c : f64) over (%row = %x : tensor<5x3xf64>) -> (f64) {
    %b = ten.index %row[%k] : tensor<3xf64> -> f64
    %e = math.exp %b : f64
    %n = arith.addf %h, %e : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// The run says how many of the rows the loop takes. It may take none.
// CHECK-LABEL: func.func @of_a_loop_with_turns_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [6] turns [[N]] ([[H:%[^ ,:)]+]] = [[C]] : f64) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<6xf64>) -> (f64) {
// CHECK-NEXT:      [[E:%.*]] = math.exp [[ROW]] : f64
// CHECK-NEXT:      [[N1:%.*]] = arith.addf [[H]], [[E]] : f64
// CHECK-NEXT:      ten.yield [[N1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
// TERMS-NEXT: of_a_loop_with_turns_stays = \x c n -> scan [6] turns n (h = c) over (row = x) do h + exp row{{$}}
func.func @of_a_loop_with_turns_stays(%x: tensor<6xf64>, %c: f64, %n: index) -> f64 {
  %r = ten.scan [6] turns %n (%h = %c : f64) over (%row = %x : tensor<6xf64>) -> (f64) {
    %e = math.exp %row : f64
    %n1 = arith.addf %h, %e : f64
    ten.yield %n1 : f64
  }
  func.return %r : f64
}
