// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @fmod
// CHECK-NEXT:    %a = ten.fmod %s, %s : f32
// CHECK-NEXT:    %b = ten.fmod %x, %y : tensor<2x3xf64>
// CHECK-NEXT:    %c = ten.fmod %e, %e : tensor<0x2xbf16>
func.func @fmod(%s: f32, %x: tensor<2x3xf64>, %y: tensor<2x3xf64>, %e: tensor<0x2xbf16>) {
  %a = ten.fmod %s, %s : f32
  %b = ten.fmod %x, %y : tensor<2x3xf64>
  %c = ten.fmod %e, %e : tensor<0x2xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.fmod {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f16) {
  %a = ten.fmod %s, %s {note = 1} : f16
  func.return
}
