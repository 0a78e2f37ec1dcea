// RUN: letgrad-opt %s -p sharing-report,sharing-materialize,convert-ten-to-kernel,sharing-report 2>&1 >/dev/null | filecheck %s

// CHECK: remark: @sum_of_products: 3 distinct computations of 3, {{.*}}, 660 flops{{$}}
// CHECK: remark: @histogram: 1 distinct computations of 1, {{.*}}, 138 flops{{$}}
// CHECK: remark: @softmax: 3 distinct computations of 3, {{.*}}, 150 flops{{$}}
// CHECK: remark: @backwards: 4 distinct computations of 4, {{.*}}, 270 flops{{$}}

// What is in nests counts as often as the nests run: 30 exponentials, products and additions of the sum.
// CHECK: remark: @sum_of_products: 2 distinct computations of 2, {{.*}}, 660 flops{{$}}
func.func @sum_of_products(%x: tensor<5x6xf64>, %y: tensor<5x6xf64>) -> tensor<5xf64> {
  %e = math.exp %x : tensor<5x6xf64>
  %p = arith.mulf %e, %y : tensor<5x6xf64>
  %s = ten.sum %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// A scatter adds each element. Index arithmetic is not counted in nests.
// CHECK: remark: @histogram: 1 distinct computations of 1, {{.*}}, 132 flops{{$}}
func.func @histogram(%x: tensor<6xf64>, %v: tensor<6xf64>) -> tensor<3xf64> {
  %r = ten.scatter [3] %v (%i) : tensor<6xf64> -> tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<6xf64> -> f64
    %s = math.exp %e : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  func.return %r : tensor<3xf64>
}

// Two nests compute one exponential, because that costs less than to store it: 6 exponentials each.
// CHECK: remark: @softmax: 2 distinct computations of 3, {{.*}}, 270 flops{{$}}
func.func @softmax(%x: tensor<6xf64>) -> (f64, tensor<6xf64>) {
  %e = math.exp %x : tensor<6xf64>
  %s = ten.sum %e dims [0] : tensor<6xf64> -> f64
  %b = ten.broadcast %s dims [0] : f64 -> tensor<6xf64>
  %q = arith.divf %e, %b : tensor<6xf64>
  func.return %s, %q : f64, tensor<6xf64>
}

// Elements in another order are other computations.
// CHECK: remark: @backwards: 3 distinct computations of 3, {{.*}}, 270 flops{{$}}
func.func @backwards(%x: tensor<6xf64>) -> (f64, tensor<6xf64>) {
  %e = math.exp %x : tensor<6xf64>
  %s = ten.sum %e dims [0] : tensor<6xf64> -> f64
  %b = ten.broadcast %s dims [0] : f64 -> tensor<6xf64>
  %r = ten.reverse %x dims [0] : tensor<6xf64>
  %t = math.exp %r : tensor<6xf64>
  %q = arith.divf %t, %b : tensor<6xf64>
  func.return %s, %q : f64, tensor<6xf64>
}
