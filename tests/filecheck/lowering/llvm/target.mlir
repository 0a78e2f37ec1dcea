// RUN: letgrad-opt %s --split-input-file -t 'llvm{triple=aarch64-linux-gnu}' | filecheck %s

// A public function checks its pointers, and gives a status. A private one is no function of C.
// CHECK-LABEL: define {{.*}}i32 @square(double %x0, ptr {{.*}}%y0)
// CHECK:       fmul double %x0, %x0
// CHECK:       store double
// CHECK:       define void @square_free_memory()
// CHECK-NOT:   @hidden
func.func @square(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  func.return %y : f64
}

func.func private @hidden(%x: f64) -> f64 {
  func.return %x : f64
}

// -----

// The dialect `llvm` is translated as it is.
// CHECK-LABEL: define {{.*}}i32 @"same"(i32 %".1")
// CHECK:       ret i32 %".1"
llvm.func @same(%x: i32) -> i32 {
  llvm.return %x : i32
}
