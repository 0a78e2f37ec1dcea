// RUN: letgrad-opt %s -p ten-split-windows --check-semantics | filecheck %s

// The result keeps the places in a window.
// CHECK-LABEL: func.func @einsum_of_windows_stays_with_places
// CHECK:         ten.einsum "ik,k->ik"
func.func @einsum_of_windows_stays_with_places(%x: tensor<6xf64>, %w: tensor<2xf64>) -> tensor<5x2xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->ik" %g, %w : tensor<5x2xf64>, tensor<2xf64> -> tensor<5x2xf64>
  func.return %y : tensor<5x2xf64>
}

// The other operand has no places.
// CHECK-LABEL: func.func @einsum_of_windows_stays_alone
// CHECK:         ten.einsum "ik,i->i"
func.func @einsum_of_windows_stays_alone(%x: tensor<6xf64>, %w: tensor<5xf64>) -> tensor<5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,i->i" %g, %w : tensor<5x2xf64>, tensor<5xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// One number of the table is another one.
// CHECK-LABEL: func.func @einsum_of_windows_stays_without_steps
// CHECK:         ten.einsum "ik,k->i"
func.func @einsum_of_windows_stays_without_steps(%x: tensor<6xf64>, %w: tensor<2xf64>) -> tensor<5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 4], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->i" %g, %w : tensor<5x2xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// The last window leaves the array: the gather reads 0 there.
// CHECK-LABEL: func.func @einsum_of_windows_stays_outside
// CHECK:         ten.einsum "ik,k->i"
func.func @einsum_of_windows_stays_outside(%x: tensor<5xf64>, %w: tensor<2xf64>) -> tensor<5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<5xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->i" %g, %w : tensor<5x2xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// Windows that stay at one place, and windows that go back.
// CHECK-LABEL: func.func @einsum_of_windows_stays_backwards
// CHECK:         ten.einsum "ik,k->i"
// CHECK:         ten.einsum "ik,k->i"
func.func @einsum_of_windows_stays_backwards(%x: tensor<3xf64>, %w: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
  %t = arith.constant dense<[[0, 1], [0, 1]]> : tensor<2x2xi64>
  %g = ten.gather [2, 2] %x (%i, %k) : tensor<3xf64> -> tensor<2x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->i" %g, %w : tensor<2x2xf64>, tensor<2xf64> -> tensor<2xf64>
  %u = arith.constant dense<[[1, 2], [0, 1]]> : tensor<2x2xi64>
  %h = ten.gather [2, 2] %x (%i, %k) : tensor<3xf64> -> tensor<2x2xf64> {
    %p = ten.index %u[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %z = ten.einsum "ik,k->i" %h, %w : tensor<2x2xf64>, tensor<2xf64> -> tensor<2xf64>
  func.return %y, %z : tensor<2xf64>, tensor<2xf64>
}

// A letter occurs twice.
// CHECK-LABEL: func.func @einsum_of_windows_stays_on_diagonals
// CHECK:         ten.einsum "kk,k->"
func.func @einsum_of_windows_stays_on_diagonals(%x: tensor<3xf64>, %w: tensor<2xf64>) -> f64 {
  %t = arith.constant dense<[[0, 1], [1, 2]]> : tensor<2x2xi64>
  %g = ten.gather [2, 2] %x (%i, %k) : tensor<3xf64> -> tensor<2x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "kk,k->" %g, %w : tensor<2x2xf64>, tensor<2xf64> -> f64
  func.return %y : f64
}

// Ten places, and no other index that is summed over.
// CHECK-LABEL: func.func @einsum_of_windows_stays_of_many_places
// CHECK:         ten.einsum "ik,k->i"
func.func @einsum_of_windows_stays_of_many_places(%x: tensor<11xf64>, %w: tensor<10xf64>) -> tensor<2xf64> {
  %t = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]> : tensor<2x10xi64>
  %g = ten.gather [2, 10] %x (%i, %k) : tensor<11xf64> -> tensor<2x10xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x10xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,k->i" %g, %w : tensor<2x10xf64>, tensor<10xf64> -> tensor<2xf64>
  func.return %y : tensor<2xf64>
}
