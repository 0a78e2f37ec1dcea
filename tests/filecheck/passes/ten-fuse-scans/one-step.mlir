// RUN: letgrad-opt %s -p ten-fuse-scans | filecheck %s

// CHECK-LABEL: func.func @one_step(
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<1x3xf64>) -> tensor<1x3xf64> {
// CHECK-NEXT:    [[YS:%[^ ,:)]+]], [[ZS:%[^ ,:)]+]] = ten.scan [1] () over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<1x3xf64>) -> (tensor<1x3xf64>, tensor<1x3xf64>) {
// CHECK-NEXT:      [[Y:%.*]] = math.sin [[X]] : tensor<3xf64>
// CHECK-NEXT:      [[Z:%.*]] = math.cos [[Y]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[Y]], [[Z]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[ZS]] : tensor<1x3xf64>
// CHECK-NEXT:  }
func.func @one_step(%xs: tensor<1x3xf64>) -> tensor<1x3xf64> {
  %ys = ten.scan [1] () over (%x = %xs : tensor<1x3xf64>) -> (tensor<1x3xf64>) {
    %y = math.sin %x : tensor<3xf64>
    ten.yield %y : tensor<3xf64>
  }
  %zs = ten.scan [1] () over (%y = %ys : tensor<1x3xf64>) -> (tensor<1x3xf64>) {
    %z = math.cos %y : tensor<3xf64>
    ten.yield %z : tensor<3xf64>
  }
  func.return %zs : tensor<1x3xf64>
}

// In one loop, the derivative would keep the values of both steps at the same time.
// CHECK-LABEL: func.func @one_step_with_checkpoint_stays(
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<1x3xf64>) -> tensor<1x3xf64> {
// CHECK-NEXT:    [[YS:%.*]] = ten.scan [1] () over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<1x3xf64>) {checkpoint = 1 : i64} -> (tensor<1x3xf64>) {
// CHECK-NEXT:      [[Y:%.*]] = math.sin [[X]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[Y]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[ZS:%.*]] = ten.scan [1] () over ([[Y_1:%[^ ,:)]+]] = [[YS]] : tensor<1x3xf64>) {checkpoint = 1 : i64} -> (tensor<1x3xf64>) {
// CHECK-NEXT:      [[Z:%.*]] = math.cos [[Y_1]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[Z]] : tensor<3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[ZS]] : tensor<1x3xf64>
// CHECK-NEXT:  }
func.func @one_step_with_checkpoint_stays(%xs: tensor<1x3xf64>) -> tensor<1x3xf64> {
  %ys = ten.scan [1] () over (%x = %xs : tensor<1x3xf64>) {checkpoint = 1 : i64} -> (tensor<1x3xf64>) {
    %y = math.sin %x : tensor<3xf64>
    ten.yield %y : tensor<3xf64>
  }
  %zs = ten.scan [1] () over (%y = %ys : tensor<1x3xf64>) {checkpoint = 1 : i64} -> (tensor<1x3xf64>) {
    %z = math.cos %y : tensor<3xf64>
    ten.yield %z : tensor<3xf64>
  }
  func.return %zs : tensor<1x3xf64>
}
