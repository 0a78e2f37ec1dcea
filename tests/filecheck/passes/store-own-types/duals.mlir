// RUN: letgrad-opt --load-dialect-plugin=%S/Inputs/duals.py %s --store-own-types | filecheck %s

// An argument has its parts in its place, and so does a result.
// CHECK-LABEL: func.func @product(%a: f64, %a_1: f64, %n: index) -> (f64, f64, index) {
// CHECK-NEXT:    %[[Y:.*]] = arith.mulf %a, %a : f64
// CHECK-NEXT:    %[[L:.*]] = arith.mulf %a, %a_1 : f64
// CHECK-NEXT:    %[[R:.*]] = arith.mulf %a_1, %a : f64
// CHECK-NEXT:    %[[D:.*]] = arith.addf %[[L]], %[[R]] : f64
// CHECK-NEXT:    func.return %[[Y]], %[[D]], %n : f64, f64, index
func.func @product(%a: !duals.dual, %n: index) -> (!duals.dual, index) {
  %y = duals.mul %a, %a : !duals.dual
  func.return %y, %n : !duals.dual, index
}

// Loops carry parts, and their other values keep their places.
// CHECK-LABEL: func.func @loops(
// CHECK:         scf.for %i = %l to %n step %l iter_args(%c = %a, %c_1 = %a_1, %s = %l) -> (f64, f64, index) {
// CHECK:           func.call @product(%c, %c_1, %s) : (f64, f64, index) -> (f64, f64, index)
// CHECK:         ten.scan [2] (%c_{{.*}} = %{{.*}} : f64, %c_{{.*}} = %{{.*}} : f64) over (%x = %xs : tensor<2xf64>) -> (f64, f64, tensor<2xf64>) {
// CHECK:         ten.while (%c_{{.*}} = %{{.*}} : f64, %c_{{.*}} = %{{.*}} : f64) -> (f64, f64) {
func.func @loops(%a: !duals.dual, %l: index, %n: index, %p: i1, %xs: tensor<2xf64>)
    -> (!duals.dual, tensor<2xf64>) {
  %f:2 = scf.for %i = %l to %n step %l iter_args(%c = %a, %s = %l) -> (!duals.dual, index) {
    %d:2 = func.call @product(%c, %s) : (!duals.dual, index) -> (!duals.dual, index)
    scf.yield %d#0, %d#1 : !duals.dual, index
  }
  %g, %ys = ten.scan [2] (%c = %f#0 : !duals.dual) over (%x = %xs : tensor<2xf64>)
      -> (!duals.dual, tensor<2xf64>) {
    %d = duals.mul %c, %a : !duals.dual
    ten.yield %d, %x : !duals.dual, f64
  }
  %h = ten.while (%c = %g : !duals.dual) -> (!duals.dual) {
    ten.yield %p : i1
  } do (%c) {
    %d = duals.mul %c, %c : !duals.dual
    ten.yield %d : !duals.dual
  }
  func.return %h, %ys : !duals.dual, tensor<2xf64>
}

// CHECK-LABEL: func.func @branches(
// CHECK:         scf.if %p -> (f64, f64) {
// CHECK:         cf.cond_br %p, ^end(%r, %r_1, %p : f64, f64, i1), ^end(%a, %a_1, %p : f64, f64, i1)
// CHECK-NEXT:  ^end(%c: f64, %c_1: f64, %q: i1):
// CHECK-NEXT:    arith.select %q, %c, %
// CHECK-NEXT:    arith.select %q, %c_1, %
func.func @branches(%a: !duals.dual, %p: i1) -> !duals.dual {
  %r = scf.if %p -> (!duals.dual) {
    %d = duals.mul %a, %a : !duals.dual
    scf.yield %d : !duals.dual
  } else {
    scf.yield %a : !duals.dual
  }
  cf.cond_br %p, ^end(%r, %p : !duals.dual, i1), ^end(%a, %p : !duals.dual, i1)
^end(%c: !duals.dual, %q: i1):
  %s = arith.select %q, %c, %r : !duals.dual
  func.return %s : !duals.dual
}

// Traced programs have casts between a value and its parts.
// CHECK-LABEL: func.func @casts(%x: f64, %y: f64) -> (f64, f64) {
// CHECK-NEXT:    func.return %y, %x : f64, f64
func.func @casts(%x: f64, %y: f64) -> (f64, f64) {
  %a = builtin.unrealized_conversion_cast %x, %y : f64, f64 to !duals.dual
  %b:2 = builtin.unrealized_conversion_cast %a : !duals.dual to f64, f64
  func.return %b#1, %b#0 : f64, f64
}
