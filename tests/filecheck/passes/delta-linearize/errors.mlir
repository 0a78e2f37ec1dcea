// RUN: letgrad-opt %s -p 'delta-linearize{entry=f}' --split-input-file --verify-diagnostics
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{wrt=1}' 2>&1 | filecheck %s --check-prefix=INTEGER
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{wrt=2}' 2>&1 | filecheck %s --check-prefix=COUNT
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{wrt=0,0}' 2>&1 | filecheck %s --check-prefix=TWICE
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{entry=g}' 2>&1 | filecheck %s --check-prefix=ENTRY
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{to=f}' 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{seed=one}' 2>&1 | filecheck %s --check-prefix=SEED
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{seed=one mode=forward}' 2>&1 | filecheck %s --check-prefix=FORWARD
// RUN: not letgrad-opt %S/Inputs/square.mlir -p 'delta-linearize{mode=both}' 2>&1 | filecheck %s --check-prefix=MODE

// INTEGER: square.mlir:1:1: error: wrt=1: argument 1 of @f is i64, and only floats have derivatives
// COUNT:   square.mlir:1:1: error: wrt=2: @f has 2 arguments, counted from 0
// TWICE:   square.mlir:1:1: error: wrt=0,0 names an argument twice
// ENTRY:   square.mlir:1:1: error: there is no function @g; the module has @f
// NAME:    square.mlir:1:1: error: there is a function @f already
// SEED:    square.mlir:1:1: error: a gradient needs one float scalar, and @f gives tensor<3xf64>
// FORWARD: square.mlir:1:1: error: seed=one sets a cotangent, and mode=forward has none
// MODE:    error: pass delta-linearize: {{.*}}both{{.*}}reverse{{.*}}forward

// expected-error@below {{there is no function @f; the module has @g, @h}}
builtin.module {
  func.func @g() {
    func.return
  }
  func.func @h() {
    func.return
  }
}

// -----

// expected-error@below {{@f has no float argument to differentiate by}}
func.func @f(%n: i64) -> i64 {
  func.return %n : i64
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@below {{scf.while has no rule in the table 'linearize'; add one with @linearize.rule(WhileOp): (op, ds, e) -> term or tuple of terms}}
  %r = scf.while (%a = %x) : (f64) -> f64 {
    %c = arith.constant true
    scf.condition(%c) %a : f64
  } do {
  ^bb0(%b: f64):
    scf.yield %b : f64
  }
  func.return %r : f64
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@below {{arith.bitcast has no linearize rule: a bit pattern has no derivative}}
  %r = arith.bitcast %x : f64 to f64
  func.return %r : f64
}

// -----

func.func @f(%x: f64) -> tensor<2xf64> {
  // expected-error@below {{ten.build is not differentiated itself; run ten-vectorize first}}
  %r = ten.build [2] (%i) : tensor<2xf64> {
    ten.yield %x : f64
  }
  func.return %r : tensor<2xf64>
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@below {{@f calls itself (f → f); recursion has no derivative}}
  %r = func.call @f(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

func.func @f(%x: f64) -> f64 {
  %r = func.call @g(%x) : (f64) -> f64
  func.return %r : f64
}
func.func private @g(%x: f64) -> f64 {
  // expected-error@below {{@g calls itself (f → g → g); recursion has no derivative}}
  %r = func.call @g(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

func.func @f(%x: f64) -> f64 {
  func.return %x : f64
}
func.func @g(%x: f64) -> f64 {
  // expected-error@below {{@f is called here, so its derivative needs a name of its own: to=…}}
  %r = func.call @f(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

func.func private @g(f64) -> f64
func.func @f(%x: f64) -> f64 {
  // expected-error@below {{there is no function @g with a body}}
  %r = func.call @g(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

func.func private @g(%x: f64) -> f64 {
  func.return %x : f64
}
func.func @f(%x: f64) -> f64 {
  // expected-error@below {{delta.custom_vjp needs @g to be (f64, f64) -> (f64), and it is (f64) -> f64}}
  %r = delta.custom_vjp @g, @forward, @g(%x) : (f64) -> f64
  func.return %r : f64
}
func.func private @forward(%x: f64) -> (f64, f64) {
  func.return %x, %x : f64, f64
}

// -----

func.func @f(%x: f64) -> f64 {
  %y = delta.custom_jvp @g, @both(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @g(%x: f64) -> f64 {
  func.return %x : f64
}
func.func private @both(%x: f64, %dx: f64) -> (f64, f64) {
  // expected-error@+1 {{the tangents that @both gives must be linear in those that it takes, and arith.mulf is not linear here}}
  %dy = arith.mulf %dx, %dx : f64
  func.return %x, %dy : f64, f64
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{tangent 0 that @both gives is not linear in the tangents: it does not depend on them}}
  %y = delta.custom_jvp @g, @both(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @g(%x: f64) -> f64 {
  func.return %x : f64
}
func.func private @both(%x: f64, %dx: f64) -> (f64, f64) {
  func.return %x, %x : f64, f64
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{there is no derivative here: a rule of g fails}}
  %y = delta.stop %x {reason = "a rule of g fails"} : f64
  func.return %y : f64
}

// -----

// Also in a loop, whose carried values are asked for their derivatives first.
func.func @f(%x: f64, %xs: tensor<3xf64>) -> f64 {
  %y, %ys = ten.scan [3] (%c = %x : f64) over (%z = %xs : tensor<3xf64>) -> (f64, tensor<3xf64>) {
    // expected-error@+1 {{there is no derivative here: a rule of g fails}}
    %s = delta.stop %z {reason = "a rule of g fails"} : f64
    ten.yield %s, %s : f64, f64
  }
  func.return %y : f64
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{a value that @both gives depends on the tangents}}
  %y = delta.custom_jvp @g, @both(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @g(%x: f64) -> f64 {
  func.return %x : f64
}
func.func private @both(%x: f64, %dx: f64) -> (f64, f64) {
  func.return %dx, %dx : f64, f64
}

// -----

func.func @f(%x: f64, %n: index) -> f64 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error@below {{this scf.for has no derivative: its number of steps is not known, and memref.alloc may have side effects; give the loop constant bounds}}
  %r = scf.for %i = %zero to %n step %one iter_args(%a = %x) -> (f64) {
    %m = memref.alloc() : memref<4xf64>
    %b = arith.mulf %a, %x : f64
    scf.yield %b : f64
  }
  func.return %r : f64
}

// -----

// The bits of a float, changed and read as a float again: a derivative of 0 would be wrong.
func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {
  %i = arith.bitcast %x : tensor<3xf32> to tensor<3xi32>
  %one = arith.constant dense<1> : tensor<3xi32>
  %j = arith.addi %i, %one : tensor<3xi32>
  // expected-error@below {{these bits are made of the bits of a float, and a bit pattern has no derivative}}
  %r = arith.bitcast %j : tensor<3xi32> to tensor<3xf32>
  func.return %r : tensor<3xf32>
}

// -----

// The sign of a float chooses between bits that are constants: this has the derivative 0.
func.func @f(%x: f32) -> f32 {
  %i = arith.bitcast %x : f32 to i32
  %zero = arith.constant 0 : i32
  %one = arith.constant 1065353216 : i32
  %negative = arith.cmpi slt, %i, %zero : i32
  %j = arith.select %negative, %zero, %one : i32
  %r = arith.bitcast %j : i32 to f32
  %y = arith.mulf %r, %x : f32
  func.return %y : f32
}
