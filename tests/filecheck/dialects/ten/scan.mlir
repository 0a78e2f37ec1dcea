// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @scan(
// CHECK-NEXT:   %c, %k, %ys = ten.scan [5] (%h = %a : f64, %i = %n : index) over (%x = %xs : tensor<5x2xf64>, %m = %ms : tensor<5xi1>) -> (f64, index, tensor<5x2xf64>) {
// CHECK-NEXT:     %0 = ten.index %x[%i] : tensor<2xf64> -> f64
// CHECK-NEXT:     %1 = arith.select %m, %0, %h : f64
// CHECK-NEXT:     ten.yield %1, %n, %x : f64, index, tensor<2xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %k, %ys : f64, index, tensor<5x2xf64>
func.func @scan(%a: f64, %n: index, %xs: tensor<5x2xf64>, %ms: tensor<5xi1>) -> (f64, index, tensor<5x2xf64>) {
  %c, %k, %ys = ten.scan [5] (%h = %a : f64, %i = %n : index) over (%x = %xs : tensor<5x2xf64>, %m = %ms : tensor<5xi1>) -> (f64, index, tensor<5x2xf64>) {
    %0 = ten.index %x[%i] : tensor<2xf64> -> f64
    %1 = arith.select %m, %0, %h : f64
    ten.yield %1, %n, %x : f64, index, tensor<2xf64>
  }
  func.return %c, %k, %ys : f64, index, tensor<5x2xf64>
}

// CHECK-LABEL: func.func @reverse_of_nothing_carried(
// CHECK-NEXT:   %ys = ten.scan [0] reverse () over (%x = %xs : tensor<0xf32>) {note = 1 : i64} -> (tensor<0x3xf32>) {
// CHECK-NEXT:     %0 = ten.broadcast %x dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:     ten.yield %0 : tensor<3xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %ys : tensor<0x3xf32>
func.func @reverse_of_nothing_carried(%xs: tensor<0xf32>) -> tensor<0x3xf32> {
  %ys = ten.scan [0] reverse () over (%x = %xs : tensor<0xf32>) {note = 1 : i64} -> (tensor<0x3xf32>) {
    %0 = ten.broadcast %x dims [0] : f32 -> tensor<3xf32>
    ten.yield %0 : tensor<3xf32>
  }
  func.return %ys : tensor<0x3xf32>
}

// CHECK-LABEL: func.func @only_carried(
// CHECK-NEXT:   %c = ten.scan [3] (%i = %a : i32) -> (i32) {
// CHECK-NEXT:     %0 = arith.muli %i, %i : i32
// CHECK-NEXT:     ten.yield %0 : i32
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c : i32
func.func @only_carried(%a: i32) -> i32 {
  %c = ten.scan [3] (%i = %a : i32) -> (i32) {
    %0 = arith.muli %i, %i : i32
    ten.yield %0 : i32
  }
  func.return %c : i32
}

// CHECK-LABEL: func.func @terms(
// CHECK-NEXT:   %d0 = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:   %d1 = delta.input 1 : !delta.term<tensor<3xf64>>
// CHECK-NEXT:   %d, %e = ten.scan [3] (%p = %d0 : !delta.term<f64>) over (%q = %d1 : !delta.term<tensor<3xf64>>, %r = %rs : tensor<3xf64>) -> (!delta.term<f64>, !delta.term<tensor<3xf64>>) {
// CHECK-NEXT:     %0 = delta.scale %r, %p : f64, !delta.term<f64>
// CHECK-NEXT:     %1 = delta.add %0, %q : !delta.term<f64>
// CHECK-NEXT:     ten.yield %1, %0 : !delta.term<f64>, !delta.term<f64>
// CHECK-NEXT:   }
// CHECK-NEXT:   %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, tensor<3xf64>
// CHECK-NEXT:   func.return %g0, %g1 : f64, tensor<3xf64>
func.func @terms(%rs: tensor<3xf64>, %ct: f64) -> (f64, tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<tensor<3xf64>>
  %d, %e = ten.scan [3] (%p = %d0 : !delta.term<f64>) over (%q = %d1 : !delta.term<tensor<3xf64>>, %r = %rs : tensor<3xf64>) -> (!delta.term<f64>, !delta.term<tensor<3xf64>>) {
    %0 = delta.scale %r, %p : f64, !delta.term<f64>
    %1 = delta.add %0, %q : !delta.term<f64>
    ten.yield %1, %0 : !delta.term<f64>, !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, tensor<3xf64>
  func.return %g0, %g1 : f64, tensor<3xf64>
}

// A conditional is as pure as the ops in it, and those of arith are.
// CHECK-LABEL: func.func @remainder_in_a_conditional(
// CHECK:         scf.if
// CHECK-NEXT:      arith.remui
func.func @remainder_in_a_conditional(%c: i1, %a: i32, %xs: tensor<5xi32>) -> i32 {
  %y = ten.scan [5] (%h = %a : i32) over (%x = %xs : tensor<5xi32>) -> (i32) {
    %r = scf.if %c -> (i32) {
      %s = arith.remui %h, %x : i32
      scf.yield %s : i32
    } else {
      scf.yield %x : i32
    }
    ten.yield %r : i32
  }
  func.return %y : i32
}
