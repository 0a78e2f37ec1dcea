// RUN: letgrad-opt %s -t triton | filecheck %s

// Programs share two sums of columns. One kernel joins both, and computes what reads them.
// CHECK-LABEL: def moments_a(
// CHECK:         tl.store(a_parts_ptr
// CHECK:         tl.store(b_parts_ptr
// CHECK-LABEL: def a_join(a_parts_ptr, b_parts_ptr, a_ptr, b_ptr, r_ptr,
// CHECK:         tl.store(a_ptr
// CHECK:         tl.store(b_ptr
// CHECK:         tl.store(r_ptr + {{.*}}, tl.sqrt_rn(a + b)
func.func @moments(%x: tensor<65536x64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %a = ten.sum %x dims [0] : tensor<65536x64xf32> -> tensor<64xf32>
  %y = math.exp %x : tensor<65536x64xf32>
  %b = ten.sum %y dims [0] : tensor<65536x64xf32> -> tensor<64xf32>
  %t = arith.addf %a, %b : tensor<64xf32>
  %r = math.sqrt %t : tensor<64xf32>
  func.return %a, %b, %r : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}

// A row fits a tile: one pass, and nothing of the padding is added.
// CHECK-LABEL: def rows_r(
// CHECK:         j_in = j < 1000
// CHECK-NEXT:    x = tl.load(x_ptr + i * 1000 + j, mask=j_in)
// CHECK-NEXT:    r = tl.sum(tl.where(j_in, x, 0.0), axis=1, keep_dims=True)
// CHECK-NEXT:    tl.store(r_ptr + i, r)
func.func @rows(%x: tensor<64x1000xf32>) -> tensor<64xf32> {
  %r = ten.sum %x dims [1] : tensor<64x1000xf32> -> tensor<64xf32>
  func.return %r : tensor<64xf32>
}

// Columns: neighbours are loaded together, and programs share the rows out.
// CHECK-LABEL: def columns_r(x_ptr, r_parts_ptr,
// CHECK:         x = tl.load(x_ptr + j + i * 64)
// CHECK-NEXT:    r = tl.sum(x, axis=0, keep_dims=True)
// CHECK-NEXT:    tl.store(r_parts_ptr + pid_i * 64 + j, r)
// CHECK:       def r_join(r_parts_ptr, r_ptr,
// CHECK:         r = tl.sum(r_parts, axis=0, keep_dims=True)
func.func @columns(%x: tensor<1024x64xf32>) -> tensor<64xf32> {
  %r = ten.sum %x dims [0] : tensor<1024x64xf32> -> tensor<64xf32>
  func.return %r : tensor<64xf32>
}

// The sum of many: each program goes through its part, and a second kernel adds the parts in order.
// CHECK-LABEL: def total_r(
// CHECK:         r_acc = tl.full([BLOCK], 0.0, tl.float32)
// CHECK-NEXT:    for step in range(48):
// CHECK-NEXT:        i = (tl.program_id(0) * 48 + step) * BLOCK + tl.arange(0, BLOCK)
// CHECK:             r_acc = r_acc + tl.where(i_in, x, 0.0)
// CHECK-NEXT:    r = tl.sum(r_acc, axis=0)
// CHECK-NEXT:    tl.store({{r_parts.*}} + tl.program_id(0), r)
func.func @total(%x: tensor<100000000xf32>) -> f32 {
  %r = ten.sum %x dims [0] : tensor<100000000xf32> -> f32
  func.return %r : f32
}

// NaN wins, which tl.max does not do.
// CHECK-LABEL: def greatest_r(
// CHECK:         r = tl.reduce(x, 1, _maximum, keep_dims=True)
func.func @greatest(%x: tensor<64x32xf32>) -> tensor<64xf32> {
  %r = ten.reduce max, %x dims [1] : tensor<64x32xf32> -> tensor<64xf32>
  func.return %r : tensor<64xf32>
}

// Sums of rows, of columns and the values themselves are one pass.
// CHECK-LABEL: def together_
// CHECK:         tl.store(
// CHECK:         axis=0, keep_dims=True
// CHECK:         axis=1, keep_dims=True
func.func @together(%x: tensor<64x96xf32>) -> (tensor<64x96xf32>, tensor<96xf32>, tensor<64xf32>) {
  %0 = math.exp %x : tensor<64x96xf32>
  %1 = ten.sum %0 dims [0] : tensor<64x96xf32> -> tensor<96xf32>
  %2 = ten.sum %0 dims [1] : tensor<64x96xf32> -> tensor<64xf32>
  func.return %0, %1, %2 : tensor<64x96xf32>, tensor<96xf32>, tensor<64xf32>
}

// The launcher writes the result of a reduction over no elements.
// CHECK-LABEL: def nothing(x):
// CHECK:         r = torch.full((3,), float("-inf"), dtype=torch.float32, device=DEVICE)
func.func @nothing(%x: tensor<3x0xf32>) -> tensor<3xf32> {
  %r = ten.reduce max, %x dims [1] : tensor<3x0xf32> -> tensor<3xf32>
  func.return %r : tensor<3xf32>
}
