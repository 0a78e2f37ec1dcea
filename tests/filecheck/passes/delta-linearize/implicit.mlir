// RUN: letgrad-opt %s -p 'delta-linearize{mode=forward entry=g}' --split-input-file | filecheck %s

// dy solves (2 y) dy = dp. %x has no part in it.
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

// CHECK-LABEL: func.func @g(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[T_P:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) attributes {letgrad.primal_flops = 3 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[DP:%.*]] = delta.input 1 : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f, @j, @jt([[X]], [[P]]) batch 1 by gmres : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[Y]] : tensor<3xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[P]] : tensor<3xf64>
// CHECK-NEXT:    [[NEG:%.*]] = delta.neg [[DP]] : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[NEG_1:%.*]] = delta.neg [[NEG]] : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[DY:%.*]] = delta.solve @j, @jt([[NEG_1]], [[Y]], [[P]]) batch 1 by gmres : (!delta.term<tensor<3xf64>>, tensor<3xf64>, tensor<3xf64>) -> !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[DY]], ([[T_X]], [[T_P]]) : tensor<3xf64>, (tensor<3xf64>, tensor<3xf64>)
// CHECK-NEXT:    func.return [[Y]], [[PUSHFORWARD]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @g(%x: tensor<3xf64>, %p: tensor<3xf64>) -> tensor<3xf64> {
  %y = delta.implicit @f, @j, @jt(%x, %p) batch 1 by gmres : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// -----

// Without a parameter that has a tangent, there is no derivative.
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

// CHECK-LABEL: func.func @g(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[T_X:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) attributes {letgrad.primal_flops = 3 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[P:%.*]] = arith.constant dense<2.000000e+00> : tensor<3xf64>
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f([[X]], [[P]]) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[ZERO:%.*]] = delta.zero : !delta.term<tensor<3xf64>>
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[ZERO]], ([[T_X]]) : tensor<3xf64>, (tensor<3xf64>)
// CHECK-NEXT:    func.return [[Y]], [[PUSHFORWARD]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @g(%x: tensor<3xf64>) -> tensor<3xf64> {
  %p = arith.constant dense<2.0> : tensor<3xf64>
  %y = delta.implicit @f(%x, %p) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// -----

// dx solves w dx = db - x dw.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>, [[V:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[MULF]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func private @a(%w: tensor<5xf64>, %v: tensor<5xf64>) -> tensor<5xf64> {
  %0 = arith.mulf %w, %v : tensor<5xf64>
  func.return %0 : tensor<5xf64>
}

// CHECK-LABEL: func.func @g(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[T_B:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[T_W:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) attributes {letgrad.primal_flops = 5 : i64} {
// CHECK-NEXT:    [[DB:%.*]] = delta.input 0 : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[DW:%.*]] = delta.input 1 : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[X:%.*]] = delta.solve @a, @at([[B]], [[W]]) : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[X]], [[DW]] : tensor<5xf64>, !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[NEG:%.*]] = delta.neg [[SCALE]] : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[ADD:%.*]] = delta.add [[DB]], [[NEG]] : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[DX:%.*]] = delta.solve @a, @at([[ADD]], [[W]]) : (!delta.term<tensor<5xf64>>, tensor<5xf64>) -> !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[DX]], ([[T_B]], [[T_W]]) : tensor<5xf64>, (tensor<5xf64>, tensor<5xf64>)
// CHECK-NEXT:    func.return [[X]], [[PUSHFORWARD]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @g(%b: tensor<5xf64>, %w: tensor<5xf64>) -> tensor<5xf64> {
  %x = delta.solve @a, @at(%b, %w) : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  func.return %x : tensor<5xf64>
}

// -----

// Only b has a tangent.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>, [[V:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[MULF]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func private @a(%w: tensor<5xf64>, %v: tensor<5xf64>) -> tensor<5xf64> {
  %0 = arith.mulf %w, %v : tensor<5xf64>
  func.return %0 : tensor<5xf64>
}

// CHECK-LABEL: func.func @g(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[T_B:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) attributes {letgrad.primal_flops = 5 : i64} {
// CHECK-NEXT:    [[DB:%.*]] = delta.input 0 : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[W:%.*]] = arith.constant dense<2.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[X:%.*]] = delta.solve @a, @at([[B]], [[W]]) by cg : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
// CHECK-NEXT:    [[DX:%.*]] = delta.solve @a, @at([[DB]], [[W]]) by cg : (!delta.term<tensor<5xf64>>, tensor<5xf64>) -> !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[PUSHFORWARD:%.*]] = delta.pushforward [[DX]], ([[T_B]]) : tensor<5xf64>, (tensor<5xf64>)
// CHECK-NEXT:    func.return [[X]], [[PUSHFORWARD]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @g(%b: tensor<5xf64>) -> tensor<5xf64> {
  %w = arith.constant dense<2.0> : tensor<5xf64>
  %x = delta.solve @a, @at(%b, %w) by cg : (tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>
  func.return %x : tensor<5xf64>
}
