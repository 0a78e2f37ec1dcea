// RUN: letgrad-opt %s -p delta-linearize --split-input-file | filecheck %s

// Squares of roots: the term of the square, and not twice the root times the term of the root. The
// terms of the roots are there too, and nothing uses them.

// CHECK-LABEL: func.func @square_of_root(
// CHECK-SAME: [[S:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 5 : i64} {
// CHECK-NEXT:    [[DS:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.sqrt [[S]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[CONSTANT]], [[R]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[DIVF]], [[DS]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[R]], [[R]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf olt, [[S]], [[CONSTANT_1]] : f64
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 0x7ff8000000000000 : f64
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT_2]], [[CONSTANT_3]] : f64
// CHECK-NEXT:    [[DY:%.*]] = delta.scale [[SELECT]], [[DS]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : f64, f64
// CHECK-NEXT:  }
func.func @square_of_root(%s: f64) -> f64 {
  %r = math.sqrt %s : f64
  %y = arith.mulf %r, %r : f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @square_of_root_of_squares(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 6 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[S:%.*]] = arith.mulf [[X]], [[X]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[X]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DS:%.*]] = delta.add [[SCALE]], [[SCALE]] : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.sqrt [[S]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[CONSTANT]], [[R]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[DIVF]], [[DS]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[R]], [[R]] : f64
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DS]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : f64, f64
// CHECK-NEXT:  }
func.func @square_of_root_of_squares(%x: f64) -> f64 {
  %s = arith.mulf %x, %x : f64
  %r = math.sqrt %s : f64
  %y = arith.mulf %r, %r : f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @square_of_hypot(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 13 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = ten.hypot [[X]], [[Y]] : f64
// CHECK-NEXT:    [[UNIT:%.*]] = ten.unit [[X]], [[Y]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[UNIT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[UNIT_1:%.*]] = ten.unit [[Y]], [[X]] : f64
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[UNIT_1]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DR:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[Z:%.*]] = arith.mulf [[R]], [[R]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[CONSTANT]], [[X]] : f64
// CHECK-NEXT:    [[SCALE_2:%.*]] = delta.scale [[MULF]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT]], [[Y]] : f64
// CHECK-NEXT:    [[SCALE_3:%.*]] = delta.scale [[MULF_1]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DZ:%.*]] = delta.add [[SCALE_2]], [[SCALE_3]] : !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DZ]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Z]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @square_of_hypot(%x: f64, %y: f64) -> f64 {
  %r = ten.hypot %x, %y : f64
  %z = arith.mulf %r, %r : f64
  func.return %z : f64
}

// -----

// CHECK-LABEL: func.func @product_with_two_roots(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 3 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DA:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf oeq, [[X]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT]], [[COPYSIGN]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[P:%.*]] = arith.mulf [[A]], [[R]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[R]], [[DA]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[A]], [[DR]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DP:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[P]], [[R]] : f64
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[A]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT_2]], [[MULF]] : f64
// CHECK-NEXT:    [[SCALE_2:%.*]] = delta.scale [[MULF_1]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[SCALE_3:%.*]] = delta.scale [[R]], [[SCALE]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.add [[SCALE_2]], [[SCALE_3]] : !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @product_with_two_roots(%x: f64, %a: f64) -> f64 {
  %r = math.absf %x : f64
  %p = arith.mulf %a, %r : f64
  %y = arith.mulf %p, %r : f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @square_of_quotient(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 6 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DA:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf oeq, [[X]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT]], [[COPYSIGN]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[Q:%.*]] = arith.divf [[R]], [[A]] : f64
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[CONSTANT_1]], [[A]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[DIVF]], [[DR]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DIVF_1:%.*]] = arith.divf [[Q]], [[A]] fastmath<arcp> : f64
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[DIVF_1]] : f64
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[NEGF]], [[DA]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DQ:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[Q]], [[Q]] : f64
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[DIVF]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT_2]], [[MULF]] : f64
// CHECK-NEXT:    [[SCALE_2:%.*]] = delta.scale [[MULF_1]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[SCALE_3:%.*]] = delta.scale [[DIVF]], [[SCALE_2]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant -2.000000e+00 : f64
// CHECK-NEXT:    [[MULF_2:%.*]] = arith.mulf [[CONSTANT_3]], [[Q]] : f64
// CHECK-NEXT:    [[SCALE_4:%.*]] = delta.scale [[DIVF_1]], [[DA]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[SCALE_5:%.*]] = delta.scale [[MULF_2]], [[SCALE_4]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.add [[SCALE_3]], [[SCALE_5]] : !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @square_of_quotient(%x: f64, %a: f64) -> f64 {
  %r = math.absf %x : f64
  %q = arith.divf %r, %a : f64
  %y = arith.mulf %q, %q : f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @square_of_layout(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<3x2xf64>) -> (tensor<3x2xf64>, tensor<2xf64>) attributes {letgrad.primal_flops = 8 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<tensor<2xf64>>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<2xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[X]], [[CONSTANT]] : tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<2xf64>
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : tensor<2xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT]], [[COPYSIGN]] : tensor<2xi1>, tensor<2xf64>
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : tensor<2xf64>, !delta.term<tensor<2xf64>>
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[R]] dims [0] : tensor<2xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    [[DB:%.*]] = ten.broadcast [[DR]] dims [0] : !delta.term<tensor<2xf64>> -> !delta.term<tensor<3x2xf64>>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[B]], [[B]] : tensor<3x2xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<2.000000e+00> : tensor<2xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[CONSTANT_2]], [[X]] : tensor<2xf64>
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[MULF]], [[DX]] : tensor<2xf64>, !delta.term<tensor<2xf64>>
// CHECK-NEXT:    [[DY:%.*]] = ten.broadcast [[SCALE]] dims [0] : !delta.term<tensor<2xf64>> -> !delta.term<tensor<3x2xf64>>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DY]] : [[CT]]) : tensor<3x2xf64> -> tensor<2xf64>
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : tensor<3x2xf64>, tensor<2xf64>
// CHECK-NEXT:  }
func.func @square_of_layout(%x: tensor<2xf64>) -> tensor<3x2xf64> {
  %r = math.absf %x : tensor<2xf64>
  %b = ten.broadcast %r dims [0] : tensor<2xf64> -> tensor<3x2xf64>
  %y = arith.mulf %b, %b : tensor<3x2xf64>
  func.return %y : tensor<3x2xf64>
}

// -----

// CHECK-LABEL: func.func @even_power(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 32 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = ten.hypot [[X]], [[Y]] : f64
// CHECK-NEXT:    [[UNIT:%.*]] = ten.unit [[X]], [[Y]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[UNIT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[UNIT_1:%.*]] = ten.unit [[Y]], [[X]] : f64
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[UNIT_1]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DR:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[N:%.*]] = arith.constant 4.000000e+00 : f64
// CHECK-NEXT:    [[Z:%.*]] = math.powf [[R]], [[N]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[R]], [[R]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT]], [[MULF]] : f64
// CHECK-NEXT:    [[MULF_2:%.*]] = arith.mulf [[CONSTANT]], [[X]] : f64
// CHECK-NEXT:    [[SCALE_2:%.*]] = delta.scale [[MULF_2]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[MULF_3:%.*]] = arith.mulf [[CONSTANT]], [[Y]] : f64
// CHECK-NEXT:    [[SCALE_3:%.*]] = delta.scale [[MULF_3]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[ADD:%.*]] = delta.add [[SCALE_2]], [[SCALE_3]] : !delta.term<f64>
// CHECK-NEXT:    [[DZ:%.*]] = delta.scale [[MULF_1]], [[ADD]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DZ]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Z]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @even_power(%x: f64, %y: f64) -> f64 {
  %r = ten.hypot %x, %y : f64
  %n = arith.constant 4.0 : f64
  %z = math.powf %r, %n : f64
  func.return %z : f64
}

// -----

// CHECK-LABEL: func.func @odd_power_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 32 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = ten.hypot [[X]], [[Y]] : f64
// CHECK-NEXT:    [[UNIT:%.*]] = ten.unit [[X]], [[Y]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[UNIT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[UNIT_1:%.*]] = ten.unit [[Y]], [[X]] : f64
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[UNIT_1]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DR:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[N:%.*]] = arith.constant 3.000000e+00 : f64
// CHECK-NEXT:    [[Z:%.*]] = math.powf [[R]], [[N]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[POWF:%.*]] = math.powf [[R]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[N]], [[POWF]] : f64
// CHECK-NEXT:    [[DZ:%.*]] = delta.scale [[MULF]], [[DR]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DZ]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Z]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @odd_power_stays(%x: f64, %y: f64) -> f64 {
  %r = ten.hypot %x, %y : f64
  %n = arith.constant 3.0 : f64
  %z = math.powf %r, %n : f64
  func.return %z : f64
}

// -----

// CHECK-LABEL: func.func @integer_power(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 21 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf oeq, [[X]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT]], [[COPYSIGN]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[N:%.*]] = arith.constant 6 : i32{{$}}
// CHECK-NEXT:    [[Z:%.*]] = math.fpowi [[R]], [[N]] : f64, i32{{$}}
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 3.000000e+00 : f64
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant 4 : i32{{$}}
// CHECK-NEXT:    [[FPOWI:%.*]] = math.fpowi [[R]], [[CONSTANT_3]] : f64, i32{{$}}
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[CONSTANT_2]], [[FPOWI]] : f64
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT_4]], [[X]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[MULF_1]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DZ:%.*]] = delta.scale [[MULF]], [[SCALE]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DZ]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[Z]], [[PULLBACK]] : f64, f64
// CHECK-NEXT:  }
func.func @integer_power(%x: f64) -> f64 {
  %r = math.absf %x : f64
  %n = arith.constant 6 : i32
  %z = math.fpowi %r, %n : f64, i32
  func.return %z : f64
}

// -----

// CHECK-LABEL: func.func @sum_of_squares(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, tensor<5xf64>) attributes {letgrad.primal_flops = 15 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[X]], [[CONSTANT]] : tensor<5xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT]], [[COPYSIGN]] : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : tensor<5xf64>, !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[Y:%.*]] = ten.einsum "i,i->" [[R]], [[R]] : tensor<5xf64>, tensor<5xf64> -> f64
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<2.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[CONSTANT_2]], [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[MULF]], [[DX]] : tensor<5xf64>, !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[DY:%.*]] = ten.einsum "i->" [[SCALE]] : !delta.term<tensor<5xf64>> -> !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> tensor<5xf64>
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : f64, tensor<5xf64>
// CHECK-NEXT:  }
func.func @sum_of_squares(%x: tensor<5xf64>) -> f64 {
  %r = math.absf %x : tensor<5xf64>
  %y = ten.einsum "i,i->" %r, %r : tensor<5xf64>, tensor<5xf64> -> f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @sum_of_other_places_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, tensor<5xf64>) attributes {letgrad.primal_flops = 55 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[X]], [[CONSTANT]] : tensor<5xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<5xf64>
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : tensor<5xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT]], [[COPYSIGN]] : tensor<5xi1>, tensor<5xf64>
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : tensor<5xf64>, !delta.term<tensor<5xf64>>
// CHECK-NEXT:    [[Y:%.*]] = ten.einsum "i,j->" [[R]], [[R]] : tensor<5xf64>, tensor<5xf64> -> f64
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "i,j->" [[DR]], [[R]] : !delta.term<tensor<5xf64>>, tensor<5xf64> -> !delta.term<f64>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "i,j->" [[R]], [[DR]] : tensor<5xf64>, !delta.term<tensor<5xf64>> -> !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.add [[EINSUM]], [[EINSUM_1]] : !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> tensor<5xf64>
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : f64, tensor<5xf64>
// CHECK-NEXT:  }
func.func @sum_of_other_places_stays(%x: tensor<5xf64>) -> f64 {
  %r = math.absf %x : tensor<5xf64>
  %y = ten.einsum "i,j->" %r, %r : tensor<5xf64>, tensor<5xf64> -> f64
  func.return %y : f64
}

// -----

// CHECK-LABEL: func.func @product_of_two_roots_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64, f64) attributes {letgrad.primal_flops = 3 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.input 1 : !delta.term<f64>
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf oeq, [[X]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT]], [[COPYSIGN]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[S:%.*]] = math.absf [[Y]] : f64
// CHECK-NEXT:    [[CMPF_1:%.*]] = arith.cmpf oeq, [[Y]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[COPYSIGN_1:%.*]] = math.copysign [[CONSTANT_1]], [[Y]] : f64
// CHECK-NEXT:    [[SELECT_1:%.*]] = arith.select [[CMPF_1]], [[CONSTANT]], [[COPYSIGN_1]] : f64
// CHECK-NEXT:    [[DS:%.*]] = delta.scale [[SELECT_1]], [[DY]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[Z:%.*]] = arith.mulf [[R]], [[S]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[S]], [[DR]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[SCALE_1:%.*]] = delta.scale [[R]], [[DS]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DZ:%.*]] = delta.add [[SCALE]], [[SCALE_1]] : !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]] = delta.pullback ([[DZ]] : [[CT]]) : f64 -> f64, f64
// CHECK-NEXT:    func.return [[Z]], [[PULLBACK]], [[PULLBACK_1]] : f64, f64, f64
// CHECK-NEXT:  }
func.func @product_of_two_roots_stays(%x: f64, %y: f64) -> f64 {
  %r = math.absf %x : f64
  %s = math.absf %y : f64
  %z = arith.mulf %r, %s : f64
  func.return %z : f64
}

// -----

// CHECK-LABEL: func.func @constants_that_overflow_together_stay(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 3 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[C:%.*]] = arith.constant 1.000000e+200 : f64
// CHECK-NEXT:    [[R:%.*]] = math.absf [[X]] : f64
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf oeq, [[X]], [[CONSTANT]] : f64
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT_1]], [[X]] : f64
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPF]], [[CONSTANT]], [[COPYSIGN]] : f64
// CHECK-NEXT:    [[DR:%.*]] = delta.scale [[SELECT]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[P:%.*]] = arith.mulf [[C]], [[R]] : f64
// CHECK-NEXT:    [[DP:%.*]] = delta.scale [[C]], [[DR]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[P]], [[P]] : f64
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 2.000000e+00 : f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[C]] : f64
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[CONSTANT_2]], [[MULF]] : f64
// CHECK-NEXT:    [[SCALE:%.*]] = delta.scale [[MULF_1]], [[DX]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[DY:%.*]] = delta.scale [[C]], [[SCALE]] : f64, !delta.term<f64>
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DY]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[Y]], [[PULLBACK]] : f64, f64
// CHECK-NEXT:  }
func.func @constants_that_overflow_together_stay(%x: f64) -> f64 {
  %c = arith.constant 1.0e200 : f64
  %r = math.absf %x : f64
  %p = arith.mulf %c, %r : f64
  %y = arith.mulf %p, %p : f64
  func.return %y : f64
}
