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

// A nest that reads the new array reads the new elements there, and does not compute them again.
// CHECK-LABEL: func.func @new_elements_beside_the_new_array(
// CHECK-NEXT:    %[[NEW:.*]] = kernel.generic [6, 4]
// CHECK:           math.sin
// CHECK:         kernel.generic [5, 4]
// CHECK-NEXT:      kernel.load %[[NEW]][
// CHECK:           %[[NEXT:.*]] = arith.addi
// CHECK-NEXT:      kernel.load %[[NEW]][%[[NEXT]], {{.*}} {in_bounds}
// CHECK-NEXT:      arith.subf
// CHECK:         func.return
func.func @new_elements_beside_the_new_array(%x: tensor<6x4xf64>, %y: tensor<5x4xf64>) -> (tensor<6x4xf64>, tensor<5x4xf64>) {
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  %v = math.sin %y : tensor<5x4xf64>
  %r = ten.update %x[%one, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  %first = ten.slice %r offsets [0, 0] sizes [5, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<5x4xf64>
  %s = arith.subf %v, %first : tensor<5x4xf64>
  func.return %r, %s : tensor<6x4xf64>, tensor<5x4xf64>
}

// Without the new array, the nest would read one array more.
// CHECK-LABEL: func.func @new_elements_alone_stay(
// CHECK-COUNT-2: math.sin
// CHECK:         func.return
func.func @new_elements_alone_stay(%x: tensor<6x4xf64>, %y: tensor<5x4xf64>) -> (tensor<6x4xf64>, tensor<5x4xf64>) {
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  %v = math.sin %y : tensor<5x4xf64>
  %r = ten.update %x[%one, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  %s = arith.addf %v, %y : tensor<5x4xf64>
  func.return %r, %s : tensor<6x4xf64>, tensor<5x4xf64>
}

// A box that is not sure to be inside of the array may have lost elements.
// CHECK-LABEL: func.func @new_elements_at_a_place_of_run_time_stay(
// CHECK-COUNT-2: math.sin
// CHECK:         func.return
func.func @new_elements_at_a_place_of_run_time_stay(%x: tensor<6x4xf64>, %y: tensor<5x4xf64>, %i: index) -> (tensor<6x4xf64>, tensor<5x4xf64>) {
  %z = arith.constant 0 : index
  %v = math.sin %y : tensor<5x4xf64>
  %r = ten.update %x[%i, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  %first = ten.slice %r offsets [0, 0] sizes [5, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<5x4xf64>
  %s = arith.subf %v, %first : tensor<5x4xf64>
  func.return %r, %s : tensor<6x4xf64>, tensor<5x4xf64>
}

// Nor does a nest read a second array where it writes over the first one.
// CHECK-LABEL: func.func @new_elements_of_an_array_that_is_written_over_stay(
// CHECK-COUNT-2: math.sin
// CHECK:         func.return
func.func @new_elements_of_an_array_that_is_written_over_stay(%x: tensor<6x4xf64>, %y: tensor<5x4xf64>) -> (tensor<6x4xf64>, tensor<6x4xf64>) {
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  %v = math.sin %y : tensor<5x4xf64>
  %r = ten.update %x[%one, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  %s = ten.update %r[%z, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  func.return %r, %s : tensor<6x4xf64>, tensor<6x4xf64>
}

// One nest writes all of an array, and so also a row that an update before it changes.
// CHECK-LABEL: func.func @steps(
func.func @steps(%x: tensor<6x4xf64>, %s: f64) -> tensor<6x4xf64> {
  %a = ten.scan [4] (%c = %x : tensor<6x4xf64>) -> (tensor<6x4xf64>) {
    %n = func.call @a_row_and_the_others(%c, %s) : (tensor<6x4xf64>, f64) -> tensor<6x4xf64>
    ten.yield %n : tensor<6x4xf64>
  }
  func.return %a : tensor<6x4xf64>
}

// CHECK-LABEL: func.func private @a_row_and_the_others(
// CHECK-NEXT:    kernel.generic [1, 4]
// CHECK:         kernel.generic [6, 4]
// CHECK-NOT:     kernel.generic
// CHECK:         func.return
func.func private @a_row_and_the_others(%x: tensor<6x4xf64>, %s: f64) -> tensor<6x4xf64> {
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  %row = ten.broadcast %s dims [0, 1] : f64 -> tensor<1x4xf64>
  %a = ten.update %x[%z, %z] %row strides [1, 1] : tensor<6x4xf64>, tensor<1x4xf64> -> tensor<6x4xf64>
  %old = ten.slice %x offsets [1, 0] sizes [5, 4] strides [1, 1] : tensor<6x4xf64> -> tensor<5x4xf64>
  %v = math.sin %old : tensor<5x4xf64>
  %b = ten.update %a[%one, %z] %v strides [1, 1] : tensor<6x4xf64>, tensor<5x4xf64> -> tensor<6x4xf64>
  func.return %b : tensor<6x4xf64>
}
