// RUN: letgrad-opt %s -p outline-regions | filecheck %s

// The function of a body has the bounds of the counters, so it needs no test of their reads.
// CHECK-LABEL: func.func @counters(
// CHECK:       func.func private @counters_scan(%{{.*}}: f64, %{{.*}}: i64 {letgrad.bounds = array<i64: 1, 3>}, %n: i64, %a: tensor<5xf64>) -> f64 {
func.func @counters(%a: tensor<5xf64>, %n: i64) -> f64 {
  %z = arith.constant 0.0 : f64
  %is = arith.constant dense<[3, 1, 2]> : tensor<3xi64>
  %r = ten.scan [3] (%s = %z : f64) over (%i = %is : tensor<3xi64>) -> (f64) {
    %j = arith.index_cast %i : i64 to index
    %k = arith.index_cast %n : i64 to index
    %x = ten.index %a[%j] : tensor<5xf64> -> f64
    %y = ten.index %a[%k] : tensor<5xf64> -> f64
    %p = arith.mulf %s, %x : f64
    %t = arith.addf %p, %y : f64
    ten.yield %t : f64
  }
  func.return %r : f64
}
