func.func @first() {
  func.return
}

// -----

func.func @wrong() -> f64 {
    func.return %x : f64
}

// -----

func.func @third() { func.return }

// -----
func.func @wrong(%x : tensor<2x3xf64>) {
  %y = ten.transpose %x perm [0, 0] : tensor<2x3xf64> -> tensor<2x2xf64>
  func.return
}
