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
