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

func.func @different_sizes(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<3xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 4} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    // expected-error@+1 {{stamp 4 is on terms over different sizes: [3] here and [5] elsewhere}}
    %t = sharing.share %s {stamp = 4} [%i] : f64
    ten.yield %t : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<3xf64>
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
