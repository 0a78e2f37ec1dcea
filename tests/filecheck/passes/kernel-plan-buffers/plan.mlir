// Where intermediate values are: offsets into one arena; and what the function returns, apart.
// RUN: letgrad-opt %s -p kernel-plan-buffers | filecheck %s
// RUN: letgrad-opt %s -p kernel-plan-buffers,sharing-report 2>&1 >/dev/null | filecheck %s --check-prefix=REPORT

// %a ends at %b, so %c is where %a was; %b ends at %d, and so it is in the memory of that result.
// CHECK-LABEL: func.func @reused(
// CHECK-SAME:    attributes {letgrad.arena_bytes = 128 : i64, letgrad.peak_bytes = 296 : i64}
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    ten.cumsum %a dim 0 {buffers = ["result 0"]}
// CHECK-NEXT:    ten.cumsum %b dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    kernel.generic [10] (%i) store [0] {buffers = ["result"]}
// REPORT: remark: @reused: {{.*}} peak 296 bytes, 128 of them planned (without a plan 408)
func.func @reused(%x: tensor<10xf64>) -> (tensor<10xf64>, f64) {
  %a = ten.cumsum %x dim 0 : tensor<10xf64>
  %b = ten.cumsum %a dim 0 : tensor<10xf64>
  %c = ten.cumsum %b dim 0 : tensor<10xf64>
  %d = kernel.generic [10] (%i) store [0] : tensor<10xf64> {
    %u = kernel.load %b[%i] {in_bounds} : tensor<10xf64>
    %v = kernel.load %c[%i] {in_bounds} : tensor<10xf64>
    %w = arith.addf %u, %v : f64
    kernel.yield %w : f64
  }
  %k = arith.constant 1.0 : f64
  func.return %d, %k : tensor<10xf64>, f64
}

// The nest reads each element of %a at the point that stores the same element.
// CHECK-LABEL: func.func @in_place(
// CHECK-SAME:    letgrad.arena_bytes = 192 : i64
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    kernel.generic [3, 7] (%i, %j) store [0, 1], add [] {buffers = [0 : i64, "result"]}
// CHECK:         ten.cumsum %b dim 0 {buffers = ["result"]}
func.func @in_place(%x: tensor<3x7xf64>) -> (tensor<3x7xf64>, f64) {
  %a = ten.cumsum %x dim 0 : tensor<3x7xf64>
  %b, %s = kernel.generic [3, 7] (%i, %j) store [0, 1], add [] : tensor<3x7xf64>, f64 {
    %u = kernel.load %a[%i, %j] {in_bounds} : tensor<3x7xf64>
    %v = kernel.load %x[%i, %j] {in_bounds} : tensor<3x7xf64>
    %w = arith.addf %u, %v : f64
    kernel.yield %w, %u : f64, f64
  }
  %c = ten.cumsum %b dim 0 : tensor<3x7xf64>
  func.return %c, %s : tensor<3x7xf64>, f64
}

// Another point reads the element, before or after it is stored.
// CHECK-LABEL: func.func @read_elsewhere_stays_apart(
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    kernel.generic [5, 5] (%i, %j) store [0, 1] {buffers = [256 : i64]}
func.func @read_elsewhere_stays_apart(%x: tensor<5x5xf64>) -> tensor<5x5xf64> {
  %a = ten.cumsum %x dim 0 : tensor<5x5xf64>
  %b = kernel.generic [5, 5] (%i, %j) store [0, 1] : tensor<5x5xf64> {
    %u = kernel.load %a[%i, %j] {in_bounds} : tensor<5x5xf64>
    %v = kernel.load %a[%j, %i] {in_bounds} : tensor<5x5xf64>
    %w = arith.addf %u, %v : f64
    kernel.yield %w : f64
  }
  %c = ten.cumsum %b dim 0 : tensor<5x5xf64>
  func.return %c : tensor<5x5xf64>
}

// %a is read once more after the nest.
// CHECK-LABEL: func.func @read_later_stays_apart(
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    kernel.generic [9] (%i) store [0] {buffers = [128 : i64]}
func.func @read_later_stays_apart(%x: tensor<9xf64>) -> (tensor<9xf64>, tensor<9xf64>) {
  %a = ten.cumsum %x dim 0 : tensor<9xf64>
  %b = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %u = kernel.load %a[%i] {in_bounds} : tensor<9xf64>
    %w = math.sin %u : f64
    kernel.yield %w : f64
  }
  %c = ten.cumsum %b dim 0 : tensor<9xf64>
  %d = ten.cumsum %a dim 0 : tensor<9xf64>
  func.return %c, %d : tensor<9xf64>, tensor<9xf64>
}

// A value of another type has no place to be written over, but two results may have those of two operands.
// CHECK-LABEL: func.func @types_and_pairs(
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = ["result 0"]}
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    kernel.generic [6] (%i) store [0], store [0], store [0] {buffers = ["result 0", 0 : i64, 64 : i64]}
func.func @types_and_pairs(%x: tensor<6xf64>) -> tensor<6xf64> {
  %a = ten.cumsum %x dim 0 : tensor<6xf64>
  %b = ten.cumsum %x dim 0 : tensor<6xf64>
  %c, %d, %e = kernel.generic [6] (%i) store [0], store [0], store [0] : tensor<6xf64>, tensor<6xf64>, tensor<6xf32> {
    %u = kernel.load %a[%i] {in_bounds} : tensor<6xf64>
    %v = kernel.load %b[%i] {in_bounds} : tensor<6xf64>
    %w = arith.truncf %u : f64 to f32
    kernel.yield %v, %u, %w : f64, f64, f32
  }
  %f = kernel.generic [6] (%i) store [0] : tensor<6xf64> {
    %u = kernel.load %c[%i] {in_bounds} : tensor<6xf64>
    %v = kernel.load %d[%i] {in_bounds} : tensor<6xf64>
    %w = kernel.load %e[%i] {in_bounds} : tensor<6xf32>
    %z = arith.extf %w : f32 to f64
    %s = arith.addf %u, %v : f64
    %t = arith.addf %s, %z : f64
    kernel.yield %t : f64
  }
  func.return %f : tensor<6xf64>
}

// A value without bytes takes no memory. A value that nothing reads is free after its op.
// CHECK-LABEL: func.func @empty_and_unused(
// CHECK-SAME:    letgrad.arena_bytes = 64 : i64
// CHECK-NEXT:    ten.cumsum %e dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = [0 : i64]}
func.func @empty_and_unused(%x: tensor<3xf32>, %e: tensor<0xf32>) -> tensor<3xf32> {
  %a = ten.cumsum %e dim 0 : tensor<0xf32>
  %b = ten.cumsum %x dim 0 : tensor<3xf32>
  %c = ten.cumsum %x dim 0 : tensor<3xf32>
  func.return %x : tensor<3xf32>
}

// The array that one nest after the other changes is in the memory of the result from its first op on.
// CHECK-LABEL: func.func @chain_to_result(
// CHECK-SAME:    letgrad.arena_bytes = 0 : i64
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = ["result 0"]}
// CHECK-NEXT:    kernel.generic [9] (%i) store [0] {buffers = ["result 0"]}
// CHECK:         kernel.generic [9] ({{.*}}) store [0] {buffers = ["result"]}
func.func @chain_to_result(%x: tensor<9xf64>) -> tensor<9xf64> {
  %a = ten.cumsum %x dim 0 : tensor<9xf64>
  %b = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %u = kernel.load %a[%i] {in_bounds} : tensor<9xf64>
    %w = math.sin %u : f64
    kernel.yield %w : f64
  }
  %c = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %u = kernel.load %b[%i] {in_bounds} : tensor<9xf64>
    %w = math.cos %u : f64
    kernel.yield %w : f64
  }
  func.return %c : tensor<9xf64>
}

// A loop writes over the value with which its carried value begins, and its body over the one before.
// CHECK-LABEL: func.func @loop(
// CHECK-NEXT:    ten.cumsum %x dim 0 {buffers = ["result 0"]}
// CHECK-NEXT:    ten.scan [4] (%c = %a : tensor<9xf64>) {buffers = ["result"]}
func.func @loop(%x: tensor<9xf64>) -> tensor<9xf64> {
  %a = ten.cumsum %x dim 0 : tensor<9xf64>
  %r = ten.scan [4] (%c = %a : tensor<9xf64>) -> (tensor<9xf64>) {
    %n = func.call @body(%c) : (tensor<9xf64>) -> tensor<9xf64>
    ten.yield %n : tensor<9xf64>
  }
  func.return %r : tensor<9xf64>
}

// CHECK-LABEL: func.func private @body(
// CHECK-SAME:    attributes {letgrad.in_place = array<i64: 0, 0>, letgrad.arena_bytes = 0 : i64
func.func private @body(%c: tensor<9xf64>) -> tensor<9xf64> {
  %n = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %u = kernel.load %c[%i] {in_bounds} : tensor<9xf64>
    %w = math.sin %u : f64
    kernel.yield %w : f64
  }
  func.return %n : tensor<9xf64>
}

// Another call of the body gives it other arrays; a step that reads elsewhere needs two buffers.
// CHECK-LABEL: func.func @called_twice_stays(
// CHECK-NEXT:    ten.scan [4] (%c = %x : tensor<9xf64>) {buffers = ["result"]}
func.func @called_twice_stays(%x: tensor<9xf64>) -> (tensor<9xf64>, tensor<9xf64>) {
  %r = ten.scan [4] (%c = %x : tensor<9xf64>) -> (tensor<9xf64>) {
    %n = func.call @body_called_twice(%c) : (tensor<9xf64>) -> tensor<9xf64>
    ten.yield %n : tensor<9xf64>
  }
  %s = func.call @body_called_twice(%x) : (tensor<9xf64>) -> tensor<9xf64>
  %t = ten.scan [4] (%c = %x : tensor<9xf64>) -> (tensor<9xf64>) {
    %n = func.call @body_reversing(%c) : (tensor<9xf64>) -> tensor<9xf64>
    ten.yield %n : tensor<9xf64>
  }
  %u = ten.cumsum %s dim 0 : tensor<9xf64>
  func.return %r, %t : tensor<9xf64>, tensor<9xf64>
}

// CHECK-LABEL: func.func private @body_called_twice(
// CHECK-SAME:    attributes {letgrad.arena_bytes = 0 : i64
func.func private @body_called_twice(%c: tensor<9xf64>) -> tensor<9xf64> {
  %n = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %u = kernel.load %c[%i] {in_bounds} : tensor<9xf64>
    %w = math.sin %u : f64
    kernel.yield %w : f64
  }
  func.return %n : tensor<9xf64>
}

// CHECK-LABEL: func.func private @body_reversing(
// CHECK-SAME:    attributes {letgrad.arena_bytes = 0 : i64
func.func private @body_reversing(%c: tensor<9xf64>) -> tensor<9xf64> {
  %n = kernel.generic [9] (%i) store [0] : tensor<9xf64> {
    %k = arith.constant 8 : index
    %j = arith.subi %k, %i : index
    %u = kernel.load %c[%j] {in_bounds} : tensor<9xf64>
    kernel.yield %u : f64
  }
  func.return %n : tensor<9xf64>
}

// Transforms of pairs write over their operand; a real one gives another type.
// CHECK-LABEL: func.func @transforms
// CHECK:       ten.fft real, %x dims [1] {buffers = [0 : i64]}
// CHECK:       ten.fft forward, {{.*}} dims [0] {buffers = [0 : i64]}
// CHECK:       ten.fft hermitian, {{.*}} dims [1] {buffers = ["result 0"]}
// CHECK:       ten.dct cosine2, {{.*}} dims [1] {buffers = ["result 0"]}
// CHECK:       ten.dct cosine3, {{.*}} dims [1] {buffers = ["result"]}
func.func @transforms(%x: tensor<8x6xf64>) -> tensor<8x6xf64> {
  %a = ten.fft real, %x dims [1] : tensor<8x6xf64> -> tensor<8x4x2xf64>
  %b = ten.fft forward, %a dims [0] : tensor<8x4x2xf64> -> tensor<8x4x2xf64>
  %c = ten.fft hermitian, %b dims [1] : tensor<8x4x2xf64> -> tensor<8x6xf64>
  %d = ten.dct cosine2, %c dims [1] : tensor<8x6xf64> -> tensor<8x6xf64>
  %e = ten.dct cosine3, %d dims [1] : tensor<8x6xf64> -> tensor<8x6xf64>
  func.return %e : tensor<8x6xf64>
}

// Factors write over their matrix, and solutions over their right sides.
// CHECK-LABEL: func.func @factors
// CHECK:       kernel.generic {{.*}}{buffers = [0 : i64]}
// CHECK:       ten.lu columns %a {buffers = [512 : i64, 0 : i64]}
// CHECK:       kernel.generic {{.*}}{buffers = ["result 0"]}
// CHECK:       ten.triangular_solve lower, {{.*}} {buffers = ["result"]}
func.func @factors(%x: tensor<8x8xf64>, %y: tensor<8x6xf64>) -> tensor<8x6xf64> {
  %a = kernel.generic [8, 8] (%i, %j) store [0, 1] : tensor<8x8xf64> {
    %u = kernel.load %x[%i, %j] {in_bounds} : tensor<8x8xf64>
    %v = arith.addf %u, %u : f64
    kernel.yield %v : f64
  }
  %order, %packed = ten.lu columns %a : tensor<8x8xf64> -> tensor<8xi64>, tensor<8x8xf64>
  %b = kernel.generic [8, 6] (%i, %j) store [0, 1] : tensor<8x6xf64> {
    %u = kernel.load %y[%i, %j] {in_bounds} : tensor<8x6xf64>
    %v = arith.addf %u, %u : f64
    kernel.yield %v : f64
  }
  %z = ten.triangular_solve lower, %packed, %b : tensor<8x8xf64>, tensor<8x6xf64> -> tensor<8x6xf64>
  func.return %z : tensor<8x6xf64>
}

// The matrix of a triangular system is read until the end, also as its own right side.
// CHECK-LABEL: func.func @matrix_of_a_system_stays
// CHECK:       ten.cholesky {{.*}} {buffers = [0 : i64]}
// CHECK:       ten.triangular_solve lower, {{.*}} {buffers = ["result"]}
func.func @matrix_of_a_system_stays(%x: tensor<8x8xf64>) -> tensor<8x8xf64> {
  %a = ten.cholesky %x : tensor<8x8xf64> -> tensor<8x8xf64>
  %z = ten.triangular_solve lower, %a, %a : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  func.return %z : tensor<8x8xf64>
}
