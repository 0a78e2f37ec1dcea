// The pass keeps values by cost, and follows the decisions of people.
// RUN: letgrad-opt %s -p sharing-materialize | filecheck %s

// Costly, and needed in two nests over other indices: kept.
// CHECK-LABEL: func.func @costly_for_two_nests(
// CHECK-NEXT:    %e = math.exp %x : tensor<50xf64>
// CHECK-NEXT:    %e_1 = sharing.let %e {decision = "store", bytes = 400 : i64, flops = 1000 : i64, nests = 2 : i64} : tensor<50xf64>
// CHECK-NEXT:    %a = ten.broadcast %e_1 dims [1] : tensor<50xf64> -> tensor<50x7xf64>
// CHECK-NEXT:    %a_1 = sharing.let %a {decision = "store", bytes = 2800 : i64, flops = 7000 : i64, nests = 1 : i64} : tensor<50x7xf64>
// CHECK-NEXT:    %b = ten.broadcast %e_1 dims [1] : tensor<50xf64> -> tensor<50x9xf64>
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 3600 : i64, flops = 9000 : i64, nests = 1 : i64} : tensor<50x9xf64>
// CHECK-NEXT:    func.return %a_1, %b_1 : tensor<50x7xf64>, tensor<50x9xf64>
func.func @costly_for_two_nests(%x: tensor<50xf64>) -> (tensor<50x7xf64>, tensor<50x9xf64>) {
  %e = math.exp %x : tensor<50xf64>
  %a = ten.broadcast %e dims [1] : tensor<50xf64> -> tensor<50x7xf64>
  %b = ten.broadcast %e dims [1] : tensor<50xf64> -> tensor<50x9xf64>
  func.return %a, %b : tensor<50x7xf64>, tensor<50x9xf64>
}

// Cheaper than a store and two loads.
// CHECK-LABEL: func.func @cheap_is_computed_again(
// CHECK-NEXT:    %e = arith.negf %x : tensor<50xf64>
// CHECK-NEXT:    %a = ten.reverse %e dims [0] : tensor<50xf64>
// CHECK-NEXT:    %a_1 = sharing.let %a {decision = "store", bytes = 400 : i64, flops = 50 : i64, nests = 1 : i64} : tensor<50xf64>
// CHECK-NEXT:    %b = ten.sum %e dims [0] : tensor<50xf64> -> f64
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 8 : i64, flops = 50 : i64, nests = 1 : i64} : f64
// CHECK-NEXT:    func.return %a_1, %b_1 : tensor<50xf64>, f64
func.func @cheap_is_computed_again(%x: tensor<50xf64>) -> (tensor<50xf64>, f64) {
  %e = arith.negf %x : tensor<50xf64>
  %a = ten.reverse %e dims [0] : tensor<50xf64>
  %b = ten.sum %e dims [0] : tensor<50xf64> -> f64
  func.return %a, %b : tensor<50xf64>, f64
}

// One nest: fused.
// CHECK-LABEL: func.func @used_once(
// CHECK-NEXT:    %e = math.exp %x : tensor<50xf64>
// CHECK-NEXT:    %b = ten.sum %e dims [0] : tensor<50xf64> -> f64
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 8 : i64, flops = 50 : i64, nests = 1 : i64} : f64
// CHECK-NEXT:    func.return %b_1 : f64
func.func @used_once(%x: tensor<50xf64>) -> f64 {
  %e = math.exp %x : tensor<50xf64>
  %b = ten.sum %e dims [0] : tensor<50xf64> -> f64
  func.return %b : f64
}

// CHECK-LABEL: func.func @reductions_and_products_are_kept(
// CHECK-NEXT:    %s = ten.sum %x dims [1] : tensor<5x7xf64> -> tensor<5xf64>
// CHECK-NEXT:    %s_1 = sharing.let %s {decision = "store", bytes = 40 : i64, flops = 35 : i64, nests = 1 : i64} : tensor<5xf64>
// CHECK-NEXT:    %e = ten.einsum "ij,kj->ik" %x, %x : tensor<5x7xf64>, tensor<5x7xf64> -> tensor<5x5xf64>
// CHECK-NEXT:    %e_1 = sharing.let %e {decision = "store", bytes = 200 : i64, flops = 350 : i64, nests = 1 : i64} : tensor<5x5xf64>
// CHECK-NEXT:    %b = ten.broadcast %s_1 dims [1] : tensor<5xf64> -> tensor<5x5xf64>
// CHECK-NEXT:    %y = arith.addf %e_1, %b : tensor<5x5xf64>
// CHECK-NEXT:    %y_1 = sharing.let %y {decision = "store", bytes = 200 : i64, flops = 25 : i64, nests = 1 : i64} : tensor<5x5xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<5x5xf64>
func.func @reductions_and_products_are_kept(%x: tensor<5x7xf64>) -> tensor<5x5xf64> {
  %s = ten.sum %x dims [1] : tensor<5x7xf64> -> tensor<5xf64>
  %e = ten.einsum "ij,kj->ik" %x, %x : tensor<5x7xf64>, tensor<5x7xf64> -> tensor<5x5xf64>
  %b = ten.broadcast %s dims [1] : tensor<5xf64> -> tensor<5x5xf64>
  %y = arith.addf %e, %b : tensor<5x5xf64>
  func.return %y : tensor<5x5xf64>
}

// A matrix product reads its operands from memory.
// CHECK-LABEL: func.func @operand_of_a_product(
// CHECK-NEXT:    %n = arith.negf %x : tensor<5x7xf64>
// CHECK-NEXT:    %n_1 = sharing.let %n {decision = "store", bytes = 280 : i64, flops = 35 : i64, nests = 1 : i64} : tensor<5x7xf64>
// CHECK-NEXT:    %e = ten.einsum "ij,kj->ik" %n_1, %x : tensor<5x7xf64>, tensor<5x7xf64> -> tensor<5x5xf64>
// CHECK-NEXT:    %e_1 = sharing.let %e {decision = "store", bytes = 200 : i64, flops = 350 : i64, nests = 1 : i64} : tensor<5x5xf64>
// CHECK-NEXT:    func.return %e_1 : tensor<5x5xf64>
func.func @operand_of_a_product(%x: tensor<5x7xf64>) -> tensor<5x5xf64> {
  %n = arith.negf %x : tensor<5x7xf64>
  %e = ten.einsum "ij,kj->ik" %n, %x : tensor<5x7xf64>, tensor<5x7xf64> -> tensor<5x5xf64>
  func.return %e : tensor<5x5xf64>
}

// Somebody said so.
// CHECK-LABEL: func.func @decision_to_store(
// CHECK-NEXT:    %n = arith.negf %x : tensor<50xf64>
// CHECK-NEXT:    %l = sharing.let %n {decision = "store"} : tensor<50xf64>
// CHECK-NEXT:    %b = ten.sum %l dims [0] : tensor<50xf64> -> f64
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 8 : i64, flops = 50 : i64, nests = 1 : i64} : f64
// CHECK-NEXT:    func.return %b_1 : f64
func.func @decision_to_store(%x: tensor<50xf64>) -> f64 {
  %n = arith.negf %x : tensor<50xf64>
  %l = sharing.let %n {decision = "store"} : tensor<50xf64>
  %b = ten.sum %l dims [0] : tensor<50xf64> -> f64
  func.return %b : f64
}

// CHECK-LABEL: func.func @decision_to_recompute(
// CHECK-NEXT:    %e = math.exp %x : tensor<50xf64>
// CHECK-NEXT:    %a = ten.broadcast %e dims [1] : tensor<50xf64> -> tensor<50x7xf64>
// CHECK-NEXT:    %a_1 = sharing.let %a {decision = "store", bytes = 2800 : i64, flops = 7000 : i64, nests = 1 : i64} : tensor<50x7xf64>
// CHECK-NEXT:    %b = ten.broadcast %e dims [1] : tensor<50xf64> -> tensor<50x9xf64>
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 3600 : i64, flops = 9000 : i64, nests = 1 : i64} : tensor<50x9xf64>
// CHECK-NEXT:    func.return %a_1, %b_1 : tensor<50x7xf64>, tensor<50x9xf64>
func.func @decision_to_recompute(%x: tensor<50xf64>) -> (tensor<50x7xf64>, tensor<50x9xf64>) {
  %e = math.exp %x : tensor<50xf64>
  %l = sharing.let %e {decision = "recompute"} : tensor<50xf64>
  %a = ten.broadcast %l dims [1] : tensor<50xf64> -> tensor<50x7xf64>
  %b = ten.broadcast %l dims [1] : tensor<50xf64> -> tensor<50x9xf64>
  func.return %a, %b : tensor<50x7xf64>, tensor<50x9xf64>
}

// A let without a decision gets one.
// CHECK-LABEL: func.func @let_that_does_not_pay(
// CHECK-NEXT:    %n = arith.negf %x : tensor<50xf64>
// CHECK-NEXT:    %a = ten.reverse %n dims [0] : tensor<50xf64>
// CHECK-NEXT:    %a_1 = sharing.let %a {decision = "store", bytes = 400 : i64, flops = 50 : i64, nests = 1 : i64} : tensor<50xf64>
// CHECK-NEXT:    %b = ten.sum %n dims [0] : tensor<50xf64> -> f64
// CHECK-NEXT:    %b_1 = sharing.let %b {decision = "store", bytes = 8 : i64, flops = 50 : i64, nests = 1 : i64} : f64
// CHECK-NEXT:    func.return %a_1, %b_1 : tensor<50xf64>, f64
func.func @let_that_does_not_pay(%x: tensor<50xf64>) -> (tensor<50xf64>, f64) {
  %n = arith.negf %x : tensor<50xf64>
  %l = sharing.let %n : tensor<50xf64>
  %a = ten.reverse %l dims [0] : tensor<50xf64>
  %b = ten.sum %l dims [0] : tensor<50xf64> -> f64
  func.return %a, %b : tensor<50xf64>, f64
}
