// RUN: letgrad-opt %s -p "ten-roll-loops{min-turns=3 min-ops=1}" --check-semantics --verify-sharing | filecheck %s

// A value of the turn before is carried, and a value that is the same in each turn stays outside.
// CHECK-LABEL: func.func @carried_value(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [4] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @carried_value(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.tanh %m3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// Ops in front of the turns and behind them stay. The tanh in front could be the end of a turn.
// CHECK-LABEL: func.func @ops_in_front_and_behind(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.scan [4] ([[X_1:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[H0:%.*]] = math.tanh [[X_1]] : tensor<5xf64>
// CHECK-NEXT:      [[M0_1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      ten.yield [[M0_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[M0]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @ops_in_front_and_behind(%w: tensor<5x5xf64>, %x: tensor<5xf64>) -> tensor<5xf64> {
  %h0 = math.tanh %x : tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %e = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  func.return %e : tensor<5xf64>
}

// Rows by the turn are rows of the loop: all of them, and some in reverse order.
// CHECK-LABEL: func.func @rows_by_the_turn(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x5x5xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<7x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[XS]] offsets [1, 0] sizes [3, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[SLICE]] dims [0] : tensor<3x5xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[W0:%[^ ,:)]+]] = [[W]] : tensor<3x5x5xf64>, [[X0:%[^ ,:)]+]] = [[REVERSE]] : tensor<3x5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W0]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[X0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @rows_by_the_turn(%w: tensor<3x5x5xf64>, %xs: tensor<7x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %w0 = ten.index %w[%c0] : tensor<3x5x5xf64> -> tensor<5x5xf64>
  %x0 = ten.index %xs[%c3] : tensor<7x5xf64> -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w0, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %x0 : tensor<5xf64>
  %w1 = ten.index %w[%c1] : tensor<3x5x5xf64> -> tensor<5x5xf64>
  %x1 = ten.index %xs[%c2] : tensor<7x5xf64> -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w1, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %x1 : tensor<5xf64>
  %w2 = ten.index %w[%c2] : tensor<3x5x5xf64> -> tensor<5x5xf64>
  %x2 = ten.index %xs[%c1] : tensor<7x5xf64> -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w2, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %x2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// Places at other distances are rows of a table. Row 9 does not exist: it reads 0.
// CHECK-LABEL: func.func @places_from_a_table(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<7x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[1, 6, 2, 9]> : tensor<4xindex>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [4] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<4xindex>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[X0:%.*]] = ten.index [[XS]]{{\[}}[[ARG]]] : tensor<7x5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[X0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @places_from_a_table(%w: tensor<5x5xf64>, %xs: tensor<7x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %c0 = arith.constant 1 : index
  %c1 = arith.constant 6 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 9 : index
  %x0 = ten.index %xs[%c0] : tensor<7x5xf64> -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %x0 : tensor<5xf64>
  %x1 = ten.index %xs[%c1] : tensor<7x5xf64> -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %x1 : tensor<5xf64>
  %x2 = ten.index %xs[%c2] : tensor<7x5xf64> -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %x2 : tensor<5xf64>
  %x3 = ten.index %xs[%c3] : tensor<7x5xf64> -> tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = arith.addf %m3, %x3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// Slices that move and do not overlap are rows of a view.
// CHECK-LABEL: func.func @columns(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x7xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[XS]] offsets [0, 1] sizes [5, 3] strides [1, 2] : tensor<5x7xf64> -> tensor<5x3xf64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[SLICE]] : tensor<5x3xf64> -> tensor<5x3x1xf64>
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[RESHAPE]] perm [1, 0, 2] : tensor<5x3x1xf64> -> tensor<3x5x1xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[S0:%[^ ,:)]+]] = [[TRANSPOSE]] : tensor<3x5x1xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[X0:%.*]] = ten.reshape [[S0]] : tensor<5x1xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[X0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @columns(%w: tensor<5x5xf64>, %xs: tensor<5x7xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %s0 = ten.slice %xs offsets [0, 1] sizes [5, 1] strides [1, 1] : tensor<5x7xf64> -> tensor<5x1xf64>
  %x0 = ten.reshape %s0 : tensor<5x1xf64> -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %x0 : tensor<5xf64>
  %s1 = ten.slice %xs offsets [0, 3] sizes [5, 1] strides [1, 1] : tensor<5x7xf64> -> tensor<5x1xf64>
  %x1 = ten.reshape %s1 : tensor<5x1xf64> -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %x1 : tensor<5xf64>
  %s2 = ten.slice %xs offsets [0, 5] sizes [5, 1] strides [1, 1] : tensor<5x7xf64> -> tensor<5x1xf64>
  %x2 = ten.reshape %s2 : tensor<5x1xf64> -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %x2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// The same for boxes side by side, which move backwards.
// CHECK-LABEL: func.func @boxes_side_by_side(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<7x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[XS]] offsets [0, 0] sizes [6, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<6x5xf64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[SLICE]] : tensor<6x5xf64> -> tensor<3x2x5xf64>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[RESHAPE]] dims [0] : tensor<3x2x5xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[S0:%[^ ,:)]+]] = [[REVERSE]] : tensor<3x2x5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[X0:%.*]] = ten.sum [[S0]] dims [0] : tensor<2x5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[X0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @boxes_side_by_side(%w: tensor<5x5xf64>, %xs: tensor<7x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %s0 = ten.slice %xs offsets [4, 0] sizes [2, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<2x5xf64>
  %x0 = ten.sum %s0 dims [0] : tensor<2x5xf64> -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %x0 : tensor<5xf64>
  %s1 = ten.slice %xs offsets [2, 0] sizes [2, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<2x5xf64>
  %x1 = ten.sum %s1 dims [0] : tensor<2x5xf64> -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %x1 : tensor<5xf64>
  %s2 = ten.slice %xs offsets [0, 0] sizes [2, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<2x5xf64>
  %x2 = ten.sum %s2 dims [0] : tensor<2x5xf64> -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %x2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// Slices that overlap are read at a place from a table.
// CHECK-LABEL: func.func @windows(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<11xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2]> : tensor<3xindex>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<3xindex>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[X0:%.*]] = ten.gather [5] [[XS]] ([[ARG_1:%[^ ,:)]+]]) : tensor<11xf64> -> tensor<5xf64> {
// CHECK-NEXT:        [[CONSTANT_1:%.*]] = arith.constant 2 : index
// CHECK-NEXT:        [[MULI:%.*]] = arith.muli [[ARG_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[ADDI:%.*]] = arith.addi [[MULI]], [[ARG]] : index
// CHECK-NEXT:        ten.yield [[ADDI]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[X0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @windows(%w: tensor<5x5xf64>, %xs: tensor<11xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %x0 = ten.slice %xs offsets [0] sizes [5] strides [2] : tensor<11xf64> -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %x0 : tensor<5xf64>
  %x1 = ten.slice %xs offsets [1] sizes [5] strides [2] : tensor<11xf64> -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %x1 : tensor<5xf64>
  %x2 = ten.slice %xs offsets [2] sizes [5] strides [2] : tensor<11xf64> -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %x2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// So are slices of a value that the loop carries.
// CHECK-LABEL: func.func @slices_of_carried_values(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2]> : tensor<3xindex>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<3xindex>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[H0_1]]{{\[}}[[ARG]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[S0:%.*]] = ten.reshape [[INDEX]] : f64 -> tensor<1xf64>
// CHECK-NEXT:      [[R0:%.*]] = ten.reshape [[S0]] : tensor<1xf64> -> f64
// CHECK-NEXT:      [[B0:%.*]] = ten.broadcast [[R0]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[B0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @slices_of_carried_values(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %s0 = ten.slice %h0 offsets [0] sizes [1] strides [1] : tensor<5xf64> -> tensor<1xf64>
  %r0 = ten.reshape %s0 : tensor<1xf64> -> f64
  %b0 = ten.broadcast %r0 dims [0] : f64 -> tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %b0 : tensor<5xf64>
  %s1 = ten.slice %h1 offsets [1] sizes [1] strides [1] : tensor<5xf64> -> tensor<1xf64>
  %r1 = ten.reshape %s1 : tensor<1xf64> -> f64
  %b1 = ten.broadcast %r1 dims [0] : f64 -> tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %b1 : tensor<5xf64>
  %s2 = ten.slice %h2 offsets [2] sizes [1] strides [1] : tensor<5xf64> -> tensor<1xf64>
  %r2 = ten.reshape %s2 : tensor<1xf64> -> f64
  %b2 = ten.broadcast %r2 dims [0] : f64 -> tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %b2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// A value of two turns before is two carried values. The last two turns are results.
// CHECK-LABEL: func.func @values_of_two_turns_before(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[U0:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[U1:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[U2:%[^ ,:)]+]], [[U2_1:%[^ ,:)]+]] = ten.scan [4] ([[U1_1:%[^ ,:)]+]] = [[U1]] : tensor<5xf64>, [[U0_1:%[^ ,:)]+]] = [[U0]] : tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[U1_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[U2_2:%.*]] = arith.subf [[M0]], [[U0_1]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[U2_2]], [[U1_1]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[U2_1]], [[U2]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @values_of_two_turns_before(%w: tensor<5x5xf64>, %u0: tensor<5xf64>, %u1: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %m0 = ten.einsum "ij,j->i" %w, %u1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %u2 = arith.subf %m0, %u0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %u2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %u3 = arith.subf %m1, %u1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %u3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %u4 = arith.subf %m2, %u2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %u4 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %u5 = arith.subf %m3, %u3 : tensor<5xf64>
  func.return %u4, %u5 : tensor<5xf64>, tensor<5xf64>
}

// A constant that changes is a row of a table, a splat is a row of numbers, and equal ones stay.
// CHECK-LABEL: func.func @constants(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[Z0:%.*]] = arith.constant dense<2.500000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[5.000000e-01, -5.000000e-01, 5.000000e-01]> : tensor<3xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00], [0.000000e+00, 1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00], [5.000000e+00, 4.000000e+00, 3.000000e+00, 2.000000e+00, 1.000000e+00]]> : tensor<3x5xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<3xf64>, [[ARG_1:%[^ ,:)]+]] = [[CONSTANT_1]] : tensor<3x5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[ARG]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:      [[P0:%.*]] = arith.mulf [[M0]], [[BROADCAST]] : tensor<5xf64>
// CHECK-NEXT:      [[Q0:%.*]] = arith.mulf [[P0]], [[Z0]] : tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[Q0]], [[ARG_1]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @constants(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %a0 = arith.constant dense<0.5> : tensor<5xf64>
  %b0 = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf64>
  %z0 = arith.constant dense<2.5> : tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %p0 = arith.mulf %m0, %a0 : tensor<5xf64>
  %q0 = arith.mulf %p0, %z0 : tensor<5xf64>
  %h1 = arith.addf %q0, %b0 : tensor<5xf64>
  %a1 = arith.constant dense<-0.5> : tensor<5xf64>
  %b1 = arith.constant dense<[0.0, 1.0, 0.0, 1.0, 0.0]> : tensor<5xf64>
  %z1 = arith.constant dense<2.5> : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %p1 = arith.mulf %m1, %a1 : tensor<5xf64>
  %q1 = arith.mulf %p1, %z1 : tensor<5xf64>
  %h2 = arith.addf %q1, %b1 : tensor<5xf64>
  %a2 = arith.constant dense<0.5> : tensor<5xf64>
  %b2 = arith.constant dense<[5.0, 4.0, 3.0, 2.0, 1.0]> : tensor<5xf64>
  %z2 = arith.constant dense<2.5> : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %p2 = arith.mulf %m2, %a2 : tensor<5xf64>
  %q2 = arith.mulf %p2, %z2 : tensor<5xf64>
  %h3 = arith.addf %q2, %b2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// 0.0 and -0.0 are different constants.
// CHECK-LABEL: func.func @signs_of_zeros(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0.000000e+00, -0.000000e+00, 0.000000e+00]> : tensor<3xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<3xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[ARG]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.mulf [[M0]], [[BROADCAST]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @signs_of_zeros(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %a0 = arith.constant dense<0.0> : tensor<5xf64>
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.mulf %m0, %a0 : tensor<5xf64>
  %a1 = arith.constant dense<-0.0> : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.mulf %m1, %a1 : tensor<5xf64>
  %a2 = arith.constant dense<0.0> : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.mulf %m2, %a2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// Other values from outside are rows of a stack.
// CHECK-LABEL: func.func @values_from_outside(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[STACK:%.*]] = ten.stack [[B]], [[A]], [[C]] : tensor<5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) over ([[B_1:%[^ ,:)]+]] = [[STACK]] : tensor<3x5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.addf [[M0]], [[B_1]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @values_from_outside(%w: tensor<5x5xf64>, %h0: tensor<5xf64>, %a: tensor<5xf64>, %b: tensor<5xf64>, %c: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %b : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %a : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %c : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}

// The results of all turns are rows of a result: together, in reverse order, or one.
// CHECK-LABEL: func.func @results_of_all_turns(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<9x5xf64>, tensor<45xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[H1:%[^ ,:)]+]], [[M0:%[^ ,:)]+]], [[H1_1:%[^ ,:)]+]] = ten.scan [8] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) -> (tensor<5xf64>, tensor<8x5xf64>, tensor<8x5xf64>) {
// CHECK-NEXT:      [[M0_1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_2:%.*]] = math.tanh [[M0_1]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_2]], [[M0_1]], [[H1_2]] : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[H2:%.*]] = ten.index [[H1_1]]{{\[}}[[CONSTANT]]] : tensor<8x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[ALL:%.*]] = ten.stack [[H0]] : tensor<5xf64> -> tensor<1x5xf64>
// CHECK-NEXT:    [[ALL_1:%.*]] = ten.concat [[ALL]], [[H1_1]] dim 0 : tensor<1x5xf64>, tensor<8x5xf64> -> tensor<9x5xf64>
// CHECK-NEXT:    [[BACK:%.*]] = ten.reverse [[M0]] dims [0] : tensor<8x5xf64>
// CHECK-NEXT:    [[BACK_1:%.*]] = ten.reshape [[BACK]] : tensor<8x5xf64> -> tensor<40xf64>
// CHECK-NEXT:    [[BACK_2:%.*]] = ten.concat [[BACK_1]], [[H0]] dim 0 : tensor<40xf64>, tensor<5xf64> -> tensor<45xf64>
// CHECK-NEXT:    [[ONE:%.*]] = math.exp [[H2]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[ALL_1]], [[BACK_2]], [[ONE]] : tensor<9x5xf64>, tensor<45xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @results_of_all_turns(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> (tensor<9x5xf64>, tensor<45xf64>, tensor<5xf64>) {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.tanh %m3 : tensor<5xf64>
  %m4 = ten.einsum "ij,j->i" %w, %h4 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h5 = math.tanh %m4 : tensor<5xf64>
  %m5 = ten.einsum "ij,j->i" %w, %h5 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h6 = math.tanh %m5 : tensor<5xf64>
  %m6 = ten.einsum "ij,j->i" %w, %h6 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h7 = math.tanh %m6 : tensor<5xf64>
  %m7 = ten.einsum "ij,j->i" %w, %h7 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h8 = math.tanh %m7 : tensor<5xf64>
  %all = ten.stack %h0, %h1, %h2, %h3, %h4, %h5, %h6, %h7, %h8 : tensor<5xf64> -> tensor<9x5xf64>
  %back = ten.concat %m7, %m6, %m5, %m4, %m3, %m2, %m1, %m0, %h0 dim 0 : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64>, tensor<5xf64> -> tensor<45xf64>
  %one = math.exp %h2 : tensor<5xf64>
  func.return %all, %back, %one : tensor<9x5xf64>, tensor<45xf64>, tensor<5xf64>
}

// A result of the last turn that no turn reads is carried too. It begins as any value.
// CHECK-LABEL: func.func @result_of_the_last_turn(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<5xf64>, f64) {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[H1:%[^ ,:)]+]], [[S0:%[^ ,:)]+]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>, [[S0_1:%[^ ,:)]+]] = [[CONSTANT]] : f64) -> (tensor<5xf64>, f64) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[S0_2:%.*]] = ten.sum [[M0]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[E0:%.*]] = ten.broadcast [[S0_2]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:      [[H1_1:%.*]] = arith.mulf [[M0]], [[E0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_1]], [[S0_2]] : tensor<5xf64>, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H1]], [[S0]] : tensor<5xf64>, f64
// CHECK-NEXT:  }
func.func @result_of_the_last_turn(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> (tensor<5xf64>, f64) {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s0 = ten.sum %m0 dims [0] : tensor<5xf64> -> f64
  %e0 = ten.broadcast %s0 dims [0] : f64 -> tensor<5xf64>
  %h1 = arith.mulf %m0, %e0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s1 = ten.sum %m1 dims [0] : tensor<5xf64> -> f64
  %e1 = ten.broadcast %s1 dims [0] : f64 -> tensor<5xf64>
  %h2 = arith.mulf %m1, %e1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s2 = ten.sum %m2 dims [0] : tensor<5xf64> -> f64
  %e2 = ten.broadcast %s2 dims [0] : f64 -> tensor<5xf64>
  %h3 = arith.mulf %m2, %e2 : tensor<5xf64>
  func.return %h3, %s2 : tensor<5xf64>, f64
}

// The second loop reads the results of the turns of the first one as its rows.
// CHECK-LABEL: func.func @loop_behind_a_loop(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[H1:%[^ ,:)]+]], [[H1_1:%[^ ,:)]+]] = ten.scan [4] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) -> (tensor<5xf64>, tensor<4x5xf64>) {
// CHECK-NEXT:      [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[H1_2:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[H1_2]], [[H1_2]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[G0:%.*]] = math.exp [[H0]] : tensor<5xf64>
// CHECK-NEXT:    [[G1:%.*]] = ten.scan [4] ([[G0_1:%[^ ,:)]+]] = [[G0]] : tensor<5xf64>) over ([[H1_3:%[^ ,:)]+]] = [[H1_1]] : tensor<4x5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[N0:%.*]] = arith.addf [[G0_1]], [[H1_3]] : tensor<5xf64>
// CHECK-NEXT:      [[K0:%.*]] = ten.einsum "ij,j->i" [[W]], [[N0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:      [[G1_1:%.*]] = math.sin [[K0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[G1_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[G1]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @loop_behind_a_loop(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.tanh %m3 : tensor<5xf64>
  %g0 = math.exp %h0 : tensor<5xf64>
  %n0 = arith.addf %g0, %h1 : tensor<5xf64>
  %k0 = ten.einsum "ij,j->i" %w, %n0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %g1 = math.sin %k0 : tensor<5xf64>
  %n1 = arith.addf %g1, %h2 : tensor<5xf64>
  %k1 = ten.einsum "ij,j->i" %w, %n1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %g2 = math.sin %k1 : tensor<5xf64>
  %n2 = arith.addf %g2, %h3 : tensor<5xf64>
  %k2 = ten.einsum "ij,j->i" %w, %n2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %g3 = math.sin %k2 : tensor<5xf64>
  %n3 = arith.addf %g3, %h4 : tensor<5xf64>
  %k3 = ten.einsum "ij,j->i" %w, %n3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %g4 = math.sin %k3 : tensor<5xf64>
  func.return %g4 : tensor<5xf64>
}

// A loop in a loop: the inner one first.
// CHECK-LABEL: func.func @loop_in_a_loop(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[Q0:%.*]] = ten.scan [3] ([[X_1:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[H0:%.*]] = ten.scan [4] ([[X_2:%[^ ,:)]+]] = [[X_1]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:        [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[X_2]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:        [[H0_1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:        ten.yield [[H0_1]] : tensor<5xf64>
// CHECK-NEXT:      }
// CHECK-NEXT:      [[S0:%.*]] = ten.sum [[H0]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[B0:%.*]] = ten.broadcast [[S0]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:      [[Q0_1:%.*]] = arith.divf [[H0]], [[B0]] : tensor<5xf64>
// CHECK-NEXT:      ten.yield [[Q0_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Q0]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @loop_in_a_loop(%w: tensor<5x5xf64>, %x: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %x : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h0 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m3 : tensor<5xf64>
  %s0 = ten.sum %h3 dims [0] : tensor<5xf64> -> f64
  %b0 = ten.broadcast %s0 dims [0] : f64 -> tensor<5xf64>
  %q0 = arith.divf %h3, %b0 : tensor<5xf64>
  %m4 = ten.einsum "ij,j->i" %w, %q0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.tanh %m4 : tensor<5xf64>
  %m5 = ten.einsum "ij,j->i" %w, %h4 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h5 = math.tanh %m5 : tensor<5xf64>
  %m6 = ten.einsum "ij,j->i" %w, %h5 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h6 = math.tanh %m6 : tensor<5xf64>
  %m7 = ten.einsum "ij,j->i" %w, %h6 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h7 = math.tanh %m7 : tensor<5xf64>
  %s1 = ten.sum %h7 dims [0] : tensor<5xf64> -> f64
  %b1 = ten.broadcast %s1 dims [0] : f64 -> tensor<5xf64>
  %q1 = arith.divf %h7, %b1 : tensor<5xf64>
  %m8 = ten.einsum "ij,j->i" %w, %q1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h8 = math.tanh %m8 : tensor<5xf64>
  %m9 = ten.einsum "ij,j->i" %w, %h8 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h9 = math.tanh %m9 : tensor<5xf64>
  %m10 = ten.einsum "ij,j->i" %w, %h9 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h10 = math.tanh %m10 : tensor<5xf64>
  %m11 = ten.einsum "ij,j->i" %w, %h10 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h11 = math.tanh %m11 : tensor<5xf64>
  %s2 = ten.sum %h11 dims [0] : tensor<5xf64> -> f64
  %b2 = ten.broadcast %s2 dims [0] : f64 -> tensor<5xf64>
  %q2 = arith.divf %h11, %b2 : tensor<5xf64>
  func.return %q2 : tensor<5xf64>
}

// Turns in the body of a loop.
// CHECK-LABEL: func.func @turns_in_a_loop(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [2] ([[H0:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[H1:%.*]] = ten.scan [3] ([[H0_1:%[^ ,:)]+]] = [[H0]] : tensor<5xf64>) -> (tensor<5xf64>) {
// CHECK-NEXT:        [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:        [[H1_1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:        ten.yield [[H1_1]] : tensor<5xf64>
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[H1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @turns_in_a_loop(%w: tensor<5x5xf64>, %x: tensor<5xf64>) -> tensor<5xf64> {
  %r = ten.scan [2] (%h0 = %x : tensor<5xf64>) -> (tensor<5xf64>) {
    %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    %h1 = math.tanh %m0 : tensor<5xf64>
    %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    %h2 = math.tanh %m1 : tensor<5xf64>
    %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    %h3 = math.tanh %m2 : tensor<5xf64>
    ten.yield %h3 : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}

// The regions of an op read what the loop carries.
// CHECK-LABEL: func.func @ops_with_regions(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: tensor<3xi1>) -> tensor<5xf64> {
// CHECK-NEXT:    [[H0:%.*]] = ten.scan [3] ([[X_1:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) over ([[P0:%[^ ,:)]+]] = [[K]] : tensor<3xi1>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[H0_1:%.*]] = scf.if [[P0]] -> (tensor<5xf64>) {
// CHECK-NEXT:        [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[X_1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:        scf.yield [[M0]] : tensor<5xf64>
// CHECK-NEXT:      } else {
// CHECK-NEXT:        [[N0:%.*]] = math.tanh [[X_1]] : tensor<5xf64>
// CHECK-NEXT:        scf.yield [[N0]] : tensor<5xf64>
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[H0_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[H0]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @ops_with_regions(%w: tensor<5x5xf64>, %x: tensor<5xf64>, %k: tensor<3xi1>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %p0 = ten.index %k[%c0] : tensor<3xi1> -> i1
  %h0 = scf.if %p0 -> (tensor<5xf64>) {
    %m0 = ten.einsum "ij,j->i" %w, %x : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    scf.yield %m0 : tensor<5xf64>
  } else {
    %n0 = math.tanh %x : tensor<5xf64>
    scf.yield %n0 : tensor<5xf64>
  }
  %p1 = ten.index %k[%c1] : tensor<3xi1> -> i1
  %h1 = scf.if %p1 -> (tensor<5xf64>) {
    %m1 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    scf.yield %m1 : tensor<5xf64>
  } else {
    %n1 = math.tanh %h0 : tensor<5xf64>
    scf.yield %n1 : tensor<5xf64>
  }
  %p2 = ten.index %k[%c2] : tensor<3xi1> -> i1
  %h2 = scf.if %p2 -> (tensor<5xf64>) {
    %m2 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
    scf.yield %m2 : tensor<5xf64>
  } else {
    %n2 = math.tanh %h1 : tensor<5xf64>
    scf.yield %n2 : tensor<5xf64>
  }
  func.return %h2 : tensor<5xf64>
}

// Writes at the index of the turn.
// CHECK-LABEL: func.func @updates(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3]> : tensor<4xindex>
// CHECK-NEXT:    [[U0:%.*]] = ten.scan [4] ([[X_1:%[^ ,:)]+]] = [[X]] : tensor<5xf64>) over ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<4xindex>) -> (tensor<5xf64>) {
// CHECK-NEXT:      [[S0:%.*]] = ten.sum [[X_1]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[V0:%.*]] = ten.reshape [[S0]] : f64 -> tensor<1xf64>
// CHECK-NEXT:      [[U0_1:%.*]] = ten.update [[X_1]]{{\[}}[[ARG]]] [[V0]] strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
// CHECK-NEXT:      ten.yield [[U0_1]] : tensor<5xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[U0]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @updates(%x: tensor<5xf64>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %s0 = ten.sum %x dims [0] : tensor<5xf64> -> f64
  %v0 = ten.reshape %s0 : f64 -> tensor<1xf64>
  %u0 = ten.update %x[%c0] %v0 strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  %s1 = ten.sum %u0 dims [0] : tensor<5xf64> -> f64
  %v1 = ten.reshape %s1 : f64 -> tensor<1xf64>
  %u1 = ten.update %u0[%c1] %v1 strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  %s2 = ten.sum %u1 dims [0] : tensor<5xf64> -> f64
  %v2 = ten.reshape %s2 : f64 -> tensor<1xf64>
  %u2 = ten.update %u1[%c2] %v2 strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  %s3 = ten.sum %u2 dims [0] : tensor<5xf64> -> f64
  %v3 = ten.reshape %s3 : f64 -> tensor<1xf64>
  %u3 = ten.update %u2[%c3] %v3 strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  func.return %u3 : tensor<5xf64>
}

// Turns whose results nothing reads go.
// CHECK-LABEL: func.func @dead_turns(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    func.return [[X]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @dead_turns(%w: tensor<5x5xf64>, %x: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %x : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h0 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m3 : tensor<5xf64>
  func.return %x : tensor<5xf64>
}

// Two turns are too few.
// CHECK-LABEL: func.func @few_turns_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = math.tanh [[M1]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H2]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @few_turns_stay(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  func.return %h2 : tensor<5xf64>
}

// Each turn has another function than the turn before.
// CHECK-LABEL: func.func @other_ops_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = math.sin [[M1]] : tensor<5xf64>
// CHECK-NEXT:    [[M2:%.*]] = ten.einsum "ij,j->i" [[W]], [[H2]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H3:%.*]] = math.tanh [[M2]] : tensor<5xf64>
// CHECK-NEXT:    [[M3:%.*]] = ten.einsum "ij,j->i" [[W]], [[H3]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H4:%.*]] = math.sin [[M3]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H4]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @other_ops_stay(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.sin %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.sin %m3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// Each turn has another property than the turn before.
// CHECK-LABEL: func.func @other_properties_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = ten.einsum "ij,i->j" [[W]], [[H1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = math.tanh [[M1]] : tensor<5xf64>
// CHECK-NEXT:    [[M2:%.*]] = ten.einsum "ij,j->i" [[W]], [[H2]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H3:%.*]] = math.tanh [[M2]] : tensor<5xf64>
// CHECK-NEXT:    [[M3:%.*]] = ten.einsum "ij,i->j" [[W]], [[H3]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H4:%.*]] = math.tanh [[M3]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H4]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @other_properties_stay(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = ten.einsum "ij,i->j" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = ten.einsum "ij,i->j" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = math.tanh %m3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// One turn reads the value of two turns before, where the others read that of one turn before.
// CHECK-LABEL: func.func @other_reads_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = arith.addf [[M0]], [[H0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = arith.addf [[M1]], [[H1]] : tensor<5xf64>
// CHECK-NEXT:    [[M2:%.*]] = ten.einsum "ij,j->i" [[W]], [[H2]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H3:%.*]] = arith.addf [[M2]], [[H1]] : tensor<5xf64>
// CHECK-NEXT:    [[M3:%.*]] = ten.einsum "ij,j->i" [[W]], [[H3]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[H4:%.*]] = arith.addf [[M3]], [[H3]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H4]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @other_reads_stay(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h1 = arith.addf %m0, %h0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h2 = arith.addf %m1, %h1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h3 = arith.addf %m2, %h1 : tensor<5xf64>
  %m3 = ten.einsum "ij,j->i" %w, %h3 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %h4 = arith.addf %m3, %h3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// A build becomes bulk ops. A loop in it would become a loop of bulk ops.
// CHECK-LABEL: func.func @index_regions_stay(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.build [7] ([[I:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[A0:%.*]] = ten.index [[X]]{{\[}}[[I]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[B0:%.*]] = math.sin [[A0]] : f64
// CHECK-NEXT:      [[A1:%.*]] = arith.mulf [[B0]], [[A0]] : f64
// CHECK-NEXT:      [[B1:%.*]] = math.sin [[A1]] : f64
// CHECK-NEXT:      [[A2:%.*]] = arith.mulf [[B1]], [[A0]] : f64
// CHECK-NEXT:      [[B2:%.*]] = math.sin [[A2]] : f64
// CHECK-NEXT:      [[A3:%.*]] = arith.mulf [[B2]], [[A0]] : f64
// CHECK-NEXT:      [[B3:%.*]] = math.sin [[A3]] : f64
// CHECK-NEXT:      [[A4:%.*]] = arith.mulf [[B3]], [[A0]] : f64
// CHECK-NEXT:      [[B4:%.*]] = math.sin [[A4]] : f64
// CHECK-NEXT:      [[A5:%.*]] = arith.mulf [[B4]], [[A0]] : f64
// CHECK-NEXT:      [[B5:%.*]] = math.sin [[A5]] : f64
// CHECK-NEXT:      [[A6:%.*]] = arith.mulf [[B5]], [[A0]] : f64
// CHECK-NEXT:      [[B6:%.*]] = math.sin [[A6]] : f64
// CHECK-NEXT:      [[A7:%.*]] = arith.mulf [[B6]], [[A0]] : f64
// CHECK-NEXT:      [[B7:%.*]] = math.sin [[A7]] : f64
// CHECK-NEXT:      [[A8:%.*]] = arith.mulf [[B7]], [[A0]] : f64
// CHECK-NEXT:      [[B8:%.*]] = math.sin [[A8]] : f64
// CHECK-NEXT:      [[A9:%.*]] = arith.mulf [[B8]], [[A0]] : f64
// CHECK-NEXT:      [[B9:%.*]] = math.sin [[A9]] : f64
// CHECK-NEXT:      [[A10:%.*]] = arith.mulf [[B9]], [[A0]] : f64
// CHECK-NEXT:      [[B10:%.*]] = math.sin [[A10]] : f64
// CHECK-NEXT:      [[A11:%.*]] = arith.mulf [[B10]], [[A0]] : f64
// CHECK-NEXT:      [[B11:%.*]] = math.sin [[A11]] : f64
// CHECK-NEXT:      [[A12:%.*]] = arith.mulf [[B11]], [[A0]] : f64
// CHECK-NEXT:      ten.yield [[A12]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @index_regions_stay(%x: tensor<7xf64>) -> tensor<7xf64> {
  %r = ten.build [7] (%i) : tensor<7xf64> {
    %a0 = ten.index %x[%i] : tensor<7xf64> -> f64
    %b0 = math.sin %a0 : f64
    %a1 = arith.mulf %b0, %a0 : f64
    %b1 = math.sin %a1 : f64
    %a2 = arith.mulf %b1, %a0 : f64
    %b2 = math.sin %a2 : f64
    %a3 = arith.mulf %b2, %a0 : f64
    %b3 = math.sin %a3 : f64
    %a4 = arith.mulf %b3, %a0 : f64
    %b4 = math.sin %a4 : f64
    %a5 = arith.mulf %b4, %a0 : f64
    %b5 = math.sin %a5 : f64
    %a6 = arith.mulf %b5, %a0 : f64
    %b6 = math.sin %a6 : f64
    %a7 = arith.mulf %b6, %a0 : f64
    %b7 = math.sin %a7 : f64
    %a8 = arith.mulf %b7, %a0 : f64
    %b8 = math.sin %a8 : f64
    %a9 = arith.mulf %b8, %a0 : f64
    %b9 = math.sin %a9 : f64
    %a10 = arith.mulf %b9, %a0 : f64
    %b10 = math.sin %a10 : f64
    %a11 = arith.mulf %b10, %a0 : f64
    %b11 = math.sin %a11 : f64
    %a12 = arith.mulf %b11, %a0 : f64
    ten.yield %a12 : f64
  }
  func.return %r : tensor<7xf64>
}

// All these turns would run as one loop nest.
// CHECK-LABEL: func.func @elementwise_turns_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = arith.mulf [[H0]], [[W]] : tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = math.tanh [[M0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = arith.mulf [[H1]], [[W]] : tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = math.tanh [[M1]] : tensor<5xf64>
// CHECK-NEXT:    [[M2:%.*]] = arith.mulf [[H2]], [[W]] : tensor<5xf64>
// CHECK-NEXT:    [[H3:%.*]] = math.tanh [[M2]] : tensor<5xf64>
// CHECK-NEXT:    [[M3:%.*]] = arith.mulf [[H3]], [[W]] : tensor<5xf64>
// CHECK-NEXT:    [[H4:%.*]] = math.tanh [[M3]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H4]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @elementwise_turns_stay(%w: tensor<5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = arith.mulf %h0, %w : tensor<5xf64>
  %h1 = math.tanh %m0 : tensor<5xf64>
  %m1 = arith.mulf %h1, %w : tensor<5xf64>
  %h2 = math.tanh %m1 : tensor<5xf64>
  %m2 = arith.mulf %h2, %w : tensor<5xf64>
  %h3 = math.tanh %m2 : tensor<5xf64>
  %m3 = arith.mulf %h3, %w : tensor<5xf64>
  %h4 = math.tanh %m3 : tensor<5xf64>
  func.return %h4 : tensor<5xf64>
}

// Each stamp says of one value that it is another one.
// CHECK-LABEL: func.func @stamps_stay(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5x5xf64>, [[H0:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[M0:%.*]] = ten.einsum "ij,j->i" [[W]], [[H0]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[S0:%.*]] = sharing.share [[M0]] {stamp = 0} : tensor<5xf64>
// CHECK-NEXT:    [[H1:%.*]] = math.tanh [[S0]] : tensor<5xf64>
// CHECK-NEXT:    [[M1:%.*]] = ten.einsum "ij,j->i" [[W]], [[H1]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[S1:%.*]] = sharing.share [[M1]] {stamp = 1} : tensor<5xf64>
// CHECK-NEXT:    [[H2:%.*]] = math.tanh [[S1]] : tensor<5xf64>
// CHECK-NEXT:    [[M2:%.*]] = ten.einsum "ij,j->i" [[W]], [[H2]] : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[S2:%.*]] = sharing.share [[M2]] {stamp = 2} : tensor<5xf64>
// CHECK-NEXT:    [[H3:%.*]] = math.tanh [[S2]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[H3]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @stamps_stay(%w: tensor<5x5xf64>, %h0: tensor<5xf64>) -> tensor<5xf64> {
  %m0 = ten.einsum "ij,j->i" %w, %h0 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s0 = sharing.share %m0 {stamp = 0} : tensor<5xf64>
  %h1 = math.tanh %s0 : tensor<5xf64>
  %m1 = ten.einsum "ij,j->i" %w, %h1 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s1 = sharing.share %m1 {stamp = 1} : tensor<5xf64>
  %h2 = math.tanh %s1 : tensor<5xf64>
  %m2 = ten.einsum "ij,j->i" %w, %h2 : tensor<5x5xf64>, tensor<5xf64> -> tensor<5xf64>
  %s2 = sharing.share %m2 {stamp = 2} : tensor<5xf64>
  %h3 = math.tanh %s2 : tensor<5xf64>
  func.return %h3 : tensor<5xf64>
}
