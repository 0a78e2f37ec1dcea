// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Indices into what another op made.

// CHECK-LABEL: func.func @index_of_transpose(
// CHECK-NEXT:    %y = ten.index %x[%j, %i] : tensor<3x4xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_transpose(%x: tensor<3x4xf64>, %i: index, %j: index) -> f64 {
  %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %y = ten.index %t[%i, %j] : tensor<4x3xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_transpose_of_row_stays(
// CHECK-NEXT:    %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<4x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @index_of_transpose_of_row_stays(%x: tensor<3x4xf64>, %i: index) -> tensor<3xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %y = ten.index %t[%i] : tensor<4x3xf64> -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @index_of_reverse(
// CHECK-NEXT:    %y = arith.constant 2 : index
// CHECK-NEXT:    %y_1 = arith.subi %y, %i : index
// CHECK-NEXT:    %y_2 = ten.index %x[%y_1] : tensor<3x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<4xf64>
func.func @index_of_reverse(%x: tensor<3x4xf64>, %i: index) -> tensor<4xf64> {
  %t = ten.reverse %x dims [0] : tensor<3x4xf64>
  %y = ten.index %t[%i] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %y : tensor<4xf64>
}

// CHECK-LABEL: func.func @index_of_reverse_of_row_stays(
// CHECK-NEXT:    %t = ten.reverse %x dims [1] : tensor<3x4xf64>
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<3x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return %y : tensor<4xf64>
func.func @index_of_reverse_of_row_stays(%x: tensor<3x4xf64>, %i: index) -> tensor<4xf64> {
  %t = ten.reverse %x dims [1] : tensor<3x4xf64>
  %y = ten.index %t[%i] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %y : tensor<4xf64>
}

// CHECK-LABEL: func.func @index_of_pad(
// CHECK-NEXT:    %y = arith.constant 2 : index
// CHECK-NEXT:    %y_1 = arith.subi %i, %y : index
// CHECK-NEXT:    %y_2 = ten.index %x[%y_1] : tensor<3xf64> -> f64
// CHECK-NEXT:    func.return %y_2 : f64
func.func @index_of_pad(%x: tensor<3xf64>, %i: index) -> f64 {
  %t = ten.pad %x low [2] high [1] interior [0] : tensor<3xf64> -> tensor<6xf64>
  %y = ten.index %t[%i] : tensor<6xf64> -> f64
  func.return %y : f64
}

// Element 1 of %x is at 4, and 3 is between two.
// CHECK-LABEL: func.func @index_of_pad_at_constant(
// CHECK-NEXT:    %y = arith.constant 1 : index
// CHECK-NEXT:    %y_1 = ten.index %x[%y] : tensor<3xf64> -> f64
// CHECK-NEXT:    %z = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    func.return %y_1, %z : f64, f64
func.func @index_of_pad_at_constant(%x: tensor<3xf64>) -> (f64, f64) {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %t = ten.pad %x low [2] high [1] interior [1] : tensor<3xf64> -> tensor<8xf64>
  %y = ten.index %t[%c4] : tensor<8xf64> -> f64
  %z = ten.index %t[%c3] : tensor<8xf64> -> f64
  func.return %y, %z : f64, f64
}

// CHECK-LABEL: func.func @index_of_pad_between_stays(
// CHECK-NEXT:    %t = ten.pad %x low [2] high [1] interior [1] : tensor<3xf64> -> tensor<8xf64>
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<8xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_pad_between_stays(%x: tensor<3xf64>, %i: index) -> f64 {
  %t = ten.pad %x low [2] high [1] interior [1] : tensor<3xf64> -> tensor<8xf64>
  %y = ten.index %t[%i] : tensor<8xf64> -> f64
  func.return %y : f64
}

// The argument of a region is in bounds.
// CHECK-LABEL: func.func @index_of_broadcast_within(
// CHECK:         ten.gather [3] %x (%{{.*}}) {unique} : tensor<3x4x8xf64> -> tensor<3x8xf64> {
// CHECK-NEXT:      arith.constant 0 : index
// CHECK-NEXT:      ten.index %p[{{.*}}] : tensor<3x1xi64> -> i64
// CHECK-NEXT:      arith.index_cast
// CHECK-NEXT:      ten.yield
func.func @index_of_broadcast_within(%x: tensor<3x4x8xf64>, %p: tensor<3x1xi64>) -> tensor<3x8xf64> {
  %y = ten.gather [3, 8] %x (%k, %j) : tensor<3x4x8xf64> -> tensor<3x8xf64> {
    %r = ten.index %p[%k] : tensor<3x1xi64> -> tensor<1xi64>
    %t = ten.broadcast %r dims [1] : tensor<1xi64> -> tensor<1x8xi64>
    %c = arith.constant 0 : index
    %e = ten.index %t[%c, %j] : tensor<1x8xi64> -> i64
    %i = arith.index_cast %e : i64 to index
    ten.yield %k, %i, %j : index, index, index
  }
  func.return %y : tensor<3x8xf64>
}

// CHECK-LABEL: func.func @index_of_broadcast_anywhere_stays(
// CHECK-NEXT:    %t = ten.broadcast
// CHECK-NEXT:    %y = ten.index %t[%i]
func.func @index_of_broadcast_anywhere_stays(%x: f64, %i: index) -> (f64, tensor<5xf64>) {
  %t = ten.broadcast %x dims [0] : f64 -> tensor<5xf64>
  %y = ten.index %t[%i] : tensor<5xf64> -> f64
  func.return %y, %t : f64, tensor<5xf64>
}

// The index leaves a dimension of the broadcast.
// CHECK-LABEL: func.func @index_of_broadcast_row_stays(
// CHECK-NEXT:    %t = ten.broadcast
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<4x5xf64> -> tensor<5xf64>
func.func @index_of_broadcast_row_stays(%x: tensor<4xf64>, %i: index) -> (tensor<5xf64>, tensor<4x5xf64>) {
  %t = ten.broadcast %x dims [1] : tensor<4xf64> -> tensor<4x5xf64>
  %y = ten.index %t[%i] : tensor<4x5xf64> -> tensor<5xf64>
  func.return %y, %t : tensor<5xf64>, tensor<4x5xf64>
}

// CHECK-LABEL: func.func @index_of_slice(
// CHECK-NEXT:    %c0 = arith.constant 0 : index
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %a = arith.maxsi %i, %c0 : index
// CHECK-NEXT:    %b = arith.minsi %a, %c2 : index
// CHECK-NEXT:    %y = arith.constant 2 : index
// CHECK-NEXT:    %y_1 = arith.muli %b, %y : index
// CHECK-NEXT:    %y_2 = arith.constant 1 : index
// CHECK-NEXT:    %y_3 = arith.addi %y_1, %y_2 : index
// CHECK-NEXT:    %y_4 = ten.index %x[%y_3] : tensor<9xf64> -> f64
// CHECK-NEXT:    func.return %y_4 : f64
func.func @index_of_slice(%x: tensor<9xf64>, %i: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
  %a = arith.maxsi %i, %c0 : index
  %b = arith.minsi %a, %c2 : index
  %y = ten.index %t[%b] : tensor<3xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_slice_outside_stays(
// CHECK-NEXT:    %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<3xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_slice_outside_stays(%x: tensor<9xf64>, %i: index) -> f64 {
  %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
  %y = ten.index %t[%i] : tensor<3xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_concat(
// CHECK-NEXT:    %y = arith.constant 1 : index
// CHECK-NEXT:    %y_1 = ten.index %z[%y] : tensor<5xf64> -> f64
// CHECK-NEXT:    func.return %y_1 : f64
func.func @index_of_concat(%x: tensor<3xf64>, %z: tensor<5xf64>) -> f64 {
  %c4 = arith.constant 4 : index
  %t = ten.concat %x, %z dim 0 : tensor<3xf64>, tensor<5xf64> -> tensor<8xf64>
  %y = ten.index %t[%c4] : tensor<8xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_concat_anywhere_stays(
// CHECK-NEXT:    %t = ten.concat %x, %z dim 0 : tensor<3xf64>, tensor<5xf64> -> tensor<8xf64>
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<8xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_concat_anywhere_stays(%x: tensor<3xf64>, %z: tensor<5xf64>, %i: index) -> f64 {
  %t = ten.concat %x, %z dim 0 : tensor<3xf64>, tensor<5xf64> -> tensor<8xf64>
  %y = ten.index %t[%i] : tensor<8xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_gather(
// CHECK-NEXT:    %y = arith.constant 3 : index
// CHECK-NEXT:    %y_1 = ten.index %x[%y] : tensor<7xf64> -> f64
// CHECK-NEXT:    func.return %y_1 : f64
func.func @index_of_gather(%x: tensor<7xf64>) -> f64 {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %t = ten.gather [5, 3] %x (%i, %j) : tensor<7xf64> -> tensor<5x3xf64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  %y = ten.index %t[%c2, %c1] : tensor<5x3xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_gather_anywhere_stays(
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %t = ten.gather [5, 3] %x (%i, %j) {in_bounds} : tensor<7xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = arith.addi %i, %j : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.index %t[%c1, %l] : tensor<5x3xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_gather_anywhere_stays(%x: tensor<7xf64>, %l: index) -> f64 {
  %c1 = arith.constant 1 : index
  %t = ten.gather [5, 3] %x (%i, %j) : tensor<7xf64> -> tensor<5x3xf64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  %y = ten.index %t[%c1, %l] : tensor<5x3xf64> -> f64
  func.return %y : f64
}

// The gather reads %p[1] already.
// CHECK-LABEL: func.func @index_of_gather_of_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf64>, [[P:%[^ ,:)]+]]: tensor<5xindex>) -> f64 {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[T:%.*]] = ten.gather [5] [[X]] ([[I:%[^ ,:)]+]]) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<5xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.index [[T]]{{\[}}[[C1]]] : tensor<5xf64> -> f64
// CHECK-NEXT:    func.return [[Y]] : f64
// CHECK-NEXT:  }
func.func @index_of_gather_of_data_stays(%x: tensor<7xf64>, %p: tensor<5xindex>) -> f64 {
  %c1 = arith.constant 1 : index
  %t = ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  %y = ten.index %t[%c1] : tensor<5xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_scatter(
// CHECK-NEXT:    func.return %x : f64
func.func @index_of_scatter(%x: f64, %i: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %a = arith.maxsi %i, %c0 : index
  %b = arith.minsi %a, %c2 : index
  %t = ten.scatter [3] %x () : f64 -> tensor<3xf64> {
    ten.yield %b : index
  }
  %y = ten.index %t[%b] : tensor<3xf64> -> f64
  func.return %y : f64
}

// Outside, %x is dropped and 0 is read.
// CHECK-LABEL: func.func @index_of_scatter_outside_stays(
// CHECK-NEXT:    %t = ten.scatter [3] %x () {unique} : f64 -> tensor<3xf64> {
// CHECK-NEXT:    ten.yield %i : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.index %t[%i] : tensor<3xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_scatter_outside_stays(%x: f64, %i: index) -> f64 {
  %t = ten.scatter [3] %x () : f64 -> tensor<3xf64> {
    ten.yield %i : index
  }
  %y = ten.index %t[%i] : tensor<3xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_reshape(
// CHECK-NEXT:    %y = arith.constant 2 : index
// CHECK-NEXT:    %y_1 = arith.constant 3 : index
// CHECK-NEXT:    %y_2 = ten.index %x[%y, %y_1] : tensor<3x4xf64> -> f64
// CHECK-NEXT:    func.return %y_2 : f64
func.func @index_of_reshape(%x: tensor<3x4xf64>) -> f64 {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %t = ten.reshape %x : tensor<3x4xf64> -> tensor<2x6xf64>
  %y = ten.index %t[%c1, %c5] : tensor<2x6xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @index_of_reshape_anywhere_stays(
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %t = ten.reshape %x : tensor<3x4xf64> -> tensor<2x6xf64>
// CHECK-NEXT:    %y = ten.index %t[%c1, %i] : tensor<2x6xf64> -> f64
// CHECK-NEXT:    func.return %y : f64
func.func @index_of_reshape_anywhere_stays(%x: tensor<3x4xf64>, %i: index) -> f64 {
  %c1 = arith.constant 1 : index
  %t = ten.reshape %x : tensor<3x4xf64> -> tensor<2x6xf64>
  %y = ten.index %t[%c1, %i] : tensor<2x6xf64> -> f64
  func.return %y : f64
}

// The index may be 5, beyond the slice. There the left side is 0, and %x has an element.
// CHECK-LABEL: func.func @index_of_slice_beyond_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9xf64>, [[I:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:    [[J:%.*]] = arith.maxsi [[I]], [[C0]] : index
// CHECK-NEXT:    [[K:%.*]] = arith.minsi [[J]], [[C5]] : index
// CHECK-NEXT:    [[T:%.*]] = ten.slice [[X]] offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<5xf64> -> f64
// CHECK-NEXT:    func.return [[Y]] : f64
// CHECK-NEXT:  }
func.func @index_of_slice_beyond_stays(%x: tensor<9xf64>, %i: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %j = arith.maxsi %i, %c0 : index
  %k = arith.minsi %j, %c5 : index
  %t = ten.slice %x offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
  %y = ten.index %t[%k] : tensor<5xf64> -> f64
  func.return %y : f64
}

// The index may be -1, before the slice. There the left side is 0, and %x has an element.
// CHECK-LABEL: func.func @index_of_slice_before_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9xf64>, [[I:%[^ ,:)]+]]: index) -> f64 {
// CHECK-NEXT:    [[M1:%.*]] = arith.constant -1 : index
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[J:%.*]] = arith.maxsi [[I]], [[M1]] : index
// CHECK-NEXT:    [[K:%.*]] = arith.minsi [[J]], [[C4]] : index
// CHECK-NEXT:    [[T:%.*]] = ten.slice [[X]] offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<5xf64> -> f64
// CHECK-NEXT:    func.return [[Y]] : f64
// CHECK-NEXT:  }
func.func @index_of_slice_before_stays(%x: tensor<9xf64>, %i: index) -> f64 {
  %m1 = arith.constant -1 : index
  %c4 = arith.constant 4 : index
  %j = arith.maxsi %i, %m1 : index
  %k = arith.minsi %j, %c4 : index
  %t = ten.slice %x offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
  %y = ten.index %t[%k] : tensor<5xf64> -> f64
  func.return %y : f64
}
