// RUN: letgrad-opt %s -t triton | filecheck %s

// Two readers of a mean join its sum themselves: no kernel is there for a sum and a division alone.
// CHECK-LABEL: def centred_s(x_ptr, s_parts_ptr,
// CHECK:         tl.store(s_parts_ptr + pid_j * 64 + i,
// CHECK-LABEL: def centred_v(s_parts_ptr, x_ptr, v_parts_ptr,
// CHECK:         part = tl.arange(0, 16)
// CHECK-NEXT:    s = tl.sum(tl.load(s_parts_ptr + part * 64 + i, mask=part < 14, other=0.0), axis=0)
// CHECK-NEXT:    for step
// CHECK:             tl.div_rn(s,
// CHECK-LABEL: def centred_y(s_parts_ptr, v_parts_ptr, x_ptr, y_ptr,
// CHECK:         part = tl.arange(0, 16)[None, :]
// CHECK-NEXT:    s = tl.sum(tl.load(s_parts_ptr + part * 64 + i, mask=part < 14, other=0.0), axis=1, keep_dims=True)
// CHECK-NOT:   _join(
func.func @centred(%x: tensor<64x200000xf32>) -> tensor<64x200000xf32> {
  %s = ten.sum %x dims [1] : tensor<64x200000xf32> -> tensor<64xf32>
  %n = arith.constant dense<200000.0> : tensor<64xf32>
  %m = arith.divf %s, %n : tensor<64xf32>
  %w = ten.broadcast %m dims [1] : tensor<64xf32> -> tensor<64x200000xf32>
  %d = arith.subf %x, %w : tensor<64x200000xf32>
  %q = arith.mulf %d, %d : tensor<64x200000xf32>
  %v = ten.sum %q dims [1] : tensor<64x200000xf32> -> tensor<64xf32>
  %r = ten.broadcast %v dims [1] : tensor<64xf32> -> tensor<64x200000xf32>
  %y = arith.divf %d, %r : tensor<64x200000xf32>
  func.return %y : tensor<64x200000xf32>
}

// Each tile of y would load all 1,024 parts, which are as many numbers as the tile: a kernel joins.
// CHECK-LABEL: def many_s(
// CHECK:       def s_join(
// CHECK-LABEL: def many_y(
func.func @many(%x: tensor<100000000xf32>) -> tensor<100000000xf32> {
  %s = ten.sum %x dims [0] : tensor<100000000xf32> -> f32
  %w = ten.broadcast %s dims [0] : f32 -> tensor<100000000xf32>
  %y = arith.divf %x, %w : tensor<100000000xf32>
  func.return %y : tensor<100000000xf32>
}

// The sum is a result, so a kernel joins it. The nest after it reads what is joined.
// CHECK-LABEL: def result_s(
// CHECK-LABEL: def result_y({{s_parts.*}}, x_ptr,
// CHECK-LABEL: def {{s_join.*}}(s_parts{{.*}}, s_ptr,
func.func @result(%x: tensor<64x200000xf32>) -> (tensor<64x200000xf32>, tensor<64xf32>) {
  %s = ten.sum %x dims [1] : tensor<64x200000xf32> -> tensor<64xf32>
  %w = ten.broadcast %s dims [1] : tensor<64xf32> -> tensor<64x200000xf32>
  %y = arith.subf %x, %w : tensor<64x200000xf32>
  func.return %y, %s : tensor<64x200000xf32>, tensor<64xf32>
}

// The reader takes the sums in the order of its steps: they are joined before it.
// CHECK-LABEL: def steps_s(
// CHECK-LABEL: def {{s_join.*}}(
// CHECK-LABEL: def steps_t(s_ptr, x_ptr, t_ptr,
func.func @steps(%x: tensor<65536x512xf32>) -> tensor<65536xf32> {
  %s = ten.sum %x dims [0] : tensor<65536x512xf32> -> tensor<512xf32>
  %w = ten.broadcast %s dims [0] : tensor<512xf32> -> tensor<65536x512xf32>
  %y = arith.divf %x, %w : tensor<65536x512xf32>
  %t = ten.sum %y dims [1] : tensor<65536x512xf32> -> tensor<65536xf32>
  func.return %t : tensor<65536xf32>
}

// One program has each sum whole. The nest over the sums is computed where they are read.
// CHECK-LABEL: def whole_s(
// CHECK-LABEL: def whole_y(s_ptr, x_ptr, y_ptr,
// CHECK:         libdevice.exp(s)
// CHECK-NOT:   @triton.jit
// CHECK:       def whole(x):
func.func @whole(%x: tensor<64x3x40xf32>) -> tensor<64x3x40xf32> {
  %s = ten.sum %x dims [0, 2] : tensor<64x3x40xf32> -> tensor<3xf32>
  %e = math.exp %s : tensor<3xf32>
  %w = ten.broadcast %e dims [0, 2] : tensor<3xf32> -> tensor<64x3x40xf32>
  %y = arith.mulf %x, %w : tensor<64x3x40xf32>
  func.return %y : tensor<64x3x40xf32>
}
