// Values that are computed again may need each other.
// RUN: letgrad-opt %s -p 'sharing-materialize{budget=8016000}' | filecheck %s

// The copy of %b reads that of %a, so both stand in front of %f, although %a is first read by %h.
// CHECK-LABEL: func.func @copies_of_two_values(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<1000xf64>,
// CHECK-SAME: [[M:%[^ ,:)]+]]: tensor<1000x1000xf64>) -> tensor<1000xf64> {
// CHECK-NEXT:    [[A:%.*]] = math.sin [[X]] : tensor<1000xf64>
// CHECK-NEXT:    [[A_1:%.*]] = sharing.let [[A]] {decision = "store", bytes = 8000 : i64, flops = 20000 : i64, nests = 2 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[B:%.*]] = math.exp [[A_1]] : tensor<1000xf64>
// CHECK-NEXT:    [[B_1:%.*]] = sharing.let [[B]] {decision = "store", bytes = 8000 : i64, flops = 40000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.einsum "ij,j->i" [[M]], [[A_1]] : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
// CHECK-NEXT:    [[C_1:%.*]] = sharing.let [[C]] {decision = "store", bytes = 8000 : i64, flops = 2000000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[D:%.*]] = ten.einsum "ij,j,j->i" [[M]], [[B_1]], [[C_1]] : tensor<1000x1000xf64>, tensor<1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
// CHECK-NEXT:    [[D_1:%.*]] = sharing.let [[D]] {decision = "store", bytes = 8000 : i64, flops = 3000000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[E:%.*]] = ten.einsum "ij,j->i" [[M]], [[D_1]] : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
// CHECK-NEXT:    [[E_1:%.*]] = sharing.let [[E]] {decision = "store", bytes = 8000 : i64, flops = 2000000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[A_2:%.*]] = math.sin [[X]] {recomputed} : tensor<1000xf64>
// CHECK-NEXT:    [[B_2:%.*]] = math.exp [[A_2]] {recomputed} : tensor<1000xf64>
// CHECK-NEXT:    [[F:%.*]] = arith.mulf [[B_2]], [[E_1]] : tensor<1000xf64>
// CHECK-NEXT:    [[F_1:%.*]] = sharing.let [[F]] {decision = "store", bytes = 8000 : i64, flops = 41000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[G:%.*]] = ten.einsum "ij,j->i" [[M]], [[F_1]] : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
// CHECK-NEXT:    [[G_1:%.*]] = sharing.let [[G]] {decision = "store", bytes = 8000 : i64, flops = 2000000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    [[H:%.*]] = arith.mulf [[A_2]], [[G_1]] : tensor<1000xf64>
// CHECK-NEXT:    [[H_1:%.*]] = sharing.let [[H]] {decision = "store", bytes = 8000 : i64, flops = 21000 : i64, nests = 1 : i64} : tensor<1000xf64>
// CHECK-NEXT:    func.return [[H_1]] : tensor<1000xf64>
// CHECK-NEXT:  }
func.func @copies_of_two_values(%x: tensor<1000xf64>, %m: tensor<1000x1000xf64>) -> tensor<1000xf64> {
  %a = math.sin %x : tensor<1000xf64>
  %b = math.exp %a : tensor<1000xf64>
  %c = ten.einsum "ij,j->i" %m, %a : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %d = ten.einsum "ij,j,j->i" %m, %b, %c : tensor<1000x1000xf64>, tensor<1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %e = ten.einsum "ij,j->i" %m, %d : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %f = arith.mulf %b, %e : tensor<1000xf64>
  %g = ten.einsum "ij,j->i" %m, %f : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %h = arith.mulf %a, %g : tensor<1000xf64>
  func.return %h : tensor<1000xf64>
}
