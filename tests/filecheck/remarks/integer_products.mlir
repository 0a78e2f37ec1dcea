// The cpu backend multiplies matrices of integers by machine code of its own.
// RUN: letgrad run %s --entry product -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s
// RUN: letgrad run %s --entry floats_stay -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=FLOATS

// CHECK: remark: [cpu] passed: the matrix product of letgrad for integers
func.func @product(%a: tensor<20x30xi32>, %b: tensor<30x40xi32>) -> tensor<20x40xi32> {
  %c = ten.einsum "ij,jk->ik" %a, %b : tensor<20x30xi32>, tensor<30x40xi32> -> tensor<20x40xi32>
  func.return %c : tensor<20x40xi32>
}

// FLOATS: the matrix product of BLAS
func.func @floats_stay(%a: tensor<20x30xf32>, %b: tensor<30x40xf32>) -> tensor<20x40xf32> {
  %c = ten.einsum "ij,jk->ik" %a, %b : tensor<20x30xf32>, tensor<30x40xf32> -> tensor<20x40xf32>
  func.return %c : tensor<20x40xf32>
}
