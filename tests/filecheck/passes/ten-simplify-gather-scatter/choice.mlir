// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Gathers and scatters by a choice.

// CHECK-LABEL: func.func @gather_by_threshold(
// CHECK-NEXT:    %y = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<5xf64> -> tensor<2xf64>
// CHECK-NEXT:    %y_1 = ten.concat %x, %y dim 0 : tensor<5xf64>, tensor<2xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<7xf64>
func.func @gather_by_threshold(%x: tensor<5xf64>) -> tensor<7xf64> {
  %c5 = arith.constant 5 : index
  %y = ten.gather [7] %x (%i) : tensor<5xf64> -> tensor<7xf64> {
    %small = arith.cmpi slt, %i, %c5 : index
    %less = arith.subi %i, %c5 : index
    %k = arith.select %small, %i, %less : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// Both parts read at data; one gather does that.
// CHECK-LABEL: func.func @gather_by_threshold_of_data_stays(
// CHECK-NEXT:    %c5 = arith.constant 5 : index
// CHECK-NEXT:    %y = ten.gather [7] %x (%i) : tensor<5xf64> -> tensor<7xf64> {
// CHECK-NEXT:    %small = arith.cmpi slt, %i, %c5 : index
// CHECK-NEXT:    %less = ten.index %p[%i] : tensor<7xindex> -> index
// CHECK-NEXT:    %k = arith.select %small, %i, %less : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<7xf64>
func.func @gather_by_threshold_of_data_stays(%x: tensor<5xf64>, %p: tensor<7xindex>) -> tensor<7xf64> {
  %c5 = arith.constant 5 : index
  %y = ten.gather [7] %x (%i) : tensor<5xf64> -> tensor<7xf64> {
    %small = arith.cmpi slt, %i, %c5 : index
    %less = ten.index %p[%i] : tensor<7xindex> -> index
    %k = arith.select %small, %i, %less : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// CHECK-LABEL: func.func @gather_by_condition(
// CHECK-NEXT:    %r = ten.broadcast %x dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_1 = ten.broadcast %y dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_2 = ten.select %mask, %r, %r_1 : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    func.return %r_2 : tensor<5xf64>
func.func @gather_by_condition(%mask: tensor<5xi1>, %x: f64, %y: f64) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %table = ten.stack %x, %y : f64 -> tensor<2xf64>
  %r = ten.gather [5] %table (%i) : tensor<2xf64> -> tensor<5xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %k = arith.select %m, %c0, %c1 : index
    ten.yield %k : index
  }
  func.return %r : tensor<5xf64>
}

// The condition is computed in the region: it moves out in bulk.
// CHECK-LABEL: func.func @gather_by_condition_in_region(
// CHECK-NEXT:    %r = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_1 = arith.mulf %v, %r : tensor<5xf64>
// CHECK-NEXT:    %r_2 = ten.broadcast %s dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_3 = ten.compare ole, %r_1, %r_2 : tensor<5xf64>
// CHECK-NEXT:    %r_4 = arith.constant 0 : index
// CHECK-NEXT:    %r_5 = ten.index %x[%r_4] : tensor<2x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    %r_6 = arith.constant 1 : index
// CHECK-NEXT:    %r_7 = ten.index %x[%r_6] : tensor<2x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    %r_8 = ten.select %r_3, %r_5, %r_7 : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    func.return %r_8 : tensor<5xf64>
func.func @gather_by_condition_in_region(%v: tensor<5xf64>, %s: f64, %x: tensor<2x5xf64>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = ten.gather [5] %x (%i) : tensor<2x5xf64> -> tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %m = arith.cmpf ole, %p, %s : f64
    %k = arith.select %m, %c0, %c1 : index
    ten.yield %k, %i : index, index
  }
  func.return %r : tensor<5xf64>
}

// Where the mask does not hold, nothing is read.
// CHECK-LABEL: func.func @gather_by_condition_of_outside(
// CHECK-NEXT:    %r = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %r_1 = ten.broadcast %r dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_2 = ten.select %mask, %x, %r_1 : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    func.return %r_2 : tensor<5xf64>
func.func @gather_by_condition_of_outside(%mask: tensor<5xi1>, %x: tensor<5xf64>) -> tensor<5xf64> {
  %out = arith.constant -1 : index
  %r = ten.gather [5] %x (%i) : tensor<5xf64> -> tensor<5xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %k = arith.select %m, %i, %out : index
    ten.yield %k : index
  }
  func.return %r : tensor<5xf64>
}

// One of the reads is at data: two gathers would read twice as much.
// CHECK-LABEL: func.func @gather_by_condition_of_data_stays(
// CHECK-NEXT:    %r = ten.gather [5] %x (%i) : tensor<5xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    %k = arith.select %m, %i, %d : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<5xf64>
func.func @gather_by_condition_of_data_stays(%mask: tensor<5xi1>, %x: tensor<5xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %r = ten.gather [5] %x (%i) : tensor<5xf64> -> tensor<5xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %k = arith.select %m, %i, %d : index
    ten.yield %k : index
  }
  func.return %r : tensor<5xf64>
}

// CHECK-LABEL: func.func @scatter_by_threshold(
// CHECK-NEXT:    %y = ten.slice %t offsets [0] sizes [5] strides [1] : tensor<7xf64> -> tensor<5xf64>
// CHECK-NEXT:    %y_1 = ten.slice %t offsets [5] sizes [2] strides [1] : tensor<7xf64> -> tensor<2xf64>
// CHECK-NEXT:    %y_2 = ten.pad %y_1 low [0] high [3] interior [0] : tensor<2xf64> -> tensor<5xf64>
// CHECK-NEXT:    %y_3 = arith.addf %y, %y_2 : tensor<5xf64>
// CHECK-NEXT:    func.return %y_3 : tensor<5xf64>
func.func @scatter_by_threshold(%t: tensor<7xf64>) -> tensor<5xf64> {
  %c5 = arith.constant 5 : index
  %y = ten.scatter [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %small = arith.cmpi slt, %i, %c5 : index
    %less = arith.subi %i, %c5 : index
    %k = arith.select %small, %i, %less : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @scatter_by_threshold_of_data_stays(
// CHECK-NEXT:    %c5 = arith.constant 5 : index
// CHECK-NEXT:    %y = ten.scatter [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %small = arith.cmpi slt, %i, %c5 : index
// CHECK-NEXT:    %less = ten.index %p[%i] : tensor<7xindex> -> index
// CHECK-NEXT:    %k = arith.select %small, %i, %less : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @scatter_by_threshold_of_data_stays(%t: tensor<7xf64>, %p: tensor<7xindex>) -> tensor<5xf64> {
  %c5 = arith.constant 5 : index
  %y = ten.scatter [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %small = arith.cmpi slt, %i, %c5 : index
    %less = ten.index %p[%i] : tensor<7xindex> -> index
    %k = arith.select %small, %i, %less : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @scatter_by_condition(
// CHECK-NEXT:    %r = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %r_1 = ten.broadcast %r dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_2 = ten.select %mask, %t, %r_1 : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    %r_3 = ten.select %mask, %r_1, %t : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    %r_4 = ten.stack %r_2, %r_3 : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    %r_5 = ten.transpose %r_4 perm [1, 0] : tensor<2x5xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    func.return %r_5 : tensor<5x2xf64>
func.func @scatter_by_condition(%mask: tensor<5xi1>, %t: tensor<5xf64>) -> tensor<5x2xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = ten.scatter [5, 2] %t (%i) : tensor<5xf64> -> tensor<5x2xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %k = arith.select %m, %c0, %c1 : index
    ten.yield %i, %k : index, index
  }
  func.return %r : tensor<5x2xf64>
}

// CHECK-LABEL: func.func @scatter_by_condition_elsewhere(
// CHECK-NEXT:    %r = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %r_1 = ten.broadcast %r dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    %r_2 = ten.select %mask, %t, %r_1 : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    %r_3 = ten.select %mask, %r_1, %t : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    %r_4 = ten.pad %r_2 low [0] high [1] interior [0] : tensor<5xf64> -> tensor<6xf64>
// CHECK-NEXT:    %r_5 = ten.pad %r_3 low [1] high [0] interior [0] : tensor<5xf64> -> tensor<6xf64>
// CHECK-NEXT:    %r_6 = arith.addf %r_4, %r_5 : tensor<6xf64>
// CHECK-NEXT:    func.return %r_6 : tensor<6xf64>
func.func @scatter_by_condition_elsewhere(%mask: tensor<5xi1>, %t: tensor<5xf64>) -> tensor<6xf64> {
  %c1 = arith.constant 1 : index
  %r = ten.scatter [6] %t (%i) : tensor<5xf64> -> tensor<6xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %next = arith.addi %i, %c1 : index
    %k = arith.select %m, %i, %next : index
    ten.yield %k : index
  }
  func.return %r : tensor<6xf64>
}

// CHECK-LABEL: func.func @scatter_by_condition_of_data_stays(
// CHECK-NEXT:    %r = ten.scatter [6] %t (%i) : tensor<5xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    %k = arith.select %m, %i, %d : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<6xf64>
func.func @scatter_by_condition_of_data_stays(%mask: tensor<5xi1>, %t: tensor<5xf64>, %p: tensor<5xindex>) -> tensor<6xf64> {
  %r = ten.scatter [6] %t (%i) : tensor<5xf64> -> tensor<6xf64> {
    %m = ten.index %mask[%i] : tensor<5xi1> -> i1
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %k = arith.select %m, %i, %d : index
    ten.yield %k : index
  }
  func.return %r : tensor<6xf64>
}
