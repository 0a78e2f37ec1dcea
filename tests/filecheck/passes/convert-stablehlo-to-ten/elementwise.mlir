// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// One op of letgrad for one op of StableHLO, or a few where StableHLO defines more.

// CHECK-LABEL: func.func @add(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @add(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.add %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @subtract(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.subf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @subtract(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.subtract %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @multiply(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.mulf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @multiply(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.multiply %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @divide(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.divf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @divide(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.divide %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @remainder(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.fmod [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @remainder(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.remainder %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @power(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.powf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @power(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.power %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @maximum(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.maximumf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @maximum(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.maximum %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @minimum(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.minimumf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @minimum(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.minimum %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @atan2(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.atan2 [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @atan2(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.atan2 %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @divide_of_integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>, [[B:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1> : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare eq, [[B]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT]], [[B]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare eq, [[B]], [[CONSTANT_2]] : tensor<4xi32>
// CHECK-NEXT:    [[SELECT_1:%.*]] = ten.select [[COMPARE_1]], [[CONSTANT]], [[SELECT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[SUBI:%.*]] = arith.subi [[CONSTANT_1]], [[A]] : tensor<4xi32>
// CHECK-NEXT:    [[DIVSI:%.*]] = arith.divsi [[A]], [[SELECT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[SELECT_2:%.*]] = ten.select [[COMPARE_1]], [[SUBI]], [[DIVSI]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[CONSTANT_2]], [[SELECT_2]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @divide_of_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.divide %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @remainder_of_integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>, [[B:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare eq, [[B]], [[CONSTANT]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<-1> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare eq, [[B]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI:%.*]] = arith.ori [[COMPARE]], [[COMPARE_1]] : tensor<4xi1>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<1> : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[ORI]], [[CONSTANT_2]], [[B]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[REMSI:%.*]] = arith.remsi [[A]], [[SELECT]] : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[A]], [[REMSI]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @remainder_of_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.remainder %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @shift_left_of_integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>, [[B:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<32> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare ult, [[B]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[B]], [[CONSTANT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[SHLI:%.*]] = arith.shli [[A]], [[SELECT]] : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[SHLI]], [[CONSTANT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @shift_left_of_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.shift_left %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @shift_right_arithmetic_of_integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>, [[B:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<32> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare ult, [[B]], [[CONSTANT]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<31> : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[B]], [[CONSTANT_1]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.shrsi [[A]], [[SELECT]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @shift_right_arithmetic_of_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.shift_right_arithmetic %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @shift_right_logical_of_integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>, [[B:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<32> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare ult, [[B]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[B]], [[CONSTANT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[SHRUI:%.*]] = arith.shrui [[A]], [[SELECT]] : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[SHRUI]], [[CONSTANT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @shift_right_logical_of_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.shift_right_logical %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @divide_of_unsigned(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5xi32>, [[B:%[^ ,:)]+]]: tensor<5xi32>) -> tensor<5xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1> : tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0> : tensor<5xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare eq, [[B]], [[CONSTANT_1]] : tensor<5xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT]], [[B]] : tensor<5xi1>, tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<5xi32>
// CHECK-NEXT:    [[DIVUI:%.*]] = arith.divui [[A]], [[SELECT]] : tensor<5xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[CONSTANT_2]], [[DIVUI]] : tensor<5xi1>, tensor<5xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi32>
// CHECK-NEXT:  }
func.func @divide_of_unsigned(%a: tensor<5xui32>, %b: tensor<5xui32>) -> tensor<5xui32> {
  %y = stablehlo.divide %a, %b : tensor<5xui32>
  return %y : tensor<5xui32>
}

// CHECK-LABEL: func.func @remainder_of_unsigned(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5xi32>, [[B:%[^ ,:)]+]]: tensor<5xi32>) -> tensor<5xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<5xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare eq, [[B]], [[CONSTANT]] : tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1> : tensor<5xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_1]], [[B]] : tensor<5xi1>, tensor<5xi32>
// CHECK-NEXT:    [[REMUI:%.*]] = arith.remui [[A]], [[SELECT]] : tensor<5xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE]], [[A]], [[REMUI]] : tensor<5xi1>, tensor<5xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi32>
// CHECK-NEXT:  }
func.func @remainder_of_unsigned(%a: tensor<5xui32>, %b: tensor<5xui32>) -> tensor<5xui32> {
  %y = stablehlo.remainder %a, %b : tensor<5xui32>
  return %y : tensor<5xui32>
}

// CHECK-LABEL: func.func @maximum_of_unsigned(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5xi32>, [[B:%[^ ,:)]+]]: tensor<5xi32>) -> tensor<5xi32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.maxui [[A]], [[B]] : tensor<5xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi32>
// CHECK-NEXT:  }
func.func @maximum_of_unsigned(%a: tensor<5xui32>, %b: tensor<5xui32>) -> tensor<5xui32> {
  %y = stablehlo.maximum %a, %b : tensor<5xui32>
  return %y : tensor<5xui32>
}

// CHECK-LABEL: func.func @add_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.ori [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @add_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.add %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @multiply_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.andi [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @multiply_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.multiply %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @maximum_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.ori [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @maximum_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.maximum %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @minimum_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.andi [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @minimum_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.minimum %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @and_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.andi [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @and_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.and %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @or_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.ori [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @or_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.or %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @xor_of_truth(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi1>, [[B:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[Y:%.*]] = arith.xori [[A]], [[B]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @xor_of_truth(%a: tensor<2xi1>, %b: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.xor %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: func.func @negate(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.negf [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @negate(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.negate %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @abs(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.absf [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @abs(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.abs %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @sign(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[COPYSIGN:%.*]] = math.copysign [[CONSTANT]], [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[X]], [[CONSTANT_1]] : tensor<3xf32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare une, [[X]], [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[ORI:%.*]] = arith.ori [[COMPARE]], [[COMPARE_1]] : tensor<3xi1>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[ORI]], [[X]], [[COPYSIGN]] : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @sign(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.sign %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @exponential(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.exp [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @exponential(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.exponential %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @exponential_minus_one(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.expm1 [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @exponential_minus_one(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.exponential_minus_one %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @log(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.log [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @log(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.log %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @log_plus_one(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.log1p [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @log_plus_one(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.log_plus_one %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @sqrt(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.sqrt [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @sqrt(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.sqrt %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @rsqrt(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.rsqrt [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @rsqrt(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.rsqrt %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @cbrt(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.cbrt [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @cbrt(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.cbrt %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @sine(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.sin [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @sine(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.sine %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @cosine(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.cos [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @cosine(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.cosine %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @tan(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.tan [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @tan(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.tan %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @tanh(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.tanh [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @tanh(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.tanh %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @logistic(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.special expit, [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @logistic(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.logistic %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @floor(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.floor [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @floor(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.floor %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @ceil(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.ceil [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @ceil(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.ceil %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @round_nearest_even(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.roundeven [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @round_nearest_even(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.round_nearest_even %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @round_nearest_afz(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = math.round [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @round_nearest_afz(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.round_nearest_afz %x : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @not(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<-1> : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.xori [[X]], [[CONSTANT]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @not(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.not %x : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @popcnt(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[Y:%.*]] = math.ctpop [[X]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @popcnt(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.popcnt %x : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @count_leading_zeros(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1> : tensor<4xi32>
// CHECK-NEXT:    [[SHRUI:%.*]] = arith.shrui [[X]], [[CONSTANT]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI:%.*]] = arith.ori [[X]], [[SHRUI]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<2> : tensor<4xi32>
// CHECK-NEXT:    [[SHRUI_1:%.*]] = arith.shrui [[ORI]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI_1:%.*]] = arith.ori [[ORI]], [[SHRUI_1]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<4> : tensor<4xi32>
// CHECK-NEXT:    [[SHRUI_2:%.*]] = arith.shrui [[ORI_1]], [[CONSTANT_2]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI_2:%.*]] = arith.ori [[ORI_1]], [[SHRUI_2]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<8> : tensor<4xi32>
// CHECK-NEXT:    [[SHRUI_3:%.*]] = arith.shrui [[ORI_2]], [[CONSTANT_3]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI_3:%.*]] = arith.ori [[ORI_2]], [[SHRUI_3]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<16> : tensor<4xi32>
// CHECK-NEXT:    [[SHRUI_4:%.*]] = arith.shrui [[ORI_3]], [[CONSTANT_4]] : tensor<4xi32>
// CHECK-NEXT:    [[ORI_4:%.*]] = arith.ori [[ORI_3]], [[SHRUI_4]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant dense<32> : tensor<4xi32>
// CHECK-NEXT:    [[CTPOP:%.*]] = math.ctpop [[ORI_4]] : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.subi [[CONSTANT_5]], [[CTPOP]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @count_leading_zeros(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.count_leading_zeros %x : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @sign_of_integers(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1> : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0> : tensor<4xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare slt, [[X]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<4xi32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_2]], [[CONSTANT_1]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare sgt, [[X]], [[CONSTANT_1]] : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE_1]], [[CONSTANT]], [[SELECT]] : tensor<4xi1>, tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @sign_of_integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = stablehlo.sign %x : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @not_of_truth(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xi1>) -> tensor<2xi1> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<true> : tensor<2xi1>
// CHECK-NEXT:    [[Y:%.*]] = arith.xori [[X]], [[CONSTANT]] : tensor<2xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @not_of_truth(%x: tensor<2xi1>) -> tensor<2xi1> {
  %y = stablehlo.not %x : tensor<2xi1>
  return %y : tensor<2xi1>
}

// A known divisor other than 0 and -1 needs no guard.
// CHECK-LABEL: func.func @divide_by_constant(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[B:%.*]] = arith.constant dense<3> : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.divsi [[A]], [[B]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @divide_by_constant(%a: tensor<4xi32>) -> tensor<4xi32> {
  %b = stablehlo.constant dense<3> : tensor<4xi32>
  %y = stablehlo.divide %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// A known shift below the width needs no guard.
// CHECK-LABEL: func.func @shift_by_constant(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    [[B:%.*]] = arith.constant dense<13> : tensor<4xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.shli [[A]], [[B]] : tensor<4xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xi32>
// CHECK-NEXT:  }
func.func @shift_by_constant(%a: tensor<4xi32>) -> tensor<4xi32> {
  %b = stablehlo.constant dense<13> : tensor<4xi32>
  %y = stablehlo.shift_left %a, %b : tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: func.func @compare(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xi1> {
// CHECK-NEXT:    [[Y:%.*]] = ten.compare olt, [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xi1>
// CHECK-NEXT:  }
func.func @compare(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xi1> {
  %y = stablehlo.compare LT, %a, %b, FLOAT : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>
  return %y : tensor<3xi1>
}

// CHECK-LABEL: func.func @compare_total_order(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>, [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xi1> {
// CHECK-NEXT:    [[BITCAST:%.*]] = arith.bitcast [[A]] : tensor<3xf32> to tensor<3xi32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<31> : tensor<3xi32>
// CHECK-NEXT:    [[SHRSI:%.*]] = arith.shrsi [[BITCAST]], [[CONSTANT]] : tensor<3xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<2147483647> : tensor<3xi32>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[SHRSI]], [[CONSTANT_1]] : tensor<3xi32>
// CHECK-NEXT:    [[XORI:%.*]] = arith.xori [[BITCAST]], [[ANDI]] : tensor<3xi32>
// CHECK-NEXT:    [[BITCAST_1:%.*]] = arith.bitcast [[B]] : tensor<3xf32> to tensor<3xi32>
// CHECK-NEXT:    [[SHRSI_1:%.*]] = arith.shrsi [[BITCAST_1]], [[CONSTANT]] : tensor<3xi32>
// CHECK-NEXT:    [[ANDI_1:%.*]] = arith.andi [[SHRSI_1]], [[CONSTANT_1]] : tensor<3xi32>
// CHECK-NEXT:    [[XORI_1:%.*]] = arith.xori [[BITCAST_1]], [[ANDI_1]] : tensor<3xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.compare slt, [[XORI]], [[XORI_1]] : tensor<3xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xi1>
// CHECK-NEXT:  }
func.func @compare_total_order(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xi1> {
  %y = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>
  return %y : tensor<3xi1>
}

// CHECK-LABEL: func.func @compare_unsigned(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5xi32>, [[B:%[^ ,:)]+]]: tensor<5xi32>) -> tensor<5xi1> {
// CHECK-NEXT:    [[Y:%.*]] = ten.compare ugt, [[A]], [[B]] : tensor<5xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi1>
// CHECK-NEXT:  }
func.func @compare_unsigned(%a: tensor<5xui32>, %b: tensor<5xui32>) -> tensor<5xi1> {
  %y = stablehlo.compare GT, %a, %b, UNSIGNED : (tensor<5xui32>, tensor<5xui32>) -> tensor<5xi1>
  return %y : tensor<5xi1>
}

// CHECK-LABEL: func.func @select(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<3xi1>,
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[A]], [[B]] : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @select(%m: tensor<3xi1>, %a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.select %m, %a, %b : tensor<3xi1>, tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @clamp(
// CHECK-SAME: [[L:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[H:%[^ ,:)]+]]: f32) -> tensor<3xf32> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[L]] dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    [[BROADCAST_1:%.*]] = ten.broadcast [[H]] dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    [[MAXIMUMF:%.*]] = arith.maximumf [[X]], [[BROADCAST]] : tensor<3xf32>
// CHECK-NEXT:    [[Y:%.*]] = arith.minimumf [[MAXIMUMF]], [[BROADCAST_1]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @clamp(%l: tensor<f32>, %x: tensor<3xf32>, %h: tensor<f32>) -> tensor<3xf32> {
  %y = stablehlo.clamp %l, %x, %h : (tensor<f32>, tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @convert(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xi8> {
// CHECK-NEXT:    [[Y:%.*]] = ten.cast [[X]] : tensor<3xf32> -> tensor<3xi8>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xi8>
// CHECK-NEXT:  }
func.func @convert(%x: tensor<3xf32>) -> tensor<3xi8> {
  %y = stablehlo.convert %x : (tensor<3xf32>) -> tensor<3xi8>
  return %y : tensor<3xi8>
}

// CHECK-LABEL: func.func @convert_from_unsigned(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xi32>) -> tensor<5xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<4294967295> : tensor<5xi64>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[X]] : tensor<5xi32> -> tensor<5xi64>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[CAST]], [[CONSTANT]] : tensor<5xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.cast [[ANDI]] : tensor<5xi64> -> tensor<5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @convert_from_unsigned(%x: tensor<5xui32>) -> tensor<5xf32> {
  %y = stablehlo.convert %x : (tensor<5xui32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func.func @bitcast_convert(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xi32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.bitcast [[X]] : tensor<3xf32> to tensor<3xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xi32>
// CHECK-NEXT:  }
func.func @bitcast_convert(%x: tensor<3xf32>) -> tensor<3xi32> {
  %y = stablehlo.bitcast_convert %x : (tensor<3xf32>) -> tensor<3xi32>
  return %y : tensor<3xi32>
}

// CHECK-LABEL: func.func @bitcast_convert_to_bytes(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xi16>) -> tensor<3x2xi8> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<3xi16>
// CHECK-NEXT:    [[SHRUI:%.*]] = arith.shrui [[X]], [[CONSTANT]] : tensor<3xi16>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[SHRUI]] : tensor<3xi16> -> tensor<3xi8>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<8> : tensor<3xi16>
// CHECK-NEXT:    [[SHRUI_1:%.*]] = arith.shrui [[X]], [[CONSTANT_1]] : tensor<3xi16>
// CHECK-NEXT:    [[CAST_1:%.*]] = ten.cast [[SHRUI_1]] : tensor<3xi16> -> tensor<3xi8>
// CHECK-NEXT:    [[STACK:%.*]] = ten.stack [[CAST]], [[CAST_1]] : tensor<3xi8> -> tensor<2x3xi8>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[STACK]] perm [1, 0] : tensor<2x3xi8> -> tensor<3x2xi8>
// CHECK-NEXT:    func.return [[Y]] : tensor<3x2xi8>
// CHECK-NEXT:  }
func.func @bitcast_convert_to_bytes(%x: tensor<3xi16>) -> tensor<3x2xi8> {
  %y = stablehlo.bitcast_convert %x : (tensor<3xi16>) -> tensor<3x2xi8>
  return %y : tensor<3x2xi8>
}

// CHECK-LABEL: func.func @reduce_precision(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[X]] : tensor<3xf32> -> tensor<3xbf16>
// CHECK-NEXT:    [[Y:%.*]] = ten.cast [[CAST]] : tensor<3xbf16> -> tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @reduce_precision(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.reduce_precision %x, format = e8m7 : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @complex(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[A]], [[A]] : tensor<3xf32>
// CHECK-NEXT:    [[MULF_1:%.*]] = arith.mulf [[B]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    [[X:%.*]] = arith.subf [[MULF]], [[MULF_1]] : tensor<3xf32>
// CHECK-NEXT:    [[MULF_2:%.*]] = arith.mulf [[A]], [[B]] : tensor<3xf32>
// CHECK-NEXT:    [[MULF_3:%.*]] = arith.mulf [[B]], [[A]] : tensor<3xf32>
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[MULF_2]], [[MULF_3]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[X]], [[Y]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:  }
func.func @complex(%a: tensor<3xf32>, %b: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %z = stablehlo.complex %a, %b : tensor<3xcomplex<f32>>
  %c = stablehlo.multiply %z, %z : tensor<3xcomplex<f32>>
  %x = stablehlo.real %c : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  %y = stablehlo.imag %c : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  return %x, %y : tensor<3xf32>, tensor<3xf32>
}

// A tensor of rank 0 is a scalar.
// CHECK-LABEL: func.func @rank_zero(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f32, [[B:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[A]], [[B]] : f32
// CHECK-NEXT:    func.return [[Y]] : f32
// CHECK-NEXT:  }
func.func @rank_zero(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %y = stablehlo.add %a, %b : tensor<f32>
  return %y : tensor<f32>
}
