// RUN: letgrad-opt %s -p ten-fuse-scans | filecheck %s

// The second loop runs over rows that the first one makes, so it may run in it. What needs the first
// one comes after both.
// CHECK-LABEL: func.func @fuse(
// CHECK-NEXT:   %e = math.exp %t : f64
// CHECK-NEXT:   %c, %d, %ys = ten.scan [4] (%h = %a : f64, %p = %e : f64) over (%x = %xs : tensor<4xf64>, %x_1 = %xs : tensor<4xf64>) -> (f64, f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %h, %x : f64
// CHECK-NEXT:     %1 = arith.mulf %p, %h : f64
// CHECK-NEXT:     %2 = arith.addf %1, %x_1 : f64
// CHECK-NEXT:     ten.yield %0, %2, %h : f64, f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %s = math.sin %c : f64
// CHECK-NEXT:   func.return %c, %s, %d : f64, f64, f64
func.func @fuse(%a: f64, %xs: tensor<4xf64>, %t: f64) -> (f64, f64, f64) {
  %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  %s = math.sin %c : f64
  %e = math.exp %t : f64
  %d = ten.scan [4] (%p = %e : f64) over (%y = %ys : tensor<4xf64>, %x = %xs : tensor<4xf64>) -> (f64) {
    %0 = arith.mulf %p, %y : f64
    %1 = arith.addf %0, %x : f64
    ten.yield %1 : f64
  }
  func.return %c, %s, %d : f64, f64, f64
}

// The second one begins with what the first one ends with.
// CHECK-LABEL: func.func @needs_the_end_stays(
// CHECK-NEXT:   %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %h, %x : f64
// CHECK-NEXT:     ten.yield %0, %h : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %s = math.sin %c : f64
// CHECK-NEXT:   %d = ten.scan [4] (%p = %s : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:     %1 = arith.mulf %p, %y : f64
// CHECK-NEXT:     ten.yield %1 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %d : f64
func.func @needs_the_end_stays(%a: f64, %xs: tensor<4xf64>) -> f64 {
  %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  %s = math.sin %c : f64
  %d = ten.scan [4] (%p = %s : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
    %0 = arith.mulf %p, %y : f64
    ten.yield %0 : f64
  }
  func.return %d : f64
}

// A step of the second one reads all rows.
// CHECK-LABEL: func.func @needs_all_rows_stays(
// CHECK-NEXT:   %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %h, %x : f64
// CHECK-NEXT:     ten.yield %0, %h : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %d = ten.scan [4] (%p = %a : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:     %1 = ten.index %ys[%i] : tensor<4xf64> -> f64
// CHECK-NEXT:     %2 = arith.mulf %y, %1 : f64
// CHECK-NEXT:     ten.yield %2 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %d : f64
func.func @needs_all_rows_stays(%a: f64, %xs: tensor<4xf64>, %i: index) -> f64 {
  %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  %d = ten.scan [4] (%p = %a : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
    %0 = ten.index %ys[%i] : tensor<4xf64> -> f64
    %1 = arith.mulf %y, %0 : f64
    ten.yield %1 : f64
  }
  func.return %d : f64
}

// The other direction: the first row comes last.
// CHECK-LABEL: func.func @reverse_stays(
// CHECK-NEXT:   %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %h, %x : f64
// CHECK-NEXT:     ten.yield %0, %h : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %d = ten.scan [4] reverse (%p = %a : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:     %1 = arith.mulf %p, %y : f64
// CHECK-NEXT:     ten.yield %1 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %d : f64
func.func @reverse_stays(%a: f64, %xs: tensor<4xf64>) -> f64 {
  %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    %0 = arith.mulf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  %d = ten.scan [4] reverse (%p = %a : f64) over (%y = %ys : tensor<4xf64>) -> (f64) {
    %0 = arith.mulf %p, %y : f64
    ten.yield %0 : f64
  }
  func.return %d : f64
}

// A scan of delta terms stays beside that of the values that it takes: one scan has not both.
// CHECK-LABEL: func.func @terms_stay(
// CHECK:         ten.scan [4] (%p = %a : f64)
// CHECK:         ten.scan [4] (%dp = %d : !delta.term<f64>) over (%w = %ws : tensor<4xf64>)
func.func @terms_stay(%a: f64, %ct: f64) -> (f64, f64) {
  %d = delta.input 0 : !delta.term<f64>
  %c, %ws = ten.scan [4] (%p = %a : f64) -> (f64, tensor<4xf64>) {
    %q = math.cos %p : f64
    %s = math.sin %p : f64
    ten.yield %s, %q : f64, f64
  }
  %dc = ten.scan [4] (%dp = %d : !delta.term<f64>) over (%w = %ws : tensor<4xf64>) -> (!delta.term<f64>) {
    %e = delta.scale %w, %dp : f64, !delta.term<f64>
    ten.yield %e : !delta.term<f64>
  }
  %g = delta.pullback (%dc : %ct) : f64 -> f64
  func.return %c, %g : f64, f64
}
