// RUN: letgrad-opt %s -p kernel-find-recurrences --check-semantics --split-input-file | filecheck %s

// CHECK-LABEL: func.func @product_and_sum(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[BS:%[^ ,:)]+]]: tensor<9xf64>) -> (f64, tensor<9xf64>) {
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [9] [[H0]] mul [[AS]] add [[BS]] : f64, tensor<9xf64>, tensor<9xf64> -> (f64, tensor<9xf64>)
// CHECK-NEXT:    [[T:%.*]] = arith.mulf [[C]], [[AS]] : tensor<9xf64>
// CHECK-NEXT:    [[N:%.*]] = arith.addf [[T]], [[BS]] : tensor<9xf64>
// CHECK-NEXT:    func.return [[H]], [[N]] : f64, tensor<9xf64>
// CHECK-NEXT:  }
func.func @product_and_sum(%h0: f64, %as: tensor<9xf64>, %bs: tensor<9xf64>) -> (f64, tensor<9xf64>) {
  %h, %ys = ten.scan [9] (%c = %h0 : f64) over (%a = %as : tensor<9xf64>, %b = %bs : tensor<9xf64>) -> (f64, tensor<9xf64>) {
    %t = arith.mulf %c, %a : f64
    %n = arith.addf %t, %b : f64
    ten.yield %n, %n : f64, f64
  }
  func.return %h, %ys : f64, tensor<9xf64>
}

// -----

// The mask that keeps 0 times infinity at 0.
// CHECK-LABEL: func.func @settle(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<8x3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [8] reverse [[H0]] mark mul [[AS]] settle : tensor<3xf64>, tensor<8x3xf64> -> (tensor<3xf64>, tensor<8x3xf64>)
// CHECK-NEXT:    func.return [[H]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @settle(%h0: tensor<3xf64>, %as: tensor<8x3xf64>) -> tensor<3xf64> {
  %zero = arith.constant dense<0.0> : tensor<3xf64>
  %h = ten.scan [8] reverse (%c = %h0 : tensor<3xf64>) over (%a = %as : tensor<8x3xf64>) -> (tensor<3xf64>) {
    %p = arith.mulf %a, %c : tensor<3xf64>
    %number = ten.compare ord, %p, %p : tensor<3xf64>
    %nonzero = ten.compare une, %c, %zero : tensor<3xf64>
    %right = arith.ori %number, %nonzero : tensor<3xi1>
    %n = ten.select %right, %p, %zero : tensor<3xi1>, tensor<3xf64>
    ten.yield %n : tensor<3xf64>
  }
  func.return %h : tensor<3xf64>
}

// -----

// CHECK-LABEL: func.func @maximum_of_sum(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<10xf32>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [10] [[H0]] add [[AS]] max [[K]] : f32, tensor<10xf32>, f32 -> (f32, tensor<10xf32>)
// CHECK-NEXT:    func.return [[H]] : f32
// CHECK-NEXT:  }
func.func @maximum_of_sum(%h0: f32, %as: tensor<10xf32>, %k: f32) -> f32 {
  %h = ten.scan [10] (%c = %h0 : f32) over (%a = %as : tensor<10xf32>) -> (f32) {
    %t = arith.addf %a, %c : f32
    %n = arith.maximumf %t, %k : f32
    ten.yield %n : f32
  }
  func.return %h : f32
}

// -----

// CHECK-LABEL: func.func @selected(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[MS:%[^ ,:)]+]]: tensor<9xi1>,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<9xf64>) -> f64 {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant -0.000000e+00 : f64
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[CONSTANT]] dims [0] : f64 -> tensor<9xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[MS]], [[BROADCAST]], [[AS]] : tensor<9xi1>, tensor<9xf64>
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [9] [[H0]] void [[MS]] add [[SELECT]] : f64, tensor<9xi1>, tensor<9xf64> -> (f64, tensor<9xf64>)
// CHECK-NEXT:    func.return [[H]] : f64
// CHECK-NEXT:  }
func.func @selected(%h0: f64, %ms: tensor<9xi1>, %as: tensor<9xf64>) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) over (%m = %ms : tensor<9xi1>, %a = %as : tensor<9xf64>) -> (f64) {
    %n = arith.select %m, %c, %a : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @two_sides(
// CHECK-SAME: [[H0:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant -1.000000e+00 : f64
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [9] [[H0]] mark mul [[CONSTANT]] add [[AS]] mul [[K]] swap add [[AS]] join : f64, f64, tensor<9xf64>, f64, tensor<9xf64> -> (f64, tensor<9xf64>)
// CHECK-NEXT:    func.return [[H]] : f64
// CHECK-NEXT:  }
func.func @two_sides(%h0: f64, %as: tensor<9xf64>, %k: f64) -> f64 {
  %h = ten.scan [9] (%c = %h0 : f64) over (%a = %as : tensor<9xf64>) -> (f64) {
    %d = arith.subf %a, %c : f64
    %s = arith.mulf %d, %k : f64
    %t = arith.addf %c, %a : f64
    %n = arith.addf %t, %s : f64
    ten.yield %n : f64
  }
  func.return %h : f64
}

// -----

// CHECK-LABEL: func.func @one_after_the_other(
// CHECK-SAME: [[P0:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Q0:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[AS:%[^ ,:)]+]]: tensor<9xf64>) -> f64 {
// CHECK-NEXT:    [[Q:%[^ ,:)]+]], [[D:%[^ ,:)]+]] = kernel.recurrence [9] [[Q0]] add [[AS]] : f64, tensor<9xf64> -> (f64, tensor<9xf64>)
// CHECK-NEXT:    [[P:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = kernel.recurrence [9] [[P0]] mul [[D]] : f64, tensor<9xf64> -> (f64, tensor<9xf64>)
// CHECK-NEXT:    func.return [[P]] : f64
// CHECK-NEXT:  }
func.func @one_after_the_other(%p0: f64, %q0: f64, %as: tensor<9xf64>) -> f64 {
  %p, %q = ten.scan [9] (%c = %p0 : f64, %d = %q0 : f64) over (%a = %as : tensor<9xf64>) -> (f64, f64) {
    %m = arith.mulf %c, %d : f64
    %n = arith.addf %d, %a : f64
    ten.yield %m, %n : f64, f64
  }
  func.return %p : f64
}
