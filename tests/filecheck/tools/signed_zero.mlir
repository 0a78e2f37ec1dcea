// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s

// 0.0 and -0.0 are equal, and yet no splat: the printer must not lose the sign.

// CHECK-LABEL: func.func @mixed_zeros
// CHECK-NEXT:    dense<[0.000000e+00, -0.000000e+00]> : tensor<2xf64>
// CHECK-NEXT:    dense<[{{\[}}0.000000e+00], [-0.000000e+00]]> : tensor<2x1xf32>
// CHECK-NEXT:    dense<-0.000000e+00> : tensor<3xf16>
// CHECK-NEXT:    dense<0.000000e+00> : tensor<4xf64>
// CHECK-NEXT:    dense<128> : tensor<5xi32>
func.func @mixed_zeros() {
  %0 = arith.constant dense<[0.0, -0.0]> : tensor<2xf64>
  %1 = arith.constant dense<[[0.0], [-0.0]]> : tensor<2x1xf32>
  %2 = arith.constant dense<-0.0> : tensor<3xf16>
  %3 = arith.constant dense<0.0> : tensor<4xf64>
  %4 = arith.constant dense<128> : tensor<5xi32>
  func.return
}
