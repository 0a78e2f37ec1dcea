// RUN: letgrad-opt %s -p delta-transpose --split-input-file | filecheck %s

// The functions change places. The parameters and the method stay.
// CHECK-LABEL: func.func @solve(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x5xf32>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<2x5xf32>) -> tensor<2x5xf32> {
// CHECK-NEXT:    [[G:%.*]] = delta.solve @at, @a([[CT]], [[W]]) batch 1 by gmres : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
// CHECK-NEXT:    func.return [[G]] : tensor<2x5xf32>
// CHECK-NEXT:  }
func.func @solve(%w: tensor<2x5xf32>, %ct: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %d = delta.input 0 : !delta.term<tensor<2x5xf32>>
  %x = delta.solve @a, @at(%d, %w) batch 1 by gmres : (!delta.term<tensor<2x5xf32>>, tensor<2x5xf32>) -> !delta.term<tensor<2x5xf32>>
  %g = delta.pullback (%x : %ct) : tensor<2x5xf32> -> tensor<2x5xf32>
  func.return %g : tensor<2x5xf32>
}
