// RUN: letgrad-opt %s -t triton | filecheck %s

// Softmax: one kernel, which reads a row once and writes it once.
// CHECK-LABEL: def softmax_y(x_ptr, y_ptr, BLOCK_I: tl.constexpr, BLOCK_J: tl.constexpr):
// CHECK:         x = tl.load(x_ptr + i * 1000 + j, mask=j_in)
// CHECK-NEXT:    m = tl.reduce(tl.where(j_in, x, float("-inf")), 1, _maximum, keep_dims=True)
// CHECK-NEXT:    t = libdevice.exp(x - m)
// CHECK-NEXT:    s = tl.sum(tl.where(j_in, t, 0.0), axis=1, keep_dims=True)
// CHECK-NEXT:    tl.store(y_ptr + i * 1000 + j, tl.div_rn(t, s), mask=j_in)
func.func @softmax(%x: tensor<512x1000xf32>) -> tensor<512x1000xf32> {
  %m = ten.reduce max, %x dims [1] : tensor<512x1000xf32> -> tensor<512xf32>
  %mb = ten.broadcast %m dims [1] : tensor<512xf32> -> tensor<512x1000xf32>
  %d = arith.subf %x, %mb : tensor<512x1000xf32>
  %e = math.exp %d : tensor<512x1000xf32>
  %s = ten.sum %e dims [1] : tensor<512x1000xf32> -> tensor<512xf32>
  %sb = ten.broadcast %s dims [1] : tensor<512xf32> -> tensor<512x1000xf32>
  %y = arith.divf %e, %sb : tensor<512x1000xf32>
  func.return %y : tensor<512x1000xf32>
}

// A row that is too long for registers is read once by each of three kernels.
// CHECK-LABEL: def long_rows_m(
// CHECK-LABEL: def long_rows_e(
// CHECK-LABEL: def long_rows_y(
func.func @long_rows(%x: tensor<16x40000xf32>) -> tensor<16x40000xf32> {
  %m = ten.reduce max, %x dims [1] : tensor<16x40000xf32> -> tensor<16xf32>
  %mb = ten.broadcast %m dims [1] : tensor<16xf32> -> tensor<16x40000xf32>
  %d = arith.subf %x, %mb : tensor<16x40000xf32>
  %e = math.exp %d : tensor<16x40000xf32>
  %s = ten.sum %e dims [1] : tensor<16x40000xf32> -> tensor<16xf32>
  %sb = ten.broadcast %s dims [1] : tensor<16xf32> -> tensor<16x40000xf32>
  %y = arith.divf %e, %sb : tensor<16x40000xf32>
  func.return %y : tensor<16x40000xf32>
}
