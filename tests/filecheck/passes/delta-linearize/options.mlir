// RUN: letgrad-opt %s -p 'delta-linearize{entry=foo}' | filecheck %s
// RUN: letgrad-opt %s -p 'delta-linearize{entry=foo mode=forward wrt=2,0}' | filecheck %s --check-prefix=FORWARD
// RUN: letgrad-opt %s -p 'delta-linearize{entry=foo to=dfoo}' | filecheck %s --check-prefix=TO
// RUN: letgrad-opt %s -p 'delta-linearize{entry=foo primal=false wrt=0}' | filecheck %s --check-prefix=ALONE
// RUN: letgrad-opt %s -p 'delta-linearize{entry=norm seed=one}' | filecheck %s --check-prefix=ONE

// A cotangent for each float result; a cotangent of each float argument is given.
// CHECK:      func.func @foo(%x: f64, %n: i64, %y: tensor<2xf64>, %ct: f64, %ct1: tensor<2xf64>)
// CHECK-SAME:   -> (f64, i64, tensor<2xf64>, f64, tensor<2xf64>)
// CHECK:        %[[gx:.*]], %[[gy:.*]] = delta.pullback (%dx : %ct), (%dz : %ct1) : f64, tensor<2xf64> -> f64, tensor<2xf64>
// CHECK-NEXT:   func.return %x, %n, %z, %[[gx]], %[[gy]] : f64, i64, tensor<2xf64>, f64, tensor<2xf64>

// A tangent for each argument, in the order of wrt; a tangent of each float result is given.
// FORWARD:      func.func @foo(%x: f64, %n: i64, %y: tensor<2xf64>, %t_y: tensor<2xf64>, %t_x: f64)
// FORWARD-SAME:   -> (f64, i64, tensor<2xf64>, f64, tensor<2xf64>)
// FORWARD-NEXT:   %dy = delta.input 0 : !delta.term<tensor<2xf64>>
// FORWARD-NEXT:   %dx = delta.input 1 : !delta.term<f64>
// FORWARD:        %[[gx:.*]] = delta.pushforward %dx, (%t_y, %t_x) : f64, (tensor<2xf64>, f64)
// FORWARD-NEXT:   %[[gy:.*]] = delta.pushforward %dz, (%t_y, %t_x) : tensor<2xf64>, (tensor<2xf64>, f64)
// FORWARD-NEXT:   func.return %x, %n, %z, %[[gx]], %[[gy]] : f64, i64, tensor<2xf64>, f64, tensor<2xf64>

// The function stays, and its derivative comes after it.
// TO:      func.func @foo(%x: f64, %n: i64, %y: tensor<2xf64>) -> (f64, i64, tensor<2xf64>)
// TO-NOT:    delta
// TO:      func.func @dfoo(%x: f64, %n: i64, %y: tensor<2xf64>, %ct: f64, %ct1: tensor<2xf64>)
// TO:        delta.pullback
// TO:      func.func @norm

// Without the function's own results; what is not differentiated by has no term.
// ALONE:     func.func @foo(%x: f64, %n: i64, %y: tensor<2xf64>, %ct: f64, %ct1: tensor<2xf64>) -> f64
// ALONE:       %0 = delta.pullback (%dx : %ct) : f64 -> f64
// ALONE-NEXT:  func.return %0 : f64
func.func @foo(%x: f64, %n: i64, %y: tensor<2xf64>) -> (f64, i64, tensor<2xf64>) {
  %z = arith.mulf %y, %y : tensor<2xf64>
  func.return %x, %n, %z : f64, i64, tensor<2xf64>
}

// ONE:      func.func @norm(%y: tensor<2xf64>) -> (f64, tensor<2xf64>)
// ONE:        %[[one:.*]] = arith.constant 1.000000e+00 : f64
// ONE-NEXT:   %{{.*}} = delta.pullback (%ds : %[[one]]) : f64 -> tensor<2xf64>
func.func @norm(%y: tensor<2xf64>) -> f64 {
  %z = arith.mulf %y, %y : tensor<2xf64>
  %s = ten.sum %z dims [0] : tensor<2xf64> -> f64
  func.return %s : f64
}
