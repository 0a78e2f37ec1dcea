// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @cast
// CHECK-NEXT:    %a = ten.cast %s : f32 -> i1
// CHECK-NEXT:    %b = ten.cast %i : index -> i64
// CHECK-NEXT:    %c = ten.cast %x : tensor<2x3xf64> -> tensor<2x3xi8>
// CHECK-NEXT:    %d = ten.cast %m : tensor<3xi1> -> tensor<3xf16>
// CHECK-NEXT:    %f = ten.cast %e : tensor<0x2xbf16> -> tensor<0x2xindex>
func.func @cast(%s: f32, %i: index, %x: tensor<2x3xf64>, %m: tensor<3xi1>, %e: tensor<0x2xbf16>) {
  %a = ten.cast %s : f32 -> i1
  %b = ten.cast %i : index -> i64
  %c = ten.cast %x : tensor<2x3xf64> -> tensor<2x3xi8>
  %d = ten.cast %m : tensor<3xi1> -> tensor<3xf16>
  %f = ten.cast %e : tensor<0x2xbf16> -> tensor<0x2xindex>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.cast {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %i: index, %x: tensor<2x3xf64>, %m: tensor<3xi1>, %e: tensor<0x2xbf16>) {
  %b = ten.cast %i {note = 1} : index -> i64
  func.return
}
