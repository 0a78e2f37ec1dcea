// RUN: letgrad-opt %s --split-input-file -p delta-linearize | filecheck %s

// A scan becomes two: the first computes the values, and gives out what each step's derivative needs;
// the second holds nothing but terms. What is carried is stored (%h); rows of operands are there.
// CHECK-LABEL: func.func @recurrence(
// CHECK-NEXT:   %da = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %dxs = delta.input 1 : !delta.term<tensor<4xf64>>
// CHECK-NEXT:   %c, %h = ten.scan [4] (%h_1 = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %h_1, %x : f64
// CHECK-NEXT:     ten.yield %0, %h_1 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %dc = ten.scan [4] (%dh = %da : !delta.term<f64>) over (%dx = %dxs : !delta.term<tensor<4xf64>>, %x_1 = %xs : tensor<4xf64>, %h_2 = %h : tensor<4xf64>) -> (!delta.term<f64>) {
// CHECK-NEXT:     %1 = delta.scale %x_1, %dh : f64, !delta.term<f64>
// CHECK-NEXT:     %2 = delta.scale %h_2, %dx : f64, !delta.term<f64>
// CHECK-NEXT:     %3 = delta.add %1, %2 : !delta.term<f64>
// CHECK-NEXT:     ten.yield %3 : !delta.term<f64>
// CHECK-NEXT:   }
// CHECK-NEXT:   %4, %5 = delta.pullback (%dc : %ct) : f64 -> f64, tensor<4xf64>
// CHECK-NEXT:   func.return %c, %4, %5 : f64, f64, tensor<4xf64>
func.func @recurrence(%a: f64, %xs: tensor<4xf64>) -> f64 {
  %c = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// -----

// Stored is what costs something (cos); a comparison is made again, of what is stored or a row. What
// is the same at each step moves out of the loop, and so do terms that are: exp w, and its term.
// CHECK-LABEL: func.func @stored_and_made_again(
// CHECK-NEXT:   %da = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %dxs = delta.input 1 : !delta.term<tensor<4xf64>>
// CHECK-NEXT:   %dw = delta.input 2 : !delta.term<f64>
// CHECK-NEXT:   %0 = math.exp %w : f64
// CHECK-NEXT:   %1 = delta.scale %0, %dw : f64, !delta.term<f64>
// CHECK-NEXT:   %zero = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   %c, %c_1 = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %2 = arith.cmpf olt, %x, %zero : f64
// CHECK-NEXT:     %3 = math.sin %h : f64
// CHECK-NEXT:     %4 = math.cos %h : f64
// CHECK-NEXT:     %5 = arith.select %2, %3, %h : f64
// CHECK-NEXT:     %6 = arith.addf %5, %0 : f64
// CHECK-NEXT:     ten.yield %6, %4 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %dc = ten.scan [4] (%dh = %da : !delta.term<f64>) over (%dx = %dxs : !delta.term<tensor<4xf64>>, %7 = %c_1 : tensor<4xf64>, %x_1 = %xs : tensor<4xf64>) -> (!delta.term<f64>) {
// CHECK-NEXT:     %8 = arith.cmpf olt, %x_1, %zero : f64
// CHECK-NEXT:     %9 = delta.scale %7, %dh : f64, !delta.term<f64>
// CHECK-NEXT:     %10 = ten.select %8, %9, %dh : i1, !delta.term<f64>
// CHECK-NEXT:     %11 = delta.add %10, %1 : !delta.term<f64>
// CHECK-NEXT:     ten.yield %11 : !delta.term<f64>
// CHECK-NEXT:   }
// CHECK-NEXT:   %12, %13, %14 = delta.pullback (%dc : %ct) : f64 -> f64, tensor<4xf64>, f64
// CHECK-NEXT:   func.return %c, %12, %13, %14 : f64, f64, tensor<4xf64>, f64
func.func @stored_and_made_again(%a: f64, %xs: tensor<4xf64>, %w: f64) -> f64 {
  %c = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64) {
    %zero = arith.constant 0.0 : f64
    %0 = arith.cmpf olt, %x, %zero : f64
    %1 = math.sin %h : f64
    %2 = arith.select %0, %1, %h : f64
    %3 = math.exp %w : f64
    %4 = arith.addf %2, %3 : f64
    ten.yield %4 : f64
  }
  func.return %c : f64
}

// -----

// Only floats have terms; that of %q is of its first value, and zero after it.
// CHECK-LABEL: func.func @active(
// CHECK-NEXT:   %da = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %db = delta.input 1 : !delta.term<f32>
// CHECK-NEXT:   %c, %d, %k = ten.scan [4] reverse (%h = %a : f64, %q = %b : f32, %m = %n : i64) -> (f64, f32, i64) {
// CHECK-NEXT:     %0 = arith.addf %h, %h : f64
// CHECK-NEXT:     %1 = arith.sitofp %m : i64 to f32
// CHECK-NEXT:     %2 = arith.muli %m, %m : i64
// CHECK-NEXT:     ten.yield %0, %1, %2 : f64, f32, i64
// CHECK-NEXT:   }
// CHECK-NEXT:   %3 = delta.zero : !delta.term<f32>
// CHECK-NEXT:   %dc, %dd = ten.scan [4] reverse (%dh = %da : !delta.term<f64>, %dq = %db : !delta.term<f32>) -> (!delta.term<f64>, !delta.term<f32>) {
// CHECK-NEXT:     %4 = delta.add %dh, %dh : !delta.term<f64>
// CHECK-NEXT:     ten.yield %4, %3 : !delta.term<f64>, !delta.term<f32>
// CHECK-NEXT:   }
// CHECK-NEXT:   %5, %6 = delta.pullback (%dc : %ct), (%dd : %ct1) : f64, f32 -> f64, f32
// CHECK-NEXT:   func.return %c, %d, %k, %5, %6 : f64, f32, i64, f64, f32
func.func @active(%a: f64, %b: f32, %n: i64) -> (f64, f32, i64) {
  %c, %d, %k = ten.scan [4] reverse (%h = %a : f64, %q = %b : f32, %m = %n : i64) -> (f64, f32, i64) {
    %0 = arith.addf %h, %h : f64
    %1 = arith.sitofp %m : i64 to f32
    %2 = arith.muli %m, %m : i64
    ten.yield %0, %1, %2 : f64, f32, i64
  }
  func.return %c, %d, %k : f64, f32, i64
}

// -----

// for i = low to high step s  →  scan over (i = low + iota * s)
// CHECK-LABEL: func.func @scf_for(
// CHECK-NEXT:   %da = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %dv = delta.input 1 : !delta.term<tensor<9xf64>>
// CHECK-NEXT:   %low = arith.constant 2 : index
// CHECK-NEXT:   %high = arith.constant 9 : index
// CHECK-NEXT:   %step = arith.constant 3 : index
// CHECK-NEXT:   %0 = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:   %1 = ten.broadcast %step dims [0] : index -> tensor<3xindex>
// CHECK-NEXT:   %2 = arith.muli %0, %1 : tensor<3xindex>
// CHECK-NEXT:   %3 = ten.broadcast %low dims [0] : index -> tensor<3xindex>
// CHECK-NEXT:   %4 = arith.addi %2, %3 : tensor<3xindex>
// CHECK-NEXT:   %c = ten.scan [3] (%h = %a : f64) over (%i = %4 : tensor<3xindex>) -> (f64) {
// CHECK-NEXT:     %y = ten.index %v[%i] : tensor<9xf64> -> f64
// CHECK-NEXT:     %5 = arith.addf %h, %y : f64
// CHECK-NEXT:     ten.yield %5 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %dc = ten.scan [3] (%dh = %da : !delta.term<f64>) over (%i_1 = %4 : tensor<3xindex>) -> (!delta.term<f64>) {
// CHECK-NEXT:     %dy = ten.index %dv[%i_1] : !delta.term<tensor<9xf64>> -> !delta.term<f64>
// CHECK-NEXT:     %6 = delta.add %dh, %dy : !delta.term<f64>
// CHECK-NEXT:     ten.yield %6 : !delta.term<f64>
// CHECK-NEXT:   }
// CHECK-NEXT:   %7, %8 = delta.pullback (%dc : %ct) : f64 -> f64, tensor<9xf64>
// CHECK-NEXT:   func.return %c, %7, %8 : f64, f64, tensor<9xf64>
func.func @scf_for(%a: f64, %v: tensor<9xf64>) -> f64 {
  %low = arith.constant 2 : index
  %high = arith.constant 9 : index
  %step = arith.constant 3 : index
  %c = scf.for %i = %low to %high step %step iter_args(%h = %a) -> (f64) {
    %y = ten.index %v[%i] : tensor<9xf64> -> f64
    %0 = arith.addf %h, %y : f64
    scf.yield %0 : f64
  }
  func.return %c : f64
}

// -----

// A loop without a derivative stays as it is.
// CHECK-LABEL: func.func @loop_of_integers(
// CHECK-NEXT:   %da = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %one = arith.constant 1 : index
// CHECK-NEXT:   %c = scf.for %i = %one to %n step %one iter_args(%h = %n) -> (index) {
// CHECK-NEXT:     %0 = arith.addi %h, %i : index
// CHECK-NEXT:     scf.yield %0 : index
// CHECK-NEXT:   }
// CHECK-NEXT:   %1 = delta.pullback (%da : %ct) : f64 -> f64
// CHECK-NEXT:   func.return %a, %c, %1 : f64, index, f64
func.func @loop_of_integers(%a: f64, %n: index) -> (f64, index) {
  %one = arith.constant 1 : index
  %c = scf.for %i = %one to %n step %one iter_args(%h = %n) -> (index) {
    %0 = arith.addi %h, %i : index
    scf.yield %0 : index
  }
  func.return %a, %c : f64, index
}

// -----

// A condition reads a carried value in branches that give no float. No term of these reads is left.
// CHECK-LABEL: func.func @condition_in_branches(
// CHECK:      %p_1 = scf.if %b -> (i1) {
// CHECK-NEXT:   %s = ten.index %c_1[%i] : tensor<3xf64> -> f64
// CHECK-NEXT:   %q = arith.cmpf ogt, %s, %s : f64
// CHECK-NEXT:   scf.yield %q : i1
// CHECK:      %dr = ten.scan [4] (%dc = %dx : !delta.term<tensor<3xf64>>) over (%c_2 = %c : tensor<4x3xf64>, %p_2 = %p : tensor<4xi1>)
// CHECK-NEXT:   %0 = delta.scale %c_2, %dc : tensor<3xf64>, !delta.term<tensor<3xf64>>
func.func @condition_in_branches(%x: tensor<3xf64>, %b: i1) -> tensor<3xf64> {
  %i = arith.constant 0 : index
  %r = ten.scan [4] (%c = %x : tensor<3xf64>) -> (tensor<3xf64>) {
    %p = scf.if %b -> (i1) {
      %s = ten.index %c[%i] : tensor<3xf64> -> f64
      %q = arith.cmpf ogt, %s, %s : f64
      scf.yield %q : i1
    } else {
      scf.yield %b : i1
    }
    %m = arith.mulf %c, %c : tensor<3xf64>
    %d = arith.select %p, %m, %c : tensor<3xf64>
    ten.yield %d : tensor<3xf64>
  }
  func.return %r : tensor<3xf64>
}
