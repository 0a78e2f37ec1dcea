// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @indices_missing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.scatter: 1 indices into the 2 dims [5, 7]}}
  %0 = ten.scatter [5, 7] %x (%i) : tensor<2x3xf32> -> tensor<5x7x3xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @too_many_arguments(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.scatter: 2 index arguments range over 1 dimensions [2]}}
  %0 = ten.scatter [5] %x (%i, %j) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @index_of_another_type(%x: tensor<2xf32>, %j: f32) {
  // expected-error@+1 {{ten.scatter: an index has type f32, not index}}
  %0 = ten.scatter [5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %j : f32
  }
  func.return
}

// -----

func.func @of_truth_values(%x: tensor<2xi1>) {
  // expected-error@+1 {{ten.scatter: tensor<2xi1> has no numbers to add}}
  %0 = ten.scatter [5] %x (%i) : tensor<2xi1> -> tensor<5xi1> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @size_negative(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.scatter: dims [-5] have a negative size}}
  %0 = ten.scatter [-5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.scatter: the result is tensor<5x3xf32>, not tensor<5xf32>}}
  %0 = ten.scatter [5] %x (%i) : tensor<2x3xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @impure_in_a_branch(%x: tensor<2xf32>, %m: memref<2xindex>, %c: i1) {
  // expected-error@+1 {{is not known to be pure, and index regions are}}
  %0 = ten.scatter [5] %x (%i) : tensor<2xf32> -> tensor<5xf32> {
    scf.if %c {
      memref.store %i, %m[%i] : memref<2xindex>
    }
    ten.yield %i : index
  }
  func.return
}
