// RUN: letgrad-opt %s -p convert-ten-to-kernel | filecheck %s

// arith takes vectors, dynamic tensors and wide floats too. They are of other dialects, and stay.

// CHECK-LABEL: func.func @types_of_other_dialects_stay
// CHECK-NEXT:    arith.constant dense<1.000000e+00> : vector<3xf64>
// CHECK-NEXT:    arith.mulf %v, %c : vector<3xf64>
// CHECK-NEXT:    math.sin %a : vector<3xf64>
// CHECK-NEXT:    arith.mulf %x, %x : tensor<?xf64>
// CHECK-NEXT:    arith.addf %t, %t : f80
// CHECK-NEXT:    kernel.generic [3]
// CHECK-NEXT:      kernel.load %y
// CHECK-NEXT:      arith.mulf
func.func @types_of_other_dialects_stay(
    %v: vector<3xf64>, %x: tensor<?xf64>, %y: tensor<3xf64>, %t: f80
) -> (vector<3xf64>, tensor<?xf64>, tensor<3xf64>, f80) {
  %c = arith.constant dense<1.0> : vector<3xf64>
  %a = arith.mulf %v, %c : vector<3xf64>
  %s = math.sin %a : vector<3xf64>
  %d = arith.mulf %x, %x : tensor<?xf64>
  %e = arith.mulf %y, %y : tensor<3xf64>
  %g = arith.addf %t, %t : f80
  func.return %s, %d, %e, %g : vector<3xf64>, tensor<?xf64>, tensor<3xf64>, f80
}

// A store comes before the load that reads it, though the stored value is a nest of its own.

// CHECK-LABEL: func.func @effects_stay_in_order
// CHECK:         kernel.generic
// CHECK:         memref.store
// CHECK-NEXT:    memref.load
func.func @effects_stay_in_order(%x: f64, %m: memref<3xf64>, %i: index) -> f64 {
  %s = math.sin %x : f64
  memref.store %s, %m[%i] : memref<3xf64>
  %r = memref.load %m[%i] : memref<3xf64>
  func.return %r : f64
}
