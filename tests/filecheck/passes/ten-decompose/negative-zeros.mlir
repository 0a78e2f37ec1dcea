// A scatter of floats becomes an update only where the array never has -0.0: x + 0.0 makes 0.0 of it.
// RUN: letgrad-opt %s -p ten-decompose --split-input-file | filecheck %s

// The sum with the scatter hides the sign of a zero, so the loop may begin at %x + 0.0.
// CHECK-LABEL: func.func @begins_at_any_array(
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.0
// CHECK-NEXT:    %[[X:.*]] = arith.addf %x, %[[ZERO]]
// CHECK-NEXT:    ten.scan [4] (%{{.*}} = %[[X]] :
func.func @begins_at_any_array(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %a = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  func.return %a : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK-NOT:     ten.scatter
// CHECK:         ten.update %x[
func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// -----

// An accumulator that begins at 0.0 needs no sum.
// CHECK-LABEL: func.func @begins_at_zero(
// CHECK-NOT:     arith.addf
// CHECK:         ten.scan [4] (%{{.*}} = %cst :
func.func @begins_at_zero(%i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %cst = arith.constant dense<0.0> : tensor<5x3xf64>
  %a = ten.scan [4] (%c = %cst : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  func.return %a : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK-NOT:     ten.scatter
// CHECK:         ten.update %x[
func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// -----

// The first turn gives out %x itself, with its negative zeros.
// CHECK-LABEL: func.func @seen_stays(
// CHECK-NOT:     arith.addf
// CHECK:         ten.scan [4] (%{{.*}} = %x :
func.func @seen_stays(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<4x3xf64> {
  %a, %y = ten.scan [4] (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>, tensor<4x3xf64>) {
    %n, %o = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> (tensor<5x3xf64>, tensor<3xf64>)
    ten.yield %n, %o : tensor<5x3xf64>, tensor<3xf64>
  }
  func.return %y : tensor<4x3xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> (tensor<5x3xf64>, tensor<3xf64>) {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  %o = ten.index %x[%i] : tensor<5x3xf64> -> tensor<3xf64>
  func.return %r, %o : tensor<5x3xf64>, tensor<3xf64>
}

// -----

// The loop may take no turn, and then gives %x with its negative zeros.
// CHECK-LABEL: func.func @no_turn_stays(
// CHECK-NOT:     arith.addf
// CHECK:         ten.scan [4] turns %m (%{{.*}} = %x :
func.func @no_turn_stays(%x: tensor<5x3xf64>, %i: index, %m: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %a = ten.scan [4] turns %m (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  func.return %a : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// -----

// Each turn makes -0.0 of 0.0.
// CHECK-LABEL: func.func @negated_stays(
// CHECK-NOT:     arith.addf
func.func @negated_stays(%i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %cst = arith.constant dense<0.0> : tensor<5x3xf64>
  %a = ten.scan [4] (%c = %cst : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
    %n = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
    ten.yield %n : tensor<5x3xf64>
  }
  func.return %a : tensor<5x3xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK:         ten.scatter
// CHECK-NOT:     ten.update
func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
  %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
    ten.yield %i : index
  }
  %r = arith.addf %x, %s : tensor<5x3xf64>
  %n = arith.negf %r : tensor<5x3xf64>
  func.return %n : tensor<5x3xf64>
}
