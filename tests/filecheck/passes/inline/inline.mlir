// RUN: letgrad-opt %s -inline='default-pipeline=''' | filecheck %s
// RUN: letgrad-opt %s -p 'inline{default-pipeline=""}' --mlir-print-debuginfo | filecheck %s --check-prefix=LOC
// RUN: letgrad-opt %s -inline | filecheck %s --check-prefix=SIMPLE
// RUN: letgrad-opt %s -inline='op-pipelines=func.func(canonicalize,cse)' | filecheck %s --check-prefix=SIMPLE
// RUN: not letgrad-opt %s -inline=default-pipeline=licm 2>&1 | filecheck %s --check-prefix=OTHER
// RUN: letgrad-opt %s -inline="default-pipeline= inlining-threshold=1" | filecheck %s --check-prefix=SHORT

// OTHER: error: inline can simplify functions by canonicalize and cse, and not by 'licm'

// CHECK-NOT:   @private
// SHORT-LABEL: func.func private @private
func.func private @private(%a: f64, %b: f64) -> (f64, f64) {
  %s = arith.subf %a, %b : f64
  %z = arith.constant 0.5 : f64
  func.return %s, %z : f64, f64
}

// CHECK-LABEL: func.func @call
// CHECK-NEXT:    %[[s:.*]] = arith.subf %y, %x
// CHECK-NEXT:    %[[z:.*]] = arith.constant 5.0
// CHECK-NEXT:    %[[r:.*]] = arith.mulf %[[s]], %[[z]]
// CHECK-NEXT:    return %[[r]]
// LOC:           arith.subf {{.*}} loc(callsite("{{.*}}inline.mlir":13:8 at "{{.*}}inline.mlir":[[# @LINE + 4]]:10))
// SHORT-LABEL: func.func @call
// SHORT:         call @private
func.func @call(%x: f64, %y: f64) -> f64 {
  %p:2 = call @private(%y, %x) : (f64, f64) -> (f64, f64)
  %r = arith.mulf %p#0, %p#1 : f64
  func.return %r : f64
}

func.func @blocks(%c: i1) -> i32 {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %0 = arith.constant 0 : i32
  return %0 : i32
^bb2:
  %55 = arith.constant 55 : i32
  return %55 : i32
}

// CHECK-LABEL: func.func @call_of_blocks
// CHECK-NEXT:    cf.cond_br %c, ^[[a:.*]], ^[[b:.*]]
// CHECK-NEXT:  ^[[a]]:
// CHECK-NEXT:    %[[x:.*]] = arith.constant 0
// CHECK-NEXT:    cf.br ^[[end:.*]](%[[x]] : i32)
// CHECK-NEXT:  ^[[b]]:
// CHECK-NEXT:    %[[y:.*]] = arith.constant 55
// CHECK-NEXT:    cf.br ^[[end]](%[[y]] : i32)
// CHECK-NEXT:  ^[[end]](%[[r:.*]]: i32):
// CHECK-NEXT:    return %[[r]]
func.func @call_of_blocks(%c: i1) -> i32 {
  %r = call @blocks(%c) : (i1) -> i32
  return %r : i32
}

// An scf.if has one block in each region.
// CHECK-LABEL: func.func @call_of_blocks_in_a_choice_stays
// CHECK:         func.call @blocks
func.func @call_of_blocks_in_a_choice_stays(%c: i1, %d: i32) -> i32 {
  %r = scf.if %c -> (i32) {
    %x = func.call @blocks(%c) : (i1) -> i32
    scf.yield %x : i32
  } else {
    scf.yield %d : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @call_of_itself_stays
// CHECK:         call @call_of_itself_stays
func.func @call_of_itself_stays(%x: f64) -> f64 {
  %r = call @call_of_itself_stays(%x) : (f64) -> f64
  return %r : f64
}

// CHECK-LABEL: func.func @even_stays
// CHECK:         call @odd_stays
func.func @even_stays(%x: f64) -> f64 {
  %r = call @odd_stays(%x) : (f64) -> f64
  return %r : f64
}

// CHECK-LABEL: func.func @odd_stays
// CHECK:         call @even_stays
func.func @odd_stays(%x: f64) -> f64 {
  %r = call @even_stays(%x) : (f64) -> f64
  return %r : f64
}

func.func private @marked(%x: f64) -> f64 attributes {no_inline} {
  return %x : f64
}
func.func private @outside(f64) -> f64

// CHECK-LABEL: func.func @calls_with_no_inline_and_of_declarations_stay
// CHECK-NEXT:    call @marked
// CHECK-NEXT:    call @outside
// CHECK-NEXT:    call @blocks
func.func @calls_with_no_inline_and_of_declarations_stay(%x: f64, %c: i1) -> (f64, f64, i32) {
  %a = call @marked(%x) : (f64) -> f64
  %b = call @outside(%x) : (f64) -> f64
  %d = call @blocks(%c) {no_inline} : (i1) -> i32
  return %a, %b, %d : f64, f64, i32
}

func.func private @one(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %r = arith.mulf %x, %one : f64
  return %r : f64
}

// CHECK-LABEL:  func.func @simplify
// CHECK:          arith.mulf
// SIMPLE-LABEL: func.func @simplify
// SIMPLE-NEXT:    return %x
func.func @simplify(%x: f64) -> f64 {
  %r = call @one(%x) : (f64) -> f64
  return %r : f64
}

func.func private @shared(%x: f64) -> (f64, f64) {
  %s = math.sin %x : f64
  %a = sharing.share %s {stamp = 0} : f64
  %t = math.sin %x : f64
  %b = sharing.share %t {stamp = 0} : f64
  return %a, %b : f64, f64
}

// On another argument, the same stamp would say that two values are one.
// CHECK-LABEL: func.func @stamps
// CHECK:         {stamp = [[A:[0-9]+]]}
// CHECK:         {stamp = [[A]]}
// CHECK-NOT:     {stamp = [[A]]}
// CHECK:         return
func.func @stamps(%x: f64, %y: f64) -> (f64, f64) {
  %a:2 = call @shared(%x) : (f64) -> (f64, f64)
  %b:2 = call @shared(%y) : (f64) -> (f64, f64)
  %r = arith.addf %a#0, %a#1 : f64
  %q = arith.addf %b#0, %b#1 : f64
  return %r, %q : f64, f64
}
