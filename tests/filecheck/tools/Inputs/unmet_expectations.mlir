// expected-warning {{nobody says this}}
func.func @f(%x : tensor<2x3xf64>) {
  %y = ten.transpose %x perm [0, 0] : tensor<2x3xf64> -> tensor<2x2xf64>
  func.return
}
// expected-error@+1 missing braces
