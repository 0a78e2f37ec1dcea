// RUN: letgrad-opt %s -p 'gradient{entry=root wrt=1}' | filecheck %s
// RUN: letgrad-opt %s -p 'gradient{entry=root wrt=1 primal=false},gradient{entry=root wrt=1}' --check-semantics | filecheck %s --check-prefix=SECOND
// RUN: letgrad-opt %s -t terms | filecheck %s --check-prefix=TERMS

// The gradient solves the transposed equation, and the solution stays the one of its equations, for
// derivatives of this derivative.
// CHECK-LABEL: func.func private @f(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64, [[A:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[Y]] : f64
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[A]] : f64
// CHECK-NEXT:    func.return [[SUBF]] : f64
// CHECK-NEXT:  }
// SECOND-LABEL: func.func private @f(
// SECOND-SAME: [[Y:%[^ ,:)]+]]: f64, [[A:%[^ ,:)]+]]: f64) -> f64 {
// SECOND-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[Y]] : f64
// SECOND-NEXT:    [[SUBF:%.*]] = arith.subf [[MULF]], [[A]] : f64
// SECOND-NEXT:    func.return [[SUBF]] : f64
// SECOND-NEXT:  }
// TERMS: f = \y a -> y * y - a{{$}}
func.func private @f(%y: f64, %a: f64) -> f64 {
  %0 = arith.mulf %y, %y : f64
  %1 = arith.subf %0, %a : f64
  func.return %1 : f64
}

// CHECK-LABEL: func.func @root(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 1 : i64} {
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f, @f_apply, @f_transposed([[X]], [[A]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[SOLVE:%.*]] = delta.solve @f_transposed, @f_apply([[CT]], [[Y]], [[A]]) : (f64, f64, f64) -> f64
// CHECK-NEXT:    func.return [[Y]], [[SOLVE]] : f64, f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_apply(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[T_Y:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[T_Y]] : f64
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[MULF]], [[MULF]] : f64
// CHECK-NEXT:    func.return [[ADDF]] : f64
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_transposed(
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[CT]], [[CT]] : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[ADDF]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
// SECOND-LABEL: func.func @root(
// SECOND-SAME: [[X:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[A:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[CT:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[CT_1:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// SECOND-NEXT:    [[Y:%.*]] = delta.implicit @f, @f_apply, @f_transposed([[X]], [[A]]) : (f64, f64) -> f64
// SECOND-NEXT:    [[SOLVE:%.*]] = delta.solve @f_transposed, @f_apply([[CT]], [[Y]], [[A]]) : (f64, f64, f64) -> f64
// SECOND-NEXT:    [[ADDF:%.*]] = arith.addf [[SOLVE]], [[SOLVE]] : f64
// SECOND-NEXT:    [[SOLVE_1:%.*]] = delta.solve @f_apply, @f_transposed([[CT_1]], [[Y]], [[A]]) : (f64, f64, f64) -> f64
// SECOND-NEXT:    [[NEGF:%.*]] = arith.negf [[SOLVE_1]] : f64
// SECOND-NEXT:    [[MULF:%.*]] = arith.mulf [[ADDF]], [[NEGF]] : f64
// SECOND-NEXT:    [[SOLVE_2:%.*]] = delta.solve @f_transposed, @f_apply([[MULF]], [[Y]], [[A]]) : (f64, f64, f64) -> f64
// SECOND-NEXT:    func.return [[SOLVE]], [[SOLVE_2]] : f64, f64
// SECOND-NEXT:  }
// SECOND-LABEL: func.func private @f_apply(
// SECOND-SAME: [[Y:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[A:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[T_Y:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// SECOND-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[T_Y]] : f64
// SECOND-NEXT:    [[ADDF:%.*]] = arith.addf [[MULF]], [[MULF]] : f64
// SECOND-NEXT:    func.return [[ADDF]] : f64
// SECOND-NEXT:  }
// SECOND-LABEL: func.func private @f_transposed(
// SECOND-SAME: [[Y:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[A:%[^ ,:)]+]]: f64,
// SECOND-SAME: [[CT:%[^ ,:)]+]]: f64) -> f64 attributes {letgrad.primal_flops = 2 : i64} {
// SECOND-NEXT:    [[ADDF:%.*]] = arith.addf [[CT]], [[CT]] : f64
// SECOND-NEXT:    [[MULF:%.*]] = arith.mulf [[Y]], [[ADDF]] : f64
// SECOND-NEXT:    func.return [[MULF]] : f64
// SECOND-NEXT:  }
// TERMS-NEXT: root = \x a -> implicit[f] x a{{$}}
func.func @root(%x: f64, %a: f64) -> f64 {
  %y = delta.implicit @f(%x, %a) : (f64, f64) -> f64
  func.return %y : f64
}
