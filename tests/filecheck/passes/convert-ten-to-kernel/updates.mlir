// A loop that updates an array it carries stores the array by a nest of its own, after the new elements.
// RUN: letgrad-opt %s -p convert-ten-to-kernel | filecheck %s

// CHECK-LABEL: func.func @loops(
func.func @loops(%x: tensor<6x4xf64>, %i: index, %v: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<6x4xf64>) {
  %a = ten.scan [4] (%c = %x : tensor<6x4xf64>) -> (tensor<6x4xf64>) {
    %n = func.call @row(%c, %i) : (tensor<6x4xf64>, index) -> tensor<6x4xf64>
    ten.yield %n : tensor<6x4xf64>
  }
  %b = ten.scan [4] (%c = %x : tensor<6x4xf64>) -> (tensor<6x4xf64>) {
    %n = func.call @most_of_the_array_stays(%c) : (tensor<6x4xf64>) -> tensor<6x4xf64>
    ten.yield %n : tensor<6x4xf64>
  }
  func.return %a, %b : tensor<6x4xf64>, tensor<6x4xf64>
}

// CHECK-LABEL: func.func private @row(
// CHECK-NEXT:    %[[NEW:.*]] = kernel.generic [1, 4]
// CHECK:         kernel.generic [6, 4] ({{.*}}) store [0, 1] {update}
// CHECK:           kernel.load %[[NEW]][
// CHECK:           arith.select
func.func private @row(%x: tensor<6x4xf64>, %i: index) -> tensor<6x4xf64> {
  %z = arith.constant 0 : index
  %old = ten.index %x[%i] : tensor<6x4xf64> -> tensor<4xf64>
  %sin = math.sin %old : tensor<4xf64>
  %new = ten.reshape %sin : tensor<4xf64> -> tensor<1x4xf64>
  %r = ten.update %x[%i, %z] %new strides [1, 1] : tensor<6x4xf64>, tensor<1x4xf64> -> tensor<6x4xf64>
  func.return %r : tensor<6x4xf64>
}

// One nest writes an array of which most elements change as fast as two nests would.
// CHECK-LABEL: func.func private @most_of_the_array_stays(
// CHECK-NEXT:    kernel.generic [6, 4]
// CHECK-NOT:     {update}
// CHECK-NOT:     kernel.generic
// CHECK:         func.return
func.func private @most_of_the_array_stays(%x: tensor<6x4xf64>) -> tensor<6x4xf64> {
  %z = arith.constant 0 : index
  %part = ten.slice %x offsets [0, 0] sizes [5, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<5x4xf64>
  %sin = math.sin %part : tensor<5x4xf64>
  %r = ten.update %x[%z, %z] %sin strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  func.return %r : tensor<6x4xf64>
}

// Outside of a loop, one nest reads the new elements of a few updates where it needs them.
// CHECK-LABEL: func.func @few_stay(
// CHECK-NEXT:    kernel.generic [9]
// CHECK-NOT:     kernel.generic
// CHECK:         func.return
func.func @few_stay(%x: tensor<9xf64>, %v: tensor<1xf64>, %i: index, %j: index) -> tensor<9xf64> {
  %a = ten.update %x[%i] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  %b = ten.update %a[%j] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  func.return %b : tensor<9xf64>
}

// CHECK-LABEL: func.func @many(
// CHECK:         kernel.generic [9] ({{.*}}) store [0] {update}
// CHECK:         kernel.generic [9] ({{.*}}) store [0] {update}
// CHECK:         kernel.generic [9] ({{.*}}) store [0] {update}
// CHECK:         kernel.generic [9] ({{.*}}) store [0] {update}
func.func @many(%x: tensor<9xf64>, %v: tensor<1xf64>, %i: index, %j: index) -> tensor<9xf64> {
  %a = ten.update %x[%i] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  %b = ten.update %a[%j] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  %c = ten.update %b[%i] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  %d = ten.update %c[%j] %v strides [1] : tensor<9xf64>, tensor<1xf64> -> tensor<9xf64>
  func.return %d : tensor<9xf64>
}
