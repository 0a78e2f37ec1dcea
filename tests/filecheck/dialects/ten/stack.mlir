// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @stack
// CHECK-NEXT:    %a = ten.stack %s, %s, %s : f32 -> tensor<3xf32>
// CHECK-NEXT:    %b = ten.stack %x, %x : tensor<2x3xf64> -> tensor<2x2x3xf64>
// CHECK-NEXT:    %c = ten.stack %e : tensor<0xi1> -> tensor<1x0xi1>
func.func @stack(%s: f32, %x: tensor<2x3xf64>, %e: tensor<0xi1>) {
  %a = ten.stack %s, %s, %s : f32 -> tensor<3xf32>
  %b = ten.stack %x, %x : tensor<2x3xf64> -> tensor<2x2x3xf64>
  %c = ten.stack %e : tensor<0xi1> -> tensor<1x0xi1>
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.stack {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%s: f32, %x: tensor<2x3xf64>, %e: tensor<0xi1>) {
  %b = ten.stack %x, %x {note = 1} : tensor<2x3xf64> -> tensor<2x2x3xf64>
  func.return
}
