// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s


// How a body is walked: what depends on which indices, and what becomes of reads.

// A read at the very indices, in the whole range of t, is t.
// CHECK-LABEL: func.func @identity_read(
// CHECK-NEXT:    func.return %t : tensor<3x4xf32>
func.func @identity_read(%t: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3, 4] (%i, %j) : tensor<3x4xf32> {
    %e = ten.index %t[%i, %j] : tensor<3x4xf32> -> f32
    ten.yield %e : f32
  }
  func.return %b : tensor<3x4xf32>
}

// Only the first 2 of 3 rows: a gather.
// CHECK-LABEL: func.func @read_of_a_smaller_range(
// CHECK-NEXT:    %b = ten.gather [2] %t (%0) : tensor<3x4xf32> -> tensor<2x4xf32> {
// CHECK-NEXT:      ten.yield %0 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<2x4xf32>
func.func @read_of_a_smaller_range(%t: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %b = ten.build [2] (%i) : tensor<2x4xf32> {
    %e = ten.index %t[%i] : tensor<3x4xf32> -> tensor<4xf32>
    ten.yield %e : tensor<4xf32>
  }
  func.return %b : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @transposed_read(
// CHECK-NEXT:    %b = ten.gather [3, 4] %t (%0, %1) : tensor<4x3xf32> -> tensor<3x4xf32> {
// CHECK-NEXT:      ten.yield %1, %0 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x4xf32>
func.func @transposed_read(%t: tensor<4x3xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3, 4] (%i, %j) : tensor<3x4xf32> {
    %e = ten.index %t[%j, %i] : tensor<4x3xf32> -> f32
    ten.yield %e : f32
  }
  func.return %b : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @partial_read(
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %b = ten.gather [3] %t (%0) : tensor<3x4x2xf32> -> tensor<3x2xf32> {
// CHECK-NEXT:      ten.yield %0, %c1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x2xf32>
func.func @partial_read(%t: tensor<3x4x2xf32>) -> tensor<3x2xf32> {
  %c1 = arith.constant 1 : index
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %e = ten.index %t[%i, %c1] : tensor<3x4x2xf32> -> tensor<2xf32>
    ten.yield %e : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// An index that is data is read where it is needed.
// CHECK-LABEL: func.func @data_dependent_index(
// CHECK-NEXT:    %b = ten.gather [3] %t (%0) : tensor<5xf32> -> tensor<3xf32> {
// CHECK-NEXT:      %1 = ten.index %places[%0] : tensor<3xi64> -> i64
// CHECK-NEXT:      %2 = arith.index_cast %1 : i64 to index
// CHECK-NEXT:      ten.yield %2 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3xf32>
func.func @data_dependent_index(%t: tensor<5xf32>, %places: tensor<3xi64>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %p = ten.index %places[%i] : tensor<3xi64> -> i64
    %k = arith.index_cast %p : i64 to index
    %e = ten.index %t[%k] : tensor<5xf32> -> f32
    ten.yield %e : f32
  }
  func.return %b : tensor<3xf32>
}

// Index arithmetic goes into the gather that it is for.
// CHECK-LABEL: func.func @index_arithmetic(
// CHECK-NEXT:    %b = ten.gather [3] %t (%0) : tensor<5xf32> -> tensor<3xf32> {
// CHECK-NEXT:      %1 = arith.muli %0, %n : index
// CHECK-NEXT:      %2 = arith.addi %1, %0 : index
// CHECK-NEXT:      ten.yield %2 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3xf32>
func.func @index_arithmetic(%t: tensor<5xf32>, %n: index) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %k = arith.muli %i, %n : index
    %m = arith.addi %k, %i : index
    %e = ten.index %t[%m] : tensor<5xf32> -> f32
    ten.yield %e : f32
  }
  func.return %b : tensor<3xf32>
}

// The index as a number is a tensor.
// CHECK-LABEL: func.func @index_as_a_value(
// CHECK-NEXT:    %0 = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    %k = ten.cast %0 : tensor<3xindex> -> tensor<3xi64>
// CHECK-NEXT:    %f = ten.cast %k : tensor<3xi64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %f : tensor<3xf64>
func.func @index_as_a_value() -> tensor<3xf64> {
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %k = arith.index_cast %i : index to i64
    %f = arith.sitofp %k : i64 to f64
    ten.yield %f : f64
  }
  func.return %b : tensor<3xf64>
}

// A value that is used twice counts twice: %5 takes 31 ops, more than REGION_LIMIT.
// CHECK-LABEL: func.func @much_index_arithmetic_is_bulk(
// CHECK-NEXT:    %0 = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    %1 = arith.addi %0, %0 : tensor<3xindex>
// CHECK-NEXT:    %2 = arith.addi %1, %1 : tensor<3xindex>
// CHECK-NEXT:    %3 = arith.addi %2, %2 : tensor<3xindex>
// CHECK-NEXT:    %4 = arith.addi %3, %3 : tensor<3xindex>
// CHECK-NEXT:    %5 = arith.addi %4, %4 : tensor<3xindex>
// CHECK-NEXT:    %b = ten.gather [3] %t (%6) : tensor<5xf32> -> tensor<3xf32> {
// CHECK-NEXT:      %7 = ten.index %5[%6] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield %7 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3xf32>
func.func @much_index_arithmetic_is_bulk(%t: tensor<5xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %1 = arith.addi %i, %i : index
    %2 = arith.addi %1, %1 : index
    %3 = arith.addi %2, %2 : index
    %4 = arith.addi %3, %3 : index
    %5 = arith.addi %4, %4 : index
    %e = ten.index %t[%5] : tensor<5xf32> -> f32
    ten.yield %e : f32
  }
  func.return %b : tensor<3xf32>
}

// One domain: the sum inside is over the last dimension of the bulk product.
// CHECK-LABEL: func.func @nested_builds(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %1 = ten.broadcast %y dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %p = arith.mulf %0, %1 : tensor<3x4xf32>
// CHECK-NEXT:    %s = ten.sum %p dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %s : tensor<3xf32>
func.func @nested_builds(%x: tensor<3xf32>, %y: tensor<4xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %row = ten.build [4] (%j) : tensor<4xf32> {
      %e = ten.index %x[%i] : tensor<3xf32> -> f32
      %f = ten.index %y[%j] : tensor<4xf32> -> f32
      %p = arith.mulf %e, %f : f32
      ten.yield %p : f32
    }
    %s = ten.sum %row dims [0] : tensor<4xf32> -> f32
    ten.yield %s : f32
  }
  func.return %b : tensor<3xf32>
}

// The inner build does not use %i: it is computed once.
// CHECK-LABEL: func.func @inner_build_of_its_own_index(
// CHECK-NEXT:    %p = math.sin %y : tensor<4xf32>
// CHECK-NEXT:    %b = ten.broadcast %p dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    func.return %b : tensor<3x4xf32>
func.func @inner_build_of_its_own_index(%x: tensor<3xf32>, %y: tensor<4xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x4xf32> {
    %row = ten.build [4] (%j) : tensor<4xf32> {
      %f = ten.index %y[%j] : tensor<4xf32> -> f32
      %p = math.sin %f : f32
      ten.yield %p : f32
    }
    ten.yield %row : tensor<4xf32>
  }
  func.return %b : tensor<3x4xf32>
}

// A value that does not depend on the index is computed once, outside.
// CHECK-LABEL: func.func @hoisted(
// CHECK-NEXT:    %s = math.sin %y : f32
// CHECK-NEXT:    %0 = ten.broadcast %s dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %p = arith.addf %x, %0 : tensor<3xf32>
// CHECK-NEXT:    func.return %p : tensor<3xf32>
func.func @hoisted(%x: tensor<3xf32>, %y: f32) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %s = math.sin %y : f32
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %p = arith.addf %e, %s : f32
    ten.yield %p : f32
  }
  func.return %b : tensor<3xf32>
}

// A build in a branch is vectorized in the branch.
// CHECK-LABEL: func.func @build_in_if(
// CHECK-NEXT:    %r = scf.if %c -> (tensor<3xf32>) {
// CHECK-NEXT:      %p = math.sin %x : tensor<3xf32>
// CHECK-NEXT:      scf.yield %p : tensor<3xf32>
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %x : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<3xf32>
func.func @build_in_if(%c: i1, %x: tensor<3xf32>) -> tensor<3xf32> {
  %r = scf.if %c -> (tensor<3xf32>) {
    %b = ten.build [3] (%i) : tensor<3xf32> {
      %e = ten.index %x[%i] : tensor<3xf32> -> f32
      %p = math.sin %e : f32
      ten.yield %p : f32
    }
    scf.yield %b : tensor<3xf32>
  } else {
    scf.yield %x : tensor<3xf32>
  }
  func.return %r : tensor<3xf32>
}

// A condition that depends on the index: both branches, and a select.
// CHECK-LABEL: func.func @if_in_build(
// CHECK-NEXT:    %zero = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %0 = ten.broadcast %zero dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %c = ten.compare olt, %x, %0 : tensor<3xf32>
// CHECK-NEXT:    %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:    %r = ten.select %c, %s, %x : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:    func.return %r : tensor<3xf32>
func.func @if_in_build(%x: tensor<3xf32>) -> tensor<3xf32> {
  %zero = arith.constant 0.0 : f32
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %c = arith.cmpf olt, %e, %zero : f32
    %r = scf.if %c -> (f32) {
      %s = math.sin %e : f32
      scf.yield %s : f32
    } else {
      scf.yield %e : f32
    }
    ten.yield %r : f32
  }
  func.return %b : tensor<3xf32>
}

// A condition that does not: only one branch is computed. The second result is the same for all, so is its type.
// CHECK-LABEL: func.func @if_outside_in_build(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %r, %q = scf.if %c -> (tensor<3xf32>, f32) {
// CHECK-NEXT:      %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:      scf.yield %s, %y : tensor<3xf32>, f32
// CHECK-NEXT:    } else {
// CHECK-NEXT:      %t = math.cos %y : f32
// CHECK-NEXT:      scf.yield %0, %t : tensor<3xf32>, f32
// CHECK-NEXT:    }
// CHECK-NEXT:    %1 = ten.broadcast %q dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %p = arith.mulf %r, %1 : tensor<3xf32>
// CHECK-NEXT:    func.return %p : tensor<3xf32>
func.func @if_outside_in_build(%x: tensor<3xf32>, %y: f32, %c: i1) -> (tensor<3xf32>) {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r, %q = scf.if %c -> (f32, f32) {
      %s = math.sin %e : f32
      scf.yield %s, %y : f32, f32
    } else {
      %t = math.cos %y : f32
      scf.yield %y, %t : f32, f32
    }
    %p = arith.mulf %r, %q : f32
    ten.yield %p : f32
  }
  func.return %b : tensor<3xf32>
}

// A loop carries the bulk forms of what it carried.
// CHECK-LABEL: func.func @for_in_build(
// CHECK-NEXT:    %c0 = arith.constant 0 : index
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %c4 = arith.constant 4 : index
// CHECK-NEXT:    %r = scf.for %0 = %c0 to %c4 step %c1 iter_args(%1 = %x) -> (tensor<3xf32>) {
// CHECK-NEXT:      %2 = ten.gather [3] %y (%3) : tensor<3x4xf32> -> tensor<3xf32> {
// CHECK-NEXT:        ten.yield %3, %0 : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      %s = arith.addf %1, %2 : tensor<3xf32>
// CHECK-NEXT:      scf.yield %s : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<3xf32>
func.func @for_in_build(%x: tensor<3xf32>, %y: tensor<3x4xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r = scf.for %k = %c0 to %c4 step %c1 iter_args(%a = %e) -> (f32) {
      %f = ten.index %y[%i, %k] : tensor<3x4xf32> -> f32
      %s = arith.addf %a, %f : f32
      scf.yield %s : f32
    }
    ten.yield %r : f32
  }
  func.return %b : tensor<3xf32>
}

// CHECK-LABEL: func.func private @square(
// CHECK-NEXT:    %y = arith.mulf %x, %x : f32
// CHECK-NEXT:    func.return %y : f32
func.func private @square(%x: f32) -> f32 {
  %y = arith.mulf %x, %x : f32
  func.return %y : f32
}

// A call of what depends on the index is written out; another one is made once.
// CHECK-LABEL: func.func @call_in_build(
// CHECK-NEXT:    %y_1 = arith.mulf %x, %x : tensor<3xf32>
// CHECK-NEXT:    %t = func.call @square(%y) : (f32) -> f32
// CHECK-NEXT:    %0 = ten.broadcast %t dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %p = arith.addf %y_1, %0 : tensor<3xf32>
// CHECK-NEXT:    func.return %p : tensor<3xf32>
func.func @call_in_build(%x: tensor<3xf32>, %y: f32) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %s = func.call @square(%e) : (f32) -> f32
    %t = func.call @square(%y) : (f32) -> f32
    %p = arith.addf %s, %t : f32
    ten.yield %p : f32
  }
  func.return %b : tensor<3xf32>
}

// The region of the gather has %k, which depends on %i, from outside.
// CHECK-LABEL: func.func @gather_with_captured_index(
// CHECK-NEXT:    %b = ten.gather [3, 2] %x (%0, %j) : tensor<5xf32> -> tensor<3x2xf32> {
// CHECK-NEXT:      %1 = ten.index %places[%0] : tensor<3xindex> -> index
// CHECK-NEXT:      %m = arith.addi %1, %j : index
// CHECK-NEXT:      ten.yield %m : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x2xf32>
func.func @gather_with_captured_index(%x: tensor<5xf32>, %places: tensor<3xindex>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %k = ten.index %places[%i] : tensor<3xindex> -> index
    %g = ten.gather [2] %x (%j) : tensor<5xf32> -> tensor<2xf32> {
      %m = arith.addi %k, %j : index
      ten.yield %m : index
    }
    ten.yield %g : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// %x is the same for all, and repeated: each index has a sum of its own.
// CHECK-LABEL: func.func @scatter_with_captured_index(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %b = ten.scatter [3, 5] %0 (%1, %j) : tensor<3x2xf32> -> tensor<3x5xf32> {
// CHECK-NEXT:      %m = arith.addi %1, %j : index
// CHECK-NEXT:      ten.yield %1, %m : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x5xf32>
func.func @scatter_with_captured_index(%x: tensor<2xf32>) -> tensor<3x5xf32> {
  %b = ten.build [3] (%i) : tensor<3x5xf32> {
    %g = ten.scatter [5] %x (%j) : tensor<2xf32> -> tensor<5xf32> {
      %m = arith.addi %i, %j : index
      ten.yield %m : index
    }
    ten.yield %g : tensor<5xf32>
  }
  func.return %b : tensor<3x5xf32>
}

// A build in a region that is copied.
// CHECK-LABEL: func.func @build_in_gather(
// CHECK-NEXT:    %b = ten.gather [3, 2] %x (%0, %j) : tensor<5xf32> -> tensor<3x2xf32> {
// CHECK-NEXT:      %1 = ten.gather [4] %y (%2) : tensor<3x4xindex> -> tensor<4xindex> {
// CHECK-NEXT:        ten.yield %0, %2 : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      %3 = ten.broadcast %j dims [0] : index -> tensor<4xindex>
// CHECK-NEXT:      %m = arith.addi %1, %3 : tensor<4xindex>
// CHECK-NEXT:      %s = ten.sum %m dims [0] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield %s : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x2xf32>
func.func @build_in_gather(%x: tensor<5xf32>, %y: tensor<3x4xindex>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %g = ten.gather [2] %x (%j) : tensor<5xf32> -> tensor<2xf32> {
      %row = ten.build [4] (%k) : tensor<4xindex> {
        %e = ten.index %y[%i, %k] : tensor<3x4xindex> -> index
        %m = arith.addi %e, %j : index
        ten.yield %m : index
      }
      %s = ten.sum %row dims [0] : tensor<4xindex> -> index
      ten.yield %s : index
    }
    ten.yield %g : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @no_dims(
// CHECK-NEXT:    %s = math.sin %x : f32
// CHECK-NEXT:    func.return %s : f32
func.func @no_dims(%x: f32) -> f32 {
  %b = ten.build [] () : f32 {
    %s = math.sin %x : f32
    ten.yield %s : f32
  }
  func.return %b : f32
}

// CHECK-LABEL: func.func @zero_size(
// CHECK-NEXT:    %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:    %b = ten.broadcast %s dims [0] : tensor<3xf32> -> tensor<0x3xf32>
// CHECK-NEXT:    func.return %b : tensor<0x3xf32>
func.func @zero_size(%x: tensor<3xf32>) -> tensor<0x3xf32> {
  %b = ten.build [0, 3] (%i, %j) : tensor<0x3xf32> {
    %e = ten.index %x[%j] : tensor<3xf32> -> f32
    %s = math.sin %e : f32
    ten.yield %s : f32
  }
  func.return %b : tensor<0x3xf32>
}

// CHECK-LABEL: func.func @same_for_all(
// CHECK-NEXT:    %b = ten.broadcast %x dims [0, 1] : f32 -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %b : tensor<3x2xf32>
func.func @same_for_all(%x: f32) -> tensor<3x2xf32> {
  %b = ten.build [3, 2] (%i, %j) : tensor<3x2xf32> {
    ten.yield %x : f32
  }
  func.return %b : tensor<3x2xf32>
}

// %e depends on %i alone: its sine is taken 3 times, not 12.
// CHECK-LABEL: func.func @fewest_axes(
// CHECK-NEXT:    %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:    %0 = ten.broadcast %s dims [1] : tensor<3xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %1 = ten.broadcast %y dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %p = arith.mulf %0, %1 : tensor<3x4xf32>
// CHECK-NEXT:    func.return %p : tensor<3x4xf32>
func.func @fewest_axes(%x: tensor<3xf32>, %y: tensor<4xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3, 4] (%i, %j) : tensor<3x4xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %s = math.sin %e : f32
    %f = ten.index %y[%j] : tensor<4xf32> -> f32
    %p = arith.mulf %s, %f : f32
    ten.yield %p : f32
  }
  func.return %b : tensor<3x4xf32>
}
