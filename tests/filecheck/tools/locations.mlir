// RUN: letgrad-opt %s --print-debuginfo | filecheck %s
// RUN: letgrad-opt %s --print-debuginfo | letgrad-opt --print-debuginfo | filecheck %s

// An op is where its name is, a block argument where its own is; what is written stays.

// CHECK:       func.func @located(%x: f64 loc("{{.*}}locations.mlir":7:20)) -> f64 {
func.func @located(%x : f64) -> f64 {
  // CHECK-NEXT:  arith.addf %x, %x : f64 loc("{{.*}}locations.mlir":9:8)
  %a = arith.addf %x, %x : f64
  // CHECK-NEXT:  arith.addf %a, %x : f64 loc("{{.*}}locations.mlir":11:8)
  %b = "arith.addf"(%a, %x) <{fastmath = #arith.fastmath<none>}> : (f64, f64) -> f64
  // CHECK-NEXT:  arith.addf %b, %x : f64 loc("elsewhere.py":7:3)
  %c = arith.addf %b, %x : f64 loc("elsewhere.py":7:3)
  // CHECK-NEXT:  arith.addf %c, %x : f64 loc(unknown)
  %d = arith.addf %c, %x : f64 loc(unknown)
  func.return %d : f64
}

// Locations with parts and metadata.
// CHECK:       func.func @parts
func.func @parts(%x : f64) {
  // CHECK-NEXT:  loc(fused<"m">["b", "c.py":1:2])
  %a = arith.addf %x, %x : f64 loc(fused<"m">["b", "c.py":1:2])
  // CHECK-NEXT:  loc(callsite("a" at fused["b"("d"), "c.py":1:2]))
  %b = arith.addf %x, %x : f64 loc(callsite("a" at fused["b"("d"), "c.py":1:2]))
  func.return
}
