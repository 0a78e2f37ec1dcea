// RUN: letgrad-opt %s -t triton | filecheck %s

// The address is a sum, and a sum holds together more tightly than `&`. It is always inside, without a mask.
// CHECK:      def load_at_masked_index_y
// CHECK:        table = tl.load(table_ptr + (at.to(tl.int64) & 3))
func.func @load_at_masked_index(%table: tensor<7xf32>, %at: i32) -> f32 {
  %mask = arith.constant 3 : i64
  %wide = ten.cast %at : i32 -> i64
  %low = arith.andi %wide, %mask : i64
  %i = arith.index_cast %low : i64 to index
  %y = ten.index %table[%i] : tensor<7xf32> -> f32
  func.return %y : f32
}
