// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s

// ten.cast reads signed numbers: what is negative is halved, its last bit kept, and doubled.
// CHECK-LABEL: func.func @unsigned_64_bits(
// CHECK:         arith.shrui %x
// CHECK:         arith.andi %x
// CHECK:         [[HALF:%[0-9]+]] = arith.ori
// CHECK-NEXT:    [[WHOLE:%[0-9]+]] = ten.cast %x
// CHECK-NEXT:    [[CAST:%[0-9]+]] = ten.cast [[HALF]]
// CHECK:         arith.addf [[CAST]], [[CAST]]
// CHECK:         ten.select
func.func @unsigned_64_bits(%x: tensor<3xi64>) -> tensor<3xf64> {
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<3xi64> -> i64
    %y = arith.uitofp %e : i64 to f64
    ten.yield %y : f64
  }
  func.return %b : tensor<3xf64>
}

// From 2^63 on, the number without its highest bit is cast, and the bit put back.
// CHECK-LABEL: func.func @to_unsigned_64_bits(
// CHECK:         arith.subf
// CHECK:         ten.cast
// CHECK:         arith.addi
// CHECK:         ten.select
func.func @to_unsigned_64_bits(%x: tensor<5xf64>) -> tensor<5xi64> {
  %b = ten.build [5] (%i) : tensor<5xi64> {
    %e = ten.index %x[%i] : tensor<5xf64> -> f64
    %y = arith.fptoui %e : f64 to i64
    ten.yield %y : i64
  }
  func.return %b : tensor<5xi64>
}
