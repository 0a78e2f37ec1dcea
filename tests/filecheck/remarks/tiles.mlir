// A nest that reads one operand by rows and another by columns runs in tiles.
// RUN: letgrad run %s --entry across -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s
// RUN: letgrad run %s --entry rows_stay -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=STAY
// RUN: letgrad run %s --entry few_points_stay -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=STAY
// RUN: letgrad run %s --entry short_rows_stay -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=STAY
// RUN: letgrad run %s --entry padding_stays -i ones -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=STAY

// CHECK:    the nest runs in tiles: 1 of its accesses go across its rows
// STAY-NOT: the nest runs in tiles
// STAY:     the nest is not split over threads
// STAY-NOT: the nest runs in tiles
func.func @across(%x: tensor<70x80xf64>, %w: tensor<80x70xf64>) -> tensor<80x70xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<70x80xf64> -> tensor<80x70xf64>
  %y = arith.mulf %t, %w : tensor<80x70xf64>
  func.return %y : tensor<80x70xf64>
}

func.func @rows_stay(%x: tensor<70x80xf64>, %w: tensor<70x80xf64>) -> tensor<70x80xf64> {
  %y = arith.mulf %x, %w : tensor<70x80xf64>
  func.return %y : tensor<70x80xf64>
}

// All of it is in a cache anyway.
func.func @few_points_stay(%x: tensor<50x60xf64>, %w: tensor<60x50xf64>) -> tensor<60x50xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<50x60xf64> -> tensor<60x50xf64>
  %y = arith.mulf %t, %w : tensor<60x50xf64>
  func.return %y : tensor<60x50xf64>
}

// A column of x is close together.
func.func @short_rows_stay(%x: tensor<700x8xf64>, %w: tensor<8x700xf64>) -> tensor<8x700xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<700x8xf64> -> tensor<8x700xf64>
  %y = arith.mulf %t, %w : tensor<8x700xf64>
  func.return %y : tensor<8x700xf64>
}

// The loops are cut where the padding begins.
func.func @padding_stays(%x: tensor<70x80xf64>, %w: tensor<81x70xf64>) -> tensor<81x70xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<70x80xf64> -> tensor<80x70xf64>
  %p = ten.pad %t low [1, 0] high [0, 0] interior [0, 0] : tensor<80x70xf64> -> tensor<81x70xf64>
  %y = arith.mulf %p, %w : tensor<81x70xf64>
  func.return %y : tensor<81x70xf64>
}
