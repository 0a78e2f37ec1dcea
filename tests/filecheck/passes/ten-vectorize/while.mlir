// RUN: letgrad-opt %s -p ten-vectorize --split-input-file | filecheck %s

// The condition depends on no index.
// CHECK-LABEL: func.func @while_of_one_condition(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[D:%[^ ,:)]+]] = ten.while ([[H:%[^ ,:)]+]] = [[A]] : f64, [[E:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:      [[GO:%.*]] = arith.cmpf olt, [[H]], [[X]] : f64
// CHECK-NEXT:      ten.yield [[GO]] : i1{{$}}
// CHECK-NEXT:    } do ([[H_1:%[^ ,:)]+]], [[E_1:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H_1]], [[H_1]] : f64
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[E_1]], [[E_1]] : tensor<4xf64>
// CHECK-NEXT:      ten.yield [[MULF]], [[MULF_1]] : f64, tensor<4xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[D]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @while_of_one_condition(%a: f64, %x: f64, %xs: tensor<4xf64>) -> tensor<4xf64> {
  %y = ten.build [4] (%i) : tensor<4xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %c, %d = ten.while (%h = %a : f64, %e = %v : f64) -> (f64, f64) {
      %go = arith.cmpf olt, %h, %x : f64
      ten.yield %go : i1
    } do (%h, %e) {
      %0 = arith.mulf %h, %h : f64
      %1 = arith.mulf %e, %e : f64
      ten.yield %0, %1 : f64, f64
    }
    ten.yield %d : f64
  }
  func.return %y : tensor<4xf64>
}

// -----

// An element that is done changes no more, and the loop ends when all are done.
// CHECK-LABEL: func.func @while_of_many_conditions(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:    [[GO:%.*]] = ten.compare olt, [[XS]], [[BROADCAST]] : tensor<4xf64>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while limit 9 ([[ARG:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>, [[ARG_1:%[^ ,:)]+]] = [[GO]] : tensor<4xi1>) -> (tensor<4xf64>, tensor<4xi1>) {
// CHECK-NEXT:      [[REDUCE:%.*]] = ten.reduce any, [[ARG_1]] dims [0] : tensor<4xi1> -> i1{{$}}
// CHECK-NEXT:      ten.yield [[REDUCE]] : i1{{$}}
// CHECK-NEXT:    } do ([[H:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[H]] : tensor<4xf64>
// CHECK-NEXT:      [[H_1:%.*]] = ten.select [[ARG_2]], [[MULF]], [[H]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:      [[GO_1:%.*]] = ten.compare olt, [[H_1]], [[BROADCAST_1]] : tensor<4xf64>
// CHECK-NEXT:      [[ANDI:%.*]] = arith.andi [[ARG_2]], [[GO_1]] : tensor<4xi1>
// CHECK-NEXT:      ten.yield [[H_1]], [[ANDI]] : tensor<4xf64>, tensor<4xi1>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @while_of_many_conditions(%x: f64, %xs: tensor<4xf64>) -> tensor<4xf64> {
  %y = ten.build [4] (%i) : tensor<4xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %c = ten.while limit 9 (%h = %v : f64) -> (f64) {
      %go = arith.cmpf olt, %h, %x : f64
      ten.yield %go : i1
    } do (%h) {
      %0 = arith.mulf %h, %h : f64
      ten.yield %0 : f64
    }
    ten.yield %c : f64
  }
  func.return %y : tensor<4xf64>
}

// -----

// The inner loop runs only for elements that the outer one still changes.
// CHECK-LABEL: func.func @while_in_while(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:    [[GO:%.*]] = ten.compare olt, [[XS]], [[BROADCAST]] : tensor<4xf64>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>, [[ARG_1:%[^ ,:)]+]] = [[GO]] : tensor<4xi1>) -> (tensor<4xf64>, tensor<4xi1>) {
// CHECK-NEXT:      [[REDUCE:%.*]] = ten.reduce any, [[ARG_1]] dims [0] : tensor<4xi1> -> i1{{$}}
// CHECK-NEXT:      ten.yield [[REDUCE]] : i1{{$}}
// CHECK-NEXT:    } do ([[H:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:      [[GO_1:%.*]] = ten.compare one, [[BROADCAST_1]], [[H]] : tensor<4xf64>
// CHECK-NEXT:      [[ANDI:%.*]] = arith.andi [[ARG_2]], [[GO_1]] : tensor<4xi1>
// CHECK-NEXT:      [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]] = ten.while ([[ARG_3:%[^ ,:)]+]] = [[BROADCAST]] : tensor<4xf64>, [[ARG_4:%[^ ,:)]+]] = [[ANDI]] : tensor<4xi1>) -> (tensor<4xf64>, tensor<4xi1>) {
// CHECK-NEXT:        [[REDUCE_1:%.*]] = ten.reduce any, [[ARG_4]] dims [0] : tensor<4xi1> -> i1{{$}}
// CHECK-NEXT:        ten.yield [[REDUCE_1]] : i1{{$}}
// CHECK-NEXT:      } do ([[J:%[^ ,:)]+]], [[ARG_5:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[J]], [[H]] : tensor<4xf64>
// CHECK-NEXT:        [[J_1:%.*]] = ten.select [[ARG_5]], [[ADDF]], [[J]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:        [[GO_2:%.*]] = ten.compare one, [[J_1]], [[H]] : tensor<4xf64>
// CHECK-NEXT:        [[ANDI_1:%.*]] = arith.andi [[ARG_2]], [[GO_2]] : tensor<4xi1>
// CHECK-NEXT:        [[ANDI_2:%.*]] = arith.andi [[ARG_5]], [[ANDI_1]] : tensor<4xi1>
// CHECK-NEXT:        ten.yield [[J_1]], [[ANDI_2]] : tensor<4xf64>, tensor<4xi1>
// CHECK-NEXT:      }
// CHECK-NEXT:      [[H_1:%.*]] = ten.select [[ARG_2]], [[WHILE_1]], [[H]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:      [[GO_3:%.*]] = ten.compare olt, [[H_1]], [[BROADCAST_2]] : tensor<4xf64>
// CHECK-NEXT:      [[ANDI_3:%.*]] = arith.andi [[ARG_2]], [[GO_3]] : tensor<4xi1>
// CHECK-NEXT:      ten.yield [[H_1]], [[ANDI_3]] : tensor<4xf64>, tensor<4xi1>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @while_in_while(%x: f64, %xs: tensor<4xf64>) -> tensor<4xf64> {
  %y = ten.build [4] (%i) : tensor<4xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %c = ten.while (%h = %v : f64) -> (f64) {
      %go = arith.cmpf olt, %h, %x : f64
      ten.yield %go : i1
    } do (%h) {
      %0 = ten.while (%j = %x : f64) -> (f64) {
        %go = arith.cmpf one, %j, %h : f64
        ten.yield %go : i1
      } do (%j) {
        %1 = arith.addf %j, %h : f64
        ten.yield %1 : f64
      }
      ten.yield %0 : f64
    }
    ten.yield %c : f64
  }
  func.return %y : tensor<4xf64>
}

// -----

// The loop runs only for elements whose branch has it.
// CHECK-LABEL: func.func @while_in_a_branch(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[CS:%[^ ,:)]+]]: tensor<4xi1>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant true{{$}}
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:    [[GO:%.*]] = ten.compare one, [[XS]], [[BROADCAST]] : tensor<4xf64>
// CHECK-NEXT:    [[BROADCAST_1:%.*]] = ten.broadcast [[CONSTANT]] dims [0] : i1 -> tensor<4xi1>
// CHECK-NEXT:    [[XORI:%.*]] = arith.xori [[CS]], [[BROADCAST_1]] : tensor<4xi1>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[XORI]], [[GO]] : tensor<4xi1>
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[WHILE:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>, [[ARG_1:%[^ ,:)]+]] = [[ANDI]] : tensor<4xi1>) -> (tensor<4xf64>, tensor<4xi1>) {
// CHECK-NEXT:      [[REDUCE:%.*]] = ten.reduce any, [[ARG_1]] dims [0] : tensor<4xi1> -> i1{{$}}
// CHECK-NEXT:      ten.yield [[REDUCE]] : i1{{$}}
// CHECK-NEXT:    } do ([[H:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[H]] : tensor<4xf64>
// CHECK-NEXT:      [[H_1:%.*]] = ten.select [[ARG_2]], [[MULF]], [[H]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:      [[GO_1:%.*]] = ten.compare one, [[H_1]], [[BROADCAST_2]] : tensor<4xf64>
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[XORI]], [[GO_1]] : tensor<4xi1>
// CHECK-NEXT:      [[ANDI_2:%.*]] = arith.andi [[ARG_2]], [[ANDI_1]] : tensor<4xi1>
// CHECK-NEXT:      ten.yield [[H_1]], [[ANDI_2]] : tensor<4xf64>, tensor<4xi1>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[R:%.*]] = ten.select [[CS]], [[XS]], [[C]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:    func.return [[R]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @while_in_a_branch(%x: f64, %cs: tensor<4xi1>, %xs: tensor<4xf64>) -> tensor<4xf64> {
  %y = ten.build [4] (%i) : tensor<4xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %m = ten.index %cs[%i] : tensor<4xi1> -> i1
    %r = scf.if %m -> (f64) {
      scf.yield %v : f64
    } else {
      %c = ten.while (%h = %v : f64) -> (f64) {
        %go = arith.cmpf one, %h, %x : f64
        ten.yield %go : i1
      } do (%h) {
        %0 = arith.mulf %h, %h : f64
        ten.yield %0 : f64
      }
      scf.yield %c : f64
    }
    ten.yield %r : f64
  }
  func.return %y : tensor<4xf64>
}

// -----

// Each element has turns of its own: the loop has the most of them.
// CHECK-LABEL: func.func @scan_of_many_turns(
// CHECK-SAME: [[NS:%[^ ,:)]+]]: tensor<4xindex>,
// CHECK-SAME: [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4x3xf64> {
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:    [[REDUCE:%.*]] = ten.reduce max, [[NS]] dims [0] : tensor<4xindex> -> index
// CHECK-NEXT:    [[C:%[^ ,:)]+]], [[SCAN:%[^ ,:)]+]] = ten.scan [3] turns [[REDUCE]] ([[H:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>) over ([[ARG:%[^ ,:)]+]] = [[IOTA]] : tensor<3xindex>) -> (tensor<4xf64>, tensor<3x4xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[XS]] : tensor<4xf64>
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[ARG]] dims [0] : index -> tensor<4xindex>
// CHECK-NEXT:      [[COMPARE:%.*]] = ten.compare slt, [[BROADCAST]], [[NS]] : tensor<4xindex>
// CHECK-NEXT:      [[SELECT:%.*]] = ten.select [[COMPARE]], [[MULF]], [[H]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:      [[CONSTANT:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[CONSTANT]] dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:      [[SELECT_1:%.*]] = ten.select [[COMPARE]], [[H]], [[BROADCAST_1]] : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT:      ten.yield [[SELECT]], [[SELECT_1]] : tensor<4xf64>, tensor<4xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[YS:%.*]] = ten.transpose [[SCAN]] perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    func.return [[YS]] : tensor<4x3xf64>
// CHECK-NEXT:  }
func.func @scan_of_many_turns(%ns: tensor<4xindex>, %xs: tensor<4xf64>) -> (tensor<4x3xf64>) {
  %y = ten.build [4] (%i) : tensor<4x3xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %n = ten.index %ns[%i] : tensor<4xindex> -> index
    %c, %ys = ten.scan [3] turns %n (%h = %v : f64) -> (f64, tensor<3xf64>) {
      %0 = arith.mulf %h, %v : f64
      ten.yield %0, %h : f64, f64
    }
    ten.yield %ys : tensor<3xf64>
  }
  func.return %y : tensor<4x3xf64>
}

// -----

// CHECK-LABEL: func.func @scan_of_the_same_turns(
// CHECK-SAME: [[N:%[^ ,:)]+]]: index, [[XS:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[C:%.*]] = ten.scan [3] turns [[N]] ([[H:%[^ ,:)]+]] = [[XS]] : tensor<4xf64>) -> (tensor<4xf64>) {
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[H]], [[XS]] : tensor<4xf64>
// CHECK-NEXT:      ten.yield [[MULF]] : tensor<4xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @scan_of_the_same_turns(%n: index, %xs: tensor<4xf64>) -> (tensor<4xf64>) {
  %y = ten.build [4] (%i) : tensor<4xf64> {
    %v = ten.index %xs[%i] : tensor<4xf64> -> f64
    %c = ten.scan [3] turns %n (%h = %v : f64) -> (f64) {
      %0 = arith.mulf %h, %v : f64
      ten.yield %0 : f64
    }
    ten.yield %c : f64
  }
  func.return %y : tensor<4xf64>
}
