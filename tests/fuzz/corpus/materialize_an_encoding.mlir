// FUZZ: letgrad-opt %s -p sharing-materialize --allow-unregistered-dialect
func.func @f(%x: tensor<3xf64>) -> tensor<3xf64> {
  %0 = "fz.sparse"(%x) : (tensor<3xf64>) -> tensor<3xf64, #fz.layout<"csr">>
  func.return %x : tensor<3xf64>
}
