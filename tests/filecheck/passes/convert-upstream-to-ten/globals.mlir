// RUN: letgrad-opt -p convert-upstream-to-ten %s | filecheck %s

// A global that only converted functions read becomes a constant. A global that none of them reads
// stays, because others may read it.

// CHECK-NOT: @table
// CHECK:     memref.global "private" constant @other : memref<2xf64> = dense<[3.000000e+00, 4.000000e+00]>
memref.global "private" constant @table : memref<2xf64> = dense<[1.0, 2.0]>
memref.global "private" constant @other : memref<2xf64> = dense<[3.0, 4.0]>

// CHECK-LABEL: func.func @f(
// CHECK:         [[T:%.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf64>
// CHECK:         ten.index [[T]][%i]
func.func @f(%i: index) -> f64 {
  %t = memref.get_global @table : memref<2xf64>
  %a = memref.load %t[%i] : memref<2xf64>
  func.return %a : f64
}
