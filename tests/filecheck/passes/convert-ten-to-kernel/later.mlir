// RUN: letgrad-opt %s -p convert-ten-to-kernel{later=true} --check-semantics | filecheck %s

// The sum of c could run first. The nest that centres x by its greatest elements reads c, too.
// CHECK-LABEL: func.func @joins_a_later_nest
// CHECK:         kernel.generic [9, 5] {{.*}} max [1]
// CHECK-NOT:     %c
// CHECK:         kernel.generic [9, 5] {{.*}} add [1], add [1]
func.func @joins_a_later_nest(%x: tensor<9x5xf64>, %c: tensor<9x5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %m = ten.reduce max, %x dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %s = ten.sum %c dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<9x5xf64>
  %d = arith.subf %x, %w : tensor<9x5xf64>
  %p = arith.mulf %d, %c : tensor<9x5xf64>
  %t = ten.sum %p dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  func.return %t, %s : tensor<5xf64>, tensor<5xf64>
}

// The later nest divides by the sum of c.
// CHECK-LABEL: func.func @needed_before_stays
// CHECK:         kernel.generic [9, 5] {{.*}} max [1], add [1]
func.func @needed_before_stays(%x: tensor<9x5xf64>, %c: tensor<9x5xf64>) -> tensor<5xf64> {
  %m = ten.reduce max, %x dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %s = ten.sum %c dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %r = arith.divf %m, %s : tensor<5xf64>
  %w = ten.broadcast %r dims [0] : tensor<5xf64> -> tensor<9x5xf64>
  %d = arith.subf %x, %w : tensor<9x5xf64>
  %p = arith.mulf %d, %c : tensor<9x5xf64>
  %t = ten.sum %p dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// The first nest reads x anyway: the sum of x reads no array more.
// CHECK-LABEL: func.func @no_array_less_stays
// CHECK:         kernel.generic [9, 5] {{.*}} max [1], add [1]
func.func @no_array_less_stays(%x: tensor<9x5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %m = ten.reduce max, %x dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %s = ten.sum %x dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<9x5xf64>
  %d = arith.subf %x, %w : tensor<9x5xf64>
  %e = math.exp %d : tensor<9x5xf64>
  %t = ten.sum %e dims [0] : tensor<9x5xf64> -> tensor<5xf64>
  func.return %t, %s : tensor<5xf64>, tensor<5xf64>
}
