// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @broadcast
// CHECK-NEXT:    %a = ten.broadcast %s dims [] : f32 -> f32
// CHECK-NEXT:    %b = ten.broadcast %s dims [0, 1] : f32 -> tensor<2x1xf32>
// CHECK-NEXT:    %c = ten.broadcast %x dims [0, 2, 4] : tensor<2x3xf64> -> tensor<5x2x7x3x0xf64>
// CHECK-NEXT:    %d = ten.broadcast %e dims [1] : tensor<0xi32> -> tensor<0x4xi32>
func.func @broadcast(%s: f32, %x: tensor<2x3xf64>, %e: tensor<0xi32>) {
  %a = ten.broadcast %s dims [] : f32 -> f32
  %b = ten.broadcast %s dims [0, 1] : f32 -> tensor<2x1xf32>
  %c = ten.broadcast %x dims [0, 2, 4] : tensor<2x3xf64> -> tensor<5x2x7x3x0xf64>
  %d = ten.broadcast %e dims [1] : tensor<0xi32> -> tensor<0x4xi32>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.broadcast {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3xf64>, %e: tensor<0xi32>) {
  %b = ten.broadcast %s dims [0, 1] {note = 1} : f32 -> tensor<2x1xf32>
  func.return
}
