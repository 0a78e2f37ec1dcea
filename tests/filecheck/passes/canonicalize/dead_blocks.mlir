// Dead code that no rule finds op by op: blocks that nothing reaches, and ops without results.
// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: @unreachable
func.func @unreachable(%x: f64) -> f64 {
  func.return %x : f64
^a:
  %y = arith.addf %x, %x : f64
  %z = math.sin %y : f64
  cf.br ^a
}
// CHECK-NEXT:    func.return %{{.*}} : f64
// CHECK-NEXT:  }

// CHECK-LABEL: @nothing
func.func @nothing(%c: i1, %x: f64) -> f64 {
  scf.if %c {
    %y = math.sin %x : f64
  }
  func.return %x : f64
}
// CHECK-NEXT:    func.return %{{.*}} : f64
// CHECK-NEXT:  }
