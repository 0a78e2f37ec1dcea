// RUN: letgrad-opt %s -p ten-compare-scatters | filecheck %s

// The gradient of x[arange(5), y], with what is added to it: no tensor of zeros is stored.
// CHECK-LABEL: func.func @one_in_each_row(
// CHECK:         [[TABLE:%.*]] = arith.addi {{%.*}}, {{%.*}} : tensor<7xi32>
// CHECK:         [[READ:%.*]] = ten.gather [5] [[TABLE]] ([[I:%.*]]) : tensor<7xi32> -> tensor<5xi32> {
// CHECK-NEXT:      [[Y:%.*]] = ten.index %y{{\[}}[[I]]] : tensor<5xi64> -> i64
// CHECK-NEXT:      [[K:%.*]] = arith.index_cast [[Y]] : i64 to index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK:         [[INDEX:%.*]] = arith.subi [[READ]], {{%.*}} : tensor<5xi32>
// CHECK-NEXT:    [[THERE:%.*]] = ten.broadcast [[INDEX]] dims [1] : tensor<5xi32> -> tensor<5x7xi32>
// CHECK-NEXT:    [[HERE:%.*]] = ten.iota dim 1 : tensor<5x7xi32>
// CHECK-NEXT:    [[EQUAL:%.*]] = ten.compare eq, [[THERE]], [[HERE]] : tensor<5x7xi32>
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant dense<0.000000e+00> : tensor<5x7xf32>
// CHECK-NEXT:    [[WIDE:%.*]] = ten.broadcast %g dims [1] : tensor<5xf32> -> tensor<5x7xf32>
// CHECK-NEXT:    [[NUMBER:%.*]] = arith.addf [[ZERO]], [[WIDE]] : tensor<5x7xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.select [[EQUAL]], [[NUMBER]], [[ZERO]] : tensor<5x7xi1>, tensor<5x7xf32>
// CHECK-NEXT:    arith.addf [[S]], %d : tensor<5x7xf32>
func.func @one_in_each_row(%g: tensor<5xf32>, %y: tensor<5xi64>, %d: tensor<5x7xf32>) -> tensor<5x7xf32> {
  %s = ten.scatter [5, 7] %g (%i) : tensor<5xf32> -> tensor<5x7xf32> {
    %k = ten.index %y[%i] : tensor<5xi64> -> i64
    %j = arith.index_cast %k : i64 to index
    ten.yield %i, %j : index, index
  }
  %r = arith.addf %s, %d : tensor<5x7xf32>
  func.return %r : tensor<5x7xf32>
}

// Two computed indices, around the one that stays; rows of three numbers.
// CHECK-LABEL: func.func @two_computed_indices(
// CHECK-NOT:     ten.scatter
// CHECK-COUNT-2: ten.compare eq
// CHECK-NEXT:    arith.andi
// CHECK:         ten.select
func.func @two_computed_indices(%g: tensor<5x3xi64>, %y: tensor<5xindex>, %z: tensor<5xindex>) -> tensor<2x5x4x3xi64> {
  %s = ten.scatter [2, 5, 4] %g (%i) {in_bounds} : tensor<5x3xi64> -> tensor<2x5x4x3xi64> {
    %j = ten.index %y[%i] : tensor<5xindex> -> index
    %k = ten.index %z[%i] : tensor<5xindex> -> index
    ten.yield %j, %i, %k : index, index, index
  }
  func.return %s : tensor<2x5x4x3xi64>
}

// Two rows may be one.
// CHECK-LABEL: func.func @rows_that_meet_stay(
// CHECK:         ten.scatter
func.func @rows_that_meet_stay(%g: tensor<5x7xf32>, %y: tensor<5xindex>) -> tensor<5x7xf32> {
  %s = ten.scatter [5, 7] %g (%i, %j) : tensor<5x7xf32> -> tensor<5x7xf32> {
    %k = ten.index %y[%i] : tensor<5xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %s : tensor<5x7xf32>
}

// Row i is not row i of the result where there are more of them.
// CHECK-LABEL: func.func @other_rows_stay(
// CHECK:         ten.scatter
func.func @other_rows_stay(%g: tensor<5xf32>, %y: tensor<5xindex>) -> tensor<6x7xf32> {
  %s = ten.scatter [6, 7] %g (%i) : tensor<5xf32> -> tensor<6x7xf32> {
    %k = ten.index %y[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %s : tensor<6x7xf32>
}

// A product reads it in memory, which would then be written element by element.
// CHECK-LABEL: func.func @a_product_of_it_stays(
// CHECK:         ten.scatter
func.func @a_product_of_it_stays(%g: tensor<5xf32>, %y: tensor<5xindex>, %w: tensor<7x3xf32>) -> tensor<5x3xf32> {
  %s = ten.scatter [5, 7] %g (%i) : tensor<5xf32> -> tensor<5x7xf32> {
    %k = ten.index %y[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  %r = ten.einsum "ij,jk->ik" %s, %w : tensor<5x7xf32>, tensor<7x3xf32> -> tensor<5x3xf32>
  func.return %r : tensor<5x3xf32>
}

// A number of two parts is written by its parts first: ten-split-complex.
// CHECK-LABEL: func.func @complex_numbers_stay(
// CHECK:         ten.scatter
func.func @complex_numbers_stay(%g: tensor<5xcomplex<f32>>, %y: tensor<5xindex>) -> tensor<5x7xcomplex<f32>> {
  %s = ten.scatter [5, 7] %g (%i) : tensor<5xcomplex<f32>> -> tensor<5x7xcomplex<f32>> {
    %k = ten.index %y[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %s : tensor<5x7xcomplex<f32>>
}
