// RUN: letgrad-opt %s -p ten-factor-sums --check-semantics | filecheck %s

// The second sum waits for the first one, which it only divides by. Both go over x in one pass.
// CHECK-LABEL: func.func @scaled
// CHECK-NEXT:    %[[B:.*]] = ten.einsum "ab,ab->b" %x, %c
// CHECK-NEXT:    %[[A:.*]] = ten.einsum "ij,ij->j" %x, %x
// CHECK-NEXT:    %[[S:.*]] = math.sqrt %[[A]]
// CHECK-NEXT:    %[[T:.*]] = arith.divf %[[B]], %[[S]]
// CHECK-NEXT:    func.return %[[T]]
func.func @scaled(%x: tensor<900x5xf64>, %c: tensor<900x5xf64>) -> tensor<5xf64> {
  %a = ten.einsum "ij,ij->j" %x, %x : tensor<900x5xf64>, tensor<900x5xf64> -> tensor<5xf64>
  %s = math.sqrt %a : tensor<5xf64>
  %w = ten.broadcast %s dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %y = arith.divf %x, %w : tensor<900x5xf64>
  %t = ten.einsum "ij,ij->j" %y, %c : tensor<900x5xf64>, tensor<900x5xf64> -> tensor<5xf64>
  func.return %t : tensor<5xf64>
}

// A difference of products is a difference of sums. The sum of c is there.
// CHECK-LABEL: func.func @difference
// CHECK-DAG:     ten.sum %c dims [0]
// CHECK-DAG:     ten.sum %x dims [0]
// CHECK-NOT:     ten.sum
// CHECK:         arith.addf
func.func @difference(%x: tensor<900x5xf64>, %c: tensor<900x5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %m = ten.sum %c dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  %w = ten.broadcast %m dims [0] : tensor<5xf64> -> tensor<900x5xf64>
  %a = arith.mulf %x, %w : tensor<900x5xf64>
  %two = arith.constant dense<2.0> : tensor<900x5xf64>
  %b = arith.mulf %c, %two : tensor<900x5xf64>
  %d = arith.subf %a, %b : tensor<900x5xf64>
  %t = ten.sum %d dims [0] : tensor<900x5xf64> -> tensor<5xf64>
  func.return %m, %t : tensor<5xf64>, tensor<5xf64>
}

// The factor is one number of all: it is repeated for what the sum keeps.
// CHECK-LABEL: func.func @number
// CHECK:         %[[X:.*]] = ten.sum %x dims [1]
// CHECK:         %[[M:.*]] = ten.reduce max, %x dims [0, 1]
// CHECK:         %[[W:.*]] = ten.broadcast %[[M]] dims [0] : f32 -> tensor<40xf32>
// CHECK:         arith.mulf %[[X]], %[[W]]
func.func @number(%x: tensor<40x200xf32>) -> tensor<40xf32> {
  %m = ten.reduce max, %x dims [0, 1] : tensor<40x200xf32> -> f32
  %y = ten.einsum "ij,->ij" %x, %m : tensor<40x200xf32>, f32 -> tensor<40x200xf32>
  %t = ten.sum %y dims [1] : tensor<40x200xf32> -> tensor<40xf32>
  func.return %t : tensor<40xf32>
}

// The gradient of a cross entropy by the maximum of each row: the sum of what is scattered is there,
// and so is the sum of the exponentials.
// CHECK-LABEL: func.func @labels
// CHECK:         %[[S:.*]] = ten.sum %e dims [1]
// CHECK-NOT:     ten.sum
// CHECK:         arith.divf %[[S]], %[[S]] : tensor<9xf32>
// CHECK:         arith.addf %one, %{{.*}} : tensor<9xf32>
func.func @labels(%x: tensor<9x5000xf32>, %one: tensor<9xf32>) -> tensor<9xf32> {
  %e = math.exp %x : tensor<9x5000xf32>
  %s = ten.sum %e dims [1] : tensor<9x5000xf32> -> tensor<9xf32>
  %w = ten.broadcast %s dims [1] : tensor<9xf32> -> tensor<9x5000xf32>
  %p = arith.divf %e, %w : tensor<9x5000xf32>
  %y = arith.constant dense<[0, 7, 4999, 3, 3, 21, 500, 7, 1]> : tensor<9xi64>
  %h = ten.scatter [9, 5000] %one (%i) {in_bounds} : tensor<9xf32> -> tensor<9x5000xf32> {
    %l = ten.index %y[%i] : tensor<9xi64> -> i64
    %k = arith.index_cast %l : i64 to index
    ten.yield %i, %k : index, index
  }
  %d = arith.addf %h, %p : tensor<9x5000xf32>
  %t = ten.sum %d dims [1] : tensor<9x5000xf32> -> tensor<9xf32>
  func.return %t : tensor<9xf32>
}

// A label outside of the row is dropped: the scatter gives nothing for it, and so does the sum.
// CHECK-LABEL: func.func @labels_that_may_be_dropped
// CHECK:         %[[K:.*]] = ten.gather [9] {{.*}} : tensor<5000xf32> -> tensor<9xf32>
// CHECK:         ten.compare one, %[[K]], {{.*}} : tensor<9xf32>
// CHECK:         ten.select {{.*}}, %one, {{.*}} : tensor<9xi1>, tensor<9xf32>
// CHECK-NOT:     ten.sum %{{.*}} : tensor<9x5000xf32>
func.func @labels_that_may_be_dropped(%x: tensor<9x5000xf32>, %y: tensor<9xindex>, %one: tensor<9xf32>) -> tensor<9xf32> {
  %e = math.exp %x : tensor<9x5000xf32>
  %s = ten.sum %e dims [1] : tensor<9x5000xf32> -> tensor<9xf32>
  %w = ten.broadcast %s dims [1] : tensor<9xf32> -> tensor<9x5000xf32>
  %p = arith.divf %e, %w : tensor<9x5000xf32>
  %h = ten.scatter [9, 5000] %one (%i) : tensor<9xf32> -> tensor<9x5000xf32> {
    %k = ten.index %y[%i] : tensor<9xindex> -> index
    ten.yield %i, %k : index, index
  }
  %d = arith.addf %h, %p : tensor<9x5000xf32>
  %t = ten.sum %d dims [1] : tensor<9x5000xf32> -> tensor<9xf32>
  func.return %t : tensor<9xf32>
}
