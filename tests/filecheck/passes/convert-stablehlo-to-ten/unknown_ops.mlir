// RUN: letgrad-opt %s --allow-unregistered-dialect -p convert-stablehlo-to-ten | filecheck %s

// Ops that nobody knows keep the types that they were written with: tensors of rank 0 stay there.

// CHECK-LABEL: func.func @m(
// CHECK-SAME: [[S:%[^ ,:)]+]]: f32, [[C:%[^ ,:)]+]]: i1) -> (f32, f32) {
// CHECK-NEXT:    [[AA:%.*]] = math.sin [[S]] : f32
// CHECK-NEXT:    [[FROM_ELEMENTS:%.*]] = tensor.from_elements [[S]] : tensor<f32>
// CHECK-NEXT:    [[Y:%.*]] = "fz.a"([[FROM_ELEMENTS]]) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    [[Y_1:%.*]] = tensor.extract [[Y]][] : tensor<f32>
// CHECK-NEXT:    [[T:%.*]] = "fz.s"([[AA]]) : (f32) -> f32
// CHECK-NEXT:    [[FROM_ELEMENTS_1:%.*]] = tensor.from_elements [[Y_1]] : tensor<f32>
// CHECK-NEXT:    [[R:%.*]] = scf.if [[C]] -> (f32) {
// CHECK-NEXT:      [[Q:%.*]] = "fz.i"([[FROM_ELEMENTS_1]]) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:      [[Q_1:%.*]] = tensor.extract [[Q]][] : tensor<f32>
// CHECK-NEXT:      scf.yield [[Q_1]] : f32
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield [[S]] : f32
// CHECK-NEXT:    }
// CHECK-NEXT:    [[U:%.*]] = arith.addf [[R]], [[Y_1]] : f32
// CHECK-NEXT:    func.return [[T]], [[U]] : f32, f32
// CHECK-NEXT:  }
func.func @m(%s: tensor<f32>, %c: i1) -> (f32, tensor<f32>) {
  %aa = stablehlo.sine %s : tensor<f32>
  %a = tensor.extract %aa[] : tensor<f32>
  %y = "fz.a"(%s) : (tensor<f32>) -> tensor<f32>
  %t = "fz.s"(%a) : (f32) -> f32
  %r = scf.if %c -> (tensor<f32>) {
    %q = "fz.i"(%y) : (tensor<f32>) -> tensor<f32>
    scf.yield %q : tensor<f32>
  } else { scf.yield %s : tensor<f32> }
  %u = arith.addf %r, %y : tensor<f32>
  func.return %t, %u : f32, tensor<f32>
}
