// RUN: letgrad-opt %s -p cse | filecheck %s

// Two divisions that differ in their flags are one division, with the flags that both have.

// CHECK-LABEL: func.func @exact_after_loose(
// CHECK-NEXT:    %q = arith.divf %x, %y : f64
// CHECK-NEXT:    return %q, %q
func.func @exact_after_loose(%x: f64, %y: f64) -> (f64, f64) {
  %q = arith.divf %x, %y fastmath<arcp> : f64
  %r = arith.divf %x, %y : f64
  func.return %q, %r : f64, f64
}

// CHECK-LABEL: func.func @loose_after_exact(
// CHECK-NEXT:    %q = arith.divf %x, %y : tensor<3xf32>
// CHECK-NEXT:    return %q, %q
func.func @loose_after_exact(
    %x: tensor<3xf32>, %y: tensor<3xf32>
) -> (tensor<3xf32>, tensor<3xf32>) {
  %q = arith.divf %x, %y : tensor<3xf32>
  %r = arith.divf %x, %y fastmath<arcp> : tensor<3xf32>
  func.return %q, %r : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @common_flags(
// CHECK-NEXT:    %q = arith.divf %x, %y fastmath<nnan> : f64
// CHECK-NEXT:    return %q, %q
func.func @common_flags(%x: f64, %y: f64) -> (f64, f64) {
  %q = arith.divf %x, %y fastmath<nnan,arcp> : f64
  %r = arith.divf %x, %y fastmath<nnan,ninf> : f64
  func.return %q, %r : f64, f64
}

// In the regions of ops that are merged, divisions must be alike.
// CHECK-LABEL: func.func @regions_stay(
// CHECK:         ten.build
// CHECK:         arith.divf %{{.*}}, %{{.*}} fastmath<arcp>
// CHECK:         ten.build
// CHECK:         arith.divf %{{.*}}, %{{.*}} : f64
func.func @regions_stay(%x: tensor<3xf64>, %y: f64) -> (tensor<3xf64>, tensor<3xf64>) {
  %a = ten.build [3] (%i) : tensor<3xf64> {
    %s = ten.index %x[%i] : tensor<3xf64> -> f64
    %q = arith.divf %s, %y fastmath<arcp> : f64
    ten.yield %q : f64
  }
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %s = ten.index %x[%i] : tensor<3xf64> -> f64
    %q = arith.divf %s, %y : f64
    ten.yield %q : f64
  }
  func.return %a, %b : tensor<3xf64>, tensor<3xf64>
}
