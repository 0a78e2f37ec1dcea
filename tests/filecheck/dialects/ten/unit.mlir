// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @unit
// CHECK-NEXT:    %a = ten.unit %s, %s : f32
// CHECK-NEXT:    %b = ten.unit %x, %y : tensor<2x3xf64>
// CHECK-NEXT:    %c = ten.unit %e, %e : tensor<0x2xbf16>
func.func @unit(%s: f32, %x: tensor<2x3xf64>, %y: tensor<2x3xf64>, %e: tensor<0x2xbf16>) {
  %a = ten.unit %s, %s : f32
  %b = ten.unit %x, %y : tensor<2x3xf64>
  %c = ten.unit %e, %e : tensor<0x2xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.unit {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f16) {
  %a = ten.unit %s, %s {note = 1} : f16
  func.return
}
