// RUN: letgrad-opt %s -p ten-checkpoint-scans,canonicalize,cse --check-semantics --verify-sharing | filecheck %s

// The first run fills the stack, and gives the last value. The second scan takes the stack.
// CHECK-LABEL: func.func @reversed_scan(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[C0]] : tensor<3xf64> -> tensor<1x3xf64>
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[RESHAPE]] low [0, 0] high [1, 0] interior [0, 0] : tensor<1x3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : index -> tensor<1xindex>
// CHECK-NEXT:    [[PAD_1:%.*]] = ten.pad [[RESHAPE_1]] low [0] high [1] interior [0] : tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 8 : index
// CHECK-NEXT:    [[INDEX:%.*]] = ten.index [[PAD]]{{\[}}[[CONSTANT]]] : tensor<2x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[INDEX_1:%.*]] = ten.index [[PAD_1]]{{\[}}[[CONSTANT]]] : tensor<2xindex> -> index
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[WHILE_3:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[INDEX]] : tensor<3xf64>, [[ARG_1:%[^ ,:)]+]] = [[INDEX_1]] : index, [[ARG_2:%[^ ,:)]+]] = [[PAD]] : tensor<2x3xf64>, [[ARG_3:%[^ ,:)]+]] = [[PAD_1]] : tensor<2xindex>, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT]] : index) -> (tensor<3xf64>, index, tensor<2x3xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[ARG_1]], [[CONSTANT_2]] : index
// CHECK-NEXT:      ten.yield [[CMPI]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_5:%[^ ,:)]+]], [[ARG_6:%[^ ,:)]+]], [[ARG_7:%[^ ,:)]+]], [[ARG_8:%[^ ,:)]+]], [[ARG_9:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CONSTANT_3:%.*]] = arith.constant 2 : index
// CHECK-NEXT:      [[SUBI:%.*]] = arith.subi [[CONSTANT_3]], [[ARG_9]] : index
// CHECK-NEXT:      [[SUBI_1:%.*]] = arith.subi [[CONSTANT_2]], [[ARG_6]] : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[SUBI_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi sgt, [[SUBI]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[WHILE_4:%[^ ,:)]+]], [[WHILE_5:%[^ ,:)]+]] = ten.while ([[ARG_10:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_11:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:        [[CMPI_2:%.*]] = arith.cmpi slt, [[ARG_11]], [[ADDI]] : index
// CHECK-NEXT:        [[ANDI:%.*]] = arith.andi [[CMPI_1]], [[CMPI_2]] : i1{{$}}
// CHECK-NEXT:        ten.yield [[ANDI]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_12:%[^ ,:)]+]], [[ARG_13:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDI_1:%.*]] = arith.addi [[ARG_12]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[ADDI_2:%.*]] = arith.addi [[SUBI]], [[ADDI_1]] : index
// CHECK-NEXT:        [[MULI:%.*]] = arith.muli [[ARG_13]], [[ADDI_2]] : index
// CHECK-NEXT:        [[DIVSI:%.*]] = arith.divsi [[MULI]], [[ADDI_1]] : index
// CHECK-NEXT:        ten.yield [[ADDI_1]], [[DIVSI]] : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[SUBI]], [[WHILE_4]] : index
// CHECK-NEXT:      [[MULI_1:%.*]] = arith.muli [[WHILE_5]], [[WHILE_4]] : index
// CHECK-NEXT:      [[DIVSI_1:%.*]] = arith.divsi [[MULI_1]], [[ADDI_3]] : index
// CHECK-NEXT:      [[MULI_2:%.*]] = arith.muli [[DIVSI_1]], [[SUBI]] : index
// CHECK-NEXT:      [[SUBI_2:%.*]] = arith.subi [[ADDI_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[DIVSI_2:%.*]] = arith.divsi [[MULI_2]], [[SUBI_2]] : index
// CHECK-NEXT:      [[SUBI_3:%.*]] = arith.subi [[ADDI]], [[DIVSI_2]] : index
// CHECK-NEXT:      [[MINSI:%.*]] = arith.minsi [[DIVSI_1]], [[SUBI_3]] : index
// CHECK-NEXT:      [[SELECT:%.*]] = arith.select [[CMPI_1]], [[MINSI]], [[SUBI_1]] : index
// CHECK-NEXT:      [[ADDI_4:%.*]] = arith.addi [[ARG_6]], [[SELECT]] : index
// CHECK-NEXT:      [[WHILE_6:%[^ ,:)]+]], [[WHILE_7:%[^ ,:)]+]] = ten.while ([[ARG_14:%[^ ,:)]+]] = [[ARG_5]] : tensor<3xf64>, [[ARG_15:%[^ ,:)]+]] = [[ARG_6]] : index) -> (tensor<3xf64>, index) {
// CHECK-NEXT:        [[CMPI_3:%.*]] = arith.cmpi slt, [[ARG_15]], [[ADDI_4]] : index
// CHECK-NEXT:        ten.yield [[CMPI_3]] : i1{{$}}
// CHECK-NEXT:      } do ([[H_1:%[^ ,:)]+]], [[ARG_16:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[SIN:%.*]] = math.sin [[H_1]] : tensor<3xf64>
// CHECK-NEXT:        [[ADDI_5:%.*]] = arith.addi [[ARG_16]], [[CONSTANT_1]] : index
// CHECK-NEXT:        ten.yield [[SIN]], [[ADDI_5]] : tensor<3xf64>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[CMPI_4:%.*]] = arith.cmpi slt, [[ADDI_4]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[CMPI_4]], [[CMPI_1]] : i1{{$}}
// CHECK-NEXT:      [[ADDI_6:%.*]] = arith.addi [[ARG_9]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[SELECT_1:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[WHILE_6]] : tensor<3xf64> -> tensor<1x3xf64>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[ARG_7]]{{\[}}[[SELECT_1]], [[CONSTANT]]] [[RESHAPE_2]] strides [1, 1] : tensor<2x3xf64>, tensor<1x3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:      [[RESHAPE_3:%.*]] = ten.reshape [[ADDI_4]] : index -> tensor<1xindex>
// CHECK-NEXT:      [[UPDATE_1:%.*]] = ten.update [[ARG_8]]{{\[}}[[SELECT_1]]] [[RESHAPE_3]] strides [1] : tensor<2xindex>, tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:      [[SELECT_2:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[ARG_9]] : index
// CHECK-NEXT:      ten.yield [[WHILE_6]], [[ADDI_4]], [[UPDATE]], [[UPDATE_1]], [[SELECT_2]] : tensor<3xf64>, index, tensor<2x3xf64>, tensor<2xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[INDEX_2:%.*]] = ten.index [[WHILE_2]]{{\[}}[[WHILE_3]]] : tensor<2xindex> -> index
// CHECK-NEXT:    [[CMPI_5:%.*]] = arith.cmpi eq, [[INDEX_2]], [[CONSTANT_2]] : index
// CHECK-NEXT:    [[SUBI_4:%.*]] = arith.subi [[WHILE_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[SUBI_4]], [[CONSTANT]] : index
// CHECK-NEXT:    [[SELECT_3:%.*]] = arith.select [[CMPI_5]], [[MAXSI]], [[WHILE_3]] : index
// CHECK-NEXT:    [[C:%.*]] = math.sin [[H]] : tensor<3xf64>
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<9xindex>
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]], [[SCAN_2:%[^ ,:)]+]] = ten.scan [9] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<3xf64>, [[ARG_17:%[^ ,:)]+]] = [[WHILE_1]] : tensor<2x3xf64>, [[ARG_18:%[^ ,:)]+]] = [[WHILE_2]] : tensor<2xindex>, [[ARG_19:%[^ ,:)]+]] = [[SELECT_3]] : index) over ([[ARG_20:%[^ ,:)]+]] = [[IOTA]] : tensor<9xindex>) -> (tensor<3xf64>, tensor<2x3xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:      [[INDEX_3:%.*]] = ten.index [[ARG_17]]{{\[}}[[ARG_19]]] : tensor<2x3xf64> -> tensor<3xf64>
// CHECK-NEXT:      [[INDEX_4:%.*]] = ten.index [[ARG_18]]{{\[}}[[ARG_19]]] : tensor<2xindex> -> index
// CHECK-NEXT:      [[H_2:%[^ ,:)]+]], [[WHILE_8:%[^ ,:)]+]], [[WHILE_9:%[^ ,:)]+]], [[WHILE_10:%[^ ,:)]+]], [[WHILE_11:%[^ ,:)]+]] = ten.while ([[ARG_21:%[^ ,:)]+]] = [[INDEX_3]] : tensor<3xf64>, [[ARG_22:%[^ ,:)]+]] = [[INDEX_4]] : index, [[ARG_23:%[^ ,:)]+]] = [[ARG_17]] : tensor<2x3xf64>, [[ARG_24:%[^ ,:)]+]] = [[ARG_18]] : tensor<2xindex>, [[ARG_25:%[^ ,:)]+]] = [[ARG_19]] : index) -> (tensor<3xf64>, index, tensor<2x3xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:        [[CMPI_6:%.*]] = arith.cmpi slt, [[ARG_22]], [[ARG_20]] : index
// CHECK-NEXT:        ten.yield [[CMPI_6]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_26:%[^ ,:)]+]], [[ARG_27:%[^ ,:)]+]], [[ARG_28:%[^ ,:)]+]], [[ARG_29:%[^ ,:)]+]], [[ARG_30:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[CONSTANT_4:%.*]] = arith.constant 2 : index
// CHECK-NEXT:        [[SUBI_5:%.*]] = arith.subi [[CONSTANT_4]], [[ARG_30]] : index
// CHECK-NEXT:        [[SUBI_6:%.*]] = arith.subi [[ARG_20]], [[ARG_27]] : index
// CHECK-NEXT:        [[ADDI_7:%.*]] = arith.addi [[SUBI_6]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[CMPI_7:%.*]] = arith.cmpi sgt, [[SUBI_5]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[WHILE_12:%[^ ,:)]+]], [[WHILE_13:%[^ ,:)]+]] = ten.while ([[ARG_31:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_32:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:          [[CMPI_8:%.*]] = arith.cmpi slt, [[ARG_32]], [[ADDI_7]] : index
// CHECK-NEXT:          [[ANDI_2:%.*]] = arith.andi [[CMPI_7]], [[CMPI_8]] : i1{{$}}
// CHECK-NEXT:          ten.yield [[ANDI_2]] : i1{{$}}
// CHECK-NEXT:        } do ([[ARG_33:%[^ ,:)]+]], [[ARG_34:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[ADDI_8:%.*]] = arith.addi [[ARG_33]], [[CONSTANT_1]] : index
// CHECK-NEXT:          [[ADDI_9:%.*]] = arith.addi [[SUBI_5]], [[ADDI_8]] : index
// CHECK-NEXT:          [[MULI_3:%.*]] = arith.muli [[ARG_34]], [[ADDI_9]] : index
// CHECK-NEXT:          [[DIVSI_3:%.*]] = arith.divsi [[MULI_3]], [[ADDI_8]] : index
// CHECK-NEXT:          ten.yield [[ADDI_8]], [[DIVSI_3]] : index, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[ADDI_10:%.*]] = arith.addi [[SUBI_5]], [[WHILE_12]] : index
// CHECK-NEXT:        [[MULI_4:%.*]] = arith.muli [[WHILE_13]], [[WHILE_12]] : index
// CHECK-NEXT:        [[DIVSI_4:%.*]] = arith.divsi [[MULI_4]], [[ADDI_10]] : index
// CHECK-NEXT:        [[MULI_5:%.*]] = arith.muli [[DIVSI_4]], [[SUBI_5]] : index
// CHECK-NEXT:        [[SUBI_7:%.*]] = arith.subi [[ADDI_10]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[DIVSI_5:%.*]] = arith.divsi [[MULI_5]], [[SUBI_7]] : index
// CHECK-NEXT:        [[SUBI_8:%.*]] = arith.subi [[ADDI_7]], [[DIVSI_5]] : index
// CHECK-NEXT:        [[MINSI_1:%.*]] = arith.minsi [[DIVSI_4]], [[SUBI_8]] : index
// CHECK-NEXT:        [[SELECT_4:%.*]] = arith.select [[CMPI_7]], [[MINSI_1]], [[SUBI_6]] : index
// CHECK-NEXT:        [[ADDI_11:%.*]] = arith.addi [[ARG_27]], [[SELECT_4]] : index
// CHECK-NEXT:        [[WHILE_14:%[^ ,:)]+]], [[WHILE_15:%[^ ,:)]+]] = ten.while ([[ARG_35:%[^ ,:)]+]] = [[ARG_26]] : tensor<3xf64>, [[ARG_36:%[^ ,:)]+]] = [[ARG_27]] : index) -> (tensor<3xf64>, index) {
// CHECK-NEXT:          [[CMPI_9:%.*]] = arith.cmpi slt, [[ARG_36]], [[ADDI_11]] : index
// CHECK-NEXT:          ten.yield [[CMPI_9]] : i1{{$}}
// CHECK-NEXT:        } do ([[H_3:%[^ ,:)]+]], [[ARG_37:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[SIN_1:%.*]] = math.sin [[H_3]] : tensor<3xf64>
// CHECK-NEXT:          [[ADDI_12:%.*]] = arith.addi [[ARG_37]], [[CONSTANT_1]] : index
// CHECK-NEXT:          ten.yield [[SIN_1]], [[ADDI_12]] : tensor<3xf64>, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[CMPI_10:%.*]] = arith.cmpi slt, [[ADDI_11]], [[ARG_20]] : index
// CHECK-NEXT:        [[ANDI_3:%.*]] = arith.andi [[CMPI_10]], [[CMPI_7]] : i1{{$}}
// CHECK-NEXT:        [[ADDI_13:%.*]] = arith.addi [[ARG_30]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[SELECT_5:%.*]] = arith.select [[ANDI_3]], [[ADDI_13]], [[CONSTANT_4]] : index
// CHECK-NEXT:        [[RESHAPE_4:%.*]] = ten.reshape [[WHILE_14]] : tensor<3xf64> -> tensor<1x3xf64>
// CHECK-NEXT:        [[UPDATE_2:%.*]] = ten.update [[ARG_28]]{{\[}}[[SELECT_5]], [[CONSTANT]]] [[RESHAPE_4]] strides [1, 1] : tensor<2x3xf64>, tensor<1x3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:        [[RESHAPE_5:%.*]] = ten.reshape [[ADDI_11]] : index -> tensor<1xindex>
// CHECK-NEXT:        [[UPDATE_3:%.*]] = ten.update [[ARG_29]]{{\[}}[[SELECT_5]]] [[RESHAPE_5]] strides [1] : tensor<2xindex>, tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:        [[SELECT_6:%.*]] = arith.select [[ANDI_3]], [[ADDI_13]], [[ARG_30]] : index
// CHECK-NEXT:        ten.yield [[WHILE_14]], [[ADDI_11]], [[UPDATE_2]], [[UPDATE_3]], [[SELECT_6]] : tensor<3xf64>, index, tensor<2x3xf64>, tensor<2xindex>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[INDEX_5:%.*]] = ten.index [[WHILE_10]]{{\[}}[[WHILE_11]]] : tensor<2xindex> -> index
// CHECK-NEXT:      [[CMPI_11:%.*]] = arith.cmpi eq, [[INDEX_5]], [[ARG_20]] : index
// CHECK-NEXT:      [[SUBI_9:%.*]] = arith.subi [[WHILE_11]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[MAXSI_1:%.*]] = arith.maxsi [[SUBI_9]], [[CONSTANT]] : index
// CHECK-NEXT:      [[SELECT_7:%.*]] = arith.select [[CMPI_11]], [[MAXSI_1]], [[WHILE_11]] : index
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_2]] : tensor<3xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<3xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[WHILE_9]], [[WHILE_10]], [[SELECT_7]] : tensor<3xf64>, tensor<2x3xf64>, tensor<2xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @reversed_scan(%c0: tensor<3xf64>, %g0: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %c, %cs = ten.scan [9] (%h = %c0 : tensor<3xf64>) {checkpoint = 2 : i64} -> (tensor<3xf64>, tensor<9x3xf64>) {
    %0 = math.sin %h : tensor<3xf64>
    ten.yield %0, %h : tensor<3xf64>, tensor<3xf64>
  }
  %g = ten.scan [9] reverse (%d = %g0 : tensor<3xf64>) over (%h = %cs : tensor<9x3xf64>) -> (tensor<3xf64>) {
    %0 = math.cos %h : tensor<3xf64>
    %1 = arith.mulf %d, %0 : tensor<3xf64>
    ten.yield %1 : tensor<3xf64>
  }
  func.return %c, %g : tensor<3xf64>, tensor<3xf64>
}

// The first scan begins with its last row, and the run says how many rows there are.
// CHECK-LABEL: func.func @of_turns_and_rows(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<8x2xf64>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index,
// CHECK-SAME: [[M:%[^ ,:)]+]]: index) -> (tensor<2xf64>, tensor<2xf64>) {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 8 : index
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[N]], [[CONSTANT_2]] : index
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT]] : index
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[C0]] : tensor<2xf64> -> tensor<1x2xf64>
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[RESHAPE]] low [0, 0] high [1, 0] interior [0, 0] : tensor<1x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : index -> tensor<1xindex>
// CHECK-NEXT:    [[PAD_1:%.*]] = ten.pad [[RESHAPE_1]] low [0] high [1] interior [0] : tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:    [[SUBI:%.*]] = arith.subi [[MAXSI]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[MAXSI_1:%.*]] = arith.maxsi [[SUBI]], [[CONSTANT]] : index
// CHECK-NEXT:    [[INDEX:%.*]] = ten.index [[PAD]]{{\[}}[[CONSTANT]]] : tensor<2x2xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[INDEX_1:%.*]] = ten.index [[PAD_1]]{{\[}}[[CONSTANT]]] : tensor<2xindex> -> index
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[WHILE_3:%[^ ,:)]+]], [[WHILE_4:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[INDEX]] : tensor<2xf64>, [[ARG_1:%[^ ,:)]+]] = [[INDEX_1]] : index, [[ARG_2:%[^ ,:)]+]] = [[PAD]] : tensor<2x2xf64>, [[ARG_3:%[^ ,:)]+]] = [[PAD_1]] : tensor<2xindex>, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT]] : index) -> (tensor<2xf64>, index, tensor<2x2xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[ARG_1]], [[MAXSI_1]] : index
// CHECK-NEXT:      ten.yield [[CMPI]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_5:%[^ ,:)]+]], [[ARG_6:%[^ ,:)]+]], [[ARG_7:%[^ ,:)]+]], [[ARG_8:%[^ ,:)]+]], [[ARG_9:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CONSTANT_3:%.*]] = arith.constant 2 : index
// CHECK-NEXT:      [[SUBI_1:%.*]] = arith.subi [[CONSTANT_3]], [[ARG_9]] : index
// CHECK-NEXT:      [[SUBI_2:%.*]] = arith.subi [[MAXSI_1]], [[ARG_6]] : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[SUBI_2]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi sgt, [[SUBI_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[WHILE_5:%[^ ,:)]+]], [[WHILE_6:%[^ ,:)]+]] = ten.while ([[ARG_10:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_11:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:        [[CMPI_2:%.*]] = arith.cmpi slt, [[ARG_11]], [[ADDI]] : index
// CHECK-NEXT:        [[ANDI:%.*]] = arith.andi [[CMPI_1]], [[CMPI_2]] : i1{{$}}
// CHECK-NEXT:        ten.yield [[ANDI]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_12:%[^ ,:)]+]], [[ARG_13:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDI_1:%.*]] = arith.addi [[ARG_12]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[ADDI_2:%.*]] = arith.addi [[SUBI_1]], [[ADDI_1]] : index
// CHECK-NEXT:        [[MULI:%.*]] = arith.muli [[ARG_13]], [[ADDI_2]] : index
// CHECK-NEXT:        [[DIVSI:%.*]] = arith.divsi [[MULI]], [[ADDI_1]] : index
// CHECK-NEXT:        ten.yield [[ADDI_1]], [[DIVSI]] : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[SUBI_1]], [[WHILE_5]] : index
// CHECK-NEXT:      [[MULI_1:%.*]] = arith.muli [[WHILE_6]], [[WHILE_5]] : index
// CHECK-NEXT:      [[DIVSI_1:%.*]] = arith.divsi [[MULI_1]], [[ADDI_3]] : index
// CHECK-NEXT:      [[MULI_2:%.*]] = arith.muli [[DIVSI_1]], [[SUBI_1]] : index
// CHECK-NEXT:      [[SUBI_3:%.*]] = arith.subi [[ADDI_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[DIVSI_2:%.*]] = arith.divsi [[MULI_2]], [[SUBI_3]] : index
// CHECK-NEXT:      [[SUBI_4:%.*]] = arith.subi [[ADDI]], [[DIVSI_2]] : index
// CHECK-NEXT:      [[MINSI_1:%.*]] = arith.minsi [[DIVSI_1]], [[SUBI_4]] : index
// CHECK-NEXT:      [[SELECT:%.*]] = arith.select [[CMPI_1]], [[MINSI_1]], [[SUBI_2]] : index
// CHECK-NEXT:      [[ADDI_4:%.*]] = arith.addi [[ARG_6]], [[SELECT]] : index
// CHECK-NEXT:      [[WHILE_7:%[^ ,:)]+]], [[WHILE_8:%[^ ,:)]+]] = ten.while ([[ARG_14:%[^ ,:)]+]] = [[ARG_5]] : tensor<2xf64>, [[ARG_15:%[^ ,:)]+]] = [[ARG_6]] : index) -> (tensor<2xf64>, index) {
// CHECK-NEXT:        [[CMPI_3:%.*]] = arith.cmpi slt, [[ARG_15]], [[ADDI_4]] : index
// CHECK-NEXT:        ten.yield [[CMPI_3]] : i1{{$}}
// CHECK-NEXT:      } do ([[H:%[^ ,:)]+]], [[ARG_16:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[SUBI_5:%.*]] = arith.subi [[SUBI]], [[ARG_16]] : index
// CHECK-NEXT:        [[X:%.*]] = ten.index [[XS]]{{\[}}[[SUBI_5]]] : tensor<8x2xf64> -> tensor<2xf64>
// CHECK-NEXT:        [[SIN:%.*]] = math.sin [[H]] : tensor<2xf64>
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[SIN]], [[X]] : tensor<2xf64>
// CHECK-NEXT:        [[ADDI_5:%.*]] = arith.addi [[ARG_16]], [[CONSTANT_1]] : index
// CHECK-NEXT:        ten.yield [[ADDF]], [[ADDI_5]] : tensor<2xf64>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[CMPI_4:%.*]] = arith.cmpi slt, [[ADDI_4]], [[MAXSI_1]] : index
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[CMPI_4]], [[CMPI_1]] : i1{{$}}
// CHECK-NEXT:      [[ADDI_6:%.*]] = arith.addi [[ARG_9]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[SELECT_1:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[WHILE_7]] : tensor<2xf64> -> tensor<1x2xf64>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[ARG_7]]{{\[}}[[SELECT_1]], [[CONSTANT]]] [[RESHAPE_2]] strides [1, 1] : tensor<2x2xf64>, tensor<1x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:      [[RESHAPE_3:%.*]] = ten.reshape [[ADDI_4]] : index -> tensor<1xindex>
// CHECK-NEXT:      [[UPDATE_1:%.*]] = ten.update [[ARG_8]]{{\[}}[[SELECT_1]]] [[RESHAPE_3]] strides [1] : tensor<2xindex>, tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:      [[SELECT_2:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[ARG_9]] : index
// CHECK-NEXT:      ten.yield [[WHILE_7]], [[ADDI_4]], [[UPDATE]], [[UPDATE_1]], [[SELECT_2]] : tensor<2xf64>, index, tensor<2x2xf64>, tensor<2xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[INDEX_2:%.*]] = ten.index [[WHILE_3]]{{\[}}[[WHILE_4]]] : tensor<2xindex> -> index
// CHECK-NEXT:    [[CMPI_5:%.*]] = arith.cmpi eq, [[INDEX_2]], [[MAXSI_1]] : index
// CHECK-NEXT:    [[SUBI_6:%.*]] = arith.subi [[WHILE_4]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[MAXSI_2:%.*]] = arith.maxsi [[SUBI_6]], [[CONSTANT]] : index
// CHECK-NEXT:    [[SELECT_3:%.*]] = arith.select [[CMPI_5]], [[MAXSI_2]], [[WHILE_4]] : index
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<1xindex>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[MAXSI_1]] dims [0] : index -> tensor<1xindex>
// CHECK-NEXT:    [[ADDI_7:%.*]] = arith.addi [[IOTA]], [[BROADCAST]] : tensor<1xindex>
// CHECK-NEXT:    [[SUBI_7:%.*]] = arith.subi [[MAXSI]], [[MAXSI_1]] : index
// CHECK-NEXT:    [[C:%.*]] = ten.scan [1] turns [[SUBI_7]] ([[H_1:%[^ ,:)]+]] = [[WHILE]] : tensor<2xf64>) over ([[ARG_17:%[^ ,:)]+]] = [[ADDI_7]] : tensor<1xindex>) -> (tensor<2xf64>) {
// CHECK-NEXT:      [[SUBI_8:%.*]] = arith.subi [[SUBI]], [[ARG_17]] : index
// CHECK-NEXT:      [[X_1:%.*]] = ten.index [[XS]]{{\[}}[[SUBI_8]]] : tensor<8x2xf64> -> tensor<2xf64>
// CHECK-NEXT:      [[SIN_1:%.*]] = math.sin [[H_1]] : tensor<2xf64>
// CHECK-NEXT:      [[ADDF_1:%.*]] = arith.addf [[SIN_1]], [[X_1]] : tensor<2xf64>
// CHECK-NEXT:      ten.yield [[ADDF_1]] : tensor<2xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[IOTA_1:%.*]] = ten.iota dim 0 : tensor<8xindex>
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]], [[SCAN_2:%[^ ,:)]+]] = ten.scan [8] turns [[N]] ([[D:%[^ ,:)]+]] = [[G0]] : tensor<2xf64>, [[ARG_18:%[^ ,:)]+]] = [[WHILE_2]] : tensor<2x2xf64>, [[ARG_19:%[^ ,:)]+]] = [[WHILE_3]] : tensor<2xindex>, [[ARG_20:%[^ ,:)]+]] = [[SELECT_3]] : index) over ([[ARG_21:%[^ ,:)]+]] = [[IOTA_1]] : tensor<8xindex>) -> (tensor<2xf64>, tensor<2x2xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:      [[SUBI_9:%.*]] = arith.subi [[SUBI]], [[ARG_21]] : index
// CHECK-NEXT:      [[INDEX_3:%.*]] = ten.index [[ARG_18]]{{\[}}[[ARG_20]]] : tensor<2x2xf64> -> tensor<2xf64>
// CHECK-NEXT:      [[INDEX_4:%.*]] = ten.index [[ARG_19]]{{\[}}[[ARG_20]]] : tensor<2xindex> -> index
// CHECK-NEXT:      [[H_2:%[^ ,:)]+]], [[WHILE_9:%[^ ,:)]+]], [[WHILE_10:%[^ ,:)]+]], [[WHILE_11:%[^ ,:)]+]], [[WHILE_12:%[^ ,:)]+]] = ten.while ([[ARG_22:%[^ ,:)]+]] = [[INDEX_3]] : tensor<2xf64>, [[ARG_23:%[^ ,:)]+]] = [[INDEX_4]] : index, [[ARG_24:%[^ ,:)]+]] = [[ARG_18]] : tensor<2x2xf64>, [[ARG_25:%[^ ,:)]+]] = [[ARG_19]] : tensor<2xindex>, [[ARG_26:%[^ ,:)]+]] = [[ARG_20]] : index) -> (tensor<2xf64>, index, tensor<2x2xf64>, tensor<2xindex>, index) {
// CHECK-NEXT:        [[CMPI_6:%.*]] = arith.cmpi slt, [[ARG_23]], [[SUBI_9]] : index
// CHECK-NEXT:        ten.yield [[CMPI_6]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_27:%[^ ,:)]+]], [[ARG_28:%[^ ,:)]+]], [[ARG_29:%[^ ,:)]+]], [[ARG_30:%[^ ,:)]+]], [[ARG_31:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[CONSTANT_4:%.*]] = arith.constant 2 : index
// CHECK-NEXT:        [[SUBI_10:%.*]] = arith.subi [[CONSTANT_4]], [[ARG_31]] : index
// CHECK-NEXT:        [[SUBI_11:%.*]] = arith.subi [[SUBI_9]], [[ARG_28]] : index
// CHECK-NEXT:        [[ADDI_8:%.*]] = arith.addi [[SUBI_11]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[CMPI_7:%.*]] = arith.cmpi sgt, [[SUBI_10]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[WHILE_13:%[^ ,:)]+]], [[WHILE_14:%[^ ,:)]+]] = ten.while ([[ARG_32:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_33:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:          [[CMPI_8:%.*]] = arith.cmpi slt, [[ARG_33]], [[ADDI_8]] : index
// CHECK-NEXT:          [[ANDI_2:%.*]] = arith.andi [[CMPI_7]], [[CMPI_8]] : i1{{$}}
// CHECK-NEXT:          ten.yield [[ANDI_2]] : i1{{$}}
// CHECK-NEXT:        } do ([[ARG_34:%[^ ,:)]+]], [[ARG_35:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[ADDI_9:%.*]] = arith.addi [[ARG_34]], [[CONSTANT_1]] : index
// CHECK-NEXT:          [[ADDI_10:%.*]] = arith.addi [[SUBI_10]], [[ADDI_9]] : index
// CHECK-NEXT:          [[MULI_3:%.*]] = arith.muli [[ARG_35]], [[ADDI_10]] : index
// CHECK-NEXT:          [[DIVSI_3:%.*]] = arith.divsi [[MULI_3]], [[ADDI_9]] : index
// CHECK-NEXT:          ten.yield [[ADDI_9]], [[DIVSI_3]] : index, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[ADDI_11:%.*]] = arith.addi [[SUBI_10]], [[WHILE_13]] : index
// CHECK-NEXT:        [[MULI_4:%.*]] = arith.muli [[WHILE_14]], [[WHILE_13]] : index
// CHECK-NEXT:        [[DIVSI_4:%.*]] = arith.divsi [[MULI_4]], [[ADDI_11]] : index
// CHECK-NEXT:        [[MULI_5:%.*]] = arith.muli [[DIVSI_4]], [[SUBI_10]] : index
// CHECK-NEXT:        [[SUBI_12:%.*]] = arith.subi [[ADDI_11]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[DIVSI_5:%.*]] = arith.divsi [[MULI_5]], [[SUBI_12]] : index
// CHECK-NEXT:        [[SUBI_13:%.*]] = arith.subi [[ADDI_8]], [[DIVSI_5]] : index
// CHECK-NEXT:        [[MINSI_2:%.*]] = arith.minsi [[DIVSI_4]], [[SUBI_13]] : index
// CHECK-NEXT:        [[SELECT_4:%.*]] = arith.select [[CMPI_7]], [[MINSI_2]], [[SUBI_11]] : index
// CHECK-NEXT:        [[ADDI_12:%.*]] = arith.addi [[ARG_28]], [[SELECT_4]] : index
// CHECK-NEXT:        [[WHILE_15:%[^ ,:)]+]], [[WHILE_16:%[^ ,:)]+]] = ten.while ([[ARG_36:%[^ ,:)]+]] = [[ARG_27]] : tensor<2xf64>, [[ARG_37:%[^ ,:)]+]] = [[ARG_28]] : index) -> (tensor<2xf64>, index) {
// CHECK-NEXT:          [[CMPI_9:%.*]] = arith.cmpi slt, [[ARG_37]], [[ADDI_12]] : index
// CHECK-NEXT:          ten.yield [[CMPI_9]] : i1{{$}}
// CHECK-NEXT:        } do ([[H_3:%[^ ,:)]+]], [[ARG_38:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[SUBI_14:%.*]] = arith.subi [[SUBI]], [[ARG_38]] : index
// CHECK-NEXT:          [[X_2:%.*]] = ten.index [[XS]]{{\[}}[[SUBI_14]]] : tensor<8x2xf64> -> tensor<2xf64>
// CHECK-NEXT:          [[SIN_2:%.*]] = math.sin [[H_3]] : tensor<2xf64>
// CHECK-NEXT:          [[ADDF_2:%.*]] = arith.addf [[SIN_2]], [[X_2]] : tensor<2xf64>
// CHECK-NEXT:          [[ADDI_13:%.*]] = arith.addi [[ARG_38]], [[CONSTANT_1]] : index
// CHECK-NEXT:          ten.yield [[ADDF_2]], [[ADDI_13]] : tensor<2xf64>, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[CMPI_10:%.*]] = arith.cmpi slt, [[ADDI_12]], [[SUBI_9]] : index
// CHECK-NEXT:        [[ANDI_3:%.*]] = arith.andi [[CMPI_10]], [[CMPI_7]] : i1{{$}}
// CHECK-NEXT:        [[ADDI_14:%.*]] = arith.addi [[ARG_31]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[SELECT_5:%.*]] = arith.select [[ANDI_3]], [[ADDI_14]], [[CONSTANT_4]] : index
// CHECK-NEXT:        [[RESHAPE_4:%.*]] = ten.reshape [[WHILE_15]] : tensor<2xf64> -> tensor<1x2xf64>
// CHECK-NEXT:        [[UPDATE_2:%.*]] = ten.update [[ARG_29]]{{\[}}[[SELECT_5]], [[CONSTANT]]] [[RESHAPE_4]] strides [1, 1] : tensor<2x2xf64>, tensor<1x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:        [[RESHAPE_5:%.*]] = ten.reshape [[ADDI_12]] : index -> tensor<1xindex>
// CHECK-NEXT:        [[UPDATE_3:%.*]] = ten.update [[ARG_30]]{{\[}}[[SELECT_5]]] [[RESHAPE_5]] strides [1] : tensor<2xindex>, tensor<1xindex> -> tensor<2xindex>
// CHECK-NEXT:        [[SELECT_6:%.*]] = arith.select [[ANDI_3]], [[ADDI_14]], [[ARG_31]] : index
// CHECK-NEXT:        ten.yield [[WHILE_15]], [[ADDI_12]], [[UPDATE_2]], [[UPDATE_3]], [[SELECT_6]] : tensor<2xf64>, index, tensor<2x2xf64>, tensor<2xindex>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[INDEX_5:%.*]] = ten.index [[WHILE_11]]{{\[}}[[WHILE_12]]] : tensor<2xindex> -> index
// CHECK-NEXT:      [[CMPI_11:%.*]] = arith.cmpi eq, [[INDEX_5]], [[SUBI_9]] : index
// CHECK-NEXT:      [[SUBI_15:%.*]] = arith.subi [[WHILE_12]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[MAXSI_3:%.*]] = arith.maxsi [[SUBI_15]], [[CONSTANT]] : index
// CHECK-NEXT:      [[SELECT_7:%.*]] = arith.select [[CMPI_11]], [[MAXSI_3]], [[WHILE_12]] : index
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_2]] : tensor<2xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<2xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[WHILE_10]], [[WHILE_11]], [[SELECT_7]] : tensor<2xf64>, tensor<2x2xf64>, tensor<2xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<2xf64>, tensor<2xf64>
// CHECK-NEXT:  }
func.func @of_turns_and_rows(%c0: tensor<2xf64>, %g0: tensor<2xf64>, %xs: tensor<8x2xf64>, %n: index, %m: index) -> (tensor<2xf64>, tensor<2xf64>) {
  %c, %cs = ten.scan [8] turns %n reverse (%h = %c0 : tensor<2xf64>) over (%x = %xs : tensor<8x2xf64>) {checkpoint = 2 : i64} -> (tensor<2xf64>, tensor<8x2xf64>) {
    %1 = math.sin %h : tensor<2xf64>
    %0 = arith.addf %1, %x : tensor<2xf64>
    ten.yield %0, %h : tensor<2xf64>, tensor<2xf64>
  }
  %g = ten.scan [8] turns %n (%d = %g0 : tensor<2xf64>) over (%h = %cs : tensor<8x2xf64>) -> (tensor<2xf64>) {
    %0 = math.cos %h : tensor<2xf64>
    %1 = arith.mulf %d, %0 : tensor<2xf64>
    ten.yield %1 : tensor<2xf64>
  }
  func.return %c, %g : tensor<2xf64>, tensor<2xf64>
}

// One state is that of the first step.
// CHECK-LABEL: func.func @one_state(
// CHECK-SAME: [[C0:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[G0:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[C0]] : tensor<4xf64> -> tensor<1x4xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : index -> tensor<1xindex>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 6 : index
// CHECK-NEXT:    [[INDEX:%.*]] = ten.index [[RESHAPE]]{{\[}}[[CONSTANT]]] : tensor<1x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[INDEX_1:%.*]] = ten.index [[RESHAPE_1]]{{\[}}[[CONSTANT]]] : tensor<1xindex> -> index
// CHECK-NEXT:    [[H:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[WHILE_3:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[INDEX]] : tensor<4xf64>, [[ARG_1:%[^ ,:)]+]] = [[INDEX_1]] : index, [[ARG_2:%[^ ,:)]+]] = [[RESHAPE]] : tensor<1x4xf64>, [[ARG_3:%[^ ,:)]+]] = [[RESHAPE_1]] : tensor<1xindex>, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT]] : index) -> (tensor<4xf64>, index, tensor<1x4xf64>, tensor<1xindex>, index) {
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[ARG_1]], [[CONSTANT_2]] : index
// CHECK-NEXT:      ten.yield [[CMPI]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_5:%[^ ,:)]+]], [[ARG_6:%[^ ,:)]+]], [[ARG_7:%[^ ,:)]+]], [[ARG_8:%[^ ,:)]+]], [[ARG_9:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[SUBI:%.*]] = arith.subi [[CONSTANT_1]], [[ARG_9]] : index
// CHECK-NEXT:      [[SUBI_1:%.*]] = arith.subi [[CONSTANT_2]], [[ARG_6]] : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[SUBI_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi sgt, [[SUBI]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[WHILE_4:%[^ ,:)]+]], [[WHILE_5:%[^ ,:)]+]] = ten.while ([[ARG_10:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_11:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:        [[CMPI_2:%.*]] = arith.cmpi slt, [[ARG_11]], [[ADDI]] : index
// CHECK-NEXT:        [[ANDI:%.*]] = arith.andi [[CMPI_1]], [[CMPI_2]] : i1{{$}}
// CHECK-NEXT:        ten.yield [[ANDI]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_12:%[^ ,:)]+]], [[ARG_13:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDI_1:%.*]] = arith.addi [[ARG_12]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[ADDI_2:%.*]] = arith.addi [[SUBI]], [[ADDI_1]] : index
// CHECK-NEXT:        [[MULI:%.*]] = arith.muli [[ARG_13]], [[ADDI_2]] : index
// CHECK-NEXT:        [[DIVSI:%.*]] = arith.divsi [[MULI]], [[ADDI_1]] : index
// CHECK-NEXT:        ten.yield [[ADDI_1]], [[DIVSI]] : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[SUBI]], [[WHILE_4]] : index
// CHECK-NEXT:      [[MULI_1:%.*]] = arith.muli [[WHILE_5]], [[WHILE_4]] : index
// CHECK-NEXT:      [[DIVSI_1:%.*]] = arith.divsi [[MULI_1]], [[ADDI_3]] : index
// CHECK-NEXT:      [[MULI_2:%.*]] = arith.muli [[DIVSI_1]], [[SUBI]] : index
// CHECK-NEXT:      [[SUBI_2:%.*]] = arith.subi [[ADDI_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[DIVSI_2:%.*]] = arith.divsi [[MULI_2]], [[SUBI_2]] : index
// CHECK-NEXT:      [[SUBI_3:%.*]] = arith.subi [[ADDI]], [[DIVSI_2]] : index
// CHECK-NEXT:      [[MINSI:%.*]] = arith.minsi [[DIVSI_1]], [[SUBI_3]] : index
// CHECK-NEXT:      [[SELECT:%.*]] = arith.select [[CMPI_1]], [[MINSI]], [[SUBI_1]] : index
// CHECK-NEXT:      [[ADDI_4:%.*]] = arith.addi [[ARG_6]], [[SELECT]] : index
// CHECK-NEXT:      [[WHILE_6:%[^ ,:)]+]], [[WHILE_7:%[^ ,:)]+]] = ten.while ([[ARG_14:%[^ ,:)]+]] = [[ARG_5]] : tensor<4xf64>, [[ARG_15:%[^ ,:)]+]] = [[ARG_6]] : index) -> (tensor<4xf64>, index) {
// CHECK-NEXT:        [[CMPI_3:%.*]] = arith.cmpi slt, [[ARG_15]], [[ADDI_4]] : index
// CHECK-NEXT:        ten.yield [[CMPI_3]] : i1{{$}}
// CHECK-NEXT:      } do ([[H_1:%[^ ,:)]+]], [[ARG_16:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[SIN:%.*]] = math.sin [[H_1]] : tensor<4xf64>
// CHECK-NEXT:        [[ADDI_5:%.*]] = arith.addi [[ARG_16]], [[CONSTANT_1]] : index
// CHECK-NEXT:        ten.yield [[SIN]], [[ADDI_5]] : tensor<4xf64>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[CMPI_4:%.*]] = arith.cmpi slt, [[ADDI_4]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[CMPI_4]], [[CMPI_1]] : i1{{$}}
// CHECK-NEXT:      [[ADDI_6:%.*]] = arith.addi [[ARG_9]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[SELECT_1:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[WHILE_6]] : tensor<4xf64> -> tensor<1x4xf64>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[ARG_7]]{{\[}}[[SELECT_1]], [[CONSTANT]]] [[RESHAPE_2]] strides [1, 1] : tensor<1x4xf64>, tensor<1x4xf64> -> tensor<1x4xf64>
// CHECK-NEXT:      [[RESHAPE_3:%.*]] = ten.reshape [[ADDI_4]] : index -> tensor<1xindex>
// CHECK-NEXT:      [[UPDATE_1:%.*]] = ten.update [[ARG_8]]{{\[}}[[SELECT_1]]] [[RESHAPE_3]] strides [1] : tensor<1xindex>, tensor<1xindex> -> tensor<1xindex>
// CHECK-NEXT:      [[SELECT_2:%.*]] = arith.select [[ANDI_1]], [[ADDI_6]], [[ARG_9]] : index
// CHECK-NEXT:      ten.yield [[WHILE_6]], [[ADDI_4]], [[UPDATE]], [[UPDATE_1]], [[SELECT_2]] : tensor<4xf64>, index, tensor<1x4xf64>, tensor<1xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[INDEX_2:%.*]] = ten.index [[WHILE_2]]{{\[}}[[WHILE_3]]] : tensor<1xindex> -> index
// CHECK-NEXT:    [[CMPI_5:%.*]] = arith.cmpi eq, [[INDEX_2]], [[CONSTANT_2]] : index
// CHECK-NEXT:    [[SUBI_4:%.*]] = arith.subi [[WHILE_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[SUBI_4]], [[CONSTANT]] : index
// CHECK-NEXT:    [[SELECT_3:%.*]] = arith.select [[CMPI_5]], [[MAXSI]], [[WHILE_3]] : index
// CHECK-NEXT:    [[C:%.*]] = math.sin [[H]] : tensor<4xf64>
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<7xindex>
// CHECK-NEXT:    [[G:%[^ ,:)]+]], [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]], [[SCAN_2:%[^ ,:)]+]] = ten.scan [7] reverse ([[D:%[^ ,:)]+]] = [[G0]] : tensor<4xf64>, [[ARG_17:%[^ ,:)]+]] = [[WHILE_1]] : tensor<1x4xf64>, [[ARG_18:%[^ ,:)]+]] = [[WHILE_2]] : tensor<1xindex>, [[ARG_19:%[^ ,:)]+]] = [[SELECT_3]] : index) over ([[ARG_20:%[^ ,:)]+]] = [[IOTA]] : tensor<7xindex>) -> (tensor<4xf64>, tensor<1x4xf64>, tensor<1xindex>, index) {
// CHECK-NEXT:      [[INDEX_3:%.*]] = ten.index [[ARG_17]]{{\[}}[[ARG_19]]] : tensor<1x4xf64> -> tensor<4xf64>
// CHECK-NEXT:      [[INDEX_4:%.*]] = ten.index [[ARG_18]]{{\[}}[[ARG_19]]] : tensor<1xindex> -> index
// CHECK-NEXT:      [[H_2:%[^ ,:)]+]], [[WHILE_8:%[^ ,:)]+]], [[WHILE_9:%[^ ,:)]+]], [[WHILE_10:%[^ ,:)]+]], [[WHILE_11:%[^ ,:)]+]] = ten.while ([[ARG_21:%[^ ,:)]+]] = [[INDEX_3]] : tensor<4xf64>, [[ARG_22:%[^ ,:)]+]] = [[INDEX_4]] : index, [[ARG_23:%[^ ,:)]+]] = [[ARG_17]] : tensor<1x4xf64>, [[ARG_24:%[^ ,:)]+]] = [[ARG_18]] : tensor<1xindex>, [[ARG_25:%[^ ,:)]+]] = [[ARG_19]] : index) -> (tensor<4xf64>, index, tensor<1x4xf64>, tensor<1xindex>, index) {
// CHECK-NEXT:        [[CMPI_6:%.*]] = arith.cmpi slt, [[ARG_22]], [[ARG_20]] : index
// CHECK-NEXT:        ten.yield [[CMPI_6]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_26:%[^ ,:)]+]], [[ARG_27:%[^ ,:)]+]], [[ARG_28:%[^ ,:)]+]], [[ARG_29:%[^ ,:)]+]], [[ARG_30:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[SUBI_5:%.*]] = arith.subi [[CONSTANT_1]], [[ARG_30]] : index
// CHECK-NEXT:        [[SUBI_6:%.*]] = arith.subi [[ARG_20]], [[ARG_27]] : index
// CHECK-NEXT:        [[ADDI_7:%.*]] = arith.addi [[SUBI_6]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[CMPI_7:%.*]] = arith.cmpi sgt, [[SUBI_5]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[WHILE_12:%[^ ,:)]+]], [[WHILE_13:%[^ ,:)]+]] = ten.while ([[ARG_31:%[^ ,:)]+]] = [[CONSTANT]] : index, [[ARG_32:%[^ ,:)]+]] = [[CONSTANT_1]] : index) -> (index, index) {
// CHECK-NEXT:          [[CMPI_8:%.*]] = arith.cmpi slt, [[ARG_32]], [[ADDI_7]] : index
// CHECK-NEXT:          [[ANDI_2:%.*]] = arith.andi [[CMPI_7]], [[CMPI_8]] : i1{{$}}
// CHECK-NEXT:          ten.yield [[ANDI_2]] : i1{{$}}
// CHECK-NEXT:        } do ([[ARG_33:%[^ ,:)]+]], [[ARG_34:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[ADDI_8:%.*]] = arith.addi [[ARG_33]], [[CONSTANT_1]] : index
// CHECK-NEXT:          [[ADDI_9:%.*]] = arith.addi [[SUBI_5]], [[ADDI_8]] : index
// CHECK-NEXT:          [[MULI_3:%.*]] = arith.muli [[ARG_34]], [[ADDI_9]] : index
// CHECK-NEXT:          [[DIVSI_3:%.*]] = arith.divsi [[MULI_3]], [[ADDI_8]] : index
// CHECK-NEXT:          ten.yield [[ADDI_8]], [[DIVSI_3]] : index, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[ADDI_10:%.*]] = arith.addi [[SUBI_5]], [[WHILE_12]] : index
// CHECK-NEXT:        [[MULI_4:%.*]] = arith.muli [[WHILE_13]], [[WHILE_12]] : index
// CHECK-NEXT:        [[DIVSI_4:%.*]] = arith.divsi [[MULI_4]], [[ADDI_10]] : index
// CHECK-NEXT:        [[MULI_5:%.*]] = arith.muli [[DIVSI_4]], [[SUBI_5]] : index
// CHECK-NEXT:        [[SUBI_7:%.*]] = arith.subi [[ADDI_10]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[DIVSI_5:%.*]] = arith.divsi [[MULI_5]], [[SUBI_7]] : index
// CHECK-NEXT:        [[SUBI_8:%.*]] = arith.subi [[ADDI_7]], [[DIVSI_5]] : index
// CHECK-NEXT:        [[MINSI_1:%.*]] = arith.minsi [[DIVSI_4]], [[SUBI_8]] : index
// CHECK-NEXT:        [[SELECT_4:%.*]] = arith.select [[CMPI_7]], [[MINSI_1]], [[SUBI_6]] : index
// CHECK-NEXT:        [[ADDI_11:%.*]] = arith.addi [[ARG_27]], [[SELECT_4]] : index
// CHECK-NEXT:        [[WHILE_14:%[^ ,:)]+]], [[WHILE_15:%[^ ,:)]+]] = ten.while ([[ARG_35:%[^ ,:)]+]] = [[ARG_26]] : tensor<4xf64>, [[ARG_36:%[^ ,:)]+]] = [[ARG_27]] : index) -> (tensor<4xf64>, index) {
// CHECK-NEXT:          [[CMPI_9:%.*]] = arith.cmpi slt, [[ARG_36]], [[ADDI_11]] : index
// CHECK-NEXT:          ten.yield [[CMPI_9]] : i1{{$}}
// CHECK-NEXT:        } do ([[H_3:%[^ ,:)]+]], [[ARG_37:%[^ ,:)]+]]) {
// CHECK-NEXT:          [[SIN_1:%.*]] = math.sin [[H_3]] : tensor<4xf64>
// CHECK-NEXT:          [[ADDI_12:%.*]] = arith.addi [[ARG_37]], [[CONSTANT_1]] : index
// CHECK-NEXT:          ten.yield [[SIN_1]], [[ADDI_12]] : tensor<4xf64>, index
// CHECK-NEXT:        }
// CHECK-NEXT:        [[CMPI_10:%.*]] = arith.cmpi slt, [[ADDI_11]], [[ARG_20]] : index
// CHECK-NEXT:        [[ANDI_3:%.*]] = arith.andi [[CMPI_10]], [[CMPI_7]] : i1{{$}}
// CHECK-NEXT:        [[ADDI_13:%.*]] = arith.addi [[ARG_30]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[SELECT_5:%.*]] = arith.select [[ANDI_3]], [[ADDI_13]], [[CONSTANT_1]] : index
// CHECK-NEXT:        [[RESHAPE_4:%.*]] = ten.reshape [[WHILE_14]] : tensor<4xf64> -> tensor<1x4xf64>
// CHECK-NEXT:        [[UPDATE_2:%.*]] = ten.update [[ARG_28]]{{\[}}[[SELECT_5]], [[CONSTANT]]] [[RESHAPE_4]] strides [1, 1] : tensor<1x4xf64>, tensor<1x4xf64> -> tensor<1x4xf64>
// CHECK-NEXT:        [[RESHAPE_5:%.*]] = ten.reshape [[ADDI_11]] : index -> tensor<1xindex>
// CHECK-NEXT:        [[UPDATE_3:%.*]] = ten.update [[ARG_29]]{{\[}}[[SELECT_5]]] [[RESHAPE_5]] strides [1] : tensor<1xindex>, tensor<1xindex> -> tensor<1xindex>
// CHECK-NEXT:        [[SELECT_6:%.*]] = arith.select [[ANDI_3]], [[ADDI_13]], [[ARG_30]] : index
// CHECK-NEXT:        ten.yield [[WHILE_14]], [[ADDI_11]], [[UPDATE_2]], [[UPDATE_3]], [[SELECT_6]] : tensor<4xf64>, index, tensor<1x4xf64>, tensor<1xindex>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[INDEX_5:%.*]] = ten.index [[WHILE_10]]{{\[}}[[WHILE_11]]] : tensor<1xindex> -> index
// CHECK-NEXT:      [[CMPI_11:%.*]] = arith.cmpi eq, [[INDEX_5]], [[ARG_20]] : index
// CHECK-NEXT:      [[SUBI_9:%.*]] = arith.subi [[WHILE_11]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[MAXSI_1:%.*]] = arith.maxsi [[SUBI_9]], [[CONSTANT]] : index
// CHECK-NEXT:      [[SELECT_7:%.*]] = arith.select [[CMPI_11]], [[MAXSI_1]], [[WHILE_11]] : index
// CHECK-NEXT:      [[COS:%.*]] = math.cos [[H_2]] : tensor<4xf64>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[D]], [[COS]] : tensor<4xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[WHILE_9]], [[WHILE_10]], [[SELECT_7]] : tensor<4xf64>, tensor<1x4xf64>, tensor<1xindex>, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[G]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @one_state(%c0: tensor<4xf64>, %g0: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %c, %cs = ten.scan [7] (%h = %c0 : tensor<4xf64>) {checkpoint = 1 : i64} -> (tensor<4xf64>, tensor<7x4xf64>) {
    %0 = math.sin %h : tensor<4xf64>
    ten.yield %0, %h : tensor<4xf64>, tensor<4xf64>
  }
  %g = ten.scan [7] reverse (%d = %g0 : tensor<4xf64>) over (%h = %cs : tensor<7x4xf64>) -> (tensor<4xf64>) {
    %0 = math.cos %h : tensor<4xf64>
    %1 = arith.mulf %d, %0 : tensor<4xf64>
    ten.yield %1 : tensor<4xf64>
  }
  func.return %c, %g : tensor<4xf64>, tensor<4xf64>
}
