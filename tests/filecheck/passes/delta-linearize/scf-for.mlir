// RUN: letgrad-opt %s -p delta-linearize | filecheck %s

// The number of steps is not known, so no derivative can store values of each step.
// CHECK-LABEL: func.func @for_of_unknown_length(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[LOW:%[^ ,:)]+]]: i32,
// CHECK-SAME: [[HIGH:%[^ ,:)]+]]: i32,
// CHECK-SAME: [[STEP:%[^ ,:)]+]]: i32,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f64) -> (f64, f64) attributes {letgrad.primal_flops = 2 : i64} {
// CHECK-NEXT:    [[DX:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[LOW]] : i32 -> index
// CHECK-NEXT:    [[CAST_1:%.*]] = ten.cast [[HIGH]] : i32 -> index
// CHECK-NEXT:    [[CAST_2:%.*]] = ten.cast [[STEP]] : i32 -> index
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[SUBI:%.*]] = arith.subi [[CAST_1]], [[CAST]] : index
// CHECK-NEXT:    [[SUBI_1:%.*]] = arith.subi [[SUBI]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[DIVSI:%.*]] = arith.divsi [[SUBI_1]], [[CAST_2]] : index
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[DIVSI]], [[CONSTANT_1]] : index
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi slt, [[CAST]], [[CAST_1]] : index
// CHECK-NEXT:    [[CMPI_1:%.*]] = arith.cmpi sgt, [[CAST_2]], [[CONSTANT]] : index
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[CMPI]], [[CMPI_1]] : i1{{$}}
// CHECK-NEXT:    [[SELECT:%.*]] = arith.select [[ANDI]], [[ADDI]], [[CONSTANT]] : index
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[X]] : f64, [[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : index) -> (f64, index) {
// CHECK-NEXT:      [[CMPI_2:%.*]] = arith.cmpi slt, [[ARG_1]], [[SELECT]] : index
// CHECK-NEXT:      ten.yield [[CMPI_2]] : i1{{$}}
// CHECK-NEXT:    } do ([[A:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CAST_3:%.*]] = ten.cast [[ARG_2]] : index -> i32{{$}}
// CHECK-NEXT:      [[MULI:%.*]] = arith.muli [[CAST_3]], [[STEP]] : i32{{$}}
// CHECK-NEXT:      [[I:%.*]] = arith.addi [[LOW]], [[MULI]] : i32{{$}}
// CHECK-NEXT:      [[K:%.*]] = arith.sitofp [[I]] : i32 to f64
// CHECK-NEXT:      [[B:%.*]] = arith.mulf [[A]], [[K]] : f64
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[ARG_2]], [[CONSTANT_1]] : index
// CHECK-NEXT:      ten.yield [[B]], [[ADDI_1]] : f64, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[DR:%[^ ,:)]+]] = ten.while ([[ARG_3:%[^ ,:)]+]] = [[X]] : f64, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT]] : index, [[DA:%[^ ,:)]+]] = [[DX]] : !delta.term<f64>) -> (f64, index, !delta.term<f64>) {
// CHECK-NEXT:      [[CMPI_3:%.*]] = arith.cmpi slt, [[ARG_4]], [[SELECT]] : index
// CHECK-NEXT:      ten.yield [[CMPI_3]] : i1{{$}}
// CHECK-NEXT:    } do ([[A_1:%[^ ,:)]+]], [[ARG_5:%[^ ,:)]+]], [[DA_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CAST_4:%.*]] = ten.cast [[ARG_5]] : index -> i32{{$}}
// CHECK-NEXT:      [[MULI_1:%.*]] = arith.muli [[CAST_4]], [[STEP]] : i32{{$}}
// CHECK-NEXT:      [[I_1:%.*]] = arith.addi [[LOW]], [[MULI_1]] : i32{{$}}
// CHECK-NEXT:      [[K_1:%.*]] = arith.sitofp [[I_1]] : i32 to f64
// CHECK-NEXT:      [[B_1:%.*]] = arith.mulf [[A_1]], [[K_1]] : f64
// CHECK-NEXT:      [[DB:%.*]] = delta.scale [[K_1]], [[DA_1]] : f64, !delta.term<f64>
// CHECK-NEXT:      [[ADDI_2:%.*]] = arith.addi [[ARG_5]], [[CONSTANT_1]] : index
// CHECK-NEXT:      ten.yield [[B_1]], [[ADDI_2]], [[DB]] : f64, index, !delta.term<f64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[PULLBACK:%.*]] = delta.pullback ([[DR]] : [[CT]]) : f64 -> f64
// CHECK-NEXT:    func.return [[R]], [[PULLBACK]] : f64, f64
// CHECK-NEXT:  }
func.func @for_of_unknown_length(%x: f64, %low: i32, %high: i32, %step: i32) -> f64 {
  %r = scf.for %i = %low to %high step %step iter_args(%a = %x) -> (f64) : i32 {
    %k = arith.sitofp %i : i32 to f64
    %b = arith.mulf %a, %k : f64
    scf.yield %b : f64
  }
  func.return %r : f64
}
