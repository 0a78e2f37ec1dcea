// RUN: letgrad-opt %s --allow-unregistered-dialect | filecheck %s

// Ops of other dialects take tensors of rank 0.
// CHECK-LABEL: func.func @extract(%x: tensor<f64>) -> f64
// CHECK-NEXT:    tensor.extract %x[] : tensor<f64>
func.func @extract(%x: tensor<f64>) -> f64 {
  %e = tensor.extract %x[] : tensor<f64>
  func.return %e : f64
}

// RUN: letgrad-opt %s -p optimize --allow-unregistered-dialect | filecheck %s --check-prefix=DOOR
// RUN: letgrad-opt %s -p canonicalize,cse --allow-unregistered-dialect | filecheck %s --check-prefix=STAYS

// Our ops get scalars, and the other dialect's op keeps its types.
// DOOR-LABEL: func.func @door(%x: f32) -> f32
// DOOR-NEXT:    %a = math.cos %x : f32
// DOOR-NEXT:    %a_1 = tensor.from_elements %a : tensor<f32>
// DOOR-NEXT:    %b = "other.op"(%a_1) : (tensor<f32>) -> tensor<f32>
// DOOR-NEXT:    %b_1 = tensor.extract %b[] : tensor<f32>
// DOOR-NEXT:    %c = arith.addf %b_1, %x : f32
// STAYS-LABEL: func.func @door(%x: tensor<f32>) -> tensor<f32>
// STAYS-NEXT:    %a = math.cos %x : tensor<f32>
// STAYS-NEXT:    %b = "other.op"(%a) : (tensor<f32>) -> tensor<f32>
// STAYS-NEXT:    %c = arith.addf %b, %x : tensor<f32>
func.func @door(%x: tensor<f32>) -> tensor<f32> {
  %a = math.cos %x : tensor<f32>
  %b = "other.op"(%a) : (tensor<f32>) -> tensor<f32>
  %c = arith.addf %b, %x : tensor<f32>
  func.return %c : tensor<f32>
}

// DOOR-LABEL: func.func @other_door_stays(%x: tensor<f32>) -> tensor<f32>
// DOOR-NEXT:    "other.op"(%x) : (tensor<f32>) -> tensor<f32>
func.func @other_door_stays(%x: tensor<f32>) -> tensor<f32> {
  %a = "other.op"(%x) : (tensor<f32>) -> tensor<f32>
  func.return %a : tensor<f32>
}
