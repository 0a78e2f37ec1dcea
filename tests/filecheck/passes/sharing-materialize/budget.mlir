// Within a budget, what is kept too long is computed again; where nothing can be gained, a remark.
// RUN: letgrad-opt %s -p 'sharing-materialize{budget=8025000}' 2>&1 | filecheck %s
// RUN: letgrad-opt %s -p 'sharing-materialize{budget=8023999}' 2>&1 | filecheck %s --check-prefix=TIGHT

// TIGHT: remark: @kept_over_a_product needs 8024000 bytes, above budget=8023999: no cut was found that gains more
// TIGHT-NOT: remark

// Between the products %b need not be alive: sin and exp of %x give it again.
// CHECK-NOT: remark
// CHECK-LABEL: func.func @kept_over_a_product(
// CHECK-NEXT:    %a = math.sin %x : tensor<1000xf64>
// CHECK-NEXT:    %b = math.exp %a : tensor<1000xf64>
// CHECK-NEXT:    %b_1 = sharing.let %b {{.*}} : tensor<1000xf64>
// CHECK-NEXT:    %c = ten.einsum "ij,j->i" %m, %b_1 {{.*}}
// CHECK-NEXT:    %c_1 = sharing.let %c {{.*}} : tensor<1000xf64>
// CHECK-NEXT:    %d = ten.einsum "ij,j->i" %m, %c_1 {{.*}}
// CHECK-NEXT:    %d_1 = sharing.let %d {{.*}} : tensor<1000xf64>
// CHECK-NEXT:    %b_2 = math.exp %a {recomputed} : tensor<1000xf64>
// CHECK-NEXT:    %e = arith.mulf %b_2, %d_1 : tensor<1000xf64>
func.func @kept_over_a_product(%x: tensor<1000xf64>, %m: tensor<1000x1000xf64>) -> tensor<1000xf64> {
  %a = math.sin %x : tensor<1000xf64>
  %b = math.exp %a : tensor<1000xf64>
  %c = ten.einsum "ij,j->i" %m, %b : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %d = ten.einsum "ij,j->i" %m, %c : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %e = arith.mulf %b, %d : tensor<1000xf64>
  func.return %e : tensor<1000xf64>
}

// Enough for this one.
// CHECK-LABEL: func.func @small(
// CHECK-NOT:     recomputed
func.func @small(%x: tensor<10xf64>) -> tensor<10xf64> {
  %a = math.sin %x : tensor<10xf64>
  func.return %a : tensor<10xf64>
}
