// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @sech2
// CHECK-NEXT:    %a = ten.sech2 %s : f32
// CHECK-NEXT:    %b = ten.sech2 %x : tensor<2x3xf64>
// CHECK-NEXT:    %c = ten.sech2 %e : tensor<0x2xbf16>
func.func @sech2(%s: f32, %x: tensor<2x3xf64>, %e: tensor<0x2xbf16>) {
  %a = ten.sech2 %s : f32
  %b = ten.sech2 %x : tensor<2x3xf64>
  %c = ten.sech2 %e : tensor<0x2xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.sech2 {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f16) {
  %a = ten.sech2 %s {note = 1} : f16
  func.return
}
