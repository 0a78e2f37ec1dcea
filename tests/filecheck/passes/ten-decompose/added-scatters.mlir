// In the body of a loop, a scatter of one box that is added to an array becomes an update of the array.
// RUN: letgrad-opt %s -p ten-decompose | filecheck %s

// CHECK-LABEL: func.func @loops(
func.func @loops(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>, %w: tensor<2x3xf64>) -> (tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf16>) {
  %h = ten.cast %x : tensor<5x3xf64> -> tensor<5x3xf16>
  %vh = ten.cast %v : tensor<3xf64> -> tensor<3xf16>
  %a = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @one_place(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  %b = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @box(%c, %i, %w) : (tensor<5x3xf64>, index, tensor<2x3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  %d = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @few_places(%c, %i, %w) : (tensor<5x3xf64>, index, tensor<2x3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  %e = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @read_twice_stays(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  %f = func.call @no_loop_stays(%x, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
  %g = ten.scan [4] (%c = %h : tensor<5x3xf16>) -> (tensor<5x3xf16>) {
    %n = func.call @short_floats_stay(%c, %i, %vh) : (tensor<5x3xf16>, index, tensor<3xf16>) -> tensor<5x3xf16>
    ten.yield %n : tensor<5x3xf16>
  }
  func.return %a, %b, %d, %e, %f, %g : tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf64>, tensor<5x3xf16>
}

// CHECK-LABEL: func.func private @one_place(
// CHECK-NOT:     ten.scatter
// CHECK:         %[[OLD:.*]] = ten.index %x[%i]
// CHECK-NEXT:    %[[NEW:.*]] = arith.addf %[[OLD]], %v
// CHECK:         ten.update %x[%i, %{{.*}}] %{{.*}} strides [1, 1]
// CHECK-NOT:     ten.scatter
func.func private @one_place(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// The places i + k differ for each k.
// CHECK-LABEL: func.func private @box(
// CHECK-NOT:     ten.scatter
// CHECK:         ten.gather [2] %x
// CHECK:         ten.update %x[%i, %{{.*}}] %{{.*}} strides [1, 1] : tensor<5x3xf64>, tensor<2x3xf64>
// CHECK-NOT:     ten.scatter
func.func private @box(%x: tensor<5x3xf64>, %i: index, %w: tensor<2x3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %w (%k) : tensor<2x3xf64> -> tensor<5x3xf64> {
    %p = arith.addi %k, %i : index
    ten.yield %p : index
  }
  %r = arith.addf %s, %x : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// The places i and i * i may be one, so the second update reads what the first one wrote.
// CHECK-LABEL: func.func private @few_places(
// CHECK-NOT:     ten.scatter
// CHECK:         %[[FIRST:.*]] = ten.update %x[
// CHECK:         ten.index %[[FIRST]][
// CHECK:         ten.update %[[FIRST]][
// CHECK-NOT:     ten.scatter
func.func private @few_places(%x: tensor<5x3xf64>, %i: index, %w: tensor<2x3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %w (%k) : tensor<2x3xf64> -> tensor<5x3xf64> {
    %zero = arith.constant 0 : index
    %first = arith.cmpi eq, %k, %zero : index
    %square = arith.muli %i, %i : index
    %p = arith.select %first, %i, %square : index
    ten.yield %p : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @read_twice_stays(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @read_twice_stays(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  %q = arith.mulf %r, %s : tensor<5x3xf64>
  func.return %q : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @no_loop_stays(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @no_loop_stays(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// A scatter of float16 sums in float32, and rounds once.
// CHECK-LABEL: func.func private @short_floats_stay(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @short_floats_stay(%x: tensor<5x3xf16>, %i: index, %v: tensor<3xf16>) -> tensor<5x3xf16> {
  %s = ten.scatter [5] %v () : tensor<3xf16> -> tensor<5x3xf16> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf16>
  func.return %r : tensor<5x3xf16>
}
