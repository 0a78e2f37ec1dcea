// RUN: letgrad-opt %s -p 'delta-linearize,delta-transpose,cse,canonicalize' | filecheck %s

// The count and the test of @long_rows are two of 170 flops. The function has them, too, and gives the values.
// CHECK-LABEL: func.func @long_rows(
// CHECK-NOT:     ten.while
// CHECK:         [[ALL:%.*]] = arith.constant 9223372036854775807 : index
// CHECK:         [[STOPS:%.*]] = arith.constant false
// CHECK:         {{%.*}}, [[C:%.*]], {{%.*}} = func.call @long_rows_turns(%k, %a, [[ALL]], [[STOPS]], %n, %x)
// CHECK:         ten.scan [1024] turns
// CHECK:           [[ON:%.*]] = arith.constant true
// CHECK:           func.call @long_rows_turns(%k, {{%.*, %.*}}, [[ON]], %n, %x)
// CHECK:         ten.scan [1024] turns
// CHECK:           ten.scan [1024] turns
// CHECK:             func.call @long_rows_turns(
// CHECK-LABEL: func.func private @long_rows_turns(
// CHECK:         ten.while
// CHECK-DAG:       [[STAYS:%.*]] = arith.cmpf olt
// CHECK-DAG:       [[EITHER:%.*]] = arith.ori [[STAYS]]
// CHECK-DAG:       [[LEFT:%.*]] = arith.cmpi slt
// CHECK:           [[GO:%.*]] = arith.andi [[LEFT]], [[EITHER]] : i1
// CHECK:           ten.yield [[GO]] : i1
func.func @long_rows(%k: f64, %a: tensor<7xf64>, %n: f64, %x: tensor<7xf64>) -> tensor<7xf64> {
  %i, %c = ten.while (%j = %k : f64, %h = %a : tensor<7xf64>) -> (f64, tensor<7xf64>) {
    %go = arith.cmpf olt, %j, %n : f64
    ten.yield %go : i1
  } do (%j, %h) {
    %one = arith.constant 1.0 : f64
    %more = arith.addf %j, %one : f64
    %0 = arith.mulf %h, %x : tensor<7xf64>
    %1 = arith.mulf %0, %x : tensor<7xf64>
    %2 = arith.mulf %1, %x : tensor<7xf64>
    %3 = arith.mulf %2, %x : tensor<7xf64>
    %4 = arith.mulf %3, %x : tensor<7xf64>
    %5 = arith.mulf %4, %x : tensor<7xf64>
    %6 = arith.mulf %5, %x : tensor<7xf64>
    %7 = arith.mulf %6, %x : tensor<7xf64>
    %8 = arith.mulf %7, %x : tensor<7xf64>
    %9 = arith.mulf %8, %x : tensor<7xf64>
    %10 = arith.mulf %9, %x : tensor<7xf64>
    %11 = arith.mulf %10, %x : tensor<7xf64>
    %12 = arith.mulf %11, %x : tensor<7xf64>
    %13 = arith.mulf %12, %x : tensor<7xf64>
    %14 = arith.mulf %13, %x : tensor<7xf64>
    %15 = arith.mulf %14, %x : tensor<7xf64>
    %16 = arith.mulf %15, %x : tensor<7xf64>
    %17 = arith.mulf %16, %x : tensor<7xf64>
    %18 = arith.mulf %17, %x : tensor<7xf64>
    %19 = arith.mulf %18, %x : tensor<7xf64>
    %20 = arith.mulf %19, %x : tensor<7xf64>
    %21 = arith.mulf %20, %x : tensor<7xf64>
    %22 = arith.mulf %21, %x : tensor<7xf64>
    %23 = arith.mulf %22, %x : tensor<7xf64>
    ten.yield %more, %23 : f64, tensor<7xf64>
  }
  func.return %c : tensor<7xf64>
}
