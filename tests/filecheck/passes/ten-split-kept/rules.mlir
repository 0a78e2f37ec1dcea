// RUN: letgrad-opt %s -p ten-split-kept | filecheck %s

// One sum for each of the two coordinates. The weights are the same for both.
// CHECK-LABEL: func.func @two_coordinates(
// CHECK:         [[W:%.*]] = math.exp
// CHECK:         arith.mulf [[W]], {{.*}} : tensor<2000x1000xf32>
// CHECK:         ten.sum {{.*}} dims [1] : tensor<2000x1000xf32> -> tensor<2000xf32>
// CHECK:         arith.mulf [[W]], {{.*}} : tensor<2000x1000xf32>
// CHECK:         ten.sum {{.*}} dims [1] : tensor<2000x1000xf32> -> tensor<2000xf32>
// CHECK:         ten.concat {{.*}} dim 1 : {{.*}} -> tensor<2000x2xf32>
func.func @two_coordinates(%x: tensor<2000x1000xf32>, %y: tensor<1000x2xf32>) -> tensor<2000x2xf32> {
  %d = ten.broadcast %y dims [0] : tensor<1000x2xf32> -> tensor<2000x1000x2xf32>
  %w = math.exp %x : tensor<2000x1000xf32>
  %b = ten.broadcast %w dims [2] : tensor<2000x1000xf32> -> tensor<2000x1000x2xf32>
  %p = arith.mulf %b, %d : tensor<2000x1000x2xf32>
  %s = ten.sum %p dims [1] : tensor<2000x1000x2xf32> -> tensor<2000x2xf32>
  func.return %s : tensor<2000x2xf32>
}

// CHECK-LABEL: func.func @a_maximum(
// CHECK-COUNT-2: ten.reduce max, {{.*}} dims [1] : tensor<2000x1000xf32>
// CHECK:         ten.concat {{.*}} dim 1
func.func @a_maximum(%x: tensor<2000x1000xf32>, %y: tensor<2x1000xf32>) -> tensor<2000x2xf32> {
  %d = ten.broadcast %y dims [0] : tensor<2x1000xf32> -> tensor<2000x2x1000xf32>
  %w = math.exp %x : tensor<2000x1000xf32>
  %b = ten.broadcast %w dims [1] : tensor<2000x1000xf32> -> tensor<2000x2x1000xf32>
  %p = arith.mulf %b, %d : tensor<2000x2x1000xf32>
  %s = ten.reduce max, %p dims [2] : tensor<2000x2x1000xf32> -> tensor<2000x2xf32>
  func.return %s : tensor<2000x2xf32>
}

// The argument is in memory already: nothing more would be stored.
// CHECK-LABEL: func.func @weights_in_memory_stay(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @weights_in_memory_stay(%w: tensor<2000x1000xf32>, %y: tensor<1000x2xf32>) -> tensor<2000x2xf32> {
  %d = ten.broadcast %y dims [0] : tensor<1000x2xf32> -> tensor<2000x1000x2xf32>
  %b = ten.broadcast %w dims [2] : tensor<2000x1000xf32> -> tensor<2000x1000x2xf32>
  %p = arith.mulf %b, %d : tensor<2000x1000x2xf32>
  %s = ten.sum %p dims [1] : tensor<2000x1000x2xf32> -> tensor<2000x2xf32>
  func.return %s : tensor<2000x2xf32>
}

// CHECK-LABEL: func.func @nine_coordinates_stay(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @nine_coordinates_stay(%x: tensor<2000x1000xf32>, %y: tensor<1000x9xf32>) -> tensor<2000x9xf32> {
  %d = ten.broadcast %y dims [0] : tensor<1000x9xf32> -> tensor<2000x1000x9xf32>
  %w = math.exp %x : tensor<2000x1000xf32>
  %b = ten.broadcast %w dims [2] : tensor<2000x1000xf32> -> tensor<2000x1000x9xf32>
  %p = arith.mulf %b, %d : tensor<2000x1000x9xf32>
  %s = ten.sum %p dims [1] : tensor<2000x1000x9xf32> -> tensor<2000x9xf32>
  func.return %s : tensor<2000x9xf32>
}

// The result would be as large as what is not stored.
// CHECK-LABEL: func.func @a_sum_of_few_stays(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @a_sum_of_few_stays(%x: tensor<400000x3xf32>, %y: tensor<3x2xf32>) -> tensor<400000x2xf32> {
  %d = ten.broadcast %y dims [0] : tensor<3x2xf32> -> tensor<400000x3x2xf32>
  %w = math.exp %x : tensor<400000x3xf32>
  %b = ten.broadcast %w dims [2] : tensor<400000x3xf32> -> tensor<400000x3x2xf32>
  %p = arith.mulf %b, %d : tensor<400000x3x2xf32>
  %s = ten.sum %p dims [1] : tensor<400000x3x2xf32> -> tensor<400000x2xf32>
  func.return %s : tensor<400000x2xf32>
}

// CHECK-LABEL: func.func @a_summed_coordinate_stays(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @a_summed_coordinate_stays(%x: tensor<2000x1000xf32>, %y: tensor<1000x2xf32>) -> tensor<2000xf32> {
  %d = ten.broadcast %y dims [0] : tensor<1000x2xf32> -> tensor<2000x1000x2xf32>
  %w = math.exp %x : tensor<2000x1000xf32>
  %b = ten.broadcast %w dims [2] : tensor<2000x1000xf32> -> tensor<2000x1000x2xf32>
  %p = arith.mulf %b, %d : tensor<2000x1000x2xf32>
  %s = ten.sum %p dims [1, 2] : tensor<2000x1000x2xf32> -> tensor<2000xf32>
  func.return %s : tensor<2000xf32>
}

// This tensor is read from memory, and larger than the weights.
// CHECK-LABEL: func.func @beside_a_tensor_in_memory_stays(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @beside_a_tensor_in_memory_stays(%x: tensor<2000x1000xf32>, %d: tensor<2000x1000x2xf32>) -> tensor<2000x2xf32> {
  %w = math.exp %x : tensor<2000x1000xf32>
  %b = ten.broadcast %w dims [2] : tensor<2000x1000xf32> -> tensor<2000x1000x2xf32>
  %p = arith.mulf %b, %d : tensor<2000x1000x2xf32>
  %s = ten.sum %p dims [1] : tensor<2000x1000x2xf32> -> tensor<2000x2xf32>
  func.return %s : tensor<2000x2xf32>
}

// One more kernel takes longer than to store the weights.
// CHECK-LABEL: func.func @few_weights_stay(
// CHECK-COUNT-1: ten.sum
// CHECK-NOT:     ten.sum
func.func @few_weights_stay(%x: tensor<20x30xf32>, %y: tensor<30x2xf32>) -> tensor<20x2xf32> {
  %d = ten.broadcast %y dims [0] : tensor<30x2xf32> -> tensor<20x30x2xf32>
  %w = math.exp %x : tensor<20x30xf32>
  %b = ten.broadcast %w dims [2] : tensor<20x30xf32> -> tensor<20x30x2xf32>
  %p = arith.mulf %b, %d : tensor<20x30x2xf32>
  %s = ten.sum %p dims [1] : tensor<20x30x2xf32> -> tensor<20x2xf32>
  func.return %s : tensor<20x2xf32>
}
