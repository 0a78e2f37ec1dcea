// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @attention
// CHECK-NEXT: ten.attention "bid,bjd,bje->bie" %q, %k, %v {scale = 5.000000e-01 : f64} : tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<2x5x6xf32> -> (tensor<2x3x6xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
func.func @attention(%q: tensor<2x3x4xf32>, %k: tensor<2x5x4xf32>, %v: tensor<2x5x6xf32>) -> tensor<2x3x6xf32> {
  %o, %max, %sum = ten.attention "bid,bjd,bje->bie" %q, %k, %v {scale = 0.5 : f64} : tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<2x5x6xf32> -> (tensor<2x3x6xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  func.return %o : tensor<2x3x6xf32>
}

// CHECK-LABEL: func.func @bias_and_mask
// CHECK-NEXT: ten.attention "di,jd,je,ij,j->ei" %q, %k, %v, %b, %m {scale = 1.000000e+00 : f64, fill = -1.000000e+09 : f64, below = -2 : i64, above = 0 : i64, wide, note = 7 : i64}
func.func @bias_and_mask(%q: tensor<4x3xbf16>, %k: tensor<5x4xbf16>, %v: tensor<5x6xbf16>, %b: tensor<3x5xf32>, %m: tensor<5xi1>) -> tensor<6x3xf32> {
  %o, %max, %sum = ten.attention "di,jd,je,ij,j->ei" %q, %k, %v, %b, %m {scale = 1.0 : f64, below = -2 : i64, above = 0 : i64, fill = -1.0e9 : f64, wide, note = 7 : i64} : tensor<4x3xbf16>, tensor<5x4xbf16>, tensor<5x6xbf16>, tensor<3x5xf32>, tensor<5xi1> -> (tensor<6x3xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return %o : tensor<6x3xf32>
}

// CHECK-LABEL: func.func @gradient
// CHECK-NEXT: ten.attention_gradient "id,jd,je->ie" %q, %k, %v, %max, %sum, %ct, %delta {scale = 2.000000e+00 : f64, fill = -1.000000e+00 : f64, above = 1 : i64, adds, late}
func.func @gradient(%q: tensor<3x4xf64>, %k: tensor<5x4xf64>, %v: tensor<5x6xf64>, %max: tensor<3xf64>, %sum: tensor<3xf64>, %ct: tensor<3x6xf64>, %delta: tensor<3xf64>) -> tensor<5x6xf64> {
  %dq, %dk, %dv = ten.attention_gradient "id,jd,je->ie" %q, %k, %v, %max, %sum, %ct, %delta {scale = 2.0 : f64, above = 1 : i64, fill = -1.0 : f64, adds, late} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x6xf64>, tensor<3xf64> -> (tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>)
  func.return %dv : tensor<5x6xf64>
}

// CHECK-LABEL: func.func @tangent
// CHECK-NEXT: ten.attention_tangent "id,jd,je->ie" %q, %k, %v, %o, %max, %sum, %dq, %dk, %dv {scale = 1.000000e+00 : f64}
func.func @tangent(%q: tensor<3x4xf64>, %k: tensor<5x4xf64>, %v: tensor<5x6xf64>, %o: tensor<3x6xf64>, %max: tensor<3xf64>, %sum: tensor<3xf64>, %dq: tensor<3x4xf64>, %dk: tensor<5x4xf64>, %dv: tensor<5x6xf64>) -> tensor<3x6xf64> {
  %do = ten.attention_tangent "id,jd,je->ie" %q, %k, %v, %o, %max, %sum, %dq, %dk, %dv {scale = 1.0 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>)
  func.return %do : tensor<3x6xf64>
}
