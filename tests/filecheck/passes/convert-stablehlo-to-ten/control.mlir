// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Loops, branches and calls.

// A counter from a number to a number, and rows at the counter: a scan over rows.
// CHECK-LABEL: func.func @while_over_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]> : tensor<10xi32>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [10] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<10xi32>, [[S:%[^ ,:)]+]] = [[X]] : tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[G]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]], [[SCAN_1]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_over_rows(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<10> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %i, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %i, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// JAX counts from the end where the counter is negative, which it never is.
// CHECK-LABEL: func.func @while_over_rows_from_the_end(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]> : tensor<10xi32>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [10] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>) over ([[K:%[^ ,:)]+]] = [[CONSTANT]] : tensor<10xi32>, [[S:%[^ ,:)]+]] = [[X]] : tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[G]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]], [[SCAN_1]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_over_rows_from_the_end(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<10> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %k0 = stablehlo.constant dense<10> : tensor<i32>
    %lt = stablehlo.compare LT, %i, %z, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %up = stablehlo.add %i, %k0 : tensor<i32>
    %k = stablehlo.select %lt, %up, %i : tensor<i1>, tensor<i32>
    %r = stablehlo.dynamic_slice %x, %k, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %k, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// The rows in the other order.
// CHECK-LABEL: func.func @while_in_reverse(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]> : tensor<10xi32>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[X]] dims [0] : tensor<10x3xf32>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [10] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<10xi32>, [[S:%[^ ,:)]+]] = [[REVERSE]] : tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[G]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[REVERSE_1:%.*]] = ten.reverse [[SCAN_1]] dims [0] : tensor<10x3xf32>
// CHECK-NEXT:    func.return [[SCAN]], [[REVERSE_1]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_in_reverse(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<10> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %k0 = stablehlo.constant dense<9> : tensor<i32>
    %k = stablehlo.subtract %k0, %i : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %k, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %k, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// The rows that no turn writes keep their elements.
// CHECK-LABEL: func.func @while_over_half_of_the_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[Y0:%.*]] = arith.constant dense<0.000000e+00> : tensor<10x3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi32>
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[X]] offsets [0, 0] sizes [5, 3] strides [2, 1] : tensor<10x3xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [5] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<5xi32>, [[S:%[^ ,:)]+]] = [[SLICE]] : tensor<5x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>) {
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[G]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[UPDATE:%.*]] = ten.update [[Y0]]{{\[}}[[CONSTANT_1]], [[CONSTANT_1]]] [[SCAN_1]] strides [2, 1] : tensor<10x3xf32>, tensor<5x3xf32> -> tensor<10x3xf32>
// CHECK-NEXT:    func.return [[SCAN]], [[UPDATE]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_over_half_of_the_rows(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<5> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %two = stablehlo.constant dense<2> : tensor<i32>
    %k = stablehlo.multiply %i, %two : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %k, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %k, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// A counter that goes down.
// CHECK-LABEL: func.func @while_down(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]> : tensor<10xi32>
// CHECK-NEXT:    [[REVERSE:%.*]] = ten.reverse [[X]] dims [0] : tensor<10x3xf32>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [10] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<10xi32>, [[S:%[^ ,:)]+]] = [[REVERSE]] : tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[G]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[REVERSE_1:%.*]] = ten.reverse [[SCAN_1]] dims [0] : tensor<10x3xf32>
// CHECK-NEXT:    func.return [[SCAN]], [[REVERSE_1]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_down(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<9> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<0> : tensor<i32>
    %c = stablehlo.compare GE, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<-1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %i, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %i, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// Turn 9 would read behind the last row; the read clamps its place.
// CHECK-LABEL: func.func @while_over_rows_outside_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:    [[I0:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[H0:%.*]] = arith.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    [[Y0:%.*]] = arith.constant dense<0.000000e+00> : tensor<10x3xf32>
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1 : i32{{$}}
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]> : tensor<10xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 9 : i32{{$}}
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [10] ([[ARG:%[^ ,:)]+]] = [[H0]] : tensor<3xf32>, [[ARG_1:%[^ ,:)]+]] = [[Y0]] : tensor<10x3xf32>) over ([[ARG_2:%[^ ,:)]+]] = [[CONSTANT]] : tensor<10xi32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[ARG_2]], [[ONE]] : i32{{$}}
// CHECK-NEXT:      [[MINSI:%.*]] = arith.minsi [[K]], [[CONSTANT_1]] : i32{{$}}
// CHECK-NEXT:      [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[I0]] : i32{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[MAXSI]] : i32 to index
// CHECK-NEXT:      [[S:%.*]] = ten.index [[X]]{{\[}}[[INDEX_CAST]]] : tensor<10x3xf32> -> tensor<3xf32>
// CHECK-NEXT:      [[G:%.*]] = arith.mulf [[ARG]], [[S]] : tensor<3xf32>
// CHECK-NEXT:      [[T:%.*]] = ten.reshape [[G]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:      [[MINSI_1:%.*]] = arith.minsi [[K]], [[CONSTANT_1]] : i32{{$}}
// CHECK-NEXT:      [[MAXSI_1:%.*]] = arith.maxsi [[MINSI_1]], [[I0]] : i32{{$}}
// CHECK-NEXT:      [[INDEX_CAST_1:%.*]] = arith.index_cast [[MAXSI_1]] : i32 to index
// CHECK-NEXT:      [[ZS:%.*]] = ten.update [[ARG_1]]{{\[}}[[INDEX_CAST_1]], [[CONSTANT_2]]] [[T]] strides [1, 1] : tensor<10x3xf32>, tensor<1x3xf32> -> tensor<10x3xf32>
// CHECK-NEXT:      ten.yield [[G]], [[ZS]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]], [[SCAN_1]] : tensor<3xf32>, tensor<10x3xf32>
// CHECK-NEXT:  }
func.func @while_over_rows_outside_stays(%x: tensor<10x3xf32>) -> (tensor<3xf32>, tensor<10x3xf32>) {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %h0 = stablehlo.constant dense<1.0> : tensor<3xf32>
  %y0 = stablehlo.constant dense<0.0> : tensor<10x3xf32>
  %0:3 = stablehlo.while(%i = %i0, %h = %h0, %ys = %y0) : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
   cond {
    %n = stablehlo.constant dense<10> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %k = stablehlo.add %i, %one : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %k, %z, sizes = [1, 3] : (tensor<10x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %s = stablehlo.reshape %r : (tensor<1x3xf32>) -> tensor<3xf32>
    %g = stablehlo.multiply %h, %s : tensor<3xf32>
    %t = stablehlo.reshape %g : (tensor<3xf32>) -> tensor<1x3xf32>
    %zs = stablehlo.dynamic_update_slice %ys, %t, %k, %z : (tensor<10x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<10x3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %g, %zs : tensor<i32>, tensor<3xf32>, tensor<10x3xf32>
  }
  return %0#1, %0#2 : tensor<3xf32>, tensor<10x3xf32>
}

// The array changes in each turn, so its rows are none of the loop's.
// CHECK-LABEL: func.func @while_over_carried_rows_stays(
// CHECK-SAME: [[X0:%[^ ,:)]+]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi32>
// CHECK-NEXT:    [[SCAN:%.*]] = ten.scan [4] ([[ARG:%[^ ,:)]+]] = [[X0]] : tensor<4xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<4xi32>) -> (tensor<4xf32>) {
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[ARG_1]] : i32 to index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[ARG]]{{\[}}[[INDEX_CAST]]] : tensor<4xf32> -> f32
// CHECK-NEXT:      [[R:%.*]] = ten.reshape [[INDEX]] : f32 -> tensor<1xf32>
// CHECK-NEXT:      [[S:%.*]] = math.sin [[R]] : tensor<1xf32>
// CHECK-NEXT:      [[INDEX_CAST_1:%.*]] = arith.index_cast [[ARG_1]] : i32 to index
// CHECK-NEXT:      [[Y:%.*]] = ten.update [[ARG]]{{\[}}[[INDEX_CAST_1]]] [[S]] strides [1] : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
// CHECK-NEXT:      ten.yield [[Y]] : tensor<4xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[SCAN]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @while_over_carried_rows_stays(%x0: tensor<4xf32>) -> tensor<4xf32> {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %0:2 = stablehlo.while(%i = %i0, %x = %x0) : tensor<i32>, tensor<4xf32>
   cond {
    %n = stablehlo.constant dense<4> : tensor<i32>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %r = stablehlo.dynamic_slice %x, %i, sizes = [1] : (tensor<4xf32>, tensor<i32>) -> tensor<1xf32>
    %s = stablehlo.sine %r : tensor<1xf32>
    %y = stablehlo.dynamic_update_slice %x, %s, %i : (tensor<4xf32>, tensor<1xf32>, tensor<i32>) -> tensor<4xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %y : tensor<i32>, tensor<4xf32>
  }
  return %0#1 : tensor<4xf32>
}

// The bound is an argument: a loop of unknown length.
// CHECK-LABEL: func.func @while_of_unknown_length_stays(
// CHECK-SAME: [[N:%[^ ,:)]+]]: i32, [[X0:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[I0:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 1 : i32{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[I0]] : i32, [[ARG_1:%[^ ,:)]+]] = [[X0]] : f32) -> (i32, f32) {
// CHECK-NEXT:      [[C:%.*]] = arith.cmpi slt, [[ARG]], [[N]] : i32{{$}}
// CHECK-NEXT:      ten.yield [[C]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_2:%[^ ,:)]+]], [[ARG_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[S:%.*]] = math.sin [[ARG_3]] : f32
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[ARG_2]], [[ONE]] : i32{{$}}
// CHECK-NEXT:      ten.yield [[J]], [[S]] : i32, f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[WHILE_1]] : f32
// CHECK-NEXT:  }
func.func @while_of_unknown_length_stays(%n: tensor<i32>, %x0: tensor<f32>) -> tensor<f32> {
  %i0 = stablehlo.constant dense<0> : tensor<i32>
  %0:3 = stablehlo.while(%i = %i0, %m = %n, %x = %x0) : tensor<i32>, tensor<i32>, tensor<f32>
   cond {
    %c = stablehlo.compare LT, %i, %m, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %s = stablehlo.sine %x : tensor<f32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %m, %s : tensor<i32>, tensor<i32>, tensor<f32>
  }
  return %0#2 : tensor<f32>
}

// The counter wraps before it reaches the bound, so the loop is no scan.
// CHECK-LABEL: func.func @while_that_wraps_stays(
// CHECK-SAME: [[X0:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[I0:%.*]] = arith.constant 0 : i8{{$}}
// CHECK-NEXT:    [[N:%.*]] = arith.constant 101 : i8{{$}}
// CHECK-NEXT:    [[ONE:%.*]] = arith.constant 100 : i8{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[I0]] : i8, [[ARG_1:%[^ ,:)]+]] = [[X0]] : f32) -> (i8, f32) {
// CHECK-NEXT:      [[C:%.*]] = arith.cmpi slt, [[ARG]], [[N]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[C]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_2:%[^ ,:)]+]], [[ARG_3:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[S:%.*]] = math.sin [[ARG_3]] : f32
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[ARG_2]], [[ONE]] : i8{{$}}
// CHECK-NEXT:      ten.yield [[J]], [[S]] : i8, f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[WHILE_1]] : f32
// CHECK-NEXT:  }
func.func @while_that_wraps_stays(%x0: tensor<f32>) -> tensor<f32> {
  %i0 = stablehlo.constant dense<0> : tensor<i8>
  %0:2 = stablehlo.while(%i = %i0, %x = %x0) : tensor<i8>, tensor<f32>
   cond {
    %n = stablehlo.constant dense<101> : tensor<i8>
    %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i8>, tensor<i8>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<100> : tensor<i8>
    %s = stablehlo.sine %x : tensor<f32>
    %j = stablehlo.add %i, %one : tensor<i8>
    stablehlo.return %j, %s : tensor<i8>, tensor<f32>
  }
  return %0#1 : tensor<f32>
}

// CHECK-LABEL: func.func @case(
// CHECK-SAME: [[K:%[^ ,:)]+]]: i32, [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[CMPI:%.*]] = arith.cmpi eq, [[K]], [[CONSTANT]] : i32{{$}}
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : i32{{$}}
// CHECK-NEXT:    [[IF:%.*]] = scf.if [[CMPI]] -> (tensor<3xf32>) {
// CHECK-NEXT:      [[Y:%.*]] = math.sin [[X]] : tensor<3xf32>
// CHECK-NEXT:      scf.yield [[Y]] : tensor<3xf32>
// CHECK-NEXT:    } else {
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi eq, [[K]], [[CONSTANT_1]] : i32{{$}}
// CHECK-NEXT:      [[IF_1:%.*]] = scf.if [[CMPI_1]] -> (tensor<3xf32>) {
// CHECK-NEXT:        [[Y_1:%.*]] = math.cos [[X]] : tensor<3xf32>
// CHECK-NEXT:        scf.yield [[Y_1]] : tensor<3xf32>
// CHECK-NEXT:      } else {
// CHECK-NEXT:        scf.yield [[X]] : tensor<3xf32>
// CHECK-NEXT:      }
// CHECK-NEXT:      scf.yield [[IF_1]] : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[IF]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @case(%k: tensor<i32>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = "stablehlo.case"(%k) ({
    %y = stablehlo.sine %x : tensor<3xf32>
    stablehlo.return %y : tensor<3xf32>
  }, {
    %y = stablehlo.cosine %x : tensor<3xf32>
    stablehlo.return %y : tensor<3xf32>
  }, {
    stablehlo.return %x : tensor<3xf32>
  }) : (tensor<i32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @if(
// CHECK-SAME: [[K:%[^ ,:)]+]]: i1, [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[IF:%.*]] = scf.if [[K]] -> (tensor<3xf32>) {
// CHECK-NEXT:      [[Y:%.*]] = math.sin [[X]] : tensor<3xf32>
// CHECK-NEXT:      scf.yield [[Y]] : tensor<3xf32>
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield [[X]] : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[IF]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @if(%k: tensor<i1>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = "stablehlo.if"(%k) ({
    %y = stablehlo.sine %x : tensor<3xf32>
    stablehlo.return %y : tensor<3xf32>
  }, {
    stablehlo.return %x : tensor<3xf32>
  }) : (tensor<i1>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @call(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[X]], [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[Y_1:%.*]] = arith.addf [[Y]], [[Y]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @call(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = call @twice(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %z = stablehlo.composite "my.twice" %y {decomposition = @twice} : (tensor<3xf32>) -> tensor<3xf32>
  %w = stablehlo.optimization_barrier %z : tensor<3xf32>
  return %w : tensor<3xf32>
}

func.func private @twice(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.add %x, %x : tensor<3xf32>
  return %y : tensor<3xf32>
}
