// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s --mlir-print-op-generic | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --mlir-print-op-generic | filecheck %s --check-prefix=GENERIC

// Flags that say for which operands an op has no value, and the rounding of a cast.
// CHECK-LABEL: func.func @flags
// GENERIC: "func.func"() <{sym_name = "flags"
func.func @flags(%a: i32, %d: f64, %h: f16, %x: index) {
  // CHECK-NEXT: arith.divsi %a, %a exact : i32
  // GENERIC: "arith.divsi"(%a, %a) <{isExact}>
  %0 = arith.divsi %a, %a exact : i32
  // CHECK-NEXT: arith.truncf %d downward fastmath<fast> : f64 to f32
  // GENERIC: "arith.truncf"(%d) <{{{.*}}roundingmode = 1 : i32
  %1 = arith.truncf %d downward fastmath<fast> : f64 to f32
  // CHECK-NEXT: arith.trunci %a overflow<nsw> : i32 to i8
  // GENERIC: "arith.trunci"(%a) <{overflowFlags = #arith.overflow<nsw>}>
  %2 = arith.trunci %a overflow<nsw> : i32 to i8
  // CHECK-NEXT: arith.extui %a nneg : i32 to i64
  // GENERIC: "arith.extui"(%a) <{nonNeg}>
  %3 = arith.extui %a nneg : i32 to i64
  // CHECK-NEXT: arith.extf %h fastmath<fast> : f16 to f64
  %4 = arith.extf %h fastmath<fast> : f16 to f64
  // CHECK-NEXT: arith.index_castui %x nneg : index to i32
  %5 = arith.index_castui %x nneg : index to i32
  // CHECK-NEXT: arith.shrui %a, %a : i32
  %6 = arith.shrui %a, %a : i32
  func.return
}

// The numbers of the kinds are those of MLIR of 2026.
// CHECK-LABEL: func.func @kinds
func.func @kinds(%m: memref<4xf64>, %x: f64, %k: memref<4xi32>, %n: i32, %i: index) {
  // CHECK-NEXT: memref.atomic_rmw maximumf %x, %m[%i]
  // GENERIC: "memref.atomic_rmw"(%x, %m, %i) <{kind = 4 : i64}>
  %0 = memref.atomic_rmw maximumf %x, %m[%i] : (f64, memref<4xf64>) -> f64
  // CHECK-NEXT: memref.atomic_rmw andi %n, %k[%i]
  // GENERIC: "memref.atomic_rmw"(%n, %k, %i) <{kind = 2 : i64}>
  %1 = memref.atomic_rmw andi %n, %k[%i] : (i32, memref<4xi32>) -> i32
  // CHECK-NEXT: memref.generic_atomic_rmw %m[%i] : memref<4xf64> {
  // CHECK-NEXT: ^{{.*}}([[OLD:%.*]]: f64):
  // CHECK-NEXT: memref.atomic_yield [[OLD]] : f64
  %2 = memref.generic_atomic_rmw %m[%i] : memref<4xf64> {
  ^bb0(%old: f64):
    memref.atomic_yield %old : f64
  }
  // CHECK:      memref.prefetch %m[%i], write, locality<1>, data : memref<4xf64>
  memref.prefetch %m[%i], write, locality<1>, data : memref<4xf64>
  // CHECK-NEXT: affine.prefetch %m[%i + 1], read, locality<3>, instr : memref<4xf64>
  affine.prefetch %m[%i + 1], read, locality<3>, instr : memref<4xf64>
  // CHECK-NEXT: memref.realloc %m(%i) : memref<4xf64> to memref<?xf64>
  %3 = memref.realloc %m(%i) : memref<4xf64> to memref<?xf64>
  func.return
}

// CHECK-LABEL: func.func @indices
func.func @indices(%i: index, %n: index) {
  // CHECK-NEXT: affine.delinearize_index %i into (%n, 4) : index, index
  %0:2 = affine.delinearize_index %i into (%n, 4) : index, index
  // CHECK-NEXT: affine.linearize_index disjoint [%i, %n] by (4) : index
  %1 = affine.linearize_index disjoint [%i, %n] by (4) : index
  // CHECK-NEXT: affine.linearize_index [%i, %n] by (2, %n) : index
  %2 = affine.linearize_index [%i, %n] by (2, %n) : index
  func.return
}

#maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>]
#trait = {indexing_maps = #maps, iterator_types = ["parallel", "parallel"]}

// CHECK-LABEL: func.func @tiles
func.func @tiles(%x: tensor<13x4xf32>, %y: tensor<2x4x8xf32>, %v: f32, %m: memref<2 x ? x f32>,
                 %k: memref<?x2xf32>) {
  // CHECK-NEXT: linalg.pack %x padding_value(%v : f32) inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<13x4xf32> -> tensor<2x4x8xf32>
  %0 = linalg.pack %x padding_value(%v : f32) inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<13x4xf32> -> tensor<2x4x8xf32>
  // CHECK-NEXT: linalg.unpack %y outer_dims_perm = [0, 1] inner_dims_pos = [0] inner_tiles = [8] into %x : tensor<2x4x8xf32> -> tensor<13x4xf32>
  %1 = linalg.unpack %y outer_dims_perm = [0, 1] inner_dims_pos = [0] inner_tiles = [8] into %x : tensor<2x4x8xf32> -> tensor<13x4xf32>
  // CHECK-NEXT: tensor.pack %x padding_value(%v : f32) inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<13x4xf32> -> tensor<2x4x8xf32>
  %2 = tensor.pack %x padding_value(%v : f32) inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<13x4xf32> -> tensor<2x4x8xf32>
  // CHECK-NEXT: tensor.unpack %y inner_dims_pos = [0] inner_tiles = [8] into %x : tensor<2x4x8xf32> -> tensor<13x4xf32>
  %3 = tensor.unpack %y inner_dims_pos = [0] inner_tiles = [8] into %x : tensor<2x4x8xf32> -> tensor<13x4xf32>
  // CHECK-NEXT: linalg.generic {indexing_maps
  linalg.generic #trait ins(%m : memref<2x?xf32>) outs(%k : memref<?x2xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  // CHECK:      affine.if
  affine.if affine_set<() : ()> () {
  }
  func.return
}

// The generic form of a named op has a body.
// CHECK-LABEL: func.func @product
func.func @product(%x: tensor<2x3xi8>, %y: tensor<3xi8>, %z: tensor<2xi32>) {
  // CHECK-NEXT: linalg.matvec ins(%x, %y : tensor<2x3xi8>, tensor<3xi8>) outs(%z : tensor<2xi32>) -> tensor<2xi32>
  // GENERIC: "linalg.matvec"(%x, %y, %z)
  // GENERIC: "arith.extsi"
  // GENERIC: "arith.extsi"
  // GENERIC: "arith.muli"
  // GENERIC: "arith.addi"
  %0 = linalg.matvec ins(%x, %y : tensor<2x3xi8>, tensor<3xi8>) outs(%z : tensor<2xi32>) -> tensor<2xi32>
  func.return
}
