// FUZZ: letgrad-opt %s -p convert-ten-to-linalg
func.func @move(%z: tensor<4x5xcomplex<f32>>, %m: i1) -> tensor<2xcomplex<f32>> {
  %a = ten.slice %z offsets [1, 0] sizes [2, 5] strides [1, 1] {note = 1} : tensor<4x5xcomplex<f32>> -> tensor<2x5xcomplex<f32>>
  %b = ten.select %m, %a, %a : i1, tensor<2x5xcomplex<f32>>
  %c = ten.sum %b dims [1] : tensor<2x5xcomplex<f32>> -> tensor<2xcomplex<f32>>
  func.return %c : tensor<2xcomplex<f32>>
}
