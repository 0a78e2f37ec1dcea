// RUN: letgrad-opt %s -p ten-slice-windows --check-semantics | filecheck %s
// RUN: letgrad-opt %s -p 'ten-slice-windows{products=false}' --check-semantics | filecheck %s --check-prefix=EARLY

// A product may read all windows as one matrix.
// CHECK-LABEL: func.func @gather_of_windows_stays_in_an_einsum
// CHECK:         ten.gather
func.func @gather_of_windows_stays_in_an_einsum(%x: tensor<6xf64>, %w: tensor<2x3xf64>) -> tensor<5x3xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,kc->ic" %g, %w : tensor<5x2xf64>, tensor<2x3xf64> -> tensor<5x3xf64>
  func.return %y : tensor<5x3xf64>
}

// Before sums of products are einsums, this is a product, too.
// CHECK-LABEL: func.func @gather_of_windows_stays_in_a_product
// CHECK-NOT:     ten.gather
// EARLY-LABEL: func.func @gather_of_windows_stays_in_a_product
// EARLY:         ten.gather
func.func @gather_of_windows_stays_in_a_product(%x: tensor<6xf64>, %w: tensor<2x5xf64>) -> tensor<2x5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %v = ten.transpose %g perm [1, 0] : tensor<5x2xf64> -> tensor<2x5xf64>
  %y = arith.mulf %v, %w : tensor<2x5xf64>
  func.return %y : tensor<2x5xf64>
}

// One number of the table is another one.
// CHECK-LABEL: func.func @gather_of_windows_stays_without_steps
// CHECK:         ten.gather
func.func @gather_of_windows_stays_without_steps(%x: tensor<6xf64>) -> tensor<5x2xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 4], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %g : tensor<5x2xf64>
}

// The last window leaves the array.
// CHECK-LABEL: func.func @gather_of_windows_stays_outside
// CHECK:         ten.gather
func.func @gather_of_windows_stays_outside(%x: tensor<5xf64>) -> tensor<5x2xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<5xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %g : tensor<5x2xf64>
}

// CHECK-LABEL: func.func @scatter_of_windows_stays_outside
// CHECK:         ten.scatter
func.func @scatter_of_windows_stays_outside(%y: tensor<3x2xf64>) -> tensor<3xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3]]> : tensor<3x2xi64>
  %s = ten.scatter [3] %y (%i, %k) : tensor<3x2xf64> -> tensor<3xf64> {
    %p = ten.index %t[%i, %k] : tensor<3x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %s : tensor<3xf64>
}

// The gradient of a maximum is shared by all that are equal to it.
// CHECK-LABEL: func.func @sum_of_stack_stays_a_maximum
// CHECK:         ten.reduce max
func.func @sum_of_stack_stays_a_maximum(%x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %s = ten.stack %x, %y : tensor<4xf64> -> tensor<2x4xf64>
  %r = ten.reduce max, %s dims [0] : tensor<2x4xf64> -> tensor<4xf64>
  func.return %r : tensor<4xf64>
}

// CHECK-LABEL: func.func @sum_of_stack_stays_along_another
// CHECK:         ten.sum
func.func @sum_of_stack_stays_along_another(%x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<2xf64> {
  %s = ten.stack %x, %y : tensor<4xf64> -> tensor<2x4xf64>
  %r = ten.sum %s dims [1] : tensor<2x4xf64> -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// The whole of the windows is read, too.
// CHECK-LABEL: func.func @slice_of_windows_stays_beside_another_reader
// CHECK:         ten.gather [5, 2]
// CHECK:         ten.slice {{.*}} sizes [3, 2] strides [2, 1]
func.func @slice_of_windows_stays_beside_another_reader(%x: tensor<6xf64>, %w: tensor<2x3xf64>) -> (tensor<3x2xf64>, tensor<5x3xf64>) {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %s = ten.slice %g offsets [0, 0] sizes [3, 2] strides [2, 1] : tensor<5x2xf64> -> tensor<3x2xf64>
  %y = ten.einsum "ik,kc->ic" %g, %w : tensor<5x2xf64>, tensor<2x3xf64> -> tensor<5x3xf64>
  func.return %s, %y : tensor<3x2xf64>, tensor<5x3xf64>
}

// A place of the first window is in the second one.
// CHECK-LABEL: func.func @disjoint_windows_stay_where_they_meet
// CHECK:         ten.gather
func.func @disjoint_windows_stay_where_they_meet(%x: tensor<6xf64>, %w: tensor<3x4xf64>) -> tensor<2x4xf64> {
  %t = arith.constant dense<[[0, 1, 2], [2, 3, 4]]> : tensor<2x3xi64>
  %g = ten.gather [2, 3] %x (%i, %k) : tensor<6xf64> -> tensor<2x3xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x3xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,kc->ic" %g, %w : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
  func.return %y : tensor<2x4xf64>
}

// The places of a window are two apart: slices add them up.
// CHECK-LABEL: func.func @sums_of_disjoint_windows_stay_apart
// CHECK:         arith.addf
func.func @sums_of_disjoint_windows_stay_apart(%y: tensor<2x2xf64>) -> tensor<6xf64> {
  %t = arith.constant dense<[[0, 2], [3, 5]]> : tensor<2x2xi64>
  %s = ten.scatter [6] %y (%i, %k) : tensor<2x2xf64> -> tensor<6xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %s : tensor<6xf64>
}

// A product of slices for each of two places is faster.
// CHECK-LABEL: func.func @disjoint_windows_stay_in_a_product_of_few_places
// CHECK:         ten.gather
func.func @disjoint_windows_stay_in_a_product_of_few_places(%x: tensor<6xf64>, %w: tensor<2x4xf64>) -> tensor<3x4xf64> {
  %t = arith.constant dense<[[0, 1], [2, 3], [4, 5]]> : tensor<3x2xi64>
  %g = ten.gather [3, 2] %x (%i, %k) : tensor<6xf64> -> tensor<3x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<3x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,kc->ic" %g, %w : tensor<3x2xf64>, tensor<2x4xf64> -> tensor<3x4xf64>
  func.return %y : tensor<3x4xf64>
}
