// RUN: letgrad-opt %s -p 'sharing-materialize{flops_per_byte=6.0}' | filecheck %s
// RUN: letgrad-opt %s -p sharing-materialize | filecheck %s --check-prefix=CPU

// On a machine on which moving a byte takes as long as many flops. Two nests read a function of
// 300 × 400 differences, which are computed from 700 numbers: each computes them again.
// CHECK-LABEL: func.func @differences(
// CHECK:         arith.mulf
// CHECK-NEXT:    ten.sum
// CPU-LABEL:   func.func @differences(
// CPU:           arith.mulf
// CPU-NEXT:      sharing.let {{.*}} {decision = "store"
func.func @differences(%x: tensor<300xf32>, %y: tensor<400xf32>) -> (tensor<400xf32>, tensor<300xf32>) {
  %a = ten.broadcast %x dims [1] : tensor<300xf32> -> tensor<300x400xf32>
  %b = ten.broadcast %y dims [0] : tensor<400xf32> -> tensor<300x400xf32>
  %d = arith.subf %a, %b : tensor<300x400xf32>
  %e = math.exp %d : tensor<300x400xf32>
  %s = arith.mulf %e, %d : tensor<300x400xf32>
  %r = ten.sum %s dims [0] : tensor<300x400xf32> -> tensor<400xf32>
  %m = ten.broadcast %r dims [0] : tensor<400xf32> -> tensor<300x400xf32>
  %t = arith.mulf %s, %m : tensor<300x400xf32>
  %q = ten.sum %t dims [1] : tensor<300x400xf32> -> tensor<300xf32>
  func.return %r, %q : tensor<400xf32>, tensor<300xf32>
}

// Computed from a tensor of its size: the two nests may become one that keeps rows.
// CHECK-LABEL: func.func @of_its_size_stays(
// CHECK:         math.exp
// CHECK-NEXT:    sharing.let {{.*}} {decision = "store"
func.func @of_its_size_stays(%d: tensor<300x400xf32>) -> (tensor<400xf32>, tensor<300xf32>) {
  %e = math.exp %d : tensor<300x400xf32>
  %r = ten.sum %e dims [0] : tensor<300x400xf32> -> tensor<400xf32>
  %m = ten.broadcast %r dims [0] : tensor<400xf32> -> tensor<300x400xf32>
  %t = arith.mulf %e, %m : tensor<300x400xf32>
  %q = ten.sum %t dims [1] : tensor<300x400xf32> -> tensor<300xf32>
  func.return %r, %q : tensor<400xf32>, tensor<300xf32>
}
