// RUN: letgrad-opt %s -p gradient --split-input-file | filecheck %s

// The reversed loop computes both functions again, from the row alone.
// CHECK-LABEL: func.func @nothing_kept(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x2xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x2xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<2x2xf64>) -> (tensor<2x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>) attributes {letgrad.primal_flops = 96 : i64} {
// CHECK-NEXT:    [[XS:%.*]] = ten.reshape [[X]] : tensor<2x2xf64> -> tensor<1x2x2xf64>
// CHECK-NEXT:    [[YS:%.*]] = ten.scan [1] () over ([[R:%[^ ,:)]+]] = [[XS]] : tensor<1x2x2xf64>) {checkpoint = 1 : i64} -> (tensor<1x2x2xf64>) {
// CHECK-NEXT:      [[P:%.*]] = ten.einsum "ij,jk->ik" [[R]], [[W]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[S:%.*]] = math.sin [[P]] : tensor<2x2xf64>
// CHECK-NEXT:      ten.yield [[S]] : tensor<2x2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[YS]] : tensor<1x2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[CT]] : tensor<2x2xf64> -> tensor<1x2x2xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<2x2xf64>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [1] reverse ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<2x2xf64>) over ([[R_1:%[^ ,:)]+]] = [[XS]] : tensor<1x2x2xf64>, [[ARG_1:%[^ ,:)]+]] = [[RESHAPE]] : tensor<1x2x2xf64>) {checkpoint = 1 : i64} -> (tensor<2x2xf64>, tensor<1x2x2xf64>) {
// CHECK-NEXT:      [[EINSUM:%.*]] = ten.einsum "ij,jk->ik" [[R_1]], [[W]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[EINSUM]] : tensor<2x2xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[COS]], [[ARG_1]] : tensor<2x2xf64>
// CHECK-NEXT:      [[EINSUM_1:%.*]] = ten.einsum "ij,ik->jk" [[R_1]], [[MULF]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[EINSUM_2:%.*]] = ten.einsum "jk,ik->ij" [[W]], [[MULF]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG]], [[EINSUM_1]] : tensor<2x2xf64>
// CHECK-NEXT:      ten.yield [[ADDF]], [[EINSUM_2]] : tensor<2x2xf64>, tensor<2x2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[SCAN_1]] : tensor<1x2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    func.return [[Y]], [[RESHAPE_1]], [[SCAN]] : tensor<2x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>
// CHECK-NEXT:  }
func.func @nothing_kept(%x: tensor<2x2xf64>, %w: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %xs = ten.reshape %x : tensor<2x2xf64> -> tensor<1x2x2xf64>
  %ys = ten.scan [1] () over (%r = %xs : tensor<1x2x2xf64>) {checkpoint = 1 : i64} -> (tensor<1x2x2xf64>) {
    %p = ten.einsum "ij,jk->ik" %r, %w : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
    %s = math.sin %p : tensor<2x2xf64>
    ten.yield %s : tensor<2x2xf64>
  }
  %y = ten.reshape %ys : tensor<1x2x2xf64> -> tensor<2x2xf64>
  func.return %y : tensor<2x2xf64>
}

// -----

// The first loop also gives the product, and the reversed loop takes it as a row.
// CHECK-LABEL: func.func @dots_kept(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x2xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x2xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<2x2xf64>) -> (tensor<2x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>) attributes {letgrad.primal_flops = 96 : i64} {
// CHECK-NEXT:    [[XS:%.*]] = ten.reshape [[X]] : tensor<2x2xf64> -> tensor<1x2x2xf64>
// CHECK-NEXT:    [[YS:%[^ ,:)]+]], [[P:%[^ ,:)]+]] = ten.scan [1] () over ([[R:%[^ ,:)]+]] = [[XS]] : tensor<1x2x2xf64>) {checkpoint = 1 : i64, keep = "dots"} -> (tensor<1x2x2xf64>, tensor<1x2x2xf64>) {
// CHECK-NEXT:      [[P_1:%.*]] = ten.einsum "ij,jk->ik" [[R]], [[W]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[S:%.*]] = math.sin [[P_1]] : tensor<2x2xf64>
// CHECK-NEXT:      ten.yield [[S]], [[P_1]] : tensor<2x2xf64>, tensor<2x2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[YS]] : tensor<1x2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[CT]] : tensor<2x2xf64> -> tensor<1x2x2xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<2x2xf64>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [1] reverse ([[ARG:%[^ ,:)]+]] = [[CONSTANT]] : tensor<2x2xf64>) over ([[P_2:%[^ ,:)]+]] = [[P]] : tensor<1x2x2xf64>, [[R_1:%[^ ,:)]+]] = [[XS]] : tensor<1x2x2xf64>, [[ARG_1:%[^ ,:)]+]] = [[RESHAPE]] : tensor<1x2x2xf64>) {checkpoint = 1 : i64, keep = "dots"} -> (tensor<2x2xf64>, tensor<1x2x2xf64>) {
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[P_2]] : tensor<2x2xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[COS]], [[ARG_1]] : tensor<2x2xf64>
// CHECK-NEXT:      [[EINSUM:%.*]] = ten.einsum "ij,ik->jk" [[R_1]], [[MULF]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[EINSUM_1:%.*]] = ten.einsum "jk,ik->ij" [[W]], [[MULF]] : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG]], [[EINSUM]] : tensor<2x2xf64>
// CHECK-NEXT:      ten.yield [[ADDF]], [[EINSUM_1]] : tensor<2x2xf64>, tensor<2x2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[SCAN_1]] : tensor<1x2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    func.return [[Y]], [[RESHAPE_1]], [[SCAN]] : tensor<2x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>
// CHECK-NEXT:  }
func.func @dots_kept(%x: tensor<2x2xf64>, %w: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %xs = ten.reshape %x : tensor<2x2xf64> -> tensor<1x2x2xf64>
  %ys = ten.scan [1] () over (%r = %xs : tensor<1x2x2xf64>) {checkpoint = 1 : i64, keep = "dots"} -> (tensor<1x2x2xf64>) {
    %p = ten.einsum "ij,jk->ik" %r, %w : tensor<2x2xf64>, tensor<2x2xf64> -> tensor<2x2xf64>
    %s = math.sin %p : tensor<2x2xf64>
    ten.yield %s : tensor<2x2xf64>
  }
  %y = ten.reshape %ys : tensor<1x2x2xf64> -> tensor<2x2xf64>
  func.return %y : tensor<2x2xf64>
}

// -----

// The first loop also gives the value that has a let. The reversed loop computes the other sine again.
// CHECK-LABEL: func.func @lets_kept(
// CHECK:      ten.scan [1] () over ([[R:%[^ ,:)]+]] = {{.*}} {checkpoint = 1 : i64, keep = "lets"} -> (tensor<1xf64>, tensor<1xf64>) {
// CHECK:        [[E:%.*]] = math.exp [[R]] : f64
// CHECK-NEXT:   [[L:%.*]] = sharing.let [[E]] : f64
// CHECK:        ten.yield {{.*}}, [[E]] : f64, f64
// CHECK:      ten.scan [1] reverse ()
// CHECK-NOT:    math.exp
// CHECK:        math.sin
// CHECK-NOT:    math.exp
// CHECK:      func.return
func.func @lets_kept(%x: tensor<1xf64>) -> tensor<1xf64> {
  %ys = ten.scan [1] () over (%r = %x : tensor<1xf64>) {checkpoint = 1 : i64, keep = "lets"} -> (tensor<1xf64>) {
    %e = math.exp %r : f64
    %l = sharing.let %e : f64
    %s = math.sin %l : f64
    %y = math.cos %s : f64
    ten.yield %y : f64
  }
  func.return %ys : tensor<1xf64>
}
