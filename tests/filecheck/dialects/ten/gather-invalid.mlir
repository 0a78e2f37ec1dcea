// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @too_many_indices(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather: 2 indices into tensor<2xf32>, which has rank 1}}
  %0 = ten.gather [5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %i, %i : index, index
  }
  func.return
}

// -----

func.func @index_of_another_type(%x: tensor<2xf32>, %j: i64) {
  // expected-error@+1 {{ten.gather: an index has type i64, not index}}
  %0 = ten.gather [5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %j : i64
  }
  func.return
}

// -----

func.func @arguments_missing(%x: tensor<2xf32>, %j: index) {
  // expected-error@+1 {{ten.gather: 1 index arguments range over 2 dimensions [5, 7]}}
  %0 = ten.gather [5, 7] %x (%i) : tensor<2xf32> -> tensor<5x7xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @size_negative(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather: dims [-5] have a negative size}}
  %0 = ten.gather [-5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.gather: the result is tensor<5x3xf32>, not tensor<5xf32>}}
  %0 = ten.gather [5] %x (%i) : tensor<2x3xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @without_yield(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather: the region does not end in ten.yield}}
  %0 = ten.gather [5] %x (%i) : tensor<2xf32> -> tensor<5x2xf32> {
    %1 = arith.addi %i, %i : index
  }
  func.return
}

// -----

func.func @empty_region(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather has an empty block, which needs a terminator}}
  %0 = ten.gather [5] %x (%i) : tensor<2xf32> -> tensor<5x2xf32> {
  }
  func.return
}

// -----

func.func @impure(%x: tensor<2xf32>, %m: memref<2xindex>) {
  // expected-error@+1 {{ten.gather: memref.store is not known to be pure, and index regions are}}
  %0 = ten.gather [5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    memref.store %i, %m[%i] : memref<2xindex>
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @argument_of_another_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather: the region takes indices, not i64}}
  %0 = "ten.gather"(%x) <{dims = array<i64: 5>}> ({
  ^bb0(%i: i64):
    ten.yield
  }) : (tensor<2xf32>) -> tensor<5x2xf32>
  func.return
}

// -----

func.func @without_region(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather has 1 region, and here are 0}}
  %0 = "ten.gather"(%x) <{dims = array<i64: 5>}> : (tensor<2xf32>) -> tensor<5x2xf32>
  func.return
}

// -----

func.func @two_blocks(%x: tensor<2xf32>) {
  // expected-error@+1 {{block}}
  %0 = "ten.gather"(%x) <{dims = array<i64: 5>}> ({
  ^bb0(%i: index):
    ten.yield
  ^bb1:
    ten.yield
  }) : (tensor<2xf32>) -> tensor<5x2xf32>
  func.return
}

// -----

func.func @dims_of_another_kind(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.gather: dims is array<f32: 5.000000e+00>, not a list of i64}}
  %0 = "ten.gather"(%x) <{dims = array<f32: 5.0>}> ({
  ^bb0(%i: index):
    ten.yield
  }) : (tensor<2xf32>) -> tensor<5x2xf32>
  func.return
}
