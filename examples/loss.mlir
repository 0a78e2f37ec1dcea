func.func @loss(%x: tensor<1000xf32>) -> f32 {
  %s = math.sin %x : tensor<1000xf32>
  %p = arith.mulf %x, %s : tensor<1000xf32>
  %r = ten.sum %p dims [0] : tensor<1000xf32> -> f32
  func.return %r : f32
}
