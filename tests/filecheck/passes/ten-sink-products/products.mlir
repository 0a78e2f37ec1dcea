// RUN: letgrad-opt %s -p ten-sink-products --split-input-file --check-semantics --verify-sharing | filecheck %s

// The gradient of the weights of a loop: the factors are rows, and the sum over the steps is a part of
// one product. The sum of the gradient of the bias leaves with it.
// CHECK-LABEL: func.func @weights(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x16xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x12xf32>,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<5x8x16xf32>) -> (tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>) {
// CHECK-NEXT:    [[W0:%.*]] = arith.constant dense<0.000000e+00> : tensor<12x16xf32>
// CHECK-NEXT:    [[B0:%.*]] = arith.constant dense<0.000000e+00> : tensor<16xf32>
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[H:%[^ ,:)]+]] = ten.scan [5] reverse ([[G:%[^ ,:)]+]] = [[G0]] : tensor<8x16xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x12xf32>, [[A:%[^ ,:)]+]] = [[AS]] : tensor<5x8x16xf32>) -> (tensor<8x16xf32>, tensor<5x8x16xf32>) {
// CHECK-NEXT:      [[H_1:%.*]] = arith.mulf [[G]], [[A]] : tensor<8x16xf32>
// CHECK-NEXT:      ten.yield [[H_1]], [[H_1]] : tensor<8x16xf32>, tensor<8x16xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[R_1:%.*]] = ten.einsum "aij,aik->jk" [[XS]], [[H]] : tensor<5x8x12xf32>, tensor<5x8x16xf32> -> tensor<12x16xf32>
// CHECK-NEXT:    [[R_2:%.*]] = ten.sum [[H]] dims [0, 1] : tensor<5x8x16xf32> -> tensor<16xf32>
// CHECK-NEXT:    func.return [[R]], [[R_1]], [[R_2]] : tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>
// CHECK-NEXT:  }
func.func @weights(%g0: tensor<8x16xf32>, %xs: tensor<5x8x12xf32>, %as: tensor<5x8x16xf32>) -> (tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>) {
  %w0 = arith.constant dense<0.0> : tensor<12x16xf32>
  %b0 = arith.constant dense<0.0> : tensor<16xf32>
  %r:3 = ten.scan [5] reverse (%g = %g0 : tensor<8x16xf32>, %w = %w0 : tensor<12x16xf32>, %b = %b0 : tensor<16xf32>)
      over (%x = %xs : tensor<5x8x12xf32>, %a = %as : tensor<5x8x16xf32>) -> (tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>) {
    %h = arith.mulf %g, %a : tensor<8x16xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
    %wn = arith.addf %w, %p : tensor<12x16xf32>
    %s = ten.sum %h dims [0] : tensor<8x16xf32> -> tensor<16xf32>
    %bn = arith.addf %s, %b : tensor<16xf32>
    ten.yield %h, %wn, %bn : tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>
  }
  func.return %r#0, %r#1, %r#2 : tensor<8x16xf32>, tensor<12x16xf32>, tensor<16xf32>
}

// -----

// A sum that does not begin with 0, and of which one part depends on what the loop carries: that part stays.
// CHECK-LABEL: func.func @part_of_a_sum(
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<8x16xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x9x8xf32>,
// CHECK-SAME: [[YS:%[^ ,:)]+]]: tensor<5x9x16xf32>,
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[R_1:%[^ ,:)]+]] = ten.scan [5] ([[W:%[^ ,:)]+]] = [[W0]] : tensor<8x16xf32>, [[H:%[^ ,:)]+]] = [[H0]] : tensor<8x16xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x9x8xf32>, [[Y:%[^ ,:)]+]] = [[YS]] : tensor<5x9x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
// CHECK-NEXT:      [[N:%.*]] = math.sin [[H]] : tensor<8x16xf32>
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[W]], [[N]] : tensor<8x16xf32>
// CHECK-NEXT:      ten.yield [[ADDF]], [[N]] : tensor<8x16xf32>, tensor<8x16xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "aij,aik->jk" [[XS]], [[YS]] : tensor<5x9x8xf32>, tensor<5x9x16xf32> -> tensor<8x16xf32>
// CHECK-NEXT:    [[R_2:%.*]] = arith.addf [[R]], [[EINSUM]] : tensor<8x16xf32>
// CHECK-NEXT:    func.return [[R_2]], [[R_1]] : tensor<8x16xf32>, tensor<8x16xf32>
// CHECK-NEXT:  }
func.func @part_of_a_sum(%w0: tensor<8x16xf32>, %xs: tensor<5x9x8xf32>, %ys: tensor<5x9x16xf32>, %h0: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %r:2 = ten.scan [5] (%w = %w0 : tensor<8x16xf32>, %h = %h0 : tensor<8x16xf32>)
      over (%x = %xs : tensor<5x9x8xf32>, %y = %ys : tensor<5x9x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
    %n = math.sin %h : tensor<8x16xf32>
    %p = ten.einsum "ij,ik->jk" %x, %y : tensor<9x8xf32>, tensor<9x16xf32> -> tensor<8x16xf32>
    %s = arith.addf %w, %n : tensor<8x16xf32>
    %t = arith.addf %s, %p : tensor<8x16xf32>
    ten.yield %t, %n : tensor<8x16xf32>, tensor<8x16xf32>
  }
  func.return %r#0, %r#1 : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// A result that is a product of a row.
// CHECK-LABEL: func.func @product_of_states(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<4x16xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<6x4x16xf32>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<16x20xf32>) -> tensor<6x4x20xf32> {
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[N:%[^ ,:)]+]] = ten.scan [6] ([[H_1:%[^ ,:)]+]] = [[H0]] : tensor<4x16xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<6x4x16xf32>) -> (tensor<4x16xf32>, tensor<6x4x16xf32>) {
// CHECK-NEXT:      [[N_1:%.*]] = arith.mulf [[H_1]], [[X]] : tensor<4x16xf32>
// CHECK-NEXT:      ten.yield [[N_1]], [[N_1]] : tensor<4x16xf32>, tensor<4x16xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[YS:%.*]] = ten.einsum "aij,jk->aik" [[N]], [[W]] : tensor<6x4x16xf32>, tensor<16x20xf32> -> tensor<6x4x20xf32>
// CHECK-NEXT:    func.return [[YS]] : tensor<6x4x20xf32>
// CHECK-NEXT:  }
func.func @product_of_states(%h0: tensor<4x16xf32>, %xs: tensor<6x4x16xf32>, %w: tensor<16x20xf32>) -> tensor<6x4x20xf32> {
  %h, %ys = ten.scan [6] (%h = %h0 : tensor<4x16xf32>) over (%x = %xs : tensor<6x4x16xf32>) -> (tensor<4x16xf32>, tensor<6x4x20xf32>) {
    %n = arith.mulf %h, %x : tensor<4x16xf32>
    %y = ten.einsum "ij,jk->ik" %n, %w : tensor<4x16xf32>, tensor<16x20xf32> -> tensor<4x20xf32>
    ten.yield %n, %y : tensor<4x16xf32>, tensor<4x20xf32>
  }
  func.return %ys : tensor<6x4x20xf32>
}

// -----

// The rows of %h would take more room than the rows of %x.
// CHECK-LABEL: func.func @more_rows_than_the_loop_has_stays(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x16xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<12x16xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x12xf32>) -> tensor<12x16xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]] = ten.scan [5] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<8x16xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<12x16xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x12xf32>) -> (tensor<8x16xf32>, tensor<12x16xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<8x16xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.addf [[W_1]], [[P]] : tensor<12x16xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]] : tensor<8x16xf32>, tensor<12x16xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[W]] : tensor<12x16xf32>
// CHECK-NEXT:  }
func.func @more_rows_than_the_loop_has_stays(%g0: tensor<8x16xf32>, %w0: tensor<12x16xf32>, %xs: tensor<5x8x12xf32>) -> tensor<12x16xf32> {
  %g, %w = ten.scan [5] (%g = %g0 : tensor<8x16xf32>, %w = %w0 : tensor<12x16xf32>)
      over (%x = %xs : tensor<5x8x12xf32>) -> (tensor<8x16xf32>, tensor<12x16xf32>) {
    %h = math.sin %g : tensor<8x16xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x12xf32>, tensor<8x16xf32> -> tensor<12x16xf32>
    %wn = arith.addf %w, %p : tensor<12x16xf32>
    ten.yield %h, %wn : tensor<8x16xf32>, tensor<12x16xf32>
  }
  func.return %w : tensor<12x16xf32>
}

// -----

// The sum decays: the next one is no sum of the last one and of products.
// CHECK-LABEL: func.func @product_of_the_sum_stays(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x12xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<16x12xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x16xf32>) -> tensor<16x12xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]] = ten.scan [5] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<8x12xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<16x12xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<8x12xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.subf [[P]], [[W_1]] : tensor<16x12xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]] : tensor<8x12xf32>, tensor<16x12xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[W]] : tensor<16x12xf32>
// CHECK-NEXT:  }
func.func @product_of_the_sum_stays(%g0: tensor<8x12xf32>, %w0: tensor<16x12xf32>, %xs: tensor<5x8x16xf32>) -> tensor<16x12xf32> {
  %g, %w = ten.scan [5] (%g = %g0 : tensor<8x12xf32>, %w = %w0 : tensor<16x12xf32>)
      over (%x = %xs : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>) {
    %h = math.sin %g : tensor<8x12xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
    %wn = arith.subf %p, %w : tensor<16x12xf32>
    ten.yield %h, %wn : tensor<8x12xf32>, tensor<16x12xf32>
  }
  func.return %w : tensor<16x12xf32>
}

// -----

// Rows that the loop does not reach would be in the sum.
// CHECK-LABEL: func.func @number_of_turns_stays(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x12xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<16x12xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x16xf32>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<16x12xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]] = ten.scan [5] turns [[N]] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<8x12xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<16x12xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<8x12xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.addf [[W_1]], [[P]] : tensor<16x12xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]] : tensor<8x12xf32>, tensor<16x12xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[W]] : tensor<16x12xf32>
// CHECK-NEXT:  }
func.func @number_of_turns_stays(%g0: tensor<8x12xf32>, %w0: tensor<16x12xf32>, %xs: tensor<5x8x16xf32>, %n: index) -> tensor<16x12xf32> {
  %g, %w = ten.scan [5] turns %n (%g = %g0 : tensor<8x12xf32>, %w = %w0 : tensor<16x12xf32>)
      over (%x = %xs : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>) {
    %h = math.sin %g : tensor<8x12xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
    %wn = arith.addf %w, %p : tensor<16x12xf32>
    ten.yield %h, %wn : tensor<8x12xf32>, tensor<16x12xf32>
  }
  func.return %w : tensor<16x12xf32>
}

// -----

// The loop keeps only some of its states, and so it is to keep no other rows.
// CHECK-LABEL: func.func @checkpoint_stays(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x12xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<16x12xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x16xf32>) -> tensor<16x12xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]] = ten.scan [5] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<8x12xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<16x12xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x16xf32>) {checkpoint = 2 : i64} -> (tensor<8x12xf32>, tensor<16x12xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<8x12xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.addf [[W_1]], [[P]] : tensor<16x12xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]] : tensor<8x12xf32>, tensor<16x12xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[W]] : tensor<16x12xf32>
// CHECK-NEXT:  }
func.func @checkpoint_stays(%g0: tensor<8x12xf32>, %w0: tensor<16x12xf32>, %xs: tensor<5x8x16xf32>) -> tensor<16x12xf32> {
  %g, %w = ten.scan [5] (%g = %g0 : tensor<8x12xf32>, %w = %w0 : tensor<16x12xf32>)
      over (%x = %xs : tensor<5x8x16xf32>) {checkpoint = 2 : i64} -> (tensor<8x12xf32>, tensor<16x12xf32>) {
    %h = math.sin %g : tensor<8x12xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
    %wn = arith.addf %w, %p : tensor<16x12xf32>
    ten.yield %h, %wn : tensor<8x12xf32>, tensor<16x12xf32>
  }
  func.return %w : tensor<16x12xf32>
}

// -----

// 24 multiplications in each step.
// CHECK-LABEL: func.func @few_numbers_stay(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<2x3xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<4x3xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x2x4xf32>) -> tensor<4x3xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]] = ten.scan [5] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<2x3xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<4x3xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x2x4xf32>) -> (tensor<2x3xf32>, tensor<4x3xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<2x3xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<2x4xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.addf [[W_1]], [[P]] : tensor<4x3xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]] : tensor<2x3xf32>, tensor<4x3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[W]] : tensor<4x3xf32>
// CHECK-NEXT:  }
func.func @few_numbers_stay(%g0: tensor<2x3xf32>, %w0: tensor<4x3xf32>, %xs: tensor<5x2x4xf32>) -> tensor<4x3xf32> {
  %g, %w = ten.scan [5] (%g = %g0 : tensor<2x3xf32>, %w = %w0 : tensor<4x3xf32>)
      over (%x = %xs : tensor<5x2x4xf32>) -> (tensor<2x3xf32>, tensor<4x3xf32>) {
    %h = math.sin %g : tensor<2x3xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<2x4xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
    %wn = arith.addf %w, %p : tensor<4x3xf32>
    ten.yield %h, %wn : tensor<2x3xf32>, tensor<4x3xf32>
  }
  func.return %w : tensor<4x3xf32>
}

// -----

// The sums so far are results, too.
// CHECK-LABEL: func.func @sums_that_are_read_stay(
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<8x12xf32>,
// CHECK-SAME: [[W0:%[^ ,:)]+]]: tensor<16x12xf32>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5x8x16xf32>) -> tensor<5x16x12xf32> {
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[W:%[^ ,:)]+]], [[WS:%[^ ,:)]+]] = ten.scan [5] ([[G_1:%[^ ,:)]+]] = [[G0]] : tensor<8x12xf32>, [[W_1:%[^ ,:)]+]] = [[W0]] : tensor<16x12xf32>) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>, tensor<5x16x12xf32>) {
// CHECK-NEXT:      [[H:%.*]] = math.sin [[G_1]] : tensor<8x12xf32>
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,ik->jk" [[X]], [[H]] : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
// CHECK-NEXT:      [[WN:%.*]] = arith.addf [[W_1]], [[P]] : tensor<16x12xf32>
// CHECK-NEXT:      ten.yield [[H]], [[WN]], [[WN]] : tensor<8x12xf32>, tensor<16x12xf32>, tensor<16x12xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[WS]] : tensor<5x16x12xf32>
// CHECK-NEXT:  }
func.func @sums_that_are_read_stay(%g0: tensor<8x12xf32>, %w0: tensor<16x12xf32>, %xs: tensor<5x8x16xf32>) -> tensor<5x16x12xf32> {
  %g, %w, %ws = ten.scan [5] (%g = %g0 : tensor<8x12xf32>, %w = %w0 : tensor<16x12xf32>)
      over (%x = %xs : tensor<5x8x16xf32>) -> (tensor<8x12xf32>, tensor<16x12xf32>, tensor<5x16x12xf32>) {
    %h = math.sin %g : tensor<8x12xf32>
    %p = ten.einsum "ij,ik->jk" %x, %h : tensor<8x16xf32>, tensor<8x12xf32> -> tensor<16x12xf32>
    %wn = arith.addf %w, %p : tensor<16x12xf32>
    ten.yield %h, %wn, %wn : tensor<8x12xf32>, tensor<16x12xf32>, tensor<16x12xf32>
  }
  func.return %ws : tensor<5x16x12xf32>
}

// -----

// `ten-fuse-scans` makes one loop of the two, and %ys is never stored.
// CHECK-LABEL: func.func @rows_of_another_loop_stay(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<4x16xf32>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<16x20xf32>,
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<4x20xf32>) -> tensor<4x20xf32> {
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [6] ([[H_1:%[^ ,:)]+]] = [[H0]] : tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<6x4x20xf32>) {
// CHECK-NEXT:      [[N:%.*]] = math.sin [[H_1]] : tensor<4x16xf32>
// CHECK-NEXT:      [[Y:%.*]] = ten.einsum "ij,jk->ik" [[N]], [[W]] : tensor<4x16xf32>, tensor<16x20xf32> -> tensor<4x20xf32>
// CHECK-NEXT:      ten.yield [[N]], [[Y]] : tensor<4x16xf32>, tensor<4x20xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[R:%.*]] = ten.scan [6] ([[C:%[^ ,:)]+]] = [[C0]] : tensor<4x20xf32>) over ([[Y_1:%[^ ,:)]+]] = [[YS]] : tensor<6x4x20xf32>) -> (tensor<4x20xf32>) {
// CHECK-NEXT:      [[D:%.*]] = arith.subf [[Y_1]], [[C]] : tensor<4x20xf32>
// CHECK-NEXT:      ten.yield [[D]] : tensor<4x20xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<4x20xf32>
// CHECK-NEXT:  }
func.func @rows_of_another_loop_stay(%h0: tensor<4x16xf32>, %w: tensor<16x20xf32>, %c0: tensor<4x20xf32>) -> tensor<4x20xf32> {
  %h, %ys = ten.scan [6] (%h = %h0 : tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<6x4x20xf32>) {
    %n = math.sin %h : tensor<4x16xf32>
    %y = ten.einsum "ij,jk->ik" %n, %w : tensor<4x16xf32>, tensor<16x20xf32> -> tensor<4x20xf32>
    ten.yield %n, %y : tensor<4x16xf32>, tensor<4x20xf32>
  }
  %r = ten.scan [6] (%c = %c0 : tensor<4x20xf32>) over (%y = %ys : tensor<6x4x20xf32>) -> (tensor<4x20xf32>) {
    %d = arith.subf %y, %c : tensor<4x20xf32>
    ten.yield %d : tensor<4x20xf32>
  }
  func.return %r : tensor<4x20xf32>
}

// -----

// The product leaves the loop, and with it the sums of its rows. Truth values have no sum: theirs stays.
// CHECK-LABEL: func.func @exclusive_or_stays(
// CHECK:         ten.scan [5] ({{.*}} : tensor<64xi1>) over
// CHECK-NEXT:      arith.addi
// CHECK:         }
// CHECK-NEXT:    ten.einsum "ai,aj->ij"
func.func @exclusive_or_stays(%w: tensor<64x64xf64>, %h0: tensor<64xf64>, %a: tensor<5x64xf64>, %g0: tensor<64x64xf64>, %p0: tensor<64xi1>, %m: tensor<5x64xi1>) -> (tensor<64x64xf64>, tensor<64xi1>, tensor<5x64xi1>) {
  %s, %p, %ys = ten.scan [5] (%g = %g0 : tensor<64x64xf64>, %q = %p0 : tensor<64xi1>) over (%x = %a : tensor<5x64xf64>, %b = %m : tensor<5x64xi1>) -> (tensor<64x64xf64>, tensor<64xi1>, tensor<5x64xi1>) {
    %o = ten.einsum "i,j->ij" %x, %x : tensor<64xf64>, tensor<64xf64> -> tensor<64x64xf64>
    %g1 = arith.addf %g, %o : tensor<64x64xf64>
    %q1 = arith.addi %q, %b : tensor<64xi1>
    ten.yield %g1, %q1, %b : tensor<64x64xf64>, tensor<64xi1>, tensor<64xi1>
  }
  func.return %s, %p, %ys : tensor<64x64xf64>, tensor<64xi1>, tensor<5x64xi1>
}
