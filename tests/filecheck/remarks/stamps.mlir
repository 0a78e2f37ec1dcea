// RUN: letgrad-opt %s -p canonicalize --remarks=canonicalize --verify-diagnostics
// RUN: letgrad-opt %s -p sharing-materialize --remarks=sharing-materialize 2>&1 | filecheck %s

// CHECK: missed: stamp 6 is dropped, and each of its terms is computed for itself: sharing-recover did not run (stamp)
// CHECK: missed: stamp 6 is dropped, and each of its terms is computed for itself: sharing-recover did not run (stamp)
func.func @one_of_three(%x: f64, %y: f64, %t: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>, f64) {
  %v = ten.stack %x, %y : f64 -> tensor<2xf64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = ten.gather [2] %t (%i) : tensor<2xf64> -> tensor<2xf64> {
    %e = ten.index %v[%i] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 6} [%i] : f64
    %k = arith.fptosi %h : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %c = ten.gather [2] %t (%j) : tensor<2xf64> -> tensor<2xf64> {
    %o = arith.subi %c1, %j : index
    %e = ten.index %v[%o] : tensor<2xf64> -> f64
    %s = math.exp %e : f64
    %h = sharing.share %s {stamp = 6} [%o] : f64
    %k = arith.fptosi %h : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %e = ten.index %v[%c0] : tensor<2xf64> -> f64
  %s = math.exp %e : f64
  // expected-remark@+1 {{missed: the other terms of stamp 6 are no longer proved to be the same function: this one is computed for itself (stamp)}}
  %h = sharing.share %s {stamp = 6} [%c0] : f64
  func.return %a, %c, %h : tensor<2xf64>, tensor<2xf64>, f64
}
