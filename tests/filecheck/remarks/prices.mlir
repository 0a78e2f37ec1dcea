// RUN: letgrad-opt %s -p sharing-materialize --remarks=materialize --verify-diagnostics
// RUN: letgrad-opt %s -p 'sharing-materialize{budget=8025000}' --remarks=materialize 2>&1 >/dev/null | filecheck %s

// A byte to or from memory counts as 1.5 flops, an exponential as 20. Storing: 50 * 20 to compute it
// once, and 400 bytes written once and read twice, 1.5 * 400 * 3. Not storing: 50 + 7 * 50 of it.
func.func @two_nests(%x: tensor<50xf64>, %y: tensor<7x50xf64>) -> (tensor<50xf64>, tensor<7x50xf64>) {
  // expected-remark@+1 {{passed: math.exp is stored: storing 50 elements costs as much as 2800 flops, computing 400 in 2 nests 8000 (store)}}
  %e = math.exp %x : tensor<50xf64>
  %n = arith.negf %e : tensor<50xf64>
  %b = ten.broadcast %e dims [0] : tensor<50xf64> -> tensor<7x50xf64>
  %m = arith.mulf %b, %y : tensor<7x50xf64>
  func.return %n, %m : tensor<50xf64>, tensor<7x50xf64>
}

// The same with a sum, which takes one flop.
func.func @cheap(%x: tensor<50xf64>, %y: tensor<7x50xf64>) -> (tensor<50xf64>, tensor<7x50xf64>) {
  // expected-remark@+1 {{analysis: arith.addf is computed again: storing 50 elements costs as much as 1850 flops, computing 400 in 2 nests 400 (recompute)}}
  %e = arith.addf %x, %x : tensor<50xf64>
  %n = arith.negf %e : tensor<50xf64>
  %b = ten.broadcast %e dims [0] : tensor<50xf64> -> tensor<7x50xf64>
  %m = arith.mulf %b, %y : tensor<7x50xf64>
  func.return %n, %m : tensor<50xf64>, tensor<7x50xf64>
}

// One nest, in which each element is needed seven times.
func.func @one_nest(%x: tensor<50xf64>, %y: tensor<7x50xf64>) -> tensor<7x50xf64> {
  // expected-remark@+1 {{passed: math.exp is stored: storing 50 elements costs as much as 2200 flops, computing 350 in 1 nest 7000 (store)}}
  %e = math.exp %x : tensor<50xf64>
  %b = ten.broadcast %e dims [0] : tensor<50xf64> -> tensor<7x50xf64>
  %m = arith.mulf %b, %y : tensor<7x50xf64>
  func.return %m : tensor<7x50xf64>
}

// Views, and a value that is fused into its only reader, have no price: no remark.
func.func @nothing_to_say(%x: tensor<50xf64>, %a: f64) -> (tensor<50xf64>, tensor<50xf64>) {
  %e = math.exp %x : tensor<50xf64>
  %n = arith.negf %e : tensor<50xf64>
  %r = ten.reverse %x dims [0] : tensor<50xf64>
  %s = ten.slice %r offsets [0] sizes [50] strides [1] : tensor<50xf64> -> tensor<50xf64>
  %c = math.cos %a : f64
  %d = ten.broadcast %c dims [0] : f64 -> tensor<50xf64>
  %m = arith.mulf %s, %d : tensor<50xf64>
  func.return %n, %m : tensor<50xf64>, tensor<50xf64>
}

func.func @number(%x: f64, %y: tensor<50xf64>) -> (f64, tensor<50xf64>) {
  // expected-remark@+1 {{passed: math.exp is stored: 2 nests need this number, which takes 20 flops (store)}}
  %e = math.exp %x : f64
  %n = arith.negf %e : f64
  %b = ten.broadcast %e dims [0] : f64 -> tensor<50xf64>
  %m = arith.mulf %b, %y : tensor<50xf64>
  func.return %n, %m : f64, tensor<50xf64>
}

func.func @product(%x: tensor<5x7xf64>, %y: tensor<7x3xf64>) -> tensor<5x3xf64> {
  // expected-remark@+1 {{passed: math.exp is stored: an einsum reads it, many times (store)}}
  %e = math.exp %x : tensor<5x7xf64>
  // expected-remark@+1 {{passed: ten.einsum is stored: its elements are not computed one by one (store)}}
  %m = ten.einsum "ij,jk->ik" %e, %y : tensor<5x7xf64>, tensor<7x3xf64> -> tensor<5x3xf64>
  func.return %m : tensor<5x3xf64>
}

// Of a let, the price is that of its value; a decision that is there is followed, whatever it costs.
func.func @lets(%x: tensor<50xf64>, %y: tensor<7x50xf64>) -> tensor<7x50xf64> {
  // expected-remark@+1 {{passed: math.exp is stored: storing 50 elements costs as much as 2200 flops, computing 350 in 1 nest 7000 (store)}}
  %e = math.exp %x : tensor<50xf64>
  %e1 = sharing.let %e : tensor<50xf64>
  // expected-remark@+1 {{analysis: math.sin is computed again: its let says decision = "recompute" (recompute)}}
  %s = math.sin %x : tensor<50xf64>
  %s1 = sharing.let %s {decision = "recompute"} : tensor<50xf64>
  %a = ten.broadcast %e1 dims [0] : tensor<50xf64> -> tensor<7x50xf64>
  %b = ten.broadcast %s1 dims [0] : tensor<50xf64> -> tensor<7x50xf64>
  %m = arith.mulf %a, %b : tensor<7x50xf64>
  func.return %m : tensor<7x50xf64>
}

// Without a budget, the program keeps this value over the products. With a budget, it computes the value again.
// CHECK: :{{[0-9]+}}:8: remark: [sharing-materialize] analysis: math.sin is computed again: to stay within the budget (recompute)
// CHECK: :{{[0-9]+}}:8: remark: [sharing-materialize] analysis: math.exp is computed again: to stay within the budget (recompute)
func.func @budget(%x: tensor<1000xf64>, %m: tensor<1000x1000xf64>) -> tensor<1000xf64> {
  %a = math.sin %x : tensor<1000xf64>
  // expected-remark@+1 {{passed: math.exp is stored: an einsum reads it, many times (store)}}
  %b = math.exp %a : tensor<1000xf64>
  // expected-remark@+1 {{ten.einsum is stored}}
  %c = ten.einsum "ij,j->i" %m, %b : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  // expected-remark@+1 {{ten.einsum is stored}}
  %d = ten.einsum "ij,j->i" %m, %c : tensor<1000x1000xf64>, tensor<1000xf64> -> tensor<1000xf64>
  %e = arith.mulf %b, %d : tensor<1000xf64>
  func.return %e : tensor<1000xf64>
}
