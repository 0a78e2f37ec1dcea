// RUN: letgrad-opt %s --verify-level=surface | filecheck %s
// RUN: not letgrad-opt %s --verify-level=bulk 2>&1 | filecheck %s --check-prefix=BULK
// RUN: not letgrad-opt %s --verify-level=nosuch 2>&1 | filecheck %s --check-prefix=UNKNOWN

// BULK:     verify_level.mlir:10:8: error: ten.build cannot be at level bulk
// BULK-NOT: builtin.module
// UNKNOWN:  letgrad-opt: error: argument --verify-level: invalid choice: 'nosuch'
// CHECK:    ten.build
func.func @table(%x : tensor<5xf64>) -> tensor<5xf64> {
  %r = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    ten.yield %e : f64
  }
  func.return %r : tensor<5xf64>
}
