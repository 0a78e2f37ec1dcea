// RUN: letgrad-opt %s -p ten-decompose --check-semantics --split-input-file | filecheck %s

// The program has 1 / y.
// CHECK-LABEL: func.func @has_reciprocal(
// CHECK:       %r = arith.divf %one, %y : tensor<3xf64>
// CHECK-NEXT:  %q = arith.mulf %x, %r : tensor<3xf64>
// CHECK-NEXT:  return %r, %q
func.func @has_reciprocal(%x: tensor<3xf64>, %y: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %one = arith.constant dense<1.0> : tensor<3xf64>
  %r = arith.divf %one, %y : tensor<3xf64>
  %q = arith.divf %x, %y fastmath<arcp> : tensor<3xf64>
  func.return %r, %q : tensor<3xf64>, tensor<3xf64>
}

// -----

// The reciprocal comes after the division: it is computed before, and once.
// CHECK-LABEL: func.func @reciprocal_comes_later(
// CHECK:       %r = arith.divf %{{.*}}, %y : f32
// CHECK-NEXT:  %q = arith.mulf %x, %r : f32
// CHECK-NOT:   divf
// CHECK:       return %r, %q
func.func @reciprocal_comes_later(%x: f32, %y: f32) -> (f32, f32) {
  %q = arith.divf %x, %y fastmath<arcp> : f32
  %one = arith.constant 1.0 : f32
  %r = arith.divf %one, %y : f32
  func.return %r, %q : f32, f32
}

// -----

// Two divisions by one number, and one division by another.
// CHECK-LABEL: func.func @two_divisions(
// CHECK:       [[R:%[0-9]+]] = arith.divf %{{.*}}, %z : f64
// CHECK-NEXT:  %p = arith.mulf %x, [[R]] : f64
// CHECK-NEXT:  %q = arith.mulf %y, [[R]] : f64
// CHECK-NEXT:  %s = arith.divf %z, %y fastmath<arcp> : f64
func.func @two_divisions(%x: f64, %y: f64, %z: f64) -> (f64, f64, f64) {
  %p = arith.divf %x, %z fastmath<arcp> : f64
  %q = arith.divf %y, %z fastmath<arcp> : f64
  %s = arith.divf %z, %y fastmath<arcp> : f64
  func.return %p, %q, %s : f64, f64, f64
}

// -----

// One division for each row.
// CHECK-LABEL: func.func @repeated_denominator(
// CHECK:       [[R:%[0-9]+]] = arith.divf %{{.*}}, %s : tensor<2xf64>
// CHECK-NEXT:  [[B:%[0-9]+]] = ten.broadcast [[R]] dims [1] : tensor<2xf64> -> tensor<2x5xf64>
// CHECK-NEXT:  %q = arith.mulf %x, [[B]] : tensor<2x5xf64>
func.func @repeated_denominator(%x: tensor<2x5xf64>, %s: tensor<2xf64>) -> tensor<2x5xf64> {
  %y = ten.broadcast %s dims [1] : tensor<2xf64> -> tensor<2x5xf64>
  %q = arith.divf %x, %y fastmath<arcp> : tensor<2x5xf64>
  func.return %q : tensor<2x5xf64>
}

// -----

// A repetition to as many elements saves no division.
// CHECK-LABEL: func.func @repeated_once_stays(
// CHECK:       %{{.*}} = arith.divf %x, %y fastmath<arcp> : tensor<2x1xf64>
func.func @repeated_once_stays(%x: tensor<2x1xf64>, %s: tensor<2xf64>) -> tensor<2x1xf64> {
  %y = ten.broadcast %s dims [1] : tensor<2xf64> -> tensor<2x1xf64>
  %q = arith.divf %x, %y fastmath<arcp> : tensor<2x1xf64>
  func.return %q : tensor<2x1xf64>
}

// -----

// A region reads the reciprocal that dominates it. The other region comes before it.
// CHECK-LABEL: func.func @regions(
// CHECK:       %{{.*}} = scf.if %c
// CHECK-NEXT:    %{{.*}} = arith.divf %x, %y fastmath<arcp> : f64
// CHECK:       %r = arith.divf %one, %y : f64
// CHECK-NEXT:  %{{.*}} = scf.if %c
// CHECK-NEXT:    %{{.*}} = arith.mulf %x, %r : f64
func.func @regions(%x: f64, %y: f64, %c: i1) -> (f64, f64, f64) {
  %a = scf.if %c -> (f64) {
    %q = arith.divf %x, %y fastmath<arcp> : f64
    scf.yield %q : f64
  } else {
    scf.yield %x : f64
  }
  %one = arith.constant 1.0 : f64
  %r = arith.divf %one, %y : f64
  %b = scf.if %c -> (f64) {
    %q = arith.divf %x, %y fastmath<arcp> : f64
    scf.yield %q : f64
  } else {
    scf.yield %x : f64
  }
  func.return %a, %b, %r : f64, f64, f64
}

// -----

// The two ways round differently: without the flag, a division is a division.
// CHECK-LABEL: func.func @exact_division_stays(
// CHECK:       %{{.*}} = arith.divf %x, %y : f64
func.func @exact_division_stays(%x: f64, %y: f64) -> (f64, f64) {
  %one = arith.constant 1.0 : f64
  %r = arith.divf %one, %y : f64
  %q = arith.divf %x, %y : f64
  func.return %r, %q : f64, f64
}

// -----

// Other flags allow no reciprocal. `fast` allows everything.
// CHECK-LABEL: func.func @flags(
// CHECK:       %{{.*}} = arith.divf %x, %y fastmath<nnan,ninf> : f64
// CHECK-NEXT:  %{{.*}} = arith.mulf %x, %r : f64
func.func @flags(%x: f64, %y: f64) -> (f64, f64, f64) {
  %one = arith.constant 1.0 : f64
  %r = arith.divf %one, %y : f64
  %q = arith.divf %x, %y fastmath<nnan,ninf> : f64
  %s = arith.divf %x, %y fastmath<fast> : f64
  func.return %r, %q, %s : f64, f64, f64
}

// -----

// 1 / 2e-5 is infinite in f16, and 1e-3 / 2e-5 is 50.
// CHECK-LABEL: func.func @short_floats_stay(
// CHECK:       %{{.*}} = arith.divf %x, %y fastmath<arcp> : f16
func.func @short_floats_stay(%x: f16, %y: f16) -> (f16, f16) {
  %one = arith.constant 1.0 : f16
  %r = arith.divf %one, %y : f16
  %q = arith.divf %x, %y fastmath<arcp> : f16
  func.return %r, %q : f16, f16
}
