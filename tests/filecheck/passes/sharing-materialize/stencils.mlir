// RUN: letgrad-opt %s -p sharing-materialize --split-input-file | filecheck %s

// One nest reads the function at three places, and would compute it three times for each element.
// CHECK-LABEL: func.func @stencil
func.func @stencil(%x: tensor<60x7xf64>) -> tensor<58x7xf64> {
  // CHECK:       math.exp
  // CHECK-NEXT:  sharing.let %{{.*}} {decision = "store"
  %e = math.exp %x : tensor<60x7xf64>
  %a = ten.slice %e offsets [0, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %b = ten.slice %e offsets [1, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %c = ten.slice %e offsets [2, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %d = arith.addf %a, %b : tensor<58x7xf64>
  %r = arith.mulf %d, %c : tensor<58x7xf64>
  func.return %r : tensor<58x7xf64>
}

// -----

// Of a square, each place costs less than a store and three loads.
// CHECK-LABEL: func.func @cheap_stencil_stays
func.func @cheap_stencil_stays(%x: tensor<60x7xf64>) -> tensor<58x7xf64> {
  // CHECK:       arith.mulf %x, %x
  // CHECK-NEXT:  ten.slice
  %e = arith.mulf %x, %x : tensor<60x7xf64>
  %a = ten.slice %e offsets [0, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %b = ten.slice %e offsets [1, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %c = ten.slice %e offsets [2, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %d = arith.addf %a, %b : tensor<58x7xf64>
  %r = arith.mulf %d, %c : tensor<58x7xf64>
  func.return %r : tensor<58x7xf64>
}

// -----

// The halves have no element in common, so each element is computed once.
// CHECK-LABEL: func.func @halves_stay
func.func @halves_stay(%x: tensor<60x7xf64>) -> tensor<30x7xf64> {
  // CHECK:       math.exp
  // CHECK-NEXT:  ten.slice
  %e = math.exp %x : tensor<60x7xf64>
  %a = ten.slice %e offsets [0, 0] sizes [30, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<30x7xf64>
  %b = ten.slice %e offsets [30, 0] sizes [30, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<30x7xf64>
  %r = arith.mulf %a, %b : tensor<30x7xf64>
  func.return %r : tensor<30x7xf64>
}

// -----

// One slice needs each element once, also if two ops read it.
// CHECK-LABEL: func.func @one_slice_stays
func.func @one_slice_stays(%x: tensor<60x7xf64>, %y: tensor<58x7xf64>) -> tensor<58x7xf64> {
  // CHECK:       math.exp
  // CHECK-NEXT:  ten.slice
  %e = math.exp %x : tensor<60x7xf64>
  %a = ten.slice %e offsets [1, 0] sizes [58, 7] strides [1, 1] : tensor<60x7xf64> -> tensor<58x7xf64>
  %b = arith.addf %a, %y : tensor<58x7xf64>
  %r = arith.mulf %a, %b : tensor<58x7xf64>
  func.return %r : tensor<58x7xf64>
}
