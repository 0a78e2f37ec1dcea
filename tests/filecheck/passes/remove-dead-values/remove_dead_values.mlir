// RUN: letgrad-opt %s --remove-dead-values | filecheck %s

// CHECK-LABEL: func.func private @callee(%a: f64) -> f64 {
// CHECK-NEXT:    %[[x:.*]] = math.sin %a
// CHECK-NEXT:    return %[[x]]
func.func private @callee(%a: f64, %b: f32) -> (f64, f32) {
  %x = math.sin %a : f64
  %y = math.cos %b : f32
  return %x, %y : f64, f32
}

// CHECK-LABEL: func.func @caller(
// CHECK-NEXT:    %[[r:.*]] = func.call @callee(%a) : (f64) -> f64
// CHECK-NEXT:    return %[[r]]
func.func @caller(%a: f64, %b: f32) -> f64 {
  %r:2 = call @callee(%a, %b) : (f64, f32) -> (f64, f32)
  return %r#0 : f64
}

// Another caller needs the second result, and this one calls for the effect.
// CHECK-LABEL: func.func private @effect(%m: memref<f64>, %b: f32) -> f32 {
func.func private @effect(%m: memref<f64>, %b: f32, %c: f64) -> (f64, f32) {
  %z = arith.constant 0.0 : f64
  memref.store %z, %m[] : memref<f64>
  return %c, %b : f64, f32
}

// CHECK-LABEL: func.func @effects_stay(
// CHECK-NEXT:    func.call @effect(%m, %b) : (memref<f64>, f32) -> f32
// CHECK-NEXT:    %[[r:.*]] = func.call @effect(%m, %b) : (memref<f64>, f32) -> f32
// CHECK-NEXT:    return %[[r]]
func.func @effects_stay(%m: memref<f64>, %b: f32, %c: f64) -> f32 {
  %p:2 = call @effect(%m, %b, %c) : (memref<f64>, f32, f64) -> (f64, f32)
  %q:2 = call @effect(%m, %b, %c) : (memref<f64>, f32, f64) -> (f64, f32)
  return %q#1 : f32
}

// CHECK-LABEL: func.func @public_stays(%a: f64, %b: f64) -> f64
func.func @public_stays(%a: f64, %b: f64) -> f64 {
  return %a : f64
}

// An op names the function: its type must stay.
// CHECK-LABEL: func.func private @named_stays(%a: f64, %b: f64) -> f64
func.func private @named_stays(%a: f64, %b: f64) -> f64 {
  return %a : f64
}
func.func @names() attributes {uses = @named_stays} {
  %0 = arith.constant 0.0 : f64
  %r = call @named_stays(%0, %0) : (f64, f64) -> f64
  return
}

// %x only computes itself. %y stays for %z, and %z stays for the store.
// CHECK-LABEL: func.func @loop(
// CHECK:         scf.for %i = %c0 to %n step %c1 iter_args(%y = %a, %z = %a) -> (f64, f64) {
// CHECK-NOT:       math.sin
// CHECK:           memref.store %z
// CHECK:           scf.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @loop(%n: index, %a: f64, %m: memref<1xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %a, %z = %a) -> (f64, f64, f64) {
    %x1 = math.sin %x : f64
    %y1 = math.cos %y : f64
    %z1 = arith.addf %z, %y : f64
    memref.store %z, %m[%c0] : memref<1xf64>
    scf.yield %x1, %y1, %z1 : f64, f64, f64
  }
  return
}

// CHECK-LABEL: func.func @choice(
// CHECK-NEXT:    %[[r:.*]] = scf.if %c -> (f64) {
// CHECK-NEXT:      scf.yield %a : f64
// CHECK:           scf.yield %{{.*}} : f64
// CHECK:         return %[[r]]
func.func @choice(%c: i1, %a: f64) -> f64 {
  %d = math.exp %a : f64
  %q:2 = scf.if %c -> (f64, f64) {
    %s = math.sin %d : f64
    scf.yield %a, %s : f64, f64
  } else {
    %s = math.sin %a : f64
    scf.yield %s, %s : f64, f64
  }
  return %q#0 : f64
}

// CHECK-LABEL: func.func @unused(
// CHECK-NEXT:    return
func.func @unused(%c: i1, %n: index, %a: f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.if %c -> (f64) {
    %s = math.sin %a : f64
    scf.yield %s : f64
  } else {
    scf.yield %a : f64
  }
  %t = scf.for %i = %c0 to %n step %c1 iter_args(%x = %r) -> (f64) {
    %x1 = math.sin %x : f64
    scf.yield %x1 : f64
  }
  return
}

// CHECK-LABEL: func.func @blocks_stay(
// CHECK:         cf.br ^{{.*}}(%a : f64)
func.func @blocks_stay(%a: f64) -> f64 {
  cf.br ^bb1(%a : f64)
^bb1(%x: f64):
  return %x : f64
}
