// Some ops become nests, some become buffers, and some stay library ops.
// RUN: letgrad-opt %s -p convert-ten-to-kernel | filecheck %s

// A sum of a product is one nest, and the product no buffer.
// CHECK-LABEL: func.func @sum(
// CHECK-NEXT:    %s = kernel.generic [5, 7] (%0, %1) add [0] : tensor<5xf64> {
// CHECK-NEXT:      %2 = kernel.load %y[%0, %1] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      %3 = kernel.load %x[%0, %1] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      %4 = arith.mulf %3, %2 : f64
// CHECK-NEXT:      kernel.yield %4 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %s : tensor<5xf64>
func.func @sum(%x: tensor<5x7xf64>, %y: tensor<5x7xf64>) -> tensor<5xf64> {
  %p = arith.mulf %x, %y : tensor<5x7xf64>
  %s = ten.sum %p dims [1] : tensor<5x7xf64> -> tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// CHECK-LABEL: func.func @every_reduction(
// CHECK-NEXT:    %0, %1, %2, %3, %4 = kernel.generic [5, 7] (%5, %6) mul [], max [1], min [0], any [0], all [] : i32, tensor<7xi32>, tensor<5xi32>, tensor<5xi1>, i1 {
// CHECK-NEXT:      %7 = kernel.load %x[%5, %6] {in_bounds} : tensor<5x7xi32>
// CHECK-NEXT:      %8 = kernel.load %b[%5, %6] {in_bounds} : tensor<5x7xi1>
// CHECK-NEXT:      kernel.yield %7, %7, %7, %8, %8 : i32, i32, i32, i1, i1
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %0, %1, %2, %3, %4 : i32, tensor<7xi32>, tensor<5xi32>, tensor<5xi1>, i1
func.func @every_reduction(%x: tensor<5x7xi32>, %b: tensor<5x7xi1>) -> (i32, tensor<7xi32>, tensor<5xi32>, tensor<5xi1>, i1) {
  %0 = ten.reduce prod, %x dims [0, 1] : tensor<5x7xi32> -> i32
  %1 = ten.reduce max, %x dims [0] : tensor<5x7xi32> -> tensor<7xi32>
  %2 = ten.reduce min, %x dims [1] : tensor<5x7xi32> -> tensor<5xi32>
  %3 = ten.reduce any, %b dims [1] : tensor<5x7xi1> -> tensor<5xi1>
  %4 = ten.reduce all, %b dims [0, 1] : tensor<5x7xi1> -> i1
  func.return %0, %1, %2, %3, %4 : i32, tensor<7xi32>, tensor<5xi32>, tensor<5xi1>, i1
}

// Sums of 16 bits are rounded once: what the library does.
// CHECK-LABEL: func.func @sum_of_halves_stays(
// CHECK-NEXT:    %s = ten.sum %x dims [0] : tensor<5xf16> -> f16
// CHECK-NEXT:    func.return %s : f16
func.func @sum_of_halves_stays(%x: tensor<5xf16>) -> f16 {
  %s = ten.sum %x dims [0] : tensor<5xf16> -> f16
  func.return %s : f16
}

// Results over the same indices share a nest, and what both need.
// CHECK-LABEL: func.func @results_share_a_nest(
// CHECK-NEXT:    %a, %b = kernel.generic [5] (%0) store [0], store [0] : tensor<5xf64>, tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = math.exp %1 : f64
// CHECK-NEXT:      %3 = math.sin %2 : f64
// CHECK-NEXT:      %4 = math.cos %2 : f64
// CHECK-NEXT:      kernel.yield %3, %4 : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %a, %b : tensor<5xf64>, tensor<5xf64>
func.func @results_share_a_nest(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %e = math.exp %x : tensor<5xf64>
  %a = math.sin %e : tensor<5xf64>
  %b = math.cos %e : tensor<5xf64>
  func.return %a, %b : tensor<5xf64>, tensor<5xf64>
}

// CHECK-LABEL: func.func @other_indices_are_another_nest(
// CHECK-NEXT:    %a = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = math.sin %1 : f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %b = kernel.generic [7] (%3) store [0] : tensor<7xf64> {
// CHECK-NEXT:      %4 = kernel.load %y[%3] {in_bounds} : tensor<7xf64>
// CHECK-NEXT:      %5 = math.sin %4 : f64
// CHECK-NEXT:      kernel.yield %5 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %a, %b : tensor<5xf64>, tensor<7xf64>
func.func @other_indices_are_another_nest(%x: tensor<5xf64>, %y: tensor<7xf64>) -> (tensor<5xf64>, tensor<7xf64>) {
  %a = math.sin %x : tensor<5xf64>
  %b = math.sin %y : tensor<7xf64>
  func.return %a, %b : tensor<5xf64>, tensor<7xf64>
}

// Max; exp and its sum; the quotient.
// CHECK-LABEL: func.func @softmax(
// CHECK-NEXT:    %m = kernel.generic [5, 7] (%0, %1) max [0] : tensor<5xf64> {
// CHECK-NEXT:      %2 = kernel.load %x[%0, %1] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %e, %s = kernel.generic [5, 7] (%3, %4) store [0, 1], add [0] : tensor<5x7xf64>, tensor<5xf64> {
// CHECK-NEXT:      %5 = kernel.load %m[%3] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %6 = kernel.load %x[%3, %4] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      %7 = arith.subf %6, %5 : f64
// CHECK-NEXT:      %8 = math.exp %7 : f64
// CHECK-NEXT:      kernel.yield %8, %8 : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = kernel.generic [5, 7] (%9, %10) store [0, 1] : tensor<5x7xf64> {
// CHECK-NEXT:      %11 = kernel.load %s[%9] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %12 = kernel.load %e[%9, %10] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      %13 = arith.divf %12, %11 : f64
// CHECK-NEXT:      kernel.yield %13 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x7xf64>
func.func @softmax(%x: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %m = ten.reduce max, %x dims [1] : tensor<5x7xf64> -> tensor<5xf64>
  %mb = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x7xf64>
  %d = arith.subf %x, %mb : tensor<5x7xf64>
  %e = math.exp %d : tensor<5x7xf64>
  %l = sharing.let %e : tensor<5x7xf64>
  %s = ten.sum %l dims [1] : tensor<5x7xf64> -> tensor<5xf64>
  %sb = ten.broadcast %s dims [1] : tensor<5xf64> -> tensor<5x7xf64>
  %y = arith.divf %l, %sb : tensor<5x7xf64>
  func.return %y : tensor<5x7xf64>
}

// The nests compute the value of a let once, and read it at other indices.
// CHECK-LABEL: func.func @let_read_elsewhere(
// CHECK-NEXT:    %x = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %a[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = math.exp %1 : f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %z = kernel.generic [5, 7] (%3, %4) store [0, 1] : tensor<5x7xf64> {
// CHECK-NEXT:      %5 = kernel.load %x[%3] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %6 = math.sin %5 : f64
// CHECK-NEXT:      kernel.yield %6 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %r = kernel.generic [5] (%7) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %8 = arith.constant -1 : index
// CHECK-NEXT:      %9 = arith.muli %7, %8 : index
// CHECK-NEXT:      %10 = arith.constant 4 : index
// CHECK-NEXT:      %11 = arith.addi %9, %10 : index
// CHECK-NEXT:      %12 = kernel.load %x[%11] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      kernel.yield %12 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r, %z : tensor<5xf64>, tensor<5x7xf64>
func.func @let_read_elsewhere(%a: tensor<5xf64>) -> (tensor<5xf64>, tensor<5x7xf64>) {
  %x = math.exp %a : tensor<5xf64>
  %l = sharing.let %x : tensor<5xf64>
  %y = math.sin %l : tensor<5xf64>
  %z = ten.broadcast %y dims [1] : tensor<5xf64> -> tensor<5x7xf64>
  %r = ten.reverse %l dims [0] : tensor<5xf64>
  func.return %r, %z : tensor<5xf64>, tensor<5x7xf64>
}

// Without a let it is computed again in each nest.
// CHECK-LABEL: func.func @no_let(
// CHECK-NEXT:    %z = kernel.generic [5, 7] (%0, %1) store [0, 1] : tensor<5x7xf64> {
// CHECK-NEXT:      %2 = kernel.load %a[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %3 = math.exp %2 : f64
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %r = kernel.generic [5] (%4) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %5 = arith.constant -1 : index
// CHECK-NEXT:      %6 = arith.muli %4, %5 : index
// CHECK-NEXT:      %7 = arith.constant 4 : index
// CHECK-NEXT:      %8 = arith.addi %6, %7 : index
// CHECK-NEXT:      %9 = kernel.load %a[%8] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %10 = math.exp %9 : f64
// CHECK-NEXT:      kernel.yield %10 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r, %z : tensor<5xf64>, tensor<5x7xf64>
func.func @no_let(%a: tensor<5xf64>) -> (tensor<5xf64>, tensor<5x7xf64>) {
  %x = math.exp %a : tensor<5xf64>
  %z = ten.broadcast %x dims [1] : tensor<5xf64> -> tensor<5x7xf64>
  %r = ten.reverse %x dims [0] : tensor<5xf64>
  func.return %r, %z : tensor<5xf64>, tensor<5x7xf64>
}

// A library op reads and gives buffers.
// CHECK-LABEL: func.func @library_op(
// CHECK-NEXT:    %e = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = math.exp %1 : f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    %c = ten.cumsum %e dim 0 : tensor<5xf64>
// CHECK-NEXT:    %s = kernel.generic [5] (%3) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %4 = kernel.load %c[%3] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %5 = math.sin %4 : f64
// CHECK-NEXT:      kernel.yield %5 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %s : tensor<5xf64>
func.func @library_op(%x: tensor<5xf64>) -> tensor<5xf64> {
  %e = math.exp %x : tensor<5xf64>
  %c = ten.cumsum %e dim 0 : tensor<5xf64>
  %s = math.sin %c : tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// CHECK-LABEL: func.func @argument_is_result(
// CHECK-NEXT:    func.return %x : tensor<5xf64>
func.func @argument_is_result(%x: tensor<5xf64>) -> tensor<5xf64> {
  func.return %x : tensor<5xf64>
}

// The same place is reached in two ways: one load.
// CHECK-LABEL: func.func @one_load(
// CHECK-NEXT:    %y = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = arith.mulf %1, %1 : f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @one_load(%x: tensor<5xf64>) -> tensor<5xf64> {
  %r = ten.reverse %x dims [0] : tensor<5xf64>
  %q = ten.reverse %r dims [0] : tensor<5xf64>
  %y = arith.mulf %x, %q : tensor<5xf64>
  func.return %y : tensor<5xf64>
}
