// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @scatter
// CHECK-NEXT:    %a = ten.scatter [5, 7, 9] %x (%i, %j) : tensor<2x3x4xf64> -> tensor<5x7x9x4xf64> {
// CHECK-NEXT:      ten.yield %j, %n, %i : index, index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %b = ten.scatter [0] %x (%i_1) {note = 1 : i64} : tensor<2x3x4xf64> -> tensor<0x3x4xf64> {
// CHECK-NEXT:      ten.yield %i_1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %c = ten.scatter [] %x (%i_2, %j_1, %k) : tensor<2x3x4xf64> -> f64 {
// CHECK-NEXT:      ten.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    %d = ten.scatter [3] %s () : f32 -> tensor<3xf32> {
// CHECK-NEXT:      ten.yield %n : index
// CHECK-NEXT:    }
func.func @scatter(%x: tensor<2x3x4xf64>, %n: index, %s: f32) {
  %a = ten.scatter [5, 7, 9] %x (%i, %j) : tensor<2x3x4xf64> -> tensor<5x7x9x4xf64> {
    ten.yield %j, %n, %i : index, index, index
  }
  %b = ten.scatter [0] %x (%i_1) {note = 1} : tensor<2x3x4xf64> -> tensor<0x3x4xf64> {
    ten.yield %i_1 : index
  }
  %c = ten.scatter [] %x (%i_2, %j_1, %k) : tensor<2x3x4xf64> -> f64 {
    ten.yield
  }
  %d = ten.scatter [3] %s () : f32 -> tensor<3xf32> {
    ten.yield %n : index
  }
  func.return
}
