// RUN: letgrad-opt %s -pass-pipeline="builtin.module(func.func(sccp))" | filecheck %s
// RUN: letgrad-opt %s -sccp | filecheck %s --check-prefixes=CHECK,CALLS

// CHECK-LABEL: func.func @known_choice(
// CHECK-NEXT:    %[[c:.*]] = arith.constant 1 : i32
// CHECK-NEXT:    return %[[c]]
func.func @known_choice(%x: i32) -> i32 {
  %true = arith.constant true
  %r = scf.if %true -> (i32) {
    %1 = arith.constant 1 : i32
    scf.yield %1 : i32
  } else {
    scf.yield %x : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @both_same(
// CHECK-NEXT:    %[[c:.*]] = arith.constant 1 : i32
// CHECK-NEXT:    return %[[c]]
func.func @both_same(%c: i1) -> i32 {
  %r = scf.if %c -> (i32) {
    %1 = arith.constant 1 : i32
    scf.yield %1 : i32
  } else {
    %2 = arith.constant 1 : i32
    scf.yield %2 : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @different_constants_stay(
// CHECK:         %[[r:.*]] = scf.if
// CHECK:         return %[[r]]
func.func @different_constants_stay(%c: i1) -> i32 {
  %r = scf.if %c -> (i32) {
    %1 = arith.constant 1 : i32
    scf.yield %1 : i32
  } else {
    %2 = arith.constant 2 : i32
    scf.yield %2 : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @loop(
// CHECK-NEXT:    %[[c:.*]] = arith.constant 0 : i32
// CHECK-NEXT:    return %[[c]]
func.func @loop(%a: index, %b: index, %d: index) -> i32 {
  %0 = arith.constant 0 : i32
  %r = scf.for %i = %a to %b step %d iter_args(%s = %0) -> (i32) {
    %n = arith.addi %s, %s : i32
    scf.yield %n : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @loop_that_doubles_stays(
// CHECK:         %[[r:.*]] = scf.for
// CHECK:         return %[[r]]
func.func @loop_that_doubles_stays(%a: index, %b: index, %d: index) -> i32 {
  %1 = arith.constant 1 : i32
  %r = scf.for %i = %a to %b step %d iter_args(%s = %1) -> (i32) {
    %n = arith.addi %s, %s : i32
    scf.yield %n : i32
  }
  return %r : i32
}

// The way to the other branch only opens if the value varies, and it does not.
// CHECK-LABEL: func.func @choice_in_a_loop(
// CHECK-NEXT:    %[[c:.*]] = arith.constant 1 : i32
// CHECK-NEXT:    return %[[c]]
func.func @choice_in_a_loop(%a: index, %b: index, %d: index) -> i32 {
  %1 = arith.constant 1 : i32
  %r = scf.for %i = %a to %b step %d iter_args(%s = %1) -> (i32) {
    %20 = arith.constant 20 : i32
    %c = arith.cmpi ult, %s, %20 : i32
    %n = scf.if %c -> (i32) {
      %one = arith.constant 1 : i32
      scf.yield %one : i32
    } else {
      %m = arith.addi %s, %1 : i32
      scf.yield %m : i32
    }
    scf.yield %n : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @while(
// CHECK-DAG:     %[[true:.*]] = arith.constant true
// CHECK-DAG:     %[[c0:.*]] = arith.constant 0
// CHECK-DAG:     %[[c1:.*]] = arith.constant 1
// CHECK:         scf.condition(%[[true]]) %[[c1]]
// CHECK:         scf.yield %[[c0]], %[[c1]]
func.func @while() -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.while (%x = %c0, %y = %c1) : (index, index) -> index {
    %c = arith.cmpi slt, %x, %c1 : index
    scf.condition(%c) %y : index
  } do {
  ^bb0(%x: index):
    %y = arith.muli %x, %c1 : index
    scf.yield %c0, %y : index, index
  }
  return %r : index
}

// CHECK-LABEL: func.func @while_that_makes_no_turn(
// CHECK-NEXT:    %[[c0:.*]] = arith.constant 0
// CHECK-NEXT:    return %[[c0]]
func.func @while_that_makes_no_turn(%a: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = arith.muli %a, %c0 : index
  %r = scf.while (%x = %0) : (index) -> index {
    %c = arith.cmpi slt, %x, %c0 : index
    scf.condition(%c) %x : index
  } do {
  ^bb0(%x: index):
    %y = arith.addi %x, %c1 : index
    scf.yield %y : index
  }
  return %r : index
}

// CHECK-LABEL: func.func @blocks(
// CHECK:         %[[c:.*]] = arith.constant 1 : i32
// CHECK:         return %[[c]]
func.func @blocks(%x: i32) -> i32 {
  %true = arith.constant true
  cf.cond_br %true, ^bb1, ^bb2(%x : i32)
^bb1:
  %1 = arith.constant 1 : i32
  cf.br ^bb2(%1 : i32)
^bb2(%r: i32):
  return %r : i32
}

// CHECK-LABEL: func.func @switch_of_blocks(
// CHECK:         %[[c:.*]] = arith.constant 7 : i32
// CHECK:         return %[[c]]
func.func @switch_of_blocks(%x: i32) -> i32 {
  %3 = arith.constant 3 : i32
  %7 = arith.constant 7 : i32
  cf.switch %3 : i32, [
    default: ^end(%x : i32),
    3: ^end(%7 : i32)
  ]
^end(%r: i32):
  return %r : i32
}

// CHECK-LABEL: func.func @switch(
// CHECK-NEXT:    %[[c:.*]] = arith.constant 7 : i32
// CHECK-NEXT:    return %[[c]]
func.func @switch(%x: i32) -> i32 {
  %3 = arith.constant 3 : index
  %r = scf.index_switch %3 -> i32
  case 3 {
    %7 = arith.constant 7 : i32
    scf.yield %7 : i32
  }
  default {
    scf.yield %x : i32
  }
  return %r : i32
}

func.func private @identity(%x: i32) -> i32 {
  return %x : i32
}

// A nest of func.func does not see the callers of @identity.
// CHECK-LABEL: func.func @call(
// CALLS:         %[[c:.*]] = arith.constant 1 : i32
// CALLS:         return %[[c]]
func.func @call() -> i32 {
  %1 = arith.constant 1 : i32
  %r = call @identity(%1) : (i32) -> i32
  return %r : i32
}

func.func private @two_callers(%x: i32) -> i32 {
  return %x : i32
}

// CHECK-LABEL: func.func @calls_with_different_arguments_stay(
// CHECK:         %[[a:.*]] = func.call @two_callers
// CHECK:         return %[[a]]
func.func @calls_with_different_arguments_stay() -> (i32, i32) {
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %a = call @two_callers(%1) : (i32) -> i32
  %b = call @two_callers(%2) : (i32) -> i32
  return %a, %b : i32, i32
}

func.func @public(%x: i32) -> i32 {
  return %x : i32
}

// CHECK-LABEL: func.func @call_of_a_public_function_stays(
// CHECK:         %[[r:.*]] = func.call @public
// CHECK:         return %[[r]]
func.func @call_of_a_public_function_stays() -> i32 {
  %1 = arith.constant 1 : i32
  %r = call @public(%1) : (i32) -> i32
  return %r : i32
}

// NaN is a constant as any other, and -0.0 is not 0.0.
// CHECK-LABEL: func.func @signed_zeros_stay(
// CHECK:         %[[r:.*]] = scf.if
// CHECK:         return %[[r]]
func.func @signed_zeros_stay(%c: i1) -> f64 {
  %r = scf.if %c -> (f64) {
    %1 = arith.constant 0.0 : f64
    scf.yield %1 : f64
  } else {
    %2 = arith.constant -0.0 : f64
    scf.yield %2 : f64
  }
  return %r : f64
}

// The loop carries a constant, also if it runs no turn.
// CHECK-LABEL: func.func @affine_loop_of_a_constant(
// CHECK:         %[[c:.*]] = arith.constant 2 : i32
// CHECK:         return %[[c]]
func.func @affine_loop_of_a_constant(%n: index) -> i32 {
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %r = affine.for %i = 0 to %n iter_args(%s = %2) -> (i32) {
    %t = arith.muli %s, %1 : i32
    affine.yield %t : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @affine_loop_of_a_sum_stays(
// CHECK:         %[[r:.*]] = affine.for
// CHECK:         return %[[r]]
func.func @affine_loop_of_a_sum_stays(%n: index) -> i32 {
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %r = affine.for %i = 0 to %n iter_args(%s = %2) -> (i32) {
    %t = arith.addi %s, %1 : i32
    affine.yield %t : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @affine_if_of_constants(
// CHECK:         %[[c:.*]] = arith.constant 5 : i32
// CHECK:         return %[[c]]
func.func @affine_if_of_constants() -> i32 {
  %c3 = arith.constant 3 : index
  %r = affine.if affine_set<(i)[n] : (-i + n - 1 >= 0, i mod 2 - 1 == 0)>(%c3)[%c3] -> i32 {
    %4 = arith.constant 4 : i32
    affine.yield %4 : i32
  } else {
    %5 = arith.constant 5 : i32
    affine.yield %5 : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @affine_if_of_two_constants_stays(
// CHECK:         %[[r:.*]] = affine.if
// CHECK:         return %[[r]]
func.func @affine_if_of_two_constants_stays(%i: index) -> i32 {
  %r = affine.if affine_set<(i) : (i >= 0)>(%i) -> i32 {
    %4 = arith.constant 4 : i32
    affine.yield %4 : i32
  } else {
    %5 = arith.constant 5 : i32
    affine.yield %5 : i32
  }
  return %r : i32
}

// CHECK-LABEL: func.func @affine_if_of_one_constant(
// CHECK:         %[[c:.*]] = arith.constant 4 : i32
// CHECK:         return %[[c]]
func.func @affine_if_of_one_constant(%i: index) -> i32 {
  %4 = arith.constant 4 : i32
  %r = affine.if affine_set<(i) : (i >= 0)>(%i) -> i32 {
    affine.yield %4 : i32
  } else {
    affine.yield %4 : i32
  }
  return %r : i32
}
