// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Choices by one truth value: of two scalars, of two places, of two layouts.

// CHECK-LABEL: func.func @index_of_stack_by_condition(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32, [[Y:%[^ ,:)]+]]: f32, [[C:%[^ ,:)]+]]: i1) -> f32 {
// CHECK-NEXT:    [[E:%.*]] = ten.select [[C]], [[X]], [[Y]] : i1, f32
// CHECK-NEXT:    func.return [[E]] : f32
// CHECK-NEXT:  }
func.func @index_of_stack_by_condition(%x: f32, %y: f32, %c: i1) -> f32 {
  %t = ten.stack %y, %x : f32 -> tensor<2xf32>
  %n = arith.extui %c : i1 to i64
  %k = arith.index_cast %n : i64 to index
  %e = ten.index %t[%k] : tensor<2xf32> -> f32
  func.return %e : f32
}

// A place outside reads 0.
// CHECK-LABEL: func.func @index_of_stack_by_select(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32, [[Y:%[^ ,:)]+]]: f32, [[C:%[^ ,:)]+]]: i1) -> f32 {
// CHECK-NEXT:    [[E:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[E_1:%.*]] = ten.select [[C]], [[X]], [[E]] : i1, f32
// CHECK-NEXT:    func.return [[E_1]] : f32
// CHECK-NEXT:  }
func.func @index_of_stack_by_select(%x: f32, %y: f32, %c: i1) -> f32 {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %t = ten.stack %y, %x : f32 -> tensor<2xf32>
  %k = arith.select %c, %c1, %c5 : index
  %e = ten.index %t[%k] : tensor<2xf32> -> f32
  func.return %e : f32
}

// CHECK-LABEL: func.func @index_of_few_scalars(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[K:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[E:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[E_1:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[E_2:%.*]] = arith.cmpi eq, [[K]], [[E_1]] : index
// CHECK-NEXT:    [[E_3:%.*]] = ten.select [[E_2]], [[Z]], [[E]] : i1, f32
// CHECK-NEXT:    [[E_4:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[E_5:%.*]] = arith.cmpi eq, [[K]], [[E_4]] : index
// CHECK-NEXT:    [[E_6:%.*]] = ten.select [[E_5]], [[Y]], [[E_3]] : i1, f32
// CHECK-NEXT:    [[E_7:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[E_8:%.*]] = arith.cmpi eq, [[K]], [[E_7]] : index
// CHECK-NEXT:    [[E_9:%.*]] = ten.select [[E_8]], [[X]], [[E_6]] : i1, f32
// CHECK-NEXT:    func.return [[E_9]] : f32
// CHECK-NEXT:  }
func.func @index_of_few_scalars(%x: f32, %y: f32, %z: f32, %k: index) -> f32 {
  %t = ten.stack %x, %y, %z : f32 -> tensor<3xf32>
  %e = ten.index %t[%k] : tensor<3xf32> -> f32
  func.return %e : f32
}

// Two bits are 0, 1 or 2: the last of three needs no comparison.
// CHECK-LABEL: func.func @index_of_few_scalars_in_bounds(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[A:%[^ ,:)]+]]: i1,
// CHECK-SAME: [[B:%[^ ,:)]+]]: i1) -> f32 {
// CHECK-NEXT:    [[N:%.*]] = arith.extui [[A]] : i1 to i64{{$}}
// CHECK-NEXT:    [[M:%.*]] = arith.extui [[B]] : i1 to i64{{$}}
// CHECK-NEXT:    [[S:%.*]] = arith.addi [[N]], [[M]] : i64{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.index_cast [[S]] : i64 to index
// CHECK-NEXT:    [[E:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[E_1:%.*]] = arith.cmpi eq, [[K]], [[E]] : index
// CHECK-NEXT:    [[E_2:%.*]] = ten.select [[E_1]], [[Y]], [[Z]] : i1, f32
// CHECK-NEXT:    [[E_3:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[E_4:%.*]] = arith.cmpi eq, [[K]], [[E_3]] : index
// CHECK-NEXT:    [[E_5:%.*]] = ten.select [[E_4]], [[X]], [[E_2]] : i1, f32
// CHECK-NEXT:    func.return [[E_5]] : f32
// CHECK-NEXT:  }
func.func @index_of_few_scalars_in_bounds(%x: f32, %y: f32, %z: f32, %a: i1, %b: i1) -> f32 {
  %t = ten.stack %x, %y, %z : f32 -> tensor<3xf32>
  %n = arith.extui %a : i1 to i64
  %m = arith.extui %b : i1 to i64
  %s = arith.addi %n, %m : i64
  %k = arith.index_cast %s : i64 to index
  %e = ten.index %t[%k] : tensor<3xf32> -> f32
  func.return %e : f32
}

// The program returns the table, so that a read is one load.
// CHECK-LABEL: func.func @index_of_few_scalars_in_a_table_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[K:%[^ ,:)]+]]: index) -> (f32, tensor<2xf32>) {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]] : f32 -> tensor<2xf32>
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<2xf32> -> f32
// CHECK-NEXT:    func.return [[E]], [[T]] : f32, tensor<2xf32>
// CHECK-NEXT:  }
func.func @index_of_few_scalars_in_a_table_stays(%x: f32, %y: f32, %k: index) -> (f32, tensor<2xf32>) {
  %t = ten.stack %x, %y : f32 -> tensor<2xf32>
  %e = ten.index %t[%k] : tensor<2xf32> -> f32
  func.return %e, %t : f32, tensor<2xf32>
}

// CHECK-LABEL: func.func @index_of_many_scalars_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32, [[Y:%[^ ,:)]+]]: f32, [[K:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]], [[X]], [[Y]], [[Y]] : f32 -> tensor<5xf32>
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<5xf32> -> f32
// CHECK-NEXT:    func.return [[E]] : f32
// CHECK-NEXT:  }
func.func @index_of_many_scalars_stays(%x: f32, %y: f32, %k: index) -> f32 {
  %t = ten.stack %x, %y, %x, %y, %y : f32 -> tensor<5xf32>
  %e = ten.index %t[%k] : tensor<5xf32> -> f32
  func.return %e : f32
}

// The gradient of x in [x, y, z][k].
// CHECK-LABEL: func.func @index_of_scatter(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f32, [[K:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[E:%.*]] = arith.cmpi eq, [[K]], [[C0]] : index
// CHECK-NEXT:    [[E_1:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[E_2:%.*]] = ten.select [[E]], [[CT]], [[E_1]] : i1, f32
// CHECK-NEXT:    func.return [[E_2]] : f32
// CHECK-NEXT:  }
func.func @index_of_scatter(%ct: f32, %k: index) -> f32 {
  %c0 = arith.constant 0 : index
  %t = ten.scatter [3] %ct () : f32 -> tensor<3xf32> {
    ten.yield %k : index
  }
  %e = ten.index %t[%c0] : tensor<3xf32> -> f32
  func.return %e : f32
}

// CHECK-LABEL: func.func @index_of_scatter_by_condition(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f32, [[C:%[^ ,:)]+]]: i1) -> (f32, f32, f32) {
// CHECK-NEXT:    [[X:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[X_1:%.*]] = ten.select [[C]], [[X]], [[CT]] : i1, f32
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[Y_1:%.*]] = ten.select [[C]], [[CT]], [[Y]] : i1, f32
// CHECK-NEXT:    [[Z:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    func.return [[X_1]], [[Y_1]], [[Z]] : f32, f32, f32
// CHECK-NEXT:  }
func.func @index_of_scatter_by_condition(%ct: f32, %c: i1) -> (f32, f32, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = arith.extui %c : i1 to i64
  %k = arith.index_cast %n : i64 to index
  %t = ten.scatter [3] %ct () : f32 -> tensor<3xf32> {
    ten.yield %k : index
  }
  %x = ten.index %t[%c0] : tensor<3xf32> -> f32
  %y = ten.index %t[%c1] : tensor<3xf32> -> f32
  %z = ten.index %t[%c2] : tensor<3xf32> -> f32
  func.return %x, %y, %z : f32, f32, f32
}

// j may be outside, where the index reads 0, and k too, where the scatter drops the slice.
// CHECK-LABEL: func.func @index_of_scatter_outside_stays(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f32, [[K:%[^ ,:)]+]]: index, [[J:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [3] [[CT]] () {unique} : f32 -> tensor<3xf32> {
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[J]]] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return [[E]] : f32
// CHECK-NEXT:  }
func.func @index_of_scatter_outside_stays(%ct: f32, %k: index, %j: index) -> f32 {
  %t = ten.scatter [3] %ct () : f32 -> tensor<3xf32> {
    ten.yield %k : index
  }
  %e = ten.index %t[%j] : tensor<3xf32> -> f32
  func.return %e : f32
}

// c ? v[3:9] : v[0:6]
// CHECK-LABEL: func.func @gather_by_truth(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<9xf64>, [[C:%[^ ,:)]+]]: i1) -> tensor<6xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.slice [[V]] offsets [3] sizes [6] strides [1] : tensor<9xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[A_1:%.*]] = ten.slice [[V]] offsets [0] sizes [6] strides [1] : tensor<9xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[A_2:%.*]] = ten.select [[C]], [[A]], [[A_1]] : i1, tensor<6xf64>
// CHECK-NEXT:    func.return [[A_2]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @gather_by_truth(%v: tensor<9xf64>, %c: i1) -> tensor<6xf64> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %o = arith.select %c, %c3, %c0 : index
  %a = ten.gather [6] %v (%i) : tensor<9xf64> -> tensor<6xf64> {
    %k = arith.addi %i, %o : index
    ten.yield %k : index
  }
  func.return %a : tensor<6xf64>
}

// CHECK-LABEL: func.func @scatter_by_truth(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<6xf64>, [[C:%[^ ,:)]+]]: i1) -> tensor<9xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.pad [[CT]] low [3] high [0] interior [0] : tensor<6xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[A_1:%.*]] = ten.pad [[CT]] low [0] high [3] interior [0] : tensor<6xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[A_2:%.*]] = ten.select [[C]], [[A]], [[A_1]] : i1, tensor<9xf64>
// CHECK-NEXT:    func.return [[A_2]] : tensor<9xf64>
// CHECK-NEXT:  }
func.func @scatter_by_truth(%ct: tensor<6xf64>, %c: i1) -> tensor<9xf64> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %o = arith.select %c, %c3, %c0 : index
  %a = ten.scatter [9] %ct (%i) : tensor<6xf64> -> tensor<9xf64> {
    %k = arith.addi %i, %o : index
    ten.yield %k : index
  }
  func.return %a : tensor<9xf64>
}

// A mask, extended to 8 bits first, chooses a column for each row.
// CHECK-LABEL: func.func @gather_by_extended_mask(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6x2xf64>, [[M:%[^ ,:)]+]]: tensor<6xi1>) -> tensor<6xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.transpose [[V]] perm [1, 0] : tensor<6x2xf64> -> tensor<2x6xf64>
// CHECK-NEXT:    [[A_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[A_2:%.*]] = ten.index [[A]]{{\[}}[[A_1]]] : tensor<2x6xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[A_3:%.*]] = ten.transpose [[V]] perm [1, 0] : tensor<6x2xf64> -> tensor<2x6xf64>
// CHECK-NEXT:    [[A_4:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[A_5:%.*]] = ten.index [[A_3]]{{\[}}[[A_4]]] : tensor<2x6xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[A_6:%.*]] = ten.select [[M]], [[A_2]], [[A_5]] : tensor<6xi1>, tensor<6xf64>
// CHECK-NEXT:    func.return [[A_6]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @gather_by_extended_mask(%v: tensor<6x2xf64>, %m: tensor<6xi1>) -> tensor<6xf64> {
  %a = ten.gather [6] %v (%i) : tensor<6x2xf64> -> tensor<6xf64> {
    %b = ten.index %m[%i] : tensor<6xi1> -> i1
    %n = arith.extui %b : i1 to i8
    %o = arith.index_cast %n : i8 to index
    ten.yield %i, %o : index, index
  }
  func.return %a : tensor<6xf64>
}

// CHECK-LABEL: func.func @select_of_broadcasts(
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f32) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[S:%.*]] = ten.broadcast [[Y]] dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    [[S_1:%.*]] = ten.select [[C]], [[X]], [[S]] : i1, tensor<3xf32>
// CHECK-NEXT:    [[S_2:%.*]] = ten.broadcast [[S_1]] dims [0] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    func.return [[S_2]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @select_of_broadcasts(%c: i1, %x: tensor<3xf32>, %y: f32) -> tensor<2x3xf32> {
  %a = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %b = ten.broadcast %y dims [0, 1] : f32 -> tensor<2x3xf32>
  %s = ten.select %c, %a, %b : i1, tensor<2x3xf32>
  func.return %s : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @select_of_splats_by_rows(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<3xi1>) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[A:%.*]] = arith.constant dense<0.000000e+00> : tensor<2x3xf32>
// CHECK-NEXT:    [[X:%.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:    [[MASK:%.*]] = ten.broadcast [[M]] dims [0] : tensor<3xi1> -> tensor<2x3xi1>
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[X]] dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.select [[MASK]], [[A]], [[B]] : tensor<2x3xi1>, tensor<2x3xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @select_of_splats_by_rows(%m: tensor<3xi1>) -> tensor<2x3xf32> {
  %a = arith.constant dense<0.0> : tensor<2x3xf32>
  %x = arith.constant 1.0 : f32
  %mask = ten.broadcast %m dims [0] : tensor<3xi1> -> tensor<2x3xi1>
  %y = ten.broadcast %x dims [0] : f32 -> tensor<3xf32>
  %b = ten.broadcast %y dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %s = ten.select %mask, %a, %b : tensor<2x3xi1>, tensor<2x3xf32>
  func.return %s : tensor<2x3xf32>
}

// Rows and columns differ in every element.
// CHECK-LABEL: func.func @select_of_rows_and_columns_stays(
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2xf32>) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[Y]] dims [1] : tensor<2xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.select [[C]], [[A]], [[B]] : i1, tensor<2x3xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @select_of_rows_and_columns_stays(%c: i1, %x: tensor<3xf32>, %y: tensor<2xf32>) -> tensor<2x3xf32> {
  %a = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %b = ten.broadcast %y dims [1] : tensor<2xf32> -> tensor<2x3xf32>
  %s = ten.select %c, %a, %b : i1, tensor<2x3xf32>
  func.return %s : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @select_of_splats_by_mask_stays(
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<2x3xi1>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f32) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[Y]] dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.select [[M]], [[A]], [[B]] : tensor<2x3xi1>, tensor<2x3xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @select_of_splats_by_mask_stays(%m: tensor<2x3xi1>, %x: f32, %y: f32) -> tensor<2x3xf32> {
  %a = ten.broadcast %x dims [0, 1] : f32 -> tensor<2x3xf32>
  %b = ten.broadcast %y dims [0, 1] : f32 -> tensor<2x3xf32>
  %s = ten.select %m, %a, %b : tensor<2x3xi1>, tensor<2x3xf32>
  func.return %s : tensor<2x3xf32>
}

// The map of a gather knows tables: this one counts backwards, so that the gather is a reverse.
// CHECK-LABEL: func.func @index_of_few_numbers_in_a_region(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reverse [[V]] dims [0] : tensor<3xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @index_of_few_numbers_in_a_region(%v: tensor<3xf64>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %p = ten.stack %c2, %c1, %c0 : index -> tensor<3xindex>
  %y = ten.gather [3] %v (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = ten.index %p[%i] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @index_of_stack_by_condition_in_a_region(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<9xf64>,
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<3xi1>,
// CHECK-SAME: [[A:%[^ ,:)]+]]: index,
// CHECK-SAME: [[B:%[^ ,:)]+]]: index) -> tensor<3xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.index [[V]]{{\[}}[[B]]] : tensor<9xf64> -> f64
// CHECK-NEXT:    [[Y_1:%.*]] = ten.broadcast [[Y]] dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.index [[V]]{{\[}}[[A]]] : tensor<9xf64> -> f64
// CHECK-NEXT:    [[Y_3:%.*]] = ten.broadcast [[Y_2]] dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:    [[Y_4:%.*]] = ten.select [[M]], [[Y_1]], [[Y_3]] : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT:    func.return [[Y_4]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @index_of_stack_by_condition_in_a_region(%v: tensor<9xf64>, %m: tensor<3xi1>, %a: index, %b: index) -> tensor<3xf64> {
  %p = ten.stack %a, %b : index -> tensor<2xindex>
  %y = ten.gather [3] %v (%i) : tensor<9xf64> -> tensor<3xf64> {
    %c = ten.index %m[%i] : tensor<3xi1> -> i1
    %n = arith.extui %c : i1 to i64
    %j = arith.index_cast %n : i64 to index
    %k = ten.index %p[%j] : tensor<2xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// Two selects of rows would read both rows.
// CHECK-LABEL: func.func @index_of_few_rows_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf32>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: index) -> tensor<5xf32> {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]] : tensor<5xf32> -> tensor<2x5xf32>
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<2x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return [[E]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @index_of_few_rows_stays(%x: tensor<5xf32>, %y: tensor<5xf32>, %k: index) -> tensor<5xf32> {
  %t = ten.stack %x, %y : tensor<5xf32> -> tensor<2x5xf32>
  %e = ten.index %t[%k] : tensor<2x5xf32> -> tensor<5xf32>
  func.return %e : tensor<5xf32>
}

// One read at a chosen place is less than two reads.
// CHECK-LABEL: func.func @index_of_table_by_condition_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<2xf32>, [[C:%[^ ,:)]+]]: i1) -> f32 {
// CHECK-NEXT:    [[N:%.*]] = arith.extui [[C]] : i1 to i64{{$}}
// CHECK-NEXT:    [[K:%.*]] = arith.index_cast [[N]] : i64 to index
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[K]]] : tensor<2xf32> -> f32
// CHECK-NEXT:    func.return [[E]] : f32
// CHECK-NEXT:  }
func.func @index_of_table_by_condition_stays(%t: tensor<2xf32>, %c: i1) -> f32 {
  %n = arith.extui %c : i1 to i64
  %k = arith.index_cast %n : i64 to index
  %e = ten.index %t[%k] : tensor<2xf32> -> f32
  func.return %e : f32
}

// The place is computed in the region of the scatter, by an op with a region of its own.
// CHECK-LABEL: func.func @index_of_scatter_with_a_region_stays(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: f32,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> f32 {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [3] [[CT]] () : f32 -> tensor<3xf32> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.muli [[J]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[E:%.*]] = ten.index [[T]]{{\[}}[[C0]]] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return [[E]] : f32
// CHECK-NEXT:  }
func.func @index_of_scatter_with_a_region_stays(%ct: f32, %p: tensor<7xindex>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %t = ten.scatter [3] %ct () : f32 -> tensor<3xf32> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.muli %j, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  %e = ten.index %t[%c0] : tensor<3xf32> -> f32
  func.return %e : f32
}
