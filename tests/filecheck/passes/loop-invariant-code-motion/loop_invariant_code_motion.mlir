// RUN: letgrad-opt %s --loop-invariant-code-motion | filecheck %s
// RUN: letgrad-opt %s -pass-pipeline='builtin.module(func.func(loop-invariant-code-motion))' | filecheck %s

// CHECK-LABEL: func.func @two_loops
// CHECK:         %[[s:.*]] = math.sin %a
// CHECK-NEXT:    arith.mulf %[[s]], %[[s]]
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        memref.store
func.func @two_loops(%n: index, %a: f64, %m: memref<8xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %n step %c1 {
      %s = math.sin %a : f64
      %p = arith.mulf %s, %s : f64
      memref.store %p, %m[%j] : memref<8xf64>
    }
  }
  return
}

// CHECK-LABEL: func.func @what_the_loop_changes_stays
// CHECK:         scf.for
// CHECK-NEXT:      math.sin
func.func @what_the_loop_changes_stays(%n: index, %a: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a) -> (f64) {
    %s = math.sin %x : f64
    scf.yield %s : f64
  }
  return %r : f64
}

// CHECK-LABEL: func.func @effects_and_reads_stay
// CHECK:         scf.for
// CHECK-NEXT:      memref.load
// CHECK-NEXT:      memref.store
// CHECK-NEXT:      func.call
func.func @effects_and_reads_stay(%n: index, %m: memref<8xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.load %m[%c0] : memref<8xf64>
    memref.store %x, %m[%c1] : memref<8xf64>
    func.call @outside() : () -> ()
  }
  return
}
func.func private @outside()

// Another tool takes a division by zero for undefined, and the loop may make no turn.
// CHECK-LABEL: func.func @divisions
// CHECK:         arith.divsi %a, %c7
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      arith.divsi %a, %b
// CHECK-NEXT:      arith.remui %a, %b
// CHECK-NEXT:      arith.divsi %a, %m1
func.func @divisions(%n: index, %a: i32, %b: i32, %m: memref<8xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : i32
  %m1 = arith.constant -1 : i32
  scf.for %i = %c0 to %n step %c1 {
    %p = arith.divsi %a, %b : i32
    %q = arith.divsi %a, %c7 : i32
    %r = arith.remui %a, %b : i32
    %t = arith.divsi %a, %m1 : i32
    memref.store %p, %m[%c0] : memref<8xi32>
    memref.store %q, %m[%c0] : memref<8xi32>
    memref.store %r, %m[%c0] : memref<8xi32>
    memref.store %t, %m[%c0] : memref<8xi32>
  }
  return
}

// CHECK-LABEL: func.func @choice
// CHECK:         scf.if %c
// CHECK:         scf.for
// CHECK-NEXT:      memref.store
func.func @choice(%n: index, %c: i1, %a: f64, %m: memref<8xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %r = scf.if %c -> (f64) {
      %s = math.sin %a : f64
      scf.yield %s : f64
    } else {
      scf.yield %a : f64
    }
    memref.store %r, %m[%i] : memref<8xf64>
  }
  return
}

// CHECK-LABEL: func.func @choice_that_reads_the_turn_stays
// CHECK:         scf.for
// CHECK-NEXT:      scf.if
func.func @choice_that_reads_the_turn_stays(%n: index, %c: i1, %m: memref<8xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %r = scf.if %c -> (index) {
      %s = arith.addi %i, %c1 : index
      scf.yield %s : index
    } else {
      scf.yield %c0 : index
    }
    memref.store %r, %m[%i] : memref<8xindex>
  }
  return
}

// The inner loop may never end, and the outer one may make no turn.
// CHECK-LABEL: func.func @while
// CHECK:         arith.cmpi
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      scf.while
func.func @while(%n: index, %k: index, %m: memref<8xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %r = scf.while (%x = %k) : (index) -> index {
      %c = arith.cmpi slt, %k, %n : index
      scf.condition(%c) %x : index
    } do {
    ^bb0(%x: index):
      %y = arith.addi %x, %c1 : index
      scf.yield %y : index
    }
    memref.store %r, %m[%i] : memref<8xindex>
  }
  return
}

// CHECK-LABEL: func.func @scan
// CHECK-NEXT:    %[[s:.*]] = math.sin %a
// CHECK:         ten.scan
// CHECK-NOT:       math.sin
// CHECK:         return
func.func @scan(%a: f64, %x: f64) -> f64 {
  %r = ten.scan [5] (%c = %x : f64) -> (f64) {
    %s = math.sin %a : f64
    %n = arith.mulf %c, %s : f64
    ten.yield %n : f64
  }
  return %r : f64
}

// A step of another size may be zero.
// CHECK-LABEL: func.func @inner_loop
// CHECK:         scf.for {{.*}} to %n step %c1
// CHECK-NEXT:      math.sin
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      scf.for {{.*}} step %k
func.func @inner_loop(%n: index, %k: index, %a: f64, %m: memref<8xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %r = scf.for %j = %c0 to %n step %c1 iter_args(%x = %a) -> (f64) {
      %y = math.sin %x : f64
      scf.yield %y : f64
    }
    %q = scf.for %j = %c0 to %n step %k iter_args(%x = %a) -> (f64) {
      %y = math.sin %x : f64
      scf.yield %y : f64
    }
    memref.store %r, %m[%i] : memref<8xf64>
    memref.store %q, %m[%i] : memref<8xf64>
  }
  return
}
