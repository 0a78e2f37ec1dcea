// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @gather_without_indices
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0, 1] : tensor<3xf32> -> tensor<2x4x3xf32>
// CHECK-NEXT:    func.return %0
func.func @gather_without_indices(%x: tensor<3xf32>) -> tensor<2x4x3xf32> {
  %0 = ten.gather [2, 4] %x (%i, %j) : tensor<3xf32> -> tensor<2x4x3xf32> {
    ten.yield
  }
  func.return %0 : tensor<2x4x3xf32>
}

// CHECK-LABEL: func.func @gather_without_dims
// CHECK-NEXT:    %0 = arith.addi %i, %i : index
// CHECK-NEXT:    %1 = ten.index %x[%0] : tensor<3x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return %1
func.func @gather_without_dims(%x: tensor<3x5xf32>, %i: index) -> tensor<5xf32> {
  %0 = ten.gather [] %x () : tensor<3x5xf32> -> tensor<5xf32> {
    %1 = arith.addi %i, %i : index
    ten.yield %1 : index
  }
  func.return %0 : tensor<5xf32>
}

// CHECK-LABEL: func.func @gather_at_one_index
// CHECK-NEXT:    %0 = ten.index %x[%i] : tensor<3x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [0] : tensor<5xf32> -> tensor<2x5xf32>
// CHECK-NEXT:    func.return %1
func.func @gather_at_one_index(%x: tensor<3x5xf32>, %i: index) -> tensor<2x5xf32> {
  %0 = ten.gather [2] %x (%k) : tensor<3x5xf32> -> tensor<2x5xf32> {
    ten.yield %i : index
  }
  func.return %0 : tensor<2x5xf32>
}

// CHECK-LABEL: func.func @gather_by_its_index_stays
// CHECK-NEXT:    %0 = ten.gather [2] %x
func.func @gather_by_its_index_stays(%x: tensor<3x5xf32>) -> tensor<2x5xf32> {
  %0 = ten.gather [2] %x (%k) : tensor<3x5xf32> -> tensor<2x5xf32> {
    ten.yield %k : index
  }
  func.return %0 : tensor<2x5xf32>
}

// The sine is computed once, not six times.
// CHECK-LABEL: func.func @build_without_its_indices
// CHECK-NEXT:    %0 = math.sin %x : tensor<4xf64>
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [0, 1] : tensor<4xf64> -> tensor<2x3x4xf64>
// CHECK-NEXT:    func.return %1
func.func @build_without_its_indices(%x: tensor<4xf64>) -> tensor<2x3x4xf64> {
  %0 = ten.build [2, 3] (%i, %j) : tensor<2x3x4xf64> {
    %1 = math.sin %x : tensor<4xf64>
    ten.yield %1 : tensor<4xf64>
  }
  func.return %0 : tensor<2x3x4xf64>
}

// CHECK-LABEL: func.func @build_by_an_index_stays
// CHECK-NEXT:    %0 = ten.build [2, 3] (%i, %j)
func.func @build_by_an_index_stays(%x: tensor<3xf64>) -> tensor<2x3xf64> {
  %0 = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
    %1 = ten.index %x[%j] : tensor<3xf64> -> f64
    ten.yield %1 : f64
  }
  func.return %0 : tensor<2x3xf64>
}

// The slices of %x are added up: that is no broadcast, and its order of additions is its own.
// CHECK-LABEL: func.func @scatter_without_its_indices_stays
// CHECK:         ten.scatter [4] %x
func.func @scatter_without_its_indices_stays(%x: tensor<3x5xf32>) -> tensor<4x5xf32> {
  %c1 = arith.constant 1 : index
  %0 = ten.scatter [4] %x (%k) : tensor<3x5xf32> -> tensor<4x5xf32> {
    ten.yield %c1 : index
  }
  func.return %0 : tensor<4x5xf32>
}
