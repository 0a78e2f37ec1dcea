// RUN: letgrad-opt %s -t triton | filecheck %s

// All of it moves as one: one index, and no mask, since blocks of 1024 divide the size.
// CHECK:      # r: tensor<32x64xf32>, from {{.*}}elementwise.mlir:[[# @LINE + 9]]:8
// CHECK-NEXT: # reads 16.4 kB, writes 8.19 kB, 2048 ops: bound by bytes, at best {{.*}} µs on an H100 SXM
// CHECK-NEXT: @triton.jit
// CHECK-NEXT: def contiguous_r(y_ptr, x_ptr, r_ptr, BLOCK: tl.constexpr):
// CHECK-NEXT:     ij = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
// CHECK-NEXT:     y = tl.load(y_ptr + ij)
// CHECK-NEXT:     x = tl.load(x_ptr + ij)
// CHECK-NEXT:     tl.store(r_ptr + ij, x * y)
func.func @contiguous(%x: tensor<32x64xf32>, %y: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %r = arith.mulf %x, %y : tensor<32x64xf32>
  func.return %r : tensor<32x64xf32>
}

// CHECK-LABEL: def odd_size_r(x_ptr, r_ptr, BLOCK: tl.constexpr):
// CHECK:         ij_in = ij < 15
// CHECK-NEXT:    x = tl.load(x_ptr + ij, mask=ij_in)
// CHECK-NEXT:    tl.store(r_ptr + ij, x + x, mask=ij_in)
func.func @odd_size(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %r = arith.addf %x, %x : tensor<3x5xf32>
  func.return %r : tensor<3x5xf32>
}

// Neighbours in one operand are not neighbours in the other: a square tile serves both.
// CHECK-LABEL: def transposed_r(y_ptr, x_ptr, r_ptr, BLOCK_I: tl.constexpr, BLOCK_J: tl.constexpr):
// CHECK:         y = tl.load(y_ptr + i * 64 + j)
// CHECK-NEXT:    x = tl.load(x_ptr + i + j * 96)
func.func @transposed(%x: tensor<64x96xf32>, %y: tensor<96x64xf32>) -> tensor<96x64xf32> {
  %t = ten.transpose %x perm [1, 0] : tensor<64x96xf32> -> tensor<96x64xf32>
  %r = arith.addf %t, %y : tensor<96x64xf32>
  func.return %r : tensor<96x64xf32>
}

// The row is read once for the rows of a tile, and no index is divided.
// CHECK-LABEL: def row_for_all_r(
// CHECK:         i = tl.program_id(0) * BLOCK_I + tl.arange(0, BLOCK_I)[:, None]
// CHECK-NEXT:    j = tl.arange(0, BLOCK_J)[None, :]
// CHECK-NEXT:    b = tl.load(b_ptr + j)
func.func @row_for_all(%x: tensor<100x256xf32>, %b: tensor<256xf32>) -> tensor<100x256xf32> {
  %0 = ten.broadcast %b dims [0] : tensor<256xf32> -> tensor<100x256xf32>
  %r = arith.addf %x, %0 : tensor<100x256xf32>
  func.return %r : tensor<100x256xf32>
}

// Where a read may leave its tensor, it is masked, and 0 there.
// CHECK-LABEL: def pad_r(
// CHECK:         x = tl.load(x_ptr + i - 2, mask=i_in & (i - 2 >= 0) & (i - 2 < 6), other=0.0)
func.func @pad(%x: tensor<6xf32>) -> tensor<9xf32> {
  %r = ten.pad %x low [2] high [1] interior [0] : tensor<6xf32> -> tensor<9xf32>
  func.return %r : tensor<9xf32>
}

// An index that is known to be inside is not checked.
// CHECK-LABEL: def index_inside_r(
// CHECK:         x = tl.load(x_ptr + 7 - i)
func.func @index_inside(%x: tensor<8xf32>) -> tensor<8xf32> {
  %r = ten.reverse %x dims [0] : tensor<8xf32>
  func.return %r : tensor<8xf32>
}

// Halves are computed in float32, and rounded after each op that may have to.
// CHECK-LABEL: def halves_r(
// CHECK:         x = tl.load(x_ptr + i).to(tl.float32)
// CHECK-NEXT:    t = tl.abs((x * y).to(tl.bfloat16).to(tl.float32))
// CHECK-NEXT:    tl.store(r_ptr + i, (t + y).to(tl.bfloat16))
func.func @halves(%x: tensor<8xbf16>, %y: tensor<8xbf16>) -> tensor<8xbf16> {
  %0 = arith.mulf %x, %y : tensor<8xbf16>
  %1 = math.absf %0 : tensor<8xbf16>
  %r = arith.addf %1, %y : tensor<8xbf16>
  func.return %r : tensor<8xbf16>
}

// Quotients and roots are those of IEEE; integers divided by 0 give 0.
// CHECK-LABEL: def division_
// CHECK:         tl.div_rn(x, tl.sqrt_rn(x))
// CHECK:         _divide(n, m)
func.func @division(%x: tensor<8xf32>, %n: tensor<8xi32>, %m: tensor<8xi32>) -> (tensor<8xf32>, tensor<8xi32>) {
  %0 = math.sqrt %x : tensor<8xf32>
  %1 = arith.divf %x, %0 : tensor<8xf32>
  %2 = arith.divsi %n, %m : tensor<8xi32>
  func.return %1, %2 : tensor<8xf32>, tensor<8xi32>
}

// CHECK-LABEL: def gather_r(
// CHECK:         t = tl.load(t_ptr + i1, mask=i_in & (i1 >= 0) & (i1 < 7), other=0.0)
func.func @gather(%t: tensor<7xf32>, %i: tensor<5xi64>) -> tensor<5xf32> {
  %r = ten.gather [5] %t (%a) : tensor<7xf32> -> tensor<5xf32> {
    %0 = ten.index %i[%a] : tensor<5xi64> -> i64
    %1 = arith.index_cast %0 : i64 to index
    ten.yield %1 : index
  }
  func.return %r : tensor<5xf32>
}

// Above 2^31 elements, offsets take 64 bits.
// CHECK-LABEL: def huge_r(
// CHECK:         i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
func.func @huge(%x: tensor<3000000000xi8>) -> tensor<3000000000xi8> {
  %r = arith.addi %x, %x : tensor<3000000000xi8>
  func.return %r : tensor<3000000000xi8>
}

// CHECK-LABEL: def contiguous(x, y):
// CHECK:         x = _argument(x, torch.float32, (32, 64))
// CHECK:         r = torch.empty((32, 64), dtype=torch.float32, device=DEVICE)
// CHECK-NEXT:    contiguous_r[(2,)](y, x, r, BLOCK=1024, num_warps=4, **EXACT)
// CHECK-NEXT:    return r
