// Plans with an error, each found at its op.
// RUN: letgrad-opt %s -p kernel-verify-buffers --split-input-file --verify-diagnostics

// A plan that is right.
func.func @right(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 256 : i64} {
  %a = ten.cumsum %x dim 0 {buffers = [128 : i64]} : tensor<10xf64>
  %b = ten.cumsum %a dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  %c = ten.cumsum %b dim 0 {buffers = ["result"]} : tensor<10xf64>
  func.return %c : tensor<10xf64>
}

// -----

// A library op does not write over what it reads.
func.func @in_place(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 256 : i64} {
  // expected-note@+1 {{the other buffer is made here}}
  %a = ten.cumsum %x dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  // expected-error@+1 {{ten.cumsum: result 0 overlaps a buffer that still lives: bytes 0 to 128, and 0 to 128}}
  %b = ten.cumsum %a dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  %c = ten.cumsum %b dim 0 {buffers = ["result"]} : tensor<10xf64>
  func.return %c : tensor<10xf64>
}

// -----

// The end of one is in the other.
func.func @partly(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 256 : i64} {
  // expected-note@+1 {{the other buffer is made here}}
  %a = ten.cumsum %x dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  // expected-error@+1 {{result 0 overlaps a buffer that still lives: bytes 64 to 192, and 0 to 128}}
  %b = ten.cumsum %x dim 0 {buffers = [64 : i64]} : tensor<10xf64>
  %c = kernel.generic [10] (%i) store [0] {buffers = ["result"]} : tensor<10xf64> {
    %u = kernel.load %a[%i] {in_bounds} : tensor<10xf64>
    %v = kernel.load %b[%i] {in_bounds} : tensor<10xf64>
    %w = arith.addf %u, %v : f64
    kernel.yield %w : f64
  }
  func.return %c : tensor<10xf64>
}

// -----

// A nest may write over %a only at the element that it read: here it reads the reverse.
func.func @over_another_element(%x: tensor<8xf64>) -> tensor<8xf64> attributes {letgrad.arena_bytes = 64 : i64} {
  %n = arith.constant 7 : index
  // expected-note@+1 {{the other buffer is made here}}
  %a = ten.cumsum %x dim 0 {buffers = [0 : i64]} : tensor<8xf64>
  // expected-error@+1 {{kernel.generic: result 0 overlaps a buffer that still lives: bytes 0 to 64, and 0 to 64}}
  %b = kernel.generic [8] (%i) store [0] {buffers = [0 : i64]} : tensor<8xf64> {
    %j = arith.subi %n, %i : index
    %u = kernel.load %a[%j] {in_bounds} : tensor<8xf64>
    kernel.yield %u : f64
  }
  %c = ten.cumsum %b dim 0 {buffers = ["result"]} : tensor<8xf64>
  func.return %c : tensor<8xf64>
}

// -----

func.func @outside(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 64 : i64} {
  // expected-error@+1 {{bytes 0 to 128 are no aligned part of an arena of 64}}
  %a = ten.cumsum %x dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  %b = ten.cumsum %a dim 0 {buffers = ["result"]} : tensor<10xf64>
  func.return %b : tensor<10xf64>
}

// -----

func.func @returned(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 128 : i64} {
  // expected-error@+1 {{ten.cumsum: result 0 is returned, and is planned otherwise}}
  %a = ten.cumsum %x dim 0 {buffers = [0 : i64]} : tensor<10xf64>
  func.return %a : tensor<10xf64>
}

// -----

func.func @no_plan_here(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 128 : i64} {
  // expected-error@+1 {{ten.cumsum has no plan for its 1 results}}
  %a = ten.cumsum %x dim 0 : tensor<10xf64>
  func.return %a : tensor<10xf64>
}

// -----

// expected-error@+1 {{@no_plan has no plan of its buffers}}
func.func @no_plan(%x: f64) -> f64 {
  func.return %x : f64
}

// -----

func.func @nonsense(%x: tensor<10xf64>) -> tensor<10xf64> attributes {letgrad.arena_bytes = 128 : i64} {
  // expected-error@+1 {{ten.cumsum: a buffer is an offset, or "result", not "here"}}
  %a = ten.cumsum %x dim 0 {buffers = ["here"]} : tensor<10xf64>
  func.return %a : tensor<10xf64>
}

// -----

// Values may be in the memory of a result before the result, one after the other.
func.func @before_the_result(%x: tensor<8xf64>) -> tensor<8xf64> attributes {letgrad.arena_bytes = 0 : i64} {
  %a = ten.cumsum %x dim 0 {buffers = ["result 0"]} : tensor<8xf64>
  %b = kernel.generic [8] (%i) store [0] {buffers = ["result"]} : tensor<8xf64> {
    %u = kernel.load %a[%i] {in_bounds} : tensor<8xf64>
    kernel.yield %u : f64
  }
  func.return %b : tensor<8xf64>
}

// -----

// The library op reads %a while it writes the result.
func.func @result_over_operand(%x: tensor<8xf64>) -> tensor<8xf64> attributes {letgrad.arena_bytes = 0 : i64} {
  // expected-note@+1 {{the other buffer is made here}}
  %a = ten.cumsum %x dim 0 {buffers = ["result 0"]} : tensor<8xf64>
  // expected-error@+1 {{ten.cumsum: result 0 overlaps a buffer that still lives: that of result 0}}
  %b = ten.cumsum %a dim 0 {buffers = ["result"]} : tensor<8xf64>
  func.return %b : tensor<8xf64>
}

// -----

// The argument is in the memory of the result, and another op reads it after the result is there.
// expected-note@+1 {{the other buffer is made here}}
func.func @argument_read_later(%x: tensor<8xf64>) -> (tensor<8xf64>, tensor<8xf64>) attributes {letgrad.in_place = array<i64: 0, 0>, letgrad.arena_bytes = 0 : i64} {
  // expected-error@+1 {{kernel.generic: result 0 overlaps a buffer that still lives: that of result 0}}
  %a = kernel.generic [8] (%i) store [0] {buffers = ["result"]} : tensor<8xf64> {
    %u = kernel.load %x[%i] {in_bounds} : tensor<8xf64>
    kernel.yield %u : f64
  }
  %b = ten.cumsum %x dim 0 {buffers = ["result"]} : tensor<8xf64>
  func.return %a, %b : tensor<8xf64>, tensor<8xf64>
}

// -----

func.func @no_room(%x: tensor<9xf64>) -> tensor<9xf64> attributes {letgrad.arena_bytes = 0 : i64} {
  // expected-error@+1 {{ten.cumsum: result 0 has no room in result 1}}
  %a = ten.cumsum %x dim 0 {buffers = ["result 1"]} : tensor<9xf64>
  %b = ten.cumsum %a dim 0 {buffers = ["result"]} : tensor<9xf64>
  func.return %b : tensor<9xf64>
}
