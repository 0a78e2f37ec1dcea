// RUN: letgrad-opt %s -p ten-split-complex --allow-unregistered-dialect | filecheck %s

// CHECK-LABEL: func.func @doors_and_parts(
// CHECK-SAME: %z_re: tensor<3xf64>, %z_im: tensor<3xf64>, %n: index, %w_re: f32, %w_im: f32) -> (tensor<3xf64>, tensor<3xf64>, index, f32) {
// CHECK-NEXT:    func.return %z_im, %z_re, %n, %w_re
func.func @doors_and_parts(%z: tensor<3xcomplex<f64>>, %n: index, %w: complex<f32>) -> (tensor<3xcomplex<f64>>, index, f32) {
  %x = ten.real %z : tensor<3xcomplex<f64>> -> tensor<3xf64>
  %y = ten.imag %z : tensor<3xcomplex<f64>> -> tensor<3xf64>
  %r = ten.complex %y, %x : tensor<3xf64>, tensor<3xf64> -> tensor<3xcomplex<f64>>
  %s = ten.real %w : complex<f32> -> f32
  func.return %r, %n, %s : tensor<3xcomplex<f64>>, index, f32
}

// A program without complex numbers stays.
// CHECK-LABEL: func.func @reals_stay(
// CHECK-NEXT:    %a = ten.sum %x dims [0] {note = 1 : i64} : tensor<4xf32> -> f32
// CHECK-NEXT:    func.return %a : f32
func.func @reals_stay(%x: tensor<4xf32>) -> f32 {
  %a = ten.sum %x dims [0] {note = 1} : tensor<4xf32> -> f32
  func.return %a : f32
}

// CHECK-LABEL: func.func @move(
// CHECK-NEXT:    [[A:%.*]] = ten.slice %z_re offsets [1, 0] sizes [2, 5] strides [1, 1] {note = 1 : i64} : tensor<4x5xf32> -> tensor<2x5xf32>
// CHECK-NEXT:    [[B:%.*]] = ten.slice %z_im offsets [1, 0] sizes [2, 5] strides [1, 1] {note = 1 : i64} : tensor<4x5xf32> -> tensor<2x5xf32>
// CHECK-NEXT:    [[C:%.*]] = ten.select %m, [[A]], [[A]] : i1, tensor<2x5xf32>
// CHECK-NEXT:    [[D:%.*]] = ten.select %m, [[B]], [[B]] : i1, tensor<2x5xf32>
// CHECK-NEXT:    [[E:%.*]] = ten.sum [[C]] dims [1] : tensor<2x5xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[F:%.*]] = ten.sum [[D]] dims [1] : tensor<2x5xf32> -> tensor<2xf32>
// CHECK-NEXT:    func.return [[E]], [[F]]
func.func @move(%z: tensor<4x5xcomplex<f32>>, %m: i1) -> tensor<2xcomplex<f32>> {
  %a = ten.slice %z offsets [1, 0] sizes [2, 5] strides [1, 1] {note = 1} : tensor<4x5xcomplex<f32>> -> tensor<2x5xcomplex<f32>>
  %b = ten.select %m, %a, %a : i1, tensor<2x5xcomplex<f32>>
  %c = ten.sum %b dims [1] : tensor<2x5xcomplex<f32>> -> tensor<2xcomplex<f32>>
  func.return %c : tensor<2xcomplex<f32>>
}

// CHECK-LABEL: func.func @casts(
// CHECK-NEXT:    [[A:%.*]] = ten.cast %k : tensor<3xi32> -> tensor<3xf32>
// CHECK-NEXT:    [[Z:%.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[B:%.*]] = ten.cast [[A]] : tensor<3xf32> -> tensor<3xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.cast [[Z]] : tensor<3xf32> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[B]], [[C]]
func.func @casts(%k: tensor<3xi32>) -> tensor<3xcomplex<f64>> {
  %a = ten.cast %k : tensor<3xi32> -> tensor<3xcomplex<f32>>
  %b = ten.cast %a : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f64>>
  func.return %b : tensor<3xcomplex<f64>>
}

// CHECK-LABEL: func.func @tables(
// CHECK-NEXT:    [[A:%.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:    [[B:%.*]] = arith.constant dense<[-0.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:    func.return [[A]], [[B]]
func.func @tables() -> tensor<2xcomplex<f32>> {
  %k = arith.constant dense<[(1.0, -0.0), (0.0, 2.0)]> : tensor<2xcomplex<f32>>
  func.return %k : tensor<2xcomplex<f32>>
}

// A factor that is real has one product with each part.
// CHECK-LABEL: func.func @products(
// CHECK-NEXT:    [[AC:%.*]] = ten.einsum "ij,jk->ik" %z_re, %w_re
// CHECK-NEXT:    [[BD:%.*]] = ten.einsum "ij,jk->ik" %z_im, %w_im
// CHECK-NEXT:    [[RE:%.*]] = arith.subf [[AC]], [[BD]]
// CHECK-NEXT:    [[AD:%.*]] = ten.einsum "ij,jk->ik" %z_re, %w_im
// CHECK-NEXT:    [[BC:%.*]] = ten.einsum "ij,jk->ik" %z_im, %w_re
// CHECK-NEXT:    [[IM:%.*]] = arith.addf [[AD]], [[BC]]
// CHECK-NEXT:    [[T:%.*]] = ten.einsum "ij->ji" %z_re
// CHECK-NEXT:    [[S:%.*]] = ten.einsum "ij->ji" %z_im
// CHECK-NEXT:    func.return [[RE]], [[IM]], [[T]], [[S]]
func.func @products(%z: tensor<2x3xcomplex<f64>>, %w: tensor<3x4xcomplex<f64>>) -> (tensor<2x4xcomplex<f64>>, tensor<3x2xcomplex<f64>>) {
  %a = ten.einsum "ij,jk->ik" %z, %w : tensor<2x3xcomplex<f64>>, tensor<3x4xcomplex<f64>> -> tensor<2x4xcomplex<f64>>
  %t = ten.einsum "ij->ji" %z : tensor<2x3xcomplex<f64>> -> tensor<3x2xcomplex<f64>>
  func.return %a, %t : tensor<2x4xcomplex<f64>>, tensor<3x2xcomplex<f64>>
}

// CHECK-LABEL: func.func @loops_and_branches(
// CHECK-NEXT:    %s_re, %s_im, %p = ten.scan [4] turns %n (%h_re = %w_re : f32, %h_im = %w_im : f32) over (%i = %k : tensor<4xindex>) -> (f32, f32, tensor<4xindex>) {
// CHECK-NEXT:      ten.yield %h_im, %h_re, %i : f32, f32, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C:%.*]], [[D:%.*]] = scf.if %m -> (f32, f32) {
// CHECK-NEXT:      scf.yield %s_re, %s_im : f32, f32
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %w_re, %w_im : f32, f32
// CHECK-NEXT:    }
// CHECK-NEXT:    [[E:%.*]], [[F:%.*]] = func.call @callee([[C]], [[D]], %n) : (f32, f32, index) -> (f32, f32)
func.func @loops_and_branches(%w: complex<f32>, %n: index, %m: i1, %k: tensor<4xindex>) -> complex<f32> {
  %s, %p = ten.scan [4] turns %n (%h = %w : complex<f32>) over (%i = %k : tensor<4xindex>) -> (complex<f32>, tensor<4xindex>) {
    %x = ten.real %h : complex<f32> -> f32
    %y = ten.imag %h : complex<f32> -> f32
    %r = ten.complex %y, %x : f32, f32 -> complex<f32>
    ten.yield %r, %i : complex<f32>, index
  }
  %c = scf.if %m -> (complex<f32>) {
    scf.yield %s : complex<f32>
  } else {
    scf.yield %w : complex<f32>
  }
  %d = func.call @callee(%c, %n) : (complex<f32>, index) -> complex<f32>
  func.return %d : complex<f32>
}
func.func @callee(%z: complex<f32>, %n: index) -> complex<f32> {
  func.return %z : complex<f32>
}

// Both bodies compute f, which is one value under one stamp.
// CHECK-LABEL: func.func @builds(
// CHECK-NEXT:    [[A:%.*]] = ten.build [5] ({{.*}}) : tensor<5xf64> {
// CHECK:           sharing.share {{.*}} {stamp = 0}
// CHECK:         [[B:%.*]] = ten.build [5] ({{.*}}) : tensor<5xf64> {
// CHECK:           sharing.share {{.*}} {stamp = 0}
// CHECK:         func.return [[A]], [[B]]
func.func @builds(%x: tensor<5xf64>) -> tensor<5xcomplex<f64>> {
  %g = ten.build [5] (%i) : tensor<5xcomplex<f64>> {
    %v = ten.index %x[%i] : tensor<5xf64> -> f64
    %f = math.exp %v : f64
    %z = ten.complex %f, %f : f64, f64 -> complex<f64>
    ten.yield %z : complex<f64>
  }
  func.return %g : tensor<5xcomplex<f64>>
}

// CHECK-LABEL: func.func @ops_of_others_stay(
// CHECK-NEXT:    [[A:%.*]] = ten.complex %z_re, %z_im : f64, f64 -> complex<f64>
// CHECK-NEXT:    [[B:%.*]] = "my.op"([[A]]) : (complex<f64>) -> complex<f64>
// CHECK-NEXT:    [[C:%.*]] = ten.real [[B]] : complex<f64> -> f64
// CHECK-NEXT:    [[D:%.*]] = ten.imag [[B]] : complex<f64> -> f64
// CHECK-NEXT:    func.return [[C]], [[D]]
func.func @ops_of_others_stay(%z: complex<f64>) -> complex<f64> {
  %a = "my.op"(%z) : (complex<f64>) -> complex<f64>
  func.return %a : complex<f64>
}

// CHECK-LABEL: func.func private @declaration_stays(complex<f64>) -> complex<f64>
func.func private @declaration_stays(complex<f64>) -> complex<f64>

// CHECK-LABEL: func.func @call_of_declaration(
// CHECK-NEXT:    [[A:%.*]] = ten.complex %z_re, %z_im : f64, f64 -> complex<f64>
// CHECK-NEXT:    [[B:%.*]] = func.call @declaration_stays([[A]]) : (complex<f64>) -> complex<f64>
func.func @call_of_declaration(%z: complex<f64>) -> complex<f64> {
  %a = func.call @declaration_stays(%z) : (complex<f64>) -> complex<f64>
  func.return %a : complex<f64>
}

// Tensors of rank 0 and of unknown sizes are values of other dialects.
// CHECK-LABEL: func.func @foreign_values_stay(
// CHECK-SAME: %x: tensor<?xcomplex<f64>>, %z_re: f64, %z_im: f64) -> tensor<?xcomplex<f64>> {
// CHECK-NEXT:    [[Z:%.*]] = ten.complex %z_re, %z_im : f64, f64 -> complex<f64>
// CHECK-NEXT:    [[A:%.*]] = "my.op"(%x, [[Z]]) : (tensor<?xcomplex<f64>>, complex<f64>) -> tensor<?xcomplex<f64>>
// CHECK-NEXT:    func.return [[A]] : tensor<?xcomplex<f64>>
func.func @foreign_values_stay(%x: tensor<?xcomplex<f64>>, %z: complex<f64>) -> tensor<?xcomplex<f64>> {
  %a = "my.op"(%x, %z) : (tensor<?xcomplex<f64>>, complex<f64>) -> tensor<?xcomplex<f64>>
  func.return %a : tensor<?xcomplex<f64>>
}

// The argument of a region of an op that nobody knows stays, and its parts are read once.
// CHECK-LABEL: func.func @region_of_an_unknown_op(
// CHECK-SAME: [[C:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[R:%.*]] = "foreign.op"([[C]]) ({
// CHECK-NEXT:    ^bb0([[Z:%[^ ,:)]+]]: tensor<2xcomplex<f32>>):
// CHECK-NEXT:      [[REAL:%.*]] = ten.real [[Z]] : tensor<2xcomplex<f32>> -> tensor<2xf32>
// CHECK-NEXT:      [[IMAG:%.*]] = ten.imag [[Z]] : tensor<2xcomplex<f32>> -> tensor<2xf32>
// CHECK-NEXT:      [[COMPLEX:%.*]] = ten.complex [[REAL]], [[IMAG]] : tensor<2xf32>, tensor<2xf32> -> tensor<2xcomplex<f32>>
// CHECK-NEXT:      "foreign.read"([[COMPLEX]]) : (tensor<2xcomplex<f32>>) -> ()
// CHECK-NEXT:    }) : (f32) -> f32
// CHECK-NEXT:    func.return [[R]] : f32
// CHECK-NEXT:  }
func.func @region_of_an_unknown_op(%c: f32) -> f32 {
  %r = "foreign.op"(%c) ({
  ^bb0(%z: tensor<2xcomplex<f32>>):
    "foreign.read"(%z) : (tensor<2xcomplex<f32>>) -> ()
  }) : (f32) -> f32
  func.return %r : f32
}
