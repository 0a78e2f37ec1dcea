// RUN: letgrad-opt %s -p ten-simplify-gather-scatter --verify-sharing | filecheck %s

// Rules do not let a costly index function run more often.

// The windows are 2560 places, and the inner gather has 516: its tanh would run five times as often.
// CHECK-LABEL: func.func @gather_of_costly_gather_by_windows_stays(
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<11xf32>,
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<516xf32>) -> tensor<512x5xf32> {
// CHECK-NEXT:    [[B:%.*]] = ten.gather [516] [[U]] ([[I:%[^ ,:)]+]]) : tensor<11xf32> -> tensor<516xf32> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[T]]{{\[}}[[I]]] : tensor<516xf32> -> f32
// CHECK-NEXT:      [[S:%.*]] = math.tanh [[E]] : f32
// CHECK-NEXT:      [[K:%.*]] = arith.fptosi [[S]] : f32 to i64{{$}}
// CHECK-NEXT:      [[N:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[N]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C:%.*]] = ten.gather [512, 5] [[B]] ([[I_1:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) {in_bounds} : tensor<516xf32> -> tensor<512x5xf32> {
// CHECK-NEXT:      [[K_1:%.*]] = arith.addi [[I_1]], [[J]] : index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<512x5xf32>
// CHECK-NEXT:  }
func.func @gather_of_costly_gather_by_windows_stays(%u: tensor<11xf32>, %t: tensor<516xf32>) -> tensor<512x5xf32> {
  %b = ten.gather [516] %u (%i) : tensor<11xf32> -> tensor<516xf32> {
    %e = ten.index %t[%i] : tensor<516xf32> -> f32
    %s = math.tanh %e : f32
    %k = arith.fptosi %s : f32 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %c = ten.gather [512, 5] %b (%i, %j) : tensor<516xf32> -> tensor<512x5xf32> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %c : tensor<512x5xf32>
}

// Of an index function that only reads, no table is worth its store.
// CHECK-LABEL: func.func @gather_of_gather_by_windows(
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<11xf32>,
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<516xindex>) -> tensor<512x5xf32> {
// CHECK-NEXT:    [[C:%.*]] = ten.gather [512, 5] [[U]] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) : tensor<11xf32> -> tensor<512x5xf32> {
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG]], [[ARG_1]] : index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[T]]{{\[}}[[ADDI]]] : tensor<516xindex> -> index
// CHECK-NEXT:      ten.yield [[INDEX]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<512x5xf32>
// CHECK-NEXT:  }
func.func @gather_of_gather_by_windows(%u: tensor<11xf32>, %t: tensor<516xindex>) -> tensor<512x5xf32> {
  %b = ten.gather [516] %u (%i) : tensor<11xf32> -> tensor<516xf32> {
    %n = ten.index %t[%i] : tensor<516xindex> -> index
    ten.yield %n : index
  }
  %c = ten.gather [512, 5] %b (%i, %j) : tensor<516xf32> -> tensor<512x5xf32> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %c : tensor<512x5xf32>
}

// Half of the places, so that half of the tanh are gone.
// CHECK-LABEL: func.func @gather_of_costly_gather(
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<11xf32>, [[T:%[^ ,:)]+]]: tensor<8xf32>) -> tensor<2x2xf32> {
// CHECK-NEXT:    [[C:%.*]] = ten.gather [2, 2] [[U]] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) : tensor<11xf32> -> tensor<2x2xf32> {
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG]], [[ARG_1]] : index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[T]]{{\[}}[[ADDI]]] : tensor<8xf32> -> f32
// CHECK-NEXT:      [[TANH:%.*]] = math.tanh [[INDEX]] : f32
// CHECK-NEXT:      [[FPTOSI:%.*]] = arith.fptosi [[TANH]] : f32 to i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[FPTOSI]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]] : tensor<2x2xf32>
// CHECK-NEXT:  }
func.func @gather_of_costly_gather(%u: tensor<11xf32>, %t: tensor<8xf32>) -> tensor<2x2xf32> {
  %b = ten.gather [8] %u (%i) : tensor<11xf32> -> tensor<8xf32> {
    %e = ten.index %t[%i] : tensor<8xf32> -> f32
    %s = math.tanh %e : f32
    %k = arith.fptosi %s : f32 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %c = ten.gather [2, 2] %b (%i, %j) : tensor<8xf32> -> tensor<2x2xf32> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %c : tensor<2x2xf32>
}

// The program needs all eight, and would compute four of them again.
// CHECK-LABEL: func.func @gather_of_costly_gather_with_another_use_stays(
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<11xf32>,
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<8xf32>) -> (tensor<2x2xf32>, tensor<8xf32>) {
// CHECK-NEXT:    [[B:%.*]] = ten.gather [8] [[U]] ([[I:%[^ ,:)]+]]) : tensor<11xf32> -> tensor<8xf32> {
// CHECK-NEXT:      [[E:%.*]] = ten.index [[T]]{{\[}}[[I]]] : tensor<8xf32> -> f32
// CHECK-NEXT:      [[S:%.*]] = math.tanh [[E]] : f32
// CHECK-NEXT:      [[K:%.*]] = arith.fptosi [[S]] : f32 to i64{{$}}
// CHECK-NEXT:      [[N:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[N]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[C:%.*]] = ten.gather [2, 2] [[B]] ([[I_1:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) {in_bounds, sorted} : tensor<8xf32> -> tensor<2x2xf32> {
// CHECK-NEXT:      [[K_1:%.*]] = arith.addi [[I_1]], [[J]] : index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[C]], [[B]] : tensor<2x2xf32>, tensor<8xf32>
// CHECK-NEXT:  }
func.func @gather_of_costly_gather_with_another_use_stays(%u: tensor<11xf32>, %t: tensor<8xf32>) -> (tensor<2x2xf32>, tensor<8xf32>) {
  %b = ten.gather [8] %u (%i) : tensor<11xf32> -> tensor<8xf32> {
    %e = ten.index %t[%i] : tensor<8xf32> -> f32
    %s = math.tanh %e : f32
    %k = arith.fptosi %s : f32 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %c = ten.gather [2, 2] %b (%i, %j) : tensor<8xf32> -> tensor<2x2xf32> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %c, %b : tensor<2x2xf32>, tensor<8xf32>
}
