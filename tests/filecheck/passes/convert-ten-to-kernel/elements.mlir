// The reads of a nest: one function per rule of the table `element`.
// RUN: letgrad-opt %s -p convert-ten-to-kernel | filecheck %s

// CHECK-LABEL: func.func @elementwise(
// CHECK-NEXT:    %z = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = arith.mulf %1, %k : f64
// CHECK-NEXT:      %3 = math.sin %2 : f64
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<5xf64>
func.func @elementwise(%x: tensor<5xf64>, %k: f64) -> tensor<5xf64> {
  %b = ten.broadcast %k dims [0] : f64 -> tensor<5xf64>
  %y = arith.mulf %x, %b : tensor<5xf64>
  %z = math.sin %y : tensor<5xf64>
  func.return %z : tensor<5xf64>
}

// CHECK-LABEL: func.func @constant(
// CHECK-NEXT:    %y = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:      %2 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %3 = arith.mulf %2, %1 : f64
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @constant(%x: tensor<5xf64>) -> tensor<5xf64> {
  %c = arith.constant dense<2.0> : tensor<5xf64>
  %y = arith.mulf %x, %c : tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// Other constants are read.
// CHECK-LABEL: func.func @constant_of_different_elements(
// CHECK-NEXT:    %c = arith.constant dense<[2.000000e+00, 3.000000e+00, 5.000000e+00]> : tensor<3xf64>
// CHECK-NEXT:    %y = kernel.generic [3] (%0) store [0] : tensor<3xf64> {
// CHECK-NEXT:      %1 = kernel.load %c[%0] {in_bounds} : tensor<3xf64>
// CHECK-NEXT:      %2 = kernel.load %x[%0] {in_bounds} : tensor<3xf64>
// CHECK-NEXT:      %3 = arith.mulf %2, %1 : f64
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @constant_of_different_elements(%x: tensor<3xf64>) -> tensor<3xf64> {
  %c = arith.constant dense<[2.0, 3.0, 5.0]> : tensor<3xf64>
  %y = arith.mulf %x, %c : tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @compare_select(
// CHECK-NEXT:    %w = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %2 = kernel.load %y[%0] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %3 = arith.cmpf olt, %1, %2 : f64
// CHECK-NEXT:      %4 = arith.select %3, %1, %2 : f64
// CHECK-NEXT:      %5 = arith.select %b, %4, %1 : f64
// CHECK-NEXT:      kernel.yield %5 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %w : tensor<5xf64>
func.func @compare_select(%x: tensor<5xf64>, %y: tensor<5xf64>, %b: i1) -> tensor<5xf64> {
  %m = ten.compare olt, %x, %y : tensor<5xf64>
  %z = ten.select %m, %x, %y : tensor<5xi1>, tensor<5xf64>
  %w = ten.select %b, %z, %x : i1, tensor<5xf64>
  func.return %w : tensor<5xf64>
}

// CHECK-LABEL: func.func @compare_integers(
// CHECK-NEXT:    %m = kernel.generic [5] (%0) store [0] : tensor<5xi1> {
// CHECK-NEXT:      %1 = kernel.load %y[%0] {in_bounds} : tensor<5xi32>
// CHECK-NEXT:      %2 = kernel.load %x[%0] {in_bounds} : tensor<5xi32>
// CHECK-NEXT:      %3 = arith.cmpi ult, %2, %1 : i32
// CHECK-NEXT:      kernel.yield %3 : i1
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %m : tensor<5xi1>
func.func @compare_integers(%x: tensor<5xi32>, %y: tensor<5xi32>) -> tensor<5xi1> {
  %m = ten.compare ult, %x, %y : tensor<5xi32>
  func.return %m : tensor<5xi1>
}

// CHECK-LABEL: func.func @cast(
// CHECK-NEXT:    %y = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%0] {in_bounds} : tensor<5xi32>
// CHECK-NEXT:      %2 = ten.cast %1 : i32 -> f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @cast(%x: tensor<5xi32>) -> tensor<5xf64> {
  %y = ten.cast %x : tensor<5xi32> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @iota(
// CHECK-NEXT:    %x, %y = kernel.generic [5, 7] (%0, %1) store [0, 1], store [0, 1] : tensor<5x7xindex>, tensor<5x7xf64> {
// CHECK-NEXT:      %2 = ten.cast %0 : index -> f64
// CHECK-NEXT:      kernel.yield %1, %2 : index, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %x, %y : tensor<5x7xindex>, tensor<5x7xf64>
func.func @iota() -> (tensor<5x7xindex>, tensor<5x7xf64>) {
  %x = ten.iota dim 1 : tensor<5x7xindex>
  %y = ten.iota dim 0 : tensor<5x7xf64>
  func.return %x, %y : tensor<5x7xindex>, tensor<5x7xf64>
}

// CHECK-LABEL: func.func @broadcast(
// CHECK-NEXT:    %y = kernel.generic [2, 5, 3, 7] (%0, %1, %2, %3) store [0, 1, 2, 3] : tensor<2x5x3x7xf64> {
// CHECK-NEXT:      %4 = kernel.load %x[%1, %3] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %4 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<2x5x3x7xf64>
func.func @broadcast(%x: tensor<5x7xf64>) -> tensor<2x5x3x7xf64> {
  %y = ten.broadcast %x dims [0, 2] : tensor<5x7xf64> -> tensor<2x5x3x7xf64>
  func.return %y : tensor<2x5x3x7xf64>
}

// CHECK-LABEL: func.func @transpose(
// CHECK-NEXT:    %y = kernel.generic [5, 7, 3] (%0, %1, %2) store [0, 1, 2] : tensor<5x7x3xf64> {
// CHECK-NEXT:      %3 = kernel.load %x[%2, %0, %1] {in_bounds} : tensor<3x5x7xf64>
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x7x3xf64>
func.func @transpose(%x: tensor<3x5x7xf64>) -> tensor<5x7x3xf64> {
  %y = ten.transpose %x perm [1, 2, 0] : tensor<3x5x7xf64> -> tensor<5x7x3xf64>
  func.return %y : tensor<5x7x3xf64>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-NEXT:    %y = kernel.generic [5, 7] (%0, %1) store [0, 1] : tensor<5x7xf64> {
// CHECK-NEXT:      %2 = arith.constant -1 : index
// CHECK-NEXT:      %3 = arith.muli %1, %2 : index
// CHECK-NEXT:      %4 = arith.constant 6 : index
// CHECK-NEXT:      %5 = arith.addi %3, %4 : index
// CHECK-NEXT:      %6 = kernel.load %x[%0, %5] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %6 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x7xf64>
func.func @reverse(%x: tensor<5x7xf64>) -> tensor<5x7xf64> {
  %y = ten.reverse %x dims [1] : tensor<5x7xf64>
  func.return %y : tensor<5x7xf64>
}

// CHECK-LABEL: func.func @slice(
// CHECK-NEXT:    %y = kernel.generic [2, 3] (%0, %1) store [0, 1] : tensor<2x3xf64> {
// CHECK-NEXT:      %2 = arith.constant 3 : index
// CHECK-NEXT:      %3 = arith.addi %0, %2 : index
// CHECK-NEXT:      %4 = arith.constant 2 : index
// CHECK-NEXT:      %5 = arith.muli %1, %4 : index
// CHECK-NEXT:      %6 = arith.constant 1 : index
// CHECK-NEXT:      %7 = arith.addi %5, %6 : index
// CHECK-NEXT:      %8 = kernel.load %x[%3, %7] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %8 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<2x3xf64>
func.func @slice(%x: tensor<5x7xf64>) -> tensor<2x3xf64> {
  %y = ten.slice %x offsets [3, 1] sizes [2, 3] strides [1, 2] : tensor<5x7xf64> -> tensor<2x3xf64>
  func.return %y : tensor<2x3xf64>
}

// Slices of slices are one linear form.
// CHECK-LABEL: func.func @slice_of_reverse_of_slice(
// CHECK-NEXT:    %c = kernel.generic [2] (%0) store [0] : tensor<2xf64> {
// CHECK-NEXT:      %1 = arith.constant -4 : index
// CHECK-NEXT:      %2 = arith.muli %0, %1 : index
// CHECK-NEXT:      %3 = arith.constant 5 : index
// CHECK-NEXT:      %4 = arith.addi %2, %3 : index
// CHECK-NEXT:      %5 = kernel.load %x[%4] {in_bounds} : tensor<9xf64>
// CHECK-NEXT:      kernel.yield %5 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %c : tensor<2xf64>
func.func @slice_of_reverse_of_slice(%x: tensor<9xf64>) -> tensor<2xf64> {
  %a = ten.slice %x offsets [1] sizes [4] strides [2] : tensor<9xf64> -> tensor<4xf64>
  %b = ten.reverse %a dims [0] : tensor<4xf64>
  %c = ten.slice %b offsets [1] sizes [2] strides [2] : tensor<4xf64> -> tensor<2xf64>
  func.return %c : tensor<2xf64>
}

// CHECK-LABEL: func.func @pad(
// CHECK-NEXT:    %y = kernel.generic [8, 7] (%0, %1) store [0, 1] : tensor<8x7xf64> {
// CHECK-NEXT:      %2 = arith.constant -2 : index
// CHECK-NEXT:      %3 = arith.addi %0, %2 : index
// CHECK-NEXT:      %4 = kernel.load %x[%3, %1] : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %4 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<8x7xf64>
func.func @pad(%x: tensor<5x7xf64>) -> tensor<8x7xf64> {
  %y = ten.pad %x low [2, 0] high [1, 0] interior [0, 0] : tensor<5x7xf64> -> tensor<8x7xf64>
  func.return %y : tensor<8x7xf64>
}

// CHECK-LABEL: func.func @pad_with_interior(
// CHECK-NEXT:    %y = kernel.generic [8] (%0) store [0] : tensor<8xf64> {
// CHECK-NEXT:      %1 = arith.constant -1 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = arith.constant 3 : index
// CHECK-NEXT:      %4 = arith.floordivsi %2, %3 : index
// CHECK-NEXT:      %5 = arith.muli %4, %3 : index
// CHECK-NEXT:      %6 = arith.subi %2, %5 : index
// CHECK-NEXT:      %7 = arith.constant 0 : index
// CHECK-NEXT:      %8 = arith.cmpi ne, %6, %7 : index
// CHECK-NEXT:      %9 = kernel.load %x[%4] : tensor<3xf64>
// CHECK-NEXT:      %10 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      %11 = arith.select %8, %10, %9 : f64
// CHECK-NEXT:      kernel.yield %11 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<8xf64>
func.func @pad_with_interior(%x: tensor<3xf64>) -> tensor<8xf64> {
  %y = ten.pad %x low [1] high [0] interior [2] : tensor<3xf64> -> tensor<8xf64>
  func.return %y : tensor<8xf64>
}

// One guard stands after the computation.
// CHECK-LABEL: func.func @pad_of_a_computation(
// CHECK-NEXT:    %y = kernel.generic [8] (%0) store [0] : tensor<8xf64> {
// CHECK-NEXT:      %1 = arith.constant -2 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = kernel.load %x[%2] : tensor<5xf64>
// CHECK-NEXT:      %4 = math.exp %3 : f64
// CHECK-NEXT:      %5 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      %6 = arith.constant 5 : index
// CHECK-NEXT:      %7 = arith.cmpi ult, %2, %6 : index
// CHECK-NEXT:      %8 = arith.select %7, %4, %5 : f64
// CHECK-NEXT:      kernel.yield %8 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<8xf64>
func.func @pad_of_a_computation(%x: tensor<5xf64>) -> tensor<8xf64> {
  %e = math.exp %x : tensor<5xf64>
  %y = ten.pad %e low [2] high [1] interior [0] : tensor<5xf64> -> tensor<8xf64>
  func.return %y : tensor<8xf64>
}

// Outside of the slice, but not of %x: still 0.
// CHECK-LABEL: func.func @pad_of_slice(
// CHECK-NEXT:    %z = kernel.generic [4] (%0) store [0] : tensor<4xf64> {
// CHECK-NEXT:      %1 = arith.constant -1 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = arith.constant 1 : index
// CHECK-NEXT:      %4 = arith.addi %0, %3 : index
// CHECK-NEXT:      %5 = kernel.load %x[%4] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %6 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      %7 = arith.constant 2 : index
// CHECK-NEXT:      %8 = arith.cmpi ult, %2, %7 : index
// CHECK-NEXT:      %9 = arith.select %8, %5, %6 : f64
// CHECK-NEXT:      kernel.yield %9 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<4xf64>
func.func @pad_of_slice(%x: tensor<5xf64>) -> tensor<4xf64> {
  %y = ten.slice %x offsets [2] sizes [2] strides [1] : tensor<5xf64> -> tensor<2xf64>
  %z = ten.pad %y low [1] high [1] interior [0] : tensor<2xf64> -> tensor<4xf64>
  func.return %z : tensor<4xf64>
}

// The guard of a slice that leaves out all padding is not needed.
// CHECK-LABEL: func.func @slice_of_pad(
// CHECK-NEXT:    %z = kernel.generic [3] (%0) store [0] : tensor<3xf64> {
// CHECK-NEXT:      %1 = arith.constant 1 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = kernel.load %x[%2] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<3xf64>
func.func @slice_of_pad(%x: tensor<5xf64>) -> tensor<3xf64> {
  %y = ten.pad %x low [2] high [1] interior [0] : tensor<5xf64> -> tensor<8xf64>
  %z = ten.slice %y offsets [3] sizes [3] strides [1] : tensor<8xf64> -> tensor<3xf64>
  func.return %z : tensor<3xf64>
}

// A joined dimension is taken apart; the others need no division.
// CHECK-LABEL: func.func @reshape_joins(
// CHECK-NEXT:    %y = kernel.generic [15, 7] (%0, %1) store [0, 1] : tensor<15x7xf64> {
// CHECK-NEXT:      %2 = arith.constant 5 : index
// CHECK-NEXT:      %3 = arith.remsi %0, %2 : index
// CHECK-NEXT:      %4 = arith.divsi %0, %2 : index
// CHECK-NEXT:      %5 = kernel.load %x[%4, %3, %1] {in_bounds} : tensor<3x5x7xf64>
// CHECK-NEXT:      kernel.yield %5 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<15x7xf64>
func.func @reshape_joins(%x: tensor<3x5x7xf64>) -> tensor<15x7xf64> {
  %y = ten.reshape %x : tensor<3x5x7xf64> -> tensor<15x7xf64>
  func.return %y : tensor<15x7xf64>
}

// CHECK-LABEL: func.func @reshape_splits(
// CHECK-NEXT:    %y = kernel.generic [3, 5, 7] (%0, %1, %2) store [0, 1, 2] : tensor<3x5x7xf64> {
// CHECK-NEXT:      %3 = arith.constant 5 : index
// CHECK-NEXT:      %4 = arith.muli %0, %3 : index
// CHECK-NEXT:      %5 = arith.addi %4, %1 : index
// CHECK-NEXT:      %6 = kernel.load %x[%5, %2] {in_bounds} : tensor<15x7xf64>
// CHECK-NEXT:      kernel.yield %6 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x5x7xf64>
func.func @reshape_splits(%x: tensor<15x7xf64>) -> tensor<3x5x7xf64> {
  %y = ten.reshape %x : tensor<15x7xf64> -> tensor<3x5x7xf64>
  func.return %y : tensor<3x5x7xf64>
}

// CHECK-LABEL: func.func @reshape_to_ones(
// CHECK-NEXT:    %y = kernel.generic [1, 5, 1] (%0, %1, %2) store [0, 1, 2] : tensor<1x5x1xf64> {
// CHECK-NEXT:      %3 = arith.constant 5 : index
// CHECK-NEXT:      %4 = arith.muli %0, %3 : index
// CHECK-NEXT:      %5 = arith.addi %4, %1 : index
// CHECK-NEXT:      %6 = kernel.load %x[%5] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      kernel.yield %6 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<1x5x1xf64>
func.func @reshape_to_ones(%x: tensor<5xf64>) -> tensor<1x5x1xf64> {
  %y = ten.reshape %x : tensor<5xf64> -> tensor<1x5x1xf64>
  func.return %y : tensor<1x5x1xf64>
}

// CHECK-LABEL: func.func @reshape_of_nothing(
// CHECK-NEXT:    %y = kernel.generic [5, 0] (%0, %1) store [0, 1] : tensor<5x0xf64> {
// CHECK-NEXT:      %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      kernel.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x0xf64>
func.func @reshape_of_nothing(%x: tensor<0x3xf64>) -> tensor<5x0xf64> {
  %y = ten.reshape %x : tensor<0x3xf64> -> tensor<5x0xf64>
  func.return %y : tensor<5x0xf64>
}

// 4x6 and 8x3 have no smaller groups.
// CHECK-LABEL: func.func @reshape_in_one_group(
// CHECK-NEXT:    %y = kernel.generic [8, 3] (%0, %1) store [0, 1] : tensor<8x3xf64> {
// CHECK-NEXT:      %2 = arith.constant 3 : index
// CHECK-NEXT:      %3 = arith.muli %0, %2 : index
// CHECK-NEXT:      %4 = arith.addi %3, %1 : index
// CHECK-NEXT:      %5 = arith.constant 6 : index
// CHECK-NEXT:      %6 = arith.remsi %4, %5 : index
// CHECK-NEXT:      %7 = arith.divsi %4, %5 : index
// CHECK-NEXT:      %8 = kernel.load %x[%7, %6] {in_bounds} : tensor<4x6xf64>
// CHECK-NEXT:      kernel.yield %8 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<8x3xf64>
func.func @reshape_in_one_group(%x: tensor<4x6xf64>) -> tensor<8x3xf64> {
  %y = ten.reshape %x : tensor<4x6xf64> -> tensor<8x3xf64>
  func.return %y : tensor<8x3xf64>
}

// CHECK-LABEL: func.func @reshape_to_scalar(
// CHECK-NEXT:    %y = kernel.generic [] () store [] : f64 {
// CHECK-NEXT:      %0 = arith.constant 0 : index
// CHECK-NEXT:      %1 = kernel.load %x[%0, %0] {in_bounds} : tensor<1x1xf64>
// CHECK-NEXT:      kernel.yield %1 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : f64
func.func @reshape_to_scalar(%x: tensor<1x1xf64>) -> f64 {
  %y = ten.reshape %x : tensor<1x1xf64> -> f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @concat(
// CHECK-NEXT:    %z = kernel.generic [5, 7] (%0, %1) store [0, 1] : tensor<5x7xf64> {
// CHECK-NEXT:      %2 = arith.constant -2 : index
// CHECK-NEXT:      %3 = arith.addi %0, %2 : index
// CHECK-NEXT:      %4 = kernel.load %y[%3, %1] : tensor<3x7xf64>
// CHECK-NEXT:      %5 = kernel.load %x[%0, %1] : tensor<2x7xf64>
// CHECK-NEXT:      %6 = arith.constant 2 : index
// CHECK-NEXT:      %7 = arith.cmpi slt, %0, %6 : index
// CHECK-NEXT:      %8 = arith.select %7, %5, %4 : f64
// CHECK-NEXT:      kernel.yield %8 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<5x7xf64>
func.func @concat(%x: tensor<2x7xf64>, %y: tensor<3x7xf64>) -> tensor<5x7xf64> {
  %z = ten.concat %x, %y dim 0 : tensor<2x7xf64>, tensor<3x7xf64> -> tensor<5x7xf64>
  func.return %z : tensor<5x7xf64>
}

// CHECK-LABEL: func.func @stack(
// CHECK-NEXT:    %z = kernel.generic [2, 5] (%0, %1) store [0, 1] : tensor<2x5xf64> {
// CHECK-NEXT:      %2 = kernel.load %y[%1] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %3 = arith.constant 0 : index
// CHECK-NEXT:      %4 = arith.cmpi eq, %0, %3 : index
// CHECK-NEXT:      %5 = kernel.load %x[%1] {in_bounds} : tensor<5xf64>
// CHECK-NEXT:      %6 = arith.select %4, %5, %2 : f64
// CHECK-NEXT:      kernel.yield %6 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<2x5xf64>
func.func @stack(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<2x5xf64> {
  %z = ten.stack %x, %y : tensor<5xf64> -> tensor<2x5xf64>
  func.return %z : tensor<2x5xf64>
}

// CHECK-LABEL: func.func @index(
// CHECK-NEXT:    %y = kernel.generic [7] (%0) store [0] : tensor<7xf64> {
// CHECK-NEXT:      %1 = kernel.load %x[%n, %0] : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %1 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<7xf64>
func.func @index(%x: tensor<5x7xf64>, %n: index) -> tensor<7xf64> {
  %y = ten.index %x[%n] : tensor<5x7xf64> -> tensor<7xf64>
  func.return %y : tensor<7xf64>
}

// CHECK-LABEL: func.func @gather(
// CHECK-NEXT:    %y = kernel.generic [3, 7] (%0, %1) store [0, 1] : tensor<3x7xf64> {
// CHECK-NEXT:      %2 = kernel.load %p[%0] {in_bounds} : tensor<3xi64>
// CHECK-NEXT:      %3 = arith.index_cast %2 : i64 to index
// CHECK-NEXT:      %4 = kernel.load %x[%3, %1] : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %4 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x7xf64>
func.func @gather(%x: tensor<5x7xf64>, %p: tensor<3xi64>) -> tensor<3x7xf64> {
  %y = ten.gather [3] %x (%i) : tensor<5x7xf64> -> tensor<3x7xf64> {
    %j = ten.index %p[%i] : tensor<3xi64> -> i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<3x7xf64>
}

// Indices that are known to be inside are not guarded.
// CHECK-LABEL: func.func @gather_inside(
// CHECK-NEXT:    %y = kernel.generic [3] (%0) store [0] : tensor<3xf64> {
// CHECK-NEXT:      %1 = arith.constant 1 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = kernel.load %x[%2, %0] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @gather_inside(%x: tensor<5x7xf64>) -> tensor<3xf64> {
  %y = ten.gather [3] %x (%i) : tensor<5x7xf64> -> tensor<3xf64> {
    %1 = arith.constant 1 : index
    %j = arith.addi %i, %1 : index
    ten.yield %j, %i : index, index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @gather_partly_outside(
// CHECK-NEXT:    %y = kernel.generic [5] (%0) store [0] : tensor<5xf64> {
// CHECK-NEXT:      %1 = arith.constant -1 : index
// CHECK-NEXT:      %2 = arith.addi %0, %1 : index
// CHECK-NEXT:      %3 = kernel.load %x[%2] : tensor<5xf64>
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_partly_outside(%x: tensor<5xf64>) -> tensor<5xf64> {
  %y = ten.gather [5] %x (%i) : tensor<5xf64> -> tensor<5xf64> {
    %1 = arith.constant 1 : index
    %j = arith.subi %i, %1 : index
    ten.yield %j : index
  }
  func.return %y : tensor<5xf64>
}

// Rounded to 16 bits after each op: what the library does.
// CHECK-LABEL: func.func @gather_by_halves_stays(
// CHECK-NEXT:    %y = kernel.generic [3] (%0) store [0] : tensor<3xf64> {
// CHECK-NEXT:      %1 = kernel.load %p[%0] {in_bounds} : tensor<3xf16>
// CHECK-NEXT:      %2 = arith.fptosi %1 : f16 to i64
// CHECK-NEXT:      %3 = arith.index_cast %2 : i64 to index
// CHECK-NEXT:      %4 = kernel.load %x[%3] : tensor<5xf64>
// CHECK-NEXT:      kernel.yield %4 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @gather_by_halves_stays(%x: tensor<5xf64>, %p: tensor<3xf16>) -> tensor<3xf64> {
  %y = ten.gather [3] %x (%i) : tensor<5xf64> -> tensor<3xf64> {
    %h = ten.index %p[%i] : tensor<3xf16> -> f16
    %j = arith.fptosi %h : f16 to i64
    %k = arith.index_cast %j : i64 to index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// A constant index is known to be inside or not: nothing is compared.
// CHECK-LABEL: func.func @at_constants(
// CHECK-NEXT:    %y = kernel.generic [4] (%0) store [0] : tensor<4xf64> {
// CHECK-NEXT:      %1 = arith.constant 2 : index
// CHECK-NEXT:      %2 = kernel.load %x[%1, %0] {in_bounds} : tensor<3x4xf64>
// CHECK-NEXT:      %3 = math.sin %2 : f64
// CHECK-NEXT:      kernel.yield %3 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4xf64>
func.func @at_constants(%x: tensor<3x4xf64>) -> tensor<4xf64> {
  %z = math.sin %x : tensor<3x4xf64>
  %two = arith.constant 2 : index
  %y = ten.index %z[%two] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %y : tensor<4xf64>
}

// The parts of a part ask once whether an index is inside.
// CHECK-LABEL: func.func @part_of_part(
// CHECK:           arith.select
// CHECK-NOT:       arith.select
// CHECK:           kernel.yield
func.func @part_of_part(%m: tensor<4xi1>, %x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %a = ten.select %m, %x, %y : tensor<4xi1>, tensor<4xf64>
  %b = ten.select %m, %a, %y : tensor<4xi1>, tensor<4xf64>
  func.return %b : tensor<4xf64>
}
