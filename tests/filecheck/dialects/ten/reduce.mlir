// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @reduce
// CHECK-NEXT:    %a = ten.reduce max, %x dims [0, 2] : tensor<2x3x4xf64> -> tensor<3xf64>
// CHECK-NEXT:    %b = ten.reduce min, %n dims [0] : tensor<0x5xi32> -> tensor<5xi32>
// CHECK-NEXT:    %c = ten.reduce prod, %n dims [1] : tensor<0x5xi32> -> tensor<0xi32>
// CHECK-NEXT:    %d = ten.reduce any, %m dims [0, 1] : tensor<7x1xi1> -> i1
// CHECK-NEXT:    %e = ten.reduce all, %m dims [] : tensor<7x1xi1> -> tensor<7x1xi1>
func.func @reduce(%x: tensor<2x3x4xf64>, %n: tensor<0x5xi32>, %m: tensor<7x1xi1>) {
  %a = ten.reduce max, %x dims [0, 2] : tensor<2x3x4xf64> -> tensor<3xf64>
  %b = ten.reduce min, %n dims [0] : tensor<0x5xi32> -> tensor<5xi32>
  %c = ten.reduce prod, %n dims [1] : tensor<0x5xi32> -> tensor<0xi32>
  %d = ten.reduce any, %m dims [0, 1] : tensor<7x1xi1> -> i1
  %e = ten.reduce all, %m dims [] : tensor<7x1xi1> -> tensor<7x1xi1>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.reduce {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%x: tensor<2x3x4xf64>, %n: tensor<0x5xi32>, %m: tensor<7x1xi1>) {
  %b = ten.reduce min, %n dims [0] {note = 1} : tensor<0x5xi32> -> tensor<5xi32>
  func.return
}
