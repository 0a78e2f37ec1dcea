// RUN: letgrad-opt %s -p sharing-recover --split-input-file --verify-diagnostics
// RUN: letgrad-opt %s -p sharing-verify --split-input-file --verify-diagnostics

func.func @different_terms(%x: f64) -> (f64, f64) {
  %a = math.exp %x : f64
  %b = sharing.share %a {stamp = 4} : f64
  %c = math.sin %x : f64
  // expected-error@+1 {{stamp 4 is on two different terms}}
  %d = sharing.share %c {stamp = 4} : f64
  func.return %b, %d : f64, f64
}

// -----

func.func @different_types(%x: f64, %y: f32) -> (f64, f32) {
  %b = sharing.share %x {stamp = 4} : f64
  // expected-error@+1 {{stamp 4 is on a f32 here and on a f64 elsewhere}}
  %d = sharing.share %y {stamp = 4} : f32
  func.return %b, %d : f64, f32
}

// -----

// F(k) = exp x[k] is not at 4 - i where the term reads x[5 - i].
func.func @other_argument(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 4} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %k = arith.subi %c4, %i : index
    %l = arith.subi %c5, %i : index
    %e = ten.index %x[%l] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    // expected-error@+1 {{stamp 4 is on two different terms}}
    %t = sharing.share %s {stamp = 4} [%k] : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// -----

// Neither shows a function of all integers: x[i] is a function of 2 i, but nothing says which.
func.func @no_function_of_the_argument(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<3xf64>) {
  %c2 = arith.constant 2 : index
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %k = arith.muli %i, %c2 : index
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 4} [%k] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %k = arith.muli %i, %c2 : index
    %e = ten.index %x[%k] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    // expected-error@+1 {{stamp 4 is on two different terms}}
    %t = sharing.share %s {stamp = 4} [%k] : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
}

// -----

// The values that two loops carry are two values.
func.func @carried(%x: f64, %y: f64) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %a = scf.for %i = %c0 to %c9 step %c1 iter_args(%c = %x) -> (f64) {
    %s = math.exp %c : f64
    %t = sharing.share %s {stamp = 4} : f64
    scf.yield %t : f64
  }
  %b = scf.for %i = %c0 to %c9 step %c1 iter_args(%c = %y) -> (f64) {
    %s = math.exp %c : f64
    // expected-error@+1 {{stamp 4 is on two different terms}}
    %t = sharing.share %s {stamp = 4} : f64
    scf.yield %t : f64
  }
  func.return %a, %b : f64, f64
}

// -----

func.func @different_numbers_of_indices(%x: tensor<5xf64>, %y: f64) -> (f64, tensor<5xf64>) {
  %a = math.exp %y : f64
  %b = sharing.share %a {stamp = 4} : f64
  %c = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    // expected-error@+1 {{stamp 4 is on a term of 1 indices here and of 0 elsewhere}}
    %t = sharing.share %s {stamp = 4} [%i] : f64
    ten.yield %t : f64
  }
  func.return %b, %c : f64, tensor<5xf64>
}

// -----

// The indices change places: exp m[i, j] is not exp m[j, i].
func.func @indices_in_another_order(%m: tensor<3x3xf64>) -> (tensor<3x3xf64>, tensor<3x3xf64>) {
  %a = ten.build [3, 3] (%i, %j) : tensor<3x3xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x3xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i, %j] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3, 3] (%i, %j) : tensor<3x3xf64> {
    %e = ten.index %m[%i, %j] : tensor<3x3xf64> -> f64
    %s = math.exp %e : f64
    // expected-error@+1 {{stamp 1 is on two different terms}}
    %t = sharing.share %s {stamp = 1} [%j, %i] : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<3x3xf64>, tensor<3x3xf64>
}
