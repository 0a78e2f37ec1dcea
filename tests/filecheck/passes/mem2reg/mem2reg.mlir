// RUN: letgrad-opt %s --mem2reg | filecheck %s

// CHECK-LABEL: func.func @stores_and_loads
// CHECK-NEXT:    %[[y:.*]] = arith.addf %a, %a
// CHECK-NEXT:    return %a, %[[y]]
func.func @stores_and_loads(%a: f32) -> (f32, f32) {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  %x = memref.load %m[] : memref<f32>
  %y = arith.addf %x, %x : f32
  memref.store %y, %m[] : memref<f32>
  %z = memref.load %m[] : memref<f32>
  return %x, %z : f32, f32
}

// CHECK-LABEL: func.func @load_before_a_store_stays
// CHECK:         memref.load
func.func @load_before_a_store_stays(%a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  %x = memref.load %m[] : memref<f32>
  memref.store %a, %m[] : memref<f32>
  return %x : f32
}

// CHECK-LABEL: func.func @store_in_a_branch_stays
// CHECK:         memref.load
func.func @store_in_a_branch_stays(%c: i1, %a: f32, %b: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  scf.if %c {
    memref.store %b, %m[] : memref<f32>
  }
  %x = memref.load %m[] : memref<f32>
  return %x : f32
}

// CHECK-LABEL: func.func @two_elements_stay
// CHECK:         memref.load
func.func @two_elements_stay(%a: f32, %i: index, %j: index) -> f32 {
  %m = memref.alloca() : memref<2xf32>
  memref.store %a, %m[%i] : memref<2xf32>
  %x = memref.load %m[%j] : memref<2xf32>
  return %x : f32
}

// CHECK-LABEL: func.func @passed_on_stays
// CHECK:         memref.load
func.func @passed_on_stays(%a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  call @outside(%m) : (memref<f32>) -> ()
  %x = memref.load %m[] : memref<f32>
  return %x : f32
}
func.func private @outside(memref<f32>)

// A loop of blocks carries the element as an argument; the block behind the loop reads it.
// CHECK-LABEL: func.func @loop_of_blocks
// CHECK-NOT:     memref
// CHECK:         cf.br ^[[head:.*]](%n, %a : i32, f32)
// CHECK:       ^[[head]](%[[i:.*]]: i32, %[[m:.*]]: f32):
// CHECK:         cf.cond_br %{{.*}}, ^{{[^(]*}}, ^
// CHECK:         %[[y:.*]] = arith.mulf %[[m]], %[[m]]
// CHECK:         cf.br ^[[head]](%{{.*}}, %[[y]] : i32, f32)
// CHECK:         return %[[m]]
func.func @loop_of_blocks(%a: f32, %n: i32) -> f32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  cf.br ^head(%n : i32)
^head(%i: i32):
  %go = arith.cmpi sgt, %i, %zero : i32
  cf.cond_br %go, ^body, ^end
^body:
  %x = memref.load %m[] : memref<f32>
  %y = arith.mulf %x, %x : f32
  memref.store %y, %m[] : memref<f32>
  %j = arith.subi %i, %one : i32
  cf.br ^head(%j : i32)
^end:
  %r = memref.load %m[] : memref<f32>
  return %r : f32
}

// CHECK-LABEL: func.func @switch_of_blocks
// CHECK-NOT:     memref
// CHECK:         default: ^[[end:[^(]*]](%a : f32)
// CHECK:         cf.br ^[[end]](%b : f32)
// CHECK:       ^[[end]](%[[m:.*]]: f32):
// CHECK-NEXT:    return %[[m]]
func.func @switch_of_blocks(%k: i32, %a: f32, %b: f32) -> f32 {
  %m = memref.alloca() : memref<1xf32>
  %c0 = arith.constant 0 : index
  memref.store %a, %m[%c0] : memref<1xf32>
  cf.switch %k : i32, [
    default: ^end,
    7: ^other
  ]
^other:
  memref.store %b, %m[%c0] : memref<1xf32>
  cf.br ^end
^end:
  %r = memref.load %m[%c0] : memref<1xf32>
  return %r : f32
}

// Both ways give the same element, so the block takes no argument.
// CHECK-LABEL: func.func @one_value_on_both_ways
// CHECK:       ^{{[^(]*}}:
// CHECK:       ^{{[^(]*}}:
// CHECK:       ^{{[^(]*}}:
// CHECK-NEXT:    return %a
func.func @one_value_on_both_ways(%c: i1, %a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  cf.cond_br %c, ^left, ^right
^left:
  cf.br ^end
^right:
  cf.br ^end
^end:
  %r = memref.load %m[] : memref<f32>
  return %r : f32
}

// On one way nothing is written.
// CHECK-LABEL: func.func @store_on_one_way_stays
// CHECK:         memref.load
func.func @store_on_one_way_stays(%c: i1, %a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  cf.cond_br %c, ^left, ^end
^left:
  memref.store %a, %m[] : memref<f32>
  cf.br ^end
^end:
  %r = memref.load %m[] : memref<f32>
  return %r : f32
}

// The memory of each turn is new, so the load of the next turn does not read the store of this one.
// CHECK-LABEL: func.func @memory_of_a_turn_stays
// CHECK:         memref.load
func.func @memory_of_a_turn_stays(%c: i1, %a: f32) -> f32 {
  cf.br ^turn
^turn:
  %m = memref.alloca() : memref<f32>
  %r = memref.load %m[] : memref<f32>
  memref.store %a, %m[] : memref<f32>
  cf.cond_br %c, ^turn, ^end
^end:
  return %r : f32
}

// A block that nothing reaches reads memory that nothing wrote.
// CHECK-LABEL: func.func @block_that_nothing_reaches_stays
// CHECK:         memref.load
func.func @block_that_nothing_reaches_stays(%a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  return %a : f32
^lost:
  %r = memref.load %m[] : memref<f32>
  return %r : f32
}

// The block that stores stands in front of the block whose load it stores.
// CHECK-LABEL: func.func @store_of_a_load_further_down
// CHECK-NOT:     memref
// CHECK:         return %a
func.func @store_of_a_load_further_down(%c: i1, %a: f32) -> f32 {
  %m = memref.alloca() : memref<f32>
  memref.store %a, %m[] : memref<f32>
  cf.br ^first
^second:
  memref.store %x, %m[] : memref<f32>
  cf.cond_br %c, ^first, ^end
^first:
  %x = memref.load %m[] : memref<f32>
  cf.br ^second
^end:
  %r = memref.load %m[] : memref<f32>
  return %r : f32
}
