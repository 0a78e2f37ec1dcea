// RUN: letgrad-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK-LABEL: func.func @sparse
// CHECK:      dense<{{\[}}[0.000000e+00, 7.000000e+00], [0.000000e+00, 0.000000e+00], [2.000000e+00, 0.000000e+00]]>
// CHECK:      dense<[0, 0, 5]>
// CHECK:      dense<{{\[}}[4, 0], [0, 4]]>
// CHECK:      dense<0.000000e+00>
// CHECK:      dense<[0.000000e+00, 1.000000e+00]>
func.func @sparse() {
  %a = arith.constant sparse<[[0, 1], [2, 0]], [7.0, 2.0]> : tensor<3x2xf32>
  %b = arith.constant sparse<2, 5> : tensor<3xi32>
  %c = arith.constant sparse<[[0, 0], [1, 1]], 4> : tensor<2x2xi8>
  %d = arith.constant sparse<> : tensor<2xf64>
  %e = arith.constant sparse<[1], [0x3F800000]> : tensor<2xf32>
  return
}

// -----

// expected-error@+2 {{the place [2, 1] is outside of tensor<2x2xf32>}}
func.func @outside() {
  %a = arith.constant sparse<[[2, 1]], [7.0]> : tensor<2x2xf32>
  return
}

// -----

// expected-error@+2 {{there are 2 places, and values of the shape [3]}}
func.func @counts() {
  %a = arith.constant sparse<[[0, 1], [1, 1]], [7.0, 1.0, 2.0]> : tensor<2x2xf32>
  return
}

// -----

// expected-error@+2 {{the places have the shape [2, 1], and tensor<2x2xf32> has 2 sizes}}
func.func @ranks() {
  %a = arith.constant sparse<[[0], [1]], [7.0, 1.0]> : tensor<2x2xf32>
  return
}

// -----

// expected-error@+2 {{the blob of dense_resource<table> has 9 bytes, and tensor<2xf32> has 8}}
func.func @blob() {
  %a = arith.constant dense_resource<table> : tensor<2xf32>
  return
}
{-#
  dialect_resources: { builtin: { table: "0x040000000000803F0000004000" } }
#-}
