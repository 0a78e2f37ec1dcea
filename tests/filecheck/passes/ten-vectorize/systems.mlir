// RUN: letgrad-opt %s -p ten-vectorize --split-input-file | filecheck %s

// Each index has a system of its own: the dimensions of the build come in front of the batch. The
// functions get them too, and %w, which is the same for all.
// CHECK-LABEL: func.func private @f(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<2x5xf64> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[W]] dims [0] : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[X]], [[BROADCAST]] : tensor<2x5xf64>
// CHECK-NEXT:    func.return [[SUBF]] : tensor<2x5xf64>
// CHECK-NEXT:  }
func.func private @f(%x: tensor<2x5xf64>, %w: tensor<5xf64>) -> tensor<2x5xf64> {
  %0 = ten.broadcast %w dims [0] : tensor<5xf64> -> tensor<2x5xf64>
  %1 = arith.subf %x, %0 : tensor<2x5xf64>
  func.return %1 : tensor<2x5xf64>
}

// CHECK-LABEL: func.func @in_bulk(
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<3x2x5xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<3x2x5xf64> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[W]] dims [0] : tensor<5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    [[Y:%.*]] = delta.implicit @f_batched_3([[XS]], [[BROADCAST]]) batch 2 by dense : (tensor<3x2x5xf64>, tensor<3x5xf64>) -> tensor<3x2x5xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<3x2x5xf64>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @f_batched_3(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x2x5xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x5xf64>) -> tensor<3x2x5xf64> attributes {letgrad.batch_of = @f} {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[W]] dims [1] : tensor<3x5xf64> -> tensor<3x2x5xf64>
// CHECK-NEXT:    [[SUBF:%.*]] = arith.subf [[X]], [[BROADCAST]] : tensor<3x2x5xf64>
// CHECK-NEXT:    func.return [[SUBF]] : tensor<3x2x5xf64>
// CHECK-NEXT:  }
func.func @in_bulk(%xs: tensor<3x2x5xf64>, %w: tensor<5xf64>) -> tensor<3x2x5xf64> {
  %y = ten.build [3] (%i) : tensor<3x2x5xf64> {
    %x = ten.index %xs[%i] : tensor<3x2x5xf64> -> tensor<2x5xf64>
    %0 = delta.implicit @f(%x, %w) batch 1 by dense : (tensor<2x5xf64>, tensor<5xf64>) -> tensor<2x5xf64>
    ten.yield %0 : tensor<2x5xf64>
  }
  func.return %y : tensor<3x2x5xf64>
}

// -----

// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: f64, [[V:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
func.func private @a(%w: f64, %v: f64) -> f64 {
  %0 = arith.mulf %w, %v : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @solve(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<7xf64>, [[W:%[^ ,:)]+]]: f64) -> tensor<7xf64> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[W]] dims [0] : f64 -> tensor<7xf64>
// CHECK-NEXT:    [[Y:%.*]] = delta.solve @a_batched_7, @a_batched_7([[B]], [[BROADCAST]]) batch 1 : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @a_batched_7(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<7xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> attributes {letgrad.batch_of = @a} {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : tensor<7xf64>
// CHECK-NEXT:    func.return [[MULF]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @solve(%b: tensor<7xf64>, %w: f64) -> tensor<7xf64> {
  %y = ten.build [7] (%i) : tensor<7xf64> {
    %x = ten.index %b[%i] : tensor<7xf64> -> f64
    %0 = delta.solve @a, @a(%x, %w) : (f64, f64) -> f64
    ten.yield %0 : f64
  }
  func.return %y : tensor<7xf64>
}

// -----

// A system that is the same for all indices is solved once.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: f64, [[V:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
func.func private @a(%w: f64, %v: f64) -> f64 {
  %0 = arith.mulf %w, %v : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @once_stays(
// CHECK-SAME: [[B:%[^ ,:)]+]]: f64, [[W:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[SOLVE:%.*]] = delta.solve @a([[B]], [[B]]) : (f64, f64) -> f64
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[SOLVE]] dims [0] : f64 -> tensor<7xf64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[BROADCAST]], [[W]] : tensor<7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @once_stays(%b: f64, %w: tensor<7xf64>) -> tensor<7xf64> {
  %y = ten.build [7] (%i) : tensor<7xf64> {
    %0 = delta.solve @a(%b, %b) : (f64, f64) -> f64
    %x = ten.index %w[%i] : tensor<7xf64> -> f64
    %1 = arith.mulf %0, %x : f64
    ten.yield %1 : f64
  }
  func.return %y : tensor<7xf64>
}
