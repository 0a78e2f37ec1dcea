// FUZZ: letgrad-opt %s -p ten-decompose,sharing-report,ten-vectorize --check-semantics=2
func.func @products(%z: tensor<2x3xcomplex<f64>>, %w: tensor<3x0xcomplex<f64>>) -> (tensor<2x0xcomplex<f64>>, tensor<3x2xcomplex<f64>>) {
  %a = ten.einsum "ij,jk->ik" %z, %w : tensor<2x3xcomplex<f64>>, tensor<3x0xcomplex<f64>> -> tensor<2x0xcomplex<f64>>
  %t = ten.einsum "ij->ji" %z : tensor<2x3xcomplex<f64>> -> tensor<3x2xcomplex<f64>>
  func.return %a, %t : tensor<2x0xcomplex<f64>>, tensor<3x2xcomplex<f64>>
}
