// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Reductions over dimensions and over windows.

// The initial value 0 changes no sum.
// CHECK-LABEL: func.func @reduce_sum(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>) -> tensor<2xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.sum [[X]] dims [1] : tensor<2x3xf32> -> tensor<2xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xf32>
// CHECK-NEXT:  }
func.func @reduce_sum(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %y = stablehlo.reduce(%x init: %c) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// Another initial value joins once.
// CHECK-LABEL: func.func @reduce_sum_with_initial_value(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>, [[C:%[^ ,:)]+]]: f32) -> tensor<2xf32> {
// CHECK-NEXT:    [[SUM:%.*]] = ten.sum [[X]] dims [1] : tensor<2x3xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[C]] dims [0] : f32 -> tensor<2xf32>
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[BROADCAST]], [[SUM]] : tensor<2xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2xf32>
// CHECK-NEXT:  }
func.func @reduce_sum_with_initial_value(%x: tensor<2x3xf32>, %c: tensor<f32>) -> tensor<2xf32> {
  %y = stablehlo.reduce(%x init: %c) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_max(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reduce max, [[X]] dims [0] : tensor<2x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @reduce_max(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  %c = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %y = stablehlo.reduce(%x init: %c) applies stablehlo.maximum across dimensions = [0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @reduce_and(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xi1>) -> tensor<3xi1> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reduce all, [[X]] dims [0] : tensor<2x3xi1> -> tensor<3xi1>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xi1>
// CHECK-NEXT:  }
func.func @reduce_and(%x: tensor<2x3xi1>) -> tensor<3xi1> {
  %c = stablehlo.constant dense<true> : tensor<i1>
  %y = stablehlo.reduce(%x init: %c) applies stablehlo.and across dimensions = [0] : (tensor<2x3xi1>, tensor<i1>) -> tensor<3xi1>
  return %y : tensor<3xi1>
}

// Any other reducer joins pairs of neighbours.
// CHECK-LABEL: func.func @reduce_by_any_region(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>, [[C:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[X]] offsets [0] sizes [2] strides [2] : tensor<5xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[SLICE_1:%.*]] = ten.slice [[X]] offsets [1] sizes [2] strides [2] : tensor<5xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[S:%.*]] = arith.mulf [[SLICE]], [[SLICE_1]] : tensor<2xf32>
// CHECK-NEXT:    [[T:%.*]] = arith.addf [[S]], [[SLICE]] : tensor<2xf32>
// CHECK-NEXT:    [[U:%.*]] = arith.addf [[T]], [[SLICE_1]] : tensor<2xf32>
// CHECK-NEXT:    [[SLICE_2:%.*]] = ten.slice [[X]] offsets [4] sizes [1] strides [1] : tensor<5xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[CONCAT:%.*]] = ten.concat [[U]], [[SLICE_2]] dim 0 : tensor<2xf32>, tensor<1xf32> -> tensor<3xf32>
// CHECK-NEXT:    [[SLICE_3:%.*]] = ten.slice [[CONCAT]] offsets [0] sizes [1] strides [2] : tensor<3xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[SLICE_4:%.*]] = ten.slice [[CONCAT]] offsets [1] sizes [1] strides [2] : tensor<3xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[S_1:%.*]] = arith.mulf [[SLICE_3]], [[SLICE_4]] : tensor<1xf32>
// CHECK-NEXT:    [[T_1:%.*]] = arith.addf [[S_1]], [[SLICE_3]] : tensor<1xf32>
// CHECK-NEXT:    [[U_1:%.*]] = arith.addf [[T_1]], [[SLICE_4]] : tensor<1xf32>
// CHECK-NEXT:    [[SLICE_5:%.*]] = ten.slice [[CONCAT]] offsets [2] sizes [1] strides [1] : tensor<3xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[CONCAT_1:%.*]] = ten.concat [[U_1]], [[SLICE_5]] dim 0 : tensor<1xf32>, tensor<1xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[SLICE_6:%.*]] = ten.slice [[CONCAT_1]] offsets [0] sizes [1] strides [2] : tensor<2xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[SLICE_7:%.*]] = ten.slice [[CONCAT_1]] offsets [1] sizes [1] strides [2] : tensor<2xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[S_2:%.*]] = arith.mulf [[SLICE_6]], [[SLICE_7]] : tensor<1xf32>
// CHECK-NEXT:    [[T_2:%.*]] = arith.addf [[S_2]], [[SLICE_6]] : tensor<1xf32>
// CHECK-NEXT:    [[U_2:%.*]] = arith.addf [[T_2]], [[SLICE_7]] : tensor<1xf32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[U_2]] : tensor<1xf32> -> f32
// CHECK-NEXT:    [[S_3:%.*]] = arith.mulf [[C]], [[RESHAPE]] : f32
// CHECK-NEXT:    [[T_3:%.*]] = arith.addf [[S_3]], [[C]] : f32
// CHECK-NEXT:    [[U_3:%.*]] = arith.addf [[T_3]], [[RESHAPE]] : f32
// CHECK-NEXT:    func.return [[U_3]] : f32
// CHECK-NEXT:  }
func.func @reduce_by_any_region(%x: tensor<5xf32>, %c: tensor<f32>) -> tensor<f32> {
  %y = stablehlo.reduce(%x init: %c) across dimensions = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<f32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {
    %s = stablehlo.multiply %a, %b : tensor<f32>
    %t = stablehlo.add %s, %a : tensor<f32>
    %u = stablehlo.add %t, %b : tensor<f32>
    stablehlo.return %u : tensor<f32>
  }
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @reduce_argmax(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>) -> i32 {
// CHECK-NEXT:    [[K:%.*]] = ten.argmax [[X]] dim 0 : tensor<5xf32> -> i32{{$}}
// CHECK-NEXT:    func.return [[K]] : i32{{$}}
// CHECK-NEXT:  }
func.func @reduce_argmax(%x: tensor<5xf32>) -> tensor<i32> {
  %i = stablehlo.iota dim = 0 : tensor<5xi32>
  %c = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %v, %k = stablehlo.reduce(%x init: %c), (%i init: %z) across dimensions = [0] : (tensor<5xf32>, tensor<5xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
   reducer(%a: tensor<f32>, %b: tensor<f32>) (%j: tensor<i32>, %l: tensor<i32>) {
    %0 = stablehlo.compare GT, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %1 = stablehlo.compare NE, %a, %a, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %2 = stablehlo.or %0, %1 : tensor<i1>
    %3 = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %4 = stablehlo.compare LT, %j, %l, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %5 = stablehlo.and %3, %4 : tensor<i1>
    %6 = stablehlo.or %2, %5 : tensor<i1>
    %7 = stablehlo.select %2, %a, %b : tensor<i1>, tensor<f32>
    %8 = stablehlo.select %6, %j, %l : tensor<i1>, tensor<i32>
    stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
  }
  return %k : tensor<i32>
}

// Another initial place might win against the first element, so the reducer stays.
// CHECK-LABEL: func.func @reduce_argmax_from_elsewhere_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xf32>) -> i32 {
// CHECK-NEXT:    [[I:%.*]] = ten.iota dim 0 : tensor<2xi32>
// CHECK-NEXT:    [[C:%.*]] = arith.constant 0xff800000 : f32
// CHECK-NEXT:    [[Z:%.*]] = arith.constant 7 : i32{{$}}
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[X]] offsets [0] sizes [1] strides [2] : tensor<2xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[SLICE_1:%.*]] = ten.slice [[I]] offsets [0] sizes [1] strides [2] : tensor<2xi32> -> tensor<1xi32>
// CHECK-NEXT:    [[SLICE_2:%.*]] = ten.slice [[X]] offsets [1] sizes [1] strides [2] : tensor<2xf32> -> tensor<1xf32>
// CHECK-NEXT:    [[SLICE_3:%.*]] = ten.slice [[I]] offsets [1] sizes [1] strides [2] : tensor<2xi32> -> tensor<1xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare ogt, [[SLICE]], [[SLICE_2]] : tensor<1xf32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare une, [[SLICE]], [[SLICE]] : tensor<1xf32>
// CHECK-NEXT:    [[ORI:%.*]] = arith.ori [[COMPARE]], [[COMPARE_1]] : tensor<1xi1>
// CHECK-NEXT:    [[COMPARE_2:%.*]] = ten.compare oeq, [[SLICE]], [[SLICE_2]] : tensor<1xf32>
// CHECK-NEXT:    [[COMPARE_3:%.*]] = ten.compare slt, [[SLICE_1]], [[SLICE_3]] : tensor<1xi32>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[COMPARE_2]], [[COMPARE_3]] : tensor<1xi1>
// CHECK-NEXT:    [[ORI_1:%.*]] = arith.ori [[ORI]], [[ANDI]] : tensor<1xi1>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[ORI]], [[SLICE]], [[SLICE_2]] : tensor<1xi1>, tensor<1xf32>
// CHECK-NEXT:    [[SELECT_1:%.*]] = ten.select [[ORI_1]], [[SLICE_1]], [[SLICE_3]] : tensor<1xi1>, tensor<1xi32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[SELECT]] : tensor<1xf32> -> f32
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[SELECT_1]] : tensor<1xi32> -> i32{{$}}
// CHECK-NEXT:    [[CMPF:%.*]] = arith.cmpf ogt, [[C]], [[RESHAPE]] : f32
// CHECK-NEXT:    [[CMPF_1:%.*]] = arith.cmpf une, [[C]], [[C]] : f32
// CHECK-NEXT:    [[ORI_2:%.*]] = arith.ori [[CMPF]], [[CMPF_1]] : i1{{$}}
// CHECK-NEXT:    [[CMPF_2:%.*]] = arith.cmpf oeq, [[C]], [[RESHAPE]] : f32
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi slt, [[Z]], [[RESHAPE_1]] : i32{{$}}
// CHECK-NEXT:    [[ANDI_1:%.*]] = arith.andi [[CMPF_2]], [[CMPI]] : i1{{$}}
// CHECK-NEXT:    [[ORI_3:%.*]] = arith.ori [[ORI_2]], [[ANDI_1]] : i1{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.select [[ORI_3]], [[Z]], [[RESHAPE_1]] : i32{{$}}
// CHECK-NEXT:    func.return [[K]] : i32{{$}}
// CHECK-NEXT:  }
func.func @reduce_argmax_from_elsewhere_stays(%x: tensor<2xf32>) -> tensor<i32> {
  %i = stablehlo.iota dim = 0 : tensor<2xi32>
  %c = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %z = stablehlo.constant dense<7> : tensor<i32>
  %v, %k = stablehlo.reduce(%x init: %c), (%i init: %z) across dimensions = [0] : (tensor<2xf32>, tensor<2xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
   reducer(%a: tensor<f32>, %b: tensor<f32>) (%j: tensor<i32>, %l: tensor<i32>) {
    %0 = stablehlo.compare GT, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %1 = stablehlo.compare NE, %a, %a, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %2 = stablehlo.or %0, %1 : tensor<i1>
    %3 = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %4 = stablehlo.compare LT, %j, %l, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %5 = stablehlo.and %3, %4 : tensor<i1>
    %6 = stablehlo.or %2, %5 : tensor<i1>
    %7 = stablehlo.select %2, %a, %b : tensor<i1>, tensor<f32>
    %8 = stablehlo.select %6, %j, %l : tensor<i1>, tensor<i32>
    stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
  }
  return %k : tensor<i32>
}

// CHECK-LABEL: func.func @reduce_window(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x6xf32>) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[C:%.*]] = arith.constant 0xff800000 : f32
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[X]] low [0, 0] high [0, 1] interior [0, 0] : tensor<5x6xf32> -> tensor<5x7xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<true> : tensor<5x6xi1>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[CONSTANT]] : tensor<5x6xi1> -> tensor<5x6xi8>
// CHECK-NEXT:    [[PAD_1:%.*]] = ten.pad [[CAST]] low [0, 0] high [0, 1] interior [0, 0] : tensor<5x6xi8> -> tensor<5x7xi8>
// CHECK-NEXT:    [[CAST_1:%.*]] = ten.cast [[PAD_1]] : tensor<5x7xi8> -> tensor<5x7xi1>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[C]] dims [0, 1] : f32 -> tensor<5x7xf32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[CAST_1]], [[PAD]], [[BROADCAST]] : tensor<5x7xi1>, tensor<5x7xf32>
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[SELECT]] offsets [0, 0] sizes [5, 3] strides [1, 2] : tensor<5x7xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    [[SLICE_1:%.*]] = ten.slice [[SELECT]] offsets [0, 1] sizes [5, 3] strides [1, 2] : tensor<5x7xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    [[SLICE_2:%.*]] = ten.slice [[SELECT]] offsets [0, 2] sizes [5, 3] strides [1, 2] : tensor<5x7xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    [[M:%.*]] = arith.maximumf [[SLICE]], [[SLICE_1]] : tensor<5x3xf32>
// CHECK-NEXT:    [[M_1:%.*]] = arith.maximumf [[M]], [[SLICE_2]] : tensor<5x3xf32>
// CHECK-NEXT:    [[SLICE_3:%.*]] = ten.slice [[M_1]] offsets [0, 0] sizes [2, 3] strides [2, 1] : tensor<5x3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    [[SLICE_4:%.*]] = ten.slice [[M_1]] offsets [1, 0] sizes [2, 3] strides [2, 1] : tensor<5x3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    [[M_2:%.*]] = arith.maximumf [[SLICE_3]], [[SLICE_4]] : tensor<2x3xf32>
// CHECK-NEXT:    func.return [[M_2]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @reduce_window(%x: tensor<5x6xf32>) -> tensor<2x3xf32> {
  %c = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %y = "stablehlo.reduce_window"(%x, %c) <{window_dimensions = array<i64: 2, 3>, window_strides = array<i64: 2, 2>, padding = dense<[[0, 0], [0, 1]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = stablehlo.maximum %a, %b : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }) : (tensor<5x6xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reduce_window_of_running_sums(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>) -> tensor<5xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.cumsum [[X]] dim 0 : tensor<5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @reduce_window_of_running_sums(%x: tensor<5xf32>) -> tensor<5xf32> {
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %y = "stablehlo.reduce_window"(%x, %c) <{window_dimensions = array<i64: 5>, padding = dense<[[4, 0]]> : tensor<1x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }) : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}
