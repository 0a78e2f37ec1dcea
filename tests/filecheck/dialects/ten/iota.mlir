// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @iota
// CHECK-NEXT:    %a = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    %b = ten.iota dim 1 : tensor<2x3xf64>
// CHECK-NEXT:    %c = ten.iota dim 2 : tensor<1x2x0xi8>
// CHECK-NEXT:    %d = ten.iota dim 0 : tensor<5xbf16>
func.func @iota() {
  %a = ten.iota dim 0 : tensor<3xindex>
  %b = ten.iota dim 1 : tensor<2x3xf64>
  %c = ten.iota dim 2 : tensor<1x2x0xi8>
  %d = ten.iota dim 0 : tensor<5xbf16>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.iota {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes() {
  %b = ten.iota dim 1 {note = 1} : tensor<2x3xf64>
  func.return
}
