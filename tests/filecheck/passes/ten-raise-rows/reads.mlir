// RUN: letgrad-opt %s -p ten-raise-rows --split-input-file --check-semantics --verify-sharing | filecheck %s

// CHECK-LABEL: func.func @read_is_a_row(
// CHECK:         [[S:%.*]] = ten.slice %{{.*}} offsets [2] sizes [4] strides [1] : tensor<7xf64> -> tensor<4xf64>
// CHECK:         ten.scan [4] (%{{.*}} = %{{.*}} : f64) over (%{{.*}} = %{{.*}} : tensor<4xi64>, %{{.*}} = [[S]] : tensor<4xf64>)
// CHECK-NOT:     ten.index
func.func @read_is_a_row(%a: tensor<7xf64>, %c0: f64) -> f64 {
  %is = arith.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %r = ten.scan [4] (%c = %c0 : f64) over (%i = %is : tensor<4xi64>) -> (f64) {
    %k = arith.index_cast %i : i64 to index
    %x = ten.index %a[%k] : tensor<7xf64> -> f64
    %n = arith.mulf %c, %x : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// The last place is outside of the array.
// CHECK-LABEL: func.func @read_outside_stays(
// CHECK:         ten.index
func.func @read_outside_stays(%a: tensor<5xf64>, %c0: f64) -> f64 {
  %is = arith.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %r = ten.scan [4] (%c = %c0 : f64) over (%i = %is : tensor<4xi64>) -> (f64) {
    %k = arith.index_cast %i : i64 to index
    %x = ten.index %a[%k] : tensor<5xf64> -> f64
    %n = arith.mulf %c, %x : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// An unknown column is a row of the transpose.
// CHECK-LABEL: func.func @unknown_column_is_rows(
// CHECK-NEXT:    [[T:%.*]] = ten.transpose %a perm [1, 0] : tensor<8x9xf64> -> tensor<9x8xf64>
// CHECK:         [[C:%.*]] = ten.index [[T]][%j] : tensor<9x8xf64> -> tensor<8xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.slice [[C]] offsets [2] sizes [4] strides [1] : tensor<8xf64> -> tensor<4xf64>
// CHECK-NEXT:    ten.scan [4] (%{{.*}} = %{{.*}} : f64) over (%{{.*}} = %{{.*}} : tensor<4xi64>, %{{.*}} = [[X]] : tensor<4xf64>)
func.func @unknown_column_is_rows(%a: tensor<8x9xf64>, %c0: f64, %j: index) -> f64 {
  %is = arith.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %r = ten.scan [4] (%c = %c0 : f64) over (%i = %is : tensor<4xi64>) -> (f64) {
    %k = arith.index_cast %i : i64 to index
    %x = ten.index %a[%k, %j] : tensor<8x9xf64> -> f64
    %n = arith.mulf %c, %x : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// An element of each row at a place that the loop computes: as rows, its cotangents would be mostly zeros.
// CHECK-LABEL: func.func @one_element_of_a_row_stays(
// CHECK:         ten.index %{{.*}}[%{{.*}}, %{{.*}}] : tensor<8x9xf64> -> f64
func.func @one_element_of_a_row_stays(%a: tensor<8x9xf64>, %c0: f64, %js: tensor<4xindex>) -> f64 {
  %is = arith.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %r = ten.scan [4] (%c = %c0 : f64) over (%i = %is : tensor<4xi64>, %j = %js : tensor<4xindex>) -> (f64) {
    %k = arith.index_cast %i : i64 to index
    %x = ten.index %a[%k, %j] : tensor<8x9xf64> -> f64
    %n = arith.mulf %c, %x : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}

// -----

// A known element of each row is a column.
// CHECK-LABEL: func.func @column_is_rows(
// CHECK:         [[S:%.*]] = ten.slice %{{.*}} offsets [2, 5] sizes [4, 1] strides [1, 1] : tensor<8x9xf64> -> tensor<4x1xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[S]] : tensor<4x1xf64> -> tensor<4xf64>
// CHECK:         ten.scan [4] (%{{.*}} = %{{.*}} : f64) over (%{{.*}} = %{{.*}} : tensor<4xi64>, %{{.*}} = [[X]] : tensor<4xf64>)
func.func @column_is_rows(%a: tensor<8x9xf64>, %c0: f64) -> f64 {
  %is = arith.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %j = arith.constant 5 : index
  %r = ten.scan [4] (%c = %c0 : f64) over (%i = %is : tensor<4xi64>) -> (f64) {
    %k = arith.index_cast %i : i64 to index
    %x = ten.index %a[%k, %j] : tensor<8x9xf64> -> f64
    %n = arith.mulf %c, %x : f64
    ten.yield %n : f64
  }
  func.return %r : f64
}
