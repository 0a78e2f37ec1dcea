// RUN: letgrad-opt %s -p delta-evaluate --split-input-file | filecheck %s

// The term becomes a value.
// CHECK-LABEL: func.func @solve(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x5xf32>,
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<2x5xf32>) -> tensor<2x5xf32> {
// CHECK-NEXT:    [[G:%.*]] = delta.solve @a, @at([[T]], [[W]]) batch 1 by gmres : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
// CHECK-NEXT:    func.return [[G]] : tensor<2x5xf32>
// CHECK-NEXT:  }
func.func @solve(%w: tensor<2x5xf32>, %t: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %d = delta.input 0 : !delta.term<tensor<2x5xf32>>
  %x = delta.solve @a, @at(%d, %w) batch 1 by gmres : (!delta.term<tensor<2x5xf32>>, tensor<2x5xf32>) -> !delta.term<tensor<2x5xf32>>
  %g = delta.pushforward %x, (%t) : tensor<2x5xf32>, (tensor<2x5xf32>)
  func.return %g : tensor<2x5xf32>
}
