// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Gathers by constant tables that count in a few parts.

// A table that counts in a few parts, as periodic neighbors do, is computed, too: then the gather is
// slices.

// CHECK-LABEL: func.func @gather_by_threshold_of_table(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6x3xf64>) -> tensor<6x3xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.slice [[X]] offsets [1, 0] sizes [5, 3] strides [1, 1] : tensor<6x3xf64> -> tensor<5x3xf64>
// CHECK-NEXT:    [[R_1:%.*]] = ten.slice [[X]] offsets [0, 0] sizes [1, 3] strides [1, 1] : tensor<6x3xf64> -> tensor<1x3xf64>
// CHECK-NEXT:    [[R_2:%.*]] = ten.concat [[R]], [[R_1]] dim 0 : tensor<5x3xf64>, tensor<1x3xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    func.return [[R_2]] : tensor<6x3xf64>
// CHECK-NEXT:  }
func.func @gather_by_threshold_of_table(%x: tensor<6x3xf64>) -> tensor<6x3xf64> {
  %table = arith.constant dense<[1, 2, 3, 4, 5, 0]> : tensor<6xi64>
  %r = ten.gather [6] %x (%i) : tensor<6x3xf64> -> tensor<6x3xf64> {
    %k = ten.index %table[%i] : tensor<6xi64> -> i64
    %k_ = arith.index_cast %k : i64 to index
    ten.yield %k_ : index
  }
  func.return %r : tensor<6x3xf64>
}

// Along each dimension, one after the other: the elements at the edge are repeated.

// CHECK-LABEL: func.func @gather_by_threshold_of_tables(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7x7xf64>) -> tensor<9x9xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.slice [[X]] offsets [0, 0] sizes [7, 1] strides [1, 1] : tensor<7x7xf64> -> tensor<7x1xf64>
// CHECK-NEXT:    [[R_1:%.*]] = ten.slice [[X]] offsets [0, 6] sizes [7, 1] strides [1, 1] : tensor<7x7xf64> -> tensor<7x1xf64>
// CHECK-NEXT:    [[R_2:%.*]] = ten.concat [[R]], [[X]], [[R_1]] dim 1 : tensor<7x1xf64>, tensor<7x7xf64>, tensor<7x1xf64> -> tensor<7x9xf64>
// CHECK-NEXT:    [[R_3:%.*]] = ten.slice [[R_2]] offsets [0, 0] sizes [1, 9] strides [1, 1] : tensor<7x9xf64> -> tensor<1x9xf64>
// CHECK-NEXT:    [[R_4:%.*]] = ten.slice [[R_2]] offsets [6, 0] sizes [1, 9] strides [1, 1] : tensor<7x9xf64> -> tensor<1x9xf64>
// CHECK-NEXT:    [[R_5:%.*]] = ten.concat [[R_3]], [[R_2]], [[R_4]] dim 0 : tensor<1x9xf64>, tensor<7x9xf64>, tensor<1x9xf64> -> tensor<9x9xf64>
// CHECK-NEXT:    func.return [[R_5]] : tensor<9x9xf64>
// CHECK-NEXT:  }
func.func @gather_by_threshold_of_tables(%x: tensor<7x7xf64>) -> tensor<9x9xf64> {
  %zero = arith.constant 0 : index
  %rows = arith.constant dense<[[0], [0], [1], [2], [3], [4], [5], [6], [6]]> : tensor<9x1xi64>
  %columns = arith.constant dense<[[0, 0, 1, 2, 3, 4, 5, 6, 6]]> : tensor<1x9xi64>
  %r = ten.gather [9, 9] %x (%i, %j) : tensor<7x7xf64> -> tensor<9x9xf64> {
    %k = ten.index %rows[%i, %zero] : tensor<9x1xi64> -> i64
    %k_ = arith.index_cast %k : i64 to index
    %l = ten.index %columns[%zero, %j] : tensor<1x9xi64> -> i64
    %l_ = arith.index_cast %l : i64 to index
    ten.yield %k_, %l_ : index, index
  }
  func.return %r : tensor<9x9xf64>
}

// A table of more parts stays a table.

// CHECK-LABEL: func.func @gather_by_threshold_of_table_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<6xf64> {
// CHECK-NEXT:    [[TABLE:%.*]] = arith.constant dense<[1, 0, 3, 2, 5, 4]> : tensor<6xi64>
// CHECK-NEXT:    [[R:%.*]] = ten.gather [6] [[X]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<6xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[TABLE]]{{\[}}[[I]]] : tensor<6xi64> -> i64{{$}}
// CHECK-NEXT:      [[K_:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[K_]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @gather_by_threshold_of_table_stays(%x: tensor<6xf64>) -> tensor<6xf64> {
  %table = arith.constant dense<[1, 0, 3, 2, 5, 4]> : tensor<6xi64>
  %r = ten.gather [6] %x (%i) : tensor<6xf64> -> tensor<6xf64> {
    %k = ten.index %table[%i] : tensor<6xi64> -> i64
    %k_ = arith.index_cast %k : i64 to index
    ten.yield %k_ : index
  }
  func.return %r : tensor<6xf64>
}
