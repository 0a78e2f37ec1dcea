// RUN: letgrad-opt %s -p delta-prepare-implicit --split-input-file | filecheck %s

// @f_apply multiplies with 2 x, and so does @f_transposed.
// CHECK-LABEL: func.func private @f(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[P:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[X]] : tensor<3xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[P]] : tensor<3xf64>
// CHECK-NEXT:    func.return [[SUBF]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func private @f(%x: tensor<3xf64>, %p: tensor<3xf64>) -> tensor<3xf64> {
  %0 = arith.mulf %x, %x : tensor<3xf64>
  %1 = arith.subf %0, %p : tensor<3xf64>
  func.return %1 : tensor<3xf64>
}

// CHECK-LABEL: func.func @implicit(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[P:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f, @f_apply, @f_transposed([[X]], [[P]]) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_apply(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> attributes {letgrad.primal_flops = 6 : i64} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[X]] : tensor<3xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[P]] : tensor<3xf64>
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[X]], [[T_X]] : tensor<3xf64>
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[MULF_1]], [[MULF_1]] : tensor<3xf64>
// CHECK-NEXT:    func.return [[ADDF]] : tensor<3xf64>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_transposed(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> attributes {letgrad.primal_flops = 6 : i64} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[X]] : tensor<3xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[P]] : tensor<3xf64>
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[CT]], [[CT]] : tensor<3xf64>
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[X]], [[ADDF]] : tensor<3xf64>
// CHECK-NEXT:    func.return [[MULF_1]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @implicit(%x: tensor<3xf64>, %p: tensor<3xf64>) -> tensor<3xf64> {
  %y = delta.implicit @f(%x, %p) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// -----

// The transposed function does not take the unknowns: the function is linear in them.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x5xf64>, [[V:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ij,j->i" [[W]], [[V]] : tensor<3x5xf64>, tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ij,i->j" [[W]], [[EINSUM]] : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[EINSUM_1]] dims [0] : tensor<5xf64>
// CHECK-NEXT:    func.return [[REVERSE]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func private @a(%w: tensor<3x5xf64>, %v: tensor<5xf64>) -> tensor<5xf64> {
  %0 = ten.einsum "ij,j->i" %w, %v : tensor<3x5xf64>, tensor<5xf64> -> tensor<3xf64>
  %1 = ten.einsum "ij,i->j" %w, %0 : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
  %2 = ten.reverse %1 dims [0] : tensor<5xf64>
  func.return %2 : tensor<5xf64>
}

// CHECK-LABEL: func.func @solve(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<5xf64>, [[W:%[^ ,:)]+]]: tensor<3x5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[X:%.*]] = delta.solve @a, @a_transposed([[B]], [[W]]) : (tensor<5xf64>, tensor<3x5xf64>) -> tensor<5xf64>
// CHECK-NEXT:    func.return [[X]] : tensor<5xf64>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @a_transposed(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x5xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> attributes {letgrad.primal_flops = 60 : i64} {
// CHECK-NEXT:    [[V:%.*]] = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ij,j->i" [[W]], [[V]] : tensor<3x5xf64>, tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ij,i->j" [[W]], [[EINSUM]] : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[EINSUM_1]] dims [0] : tensor<5xf64>
// CHECK-NEXT:    [[REVERSE_1:%.*]] = ten.reverse [[CT]] dims [0] : tensor<5xf64>
// CHECK-NEXT:    [[EINSUM_2:%.*]] = ten.einsum "ij,j->i" [[W]], [[REVERSE_1]] : tensor<3x5xf64>, tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[EINSUM_3:%.*]] = ten.einsum "ij,i->j" [[W]], [[EINSUM_2]] : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[EINSUM_3]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @solve(%b: tensor<5xf64>, %w: tensor<3x5xf64>) -> tensor<5xf64> {
  %x = delta.solve @a(%b, %w) : (tensor<5xf64>, tensor<3x5xf64>) -> tensor<5xf64>
  func.return %x : tensor<5xf64>
}

// -----

// An op that has all functions stays, and two ops of one function share the new functions.
// CHECK-LABEL: func.func private @f(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[P:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[P]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
func.func private @f(%x: f64, %p: f64) -> f64 {
  %0 = arith.mulf %x, %p : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[P:%[^ ,:)]+]]: f64) -> (f64, f64, f64) {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f, @f, @f([[X]], [[P]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[Z:%.*]] = delta.implicit @f, @f_apply, @f_transposed([[X]], [[P]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[U:%.*]] = delta.implicit @f, @f_apply, @f_transposed([[Z]], [[P]]) by dense : (f64, f64) -> f64
// CHECK-NEXT:    func.return [[Y]], [[Z]], [[U]] : f64, f64, f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_apply(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[P:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 1 : i64} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[P]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[P]], [[T_X]] : f64
// CHECK-NEXT:    func.return [[MULF_1]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_transposed(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[P:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 1 : i64} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[P]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[P]], [[CT]] : f64
// CHECK-NEXT:    func.return [[MULF_1]] : f64
// CHECK-NEXT:  }
func.func @stays(%x: f64, %p: f64) -> (f64, f64, f64) {
  %y = delta.implicit @f, @f, @f(%x, %p) : (f64, f64) -> f64
  %z = delta.implicit @f(%x, %p) : (f64, f64) -> f64
  %u = delta.implicit @f(%z, %p) by dense : (f64, f64) -> f64
  func.return %y, %z, %u : f64, f64, f64
}

// -----

// The functions of the inner equation come before those of the outer one, which differentiate them.
// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64, [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[Y]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[COS]], [[X]] : f64
// CHECK-NEXT:    func.return [[SUBF]] : f64
// CHECK-NEXT:  }
func.func private @inner(%y: f64, %x: f64) -> f64 {
  %0 = math.cos %y : f64
  %1 = arith.subf %0, %x : f64
  func.return %1 : f64
}

// CHECK-LABEL: func.func private @outer(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[P:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @inner, @inner_apply, @inner_transposed([[P]], [[X]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[Y]], [[P]] : f64
// CHECK-NEXT:    func.return [[SUBF]] : f64
// CHECK-NEXT:  }
func.func private @outer(%x: f64, %p: f64) -> f64 {
  %y = delta.implicit @inner(%p, %x) : (f64, f64) -> f64
  %0 = arith.subf %y, %p : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @nested(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[P:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @outer, @outer_apply, @outer_transposed([[X]], [[P]]) : (f64, f64) -> f64
// CHECK-NEXT:    func.return [[Y]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @inner_apply(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_Y:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 21 : i64} {
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[Y]] : f64
// CHECK-NEXT:    [[SIN:%.*]] = math.sin [[Y]] : f64
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[SIN]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[COS]], [[X]] : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[NEGF]], [[T_Y]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @inner_transposed(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 21 : i64} {
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[Y]] : f64
// CHECK-NEXT:    [[SIN:%.*]] = math.sin [[Y]] : f64
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[SIN]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[COS]], [[X]] : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[NEGF]], [[CT]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @outer_apply(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[P:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @inner, @inner_apply, @inner_transposed([[P]], [[X]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[Y]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[COS]], [[X]] : f64
// CHECK-NEXT:    [[SUBF_1:%.*]] = arith.subf [[Y]], [[P]] : f64
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[T_X]] : f64
// CHECK-NEXT:    [[NEGF_1:%.*]] = arith.negf [[NEGF]] : f64
// CHECK-NEXT:    [[SOLVE:%.*]] = delta.solve @inner_apply, @inner_transposed([[NEGF_1]], [[Y]], [[X]]) : (f64, f64, f64) -> f64
// CHECK-NEXT:    func.return [[SOLVE]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @outer_transposed(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[P:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @inner, @inner_apply, @inner_transposed([[P]], [[X]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[COS:%.*]] = math.cos [[Y]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[COS]], [[X]] : f64
// CHECK-NEXT:    [[SUBF_1:%.*]] = arith.subf [[Y]], [[P]] : f64
// CHECK-NEXT:    [[SOLVE:%.*]] = delta.solve @inner_transposed, @inner_apply([[CT]], [[Y]], [[X]]) : (f64, f64, f64) -> f64
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[SOLVE]] : f64
// CHECK-NEXT:    [[NEGF_1:%.*]] = arith.negf [[NEGF]] : f64
// CHECK-NEXT:    func.return [[NEGF_1]] : f64
// CHECK-NEXT:  }
func.func @nested(%x: f64, %p: f64) -> f64 {
  %y = delta.implicit @outer(%x, %p) : (f64, f64) -> f64
  func.return %y : f64
}
