// RUN: letgrad-opt %s -p convert-upstream-to-ten,canonicalize | filecheck %s

// A read that stays inside is a slice.
// CHECK-LABEL: func.func @read(%x: tensor<8xf64>) -> tensor<4xf64>
// CHECK-NEXT:    %[[v:.*]] = ten.slice %x
// CHECK-NEXT:    return %[[v]]
func.func @read(%x: memref<8xf64>) -> vector<4xf64> {
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f64
  %v = vector.transfer_read %x[%c2], %zero : memref<8xf64>, vector<4xf64>
  return %v : vector<4xf64>
}

// One that may leave the memory asks for each element.
// CHECK-LABEL: func.func @read_at_a_place_that_may_leave_the_memory
// CHECK:         ten.build [4]
// CHECK:         arith.cmpi slt
// CHECK:         arith.select
func.func @read_at_a_place_that_may_leave_the_memory(%x: memref<8xf64>, %i: index)
    -> vector<4xf64> {
  %one = arith.constant 1.0 : f64
  %v = vector.transfer_read %x[%i], %one : memref<8xf64>, vector<4xf64>
  return %v : vector<4xf64>
}

// CHECK-LABEL: func.func @contraction
// CHECK-NEXT:    %[[p:.*]] = ten.einsum
// CHECK-NEXT:    %[[s:.*]] = arith.addf %z, %[[p]]
// CHECK-NEXT:    return %[[s]]
func.func @contraction(%x: vector<2x3xf64>, %y: vector<3xf64>, %z: vector<2xf64>)
    -> vector<2xf64> {
  %r = vector.contract {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                       affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"], kind = #vector.kind<add>}
      %x, %y, %z : vector<2x3xf64>, vector<3xf64> into vector<2xf64>
  return %r : vector<2xf64>
}

// No op of letgrad joins integers by xor: a loop does.
// CHECK-LABEL: func.func @xor_of_all
// CHECK:         ten.scan [3]
// CHECK:         arith.xori
func.func @xor_of_all(%x: vector<4xi32>) -> i32 {
  %r = vector.reduction <xor>, %x : vector<4xi32> into i32
  return %r : i32
}

// CHECK-LABEL: func.func @sum_of_all
// CHECK-NEXT:    %[[s:.*]] = ten.sum %x
// CHECK-NEXT:    return %[[s]]
func.func @sum_of_all(%x: vector<4xf64>) -> f64 {
  %r = vector.reduction <add>, %x : vector<4xf64> into f64
  return %r : f64
}

// CHECK-LABEL: func.func @places
// CHECK-NEXT:    %[[s:.*]] = arith.addi %i, %j
// CHECK-NEXT:    %[[c:.*]] = arith.cmpi ult, %[[s]], %j
// CHECK-NEXT:    return %[[s]], %[[c]]
func.func @places(%i: index, %j: index) -> (index, i1) {
  %s = index.add %i, %j
  %c = index.cmp ult(%s, %j)
  return %s, %c : index, i1
}
