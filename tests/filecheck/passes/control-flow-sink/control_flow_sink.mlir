// RUN: letgrad-opt %s --control-flow-sink | filecheck %s

// CHECK-LABEL: func.func @one_branch
// CHECK-NEXT:    scf.if
// CHECK-NEXT:      math.cos
// CHECK-NEXT:      math.sin
// CHECK-NEXT:      scf.yield
func.func @one_branch(%c: i1, %a: f64) -> f64 {
  %x = math.cos %a : f64
  %y = math.sin %x : f64
  %r = scf.if %c -> (f64) {
    scf.yield %y : f64
  } else {
    scf.yield %a : f64
  }
  return %r : f64
}

// CHECK-LABEL: func.func @both_branches_stays
// CHECK-NEXT:    math.sin
func.func @both_branches_stays(%c: i1, %a: f64) -> f64 {
  %x = math.sin %a : f64
  %r = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    %y = arith.negf %x : f64
    scf.yield %y : f64
  }
  return %r : f64
}

// CHECK-LABEL: func.func @used_behind_stays
// CHECK-NEXT:    math.sin
func.func @used_behind_stays(%c: i1, %a: f64) -> (f64, f64) {
  %x = math.sin %a : f64
  %r = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    scf.yield %a : f64
  }
  return %r, %x : f64, f64
}

// The store may change the memory first.
// CHECK-LABEL: func.func @read_stays
// CHECK:         memref.load
// CHECK-NEXT:    memref.store
func.func @read_stays(%c: i1, %a: f64, %m: memref<f64>) -> f64 {
  %x = memref.load %m[] : memref<f64>
  memref.store %a, %m[] : memref<f64>
  %r = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    scf.yield %a : f64
  }
  return %r : f64
}

// CHECK-LABEL: func.func @condition_stays
// CHECK-NEXT:    arith.cmpf
func.func @condition_stays(%a: f64) -> i1 {
  %c = arith.cmpf olt, %a, %a : f64
  %r = scf.if %c -> (i1) {
    scf.yield %c : i1
  } else {
    %false = arith.constant false
    scf.yield %false : i1
  }
  return %r : i1
}

// CHECK-LABEL: func.func @switch
// CHECK-NEXT:    scf.index_switch
// CHECK:         case 3
// CHECK-NEXT:      math.sin
func.func @switch(%i: index, %a: f64) -> f64 {
  %x = math.sin %a : f64
  %r = scf.index_switch %i -> f64
  case 3 {
    scf.yield %x : f64
  }
  default {
    scf.yield %a : f64
  }
  return %r : f64
}
