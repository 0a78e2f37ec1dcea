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

// CHECK-LABEL: func.func @in_order
// CHECK-NEXT:    host.begin
// CHECK-NEXT:    %{{.*}}, %y = host.ordered_call "f" 8(%{{.*}}, %x) : (i64, f64) -> (i64, f64)
// CHECK-NEXT:    %{{.*}} = host.ordered_call "print" 7 when(%{{.*}}, %c, %y) : (i64, i1, f64) -> i64
// CHECK-NEXT:    host.end %{{.*}} : i64

// CLEAN-LABEL: func.func @in_order
// CLEAN-NEXT:    host.begin
// CLEAN-NEXT:    host.ordered_call "f" 8
// CLEAN-NEXT:    host.ordered_call "print" 7 when
// CLEAN-NEXT:    host.end
func.func @in_order(%x: f64, %c: i1) {
  %n = host.begin
  %m, %y = host.ordered_call "f" 8 (%n, %x) : (i64, f64) -> (i64, f64)
  %k = host.ordered_call "print" 7 when (%m, %c, %y) : (i64, i1, f64) -> i64
  host.end %k : i64
  func.return
}

// Nobody needs the count, so the call does not happen.
// CLEAN-LABEL: func.func @without_an_end
// CLEAN-NEXT:    return
func.func @without_an_end(%x: f64) {
  %n = host.begin
  %m = host.ordered_call "print" 7 (%n, %x) : (i64, f64) -> i64
  func.return
}
