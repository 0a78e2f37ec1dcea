// RUN: letgrad-opt %s -p convert-upstream-to-ten | filecheck %s

// CHECK-LABEL: func.func @sums_of_products_are_einsums(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3x4xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<2x4xf64>) -> tensor<2x4xf64> {
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ac,cb->ab" [[A]], [[B]] : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    [[R:%.*]] = arith.addf [[C]], [[EINSUM]] : tensor<2x4xf64>
// CHECK-NEXT:    func.return [[R]] : tensor<2x4xf64>
// CHECK-NEXT:  }
func.func @sums_of_products_are_einsums(%a: tensor<2x3xf64>, %b: tensor<3x4xf64>, %c: tensor<2x4xf64>) -> tensor<2x4xf64> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]
  } ins(%a, %b : tensor<2x3xf64>, tensor<3x4xf64>) outs(%c : tensor<2x4xf64>) {
  ^bb0(%x: f64, %y: f64, %s: f64):
    %p = arith.mulf %x, %y : f64
    %t = arith.addf %s, %p : f64
    linalg.yield %t : f64
  } -> tensor<2x4xf64>
  return %r : tensor<2x4xf64>
}

// The body uses the element twice, so the turns keep their order.
// CHECK-LABEL: func.func @a_body_of_its_own_stays_a_loop(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3xf64>, [[C:%[^ ,:)]+]]: tensor<2xf64>) -> tensor<2xf64> {
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    [[R:%.*]] = ten.scan [3] ([[ARG:%[^ ,:)]+]] = [[C]] : tensor<2xf64>) over ([[ARG_1:%[^ ,:)]+]] = [[IOTA]] : tensor<3xindex>) -> (tensor<2xf64>) {
// CHECK-NEXT:      [[BUILD:%.*]] = ten.build [2] ([[ARG_2:%[^ ,:)]+]]) : tensor<2xf64> {
// CHECK-NEXT:        [[INDEX:%.*]] = ten.index [[ARG]]{{\[}}[[ARG_2]]] : tensor<2xf64> -> f64
// CHECK-NEXT:        [[INDEX_1:%.*]] = ten.index [[A]]{{\[}}[[ARG_2]], [[ARG_1]]] : tensor<2x3xf64> -> f64
// CHECK-NEXT:        [[P:%.*]] = arith.mulf [[INDEX_1]], [[INDEX]] : f64
// CHECK-NEXT:        [[T:%.*]] = arith.addf [[INDEX]], [[P]] : f64
// CHECK-NEXT:        ten.yield [[T]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield [[BUILD]] : tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<2xf64>
// CHECK-NEXT:  }
func.func @a_body_of_its_own_stays_a_loop(%a: tensor<2x3xf64>, %c: tensor<2xf64>) -> tensor<2xf64> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
    iterator_types = ["parallel", "reduction"]
  } ins(%a : tensor<2x3xf64>) outs(%c : tensor<2xf64>) {
  ^bb0(%x: f64, %s: f64):
    %p = arith.mulf %x, %s : f64
    %t = arith.addf %s, %p : f64
    linalg.yield %t : f64
  } -> tensor<2xf64>
  return %r : tensor<2xf64>
}

// A zero of an empty reduction is what the op starts with.
// CHECK-LABEL: func.func @no_elements_give_the_start(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x0xf64>, [[C:%[^ ,:)]+]]: tensor<2xf64>) -> tensor<2xf64> {
// CHECK-NEXT:    func.return [[C]] : tensor<2xf64>
// CHECK-NEXT:  }
func.func @no_elements_give_the_start(%a: tensor<2x0xf64>, %c: tensor<2xf64>) -> tensor<2xf64> {
  %r = linalg.reduce { arith.addf } ins(%a : tensor<2x0xf64>) outs(%c : tensor<2xf64>) dimensions = [1]
  return %r : tensor<2xf64>
}
