// RUN: letgrad-opt %s -t terms | filecheck %s

// CHECK: declared : (f64, index) -> (f64)
func.func private @declared(f64, index) -> f64

// CHECK: layout = \m -> (transpose[1, 0] m, reshape[12] m, reverse[1] m, reverse m)
func.func @layout(%m: tensor<3x4xf64>) -> (tensor<4x3xf64>, tensor<12xf64>, tensor<3x4xf64>, tensor<3x4xf64>) {
  %0 = ten.transpose %m perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %1 = ten.reshape %m : tensor<3x4xf64> -> tensor<12xf64>
  %2 = ten.reverse %m dims [1] : tensor<3x4xf64>
  %3 = ten.reverse %m dims [0, 1] : tensor<3x4xf64>
  func.return %0, %1, %2, %3 : tensor<4x3xf64>, tensor<12xf64>, tensor<3x4xf64>, tensor<3x4xf64>
}

// CHECK: boxes = \m -> (m[1:3, :], m[:, 0:3:2], pad[0:0, 1:2:1] m)
func.func @boxes(%m: tensor<3x4xf64>) -> (tensor<2x4xf64>, tensor<3x2xf64>, tensor<3x10xf64>) {
  %0 = ten.slice %m offsets [1, 0] sizes [2, 4] strides [1, 1] : tensor<3x4xf64> -> tensor<2x4xf64>
  %1 = ten.slice %m offsets [0, 0] sizes [3, 2] strides [1, 2] : tensor<3x4xf64> -> tensor<3x2xf64>
  %2 = ten.pad %m low [0, 1] high [0, 2] interior [0, 1] : tensor<3x4xf64> -> tensor<3x10xf64>
  func.return %0, %1, %2 : tensor<2x4xf64>, tensor<3x2xf64>, tensor<3x10xf64>
}

// CHECK: reductions = \m -> (sum m, sum[1] m, max[0] m, argmax[1] m, cumsum[0] m)
func.func @reductions(%m: tensor<3x4xf64>) -> (f64, tensor<3xf64>, tensor<4xf64>, tensor<3xi64>, tensor<3x4xf64>) {
  %0 = ten.sum %m dims [0, 1] : tensor<3x4xf64> -> f64
  %1 = ten.sum %m dims [1] : tensor<3x4xf64> -> tensor<3xf64>
  %2 = ten.reduce max, %m dims [0] : tensor<3x4xf64> -> tensor<4xf64>
  %3 = ten.argmax %m dim 1 : tensor<3x4xf64> -> tensor<3xi64>
  %4 = ten.cumsum %m dim 0 : tensor<3x4xf64>
  func.return %0, %1, %2, %3, %4 : f64, tensor<3xf64>, tensor<4xf64>, tensor<3xi64>, tensor<3x4xf64>
}

// CHECK: joining = \v w -> (concat[0] v w, [v, w], einsum "i,j->ij" v w, iota [5], iota[1] [2, 5])
func.func @joining(%v: tensor<5xf64>, %w: tensor<5xf64>) -> (tensor<10xf64>, tensor<2x5xf64>, tensor<5x5xf64>, tensor<5xf64>, tensor<2x5xi64>) {
  %0 = ten.concat %v, %w dim 0 : tensor<5xf64>, tensor<5xf64> -> tensor<10xf64>
  %1 = ten.stack %v, %w : tensor<5xf64> -> tensor<2x5xf64>
  %2 = ten.einsum "i,j->ij" %v, %w : tensor<5xf64>, tensor<5xf64> -> tensor<5x5xf64>
  %3 = ten.iota dim 0 : tensor<5xf64>
  %4 = ten.iota dim 1 : tensor<2x5xi64>
  func.return %0, %1, %2, %3, %4 : tensor<10xf64>, tensor<2x5xf64>, tensor<5x5xf64>, tensor<5xf64>, tensor<2x5xi64>
}

// CHECK:      index_regions = \m k ->
// CHECK-NEXT:   (gather [2] m (\i -> [i + k, i]), scatter [7] m (\i -> [i + k]), m[k, k], m[k])
func.func @index_regions(%m: tensor<3x4xf64>, %k: index) -> (tensor<2xf64>, tensor<7x4xf64>, f64, tensor<4xf64>) {
  %0 = ten.gather [2] %m (%i) : tensor<3x4xf64> -> tensor<2xf64> {
    %j = arith.addi %i, %k : index
    ten.yield %j, %i : index, index
  }
  %1 = ten.scatter [7] %m (%i) : tensor<3x4xf64> -> tensor<7x4xf64> {
    %j = arith.addi %i, %k : index
    ten.yield %j : index
  }
  %2 = ten.index %m[%k, %k] : tensor<3x4xf64> -> f64
  %3 = ten.index %m[%k] : tensor<3x4xf64> -> tensor<4xf64>
  func.return %0, %1, %2, %3 : tensor<2xf64>, tensor<7x4xf64>, f64, tensor<4xf64>
}

// CHECK: casts = \x b -> (f32 x, i64 x, uitofp[f64] b, f64 b)
func.func @casts(%x: f64, %b: i1) -> (f32, i64, f64, f64) {
  %0 = arith.truncf %x : f64 to f32
  %1 = arith.fptosi %x : f64 to i64
  %2 = arith.uitofp %b : i1 to f64
  %3 = ten.cast %b : i1 -> f64
  func.return %0, %1, %2, %3 : f32, i64, f64, f64
}

// CHECK: conditional = \p x -> if p then sin x else declared (-x) 3
func.func @conditional(%p: i1, %x: f64) -> f64 {
  %c3 = arith.constant 3 : index
  %r = scf.if %p -> (f64) {
    %s = math.sin %x : f64
    scf.yield %s : f64
  } else {
    %n = arith.negf %x : f64
    %d = func.call @declared(%n, %c3) : (f64, index) -> f64
    scf.yield %d : f64
  }
  func.return %r : f64
}

// CHECK:      scan_over = \a xs -> let (c, ys) = scan [4] (h = a) over (x = xs) do (h + x, h) in (c, ys)
func.func @scan_over(%a: f64, %xs: tensor<4xf64>) -> (f64, tensor<4xf64>) {
  %c, %ys = ten.scan [4] (%h = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
    %0 = arith.addf %h, %x : f64
    ten.yield %0, %h : f64, f64
  }
  func.return %c, %ys : f64, tensor<4xf64>
}

// CHECK:      scan_back = \a -> scan [4] reverse (h = a) do sin h
func.func @scan_back(%a: f64) -> f64 {
  %c = ten.scan [4] reverse (%h = %a : f64) -> (f64) {
    %0 = math.sin %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}
