// RUN: letgrad-opt %s -p sharing-materialize,convert-ten-to-kernel,kernel-plan-buffers --remarks=buffers 2>&1 >/dev/null | filecheck %s

// Both intermediate values are kept, and read back to front.
// CHECK: [kernel-plan-buffers] missed: result 0 does not reuse the buffer of an operand that ends: the nest reads the operand at another element than it stores (in place)
func.func @backwards(%x : tensor<8xf64>) -> tensor<8xf64> {
  %a = math.exp %x : tensor<8xf64>
  %b = sharing.let %a {decision = "store"} : tensor<8xf64>
  %c = ten.reverse %b dims [0] : tensor<8xf64>
  %d = math.sin %c : tensor<8xf64>
  %e = sharing.let %d {decision = "store"} : tensor<8xf64>
  %f = ten.reverse %e dims [0] : tensor<8xf64>
  func.return %f : tensor<8xf64>
}
