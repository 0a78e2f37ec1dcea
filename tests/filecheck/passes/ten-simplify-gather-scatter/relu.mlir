// relu in four ways, each a choice by index for every element: elementwise ops and selects, value and gradient. (The
// gradient of a choice whose result is used twice has a select for each use.)

// RUN: letgrad-opt %S/../../../../examples/relu.mlir -p ten-vectorize,ten-simplify-gather-scatter,gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=RELU
// RELU:         func.func @relu(%m: tensor<3x4xf64>, %ct: tensor<3x4xf64>)
// RELU-NOT:     ten.gather
// RELU:         %neg = ten.compare ole, %m, %{{.*}} : tensor<3x4xf64>
// RELU:         [[MASK:%.*]] = ten.select %neg, %{{.*}}, %{{.*}} : tensor<3x4xi1>, tensor<3x4xf64>
// RELU-NEXT:    %r = arith.mulf [[MASK]], %m
// RELU-NEXT:    [[GRADIENT:%.*]] = arith.mulf [[MASK]], %ct
// RELU-NEXT:    func.return %r, [[GRADIENT]]

// RUN: letgrad-opt %S/../../../../examples/reluMax.mlir -p ten-vectorize,ten-simplify-gather-scatter,gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=MAX
// Simplified only after differentiation, the scatter goes, too.
// RUN: letgrad-opt %S/../../../../examples/reluMax.mlir -p gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=MAX
// MAX:         func.func @reluMax(%m: tensor<3x4xf64>, %ct: tensor<3x4xf64>)
// MAX:         %neg = ten.compare oge, %{{.*}}, %m : tensor<3x4xf64>
// MAX-NEXT:    [[VALUE:%.*]] = ten.select %neg, %{{.*}}, %m
// MAX:         [[GRADIENT:%.*]] = ten.select %neg, %{{.*}}, %ct
// MAX-NEXT:    func.return [[VALUE]], [[GRADIENT]]

// RUN: letgrad-opt %S/../../../../examples/reluT2.mlir -p ten-vectorize,ten-simplify-gather-scatter,gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=T2
// T2:         func.func @reluT2(%v: tensor<5xf64>, %s: f64, %ct: tensor<5xf64>)
// T2:         %sv = ten.broadcast %s
// T2-NEXT:    %t = arith.mulf %v, %sv
// T2:         %neg = ten.compare ole, %t
// T2:         [[MASK:%.*]] = ten.select %neg
// T2-NEXT:    %r = arith.mulf [[MASK]], %t
// T2-NEXT:    [[C:%.*]] = arith.mulf [[MASK]], %ct
// T2-NEXT:    [[P:%.*]] = arith.mulf %v, [[C]]
// T2-NEXT:    [[DV:%.*]] = arith.mulf %sv, [[C]]
// T2-NEXT:    [[DS:%.*]] = ten.sum [[P]] dims [0]
// T2-NEXT:    func.return %r, [[DV]], [[DS]]

// RUN: letgrad-opt %S/../../../../examples/reluMaxT2.mlir -p gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=MAXT2
// MAXT2:         func.func @reluMaxT2(%v: tensor<5xf64>, %s: f64, %ct: tensor<5xf64>)
// MAXT2:         %t = arith.mulf %v, %sv
// MAXT2:         %neg = ten.compare oge, %{{.*}}, %t
// MAXT2:         [[VALUE:%.*]] = ten.select %neg, %{{.*}}, %t
// MAXT2:         [[C:%.*]] = ten.select %neg, %{{.*}}, %ct
// MAXT2-NEXT:    [[P:%.*]] = arith.mulf %v, [[C]]
// MAXT2-NEXT:    [[DV:%.*]] = arith.mulf %sv, [[C]]
// MAXT2-NEXT:    [[DS:%.*]] = ten.sum [[P]] dims [0]
// MAXT2-NEXT:    func.return [[VALUE]], [[DV]], [[DS]]

// Simplified first, it is a select that is differentiated, and its zeros must win over whatever %v and %sv are: each of
// the two products is masked. There is one comparison, one select for the value, and one for each gradient.
// RUN: letgrad-opt %S/../../../../examples/reluMaxT2.mlir -p ten-vectorize,ten-simplify-gather-scatter,gradient,ten-simplify-gather-scatter,canonicalize,cse | filecheck %s --check-prefix=FIRST
// FIRST:         func.func @reluMaxT2(%v: tensor<5xf64>, %s: f64, %ct: tensor<5xf64>)
// FIRST:         %t = arith.mulf %v, %sv
// FIRST:         %neg = ten.compare oge, %{{.*}}, %t
// FIRST-NEXT:    [[VALUE:%.*]] = ten.select %neg, %{{.*}}, %t
// FIRST-NEXT:    [[P:%.*]] = arith.mulf %v, %ct
// FIRST-NEXT:    [[Q:%.*]] = arith.mulf %sv, %ct
// FIRST:         [[M:%.*]] = ten.select %neg, %{{.*}}, [[P]]
// FIRST-NEXT:    [[DS:%.*]] = ten.sum [[M]] dims [0]
// FIRST-NEXT:    [[DV:%.*]] = ten.select %neg, %{{.*}}, [[Q]]
// FIRST-NEXT:    func.return [[VALUE]], [[DV]], [[DS]]

// The gradient by one argument has one.
// RUN: letgrad-opt %S/../../../../examples/reluMaxT2.mlir -p 'ten-vectorize,ten-simplify-gather-scatter,gradient{wrt=0 primal=false},ten-simplify-gather-scatter,canonicalize,cse' | filecheck %s --check-prefix=ONE
// ONE:         %neg = ten.compare oge, %{{.*}}, %t
// ONE-NEXT:    [[Q:%.*]] = arith.mulf %sv, %ct
// ONE-NEXT:    arith.constant
// ONE-NEXT:    [[DV:%.*]] = ten.select %neg, %{{.*}}, [[Q]]
// ONE-NEXT:    func.return [[DV]]
