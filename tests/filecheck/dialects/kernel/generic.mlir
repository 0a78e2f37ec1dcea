// From the custom form to the generic one and back.
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @generic(
// CHECK-NEXT:    %r, %s = kernel.generic [5, 7] (%i, %j) store [1, 0], add [0] : tensor<7x5xf64>, tensor<5xf64> {
// CHECK-NEXT:      %a = kernel.load %x[%i, %j] {in_bounds} : tensor<5x7xf64>
// CHECK-NEXT:      %b = kernel.load %x[%n, %j] : tensor<5x7xf64>
// CHECK-NEXT:      %c = arith.mulf %a, %k : f64
// CHECK-NEXT:      kernel.yield %c, %b : f64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r, %s : tensor<7x5xf64>, tensor<5xf64>
func.func @generic(%x: tensor<5x7xf64>, %k: f64, %n: index) -> (tensor<7x5xf64>, tensor<5xf64>) {
  %r, %s = kernel.generic [5, 7] (%i, %j) store [1, 0], add [0] : tensor<7x5xf64>, tensor<5xf64> {
    %a = kernel.load %x[%i, %j] {in_bounds} : tensor<5x7xf64>
    %b = kernel.load %x[%n, %j] : tensor<5x7xf64>
    %c = arith.mulf %a, %k : f64
    kernel.yield %c, %b : f64, f64
  }
  func.return %r, %s : tensor<7x5xf64>, tensor<5xf64>
}

// CHECK-LABEL: func.func @every_combiner(
// CHECK-NEXT:    %r, %r_1, %r_2, %r_3 = kernel.generic [3] (%i) add [], mul [], max [], min [] : i32, i32, i32, i32 {
// CHECK-NEXT:      %a = kernel.load %x[%i] {in_bounds} : tensor<3xi32>
// CHECK-NEXT:      kernel.yield %a, %a, %a, %a : i32, i32, i32, i32
// CHECK-NEXT:    }
// CHECK-NEXT:    %s, %s_1 = kernel.generic [3] (%i_1) any [], all [] {note = 1 : i64} : i1, i1 {
// CHECK-NEXT:      %a_1 = kernel.load %b[%i_1] {in_bounds} : tensor<3xi1>
// CHECK-NEXT:      kernel.yield %a_1, %a_1 : i1, i1
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return
func.func @every_combiner(%x: tensor<3xi32>, %b: tensor<3xi1>) {
  %r:4 = kernel.generic [3] (%i) add [], mul [], max [], min [] : i32, i32, i32, i32 {
    %a = kernel.load %x[%i] {in_bounds} : tensor<3xi32>
    kernel.yield %a, %a, %a, %a : i32, i32, i32, i32
  }
  %s:2 = kernel.generic [3] (%i) any [], all [] {note = 1} : i1, i1 {
    %a = kernel.load %b[%i] {in_bounds} : tensor<3xi1>
    kernel.yield %a, %a : i1, i1
  }
  func.return
}

// CHECK-LABEL: func.func @no_loops(
// CHECK-NEXT:    %r = kernel.generic [] () store [] : f32 {
// CHECK-NEXT:      %a = kernel.load %k[] : f32
// CHECK-NEXT:      kernel.yield %a : f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : f32
func.func @no_loops(%k: f32) -> f32 {
  %r = kernel.generic [] () store [] : f32 {
    %a = kernel.load %k[] : f32
    kernel.yield %a : f32
  }
  func.return %r : f32
}

// CHECK-LABEL: func.func @no_iterations(
// CHECK-NEXT:    %r = kernel.generic [0, 2] (%i, %j) store [0, 1] : tensor<0x2xi8> {
// CHECK-NEXT:      kernel.yield %k : i8
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<0x2xi8>
func.func @no_iterations(%k: i8) -> tensor<0x2xi8> {
  %r = kernel.generic [0, 2] (%i, %j) store [0, 1] : tensor<0x2xi8> {
    kernel.yield %k : i8
  }
  func.return %r : tensor<0x2xi8>
}
