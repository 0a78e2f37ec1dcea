// RUN: letgrad-opt %s -t triton | filecheck %s

// Branches and bodies of loops get launchers of their own.
// CHECK-LABEL: def main(b, x):
// CHECK:         if b.item():
// CHECK-NEXT:        [[R:x[0-9]+]] = main_then(x)
// CHECK-NEXT:        y = [[R]]
// CHECK-NEXT:    else:
// CHECK-NEXT:        y = x
// CHECK-NEXT:    return y.clone()
// CHECK-LABEL: def main_then(x):
func.func @main(%b: i1, %x: tensor<40xf32>) -> tensor<40xf32> {
  %y = scf.if %b -> (tensor<40xf32>) {
    %0 = ten.cumsum %x dim 0 : tensor<40xf32>
    %1 = math.exp %0 : tensor<40xf32>
    scf.yield %1 : tensor<40xf32>
  } else {
    scf.yield %x : tensor<40xf32>
  }
  func.return %y : tensor<40xf32>
}
