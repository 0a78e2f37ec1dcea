// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

// Rules of MLIR's for its own dialects that xDSL's verifiers do not check.

func.func @f(%x: f32) -> f32 {
  // expected-error@+1 {{cf.br gives its block (f32), and that takes ()}}
  cf.br ^end(%x : f32)
^end:
  func.return %x : f32
}

// -----

func.func @f(%x: f32, %c: i1) -> f32 {
  // expected-error@+1 {{cf.cond_br gives block #0 (f32), and that takes ()}}
  cf.cond_br %c, ^end(%x : f32), ^b
^end:
  func.return %x : f32
^b:
  func.return %x : f32
}

// -----

func.func @f(%x: f64) -> f16 {
  // expected-error@+1 {{arith.extf gives f16, which is not wider than f64}}
  %a = arith.extf %x : f64 to f16
  func.return %a : f16
}

// -----

func.func @f(%x: f16) -> f64 {
  // expected-error@+1 {{arith.truncf gives f64, which is not narrower than f16}}
  %a = arith.truncf %x : f16 to f64
  func.return %a : f64
}

// -----

func.func @f(%x: i8) -> i1 {
  // expected-error@+1 {{arith.cmpi has no predicate 10; its predicates are 0 to 9}}
  %a = "arith.cmpi"(%x, %x) {predicate = 10 : i64} : (i8, i8) -> i1
  func.return %a : i1
}

// -----

func.func @f(%x: f32) -> i1 {
  // expected-error@+1 {{arith.cmpf has no predicate 16; its predicates are 0 to 15}}
  %a = "arith.cmpf"(%x, %x) {predicate = 16 : i64} : (f32, f32) -> i1
  func.return %a : i1
}

// -----

func.func @f(%x: f32) -> i1 {
  // expected-error@+1 {{the predicate of arith.cmpf is an i64, not i32}}
  %a = "arith.cmpf"(%x, %x) {predicate = 1 : i32} : (f32, f32) -> i1
  func.return %a : i1
}

// -----

func.func @f(%n: index, %x: f32) -> f64 {
  // expected-error@+1 {{scf.for gives (f64), and it carries (f32)}}
  %a = "scf.for"(%n, %n, %n, %x) ({
  ^b(%i: index, %y: f32):
    "scf.yield"(%y) : (f32) -> ()
  }) : (index, index, index, f32) -> f64
  func.return %a : f64
}

// -----

func.func @f(%c: i1, %x: f32) -> f32 {
  // expected-error@+1 {{scf.if has results, so it needs an else branch}}
  %a = "scf.if"(%c) ({
    "scf.yield"(%x) : (f32) -> ()
  }, {}) : (i1) -> f32
  func.return %a : f32
}

// -----

func.func @f(%x: f32) -> f64 {
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    // expected-error@+1 {{its condition passes on (f32), and the scf.while gives (f64)}}
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f64):
    "scf.yield"(%x) : (f32) -> ()
  }) : (f32) -> f64
  func.return %a : f64
}

// -----

func.func @f(%x: f32) -> f32 {
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f32):
    %c = arith.constant true
    // expected-error@+1 {{its body yields (i1), and the scf.while takes (f32)}}
    "scf.yield"(%c) : (i1) -> ()
  }) : (f32) -> f32
  func.return %a : f32
}

// -----

func.func @f(%c: i32) {
  // expected-error@+1 {{cf.switch gives block #1 (i32), and that takes ()}}
  cf.switch %c : i32, [
    default: ^a,
    3: ^b(%c : i32)
  ]
^a:
  func.return
^b:
  func.return
}

// -----

func.func @same_width(%x: bf16) -> f16 {
  // expected-error@+1 {{arith.extf gives f16, which is not wider than bf16}}
  %a = arith.extf %x : bf16 to f16
  func.return %a : f16
}
