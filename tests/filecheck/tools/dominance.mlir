// RUN: letgrad-opt %s --verify-diagnostics --split-input-file | filecheck %s

// Plain xDSL takes all of these.

func.func @use_before_definition(%x : f64) {
  // expected-error@+1 {{operand #1 of arith.addf does not dominate its use}}
  %a = arith.addf %x, %b : f64
  // expected-note@+1 {{it is defined here}}
  %b = arith.addf %x, %x : f64
  func.return
}

// -----

func.func @use_of_itself(%x : f64) {
  // expected-error@+2 {{operand #0 of arith.addf does not dominate its use}}
  // expected-note@+1 {{it is defined here}}
  %a = arith.addf %a, %x : f64
  func.return
}

// -----

func.func @outside_of_the_function() -> f64 {
  // expected-error@+1 {{operand #0 of func.return is defined outside of func.func, which is isolated from above}}
  func.return %b : f64
}
// expected-note@+1 {{it is defined here}}
%b = arith.constant 1.0 : f64

// -----

// A name that is not known yet may be defined later: here in another function.
func.func @uses_it() -> f64 {
  // expected-error@+1 {{operand #0 of func.return does not dominate its use}}
  func.return %b : f64
}
func.func @defines_it() {
  // expected-note@+1 {{it is defined here}}
  %b = arith.constant 1.0 : f64
  func.return
}

// -----

func.func @sibling_region(%c : i1) -> f64 {
  %r = scf.if %c -> (f64) {
    // expected-error@+1 {{operand #0 of scf.yield does not dominate its use}}
    scf.yield %a : f64
  } else {
    // expected-note@+1 {{it is defined here}}
    %a = arith.constant 1.0 : f64
    scf.yield %a : f64
  }
  func.return %r : f64
}

// -----

// An op's results are there only after its regions.
func.func @result_in_own_region(%c : i1) -> f64 {
  // expected-note@+1 {{it is defined here}}
  %r = scf.if %c -> (f64) {
    // expected-error@+1 {{operand #0 of scf.yield does not dominate its use}}
    scf.yield %r : f64
  } else {
    %a = arith.constant 1.0 : f64
    scf.yield %a : f64
  }
  func.return %r : f64
}

// -----

func.func @one_branch_only(%c : i1) -> f64 {
  cf.cond_br %c, ^then, ^join
^then:
  // expected-note@+1 {{it is defined here}}
  %a = arith.constant 1.0 : f64
  cf.br ^join
^join:
  // expected-error@+1 {{operand #0 of func.return does not dominate its use}}
  func.return %a : f64
}

// -----

// On the second round %a is there, but not on the first.
func.func @loop_carried_without_argument(%c : i1) -> f64 {
  cf.br ^loop
^loop:
  // expected-error@+1 {{operand #0 of arith.addf does not dominate its use}}
  %b = arith.addf %a, %a : f64
  // expected-note@+1 {{it is defined here}}
  %a = arith.constant 1.0 : f64
  cf.cond_br %c, ^loop, ^end
^end:
  func.return %b : f64
}

// -----

// These programs are right, and stay.

// CHECK-LABEL: @dominated_through_blocks_and_regions
func.func @dominated_through_blocks_and_regions(%c : i1, %x : f64) -> f64 {
  %a = arith.addf %x, %x : f64
  cf.br ^loop(%a : f64)
^loop(%i : f64):
  %b = arith.addf %i, %a : f64
  cf.cond_br %c, ^left, ^right
^left:
  %s = scf.if %c -> (f64) {
    %inner = arith.addf %b, %i : f64
    scf.yield %inner : f64
  } else {
    scf.yield %a : f64
  }
  cf.br ^loop(%s : f64)
^right:
  cf.cond_br %c, ^far, ^end(%b : f64)
^far:
  cf.br ^end(%b : f64)
^end(%r : f64):
  %t = arith.addf %r, %b : f64
  func.return %t : f64
}

// As in MLIR: nothing is wrong where nothing runs.

// CHECK-LABEL: @unreachable
func.func @unreachable(%x : f64) -> f64 {
  func.return %x : f64
^never:
  %a = arith.addf %b, %x : f64
  cf.br ^nor_here
^nor_here:
  %b = arith.addf %a, %b : f64
  func.return %b : f64
}
