// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @compare
// CHECK-NEXT:    %a = ten.compare olt, %s, %s : f32
// CHECK-NEXT:    %b = ten.compare sge, %i, %i : index
// CHECK-NEXT:    %c = ten.compare uno, %x, %x : tensor<2x3xf64>
// CHECK-NEXT:    %d = ten.compare ult, %n, %n : tensor<3x1xi32>
// CHECK-NEXT:    %f = ten.compare ne, %m, %m : tensor<3xi1>
// CHECK-NEXT:    %g = ten.compare true, %e, %e : tensor<0x2xbf16>
func.func @compare(%s: f32, %i: index, %x: tensor<2x3xf64>, %n: tensor<3x1xi32>, %m: tensor<3xi1>, %e: tensor<0x2xbf16>) {
  %a = ten.compare olt, %s, %s : f32
  %b = ten.compare sge, %i, %i : index
  %c = ten.compare uno, %x, %x : tensor<2x3xf64>
  %d = ten.compare ult, %n, %n : tensor<3x1xi32>
  %f = ten.compare ne, %m, %m : tensor<3xi1>
  %g = ten.compare true, %e, %e : tensor<0x2xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.compare {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %i: index, %x: tensor<2x3xf64>, %n: tensor<3x1xi32>, %m: tensor<3xi1>, %e: tensor<0x2xbf16>) {
  %b = ten.compare sge, %i, %i {note = 1} : index
  func.return
}
