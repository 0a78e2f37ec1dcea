// RUN: letgrad-opt %s -p sharing-recover --remarks=sharing-recover --verify-diagnostics

func.func @one_value(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    // expected-remark@+1 {{passed: 2 copies of math.exp are one value (table)}}
    %t = sharing.share %s {stamp = 1} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %n = arith.negf %t : f64
    ten.yield %n : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// A table: 5 products of two flops, 5 stores, and 10 loads.
func.func @too_cheap(%x: tensor<5xf64>, %s: f64) -> (tensor<5xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    // expected-remark@+1 {{missed: 2 copies of arith.mulf are not one value: a table of 5 costs as much as 25 flops, computing it 10 times 20 (table)}}
    %p = arith.mulf %e, %s : f64
    %t = sharing.share %p {stamp = 1} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %t = sharing.share %p {stamp = 1} [%i] : f64
    %n = arith.negf %t : f64
    ten.yield %n : f64
  }
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// Arithmetic of indices.
func.func @as_cheap_as_reading() -> (tensor<5xindex>, tensor<5xindex>) {
  %a = ten.build [5] (%i) : tensor<5xindex> {
    // expected-remark@+1 {{missed: 2 copies of arith.muli are not one value: computing it is as cheap as reading it (table)}}
    %k = arith.muli %i, %i : index
    %t = sharing.share %k {stamp = 1} [%i] : index
    ten.yield %t : index
  }
  %b = ten.build [5] (%i) : tensor<5xindex> {
    %k = arith.muli %i, %i : index
    %t = sharing.share %k {stamp = 1} [%i] : index
    %l = arith.addi %t, %i : index
    ten.yield %l : index
  }
  func.return %a, %b : tensor<5xindex>, tensor<5xindex>
}

// Where neither condition holds, it would be computed for nothing.
func.func @branches(%c: i1, %d: i1, %x: f64) -> (f64, f64) {
  %r = scf.if %c -> (f64) {
    // expected-remark@+1 {{missed: 2 copies of math.exp are not one value: not every branch around them needs it (let)}}
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  } else {
    scf.yield %x : f64
  }
  %q = scf.if %d -> (f64) {
    scf.yield %x : f64
  } else {
    %s = math.exp %x : f64
    %t = sharing.share %s {stamp = 1} : f64
    scf.yield %t : f64
  }
  func.return %r, %q : f64, f64
}

// How often the loops run is not known, so there is no size that a table could have.
func.func @loops(%n: index, %x: f64) -> (f64, f64) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = scf.for %i = %zero to %n step %one iter_args(%y = %x) -> (f64) {
    %j = arith.index_cast %i : index to i64
    %f = arith.sitofp %j : i64 to f64
    // expected-remark@+1 {{missed: 2 copies of math.exp are not one value: they depend on the counter of a loop, or on a value that it carries (table)}}
    %s = math.exp %f : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %z = arith.addf %y, %t : f64
    scf.yield %z : f64
  }
  %q = scf.for %i = %zero to %n step %one iter_args(%y = %x) -> (f64) {
    %j = arith.index_cast %i : index to i64
    %f = arith.sitofp %j : i64 to f64
    %s = math.exp %f : f64
    %t = sharing.share %s {stamp = 1} [%i] : f64
    %z = arith.mulf %y, %t : f64
    scf.yield %z : f64
  }
  func.return %r, %q : f64, f64
}

// An index out of data may be anywhere.
func.func @bounds(%x: tensor<5xf64>, %n: tensor<4xi64>) -> (tensor<5xf64>, tensor<4xf64>, tensor<5xf64>) {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    // expected-remark@+1 {{missed: 1 of 3 copies of math.exp are not in a table: the bounds of their indices are not known (table)}}
    %s = math.exp %e : f64
    // expected-remark@+1 {{passed: 2 copies of math.exp are one value (table)}}
    %t = sharing.share %s {stamp = 1} [%i] : f64
    ten.yield %t : f64
  }
  %b = ten.build [4] (%i) : tensor<4xf64> {
    %o = ten.index %n[%i] : tensor<4xi64> -> i64
    %k = arith.index_cast %o : i64 to index
    %e = ten.index %x[%k] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%k] : f64
    ten.yield %t : f64
  }
  %c = ten.build [5] (%i) : tensor<5xf64> {
    %c4 = arith.constant 4 : index
    %k = arith.subi %c4, %i : index
    %e = ten.index %x[%k] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = sharing.share %s {stamp = 1} [%k] : f64
    ten.yield %t : f64
  }
  func.return %a, %b, %c : tensor<5xf64>, tensor<4xf64>, tensor<5xf64>
}
