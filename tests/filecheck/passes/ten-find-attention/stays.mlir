// RUN: letgrad-opt %s -p ten-find-attention --split-input-file --remarks --verify-diagnostics | filecheck %s
// RUN: letgrad-opt %s -p ten-find-attention --check-semantics --split-input-file -o /dev/null

// The program needs the weights: the tensor of all pairs is there anyway.
// CHECK-LABEL: func.func @weights_are_a_result_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @weights_are_a_result_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> (tensor<5x3xf64>, tensor<5x6xf64>) {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %p, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{func.return also uses a value between the products, which arith.divf makes}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o, %w : tensor<5x3xf64>, tensor<5x6xf64>
}

// -----

// The exponential of large scores is infinite here, and in an attention it is not.
// CHECK-LABEL: func.func @no_maximum_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @no_maximum_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %p, %ms : tensor<5x6xf64>
  %x = math.exp %p : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{the exponentials are of scores from which no maximum was subtracted}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @other_maximum_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @other_maximum_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %n = arith.negf %p : tensor<5x6xf64>
  %d = arith.subf %n, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{the value that is subtracted from the scores is not their maximum}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @other_sum_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @other_sum_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %p, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %y = arith.mulf %x, %x : tensor<5x6xf64>
  %l = ten.sum %y dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{it divides by another value than its sum}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// The softmax is over the rows, and the product over the columns.
// CHECK-LABEL: func.func @softmax_over_queries_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @softmax_over_queries_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [0] : tensor<5x6xf64> -> tensor<6xf64>
  %ms = ten.broadcast %m dims [0] : tensor<6xf64> -> tensor<5x6xf64>
  %d = arith.subf %p, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [0] : tensor<5x6xf64> -> tensor<6xf64>
  %ls = ten.broadcast %l dims [0] : tensor<6xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{the second product does not sum over the keys, and over nothing else}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// Some weights are dropped after the softmax: this is no softmax before the product.
// CHECK-LABEL: func.func @dropped_weights_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @dropped_weights_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>, %drop: tensor<5x6xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %m = ten.reduce max, %p dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %p, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  %z = arith.mulf %w, %drop : tensor<5x6xf64>
  %o = ten.einsum "ac,ce->ae" %z, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @two_fills_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @two_fills_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>, %a: tensor<5x6xi1>, %b: tensor<5x6xi1>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %one = arith.constant dense<-1.0> : tensor<5x6xf64>
  %two = arith.constant dense<-2.0> : tensor<5x6xf64>
  %s1 = ten.select %a, %p, %two : tensor<5x6xi1>, tensor<5x6xf64>
  %s = ten.select %b, %s1, %one : tensor<5x6xi1>, tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{the masks put two numbers, -1.0 and -2.0}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @tanh_of_scores_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @tanh_of_scores_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %s = math.tanh %p : tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{math.tanh stands between the product of queries and keys and the softmax}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}

// -----

// CHECK-LABEL: func.func @scale_of_keys_stays
// CHECK-NOT:   ten.attention
// CHECK:       ten.einsum "ac,ce->ae"
// CHECK-NOT:   ten.attention
func.func @scale_of_keys_stays(%q: tensor<5x4xf64>, %k: tensor<6x4xf64>, %v: tensor<6x3xf64>, %c: tensor<6xf64>) -> tensor<5x3xf64> {
  %p = ten.einsum "ab,cb->ac" %q, %k : tensor<5x4xf64>, tensor<6x4xf64> -> tensor<5x6xf64>
  %cs = ten.broadcast %c dims [0] : tensor<6xf64> -> tensor<5x6xf64>
  %s = arith.mulf %p, %cs : tensor<5x6xf64>
  %m = ten.reduce max, %s dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ms = ten.broadcast %m dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %d = arith.subf %s, %ms : tensor<5x6xf64>
  %x = math.exp %d : tensor<5x6xf64>
  %l = ten.sum %x dims [1] : tensor<5x6xf64> -> tensor<5xf64>
  %ls = ten.broadcast %l dims [1] : tensor<5xf64> -> tensor<5x6xf64>
  %w = arith.divf %x, %ls : tensor<5x6xf64>
  // expected-remark@+1 {{a scale of the scores depends on the key}}
  %o = ten.einsum "ac,ce->ae" %w, %v : tensor<5x6xf64>, tensor<6x3xf64> -> tensor<5x3xf64>
  func.return %o : tensor<5x3xf64>
}
