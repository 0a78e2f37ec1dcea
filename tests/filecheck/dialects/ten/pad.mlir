// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @pad
// CHECK-NEXT:    %a = ten.pad %x low [1, 0] high [0, 2] interior [0, 3] : tensor<2x3xf64> -> tensor<3x11xf64>
// CHECK-NEXT:    %b = ten.pad %e low [1, 0] high [2, 0] interior [5, 5] : tensor<0x1xi32> -> tensor<3x1xi32>
func.func @pad(%x: tensor<2x3xf64>, %e: tensor<0x1xi32>) {
  %a = ten.pad %x low [1, 0] high [0, 2] interior [0, 3] : tensor<2x3xf64> -> tensor<3x11xf64>
  %b = ten.pad %e low [1, 0] high [2, 0] interior [5, 5] : tensor<0x1xi32> -> tensor<3x1xi32>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.pad {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3xf64>, %e: tensor<0x1xi32>) {
  %b = ten.pad %e low [1, 0] high [2, 0] interior [5, 5] {note = 1} : tensor<0x1xi32> -> tensor<3x1xi32>
  func.return
}
