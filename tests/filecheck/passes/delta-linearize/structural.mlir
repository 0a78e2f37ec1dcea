// RUN: letgrad-opt %s -p 'delta-linearize' --split-input-file | filecheck %s

// One case per rule of an op that is not elementwise: what comes beside the op.

// Linear: the op itself, on the term.
// CHECK-LABEL: func.func @broadcast(
// CHECK:      %dr = ten.broadcast %dx dims [0] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<2x3xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2x3xf64> -> tensor<3xf64>
func.func @broadcast(%x: tensor<3xf64>) -> tensor<2x3xf64> {
  %r = ten.broadcast %x dims [0] : tensor<3xf64> -> tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// -----

// CHECK-LABEL: func.func @sum(
// CHECK:      %dr = ten.sum %dx dims [1] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<2xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2xf64> -> tensor<2x3xf64>
func.func @sum(%x: tensor<2x3xf64>) -> tensor<2xf64> {
  %r = ten.sum %x dims [1] : tensor<2x3xf64> -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// -----

// CHECK-LABEL: func.func @cumsum(
// CHECK:      %dr = ten.cumsum %dx dim 1 : !delta.term<tensor<2x3xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2x3xf64> -> tensor<2x3xf64>
func.func @cumsum(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %r = ten.cumsum %x dim 1 : tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// -----

// CHECK-LABEL: func.func @fft(
// CHECK:      %dr = ten.fft forward, %dx dims [0, 1] : !delta.term<tensor<3x4x2xf64>> -> !delta.term<tensor<3x4x2xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
func.func @fft(%x: tensor<3x4x2xf64>) -> tensor<3x4x2xf64> {
  %r = ten.fft forward, %x dims [0, 1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  func.return %r : tensor<3x4x2xf64>
}

// -----

// CHECK-LABEL: func.func @dct(
// CHECK:      %dr = ten.dct cosine2, %dx dims [1] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<2x3xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2x3xf64> -> tensor<2x3xf64>
func.func @dct(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %r = ten.dct cosine2, %x dims [1] : tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// -----

// CHECK-LABEL: func.func @transpose(
// CHECK:      %dr = ten.transpose %dx perm [1, 0] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<3x2xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<3x2xf64> -> tensor<2x3xf64>
func.func @transpose(%x: tensor<2x3xf64>) -> tensor<3x2xf64> {
  %r = ten.transpose %x perm [1, 0] : tensor<2x3xf64> -> tensor<3x2xf64>
  func.return %r : tensor<3x2xf64>
}

// -----

// CHECK-LABEL: func.func @reshape(
// CHECK:      %dr = ten.reshape %dx : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<6xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<6xf64> -> tensor<2x3xf64>
func.func @reshape(%x: tensor<2x3xf64>) -> tensor<6xf64> {
  %r = ten.reshape %x : tensor<2x3xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// -----

// CHECK-LABEL: func.func @reverse(
// CHECK:      %dr = ten.reverse %dx dims [1] : !delta.term<tensor<2x3xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2x3xf64> -> tensor<2x3xf64>
func.func @reverse(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %r = ten.reverse %x dims [1] : tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}

// -----

// CHECK-LABEL: func.func @slice(
// CHECK:      %dr = ten.slice %dx offsets [1] sizes [2] strides [3] : !delta.term<tensor<5xf64>> -> !delta.term<tensor<2xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<2xf64> -> tensor<5xf64>
func.func @slice(%x: tensor<5xf64>) -> tensor<2xf64> {
  %r = ten.slice %x offsets [1] sizes [2] strides [3] : tensor<5xf64> -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// -----

// CHECK-LABEL: func.func @pad(
// CHECK:      %dr = ten.pad %dx low [1] high [2] interior [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<8xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<8xf64> -> tensor<3xf64>
func.func @pad(%x: tensor<3xf64>) -> tensor<8xf64> {
  %r = ten.pad %x low [1] high [2] interior [1] : tensor<3xf64> -> tensor<8xf64>
  func.return %r : tensor<8xf64>
}

// -----

// CHECK-LABEL: func.func @index(
// CHECK:      %dr = ten.index %dx[%i] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<3xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<3xf64> -> tensor<2x3xf64>
func.func @index(%x: tensor<2x3xf64>, %i: index) -> tensor<3xf64> {
  %r = ten.index %x[%i] : tensor<2x3xf64> -> tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// -----

// The index function is copied.
// CHECK-LABEL: func.func @gather(
// CHECK:      %dr = ten.gather [4] %dx (%i_1) : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<4x3xf64>> {
// CHECK-NEXT:   %j_1 = arith.subi %i_1, %k : index
// CHECK-NEXT:   ten.yield %j_1 : index
// CHECK:      %0 = delta.pullback (%dr : %ct) : tensor<4x3xf64> -> tensor<2x3xf64>
func.func @gather(%x: tensor<2x3xf64>, %k: index) -> tensor<4x3xf64> {
  %r = ten.gather [4] %x (%i) : tensor<2x3xf64> -> tensor<4x3xf64> {
    %j = arith.subi %i, %k : index
    ten.yield %j : index
  }
  func.return %r : tensor<4x3xf64>
}

// -----

// CHECK-LABEL: func.func @scatter(
// CHECK:      %dr = ten.scatter [4] %dx (%i_1) : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<4x3xf64>> {
// CHECK-NEXT:   %j_1 = arith.subi %i_1, %k : index
// CHECK-NEXT:   ten.yield %j_1 : index
// CHECK:      %0 = delta.pullback (%dr : %ct) : tensor<4x3xf64> -> tensor<2x3xf64>
func.func @scatter(%x: tensor<2x3xf64>, %k: index) -> tensor<4x3xf64> {
  %r = ten.scatter [4] %x (%i) : tensor<2x3xf64> -> tensor<4x3xf64> {
    %j = arith.subi %i, %k : index
    ten.yield %j : index
  }
  func.return %r : tensor<4x3xf64>
}

// -----

// Linear in both together: an operand that does not depend on the inputs has the term zero.
// CHECK-LABEL: func.func @select(
// CHECK:      %0 = delta.zero : !delta.term<tensor<3xf64>>
// CHECK-NEXT: %dr = ten.select %m, %dx, %0 : tensor<3xi1>, !delta.term<tensor<3xf64>>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : tensor<3xf64> -> tensor<3xf64>
func.func @select(%x: tensor<3xf64>, %m: tensor<3xi1>) -> tensor<3xf64> {
  %n = arith.constant dense<1.000000e+00> : tensor<3xf64>
  %r = ten.select %m, %x, %n : tensor<3xi1>, tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// -----

// CHECK-LABEL: func.func @arith_select(
// CHECK:      %dr = ten.select %c, %dx, %dy : i1, !delta.term<f64>
// CHECK-NEXT: %0, %1 = delta.pullback (%dr : %ct) : f64 -> f64, f64
func.func @arith_select(%c: i1, %x: f64, %y: f64) -> f64 {
  %r = arith.select %c, %x, %y : f64
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @concat(
// CHECK:      %0 = delta.zero : !delta.term<tensor<2xf64>>
// CHECK-NEXT: %dr = ten.concat %dx, %0 dim 0 : !delta.term<tensor<3xf64>>, !delta.term<tensor<2xf64>> -> !delta.term<tensor<5xf64>>
// CHECK-NEXT: %1 = delta.pullback (%dr : %ct) : tensor<5xf64> -> tensor<3xf64>
func.func @concat(%x: tensor<3xf64>) -> tensor<5xf64> {
  %n = arith.constant dense<1.000000e+00> : tensor<2xf64>
  %r = ten.concat %x, %n dim 0 : tensor<3xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// -----

// CHECK-LABEL: func.func @stack(
// CHECK:      %dr = ten.stack %dx, %dy : !delta.term<f64> -> !delta.term<tensor<2xf64>>
// CHECK-NEXT: %0, %1 = delta.pullback (%dr : %ct) : tensor<2xf64> -> f64, f64
func.func @stack(%x: f64, %y: f64) -> tensor<2xf64> {
  %r = ten.stack %x, %y : f64 -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// -----

// Between floats.
// CHECK-LABEL: func.func @cast(
// CHECK:      %dr = ten.cast %dx : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf32>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<3xf32> -> tensor<3xf64>
func.func @cast(%x: tensor<3xf64>) -> tensor<3xf32> {
  %r = ten.cast %x : tensor<3xf64> -> tensor<3xf32>
  func.return %r : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @extf(
// CHECK:      %dr = ten.cast %dx : !delta.term<f32> -> !delta.term<f64>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f64 -> f32
func.func @extf(%x: f32) -> f64 {
  %r = arith.extf %x : f32 to f64
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @truncf(
// CHECK:      %dr = ten.cast %dx : !delta.term<f64> -> !delta.term<f32>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f32 -> f64
func.func @truncf(%x: f64) -> f32 {
  %r = arith.truncf %x : f64 to f32
  func.return %r : f32
}

// -----

// A product: one einsum for each operand that has a term.
// CHECK-LABEL: func.func @einsum(
// CHECK:      %0 = ten.einsum "ij,j,i->" %dx, %v, %x2 : !delta.term<tensor<2x3xf64>>, tensor<3xf64>, tensor<2xf64> -> !delta.term<f64>
// CHECK-NEXT: %1 = ten.einsum "ij,j,i->" %x, %dv, %x2 : tensor<2x3xf64>, !delta.term<tensor<3xf64>>, tensor<2xf64> -> !delta.term<f64>
// CHECK-NEXT: %2 = ten.einsum "ij,j,i->" %x, %v, %dx2 : tensor<2x3xf64>, tensor<3xf64>, !delta.term<tensor<2xf64>> -> !delta.term<f64>
// CHECK-NEXT: %3 = delta.add %0, %1 : !delta.term<f64>
// CHECK-NEXT: %dr = delta.add %3, %2 : !delta.term<f64>
// CHECK-NEXT: %4, %5, %6 = delta.pullback (%dr : %ct) : f64 -> tensor<2x3xf64>, tensor<3xf64>, tensor<2xf64>
func.func @einsum(%x: tensor<2x3xf64>, %v: tensor<3xf64>, %x2: tensor<2xf64>) -> f64 {
  %r = ten.einsum "ij,j,i->" %x, %v, %x2 : tensor<2x3xf64>, tensor<3xf64>, tensor<2xf64> -> f64
  func.return %r : f64
}

// -----

// The mean of the terms at the places where the maximum is.
// CHECK-LABEL: func.func @reduce_max(
// CHECK:      %0 = ten.broadcast %r dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT: %1 = ten.compare oeq, %x, %0 : tensor<2x3xf64>
// CHECK-NEXT: %2 = arith.constant dense<1.000000e+00> : tensor<2x3xf64>
// CHECK-NEXT: %3 = arith.constant dense<0.000000e+00> : tensor<2x3xf64>
// CHECK-NEXT: %4 = ten.select %1, %2, %3 : tensor<2x3xi1>, tensor<2x3xf64>
// CHECK-NEXT: %5 = ten.sum %4 dims [1] : tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT: %6 = ten.broadcast %5 dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT: %7 = arith.divf %4, %6 : tensor<2x3xf64>
// CHECK-NEXT: %8 = delta.scale %7, %dx : tensor<2x3xf64>, !delta.term<tensor<2x3xf64>>
// CHECK-NEXT: %dr = ten.sum %8 dims [1] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<2xf64>>
// CHECK-NEXT: %9 = delta.pullback (%dr : %ct) : tensor<2xf64> -> tensor<2x3xf64>
func.func @reduce_max(%x: tensor<2x3xf64>) -> tensor<2xf64> {
  %r = ten.reduce max, %x dims [1] : tensor<2x3xf64> -> tensor<2xf64>
  func.return %r : tensor<2xf64>
}

// -----

// CHECK-LABEL: func.func @reduce_min_of_no_dimension(
// CHECK:      %0 = arith.cmpf oeq, %x, %r : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %3 = arith.select %0, %1, %2 : f64
// CHECK-NEXT: %4 = ten.sum %3 dims [] : f64 -> f64
// CHECK-NEXT: %5 = ten.broadcast %4 dims [] : f64 -> f64
// CHECK-NEXT: %6 = arith.divf %3, %5 : f64
// CHECK-NEXT: %7 = delta.scale %6, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %dr = ten.sum %7 dims [] : !delta.term<f64> -> !delta.term<f64>
// CHECK-NEXT: %8 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @reduce_min_of_no_dimension(%x: f64) -> f64 {
  %r = ten.reduce min, %x dims [] : f64 -> f64
  func.return %r : f64
}

// -----

// A tree of products beside the product, whose value stays what it is.
// CHECK-LABEL: func.func @reduce_prod(
// CHECK:      %0 = ten.transpose %x perm [0] : tensor<3xf64> -> tensor<3xf64>
// CHECK-NEXT: %1 = ten.transpose %dx perm [0] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf64>>
// CHECK-NEXT: %2 = ten.reshape %0 : tensor<3xf64> -> tensor<3xf64>
// CHECK-NEXT: %3 = ten.reshape %1 : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf64>>
// CHECK-NEXT: %4 = ten.slice %2 offsets [0] sizes [1] strides [1] : tensor<3xf64> -> tensor<1xf64>
// CHECK-NEXT: %5 = ten.slice %3 offsets [0] sizes [1] strides [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<1xf64>>
// CHECK-NEXT: %6 = ten.slice %2 offsets [1] sizes [1] strides [1] : tensor<3xf64> -> tensor<1xf64>
// CHECK-NEXT: %7 = ten.slice %3 offsets [1] sizes [1] strides [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<1xf64>>
// CHECK-NEXT: %8 = arith.mulf %4, %6 : tensor<1xf64>
// CHECK-NEXT: %9 = delta.scale %6, %5 : tensor<1xf64>, !delta.term<tensor<1xf64>>
// CHECK-NEXT: %10 = delta.scale %4, %7 : tensor<1xf64>, !delta.term<tensor<1xf64>>
// CHECK-NEXT: %11 = delta.add %9, %10 : !delta.term<tensor<1xf64>>
// CHECK-NEXT: %12 = ten.slice %2 offsets [2] sizes [1] strides [1] : tensor<3xf64> -> tensor<1xf64>
// CHECK-NEXT: %13 = ten.slice %3 offsets [2] sizes [1] strides [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<1xf64>>
// CHECK-NEXT: %14 = ten.concat %8, %12 dim 0 : tensor<1xf64>, tensor<1xf64> -> tensor<2xf64>
// CHECK-NEXT: %15 = ten.concat %11, %13 dim 0 : !delta.term<tensor<1xf64>>, !delta.term<tensor<1xf64>> -> !delta.term<tensor<2xf64>>
// CHECK-NEXT: %16 = ten.slice %14 offsets [0] sizes [1] strides [1] : tensor<2xf64> -> tensor<1xf64>
// CHECK-NEXT: %17 = ten.slice %15 offsets [0] sizes [1] strides [1] : !delta.term<tensor<2xf64>> -> !delta.term<tensor<1xf64>>
// CHECK-NEXT: %18 = ten.slice %14 offsets [1] sizes [1] strides [1] : tensor<2xf64> -> tensor<1xf64>
// CHECK-NEXT: %19 = ten.slice %15 offsets [1] sizes [1] strides [1] : !delta.term<tensor<2xf64>> -> !delta.term<tensor<1xf64>>
// CHECK-NEXT: %20 = arith.mulf %16, %18 : tensor<1xf64>
// CHECK-NEXT: %21 = delta.scale %18, %17 : tensor<1xf64>, !delta.term<tensor<1xf64>>
// CHECK-NEXT: %22 = delta.scale %16, %19 : tensor<1xf64>, !delta.term<tensor<1xf64>>
// CHECK-NEXT: %23 = delta.add %21, %22 : !delta.term<tensor<1xf64>>
// CHECK-NEXT: %24 = ten.reshape %20 : tensor<1xf64> -> f64
// CHECK-NEXT: %dr = ten.reshape %23 : !delta.term<tensor<1xf64>> -> !delta.term<f64>
// CHECK-NEXT: %25 = delta.pullback (%dr : %ct) : f64 -> tensor<3xf64>
func.func @reduce_prod(%x: tensor<3xf64>) -> f64 {
  %r = ten.reduce prod, %x dims [0] : tensor<3xf64> -> f64
  func.return %r : f64
}

// -----

// No derivative: conversions from integers, constants, what is stopped, and what depends on these only.
// CHECK-LABEL: func.func @constants(
// CHECK:      %0 = delta.pullback (%dx : %ct3) : f64 -> f64
func.func @constants(%x: f64, %n: i64) -> (f64, f64, f64, f64) {
  %c = arith.constant 1.000000e+00 : f64
  %k = arith.sitofp %n : i64 to f64
  %m = arith.uitofp %n : i64 to f64
  %s = delta.stop %x : f64
  %i = arith.fptosi %x : f64 to i64
  %j = arith.sitofp %i : i64 to f64
  %p = arith.mulf %k, %m : f64
  %q = arith.mulf %s, %j : f64
  func.return %c, %p, %q, %x : f64, f64, f64, f64
}

// -----

// Integers carry none, even where floats go in.
// CHECK-LABEL: func.func @integers(
// CHECK:      %dr = ten.index %dx[%i] : !delta.term<tensor<3xf64>> -> !delta.term<f64>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f64 -> tensor<3xf64>
func.func @integers(%x: tensor<3xf64>) -> (tensor<3xi1>, i64, tensor<3xi32>, f64) {
  %c = ten.compare olt, %x, %x : tensor<3xf64>
  %a = ten.argmax %x dim 0 : tensor<3xf64> -> i64
  %t = ten.cast %x : tensor<3xf64> -> tensor<3xi32>
  %i = arith.index_cast %a : i64 to index
  %r = ten.index %x[%i] : tensor<3xf64> -> f64
  func.return %c, %a, %t, %r : tensor<3xi1>, i64, tensor<3xi32>, f64
}

// -----

// The first scf.if gives out what derivatives need (here one value for both branches), the second holds terms only.
// CHECK-LABEL: func.func @if(
// CHECK:      %r, %s = scf.if %c -> (f64, f64) {
// CHECK-NEXT:   %s_1 = math.exp %x : f64
// CHECK-NEXT:   scf.yield %s_1, %s_1 : f64, f64
// CHECK:        %s_2 = arith.mulf %x, %x : f64
// CHECK-NEXT:   %t = math.exp2 %s_2 : f64
// CHECK-NEXT:   %0 = arith.constant 0.69314718055994529 : f64
// CHECK-NEXT:   %1 = arith.mulf %0, %t : f64
// CHECK-NEXT:   scf.yield %t, %1 : f64, f64
// CHECK:      %dr = scf.if %c -> (!delta.term<f64>) {
// CHECK-NEXT:   %ds = delta.scale %s, %dx : f64, !delta.term<f64>
// CHECK-NEXT:   scf.yield %ds : !delta.term<f64>
// CHECK:        %2 = delta.scale %x, %dx : f64, !delta.term<f64>
// CHECK-NEXT:   %ds_1 = delta.add %2, %2 : !delta.term<f64>
// CHECK-NEXT:   %dt = delta.scale %s, %ds_1 : f64, !delta.term<f64>
// CHECK-NEXT:   scf.yield %dt : !delta.term<f64>
// CHECK:      %3 = delta.pullback (%dr : %ct) : f64 -> f64
func.func @if(%x: f64, %c: i1) -> f64 {
  %r = scf.if %c -> (f64) {
    %s = math.exp %x : f64
    scf.yield %s : f64
  } else {
    %s = arith.mulf %x, %x : f64
    %t = math.exp2 %s : f64
    scf.yield %t : f64
  }
  func.return %r : f64
}

// -----

// A branch without a derivative gives the term zero.
// CHECK-LABEL: func.func @if_one_branch(
// CHECK:      %dr = scf.if %c -> (!delta.term<f64>) {
// CHECK-NEXT:   [[Z:%[0-9]+]] = delta.zero : !delta.term<f64>
// CHECK-NEXT:   scf.yield [[Z]] : !delta.term<f64>
// CHECK:        [[D:%[a-z0-9_]+]] = delta.scale {{%[a-z0-9_]+}}, %dx : f64, !delta.term<f64>
// CHECK-NEXT:   scf.yield [[D]] : !delta.term<f64>
// CHECK:      delta.pullback (%dr : %ct) : f64 -> f64
func.func @if_one_branch(%x: f64, %c: i1) -> (f64, i64) {
  %r, %n = scf.if %c -> (f64, i64) {
    %z = arith.constant 0.000000e+00 : f64
    %i = arith.constant 1 : i64
    scf.yield %z, %i : f64, i64
  } else {
    %i = arith.constant 2 : i64
    %e = math.exp %x : f64
    scf.yield %e, %i : f64, i64
  }
  func.return %r, %n : f64, i64
}

// -----

// Where both branches cost next to nothing, both are computed: the derivative is a select of terms.
// CHECK-LABEL: func.func @if_cheap(
// CHECK-NOT:  scf.if
// CHECK:      %r = arith.select %c, {{.*}} : f64
// CHECK-NEXT: %dr = ten.select %c, {{.*}} : i1, !delta.term<f64>
// CHECK-NEXT: delta.pullback (%dr : %ct) : f64 -> f64
func.func @if_cheap(%x: f64, %c: i1) -> f64 {
  %r = scf.if %c -> (f64) {
    %s = arith.mulf %x, %x : f64
    scf.yield %s : f64
  } else {
    %t = arith.negf %x : f64
    scf.yield %t : f64
  }
  func.return %r : f64
}

// -----

// An scf.if without derivatives stays.
// CHECK-LABEL: func.func @if_of_integers(
// CHECK:      %0 = delta.pullback (%dx : %ct) : f64 -> f64
func.func @if_of_integers(%x: f64, %n: i64, %c: i1) -> (i64, f64) {
  %r = scf.if %c -> (i64) {
    scf.yield %n : i64
  } else {
    %s = arith.addi %n, %n : i64
    scf.yield %s : i64
  }
  func.return %r, %x : i64, f64
}

// -----

// Calls are inlined, once per call.
// CHECK-LABEL: func.func @call(
// CHECK:      %0 = delta.scale %x, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %dy = delta.add %0, %0 : !delta.term<f64>
// CHECK-NEXT: %y_1 = arith.mulf %y, %y : f64
// CHECK-NEXT: %1 = delta.scale %y, %dy : f64, !delta.term<f64>
// CHECK-NEXT: %dy_1 = delta.add %1, %1 : !delta.term<f64>
// CHECK-NEXT: %2 = delta.pullback (%dy_1 : %ct) : f64 -> f64
func.func private @square(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  func.return %y : f64
}
func.func @call(%x: f64) -> f64 {
  %s = func.call @square(%x) : (f64) -> f64
  %r = func.call @square(%s) : (f64) -> f64
  func.return %r : f64
}

// -----

// The forward function runs in place of the function; the terms of the results are those of the arguments, by the backward function.
// CHECK-LABEL: func.func @custom_vjp(
// CHECK:      %r = ten.reshape %x : f64 -> f64
// CHECK-NEXT: %dr = delta.transposed_call @clip_backward(%n) of (%dx) : (i64), (!delta.term<f64>) -> (!delta.term<f64>)
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : f64 -> f64
func.func private @clip(%x: f64, %n: i64) -> f64 {
  func.return %x : f64
}
func.func private @clip_forward(%x: f64, %n: i64) -> (f64, i64) {
  func.return %x, %n : f64, i64
}
func.func private @clip_backward(%n: i64, %ct: f64) -> f64 {
  %limit = arith.sitofp %n : i64 to f64
  %g = arith.minimumf %ct, %limit : f64
  func.return %g : f64
}
func.func @custom_vjp(%x: f64, %n: i64) -> f64 {
  %r = delta.custom_vjp @clip, @clip_forward, @clip_backward(%x, %n) : (f64, i64) -> f64
  func.return %r : f64
}

// -----

// The tangent that the rule gives, as a term: its tangent arguments are constants 0 with the terms of the arguments.
// CHECK-LABEL: func.func @custom_jvp(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK:      %dy = arith.mulf %three, %0 : f64
// CHECK-NEXT: %ddy = delta.scale %three, %dx : f64, !delta.term<f64>
// CHECK-NEXT: %r = ten.reshape %y : f64 -> f64
// CHECK-NEXT: %1 = delta.pullback (%ddy : %ct) : f64 -> f64
func.func private @twice(%x: f64) -> f64 {
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}
func.func private @twice_jvp(%x: f64, %dx: f64) -> (f64, f64) {
  %y = func.call @twice(%x) : (f64) -> f64
  %three = arith.constant 3.000000e+00 : f64
  %dy = arith.mulf %three, %dx : f64
  func.return %y, %dy : f64, f64
}
func.func @custom_jvp(%x: f64) -> f64 {
  %r = delta.custom_jvp @twice, @twice_jvp(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

// A rule may call its own function on its tangent. The function is linear there, so its body comes in place of the rule.
// CHECK-LABEL: func.func @custom_jvp_in_its_rule(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK:      %y_1 = arith.addf %0, %0 : f64
// CHECK-NEXT: %dy = delta.add %dx, %dx : !delta.term<f64>
// CHECK-NOT:  delta.custom_jvp
func.func private @twice(%x: f64) -> f64 {
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}
func.func private @twice_jvp(%x: f64, %dx: f64) -> (f64, f64) {
  %y = delta.custom_jvp @twice, @twice_jvp(%x) : (f64) -> f64
  %dy = delta.custom_jvp @twice, @twice_jvp(%dx) : (f64) -> f64
  func.return %y, %dy : f64, f64
}
func.func @custom_jvp_in_its_rule(%x: f64) -> f64 {
  %r = delta.custom_jvp @twice, @twice_jvp(%x) : (f64) -> f64
  func.return %r : f64
}

// -----

// Nobody differentiates by what stops with a reason: this one does not change.
// CHECK-LABEL: func.func @stop_with_a_reason(
// CHECK:      %s = delta.stop %n {reason = "n is a count"} : f64
// CHECK-NEXT: %y = arith.mulf %x, %s : f64
// CHECK-NEXT: %dy = delta.scale %s, %dx : f64, !delta.term<f64>
func.func @stop_with_a_reason(%x: f64) -> f64 {
  %n = arith.constant 3.0 : f64
  %s = delta.stop %n {reason = "n is a count"} : f64
  %y = arith.mulf %x, %s : f64
  func.return %y : f64
}

// -----

// A let or a stamp is a name for a value: its term is that of the value.
// CHECK-LABEL: func.func @let(
// CHECK:      %ds = delta.scale %s, %dx : f64, !delta.term<f64>
// CHECK:      %0 = delta.pullback (%ds : %ct) : f64 -> f64
func.func @let(%x: f64) -> f64 {
  %s = math.exp %x : f64
  %r = sharing.let %s : f64
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @share(
// CHECK:      %ds = delta.scale %s, %dx : f64, !delta.term<f64>
// CHECK:      %0 = delta.pullback (%ds : %ct) : f64 -> f64
func.func @share(%x: f64) -> f64 {
  %s = math.exp %x : f64
  %r = sharing.share %s {stamp = 7} : f64
  func.return %r : f64
}

// -----

// CHECK-LABEL: func.func @update(
// CHECK:      %dr = ten.update %dx[%i] %dy strides [1] : !delta.term<tensor<5xf64>>, !delta.term<tensor<2xf64>> -> !delta.term<tensor<5xf64>>
// CHECK-NEXT: %0 = delta.pullback (%dr : %ct) : tensor<5xf64> -> tensor<5xf64>
func.func @update(%x: tensor<5xf64>, %i: index) -> tensor<5xf64> {
  %y = ten.slice %x offsets [1] sizes [2] strides [1] : tensor<5xf64> -> tensor<2xf64>
  %r = ten.update %x[%i] %y strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// -----

// CHECK-LABEL: func.func @triangular_solve(
// CHECK:      [[IN:%.*]] = ten.compare sge,
// CHECK:      [[D:%.*]] = ten.select [[IN]],
// CHECK-NEXT: [[L:%.*]] = ten.einsum "ij,jk->ik" [[D]], %r : !delta.term<tensor<3x3xf64>>, tensor<3x4xf64> -> !delta.term<tensor<3x4xf64>>
// CHECK-NEXT: [[R:%.*]] = delta.add %db, [[L]] : !delta.term<tensor<3x4xf64>>
// CHECK-NEXT: ten.triangular_solve lower, %t, [[R]] : tensor<3x3xf64>, !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
func.func @triangular_solve(%t: tensor<3x3xf64>, %b: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %r = ten.triangular_solve lower, %t, %b : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %r : tensor<3x4xf64>
}

// -----

// CHECK-LABEL: func.func @symmetric_solve(
// CHECK:      [[OWN:%.*]] = ten.compare sge,
// CHECK:      [[DA:%.*]] = delta.scale
// CHECK-NEXT: [[T:%.*]] = ten.transpose [[DA]] perm [1, 0] :
// CHECK-NEXT: [[S:%.*]] = ten.select [[OWN]], [[DA]], [[T]] :
// CHECK-NEXT: [[L:%.*]] = ten.einsum "ij,jk->ik" [[S]], %r : !delta.term<tensor<3x3xf64>>, tensor<3x4xf64> -> !delta.term<tensor<3x4xf64>>
// CHECK-NEXT: [[R:%.*]] = delta.add %db, [[L]] : !delta.term<tensor<3x4xf64>>
// CHECK-NEXT: ten.symmetric_solve lower, %a, [[R]] : tensor<3x3xf64>, !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
func.func @symmetric_solve(%a: tensor<3x3xf64>, %b: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %r = ten.symmetric_solve lower, %a, %b : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %r : tensor<3x4xf64>
}
