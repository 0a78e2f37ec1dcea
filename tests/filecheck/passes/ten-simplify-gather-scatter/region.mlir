// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Index arithmetic in regions, and proved facts about it.

// CHECK-LABEL: func.func @region_of_index_arithmetic(
// CHECK-NEXT:    %y = ten.gather [4, 3] %x (%0, %1) : tensor<9xf64> -> tensor<4x3xf64> {
// CHECK-NEXT:    %2 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    %3 = arith.addi %2, %1 : index
// CHECK-NEXT:    ten.yield %3 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4x3xf64>
func.func @region_of_index_arithmetic(%x: tensor<9xf64>, %p: tensor<4xindex>) -> tensor<4x3xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = ten.gather [4, 3] %x (%i, %j) : tensor<9xf64> -> tensor<4x3xf64> {
    %a = arith.muli %i, %c4 : index
    %b = arith.addi %a, %j : index
    %q = arith.floordivsi %b, %c4 : index
    %in = arith.cmpi sge, %j, %c0 : index
    %k = arith.select %in, %q, %c1 : index
    %d = ten.index %p[%k] : tensor<4xindex> -> index
    %l = arith.addi %d, %j : index
    ten.yield %l : index
  }
  func.return %y : tensor<4x3xf64>
}

// j may be 4: the quotient is not i for all j.
// CHECK-LABEL: func.func @region_of_index_arithmetic_not_decided_stays(
// CHECK-NEXT:    %y = ten.gather [4, 5] %x (%0, %1) : tensor<9xf64> -> tensor<4x5xf64> {
// CHECK-NEXT:    %2 = arith.constant 4 : index
// CHECK-NEXT:    %3 = arith.floordivsi %1, %2 : index
// CHECK-NEXT:    %4 = arith.addi %0, %3 : index
// CHECK-NEXT:    %5 = ten.index %p[%4] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %5 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4x5xf64>
func.func @region_of_index_arithmetic_not_decided_stays(%x: tensor<9xf64>, %p: tensor<4xindex>) -> tensor<4x5xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [4, 5] %x (%i, %j) : tensor<9xf64> -> tensor<4x5xf64> {
    %a = arith.muli %i, %c4 : index
    %b = arith.addi %a, %j : index
    %q = arith.floordivsi %b, %c4 : index
    %d = ten.index %p[%q] : tensor<4xindex> -> index
    ten.yield %d : index
  }
  func.return %y : tensor<4x5xf64>
}

// A table of equal steps is computed; then the gather is a slice.
// CHECK-LABEL: func.func @region_of_index_arithmetic_by_table(
// CHECK-NEXT:    %y = ten.slice %x offsets [2] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @region_of_index_arithmetic_by_table(%x: tensor<9xf64>) -> tensor<3xf64> {
  %table = arith.constant dense<[2, 4, 6]> : tensor<3xi64>
  %y = ten.gather [3] %x (%i) : tensor<9xf64> -> tensor<3xf64> {
    %k = ten.index %table[%i] : tensor<3xi64> -> i64
    %l = arith.index_cast %k : i64 to index
    ten.yield %l : index
  }
  func.return %y : tensor<3xf64>
}

// An integer may wrap: x + 1 ≥ x is not known.
// CHECK-LABEL: func.func @region_of_index_arithmetic_that_wraps_stays(
// CHECK-NEXT:    %c1 = arith.constant 1 : index
// CHECK-NEXT:    %y = ten.gather [3] %x (%i) : tensor<2xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<3xindex> -> index
// CHECK-NEXT:    %e = arith.addi %d, %c1 : index
// CHECK-NEXT:    %more = arith.cmpi sge, %e, %d : index
// CHECK-NEXT:    %k = arith.select %more, %e, %d : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @region_of_index_arithmetic_that_wraps_stays(%x: tensor<2xf64>, %p: tensor<3xindex>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = ten.gather [3] %x (%i) : tensor<2xf64> -> tensor<3xf64> {
    %d = ten.index %p[%i] : tensor<3xindex> -> index
    %e = arith.addi %d, %c1 : index
    %more = arith.cmpi sge, %e, %d : index
    %k = arith.select %more, %e, %d : index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @region_with_invariant(
// CHECK-NEXT:    %d = ten.index %p[%n] : tensor<4xindex> -> index
// CHECK-NEXT:    %y = ten.gather [5] %x (%i) {unique} : tensor<9xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k = arith.addi %i, %d : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @region_with_invariant(%x: tensor<9xf64>, %p: tensor<4xindex>, %n: index) -> tensor<5xf64> {
  %y = ten.gather [5] %x (%i) : tensor<9xf64> -> tensor<5xf64> {
    %d = ten.index %p[%n] : tensor<4xindex> -> index
    %k = arith.addi %i, %d : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @region_with_invariant_none_stays(
// CHECK-NEXT:    %y = ten.gather [5] %x (%i) : tensor<9xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    %k = arith.addi %n, %d : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @region_with_invariant_none_stays(%x: tensor<9xf64>, %p: tensor<5xindex>, %n: index) -> tensor<5xf64> {
  %y = ten.gather [5] %x (%i) : tensor<9xf64> -> tensor<5xf64> {
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %k = arith.addi %n, %d : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// The positions of greatest elements are in bounds.
// CHECK-LABEL: func.func @facts_of_indices_in_bounds(
// CHECK-NEXT:    %p = ten.argmax %t dim 1 : tensor<5x3xf64> -> tensor<5xindex>
// CHECK-NEXT:    %y = ten.gather [5] %x (%i) {in_bounds} : tensor<3xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @facts_of_indices_in_bounds(%x: tensor<3xf64>, %t: tensor<5x3xf64>) -> tensor<5xf64> {
  %p = ten.argmax %t dim 1 : tensor<5x3xf64> -> tensor<5xindex>
  %y = ten.gather [5] %x (%i) : tensor<3xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// Of two elements.
// CHECK-LABEL: func.func @facts_of_indices_not_in_bounds(
// CHECK-NEXT:    %p = ten.argmax %t dim 1 : tensor<5x3xf64> -> tensor<5xindex>
// CHECK-NEXT:    %y = ten.gather [5] %x (%i) : tensor<2xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @facts_of_indices_not_in_bounds(%x: tensor<2xf64>, %t: tensor<5x3xf64>) -> tensor<5xf64> {
  %p = ten.argmax %t dim 1 : tensor<5x3xf64> -> tensor<5xindex>
  %y = ten.gather [5] %x (%i) : tensor<2xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @facts_of_indices_unique(
// CHECK-NEXT:    %y = ten.scatter [5, 3] %t (%i) {unique} : tensor<5xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %i, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @facts_of_indices_unique(%t: tensor<5xf64>, %p: tensor<5xindex>) -> tensor<5x3xf64> {
  %y = ten.scatter [5, 3] %t (%i) : tensor<5xf64> -> tensor<5x3xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<5x3xf64>
}

// CHECK-LABEL: func.func @facts_of_indices_sorted(
// CHECK-NEXT:    %c3 = arith.constant 3 : index
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %y = ten.scatter [6, 6] %t (%i) {in_bounds} : tensor<8xf64> -> tensor<6x6xf64> {
// CHECK-NEXT:    %a = arith.floordivsi %i, %c3 : index
// CHECK-NEXT:    %b = arith.floordivsi %i, %c2 : index
// CHECK-NEXT:    %k = arith.addi %a, %b : index
// CHECK-NEXT:    ten.yield %k, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %z = ten.gather [3] %y (%i_1) {in_bounds, sorted, unique} : tensor<6x6xf64> -> tensor<3xf64> {
// CHECK-NEXT:    ten.yield %i_1, %i_1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %z : tensor<3xf64>
func.func @facts_of_indices_sorted(%t: tensor<8xf64>) -> tensor<3xf64> {
  %c3 = arith.constant 3 : index
  %c2 = arith.constant 2 : index
  %y = ten.scatter [6, 6] %t (%i) : tensor<8xf64> -> tensor<6x6xf64> {
    %a = arith.floordivsi %i, %c3 : index
    %b = arith.floordivsi %i, %c2 : index
    %k = arith.addi %a, %b : index
    ten.yield %k, %k : index, index
  }
  %z = ten.gather [3] %y (%i) : tensor<6x6xf64> -> tensor<3xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %z : tensor<3xf64>
}
