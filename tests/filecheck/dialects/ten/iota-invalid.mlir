// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @scalar() {
  // expected-error@+1 {{ten.iota: dim 0 is not in 0..-1 (rank 0)}}
  %0 = ten.iota dim 0 : f32
  func.return
}

// -----

func.func @dim_outside() {
  // expected-error@+1 {{ten.iota: dim 2 is not in 0..1 (rank 2)}}
  %0 = ten.iota dim 2 : tensor<2x3xf32>
  func.return
}

// -----

func.func @dim_negative() {
  // expected-error@+1 {{ten.iota: dim -1 is not in 0..1 (rank 2)}}
  %0 = ten.iota dim -1 : tensor<2x3xf32>
  func.return
}

// -----

func.func @of_truth_values() {
  // expected-error@+1 {{ten.iota: tensor<3xi1> has no numbers to count with}}
  %0 = ten.iota dim 0 : tensor<3xi1>
  func.return
}

// -----

func.func @of_odd_width() {
  // expected-error@+1 {{ten.iota: the result is tensor<3xi7>, whose elements are i7; letgrad computes with scalars and tensors of fixed sizes whose elements are f16, bf16, f32, f64, complex<f32>, complex<f64>, i1, i8, i16, i32, i64 or index}}
  %0 = ten.iota dim 0 : tensor<3xi7>
  func.return
}

// -----

func.func @of_unsigned() {
  // expected-error@+1 {{ten.iota: the result is tensor<3xui8>, whose elements are ui8; letgrad computes with}}
  %0 = ten.iota dim 0 : tensor<3xui8>
  func.return
}

// -----

func.func @dynamic() {
  // expected-error@+1 {{ten.iota: the result is tensor<?xf32>, whose sizes are not fixed; letgrad computes with scalars and tensors of fixed sizes}}
  %0 = ten.iota dim 0 : tensor<?xf32>
  func.return
}

// -----

func.func @without_dim() {
  // expected-error@+1 {{ten.iota needs the property 'dim'}}
  %0 = "ten.iota"() : () -> tensor<3xf32>
  func.return
}

// -----

func.func @dim_of_another_kind() {
  // expected-error@+1 {{ten.iota: 'dim' is "x", and must be an attribute of the kind integer}}
  %0 = "ten.iota"() <{dim = "x"}> : () -> tensor<3xf32>
  func.return
}

// -----

func.func @with_operand(%x: f32) {
  // expected-error@+1 {{ten.iota takes 0 operands, and here are 1}}
  %0 = "ten.iota"(%x) <{dim = 0 : i64}> : (f32) -> tensor<3xf32>
  func.return
}

// -----

func.func @dim_too_large() {
  // expected-error@+1 {{9223372036854775808 is no 64-bit integer}}
  %0 = ten.iota dim 9223372036854775808 : tensor<3xf32>
  func.return
}
