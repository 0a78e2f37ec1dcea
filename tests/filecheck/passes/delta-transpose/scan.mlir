// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// A scan of terms becomes one of cotangents, in the other direction: what was carried is carried
// back, and rows of cotangents are taken and given where rows of terms were given and taken.
// CHECK-LABEL: func.func @scan(
// CHECK-NEXT:   %g0, %g1 = ten.scan [4] reverse (%0 = %ct : f64) over (%r = %rs : tensor<4xf64>, %1 = %ctb : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %2 = arith.addf %1, %0 : f64
// CHECK-NEXT:     %3 = arith.mulf %r, %2 : f64
// CHECK-NEXT:     ten.yield %3, %0 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0, %g1 : f64, tensor<4xf64>
func.func @scan(%rs: tensor<4xf64>, %ct: f64, %ctb: tensor<4xf64>) -> (f64, tensor<4xf64>) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<tensor<4xf64>>
  %d, %e = ten.scan [4] (%p = %d0 : !delta.term<f64>) over (%q = %d1 : !delta.term<tensor<4xf64>>, %r = %rs : tensor<4xf64>) -> (!delta.term<f64>, !delta.term<tensor<4xf64>>) {
    %0 = delta.scale %r, %p : f64, !delta.term<f64>
    %1 = delta.add %0, %q : !delta.term<f64>
    ten.yield %1, %0 : !delta.term<f64>, !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct), (%e : %ctb) : f64, tensor<4xf64> -> f64, tensor<4xf64>
  func.return %g0, %g1 : f64, tensor<4xf64>
}

// The cotangent of a term from outside is a sum that is carried.
// CHECK-LABEL: func.func @sum_of_what_is_outside(
// CHECK-NEXT:   %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   %g0, %g1 = ten.scan [4] (%1 = %ct : f64, %2 = %0 : f64) over (%r = %rs : tensor<4xf64>) -> (f64, f64) {
// CHECK-NEXT:     %3 = arith.mulf %r, %1 : f64
// CHECK-NEXT:     %4 = arith.addf %2, %3 : f64
// CHECK-NEXT:     ten.yield %1, %4 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0, %g1 : f64, f64
func.func @sum_of_what_is_outside(%rs: tensor<4xf64>, %ct: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = ten.scan [4] reverse (%p = %d0 : !delta.term<f64>) over (%r = %rs : tensor<4xf64>) -> (!delta.term<f64>) {
    %0 = delta.scale %r, %d1 : f64, !delta.term<f64>
    %1 = delta.add %0, %p : !delta.term<f64>
    ten.yield %1 : !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, f64
  func.return %g0, %g1 : f64, f64
}

// Of elements that steps read of a term from outside, cotangents are given out with their places, and
// put there by one scatter: a sum of tensors would cost their size at each step.
// CHECK-LABEL: func.func @reads_of_what_is_outside(
// CHECK-NEXT:   %g0, %0, %1 = ten.scan [4] reverse (%2 = %ct : f64) over (%i = %is : tensor<4xindex>) -> (f64, tensor<4xf64>, tensor<4xindex>) {
// CHECK-NEXT:     ten.yield %2, %2, %i : f64, f64, index
// CHECK-NEXT:   }
// CHECK-NEXT:   %g1 = ten.scatter [9] %0 (%3) : tensor<4xf64> -> tensor<9xf64> {
// CHECK-NEXT:     %4 = ten.index %1[%3] : tensor<4xindex> -> index
// CHECK-NEXT:     ten.yield %4 : index
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0, %g1 : f64, tensor<9xf64>
func.func @reads_of_what_is_outside(%is: tensor<4xindex>, %ct: f64) -> (f64, tensor<9xf64>) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<tensor<9xf64>>
  %d = ten.scan [4] (%p = %d0 : !delta.term<f64>) over (%i = %is : tensor<4xindex>) -> (!delta.term<f64>) {
    %0 = ten.index %d1[%i] : !delta.term<tensor<9xf64>> -> !delta.term<f64>
    %1 = delta.add %0, %p : !delta.term<f64>
    ten.yield %1 : !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, tensor<9xf64>
  func.return %g0, %g1 : f64, tensor<9xf64>
}

// A value that no result needs has no cotangent: the scan does not carry %q back.
// CHECK-LABEL: func.func @carried_for_nothing(
// CHECK-NEXT:   %g0 = ten.scan [4] reverse (%0 = %ct : f64) over (%r = %rs : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:     %1 = arith.mulf %r, %0 : f64
// CHECK-NEXT:     ten.yield %1 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   %g1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   func.return %g0, %g1 : f64, f64
func.func @carried_for_nothing(%rs: tensor<4xf64>, %ct: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d, %e = ten.scan [4] (%p = %d0 : !delta.term<f64>, %q = %d1 : !delta.term<f64>) over (%r = %rs : tensor<4xf64>) -> (!delta.term<f64>, !delta.term<f64>) {
    %0 = delta.scale %r, %p : f64, !delta.term<f64>
    %1 = delta.add %p, %q : !delta.term<f64>
    ten.yield %0, %1 : !delta.term<f64>, !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, f64
  func.return %g0, %g1 : f64, f64
}

// A step may mask what the step before it scales, so zeros of what is carried back stay zero.
// CHECK-LABEL: func.func @masked(
// CHECK-NEXT:   %g0 = ten.scan [4] reverse (%0 = %ct : f64) over (%r = %rs : tensor<4xf64>, %m = %ms : tensor<4xi1>) -> (f64) {
// CHECK-NEXT:     %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:     %2 = arith.cmpf une, %0, %1 : f64
// CHECK-NEXT:     %3 = arith.mulf %r, %0 : f64
// CHECK-NEXT:     %4 = arith.select %m, %1, %0 : f64
// CHECK-NEXT:     %5 = arith.cmpf ord, %3, %3 : f64
// CHECK-NEXT:     %6 = arith.ori %5, %2 : i1
// CHECK-NEXT:     %7 = arith.andi %m, %6 : i1
// CHECK-NEXT:     %8 = arith.select %7, %3, %1 : f64
// CHECK-NEXT:     %9 = arith.addf %4, %8 : f64
// CHECK-NEXT:     ten.yield %9 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0 : f64
func.func @masked(%ms: tensor<4xi1>, %rs: tensor<4xf64>, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = ten.scan [4] (%p = %d0 : !delta.term<f64>) over (%r = %rs : tensor<4xf64>, %m = %ms : tensor<4xi1>) -> (!delta.term<f64>) {
    %0 = delta.scale %r, %p : f64, !delta.term<f64>
    %1 = ten.select %m, %0, %p : i1, !delta.term<f64>
    ten.yield %1 : !delta.term<f64>
  }
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// The cotangents of reads and their places take 16 bytes for each turn. If the number of turns is
// known at run time only, and the turns could take more than 4 MiB, then the scan carries a sum.
// CHECK-LABEL: func.func @many_reads_of_unknown_turns(
// CHECK:        %1, %g0 = ten.scan [262145] turns %n reverse (%2 = %c0 : f64, %3 = %0 : tensor<5xf64>) over (%i = %is : tensor<262145xindex>) -> (f64, tensor<5xf64>) {
// CHECK-NEXT:     %4 = ten.scatter [5] %2 () : f64 -> tensor<5xf64> {
// CHECK-NEXT:       ten.yield %i : index
// CHECK-NEXT:     }
// CHECK-NEXT:     %5 = arith.addf %3, %4 : tensor<5xf64>
// CHECK-NEXT:     ten.yield %2, %5 : f64, tensor<5xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %g0 : tensor<5xf64>
func.func @many_reads_of_unknown_turns(%n: index, %is: tensor<262145xindex>, %c0: f64) -> tensor<5xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<5xf64>>
  %z = delta.zero : !delta.term<f64>
  %a = ten.scan [262145] turns %n (%s = %z : !delta.term<f64>) over (%i = %is : tensor<262145xindex>) -> (!delta.term<f64>) {
    %r = ten.index %d0[%i] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
    %t = delta.add %s, %r : !delta.term<f64>
    ten.yield %t : !delta.term<f64>
  }
  %g0 = delta.pullback (%a : %c0) : f64 -> tensor<5xf64>
  func.return %g0 : tensor<5xf64>
}

// CHECK-LABEL: func.func @reads_of_fewer_unknown_turns_stay_rows(
// CHECK:        ten.scan [262144] turns %n reverse (%3 = %c0 : f64) over (%i = %is : tensor<262144xindex>) -> (f64, tensor<262144xf64>, tensor<262144xindex>) {
// CHECK-NEXT:     ten.yield %3, %3, %i : f64, f64, index
func.func @reads_of_fewer_unknown_turns_stay_rows(%n: index, %is: tensor<262144xindex>, %c0: f64) -> tensor<5xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<5xf64>>
  %z = delta.zero : !delta.term<f64>
  %a = ten.scan [262144] turns %n (%s = %z : !delta.term<f64>) over (%i = %is : tensor<262144xindex>) -> (!delta.term<f64>) {
    %r = ten.index %d0[%i] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
    %t = delta.add %s, %r : !delta.term<f64>
    ten.yield %t : !delta.term<f64>
  }
  %g0 = delta.pullback (%a : %c0) : f64 -> tensor<5xf64>
  func.return %g0 : tensor<5xf64>
}

// All turns run: the rows take as much room as other values of the turns.
// CHECK-LABEL: func.func @many_reads_of_all_turns_stay_rows(
// CHECK:        ten.scan [262145] reverse (%3 = %c0 : f64) over (%i = %is : tensor<262145xindex>) -> (f64, tensor<262145xf64>, tensor<262145xindex>) {
// CHECK-NEXT:     ten.yield %3, %3, %i : f64, f64, index
func.func @many_reads_of_all_turns_stay_rows(%is: tensor<262145xindex>, %c0: f64) -> tensor<5xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<5xf64>>
  %z = delta.zero : !delta.term<f64>
  %a = ten.scan [262145] (%s = %z : !delta.term<f64>) over (%i = %is : tensor<262145xindex>) -> (!delta.term<f64>) {
    %r = ten.index %d0[%i] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
    %t = delta.add %s, %r : !delta.term<f64>
    ten.yield %t : !delta.term<f64>
  }
  %g0 = delta.pullback (%a : %c0) : f64 -> tensor<5xf64>
  func.return %g0 : tensor<5xf64>
}

// A loop inside without selects gives no zeros that win: no masks. And no cotangent reaches what
// the loops carry beside: nothing is carried for it.
// CHECK-LABEL: func.func @scan_in_scan(
// CHECK-NEXT:    %g0 = ten.scan [4] reverse (%0 = %ct : f64) over (%r = %rs : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:      %1 = arith.mulf %r, %0 : f64
// CHECK-NEXT:      %2 = ten.scan [3] reverse (%3 = %1 : f64) -> (f64) {
// CHECK-NEXT:        %4 = arith.mulf %k, %3 : f64
// CHECK-NEXT:        ten.yield %4 : f64
// CHECK-NEXT:      }
// CHECK-NEXT:      ten.yield %2 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %g0 : f64
func.func @scan_in_scan(%rs: tensor<4xf64>, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d, %e = ten.scan [4] (%p = %d0 : !delta.term<f64>, %q = %d0 : !delta.term<f64>) over (%r = %rs : tensor<4xf64>) -> (!delta.term<f64>, !delta.term<f64>) {
    %0, %1 = ten.scan [3] (%s = %p : !delta.term<f64>, %t = %q : !delta.term<f64>) -> (!delta.term<f64>, !delta.term<f64>) {
      %2 = delta.scale %k, %s : f64, !delta.term<f64>
      %3 = delta.add %s, %t : !delta.term<f64>
      ten.yield %2, %3 : !delta.term<f64>, !delta.term<f64>
    }
    %4 = delta.scale %r, %0 : f64, !delta.term<f64>
    ten.yield %4, %1 : !delta.term<f64>, !delta.term<f64>
  }
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// The last step inside begins with the zero cotangent of a term that only earlier steps need. It
// wins over an infinite scale.
// CHECK-LABEL: func.func @scan_in_scan_with_zeros_stays(
// CHECK-NEXT:    %g0 = ten.scan [4] reverse (%0 = %ct : f64) over (%r = %rs : tensor<4xf64>) -> (f64) {
// CHECK-NEXT:      %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      %2 = arith.cmpf une, %0, %1 : f64
// CHECK-NEXT:      %3 = arith.mulf %r, %0 : f64
// CHECK-NEXT:      %4 = arith.cmpf ord, %3, %3 : f64
// CHECK-NEXT:      %5 = arith.ori %4, %2 : i1
// CHECK-NEXT:      %6 = arith.select %5, %3, %1 : f64
// CHECK-NEXT:      %7, %8 = ten.scan [3] reverse (%9 = %6 : f64, %10 = %1 : f64) -> (f64, f64) {
// CHECK-NEXT:        %11 = arith.cmpf une, %10, %1 : f64
// CHECK-NEXT:        %12 = arith.mulf %k, %10 : f64
// CHECK-NEXT:        %13 = arith.cmpf ord, %12, %12 : f64
// CHECK-NEXT:        %14 = arith.ori %13, %11 : i1
// CHECK-NEXT:        %15 = arith.select %14, %12, %1 : f64
// CHECK-NEXT:        %16 = arith.addf %9, %15 : f64
// CHECK-NEXT:        ten.yield %1, %16 : f64, f64
// CHECK-NEXT:      }
// CHECK-NEXT:      %17 = arith.addf %7, %8 : f64
// CHECK-NEXT:      ten.yield %17 : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %g0 : f64
func.func @scan_in_scan_with_zeros_stays(%rs: tensor<4xf64>, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = ten.scan [4] (%p = %d0 : !delta.term<f64>) over (%r = %rs : tensor<4xf64>) -> (!delta.term<f64>) {
    %0, %1 = ten.scan [3] (%s = %p : !delta.term<f64>, %t = %p : !delta.term<f64>) -> (!delta.term<f64>, !delta.term<f64>) {
      %2 = delta.scale %k, %t : f64, !delta.term<f64>
      ten.yield %t, %2 : !delta.term<f64>, !delta.term<f64>
    }
    %4 = delta.scale %r, %0 : f64, !delta.term<f64>
    ten.yield %4 : !delta.term<f64>
  }
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}
