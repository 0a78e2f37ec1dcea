// RUN: letgrad-opt %s -p ten-slice-windows --check-semantics | filecheck %s

// CHECK-LABEL: func.func @gather_of_windows
// CHECK:         [[A:%.*]] = ten.slice %x offsets [0] sizes [5] strides [1]
// CHECK-NEXT:    [[B:%.*]] = ten.slice %x offsets [1] sizes [5] strides [1]
// CHECK-NEXT:    [[S:%.*]] = ten.stack [[A]], [[B]]
// CHECK-NEXT:    ten.transpose [[S]] perm [1, 0]
func.func @gather_of_windows(%x: tensor<6xf64>) -> tensor<5xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6xf64> -> tensor<5x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.reduce max, %g dims [1] : tensor<5x2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// Windows that are two apart, read backwards.
// CHECK-LABEL: func.func @gather_of_windows_backwards
// CHECK:         ten.slice %x offsets [2] sizes [2] strides [2]
// CHECK:         ten.slice %x offsets [1] sizes [2] strides [2]
// CHECK:         ten.slice %x offsets [0] sizes [2] strides [2]
func.func @gather_of_windows_backwards(%x: tensor<6xf64>) -> tensor<3x2xf64> {
  %t = arith.constant dense<[[2, 4], [1, 3], [0, 2]]> : tensor<3x2xi64>
  %g = ten.gather [3, 2] %x (%k, %i) : tensor<6xf64> -> tensor<3x2xf64> {
    %p = ten.index %t[%k, %i] : tensor<3x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %g : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @scatter_of_windows
// CHECK:         ten.pad {{.*}} low [0] high [1] interior [0] : tensor<5xf64> -> tensor<6xf64>
// CHECK:         ten.pad {{.*}} low [1] high [0] interior [0] : tensor<5xf64> -> tensor<6xf64>
// CHECK:         arith.addf
func.func @scatter_of_windows(%y: tensor<5x2xf64>) -> tensor<6xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %s = ten.scatter [6] %y (%i, %k) : tensor<5x2xf64> -> tensor<6xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %s : tensor<6xf64>
}

// CHECK-LABEL: func.func @sum_of_stack
// CHECK-NOT:     ten.sum
// CHECK-COUNT-3: arith.addf
func.func @sum_of_stack(%x: tensor<4x5xf64>, %y: tensor<4x5xf64>, %z: tensor<4x5xf64>) -> tensor<5x4xf64> {
  %s = ten.stack %x, %y, %z : tensor<4x5xf64> -> tensor<3x4x5xf64>
  %t = ten.transpose %s perm [2, 0, 1] : tensor<3x4x5xf64> -> tensor<5x3x4xf64>
  %r = ten.sum %t dims [1] : tensor<5x3x4xf64> -> tensor<5x4xf64>
  func.return %r : tensor<5x4xf64>
}

// A stack of stacks of slices, and a sum of what stays.
// CHECK-LABEL: func.func @sum_of_stack_of_stacks
// CHECK:         ten.sum {{.*}} dims [0] : tensor<3xf64> -> f64
func.func @sum_of_stack_of_stacks(%x: tensor<5xf64>) -> f64 {
  %a = ten.stack %x, %x : tensor<5xf64> -> tensor<2x5xf64>
  %b = ten.stack %a, %a : tensor<2x5xf64> -> tensor<2x2x5xf64>
  %c = ten.slice %b offsets [0, 0, 1] sizes [2, 2, 3] strides [1, 1, 1] : tensor<2x2x5xf64> -> tensor<2x2x3xf64>
  %r = ten.sum %c dims [0, 1, 2] : tensor<2x2x3xf64> -> f64
  func.return %r : f64
}

// Every second window along the first dimension, which do not overlap, and every third element of
// the other one.
// CHECK-LABEL: func.func @slice_of_windows
// CHECK:         [[X:%.*]] = ten.slice %x offsets [0, 1] sizes [6, 2] strides [1, 3]
// CHECK-NOT:     ten.gather
// CHECK:         ten.reshape {{.*}} : tensor<6x2xf64> -> tensor<3x2x2xf64>
func.func @slice_of_windows(%x: tensor<6x5xf64>) -> tensor<2x3xf64> {
  %t = arith.constant dense<[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]> : tensor<5x2xi64>
  %g = ten.gather [5, 2] %x (%i, %k) : tensor<6x5xf64> -> tensor<5x2x5xf64> {
    %p = ten.index %t[%i, %k] : tensor<5x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %v = ten.transpose %g perm [2, 0, 1] : tensor<5x2x5xf64> -> tensor<5x5x2xf64>
  %s = ten.slice %v offsets [1, 0, 0] sizes [2, 3, 2] strides [3, 2, 1] : tensor<5x5x2xf64> -> tensor<2x3x2xf64>
  %y = ten.reduce max, %s dims [2] : tensor<2x3x2xf64> -> tensor<2x3xf64>
  func.return %y : tensor<2x3xf64>
}

// The last window ends before the third place that it would have.
// CHECK-LABEL: func.func @disjoint_windows
// CHECK:         [[P:%.*]] = ten.pad %x low [0] high [1]
// CHECK:         [[S:%.*]] = ten.slice [[P]] offsets [1] sizes [6] strides [1]
// CHECK:         [[R:%.*]] = ten.reshape [[S]] : tensor<6xf64> -> tensor<2x3xf64>
// CHECK:         [[G:%.*]] = ten.slice [[R]] offsets [0, 0] sizes [2, 2]
// CHECK:         ten.reduce max, [[G]] dims [1]
func.func @disjoint_windows(%x: tensor<6xf64>) -> tensor<2xf64> {
  %t = arith.constant dense<[[1, 2], [4, 5]]> : tensor<2x2xi64>
  %g = ten.gather [2, 2] %x (%i, %k) : tensor<6xf64> -> tensor<2x2xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.reduce max, %g dims [1] : tensor<2x2xf64> -> tensor<2xf64>
  func.return %y : tensor<2xf64>
}

// A product of nine places: windows are the rows of one matrix.
// CHECK-LABEL: func.func @disjoint_windows_of_many_places
// CHECK:         [[R:%.*]] = ten.reshape {{.*}} : tensor<18xf64> -> tensor<2x9xf64>
// CHECK:         [[G:%.*]] = ten.slice [[R]] offsets [0, 0] sizes [2, 9]
// CHECK:         ten.einsum "ik,kc->ic" [[G]], %w
func.func @disjoint_windows_of_many_places(%x: tensor<18xf64>, %w: tensor<9x4xf64>) -> tensor<2x4xf64> {
  %t = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16, 17]]> : tensor<2x9xi64>
  %g = ten.gather [2, 9] %x (%i, %k) : tensor<18xf64> -> tensor<2x9xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x9xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  %y = ten.einsum "ik,kc->ic" %g, %w : tensor<2x9xf64>, tensor<9x4xf64> -> tensor<2x4xf64>
  func.return %y : tensor<2x4xf64>
}

// CHECK-LABEL: func.func @sums_of_disjoint_windows
// CHECK:         [[P:%.*]] = ten.pad %y low [0, 0] high [0, 1]
// CHECK:         [[R:%.*]] = ten.reshape [[P]] : tensor<2x3xf64> -> tensor<6xf64>
// CHECK:         [[S:%.*]] = ten.slice [[R]] offsets [0] sizes [5]
// CHECK:         ten.pad [[S]] low [1] high [0]
// CHECK-NOT:     arith.addf
// CHECK:         return
func.func @sums_of_disjoint_windows(%y: tensor<2x2xf64>) -> tensor<6xf64> {
  %t = arith.constant dense<[[1, 2], [4, 5]]> : tensor<2x2xi64>
  %s = ten.scatter [6] %y (%i, %k) : tensor<2x2xf64> -> tensor<6xf64> {
    %p = ten.index %t[%i, %k] : tensor<2x2xi64> -> i64
    %q = arith.index_cast %p : i64 to index
    ten.yield %q : index
  }
  func.return %s : tensor<6xf64>
}
