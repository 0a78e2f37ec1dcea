// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @too_few_indices(%x: tensor<5x7xf64>, %i: index) {
  // expected-error@+1 {{kernel.load: 1 indices into tensor<5x7xf64>, which has rank 2}}
  %0 = kernel.load %x[%i] : tensor<5x7xf64>
  func.return
}

// -----

func.func @index_into_a_number(%x: f64, %i: index) {
  // expected-error@+1 {{kernel.load: 1 indices into f64, which has rank 0}}
  %0 = kernel.load %x[%i] : f64
  func.return
}

// -----

func.func @another_element(%x: tensor<5xf64>, %i: index) {
  // expected-error@+1 {{kernel.load: an element of tensor<5xf64> is not f32}}
  %0 = "kernel.load"(%x, %i) : (tensor<5xf64>, index) -> f32
  func.return
}

// -----

func.func @index_that_is_none(%x: tensor<5xf64>, %i: i64) {
  // expected-error@+1 {{kernel.load: operand 'indices' is i64, and the op takes index there}}
  %0 = "kernel.load"(%x, %i) : (tensor<5xf64>, i64) -> f64
  func.return
}

// -----

func.func @yield_outside(%x: f64) {
  // expected-error@+1 {{'kernel.yield' expects parent op}}
  kernel.yield %x : f64
}
