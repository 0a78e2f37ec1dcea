// FUZZ: letgrad-opt %s -p inline,ten-simplify-gather-scatter -t 'triton{scatter=atomic}' --remarks-output=%t --allow-unregistered-dialect
func.func @alloc(%i: index) -> f64 {
  %a = memref.alloc() : memref<1xf64>
  %b = memref.alloc() : memref<1xf64>
  %c = arith.constant 1.0 : f64
  memref.store %c, %a[%i] : memref<1xf64>
  "memref.copy"(%a, %b) : (memref<1xf64>, memref<1xf64>) -> ()
  %r = memref.load %b[%i] : memref<1xf64>
  memref.dealloc %a : memref<1xf64>
  memref.dealloc %b : memref<1xf64>
  func.return %r : f64
}
