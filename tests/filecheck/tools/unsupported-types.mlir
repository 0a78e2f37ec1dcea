// Types of other dialects, and sizes that no memory holds. One sentence names what letgrad takes.

// RUN: letgrad-opt %s --split-input-file --verify-diagnostics -p delta-linearize -o %t

// expected-error@below {{argument 0 of @f is memref<3xf64>; letgrad computes with scalars and tensors of fixed sizes whose elements are f16, bf16, f32, f64, complex<f32>, complex<f64>, i1, i8, i16, i32, i64 or index}}
func.func @f(%x: memref<3xf64>) {
  func.return
}

// -----

// expected-error@below {{argument 0 of @f is vector<4xf32>; letgrad computes with scalars}}
func.func @f(%x: vector<4xf32>, %y: f32) -> f32 {
  func.return %y : f32
}

// -----

// expected-error@below {{argument 1 of @f is tensor<3xcomplex<f16>>, whose elements are complex<f16>; letgrad computes with scalars}}
func.func @f(%y: f32, %x: tensor<3xcomplex<f16>>) -> f32 {
  func.return %y : f32
}

// -----

// expected-error@below {{argument 1 of @f is tensor<3xcomplex<f32>>; the derivative is one of real numbers, so ten-split-complex has to run first}}
func.func @f(%y: f32, %x: tensor<3xcomplex<f32>>) -> f32 {
  func.return %y : f32
}

// -----

// expected-error@below {{result 0 of @f is complex<f64>; the derivative is one of real numbers, so ten-split-complex has to run first}}
func.func @f(%y: f64) -> complex<f64> {
  %z = ten.complex %y, %y : f64, f64 -> complex<f64>
  func.return %z : complex<f64>
}

// -----

// expected-error@below {{argument 0 of @f is tensor<?x3xf32>, whose sizes are not fixed; letgrad computes with scalars}}
func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  func.return %x : tensor<?x3xf32>
}

// -----

// expected-error@below {{argument 0 of @f is tensor<*xf32>, whose rank is not fixed; letgrad computes with scalars}}
func.func @f(%x: tensor<*xf32>) {
  func.return
}

// -----

// expected-error@below {{argument 0 of @f is tensor<3xf32, "columns">, which has the encoding "columns"; letgrad computes with scalars}}
func.func @f(%x: tensor<3xf32, "columns">) {
  func.return
}

// -----

// The derivative of such a result would be missing, without a word.
// expected-error@below {{result 1 of @f is f80; letgrad computes with scalars}}
func.func @f(%x: f64) -> (f64, f80) {
  %y = arith.extf %x : f64 to f80
  func.return %x, %y : f64, f80
}

// -----

// A value without floats goes through.
func.func @f(%x: f64, %n: i7) -> (f64, i7) {
  func.return %x, %n : f64, i7
}

// -----

// expected-error@+1 {{a size is ? or a number from 0 to 2^63 - 1, and 9223372036854775808 is too large}}
func.func @f(%x: tensor<9223372036854775808xi8>) {
  func.return
}

// -----

// expected-error@+1 {{a size is ? or a number from 0 to 2^63 - 1, and this number is negative}}
func.func @f(%x: tensor<-3xf32>) {
  func.return
}

// -----

// expected-error@+1 {{a size is ? or a number from 0 to 2^63 - 1, and this number is negative}}
func.func @f(%x: tensor<?x2x-1xf32>) {
  func.return
}

// -----

// expected-error@+1 {{a size is ? or a number from 0 to 2^63 - 1, and this number is negative}}
func.func @f(%x: vector<2x-1xf32>) {
  func.return
}

// -----

// expected-error@+1 {{a size is ? or a number from 0 to 2^63 - 1, and this number is negative}}
func.func @f(%x: memref<-1xf32>) {
  func.return
}

// -----

// expected-error@+1 {{a size of a vector is at least 1}}
func.func @f(%x: vector<2x0xf32>) {
  func.return
}

// -----

// expected-error@+1 {{a type of elements belongs here, and 'f33' is none}}
func.func @f(%x: tensor<2xf33>) {
  func.return
}

// -----

// expected-error@+1 {{func.func has a value of type tensor<2305843009213693952xf32>, whose sizes (other than 0) multiply to more than 2^63 - 1 bytes}}
func.func @f(%x: tensor<2305843009213693952xf32>) {
  func.return
}

// -----

// Bytes that fit are no error of the verifier, however many they are.
func.func @f(%y: f32, %x: tensor<2305843009213693951xi32>) -> f32 {
  func.return %y : f32
}

// -----

// expected-error@+1 {{func.func has a value of type tensor<4294967296x4294967296xi1>, whose sizes}}
func.func private @declared(tensor<4294967296x4294967296xi1>)
func.func @f(%y: f32) {
  func.return
}

// -----

// NumPy has no such array either.
func.func @f(%y: f32) -> f32 {
  // expected-error@+1 {{tensor.empty has a value of type tensor<0x4294967296x4294967296xf32>, whose sizes}}
  %x = tensor.empty() : tensor<0x4294967296x4294967296xf32>
  func.return %y : f32
}

// -----

func.func @f(%y: f32) {
  // expected-error@+1 {{an integer type has at most 16777215 bits}}
  %x = arith.constant 1 : i99999999999
  func.return
}

// -----

func.func @f(%y: f32) {
  // expected-error@+1 {{the number does not fit into its type: Integer value 99999999999999999999 is out of range for type i64}}
  %x = arith.constant 99999999999999999999 : i64
  func.return
}

// -----

func.func @f(%y: f32) {
  // expected-error@+1 {{18446744073709551616 does not fit into the 64 bits of index}}
  %x = arith.constant 18446744073709551616 : index
  func.return
}

// -----

// As in MLIR, the bits of a number without a sign are those of a number with one.
func.func @f(%y: f32) {
  %x = arith.constant 18446744073709551615 : index
  %z = arith.constant -9223372036854775808 : index
  func.return
}

// -----

func.func @f() {
  // expected-error@below {{letgrad has no numbers of type f80}}
  %x = arith.constant 1.0 : f80
  func.return
}

// -----

func.func @f() {
  // expected-error@below {{letgrad has no numbers of type f128}}
  %x = "arith.constant"() <{value = 1.5 : f128}> : () -> f128
  func.return
}
