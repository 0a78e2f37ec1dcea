// FUZZ: letgrad-opt %s -p ten-raise-einsum --allow-unregistered-dialect
func.func @llvm(%p: !llvm.ptr, %x: f64) -> f64 {
  "llvm.store"(%x, %p) <{ordering = 0 : i64}> : (f64, !llvm.ptr) -> ()
  %a = "llvm.load"(%p) <{ordering = -1 : i64}> : (!llvm.ptr) -> f64
  %b = "llvm.load"(%p) <{ordering = 0 : i64}> : (!llvm.ptr) -> f64
  %c = arith.maximumf %a, %b : f64
  func.return %c : f64
}
