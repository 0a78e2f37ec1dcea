// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s

// A rule that refers to itself is batched once, and the batched one refers to itself.

func.func private @sin(%x: f32) -> f32 {
  %s = math.sin %x : f32
  func.return %s : f32
}

func.func private @sin_jvp(%x: f32, %dx: f32) -> (f32, f32) {
  %s = delta.custom_jvp @sin, @sin_jvp(%x) : (f32) -> f32
  func.return %s, %dx : f32, f32
}

// CHECK-LABEL: func.func @main(
// CHECK-NEXT:    %r = delta.custom_jvp @sin_batched_3, @sin_jvp_batched_3(%x) : (tensor<3xf32>) -> tensor<3xf32>
// CHECK-NEXT:    func.return %r : tensor<3xf32>
func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %r = delta.custom_jvp @sin, @sin_jvp(%e) : (f32) -> f32
    ten.yield %r : f32
  }
  func.return %b : tensor<3xf32>
}

// CHECK-LABEL: func.func private @sin_batched_3(
// CHECK-LABEL: func.func private @sin_jvp_batched_3(
// CHECK-NEXT:    %s = delta.custom_jvp @sin_batched_3, @sin_jvp_batched_3(%x) : (tensor<3xf32>) -> tensor<3xf32>
// CHECK-NEXT:    func.return %s, %dx : tensor<3xf32>, tensor<3xf32>
// CHECK-NOT:   func.func
