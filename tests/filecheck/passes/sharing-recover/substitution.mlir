// RUN: letgrad-opt %s -p sharing-verify,sharing-recover --verify-sharing --check-semantics | filecheck %s

// Backwards: the table of [i] is read at 6 - j.
// CHECK-LABEL: func.func @backwards(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7xf64>) -> (tensor<7xf64>, tensor<7xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [7] ([[ARG:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[ARG]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.sin [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<7xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [7] ([[I:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[I]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [7] ([[J:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[C6:%.*]] = arith.constant 6 : index
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[C6]], [[J]] : index
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[K]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[R:%.*]] = arith.mulf [[H_2]], [[H_2]] : f64
// CHECK-NEXT:      ten.yield [[R]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<7xf64>, tensor<7xf64>
// CHECK-NEXT:  }
func.func @backwards(%v: tensor<7xf64>) -> (tensor<7xf64>, tensor<7xf64>) {
  %a = ten.build [7] (%i) : tensor<7xf64> {
    %e = ten.index %v[%i] : tensor<7xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [7] (%j) : tensor<7xf64> {
    %c6 = arith.constant 6 : index
    %k = arith.subi %c6, %j : index
    %e = ten.index %v[%k] : tensor<7xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    %r = arith.mulf %h, %h : f64
    ten.yield %r : f64
  }
  func.return %a, %b : tensor<7xf64>, tensor<7xf64>
}

// Over fewer indices: the table is over all of them.
// CHECK-LABEL: func.func @other_sizes(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7xf64>) -> (tensor<3xf64>, tensor<7xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [7] ([[ARG:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[ARG]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.sin [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<7xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [3] ([[I:%[^ ,:)]+]]) : tensor<3xf64> {
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[I]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [7] ([[J:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[J]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      [[R:%.*]] = arith.mulf [[H_2]], [[H_2]] : f64
// CHECK-NEXT:      ten.yield [[R]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<3xf64>, tensor<7xf64>
// CHECK-NEXT:  }
func.func @other_sizes(%v: tensor<7xf64>) -> (tensor<3xf64>, tensor<7xf64>) {
  %a = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %v[%i] : tensor<7xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [7] (%j) : tensor<7xf64> {
    %e = ten.index %v[%j] : tensor<7xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%j] : f64
    %r = arith.mulf %h, %h : f64
    ten.yield %r : f64
  }
  func.return %a, %b : tensor<3xf64>, tensor<7xf64>
}

// Windows: 8 sines for 18 reads. Only the windows show the function, with j = 0.
// CHECK-LABEL: func.func @windows(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<8xf64>) -> (tensor<6x3xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [8] ([[ARG:%[^ ,:)]+]]) : tensor<8xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[ARG]]] : tensor<8xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.sin [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<8xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [6, 3] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<6x3xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[K]]] : tensor<8xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4] ([[J_1:%[^ ,:)]+]]) : tensor<4xf64> {
// CHECK-NEXT:      [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:      [[K_1:%.*]] = arith.muli [[J_1]], [[C2]] : index
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[K_1]]] : tensor<8xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_2]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6x3xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @windows(%v: tensor<8xf64>) -> (tensor<6x3xf64>, tensor<4xf64>) {
  %a = ten.build [6, 3] (%i, %j) : tensor<6x3xf64> {
    %k = arith.addi %i, %j : index
    %e = ten.index %v[%k] : tensor<8xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  %b = ten.build [4] (%j) : tensor<4xf64> {
    %c2 = arith.constant 2 : index
    %k = arith.muli %j, %c2 : index
    %e = ten.index %v[%k] : tensor<8xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<6x3xf64>, tensor<4xf64>
}

// Quotients and remainders: the table of [i, j] is read at the digits of k.
// CHECK-LABEL: func.func @digits(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<12xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [4, 3] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) : tensor<4x3xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[M]]{{\[}}[[ARG]], [[ARG_1]]] : tensor<4x3xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.sin [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<4x3xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [4, 3] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<4x3xf64> {
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[I]], [[J]]] : tensor<4x3xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [12] ([[K:%[^ ,:)]+]]) : tensor<12xf64> {
// CHECK-NEXT:      [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:      [[Q:%.*]] = arith.floordivsi [[K]], [[C3]] : index
// CHECK-NEXT:      [[R:%.*]] = arith.remsi [[K]], [[C3]] : index
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[Q]], [[R]]] : tensor<4x3xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_2]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4x3xf64>, tensor<12xf64>
// CHECK-NEXT:  }
func.func @digits(%m: tensor<4x3xf64>) -> (tensor<4x3xf64>, tensor<12xf64>) {
  %a = ten.build [4, 3] (%i, %j) : tensor<4x3xf64> {
    %e = ten.index %m[%i, %j] : tensor<4x3xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%i, %j] : f64
    ten.yield %h : f64
  }
  %b = ten.build [12] (%k) : tensor<12xf64> {
    %c3 = arith.constant 3 : index
    %q = arith.floordivsi %k, %c3 : index
    %r = arith.remsi %k, %c3 : index
    %e = ten.index %m[%q, %r] : tensor<4x3xf64> -> f64
    %s = math.sin %e : f64
    %h = sharing.share %s {stamp = 3} [%q, %r] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<4x3xf64>, tensor<12xf64>
}

// Outside of the tensor an element is 0, and its cosine is 1: the table has a place for it.
// CHECK-LABEL: func.func @before_the_first(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [7] ([[ARG:%[^ ,:)]+]]) : tensor<7xf64> {
// CHECK-NEXT:      [[CONSTANT:%.*]] = arith.constant -1 : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG]], [[CONSTANT]] : index
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[ADDI]]] : tensor<6xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<7xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [6] ([[I:%[^ ,:)]+]]) : tensor<6xf64> {
// CHECK-NEXT:      [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[I]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[ADDI_1]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [6] ([[J:%[^ ,:)]+]]) : tensor<6xf64> {
// CHECK-NEXT:      [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[J]], [[C1]] : index
// CHECK-NEXT:      [[CONSTANT_2:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[ADDI_2:%.*]] = arith.addi [[K]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[ADDI_2]]] : tensor<7xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_2]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @before_the_first(%v: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
  %a = ten.build [6] (%i) : tensor<6xf64> {
    %e = ten.index %v[%i] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [6] (%j) : tensor<6xf64> {
    %c1 = arith.constant 1 : index
    %k = arith.subi %j, %c1 : index
    %e = ten.index %v[%k] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<6xf64>, tensor<6xf64>
}

// A bulk value that is there is read at the new index, if the index is inside of it.
// CHECK-LABEL: func.func @existing_table(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[T:%.*]] = math.cos [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.build [6] ([[J:%[^ ,:)]+]]) : tensor<6xf64> {
// CHECK-NEXT:      [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[C5]], [[J]] : index
// CHECK-NEXT:      [[H:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<6xf64> -> f64
// CHECK-NEXT:      ten.yield [[H]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[T]], [[B]] : tensor<6xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @existing_table(%v: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
  %t = math.cos %v : tensor<6xf64>
  %b = ten.build [6] (%j) : tensor<6xf64> {
    %c5 = arith.constant 5 : index
    %k = arith.subi %c5, %j : index
    %e = ten.index %v[%k] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  func.return %t, %b : tensor<6xf64>, tensor<6xf64>
}

// The table holds no cosine of an element outside: that would be 0, not 1.
// CHECK-LABEL: func.func @existing_table_ends_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[T:%.*]] = math.cos [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.build [6] ([[J:%[^ ,:)]+]]) : tensor<6xf64> {
// CHECK-NEXT:      [[C6:%.*]] = arith.constant 6 : index
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[C6]], [[J]] : index
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[K]]] : tensor<6xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[T]], [[B]] : tensor<6xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @existing_table_ends_stays(%v: tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>) {
  %t = math.cos %v : tensor<6xf64>
  %b = ten.build [6] (%j) : tensor<6xf64> {
    %c6 = arith.constant 6 : index
    %k = arith.subi %c6, %j : index
    %e = ten.index %v[%k] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  func.return %t, %b : tensor<6xf64>, tensor<6xf64>
}

// Nobody knows how large a table for an index out of data would be.
// CHECK-LABEL: func.func @index_without_bounds_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: tensor<4xi64>) -> (tensor<6xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.build [6] ([[I:%[^ ,:)]+]]) : tensor<6xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<6xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4] ([[J:%[^ ,:)]+]]) : tensor<4xf64> {
// CHECK-NEXT:      [[O:%.*]] = ten.index [[N]]{{\[}}[[J]]] : tensor<4xi64> -> i64{{$}}
// CHECK-NEXT:      [[K:%.*]] = arith.index_cast [[O]] : i64 to index
// CHECK-NEXT:      [[E_1:%.*]] = ten.index [[V]]{{\[}}[[K]]] : tensor<6xf64> -> f64
// CHECK-NEXT:      [[S_1:%.*]] = math.cos [[E_1]] : f64
// CHECK-NEXT:      ten.yield [[S_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @index_without_bounds_stays(%v: tensor<6xf64>, %n: tensor<4xi64>) -> (tensor<6xf64>, tensor<4xf64>) {
  %a = ten.build [6] (%i) : tensor<6xf64> {
    %e = ten.index %v[%i] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%i] : f64
    ten.yield %h : f64
  }
  %b = ten.build [4] (%j) : tensor<4xf64> {
    %o = ten.index %n[%j] : tensor<4xi64> -> i64
    %k = arith.index_cast %o : i64 to index
    %e = ten.index %v[%k] : tensor<6xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%k] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<6xf64>, tensor<4xf64>
}

// Two places far from each other: a table over all between would compute more.
// CHECK-LABEL: func.func @far_apart_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<90xf64>) -> (f64, tensor<3xf64>) {
// CHECK-NEXT:    [[C80:%.*]] = arith.constant 80 : index
// CHECK-NEXT:    [[A:%.*]] = ten.index [[V]]{{\[}}[[C80]]] : tensor<90xf64> -> f64
// CHECK-NEXT:    [[S:%.*]] = math.cos [[A]] : f64
// CHECK-NEXT:    [[B:%.*]] = ten.build [3] ([[J:%[^ ,:)]+]]) : tensor<3xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[J]]] : tensor<90xf64> -> f64
// CHECK-NEXT:      [[T:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[T]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[S]], [[B]] : f64, tensor<3xf64>
// CHECK-NEXT:  }
func.func @far_apart_stays(%v: tensor<90xf64>) -> (f64, tensor<3xf64>) {
  %c80 = arith.constant 80 : index
  %a = ten.index %v[%c80] : tensor<90xf64> -> f64
  %s = math.cos %a : f64
  %h = sharing.share %s {stamp = 3} [%c80] : f64
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %e = ten.index %v[%j] : tensor<90xf64> -> f64
    %t = math.cos %e : f64
    %g = sharing.share %t {stamp = 3} [%j] : f64
    ten.yield %g : f64
  }
  func.return %h, %b : f64, tensor<3xf64>
}

// A branch that may not be taken reads more of the table: not all of it may be needed.
// CHECK-LABEL: func.func @more_in_a_branch_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<90xf64>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1) -> (tensor<3xf64>, tensor<90xf64>) {
// CHECK-NEXT:    [[B:%.*]] = ten.build [3] ([[J:%[^ ,:)]+]]) : tensor<3xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[V]]{{\[}}[[J]]] : tensor<90xf64> -> f64
// CHECK-NEXT:      [[T:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[T]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[R:%.*]] = scf.if [[C]] -> (tensor<90xf64>) {
// CHECK-NEXT:      [[A:%.*]] = ten.build [90] ([[I:%[^ ,:)]+]]) : tensor<90xf64> {
// CHECK-NEXT:        [[E_1:%.*]] = ten.index [[V]]{{\[}}[[I]]] : tensor<90xf64> -> f64
// CHECK-NEXT:        [[T_1:%.*]] = math.cos [[E_1]] : f64
// CHECK-NEXT:        ten.yield [[T_1]] : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      scf.yield [[A]] : tensor<90xf64>
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield [[V]] : tensor<90xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[B]], [[R]] : tensor<3xf64>, tensor<90xf64>
// CHECK-NEXT:  }
func.func @more_in_a_branch_stays(%v: tensor<90xf64>, %c: i1) -> (tensor<3xf64>, tensor<90xf64>) {
  %b = ten.build [3] (%j) : tensor<3xf64> {
    %e = ten.index %v[%j] : tensor<90xf64> -> f64
    %t = math.cos %e : f64
    %g = sharing.share %t {stamp = 3} [%j] : f64
    ten.yield %g : f64
  }
  %r = scf.if %c -> (tensor<90xf64>) {
    %a = ten.build [90] (%i) : tensor<90xf64> {
      %e = ten.index %v[%i] : tensor<90xf64> -> f64
      %t = math.cos %e : f64
      %g = sharing.share %t {stamp = 3} [%i] : f64
      ten.yield %g : f64
    }
    scf.yield %a : tensor<90xf64>
  } else {
    scf.yield %v : tensor<90xf64>
  }
  func.return %b, %r : tensor<3xf64>, tensor<90xf64>
}

// Where the same indices are listed in the order of their use, m[i, j] is read at [j, i].
// CHECK-LABEL: func.func @transposed(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<4x4xf64>) -> (tensor<4x4xf64>, tensor<4x4xf64>) {
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [4, 4] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[M]]{{\[}}[[ARG]], [[ARG_1]]] : tensor<4x4xf64> -> f64
// CHECK-NEXT:      [[S:%.*]] = math.cos [[E]] : f64
// CHECK-NEXT:      ten.yield [[S]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = sharing.let [[BUILD]] : tensor<4x4xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.build [4, 4] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[H_1:%.*]] = ten.index [[H]]{{\[}}[[I]], [[J]]] : tensor<4x4xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_1]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = ten.build [4, 4] ([[I_1:%[^ ,:)]+]], [[J_1:%[^ ,:)]+]]) : tensor<4x4xf64> {
// CHECK-NEXT:      [[H_2:%.*]] = ten.index [[H]]{{\[}}[[J_1]], [[I_1]]] : tensor<4x4xf64> -> f64
// CHECK-NEXT:      ten.yield [[H_2]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4x4xf64>, tensor<4x4xf64>
// CHECK-NEXT:  }
func.func @transposed(%m: tensor<4x4xf64>) -> (tensor<4x4xf64>, tensor<4x4xf64>) {
  %a = ten.build [4, 4] (%i, %j) : tensor<4x4xf64> {
    %e = ten.index %m[%i, %j] : tensor<4x4xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%i, %j] : f64
    ten.yield %h : f64
  }
  %b = ten.build [4, 4] (%i, %j) : tensor<4x4xf64> {
    %e = ten.index %m[%j, %i] : tensor<4x4xf64> -> f64
    %s = math.cos %e : f64
    %h = sharing.share %s {stamp = 3} [%j, %i] : f64
    ten.yield %h : f64
  }
  func.return %a, %b : tensor<4x4xf64>, tensor<4x4xf64>
}
