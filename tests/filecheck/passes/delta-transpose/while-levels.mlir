// RUN: letgrad-opt %s -p 'delta-linearize,delta-transpose,cse,canonicalize' | filecheck %s

// The test of @long_body is one of 25 flops, and no level needs it: the levels have a function without it.
// The levels of a long body call one function, which takes the turns and what the body reads from
// outside. The body stands there, in the count of turns, and in the scan of residuals.
// CHECK-LABEL: func.func @long_body(
// CHECK:         ten.while
// CHECK:         ten.scan [1024] turns
// CHECK:           func.call @long_body_turns({{%.*, %.*, %x}}) : (f64, index, f64) -> f64
// CHECK:         ten.scan [1024] turns
// CHECK:           ten.scan [1024] turns
// CHECK:             func.call @long_body_turns({{%.*, %.*, %x}}) : (f64, index, f64) -> f64
// CHECK-LABEL: func.func private @long_body_turns(
// CHECK-SAME: [[H:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[AHEAD:%[^ ,:)]+]]: index,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK:         [[C:%[^ ,:)]+]], {{%.*}} = ten.while ({{.*}} = [[H]] : f64, [[K:%[^ ,:)]+]] =
// CHECK-NEXT:      arith.cmpi slt, [[K]], [[AHEAD]] : index
// CHECK:         func.return [[C]] : f64
func.func @long_body(%a: f64, %x: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %x : f64
    %1 = arith.mulf %0, %x : f64
    %2 = arith.mulf %1, %x : f64
    %3 = arith.mulf %2, %x : f64
    %4 = arith.mulf %3, %x : f64
    %5 = arith.mulf %4, %x : f64
    %6 = arith.mulf %5, %x : f64
    %7 = arith.mulf %6, %x : f64
    %8 = arith.mulf %7, %x : f64
    %9 = arith.mulf %8, %x : f64
    %10 = arith.mulf %9, %x : f64
    %11 = arith.mulf %10, %x : f64
    %12 = arith.mulf %11, %x : f64
    %13 = arith.mulf %12, %x : f64
    %14 = arith.mulf %13, %x : f64
    %15 = arith.mulf %14, %x : f64
    %16 = arith.mulf %15, %x : f64
    %17 = arith.mulf %16, %x : f64
    %18 = arith.mulf %17, %x : f64
    %19 = arith.mulf %18, %x : f64
    %20 = arith.mulf %19, %x : f64
    %21 = arith.mulf %20, %x : f64
    %22 = arith.mulf %21, %x : f64
    %23 = arith.mulf %22, %x : f64
    ten.yield %23 : f64
  }
  func.return %c : f64
}
