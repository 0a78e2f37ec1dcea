// RUN: letgrad-opt %s -p 'sparse-jacobian{entry=neighbours},sparse-jacobian{entry=arrow order=both},sparse-jacobian{entry=sum},sparse-jacobian{entry=two wrt=1},sparse-jacobian{entry=joined order=columns},canonicalize' | filecheck %s
// RUN: letgrad-opt %s -p 'sparse-jacobian{entry=neighbours order=rows},sparse-jacobian{entry=arrow order=columns},sparse-jacobian{entry=sum order=columns}' --remarks 2>&1 >/dev/null | filecheck %s --check-prefix=REMARK

// Two directions find eight values: column k has colour k mod 2.
// CHECK-LABEL: func.func @neighbours(
// CHECK-SAME:    -> (tensor<8xf64>, tensor<8xi64>, tensor<5xi64>)
// CHECK:         arith.constant dense<[0, 1, 0, 1, 0]> : tensor<5xi64>
// CHECK:         sharing.let {{.*}} {decision = "store"} : tensor<2x4xf64>
// CHECK:         arith.constant dense<[0, 1, 1, 0, 0, 1, 1, 0]> : tensor<8xi32>
// CHECK-NEXT:    arith.constant dense<[0, 0, 1, 1, 2, 2, 3, 3]> : tensor<8xi32>
// CHECK:         ten.gather [8] {{.*}} {in_bounds}
// CHECK:         arith.constant dense<[0, 1, 1, 2, 2, 3, 3, 4]> : tensor<8xi64>
// CHECK-NEXT:    arith.constant dense<[0, 2, 4, 6, 8]> : tensor<5xi64>
// REMARK:      @neighbours: 2 colours of rows (lattice), at least 2, for 8 places of 4 x 5 (Colouring)
func.func @neighbours(%x: tensor<5xf64>) -> tensor<4xf64> {
  %a = ten.slice %x offsets [1] sizes [4] strides [1] : tensor<5xf64> -> tensor<4xf64>
  %b = ten.slice %x offsets [0] sizes [4] strides [1] : tensor<5xf64> -> tensor<4xf64>
  %r = arith.mulf %a, %b : tensor<4xf64>
  func.return %r : tensor<4xf64>
}

// The first row by reverse mode, the others by two directions. Columns alone take six.
// CHECK-LABEL: func.func @arrow(
// CHECK:         sharing.let {{.*}} : tensor<2x6xf64>
// CHECK:         sharing.let {{.*}} : tensor<1x6xf64>
// REMARK:      @arrow: 6 colours of columns (one each), at least 6, for 16 places of 6 x 6 (Colouring)
func.func @arrow(%x: tensor<6xf64>) -> tensor<6xf64> {
  %q = arith.mulf %x, %x : tensor<6xf64>
  %s = ten.sum %q dims [0] : tensor<6xf64> -> f64
  %k = arith.constant 0 : index
  %h = ten.index %x[%k] : tensor<6xf64> -> f64
  %t = ten.slice %q offsets [1] sizes [5] strides [1] : tensor<6xf64> -> tensor<5xf64>
  %w = ten.broadcast %h dims [0] : f64 -> tensor<5xf64>
  %p = arith.mulf %t, %w : tensor<5xf64>
  %o = ten.broadcast %s dims [0] : f64 -> tensor<1xf64>
  %r = ten.concat %o, %p dim 0 : tensor<1xf64>, tensor<5xf64> -> tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// One row: by default reverse mode finds it at once.
// CHECK-LABEL: func.func @sum(
// CHECK:         sharing.let {{.*}} : tensor<1x7xf64>
// REMARK:      @sum: 7 colours of columns (one each), at least 7, for 7 places of 1 x 7 (Colouring)
func.func @sum(%x: tensor<7xf64>) -> f64 {
  %s = math.sin %x : tensor<7xf64>
  %r = ten.sum %s dims [0] : tensor<7xf64> -> f64
  func.return %r : f64
}

// By the second argument only, which is narrower than the result.
// CHECK-LABEL: func.func @two(
// CHECK-SAME:    -> (tensor<3xf64>, tensor<3xi64>, tensor<4xi64>)
func.func @two(%x: tensor<3xf64>, %y: tensor<3xf32>) -> tensor<3xf64> {
  %w = ten.cast %y : tensor<3xf32> -> tensor<3xf64>
  %r = arith.mulf %x, %w : tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// A join is stored, and before that its computed parts: no nest computes both at each place.
// CHECK-LABEL: func.func @joined(
// CHECK:         math.cos
// CHECK-NEXT:    sharing.let {{.*}} {decision = "store"} : tensor<4xf64>
// CHECK:         arith.addf {{.*}} : tensor<1x4xf64>
// CHECK-NEXT:    sharing.let {{.*}} {decision = "store"} : tensor<1x4xf64>
// CHECK:         ten.concat
// CHECK:         sharing.let {{.*}} {decision = "store"} : tensor<1x8xf64>
func.func @joined(%x: tensor<4xf64>) -> tensor<8xf64> {
  %s = math.sin %x : tensor<4xf64>
  %c = arith.mulf %x, %x : tensor<4xf64>
  %r = ten.concat %s, %c dim 0 : tensor<4xf64>, tensor<4xf64> -> tensor<8xf64>
  func.return %r : tensor<8xf64>
}
