// RUN: letgrad-opt %s -p convert-ten-to-linalg | filecheck %s

// CHECK-LABEL: func.func @sum(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>) -> tensor<2xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK-NEXT:    [[S:%.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins([[X]] : tensor<2x3xf32>) outs([[CONSTANT]] : tensor<2xf32>) {
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: f32, [[ARG_1:%[^ ,:)]+]]: f32):
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG_1]], [[ARG]] : f32
// CHECK-NEXT:      linalg.yield [[ADDF]] : f32
// CHECK-NEXT:    } -> tensor<2xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<2xf32>
// CHECK-NEXT:  }
func.func @sum(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %s = ten.sum %x dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  func.return %s : tensor<2xf32>
}

// Floats of 16 bits add up in f32.
// CHECK-LABEL: func.func @sum_of_short_floats(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf16>) -> f16 {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<1xf32>
// CHECK-NEXT:    [[GENERIC:%.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (0)>], iterator_types = ["reduction"]} ins([[X]] : tensor<3xf16>) outs([[CONSTANT]] : tensor<1xf32>) {
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: f16, [[ARG_1:%[^ ,:)]+]]: f32):
// CHECK-NEXT:      [[EXTF:%.*]] = arith.extf [[ARG]] : f16 to f32
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG_1]], [[EXTF]] : f32
// CHECK-NEXT:      linalg.yield [[ADDF]] : f32
// CHECK-NEXT:    } -> tensor<1xf32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[EXTRACT:%.*]] = tensor.extract [[GENERIC]]{{\[}}[[CONSTANT_1]]] : tensor<1xf32>
// CHECK-NEXT:    [[S:%.*]] = arith.truncf [[EXTRACT]] : f32 to f16
// CHECK-NEXT:    func.return [[S]] : f16
// CHECK-NEXT:  }
func.func @sum_of_short_floats(%x: tensor<3xf16>) -> f16 {
  %s = ten.sum %x dims [0] : tensor<3xf16> -> f16
  func.return %s : f16
}

// CHECK-LABEL: func.func @read_outside_is_zero(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>, [[I:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi ult, [[I]], [[CONSTANT]] : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPI]], [[I]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[EXTRACT:%.*]] = tensor.extract [[X]]{{\[}}[[SELECT]]] : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[S:%.*]] = arith.select [[CMPI]], [[EXTRACT]], [[CONSTANT_2]] : f32
// CHECK-NEXT:    func.return [[S]] : f32
// CHECK-NEXT:  }
func.func @read_outside_is_zero(%x: tensor<3xf32>, %i: index) -> f32 {
  %s = ten.index %x[%i] : tensor<3xf32> -> f32
  func.return %s : f32
}

// CHECK-LABEL: func.func @read_inside_stays_plain(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<2xf32> {
// CHECK-NEXT:    [[EMPTY:%.*]] = tensor.empty() : tensor<2xf32>
// CHECK-NEXT:    [[S:%.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs([[EMPTY]] : tensor<2xf32>) {
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: f32):
// CHECK-NEXT:      [[INDEX:%.*]] = linalg.index 0 : index
// CHECK-NEXT:      [[EXTRACT:%.*]] = tensor.extract [[X]]{{\[}}[[INDEX]]] : tensor<3xf32>
// CHECK-NEXT:      linalg.yield [[EXTRACT]] : f32
// CHECK-NEXT:    } -> tensor<2xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<2xf32>
// CHECK-NEXT:  }
func.func @read_inside_stays_plain(%x: tensor<3xf32>) -> tensor<2xf32> {
  %s = ten.gather [2] %x (%i) : tensor<3xf32> -> tensor<2xf32> {
    ten.yield %i : index
  }
  func.return %s : tensor<2xf32>
}

// CHECK-LABEL: func.func @division_by_zero_is_zero(
// CHECK-SAME: [[X:%[^ ,:)]+]]: i32, [[Y:%[^ ,:)]+]]: i32) -> i32 {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : i32{{$}}
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi eq, [[Y]], [[CONSTANT]] : i32{{$}}
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[CMPI]], [[CONSTANT_1]], [[Y]] : i32{{$}}
// CHECK-NEXT:    [[DIVUI:%.*]] = arith.divui [[X]], [[SELECT]] : i32{{$}}
// CHECK-NEXT:    [[Z:%.*]] = arith.select [[CMPI]], [[CONSTANT]], [[DIVUI]] : i32{{$}}
// CHECK-NEXT:    func.return [[Z]] : i32{{$}}
// CHECK-NEXT:  }
func.func @division_by_zero_is_zero(%x: i32, %y: i32) -> i32 {
  %z = arith.divui %x, %y : i32
  func.return %z : i32
}

// CHECK-LABEL: func.func @division_by_a_known_number_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: i32) -> i32 {
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 3 : i32{{$}}
// CHECK-NEXT:    [[Z:%.*]] = arith.divui [[X]], [[Y]] : i32{{$}}
// CHECK-NEXT:    func.return [[Z]] : i32{{$}}
// CHECK-NEXT:  }
func.func @division_by_a_known_number_stays(%x: i32) -> i32 {
  %y = arith.constant 3 : i32
  %z = arith.divui %x, %y : i32
  func.return %z : i32
}

// CHECK-LABEL: func.func @write_at_a_known_place(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>, [[V:%[^ ,:)]+]]: tensor<2xf32>) -> tensor<5xf32> {
// CHECK-NEXT:    [[I:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[Y:%.*]] = tensor.insert_slice [[V]] into [[X]][1] [2] [2] : tensor<2xf32> into tensor<5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @write_at_a_known_place(%x: tensor<5xf32>, %v: tensor<2xf32>) -> tensor<5xf32> {
  %i = arith.constant 1 : index
  %y = ten.update %x[%i] %v strides [2] : tensor<5xf32>, tensor<2xf32> -> tensor<5xf32>
  func.return %y : tensor<5xf32>
}
