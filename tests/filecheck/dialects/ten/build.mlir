// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @build
// CHECK-NEXT:    %a = ten.build [2, 3] (%i, %j) : tensor<2x3xindex> {
// CHECK-NEXT:      %k = arith.muli %i, %j : index
// CHECK-NEXT:      ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %b = ten.build [5] (%i_1) {note = 1 : i64} : tensor<5x2x3xf32> {
// CHECK-NEXT:      ten.yield %x : tensor<2x3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    %c = ten.build [] () : f64 {
// CHECK-NEXT:      ten.yield %s : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %d = ten.build [0] (%i_2) : tensor<0x4xindex> {
// CHECK-NEXT:      %e = ten.build [4] (%j_1) : tensor<4xindex> {
// CHECK-NEXT:        ten.yield %i_2 : index
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield %e : tensor<4xindex>
// CHECK-NEXT:    }
func.func @build(%x: tensor<2x3xf32>, %s: f64) {
  %a = ten.build [2, 3] (%i, %j) : tensor<2x3xindex> {
    %k = arith.muli %i, %j : index
    ten.yield %k : index
  }
  %b = ten.build [5] (%i_1) {note = 1} : tensor<5x2x3xf32> {
    ten.yield %x : tensor<2x3xf32>
  }
  %c = ten.build [] () : f64 {
    ten.yield %s : f64
  }
  %d = ten.build [0] (%i_2) : tensor<0x4xindex> {
    %e = ten.build [4] (%j_1) : tensor<4xindex> {
      ten.yield %i_2 : index
    }
    ten.yield %e : tensor<4xindex>
  }
  func.return
}
