// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @there_and_back
// CHECK-NEXT:    %0 = stablehlo.uniform_quantize %x : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>
// CHECK-NEXT:    %1 = stablehlo.add %0, %0 : tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>
// CHECK-NEXT:    %2 = stablehlo.uniform_dequantize %1 : (tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>) -> tensor<2xf32>
func.func @there_and_back(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.uniform_quantize %x : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>
  %1 = stablehlo.add %0, %0 : tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>
  %2 = stablehlo.uniform_dequantize %1 : (tensor<2x!quant.uniform<i8:f32, 1.000000e-01:3>>) -> tensor<2xf32>
  func.return %2 : tensor<2xf32>
}
