// From the custom form to the generic one and back.
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @affine(
// CHECK-SAME: [[H:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5x3xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<5x3xi1>) {
// CHECK-NEXT:    [[L:%[^ ,:)]+]], [[R:%[^ ,:)]+]] = kernel.recurrence [5] reverse [[H]] mark mul [[A]] settle keep [[M]] void [[M]] mark mul [[B]] swap add [[A]] join {note = 1 : i64} : tensor<3xf64>, tensor<5x3xf64>, tensor<5x3xi1>, tensor<5x3xi1>, tensor<3xf64>, tensor<5x3xf64> -> (tensor<3xf64>, tensor<5x3xf64>)
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @affine(%h: tensor<3xf64>, %a: tensor<5x3xf64>, %b: tensor<3xf64>, %m: tensor<5x3xi1>) {
  %l, %r = kernel.recurrence [5] reverse %h mark mul %a settle keep %m void %m mark mul %b swap add %a join {note = 1 : i64} : tensor<3xf64>, tensor<5x3xf64>, tensor<5x3xi1>, tensor<5x3xi1>, tensor<3xf64>, tensor<5x3xf64> -> (tensor<3xf64>, tensor<5x3xf64>)
  func.return
}

// CHECK-LABEL: func.func @extrema(
// CHECK-SAME: [[H:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: i8,
// CHECK-SAME: [[K:%[^ ,:)]+]]: i8) {
// CHECK-NEXT:    [[L:%[^ ,:)]+]], [[R:%[^ ,:)]+]] = kernel.recurrence [4] [[H]] add [[X]] max [[X]] : f32, tensor<4xf32>, tensor<4xf32> -> (f32, tensor<4xf32>)
// CHECK-NEXT:    [[M:%[^ ,:)]+]], [[S:%[^ ,:)]+]] = kernel.recurrence [0] [[I]] min [[K]] : i8, i8 -> (i8, tensor<0xi8>)
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @extrema(%h: f32, %x: tensor<4xf32>, %i: i8, %k: i8) {
  %l, %r = kernel.recurrence [4] %h add %x max %x : f32, tensor<4xf32>, tensor<4xf32> -> (f32, tensor<4xf32>)
  %m, %s = kernel.recurrence [0] %i min %k : i8, i8 -> (i8, tensor<0xi8>)
  func.return
}
