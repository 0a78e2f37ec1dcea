// RUN: letgrad-opt %s -p ten-find-attention --check-semantics --split-input-file | filecheck %s

// CHECK-LABEL: func.func @scaled
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 5.000000e-01 : f64}
// CHECK-NEXT:  func.return
func.func @scaled(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %half = arith.constant dense<0.5> : tensor<5x6xf64>
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %s = arith.mulf %p, %half : tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// The division comes after the product, and the product is with a reciprocal in the other case.
// CHECK-LABEL: func.func @divided_late
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.000000e+00 : f64, late}
// CHECK-NEXT:  func.return
func.func @divided_late(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %s = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x3xf64>
  %o = ten.einsum "ac,ce->ae" %x, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  %r = arith.divf %o, %ls : tensor<5x3xf64>
  func.return %r : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @reciprocal
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.000000e+00 : f64}
// CHECK-NEXT:  func.return
func.func @reciprocal(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %one = arith.constant dense<1.0> : tensor<5xf64>
  %s = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %i = arith.divf %one, %l : tensor<5xf64>
  %is = ten.broadcast %i dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.mulf %x, %is : tensor<5x6xf64>
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// A batch b, heads h that the keys and values share, transposes, a bias, a mask of the keys, and a
// causal mask as a comparison of places. The result is transposed too.
// CHECK-LABEL: func.func @all_at_once
// CHECK:       ten.attention "bdhi,bjd,bej,hij,bj->bieh" %q, %k, %v, %bias, %mask {scale = 2.000000e+00 : f64, fill = -1.000000e+09 : f64, above = 1 : i64}
// CHECK-NEXT:  func.return
func.func @all_at_once(%q: tensor<2x4x3x5xf64>, %k: tensor<2x6x4xf64>, %v: tensor<2x7x6xf64>, %bias: tensor<3x5x6xf64>, %mask: tensor<2x6xi1>) -> tensor<2x5x7x3xf64> {
  %two = arith.constant dense<2.0> : tensor<2x3x5x6xf64>
  %one = arith.constant dense<1> : tensor<5x6xi64>
  %low = arith.constant dense<-1.0e9> : tensor<2x3x5x6xf64>
  %qt = ten.transpose %q perm [0, 2, 3, 1] : tensor<2x4x3x5xf64> -> tensor<2x3x5x4xf64>
  %vt = ten.transpose %v perm [0, 2, 1] : tensor<2x7x6xf64> -> tensor<2x6x7xf64>
  %p = ten.einsum "xuia,xja->xuij" %qt, %k : tensor<2x3x5x4xf64>, tensor<2x6x4xf64> -> tensor<2x3x5x6xf64>
  %t = arith.mulf %p, %two : tensor<2x3x5x6xf64>
  %biases = ten.broadcast %bias dims [0] : tensor<3x5x6xf64> -> tensor<2x3x5x6xf64>
  %u = arith.addf %biases, %t : tensor<2x3x5x6xf64>
  %i = ten.iota dim 0 : tensor<5x6xi64>
  %j = ten.iota dim 1 : tensor<5x6xi64>
  %next = arith.addi %i, %one : tensor<5x6xi64>
  %causal = ten.compare sge, %next, %j : tensor<5x6xi64>
  %causals = ten.broadcast %causal dims [0, 1] : tensor<5x6xi1> -> tensor<2x3x5x6xi1>
  %masks = ten.broadcast %mask dims [1, 2] : tensor<2x6xi1> -> tensor<2x3x5x6xi1>
  %both = arith.andi %causals, %masks : tensor<2x3x5x6xi1>
  %s = ten.select %both, %u, %low : tensor<2x3x5x6xi1>, tensor<2x3x5x6xf64>
  %m = ten.reduce max, %s dims [3] : tensor<2x3x5x6xf64> -> tensor<2x3x5xf64>
  %ms = ten.broadcast %m dims [3] : tensor<2x3x5xf64> -> tensor<2x3x5x6xf64>
  %d = arith.subf %s, %ms : tensor<2x3x5x6xf64>
  %x = math.exp %d : tensor<2x3x5x6xf64>
  %l = ten.sum %x dims [3] : tensor<2x3x5x6xf64> -> tensor<2x3x5xf64>
  %ls = ten.broadcast %l dims [3] : tensor<2x3x5xf64> -> tensor<2x3x5x6xf64>
  %w = arith.divf %x, %ls : tensor<2x3x5x6xf64>
  %o = ten.einsum "xuij,xje->xuie" %w, %vt : tensor<2x3x5x6xf64>, tensor<2x6x7xf64> -> tensor<2x3x5x7xf64>
  %r = ten.transpose %o perm [0, 2, 3, 1] : tensor<2x3x5x7xf64> -> tensor<2x5x7x3xf64>
  func.return %r : tensor<2x5x7x3xf64>
}

// -----

// A window as a table: two numbers are enough. The mask says where a score is replaced.
// CHECK-LABEL: func.func @window
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.000000e+00 : f64, below = -1 : i64, above = 0 : i64}
// CHECK-NEXT:  func.return
func.func @window(%q: tensor<4x2xf64>, %k: tensor<4x2xf64>, %v: tensor<4x3xf64>) -> tensor<4x3xf64> {
  %out = arith.constant dense<[[false, true, true, true], [false, false, true, true], [true, false, false, true], [true, true, false, false]]> : tensor<4x4xi1>
  %low = arith.constant dense<0xfff0000000000000> : tensor<4x4xf64>
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<4x2xf64>, tensor<4x2xf64> -> tensor<4x4xf64>
  %s = ten.select %out, %low, %p : tensor<4x4xi1>, tensor<4x4xf64>
  %m = ten.reduce max, %s dims [1] : tensor<4x4xf64> -> tensor<4xf64>
  %ms = ten.broadcast %m dims [1] : tensor<4xf64> -> tensor<4x4xf64>
  %d = arith.subf %s, %ms : tensor<4x4xf64>
  %x = math.exp %d : tensor<4x4xf64>
  %l = ten.sum %x dims [1] : tensor<4x4xf64> -> tensor<4xf64>
  %ls = ten.broadcast %l dims [1] : tensor<4xf64> -> tensor<4x4xf64>
  %w = arith.divf %x, %ls : tensor<4x4xf64>
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<4x4xf64>, tensor<4x3xf64> -> tensor<4x3xf64>
  func.return %o : tensor<4x3xf64>
}

// -----

// A table that adds 0 or one other number is a band too.
// CHECK-LABEL: func.func @added_triangle
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.000000e+00 : f64, fill = -1.000000e+09 : f64, above = 0 : i64, adds}
// CHECK-NEXT:  func.return
func.func @added_triangle(%q: tensor<3x2xf64>, %k: tensor<3x2xf64>, %v: tensor<3x4xf64>) -> tensor<3x4xf64> {
  %table = arith.constant dense<[[0.0, -1.0e9, -1.0e9], [0.0, 0.0, -1.0e9], [0.0, 0.0, 0.0]]> : tensor<3x3xf64>
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<3x2xf64>, tensor<3x2xf64> -> tensor<3x3xf64>
  %s = arith.addf %p, %table : tensor<3x3xf64>
  %m = ten.reduce max, %s dims [1] : tensor<3x3xf64> -> tensor<3xf64>
  %ms = ten.broadcast %m dims [1] : tensor<3xf64> -> tensor<3x3xf64>
  %d = arith.subf %s, %ms : tensor<3x3xf64>
  %x = math.exp %d : tensor<3x3xf64>
  %l = ten.sum %x dims [1] : tensor<3x3xf64> -> tensor<3xf64>
  %ls = ten.broadcast %l dims [1] : tensor<3xf64> -> tensor<3x3xf64>
  %w = arith.divf %x, %ls : tensor<3x3xf64>
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %o : tensor<3x4xf64>
}

// -----

// The softmax of bfloat16 in float32: the casts go away.
// CHECK-LABEL: func.func @in_float32
// CHECK:       ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.000000e+00 : f64, wide} : {{.*}} -> (tensor<5x3xf32>, tensor<5xf32>, tensor<5xf32>)
// CHECK-NEXT:  func.return
func.func @in_float32(%q: tensor<5x4xbf16>, %k: tensor<6x4xbf16>, %v: tensor<6x3xbf16>) -> tensor<5x3xf32> {
  %qs = ten.cast %q : tensor<5x4xbf16> -> tensor<5x4xf32>
  %ks = ten.cast %k : tensor<6x4xbf16> -> tensor<6x4xf32>
  %s = ten.einsum "ab,cb->ac" %qs, %ks : tensor<5x4xf32>, tensor<6x4xf32> -> tensor<5x6xf32>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf32> -> tensor<5xf32>
  %ms = ten.broadcast %m dims [1] : tensor<5xf32> -> tensor<5x6xf32>
  %d = arith.subf %s, %ms : tensor<5x6xf32>
  %x = math.exp %d : tensor<5x6xf32>
  %l = ten.sum %x dims [1] : tensor<5x6xf32> -> tensor<5xf32>
  %ls = ten.broadcast %l dims [1] : tensor<5xf32> -> tensor<5x6xf32>
  %w = arith.divf %x, %ls : tensor<5x6xf32>
  %vs = ten.cast %v : tensor<6x3xbf16> -> tensor<6x3xf32>
  %o = ten.einsum "ac,ce->ae" %w, %vs : tensor<5x6xf32>, tensor<6x3xf32> -> tensor<5x3xf32>
  func.return %o : tensor<5x3xf32>
}
