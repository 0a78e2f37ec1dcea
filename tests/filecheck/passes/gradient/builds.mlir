// RUN: letgrad-opt %s -p gradient | filecheck %s

// The pipeline differentiates in bulk the values that a comprehension computes per index.

// CHECK:      func.func @f(%v: tensor<5xf64>, %s: f64, %ct: f64) -> (f64, tensor<5xf64>, f64)
// CHECK-NOT:  ten.build
// CHECK-NOT:  ten.scatter
// CHECK:      }
func.func @f(%v: tensor<5xf64>, %s: f64) -> f64 {
  %t = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %p = arith.mulf %e, %s : f64
    %r = math.sin %p : f64
    ten.yield %r : f64
  }
  %r = ten.sum %t dims [0] : tensor<5xf64> -> f64
  func.return %r : f64
}
