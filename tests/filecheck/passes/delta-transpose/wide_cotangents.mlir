// RUN: letgrad-opt %s -p gradient --split-input-file | filecheck %s

// The sum of 70,000 cotangents is no float16. It is a float32, until the scale made it small.
// CHECK-LABEL: func.func @sum_of_cotangents
// CHECK:       ten.sum {{.*}} : tensor<70000xf32> -> f32
// CHECK-NOT:   f32 -> f16
// CHECK:       arith.mulf {{.*}} : f32
// CHECK:       ten.cast {{.*}} : f32 -> f16
func.func @sum_of_cotangents(%x: f16) -> tensor<70000xf16> {
  %k = arith.constant 1.000000e-03 : f16
  %y = arith.mulf %x, %k : f16
  %z = ten.broadcast %y dims [0] : f16 -> tensor<70000xf16>
  func.return %z : tensor<70000xf16>
}

// -----

// Two uses add their cotangents in float32, and round once.
// CHECK-LABEL: func.func @uses
// CHECK:       arith.addf {{.*}} : tensor<3xf32>
// CHECK:       ten.cast {{.*}} : tensor<3xf32> -> tensor<3xbf16>
func.func @uses(%x: tensor<3xbf16>) -> tensor<3xbf16> {
  %s = math.sin %x : tensor<3xbf16>
  %c = math.exp %x : tensor<3xbf16>
  %y = arith.addf %s, %c : tensor<3xbf16>
  func.return %y : tensor<3xbf16>
}

// -----

// A float32 has the same cotangents as its value.
// CHECK-LABEL: func.func @sum_of_float32_stays
// CHECK-NOT:   ten.cast
func.func @sum_of_float32_stays(%x: f32) -> tensor<70000xf32> {
  %z = ten.broadcast %x dims [0] : f32 -> tensor<70000xf32>
  func.return %z : tensor<70000xf32>
}

// -----

// One use adds nothing up: its cotangent has 16 bits.
// CHECK-LABEL: func.func @one_use_stays
// CHECK-NOT:   f32
func.func @one_use_stays(%x: tensor<3xf16>) -> tensor<3xf16> {
  %s = math.sin %x : tensor<3xf16>
  func.return %s : tensor<3xf16>
}

// -----

// A product of matrices takes cotangents of 16 bits.
// CHECK-LABEL: func.func @product_stays_narrow
// CHECK:       ten.einsum {{.*}} : tensor<{{.*}}xf16>, tensor<{{.*}}xf16> -> tensor<{{.*}}xf16>
func.func @product_stays_narrow(%a: tensor<2x3xf16>, %b: tensor<3x4xf16>) -> tensor<2x4xf16> {
  %p = ten.einsum "ij,jk->ik" %a, %b : tensor<2x3xf16>, tensor<3x4xf16> -> tensor<2x4xf16>
  %s = math.sin %p : tensor<2x4xf16>
  %e = math.exp %p : tensor<2x4xf16>
  %y = arith.addf %s, %e : tensor<2x4xf16>
  func.return %y : tensor<2x4xf16>
}
