// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @select
// CHECK-NEXT:    %a = ten.select %m, %s, %s : i1, f32
// CHECK-NEXT:    %b = ten.select %m, %x, %x : i1, tensor<2x3xf32>
// CHECK-NEXT:    %c = ten.select %n, %x, %x : tensor<2x3xi1>, tensor<2x3xf32>
// CHECK-NEXT:    %d = ten.select %o, %e, %e : tensor<0xi1>, tensor<0xindex>
// CHECK-NEXT:    %f = ten.select %m, %m, %m : i1, i1
func.func @select(%m: i1, %n: tensor<2x3xi1>, %o: tensor<0xi1>, %s: f32, %x: tensor<2x3xf32>, %e: tensor<0xindex>) {
  %a = ten.select %m, %s, %s : i1, f32
  %b = ten.select %m, %x, %x : i1, tensor<2x3xf32>
  %c = ten.select %n, %x, %x : tensor<2x3xi1>, tensor<2x3xf32>
  %d = ten.select %o, %e, %e : tensor<0xi1>, tensor<0xindex>
  %f = ten.select %m, %m, %m : i1, i1
  func.return
}

// CHECK-LABEL: func.func @attributes
// CHECK-NEXT:    {{.*}}ten.select {{.*}} {note = 1 : i64} : {{.*}}
func.func @attributes(%m: i1, %n: tensor<2x3xi1>, %o: tensor<0xi1>, %s: f32, %x: tensor<2x3xf32>, %e: tensor<0xindex>) {
  %b = ten.select %m, %x, %x {note = 1} : i1, tensor<2x3xf32>
  func.return
}
