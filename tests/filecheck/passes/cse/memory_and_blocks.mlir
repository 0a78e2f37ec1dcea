// RUN: letgrad-opt %s -p cse | filecheck %s
// RUN: letgrad-opt %s -pass-pipeline='builtin.module(func.func(cse))' | filecheck %s

// CHECK-LABEL: func.func @reads
// CHECK-NEXT:    %[[a:.*]] = memref.load
// CHECK-NEXT:    %[[b:.*]] = memref.load %m[%j]
// CHECK-NEXT:    return %[[a]], %[[b]], %[[a]]
func.func @reads(%m: memref<4xf32>, %i: index, %j: index) -> (f32, f32, f32) {
  %0 = memref.load %m[%i] : memref<4xf32>
  %1 = memref.load %m[%j] : memref<4xf32>
  %2 = memref.load %m[%i] : memref<4xf32>
  return %0, %1, %2 : f32, f32, f32
}

// CHECK-LABEL: func.func @reads_around_a_write_stay
// CHECK-NEXT:    memref.load
// CHECK-NEXT:    memref.store
// CHECK-NEXT:    memref.load
func.func @reads_around_a_write_stay(%m: memref<4xf32>, %n: memref<4xf32>, %i: index, %v: f32) -> (f32, f32) {
  %0 = memref.load %m[%i] : memref<4xf32>
  memref.store %v, %n[%i] : memref<4xf32>
  %1 = memref.load %m[%i] : memref<4xf32>
  return %0, %1 : f32, f32
}

// CHECK-LABEL: func.func @reads_around_a_call_stay
// CHECK-NEXT:    memref.load
// CHECK-NEXT:    call
// CHECK-NEXT:    memref.load
func.func @reads_around_a_call_stay(%m: memref<4xf32>, %i: index) -> (f32, f32) {
  %0 = memref.load %m[%i] : memref<4xf32>
  call @outside() : () -> ()
  %1 = memref.load %m[%i] : memref<4xf32>
  return %0, %1 : f32, f32
}
func.func private @outside()

// CHECK-LABEL: func.func @reads_around_a_write_in_a_branch_stay
// CHECK-NEXT:    memref.load
// CHECK:         memref.store
// CHECK:         memref.load
func.func @reads_around_a_write_in_a_branch_stay(%m: memref<4xf32>, %c: i1, %i: index, %v: f32) -> (f32, f32) {
  %0 = memref.load %m[%i] : memref<4xf32>
  scf.if %c {
    memref.store %v, %m[%i] : memref<4xf32>
  }
  %1 = memref.load %m[%i] : memref<4xf32>
  return %0, %1 : f32, f32
}

// CHECK-LABEL: func.func @read_in_a_loop_stays
// CHECK:         memref.load
// CHECK:         scf.for
// CHECK:           memref.load
func.func @read_in_a_loop_stays(%m: memref<4xf32>, %i: index, %n: index, %v: f32) -> f32 {
  %c1 = arith.constant 1 : index
  %0 = memref.load %m[%i] : memref<4xf32>
  scf.for %k = %i to %n step %c1 {
    %1 = memref.load %m[%i] : memref<4xf32>
    %2 = arith.addf %1, %v : f32
    memref.store %2, %m[%i] : memref<4xf32>
  }
  return %0 : f32
}

// CHECK-LABEL: func.func @dominating_block
// CHECK-NEXT:    %[[s:.*]] = math.sin %x
// CHECK-NEXT:    cf.cond_br
// CHECK-NEXT:  ^{{.*}}:
// CHECK-NEXT:    cf.br ^{{.*}}(%[[s]] : f64)
// CHECK-NEXT:  ^{{.*}}(%y: f64):
// CHECK-NEXT:    arith.addf %y, %[[s]]
func.func @dominating_block(%x: f64, %c: i1) -> f64 {
  %s = math.sin %x : f64
  cf.cond_br %c, ^bb1, ^bb2(%s : f64)
^bb1:
  %t = math.sin %x : f64
  cf.br ^bb2(%t : f64)
^bb2(%y: f64):
  %u = math.sin %x : f64
  %r = arith.addf %y, %u : f64
  return %r : f64
}

// CHECK-LABEL: func.func @block_beside_stays
// CHECK:       ^bb1:
// CHECK-NEXT:    math.sin
// CHECK:       ^bb2(%y: f64):
// CHECK-NEXT:    math.sin
func.func @block_beside_stays(%x: f64, %c: i1) -> f64 {
  cf.cond_br %c, ^bb1, ^bb2(%x : f64)
^bb1:
  %t = math.sin %x : f64
  cf.br ^bb2(%t : f64)
^bb2(%y: f64):
  %u = math.sin %x : f64
  %r = arith.addf %y, %u : f64
  return %r : f64
}

// The first sine is dead, but for the second one, which is equal.
// CHECK-LABEL: func.func @dead_before_an_equal_op
// CHECK-NEXT:    %[[s:.*]] = math.sin %x
// CHECK-NEXT:    cf.br
// CHECK-NEXT:  ^bb1:
// CHECK-NEXT:    return %[[s]]
func.func @dead_before_an_equal_op(%x: f64) -> f64 {
  %s = math.sin %x : f64
  cf.br ^bb1
^bb1:
  %t = math.sin %x : f64
  return %t : f64
}
