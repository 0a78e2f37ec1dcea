// RUN: letgrad-opt %s -p sharing-report 2>&1 >/dev/null | filecheck %s
// RUN: letgrad-opt %s -p sharing-report 2>/dev/null | filecheck %s --check-prefix=SAME
// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=fooLet},gradient{entry=foo_twice},sharing-report' 2>&1 >/dev/null | filecheck %s --check-prefix=GRAD

// With sin y and w in it once.
// SAME:  func.func @foo(
// CHECK: remark: @foo: 5 distinct computations of 5, tree size 13, 0 lets, peak 48 bytes, 43 flops{{$}}
// GRAD:  remark: @foo: 18 distinct computations of 18, tree size 62, 0 lets, peak 96 bytes, 89 flops (2.07 times its primal)
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// CHECK-NEXT: remark: @fooLet: 5 distinct computations of 5, tree size 13, 1 lets, peak 48 bytes, 43 flops{{$}}
// GRAD-NEXT:  remark: @fooLet: 18 distinct computations of 18, tree size 62, 1 lets, peak 96 bytes, 89 flops (2.07 times its primal)
func.func @fooLet(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %p = arith.mulf %x, %s : f64
  %w = sharing.let %p : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// With both of them twice, the operands of the product the other way round. The gradient is the same, for it is
// that of the DAG.
// CHECK-NEXT: remark: @foo_twice: 5 distinct computations of 7, tree size 13, 0 lets, peak 48 bytes, 64 flops{{$}}
// GRAD-NEXT:  remark: @foo_twice: 18 distinct computations of 18, tree size 62, 0 lets, peak 96 bytes, 89 flops (2.07 times its primal)
func.func @foo_twice(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %s2 = math.sin %y : f64
  %w2 = arith.mulf %s2, %x : f64
  %b = arith.mulf %z, %w2 : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// A tree of 8 leaves and 7 sums.
// CHECK-NEXT: remark: @doubled: 3 distinct computations of 3, tree size 15, 0 lets, peak 24 bytes, 3 flops{{$}}
func.func @doubled(%x: f64) -> f64 {
  %1 = arith.addf %x, %x : f64
  %2 = arith.addf %1, %1 : f64
  %3 = arith.addf %2, %2 : f64
  func.return %3 : f64
}

// Flops per element: 20, 1 and 1. At the most there are both arguments and three values, of 40 bytes each.
// CHECK-NEXT: remark: @tensors: 3 distinct computations of 3, tree size 7, 0 lets, peak 200 bytes, 110 flops{{$}}
func.func @tensors(%x: tensor<5xf64>, %y: tensor<5xf64>) -> tensor<5xf64> {
  %a = math.exp %x : tensor<5xf64>
  %b = arith.mulf %a, %y : tensor<5xf64>
  %c = arith.addf %b, %a : tensor<5xf64>
  func.return %c : tensor<5xf64>
}

// Under one stamp is one computation; the branches of a conditional exclude each other, and cost as much as the dearer
// one. A gather costs its region, as often as it runs.
// CHECK-NEXT: remark: @regions: 2 distinct computations of 2, tree size 36, 0 lets, peak 121 bytes, 115 flops{{$}}
func.func @regions(%x: tensor<5xf64>, %c: i1) -> tensor<5xf64> {
  %a = ten.gather [5] %x (%i) : tensor<5xf64> -> tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %f = math.exp %e : f64
    %s = sharing.share %f {stamp = 1} [%i] : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %r = scf.if %c -> (tensor<5xf64>) {
    %t = arith.mulf %a, %a : tensor<5xf64>
    scf.yield %t : tensor<5xf64>
  } else {
    %t = arith.mulf %a, %a : tensor<5xf64>
    scf.yield %t : tensor<5xf64>
  }
  func.return %r : tensor<5xf64>
}
