// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s


// An op with derivatives of its own keeps them: its functions are batched, too, once for each sizes.

// CHECK-LABEL: func.func private @f(
// CHECK-NEXT:    %s = math.sin %x : f32
// CHECK-NEXT:    %p = arith.mulf %s, %y : f32
// CHECK-NEXT:    func.return %p : f32
func.func private @f(%x: f32, %y: f32) -> f32 {
  %s = math.sin %x : f32
  %p = arith.mulf %s, %y : f32
  func.return %p : f32
}

// CHECK-LABEL: func.func private @f_jvp(
// CHECK-NEXT:    %s = math.sin %x : f32
// CHECK-NEXT:    %p = arith.mulf %s, %y : f32
// CHECK-NEXT:    func.return %p, %dx : f32, f32
func.func private @f_jvp(%x: f32, %y: f32, %dx: f32, %dy: f32) -> (f32, f32) {
  %s = math.sin %x : f32
  %p = arith.mulf %s, %y : f32
  func.return %p, %dx : f32, f32
}

// %y, which is the same for all, is repeated, so that it may have a cotangent for each index.
// CHECK-LABEL: func.func @custom_jvp(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %r = delta.custom_jvp @f_batched_3, @f_jvp_batched_3(%x, %0) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
// CHECK-NEXT:    %r_1 = delta.custom_jvp @f_batched_3, @f_jvp_batched_3(%0, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
// CHECK-NEXT:    func.return %r, %r_1 : tensor<3xf32>, tensor<3xf32>
func.func @custom_jvp(%x: tensor<3xf32>, %y: f32) -> (tensor<3xf32>, tensor<3xf32>) {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r = delta.custom_jvp @f, @f_jvp(%e, %y) : (f32, f32) -> f32
    ten.yield %r : f32
  }
  %c = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r = delta.custom_jvp @f, @f_jvp(%y, %e) : (f32, f32) -> f32
    ten.yield %r : f32
  }
  func.return %b, %c : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func private @f_batched_3(
// CHECK-SAME:    %x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<3xf32>
// CHECK:         %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:    %p = arith.mulf %s, %y : tensor<3xf32>
// CHECK-NEXT:    func.return %p : tensor<3xf32>
// CHECK-LABEL: func.func private @f_jvp_batched_3(
// CHECK:         func.return %p, %dx : tensor<3xf32>, tensor<3xf32>
// CHECK-NOT:   func.func
