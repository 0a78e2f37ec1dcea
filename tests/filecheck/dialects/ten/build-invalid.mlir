// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @yields_nothing() {
  // expected-error@+1 {{ten.build: the region yields 0 values instead of one}}
  %0 = ten.build [5] (%i) : tensor<5xf32> {
    ten.yield
  }
  func.return
}

// -----

func.func @yields_two_values() {
  // expected-error@+1 {{ten.build: the region yields 2 values instead of one}}
  %0 = ten.build [5] (%i) : tensor<5xindex> {
    ten.yield %i, %i : index, index
  }
  func.return
}

// -----

func.func @arguments_missing() {
  // expected-error@+1 {{ten.build: 1 index arguments range over 2 dimensions [5, 7]}}
  %0 = ten.build [5, 7] (%i) : tensor<5x7xindex> {
    ten.yield %i : index
  }
  func.return
}

// -----

func.func @yields_odd_width(%x: i7) {
  // expected-error@+1 {{ten.build: the yielded value is i7; letgrad computes with}}
  %0 = ten.build [5] (%i) : tensor<5xf32> {
    ten.yield %x : i7
  }
  func.return
}

// -----

func.func @result_differs(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.build: the result is tensor<5x3xf32>, not tensor<3x5xf32>}}
  %0 = ten.build [5] (%i) : tensor<3x5xf32> {
    ten.yield %x : tensor<3xf32>
  }
  func.return
}

// -----

func.func @size_negative(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.build: dims [-5] have a negative size}}
  %0 = ten.build [-5] (%i) : tensor<3xf32> {
    ten.yield %x : tensor<3xf32>
  }
  func.return
}

// -----

func.func @with_operand(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.build takes 0 operands, and here are 1}}
  %0 = ten.build [5] %x (%i) : tensor<3xf32> -> tensor<5xf32> {
    ten.yield %i : index
  }
  func.return
}
