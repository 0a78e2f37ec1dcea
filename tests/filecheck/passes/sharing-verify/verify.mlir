// RUN: letgrad-opt %s -p sharing-verify | filecheck %s

// One stamp, one term: as a function of its index arguments, wherever it stands, and whatever is shared in it.
// CHECK-LABEL: func.func @consistent(
func.func @consistent(%x: tensor<3xf64>, %c: i1) -> (tensor<2x3xf64>, tensor<3xf64>) {
  %a = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
    %e = ten.index %x[%j] : tensor<3xf64> -> f64
    %s = math.exp %e : f64
    %p = arith.mulf %s, %e : f64
    %t = sharing.share %p {stamp = 1} [%j] : f64
    ten.yield %t : f64
  }
  %b = scf.if %c -> (tensor<3xf64>) {
    %r = ten.build [3] (%l) : tensor<3xf64> {
      %e = ten.index %x[%l] : tensor<3xf64> -> f64
      %s = math.exp %e : f64
      %h = sharing.share %s {stamp = 5} [%l] : f64
      %p = arith.mulf %e, %h : f64
      %t = sharing.share %p {stamp = 1} [%l] : f64
      ten.yield %t : f64
    }
    scf.yield %r : tensor<3xf64>
  } else {
    scf.yield %x : tensor<3xf64>
  }
  func.return %a, %b : tensor<2x3xf64>, tensor<3xf64>
}
