// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @gather
// CHECK-NEXT:    %a = ten.gather [5, 7] %x (%i, %j) : tensor<2x3x4xf64> -> tensor<5x7x4xf64> {
// CHECK-NEXT:      %k = arith.addi %i, %j : index
// CHECK-NEXT:      ten.yield %k, %i : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %b = ten.gather [0] %x (%i_1) {note = 1 : i64} : tensor<2x3x4xf64> -> tensor<0x2x3x4xf64> {
// CHECK-NEXT:      ten.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    %c = ten.gather [] %x () : tensor<2x3x4xf64> -> f64 {
// CHECK-NEXT:      ten.yield %n, %n, %n : index, index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %d = ten.gather [3] %s (%i_2) : f32 -> tensor<3xf32> {
// CHECK-NEXT:      ten.yield
// CHECK-NEXT:    }
func.func @gather(%x: tensor<2x3x4xf64>, %n: index, %s: f32) {
  %a = ten.gather [5, 7] %x (%i, %j) : tensor<2x3x4xf64> -> tensor<5x7x4xf64> {
    %k = arith.addi %i, %j : index
    ten.yield %k, %i : index, index
  }
  %b = ten.gather [0] %x (%i_1) {note = 1} : tensor<2x3x4xf64> -> tensor<0x2x3x4xf64> {
    ten.yield
  }
  %c = ten.gather [] %x () : tensor<2x3x4xf64> -> f64 {
    ten.yield %n, %n, %n : index, index, index
  }
  %d = ten.gather [3] %s (%i_2) : f32 -> tensor<3xf32> {
    ten.yield
  }
  func.return
}

// An index is read from data, under a condition, in a nest.
// CHECK-LABEL: func.func @gather_by_data
// CHECK:         ten.gather [5] %x (%i) : tensor<2x3xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:      %r = ten.index %t[%i] : tensor<5xi32> -> i32
// CHECK-NEXT:      %c = arith.index_cast %r : i32 to index
// CHECK-NEXT:      %s = scf.if %m -> (index) {
// CHECK:           ten.yield %s : index
func.func @gather_by_data(%x: tensor<2x3xf64>, %t: tensor<5xi32>, %m: i1) {
  %a = ten.gather [5] %x (%i) : tensor<2x3xf64> -> tensor<5x3xf64> {
    %r = ten.index %t[%i] : tensor<5xi32> -> i32
    %c = arith.index_cast %r : i32 to index
    %s = scf.if %m -> (index) {
      scf.yield %c : index
    } else {
      scf.yield %i : index
    }
    ten.yield %s : index
  }
  func.return
}
