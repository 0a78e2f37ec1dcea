// RUN: letgrad-opt %s -p convert-upstream-to-ten | filecheck %s

// CHECK-LABEL: func.func @a_test_at_the_head_is_a_while(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[N:%[^ ,:)]+]]: i32) -> f64 {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : i32{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[C0]] : i32, [[ARG_1:%[^ ,:)]+]] = [[X]] : f64) -> (i32, f64) {
// CHECK-NEXT:      [[P:%.*]] = arith.cmpi slt, [[ARG]], [[N]] : i32{{$}}
// CHECK-NEXT:      ten.yield [[P]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_2:%[^ ,:)]+]], [[ARG_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[S:%.*]] = math.sin [[ARG_3]] : f64
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[ARG_2]], [[C1]] : i32{{$}}
// CHECK-NEXT:      ten.yield [[J]], [[S]] : i32, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[WHILE_1]] : f64
// CHECK-NEXT:  }
func.func @a_test_at_the_head_is_a_while(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  cf.br ^head(%c0, %x : i32, f64)
^head(%i: i32, %a: f64):
  %p = arith.cmpi slt, %i, %n : i32
  cf.cond_br %p, ^body, ^exit
^body:
  %s = math.sin %a : f64
  %j = arith.addi %i, %c1 : i32
  cf.br ^head(%j, %s : i32, f64)
^exit:
  return %a : f64
}

// CHECK-LABEL: func.func @a_known_branch_is_no_branch(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    func.return [[X]] : f64
// CHECK-NEXT:  }
func.func @a_known_branch_is_no_branch(%x: f64) -> f64 {
  %c = arith.constant true
  cf.cond_br %c, ^a, ^b
^a:
  return %x : f64
^b:
  %y = math.sin %x : f64
  return %y : f64
}
