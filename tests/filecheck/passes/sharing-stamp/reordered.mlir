// RUN: letgrad-opt %s -p sharing-stamp,sharing-verify --verify-sharing | filecheck %s

// The regions bind the indices in the other order: each share lists them as its term uses them.
// CHECK-LABEL: func.func @sizes_exchanged(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<8xf64>) -> (tensor<3x8xf64>, tensor<8x3xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.build [3, 8] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<3x8xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<3xf64> -> f64
// CHECK-NEXT:      [[F:%.*]] = ten.index [[W]]{{\[}}[[J]]] : tensor<8xf64> -> f64
// CHECK-NEXT:      [[M:%.*]] = math.powf [[E]], [[F]] : f64
// CHECK-NEXT:      [[M_1:%.*]] = sharing.share [[M]] {stamp = 0} {{\[}}[[I]], [[J]]] : f64
// CHECK-NEXT:      ten.yield [[M_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [8, 3] ([[J_1:%[^ ,:)]+]], [[I_1:%[^ ,:)]+]]) : tensor<8x3xf64> {
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[I_1]]] : tensor<3xf64> -> f64
// CHECK-NEXT:      [[F_1:%.*]] = ten.index [[W]]{{\[}}[[J_1]]] : tensor<8xf64> -> f64
// CHECK-NEXT:      [[M_2:%.*]] = math.powf [[E_1]], [[F_1]] : f64
// CHECK-NEXT:      [[M_3:%.*]] = sharing.share [[M_2]] {stamp = 0} {{\[}}[[I_1]], [[J_1]]] : f64
// CHECK-NEXT:      ten.yield [[M_3]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<3x8xf64>, tensor<8x3xf64>
// CHECK-NEXT:  }
func.func @sizes_exchanged(%v: tensor<3xf64>, %w: tensor<8xf64>) -> (tensor<3x8xf64>, tensor<8x3xf64>) {
  %a = ten.build [3, 8] (%i, %j) : tensor<3x8xf64> {
    %e = ten.index %v[%i] : tensor<3xf64> -> f64
    %f = ten.index %w[%j] : tensor<8xf64> -> f64
    %m = math.powf %e, %f : f64
    ten.yield %m : f64
  }
  %b = ten.build [8, 3] (%j, %i) : tensor<8x3xf64> {
    %e = ten.index %v[%i] : tensor<3xf64> -> f64
    %f = ten.index %w[%j] : tensor<8xf64> -> f64
    %m = math.powf %e, %f : f64
    ten.yield %m : f64
  }
  func.return %a, %b : tensor<3x8xf64>, tensor<8x3xf64>
}

// So too of equal sizes, where neither place nor size tells the indices apart.
// CHECK-LABEL: func.func @equal_sizes(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<4x4xf64>) -> (tensor<4x4xf64>, tensor<4x4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.build [4, 4] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[M]]{{\[}}[[I]], [[J]]] : tensor<4x4xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      [[S_1:%.*]] = sharing.share [[S]] {stamp = 1} {{\[}}[[I]], [[J]]] : f64
// CHECK-NEXT:      ten.yield [[S_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4, 4] ([[I_1:%[^ ,:)]+]], [[J_1:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[M]]{{\[}}[[J_1]], [[I_1]]] : tensor<4x4xf64> -> f64
// CHECK-NEXT:      [[S_2:%.*]] = math.exp [[E_1]] : f64
// CHECK-NEXT:      [[S_3:%.*]] = sharing.share [[S_2]] {stamp = 1} {{\[}}[[J_1]], [[I_1]]] : f64
// CHECK-NEXT:      ten.yield [[S_3]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4x4xf64>, tensor<4x4xf64>
// CHECK-NEXT:  }
func.func @equal_sizes(%m: tensor<4x4xf64>) -> (tensor<4x4xf64>, tensor<4x4xf64>) {
  %a = ten.build [4, 4] (%i, %j) : tensor<4x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<4x4xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  %b = ten.build [4, 4] (%i, %j) : tensor<4x4xf64> {
    %e = ten.index %m[%j, %i] : tensor<4x4xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<4x4xf64>, tensor<4x4xf64>
}

// A term of the second of two indices is a term of the first, also in one region.
// CHECK-LABEL: func.func @second_index(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<5x5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.build [5, 5] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<5x5xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[F:%.*]] = ten.index [[V]]{{\[}}[[J]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      [[S_1:%.*]] = sharing.share [[S]] {stamp = 2} {{\[}}[[I]]] : f64
// CHECK-NEXT:      [[T:%.*]] = math.exp [[F]] : f64
// CHECK-NEXT:      [[T_1:%.*]] = sharing.share [[T]] {stamp = 2} {{\[}}[[J]]] : f64
// CHECK-NEXT:      [[D:%.*]] = arith.divf [[S_1]], [[T_1]] : f64
// CHECK-NEXT:      ten.yield [[D]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [5] ([[I_1:%[^ ,:)]+]]) : tensor<5xf64> {
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[I_1]]] : tensor<5xf64> -> f64
// CHECK-NEXT:      [[S_2:%.*]] = math.exp [[E_1]] : f64
// CHECK-NEXT:      [[S_3:%.*]] = sharing.share [[S_2]] {stamp = 2} {{\[}}[[I_1]]] : f64
// CHECK-NEXT:      ten.yield [[S_3]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<5x5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @second_index(%v: tensor<5xf64>) -> (tensor<5x5xf64>, tensor<5xf64>) {
  %a = ten.build [5, 5] (%i, %j) : tensor<5x5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %f = ten.index %v[%j] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %t = math.exp %f : f64
    %d = arith.divf %s, %t : f64
    ten.yield %d : f64
  }
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<5x5xf64>, tensor<5xf64>
}

// Index arithmetic is compared as sums: 2 (i + 1) - 1 is 1 + i + i.
// CHECK-LABEL: func.func @sums(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<9xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[A:%.*]] = ten.build [4] ([[I:%[^ ,:)]+]]) : tensor<4xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[I]], [[C1]] : index
// CHECK-NEXT:      [[L:%.*]] = arith.muli [[C2]], [[K]] : index
// CHECK-NEXT:      [[N:%.*]] = arith.subi [[L]], [[C1]] : index
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[N]]] : tensor<9xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.exp [[E]] : f64
// CHECK-NEXT:      [[S_1:%.*]] = sharing.share [[S]] {stamp = 3} {{\[}}[[I]]] : f64
// CHECK-NEXT:      ten.yield [[S_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4] ([[I_1:%[^ ,:)]+]]) : tensor<4xf64> {
// CHECK-NEXT:      [[K_1:%.*]] = arith.addi [[C1]], [[I_1]] : index
// CHECK-NEXT:      [[N_1:%.*]] = arith.addi [[K_1]], [[I_1]] : index
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[N_1]]] : tensor<9xf64> -> f64
// CHECK-NEXT:      [[S_2:%.*]] = math.exp [[E_1]] : f64
// CHECK-NEXT:      [[S_3:%.*]] = sharing.share [[S_2]] {stamp = 3} {{\[}}[[I_1]]] : f64
// CHECK-NEXT:      ten.yield [[S_3]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @sums(%v: tensor<9xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = ten.build [4] (%i) : tensor<4xf64> {
    %k = arith.addi %i, %c1 : index
    %l = arith.muli %c2, %k : index
    %n = arith.subi %l, %c1 : index
    %e = ten.index %v[%n] : tensor<9xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  %b = ten.build [4] (%i) : tensor<4xf64> {
    %k = arith.addi %c1, %i : index
    %n = arith.addi %k, %i : index
    %e = ten.index %v[%n] : tensor<9xf64> -> f64
    %s = math.exp %e : f64
    ten.yield %s : f64
  }
  func.return %a, %b : tensor<4xf64>, tensor<4xf64>
}

// v[i] to the power of w[j] is a function of two indices, and v[i] to the power of w[i] of one.
// CHECK-LABEL: func.func @other_use_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4x4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.build [4, 4] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<4xf64> -> f64
// CHECK-NEXT:      [[F:%.*]] = ten.index [[W]]{{\[}}[[J]]] : tensor<4xf64> -> f64
// CHECK-NEXT:      [[M:%.*]] = math.powf [[E]], [[F]] : f64
// CHECK-NEXT:      ten.yield [[M]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4] ([[I_1:%[^ ,:)]+]]) : tensor<4xf64> {
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[I_1]]] : tensor<4xf64> -> f64
// CHECK-NEXT:      [[F_1:%.*]] = ten.index [[W]]{{\[}}[[I_1]]] : tensor<4xf64> -> f64
// CHECK-NEXT:      [[M_1:%.*]] = math.powf [[E_1]], [[F_1]] : f64
// CHECK-NEXT:      ten.yield [[M_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4x4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @other_use_stays(%v: tensor<4xf64>, %w: tensor<4xf64>) -> (tensor<4x4xf64>, tensor<4xf64>) {
  %a = ten.build [4, 4] (%i, %j) : tensor<4x4xf64> {
    %e = ten.index %v[%i] : tensor<4xf64> -> f64
    %f = ten.index %w[%j] : tensor<4xf64> -> f64
    %m = math.powf %e, %f : f64
    ten.yield %m : f64
  }
  %b = ten.build [4] (%i) : tensor<4xf64> {
    %e = ten.index %v[%i] : tensor<4xf64> -> f64
    %f = ten.index %w[%i] : tensor<4xf64> -> f64
    %m = math.powf %e, %f : f64
    ten.yield %m : f64
  }
  func.return %a, %b : tensor<4x4xf64>, tensor<4xf64>
}
