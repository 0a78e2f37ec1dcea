// RUN: letgrad-opt %s -p convert-upstream-to-ten --split-input-file --verify-diagnostics

func.func @escapes(%x: memref<2xf64>, %t: memref<1xmemref<2xf64>>) {
  // expected-error@-1 {{letgrad does not compute with memref<1xmemref<2xf64>>}}
  return
}

// -----

func.func @sizes_differ(%x: memref<2xf64>, %y: memref<3xf64>, %c: i1, %i: index) -> f64 {
  %p = memref.cast %x : memref<2xf64> to memref<?xf64>
  %q = memref.cast %y : memref<3xf64> to memref<?xf64>
  // expected-error@+1 {{letgrad must know the sizes of memory, and this is of [2] or of [3]}}
  %z = arith.select %c, %p, %q : memref<?xf64>
  %a = memref.load %z[%i] : memref<?xf64>
  return %a : f64
}

// -----

func.func @a_place_inside_of_a_branch(%x: memref<4xf64>, %c: i1, %i: index) -> f64 {
  // expected-error@+1 {{scf.if: a view of memory leaves a branch or a loop, and the place of the}}
  %z = scf.if %c -> memref<1xf64, strided<[1], offset: ?>> {
    %j = arith.addi %i, %i : index
    %v = memref.subview %x[%j] [1] [1] : memref<4xf64> to memref<1xf64, strided<[1], offset: ?>>
    scf.yield %v : memref<1xf64, strided<[1], offset: ?>>
  } else {
    %w = memref.subview %x[%i] [1] [1] : memref<4xf64> to memref<1xf64, strided<[1], offset: ?>>
    scf.yield %w : memref<1xf64, strided<[1], offset: ?>>
  }
  %k = arith.constant 0 : index
  %a = memref.load %z[%k] : memref<1xf64, strided<[1], offset: ?>>
  return %a : f64
}


// -----

func.func @one_memory_for_two_values(%x: memref<2xf64>, %y: memref<2xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error@+1 {{scf.for: a turn of the loop gives the memory that it allocates twice}}
  %a:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %x, %q = %y) -> (memref<2xf64>, memref<2xf64>) {
    %m = memref.alloc() : memref<2xf64>
    scf.yield %m, %m : memref<2xf64>, memref<2xf64>
  }
  %b = memref.load %a#0[%c0] : memref<2xf64>
  return %b : f64
}


// -----

func.func @unknown_size(%n: index) -> f64 {
  // expected-error@+1 {{memref.alloc: letgrad computes with fixed sizes; it must know the sizes}}
  %m = memref.alloc(%n) : memref<?xf64>
  %c0 = arith.constant 0 : index
  %a = memref.load %m[%c0] : memref<?xf64>
  return %a : f64
}

// -----

func.func @unknown_argument(%x: memref<?xf64>) {
  // expected-error@-1 {{the option sizes of convert-upstream-to-ten, or --sizes of letgrad, gives the sizes}}
  return
}

// -----

memref.global "private" constant @t : memref<2xf64> = dense<[1.0, 2.0]>
func.func @constant_memory(%a: f64, %i: index) {
  %t = memref.get_global @t : memref<2xf64>
  // expected-error@+1 {{memref.store: the program writes to memory that is constant}}
  memref.store %a, %t[%i] : memref<2xf64>
  return
}

// -----

func.func @two_entries(%c: i1, %x: f64) -> f64 {
  cf.cond_br %c, ^a, ^b
^a:
  // expected-error@+1 {{the program can enter this loop at two blocks}}
  cf.cond_br %c, ^b, ^c
^b:
  cf.br ^a
^c:
  return %x : f64
}

// -----

func.func private @unknown(memref<2xf64>)
func.func @declared(%x: memref<2xf64>) {
  // expected-error@+1 {{@unknown has no body}}
  func.call @unknown(%x) : (memref<2xf64>) -> ()
  return
}

// -----

func.func @recursive(%x: memref<2xf64>) {
  // expected-error@+1 {{@recursive calls itself}}
  func.call @recursive(%x) : (memref<2xf64>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?xf64>, %n: index) -> tensor<?xf64> {
  func.return %x : tensor<?xf64>
  // expected-error@-2 {{letgrad computes with fixed sizes, and not with tensor<?xf64>}}
}

// -----

// A vector whose size the machine decides.
// expected-error@+1 {{letgrad computes with fixed sizes, and not with vector<[4]xf64>}}
func.func @f(%x: vector<[4]xf64>) -> vector<[4]xf64> {
  func.return %x : vector<[4]xf64>
}

// -----

func.func @f(%x: memref<8xf64>) -> f64 {
  // expected-error@+1 {{the elements from 2 to 8 leave memory of 8 elements}}
  %v = memref.reinterpret_cast %x to offset: [2], sizes: [2, 2], strides: [5, 1]
    : memref<8xf64> to memref<2x2xf64, strided<[5, 1], offset: 2>>
  %a = affine.load %v[0, 0] : memref<2x2xf64, strided<[5, 1], offset: 2>>
  func.return %a : f64
}

// -----

func.func @f(%x: memref<8xf64>, %y: memref<2x2xf64>) {
  %v = memref.reinterpret_cast %x to offset: [0], sizes: [2, 2], strides: [1, 1]
    : memref<8xf64> to memref<2x2xf64, strided<[1, 1]>>
  // expected-error@+1 {{letgrad writes to a view whose strides are known and whose elements do not}}
  memref.copy %y, %v : memref<2x2xf64> to memref<2x2xf64, strided<[1, 1]>>
  func.return
}

// -----

func.func @f(%x: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{the views before and from byte 4 on overlap}}
  %b = memref.alloc() : memref<16xi8>
  %v = memref.view %b[%c0][] : memref<16xi8> to memref<1xf64>
  %w = memref.view %b[%c4][] : memref<16xi8> to memref<1xf64>
  func.return %x : f64
}

// -----

func.func private @g(%x: f64) -> f64 {
  %c = math.erfc %x : f64
  // expected-error@+1 {{@g calls itself}}
  %y = func.call @g(%c) : (f64) -> f64
  func.return %y : f64
}
func.func @f(%x: f64) -> f64 {
  %y = func.call @g(%x) : (f64) -> f64
  func.return %y : f64
}

// -----

func.func @another_rounding(%x: f64) -> f32 {
  // expected-error@+1 {{letgrad rounds to the nearest number, and not downward}}
  %y = arith.truncf %x downward : f64 to f32
  return %y : f32
}

// -----

func.func @elements_that_were_elided() -> tensor<2xf32> {
  // expected-error@+1 {{letgrad does not read the elements of dense_resource<__elided__>}}
  %x = arith.constant dense_resource<__elided__> : tensor<2xf32>
  return %x : tensor<2xf32>
}

// -----

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{letgrad rounds to the nearest number, and not upward}}
  %y = arith.addf %x, %x upward : f64
  func.return %y : f64
}

// -----

func.func @f() -> index {
  // expected-error@+1 {{letgrad computes with vectors of fixed sizes}}
  %y = vector.vscale
  func.return %y : index
}

// -----

func.func @f(%x: tensor<6xf64>, %n: tensor<2xindex>) -> tensor<?x?xf64> {
  // expected-error@+1 {{letgrad computes with fixed sizes; it must know the sizes}}
  %y = tensor.reshape %x(%n) : (tensor<6xf64>, tensor<2xindex>) -> tensor<?x?xf64>
  func.return %y : tensor<?x?xf64>
}
