// RUN: letgrad-opt %S/../../../../examples/conv.mlir -p gradient,ten-simplify-gather-scatter | filecheck %s
// RUN: letgrad-opt %S/../../../../examples/conv.mlir -p 'gradient,ten-simplify-gather-scatter{fast=true}' | filecheck %s --check-prefix=FAST

// A convolution, and its gradients: windows of the image and of the cotangent, and no scatter.

// CHECK-LABEL: func.func @conv
// CHECK-NEXT:    [[WINDOWS:%.*]] = ten.gather [6, 7, 3, 2] %image
// CHECK:         [[VALUE:%.*]] = ten.einsum "ABpq,pq->AB" [[WINDOWS]], %kernel
// CHECK-NEXT:    [[DKERNEL:%.*]] = ten.einsum "ABpq,AB->pq" [[WINDOWS]], %ct
// CHECK-NEXT:    [[PRODUCTS:%.*]] = ten.einsum "pq,AB->ABpq" %kernel, %ct
// CHECK-NEXT:    [[SHIFTED:%.*]] = ten.gather [6, 7, 3, 2] [[PRODUCTS]] ({{.*}}) {unique}
// CHECK:         [[DIMAGE:%.*]] = ten.sum [[SHIFTED]] dims [2, 3]
// CHECK-NEXT:    func.return [[VALUE]], [[DIMAGE]], [[DKERNEL]]

// FAST-LABEL:  func.func @conv
// FAST:          [[REPEATED:%.*]] = ten.broadcast %kernel dims [0, 1]
// FAST-NEXT:     [[SHIFTED:%.*]] = ten.gather [6, 7, 3, 2] %ct
// FAST:          [[PRODUCTS:%.*]] = arith.mulf [[REPEATED]], [[SHIFTED]]
// FAST-NEXT:     [[DIMAGE:%.*]] = ten.sum [[PRODUCTS]] dims [2, 3]
