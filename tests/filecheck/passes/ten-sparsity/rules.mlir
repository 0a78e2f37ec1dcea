// RUN: letgrad-opt %s -p ten-sparsity | filecheck %s
// RUN: letgrad-opt %s -p ten-sparsity --remarks 2>&1 >/dev/null | filecheck %s --check-prefix=REMARK

// One function for each rule. An element [i, j] of the result reads the elements that its text says.

// REMARK-DAG: [ten-sparsity] analysis: an index is not known before the program runs (UnknownIndex)
// REMARK-DAG: [ten-sparsity] analysis: an offset is not known before the program runs (UnknownIndex)
// REMARK-DAG: [ten-sparsity] analysis: indices of a gather are not known before the program runs (UnknownIndex)
// REMARK-DAG: [ten-sparsity] analysis: indices of a scatter are not known before the program runs (UnknownIndex)
// REMARK-DAG: [ten-sparsity] analysis: ten.build makes the pattern dense: the analysis has no rule for it (Dense)

// The union of the operands, each piece once.
// CHECK:       func.func @elementwise(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6, y[i] for i in 0:6"]
func.func @elementwise(%x: tensor<6xf64>, %y: tensor<6xf64>) -> tensor<6xf64> {
  %a = arith.mulf %x, %y : tensor<6xf64>
  %r = arith.addf %a, %x : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// Constants, counts and stopped gradients read nothing.
// CHECK:       func.func @nothing(
// CHECK-SAME:  letgrad.sparsity = ["nothing"]
func.func @nothing(%x: tensor<6xf64>) -> tensor<6xf64> {
  %c = arith.constant dense<2.0> : tensor<6xf64>
  %i = ten.iota dim 0 : tensor<6xf64>
  %s = delta.stop %x : tensor<6xf64>
  %a = arith.addf %c, %i : tensor<6xf64>
  %r = arith.mulf %a, %s : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// An integer has no derivative.
// CHECK:       func.func @integers(
// CHECK-SAME:  letgrad.sparsity = ["nothing"]
func.func @integers(%x: tensor<6xf64>) -> tensor<6xf64> {
  %n = ten.cast %x : tensor<6xf64> -> tensor<6xi64>
  %r = ten.cast %n : tensor<6xi64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// A cast from floats to floats does have one.
// CHECK:       func.func @cast(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6"]
func.func @cast(%x: tensor<6xf64>) -> tensor<6xf32> {
  %r = ten.cast %x : tensor<6xf64> -> tensor<6xf32>
  func.return %r : tensor<6xf32>
}

// Where the constant is 0, the product reads nothing.
// CHECK:       func.func @product(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 1:4"]
func.func @product(%x: tensor<6xf64>) -> tensor<6xf64> {
  %c = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 0.0, 0.0]> : tensor<6xf64>
  %r = arith.mulf %c, %x : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// Values that are not known may not be 0.
// CHECK:       func.func @product_of_two_values_stays(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6, y[i] for i in 0:6"]
func.func @product_of_two_values_stays(%x: tensor<6xf64>, %y: tensor<6xf64>) -> tensor<6xf64> {
  %r = arith.mulf %x, %y : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// A known mask chooses.
// CHECK:       func.func @select(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:2, y[i] for i in 2:6"]
func.func @select(%x: tensor<6xf64>, %y: tensor<6xf64>) -> tensor<6xf64> {
  %m = arith.constant dense<[true, true, false, false, false, false]> : tensor<6xi1>
  %r = ten.select %m, %x, %y : tensor<6xi1>, tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// A mask that is data may choose either.
// CHECK:       func.func @select_by_data_stays(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6, y[i] for i in 0:6"]
func.func @select_by_data_stays(%x: tensor<6xf64>, %y: tensor<6xf64>) -> tensor<6xf64> {
  %m = ten.compare olt, %x, %y : tensor<6xf64>
  %r = ten.select %m, %x, %y : tensor<6xi1>, tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// CHECK:       func.func @broadcast(
// CHECK-SAME:  letgrad.sparsity = ["x[j] for i in 0:2, j in 0:3, k in 0:4"]
func.func @broadcast(%x: tensor<3xf64>) -> tensor<2x3x4xf64> {
  %r = ten.broadcast %x dims [0, 2] : tensor<3xf64> -> tensor<2x3x4xf64>
  func.return %r : tensor<2x3x4xf64>
}

// CHECK:       func.func @transpose(
// CHECK-SAME:  letgrad.sparsity = ["x[j, k, i] for i in 0:4, j in 0:2, k in 0:3"]
func.func @transpose(%x: tensor<2x3x4xf64>) -> tensor<4x2x3xf64> {
  %r = ten.transpose %x perm [2, 0, 1] : tensor<2x3x4xf64> -> tensor<4x2x3xf64>
  func.return %r : tensor<4x2x3xf64>
}

// CHECK:       func.func @reverse(
// CHECK-SAME:  letgrad.sparsity = ["x[-i + 5] for i in 0:6"]
func.func @reverse(%x: tensor<6xf64>) -> tensor<6xf64> {
  %r = ten.reverse %x dims [0] : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// A row-major grid of a vector reads it in steps.
// CHECK:       func.func @reshape(
// CHECK-SAME:  letgrad.sparsity = ["x[3 * i + j] for i in 0:2, j in 0:3"]
func.func @reshape(%x: tensor<6xf64>) -> tensor<2x3xf64> {
  %r = ten.reshape %x : tensor<6xf64> -> tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// Steps across rows are no steps of a vector.
// CHECK:       func.func @reshape_of_transpose_is_table(
// CHECK-SAME:  letgrad.sparsity = ["x at 6 pairs"]
func.func @reshape_of_transpose_is_table(%x: tensor<2x3xf64>) -> tensor<6xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<2x3xf64> -> tensor<3x2xf64>
  %r = ten.reshape %t : tensor<3x2xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// CHECK:       func.func @slice(
// CHECK-SAME:  letgrad.sparsity = ["x[3 * i + 2, j + 1] for i in 0:3, j in 0:4"]
func.func @slice(%x: tensor<9x5xf64>) -> tensor<3x4xf64> {
  %r = ten.slice %x offsets [2, 1] sizes [3, 4] strides [3, 1] : tensor<9x5xf64> -> tensor<3x4xf64>
  func.return %r : tensor<3x4xf64>
}

// CHECK:       func.func @pad(
// CHECK-SAME:  letgrad.sparsity = ["x[i - 1] for i in 1:4"]
func.func @pad(%x: tensor<3xf64>) -> tensor<6xf64> {
  %r = ten.pad %x low [1] high [2] interior [0] : tensor<3xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// CHECK:       func.func @pad_between_is_table(
// CHECK-SAME:  letgrad.sparsity = ["x at 3 pairs"]
func.func @pad_between_is_table(%x: tensor<3xf64>) -> tensor<6xf64> {
  %r = ten.pad %x low [1] high [0] interior [1] : tensor<3xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// CHECK:       func.func @concat(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:2, y[i - 2] for i in 2:5"]
func.func @concat(%x: tensor<2xf64>, %y: tensor<3xf64>) -> tensor<5xf64> {
  %r = ten.concat %x, %y dim 0 : tensor<2xf64>, tensor<3xf64> -> tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// Rows that follow each other in equal steps are one piece.
// CHECK:       func.func @stack(
// CHECK-SAME:  letgrad.sparsity = ["x[2 * i + 1] for i in 0:3"]
func.func @stack(%x: tensor<6xf64>) -> tensor<3xf64> {
  %i = arith.constant 1 : index
  %j = arith.constant 3 : index
  %k = arith.constant 5 : index
  %a = ten.index %x[%i] : tensor<6xf64> -> f64
  %b = ten.index %x[%j] : tensor<6xf64> -> f64
  %c = ten.index %x[%k] : tensor<6xf64> -> f64
  %r = ten.stack %a, %b, %c : f64 -> tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// A read outside is 0.
// CHECK:       func.func @index_outside(
// CHECK-SAME:  letgrad.sparsity = ["nothing"]
func.func @index_outside(%x: tensor<3x4xf64>) -> tensor<4xf64> {
  %i = arith.constant 3 : index
  %r = ten.index %x[%i] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %r : tensor<4xf64>
}

// All rows, and the same element of each.
// CHECK:       func.func @index_by_data(
// CHECK-SAME:  letgrad.sparsity = ["x[0:3, i] for i in 0:4"]
func.func @index_by_data(%x: tensor<3x4xf64>, %i: index) -> tensor<4xf64> {
  %r = ten.index %x[%i] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %r : tensor<4xf64>
}

// The box is v's, the rest is x's.
// CHECK:       func.func @update(
// CHECK-SAME:  letgrad.sparsity = ["x[0] for i in 0:1, x[i] for i in 3:6, v[i - 1] for i in 1:3"]
func.func @update(%x: tensor<6xf64>, %v: tensor<2xf64>) -> tensor<6xf64> {
  %i = arith.constant 1 : index
  %r = ten.update %x[%i] %v strides [1] : tensor<6xf64>, tensor<2xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// v may be anywhere.
// CHECK:       func.func @update_at_data(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6, v[0:2] for i in 0:6"]
func.func @update_at_data(%x: tensor<6xf64>, %v: tensor<2xf64>, %i: index) -> tensor<6xf64> {
  %r = ten.update %x[%i] %v strides [1] : tensor<6xf64>, tensor<2xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// A formula, and the places where it is inside.
// CHECK:       func.func @gather(
// CHECK-SAME:  letgrad.sparsity = ["x[i + 2] for i in 0:4"]
func.func @gather(%x: tensor<6xf64>) -> tensor<6xf64> {
  %c = arith.constant 2 : index
  %r = ten.gather [6] %x (%i) : tensor<6xf64> -> tensor<6xf64> {
    %j = arith.addi %i, %c : index
    ten.yield %j : index
  }
  func.return %r : tensor<6xf64>
}

// A table.
// CHECK:       func.func @gather_by_constants(
// CHECK-SAME:  letgrad.sparsity = ["x at 2 pairs"]
func.func @gather_by_constants(%x: tensor<6xf64>) -> tensor<3xf64> {
  %t = arith.constant dense<[4, 0, 7]> : tensor<3xi64>
  %r = ten.gather [3] %x (%i) : tensor<6xf64> -> tensor<3xf64> {
    %e = ten.index %t[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %e : i64 to index
    ten.yield %j : index
  }
  func.return %r : tensor<3xf64>
}

// Along the index that is data, all.
// CHECK:       func.func @gather_by_data(
// CHECK-SAME:  letgrad.sparsity = ["x[i, 0:4] for i in 0:3"]
func.func @gather_by_data(%x: tensor<3x4xf64>, %p: tensor<3xi64>) -> tensor<3xf64> {
  %r = ten.gather [3] %x (%i) : tensor<3x4xf64> -> tensor<3xf64> {
    %e = ten.index %p[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %e : i64 to index
    ten.yield %i, %j : index, index
  }
  func.return %r : tensor<3xf64>
}

// CHECK:       func.func @scatter(
// CHECK-SAME:  letgrad.sparsity = ["x[i - 2] for i in 2:8"]
func.func @scatter(%x: tensor<6xf64>) -> tensor<9xf64> {
  %c = arith.constant 2 : index
  %r = ten.scatter [9] %x (%i) : tensor<6xf64> -> tensor<9xf64> {
    %j = arith.addi %i, %c : index
    ten.yield %j : index
  }
  func.return %r : tensor<9xf64>
}

// Any element may be anywhere.
// CHECK:       func.func @scatter_by_data(
// CHECK-SAME:  letgrad.sparsity = ["x[0:6] for i in 0:4"]
func.func @scatter_by_data(%x: tensor<6xf64>, %p: tensor<6xi64>) -> tensor<4xf64> {
  %r = ten.scatter [4] %x (%i) : tensor<6xf64> -> tensor<4xf64> {
    %e = ten.index %p[%i] : tensor<6xi64> -> i64
    %j = arith.index_cast %e : i64 to index
    ten.yield %j : index
  }
  func.return %r : tensor<4xf64>
}

// CHECK:       func.func @reduction(
// CHECK-SAME:  letgrad.sparsity = ["x[i, 0:4] for i in 0:3"]
func.func @reduction(%x: tensor<3x4xf64>) -> tensor<3xf64> {
  %r = ten.sum %x dims [1] : tensor<3x4xf64> -> tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// A triangle.
// CHECK:       func.func @cumsum(
// CHECK-SAME:  letgrad.sparsity = ["x at 10 pairs"]
func.func @cumsum(%x: tensor<4xf64>) -> tensor<4xf64> {
  %r = ten.cumsum %x dim 0 : tensor<4xf64>
  func.return %r : tensor<4xf64>
}

// CHECK:       func.func @einsum(
// CHECK-SAME:  letgrad.sparsity = ["x[i, 0:3] for i in 0:2, j in 0:4, y[0:3, j] for i in 0:2, j in 0:4"]
func.func @einsum(%x: tensor<2x3xf64>, %y: tensor<3x4xf64>) -> tensor<2x4xf64> {
  %r = ten.einsum "ij,jk->ik" %x, %y : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
  func.return %r : tensor<2x4xf64>
}

// Only where the constant matrix is not 0.
// CHECK:       func.func @einsum_with_holes(
// CHECK-SAME:  letgrad.sparsity = ["x at 2 pairs"]
func.func @einsum_with_holes(%x: tensor<3xf64>) -> tensor<2xf64> {
  %a = arith.constant dense<[[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]> : tensor<2x3xf64>
  %r = ten.einsum "ij,j->i" %a, %x : tensor<2x3xf64>, tensor<3xf64> -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// One row of numbers.
// CHECK:       func.func @fft(
// CHECK-SAME:  letgrad.sparsity = ["x[i, 0:4] for i in 0:2, j in 0:3, k in 0:2"]
func.func @fft(%x: tensor<2x4xf64>) -> tensor<2x3x2xf64> {
  %r = ten.fft real, %x dims [1] : tensor<2x4xf64> -> tensor<2x3x2xf64>
  func.return %r : tensor<2x3x2xf64>
}

// One column.
// CHECK:       func.func @dct(
// CHECK-SAME:  letgrad.sparsity = ["x[0:2, j] for i in 0:2, j in 0:3"]
func.func @dct(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %r = ten.dct sine2, %x dims [0] : tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// One matrix of a batch.
// CHECK:       func.func @decomposition(
// CHECK-SAME:  letgrad.sparsity = ["x[i, 0:3, 0:3] for i in 0:2, j in 0:3, k in 0:3"]
func.func @decomposition(%x: tensor<2x3x3xf64>) -> tensor<2x3x3xf64> {
  %r = ten.cholesky %x : tensor<2x3x3xf64> -> tensor<2x3x3xf64>
  func.return %r : tensor<2x3x3xf64>
}

// A column of b, and the whole triangle.
// CHECK:       func.func @triangular_solve(
// CHECK-SAME:  letgrad.sparsity = ["t[0:3, 0:3] for i in 0:3, j in 0:2, b[0:3, j] for i in 0:3, j in 0:2"]
func.func @triangular_solve(%t: tensor<3x3xf64>, %b: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %r = ten.triangular_solve lower, %t, %b : tensor<3x3xf64>, tensor<3x2xf64> -> tensor<3x2xf64>
  func.return %r : tensor<3x2xf64>
}

// A column of b, and the whole matrix.
// CHECK:       func.func @symmetric_solve(
// CHECK-SAME:  letgrad.sparsity = ["a[0:3, 0:3] for i in 0:3, j in 0:2, b[0:3, j] for i in 0:3, j in 0:2"]
func.func @symmetric_solve(%a: tensor<3x3xf64>, %b: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %r = ten.symmetric_solve upper, %a, %b : tensor<3x3xf64>, tensor<3x2xf64> -> tensor<3x2xf64>
  func.return %r : tensor<3x2xf64>
}

// Both branches.
// CHECK:       func.func @conditional(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:3, x[i + 3] for i in 0:3"]
func.func @conditional(%x: tensor<6xf64>, %c: i1) -> tensor<3xf64> {
  %r = scf.if %c -> (tensor<3xf64>) {
    %a = ten.slice %x offsets [0] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
    scf.yield %a : tensor<3xf64>
  } else {
    %b = ten.slice %x offsets [3] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
    scf.yield %b : tensor<3xf64>
  }
  func.return %r : tensor<3xf64>
}

// Step by step: the carry has read what came before.
// CHECK:       func.func @scan(
// CHECK-SAME:  letgrad.sparsity = ["x[i - 1] for i in 1:6"]
func.func @scan(%x: tensor<6xf64>) -> tensor<6xf64> {
  %z = arith.constant 0.0 : f64
  %s, %r = ten.scan [6] (%c = %z : f64) over (%e = %x : tensor<6xf64>) -> (f64, tensor<6xf64>) {
    %n = arith.mulf %e, %e : f64
    ten.yield %n, %c : f64, f64
  }
  func.return %r : tensor<6xf64>
}

// A fixed point.
// CHECK:       func.func @while_(
// CHECK-SAME:  letgrad.sparsity = ["x[i] for i in 0:6"]
func.func @while_(%x: tensor<6xf64>, %n: index) -> tensor<6xf64> {
  %r = ten.while (%c = %x : tensor<6xf64>) -> (tensor<6xf64>) {
    %s = ten.sum %c dims [0] : tensor<6xf64> -> f64
    %one = arith.constant 1.0 : f64
    %go = arith.cmpf ogt, %s, %one : f64
    ten.yield %go : i1
  } do (%d) {
    %h = arith.mulf %d, %d : tensor<6xf64>
    ten.yield %h : tensor<6xf64>
  }
  func.return %r : tensor<6xf64>
}

// The pass knows bulk ops. `ten-vectorize` makes them.
// CHECK:       func.func @build_is_dense(
// CHECK-SAME:  letgrad.sparsity = ["x[0:6] for i in 0:6"]
func.func @build_is_dense(%x: tensor<6xf64>) -> tensor<6xf64> {
  %r = ten.build [6] (%i) : tensor<6xf64> {
    %e = ten.index %x[%i] : tensor<6xf64> -> f64
    ten.yield %e : f64
  }
  func.return %r : tensor<6xf64>
}

// With a number of turns that is data, the loop may begin at any row: the first carry is x, not y.
// CHECK:       func.func @scan_in_reverse_with_turns(
// CHECK-SAME:  letgrad.sparsity = ["x for i in 0:4, y[0:4] for i in 0:4"]
func.func @scan_in_reverse_with_turns(%x: f64, %y: tensor<4xf64>, %n: index) -> tensor<4xf64> {
  %c, %r = ten.scan [4] turns %n reverse (%s = %x : f64) over (%e = %y : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    ten.yield %e, %s : f64, f64
  }
  func.return %r : tensor<4xf64>
}
