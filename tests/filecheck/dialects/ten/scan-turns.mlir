// From the custom form to the generic one and back.
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @turns(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[YS:%[^ ,:)]+]] = ten.scan [5] turns [[N]] reverse ([[H:%[^ ,:)]+]] = [[A]] : f64) over ([[X:%[^ ,:)]+]] = [[XS]] : tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[X]] : f64
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<2xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[BROADCAST]] : f64, tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[YS]] : f64, tensor<5x2xf64>
// CHECK-NEXT:  }
func.func @turns(%a: f64, %n: index, %xs: tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
  %c, %ys = ten.scan [5] turns %n reverse (%h = %a : f64) over (%x = %xs : tensor<5xf64>) -> (f64, tensor<5x2xf64>) {
    %0 = arith.mulf %h, %x : f64
    %1 = ten.broadcast %x dims [0] : f64 -> tensor<2xf64>
    ten.yield %0, %1 : f64, tensor<2xf64>
  }
  func.return %c, %ys : f64, tensor<5x2xf64>
}

// CHECK-LABEL: func.func @only_turns(
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<0xindex> {
// CHECK-NEXT:    [[YS:%.*]] = ten.scan [0] turns [[N]] () -> (tensor<0xindex>) {
// CHECK-NEXT:      ten.yield [[N]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[YS]] : tensor<0xindex>
// CHECK-NEXT:  }
func.func @only_turns(%n: index) -> tensor<0xindex> {
  %ys = ten.scan [0] turns %n () -> (tensor<0xindex>) {
    ten.yield %n : index
  }
  func.return %ys : tensor<0xindex>
}
