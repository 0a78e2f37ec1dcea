// RUN: letgrad-opt %s --verify-roundtrip | filecheck %s
// RUN: letgrad-opt %s --cse --canonicalize | filecheck %s --check-prefix=CLEAN
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s
// RUN: not letgrad run %s --entry calls --input 1.0 2>&1 | filecheck %s --check-prefix=OTHER

// OTHER: host.mlir:[[# @LINE + 15]]:3: error: the Python function 'print' belongs to another process

// CHECK-LABEL: func.func @calls
// CHECK-NEXT:    host.call "print" 7(%x) : (f64) -> ()
// CHECK-NEXT:    host.call "print" 7(%x) : (f64) -> ()
// CHECK-NEXT:    host.pure_call "f" 8(%x, %x) : (f64, f64) -> f64
// CHECK-NEXT:    host.pure_call "f" 8(%x, %x) : (f64, f64) -> f64

// A call with effects stays, and is no repeat of another one.
// CLEAN-LABEL: func.func @calls
// CLEAN-NEXT:    host.call "print" 7(%x)
// CLEAN-NEXT:    host.call "print" 7(%x)
// CLEAN-NEXT:    host.pure_call "f" 8
// CLEAN-NEXT:    return
func.func @calls(%x: f64) -> (f64, f64) {
  host.call "print" 7 (%x) : (f64) -> ()
  host.call "print" 7 (%x) : (f64) -> ()
  %y = host.pure_call "f" 8 (%x, %x) : (f64, f64) -> f64
  %z = host.pure_call "f" 8 (%x, %x) : (f64, f64) -> f64
  func.return %y, %z : f64, f64
}

// CHECK-LABEL: func.func @examples
// CHECK-NEXT:    host.pure_call "f" 8 batch 1(%x) : (tensor<5xf64>) -> tensor<5xf32>
func.func @examples(%x: tensor<5xf64>) -> tensor<5xf32> {
  %y = host.pure_call "f" 8 batch 1 (%x) : (tensor<5xf64>) -> tensor<5xf32>
  func.return %y : tensor<5xf32>
}
