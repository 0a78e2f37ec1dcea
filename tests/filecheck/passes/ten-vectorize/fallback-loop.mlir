// RUN: letgrad-opt %s -p 'ten-vectorize{fallback=loop}' 2>%t | filecheck %s
// RUN: filecheck %s --input-file %t --check-prefix REMARK

// REMARK: fallback-loop.mlir:{{[0-9]+}}:{{[0-9]+}}: remark: test.pureop runs in a loop of 6 turns: it has no batch rule
// REMARK: fallback-loop.mlir:{{[0-9]+}}:{{[0-9]+}}: remark: scf.for runs in a loop of 3 turns: its bounds depend on an index

// With fallback=loop, what has no batch rule runs in a loop over all places of its indices, and what has one does not.

// CHECK-LABEL: func.func @op_without_a_batch_rule(
// CHECK-NEXT:    %s = math.sin %x : tensor<3x2xf32>
// CHECK-NEXT:    %0 = ten.reshape %s : tensor<3x2xf32> -> tensor<6xf32>
// CHECK-NEXT:    %1 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %2 = ten.broadcast %1 dims [0, 1] : f32 -> tensor<6x4xf32>
// CHECK-NEXT:    %3 = ten.iota dim 0 : tensor<6xindex>
// CHECK-NEXT:    %4 = arith.constant 0 : index
// CHECK-NEXT:    %5 = arith.constant 6 : index
// CHECK-NEXT:    %6 = arith.constant 1 : index
// CHECK-NEXT:    %7 = scf.for %8 = %4 to %5 step %6 iter_args(%9 = %2) -> (tensor<6x4xf32>) {
// CHECK-NEXT:      %10 = ten.index %0[%8] : tensor<6xf32> -> f32
// CHECK-NEXT:      %r = "test.pureop"(%10, %y) : (f32, tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT:      %11 = ten.broadcast %8 dims [0] : index -> tensor<6xindex>
// CHECK-NEXT:      %12 = ten.compare eq, %3, %11 : tensor<6xindex>
// CHECK-NEXT:      %13 = ten.broadcast %12 dims [1] : tensor<6xi1> -> tensor<6x4xi1>
// CHECK-NEXT:      %14 = ten.broadcast %r dims [0] : tensor<4xf32> -> tensor<6x4xf32>
// CHECK-NEXT:      %15 = ten.select %13, %14, %9 : tensor<6x4xi1>, tensor<6x4xf32>
// CHECK-NEXT:      scf.yield %15 : tensor<6x4xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    %r_1 = ten.reshape %7 : tensor<6x4xf32> -> tensor<3x2x4xf32>
// CHECK-NEXT:    func.return %r_1 : tensor<3x2x4xf32>
func.func @op_without_a_batch_rule(%x: tensor<3x2xf32>, %y: tensor<4xf32>) -> tensor<3x2x4xf32> {
  %b = ten.build [3, 2] (%i, %j) : tensor<3x2x4xf32> {
    %e = ten.index %x[%i, %j] : tensor<3x2xf32> -> f32
    %s = math.sin %e : f32
    %r = "test.pureop"(%s, %y) : (f32, tensor<4xf32>) -> tensor<4xf32>
    ten.yield %r : tensor<4xf32>
  }
  func.return %b : tensor<3x2x4xf32>
}

// CHECK-LABEL: func.func @loop_bounds_that_depend_on_an_index(
// CHECK-NEXT:    %c0 = arith.constant 0 : index
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %0 = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    %1 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %2 = ten.broadcast %1 dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %3 = arith.constant 3 : index
// CHECK-NEXT:    %r = scf.for %4 = %c0 to %3 step %c1 iter_args(%5 = %2) -> (tensor<3xf32>) {
// CHECK-NEXT:      %6 = ten.index %0[%4] : tensor<3xindex> -> index
// CHECK-NEXT:      %7 = ten.index %x[%4] : tensor<3xf32> -> f32
// CHECK-NEXT:      %r_1 = scf.for %k = %c0 to %6 step %c1 iter_args(%a = %7) -> (f32) {
// CHECK-NEXT:        %s = arith.addf %a, %7 : f32
// CHECK-NEXT:        scf.yield %s : f32
// CHECK-NEXT:      }
// CHECK-NEXT:      %8 = ten.broadcast %4 dims [0] : index -> tensor<3xindex>
// CHECK-NEXT:      %9 = ten.compare eq, %0, %8 : tensor<3xindex>
// CHECK-NEXT:      %10 = ten.broadcast %r_1 dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:      %11 = ten.select %9, %10, %5 : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:      scf.yield %11 : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<3xf32>
func.func @loop_bounds_that_depend_on_an_index(%x: tensor<3xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r = scf.for %k = %c0 to %i step %c1 iter_args(%a = %e) -> (f32) {
      %s = arith.addf %a, %e : f32
      scf.yield %s : f32
    }
    ten.yield %r : f32
  }
  func.return %b : tensor<3xf32>
}
