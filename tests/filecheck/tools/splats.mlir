// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt -p canonicalize,cse %s | filecheck %s --check-prefix=FOLD

// The elements of a splat are not written out in memory, however many they are.

// CHECK-LABEL: func.func @large(
// CHECK-NEXT:    %0 = arith.constant dense<7> : tensor<1000000x1000000x1000xi64>
// CHECK-NEXT:    %1 = arith.constant dense<-0.000000e+00> : tensor<5000xf16>
// CHECK-NEXT:    %2 = arith.constant dense<true> : tensor<5000xi1>
// CHECK-NEXT:    %3 = arith.constant dense<-1> : tensor<5000xi8>
// CHECK-NEXT:    %4 = arith.constant dense<1.000000e+00> : tensor<5000xf32>

// FOLD-LABEL: func.func @large(
// FOLD-NEXT:    %0 = arith.constant dense<7> : tensor<1000000x1000000x1000xi64>
func.func @large() -> (
    tensor<1000000x1000000x1000xi64>, tensor<5000xf16>, tensor<5000xi1>, tensor<5000xi8>,
    tensor<5000xf32>) {
  %0 = arith.constant dense<7> : tensor<1000000x1000000x1000xi64>
  %1 = arith.constant dense<-0.0> : tensor<5000xf16>
  %2 = arith.constant dense<true> : tensor<5000xi1>
  %3 = arith.constant dense<-1> : tensor<5000xi8>
  %4 = arith.constant dense<"0x0000803F"> : tensor<5000xf32>
  func.return %0, %1, %2, %3, %4 : tensor<1000000x1000000x1000xi64>, tensor<5000xf16>,
    tensor<5000xi1>, tensor<5000xi8>, tensor<5000xf32>
}

// However they are written, they are equal.
// FOLD-LABEL: func.func @equal(
// FOLD-NEXT:    %0 = arith.constant dense<0.000000e+00> : tensor<1025x4xf32>
// FOLD-NEXT:    func.return %0, %0
func.func @equal() -> (tensor<1025x4xf32>, tensor<1025x4xf32>) {
  %0 = arith.constant dense<0.0> : tensor<1025x4xf32>
  %1 = arith.constant dense<"0x00000000"> : tensor<1025x4xf32>
  func.return %0, %1 : tensor<1025x4xf32>, tensor<1025x4xf32>
}

// No splats: few elements, none, or others.
// CHECK-LABEL: func.func @others(
// CHECK-NEXT:    %0 = arith.constant dense<3.000000e+00> : tensor<2xf32>
// CHECK-NEXT:    %1 = arith.constant dense<> : tensor<0x5xf32>
// CHECK-NEXT:    %2 = arith.constant dense<[1, 2]> : tensor<2xi32>
func.func @others() -> (tensor<2xf32>, tensor<0x5xf32>, tensor<2xi32>) {
  %0 = arith.constant dense<3.0> : tensor<2xf32>
  %1 = arith.constant dense<1.0> : tensor<0x5xf32>
  %2 = arith.constant dense< // one, two
    [1, 2]> : tensor<2xi32>
  func.return %0, %1, %2 : tensor<2xf32>, tensor<0x5xf32>, tensor<2xi32>
}
