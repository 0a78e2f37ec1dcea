// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @no_arrow(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: "ij" is not of the form "ij,jk->ik"}}
  %0 = ten.einsum "ij" %x : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @two_arrows(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: "ij->i->j" is not of the form "ij,jk->ik"}}
  %0 = ten.einsum "ij->i->j" %x : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @ellipsis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: "...->..." is not of the form "ij,jk->ik"}}
  %0 = ten.einsum "...->..." %x : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @operands_missing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: "ij,jk->ik" is for 2 operands, not 1}}
  %0 = ten.einsum "ij,jk->ik" %x : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @letters_missing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: operand 0 is tensor<2x3xf32>, but has 1 letters "i"}}
  %0 = ten.einsum "i->i" %x : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @sizes_differ(%x: tensor<2x3xf32>, %y: tensor<2x5xf32>) {
  // expected-error@+1 {{ten.einsum: 'j' is 3 elsewhere and 5 in operand 1, tensor<2x5xf32>}}
  %0 = ten.einsum "ij,ij->" %x, %y : tensor<2x3xf32>, tensor<2x5xf32> -> f32
  func.return
}

// -----

func.func @diagonal_of_a_rectangle(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: 'i' is 2 elsewhere and 3 in operand 0, tensor<2x3xf32>}}
  %0 = ten.einsum "ii->i" %x : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @output_twice(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.einsum: a letter stands twice in the output "ii"}}
  %0 = ten.einsum "i->ii" %x : tensor<2xf32> -> tensor<2x2xf32>
  func.return
}

// -----

func.func @output_unknown(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.einsum: 'j' is in the output but in no operand}}
  %0 = ten.einsum "i->ij" %x : tensor<2xf32> -> tensor<2x2xf32>
  func.return
}

// -----

func.func @elements_differ(%x: tensor<2xf32>, %y: tensor<2xf64>) {
  // expected-error@+1 {{ten.einsum: operand 1 is tensor<2xf64>, but operand 0 is tensor<2xf32>}}
  %0 = ten.einsum "i,i->" %x, %y : tensor<2xf32>, tensor<2xf64> -> f32
  func.return
}

// -----

func.func @of_truth_values(%x: tensor<2xi1>) {
  // expected-error@+1 {{ten.einsum: tensor<2xi1> has no numbers to add}}
  %0 = ten.einsum "i->" %x : tensor<2xi1> -> i1
  func.return
}

// -----

func.func @of_nothing() {
  // expected-error@+1 {{ten.einsum: "->" is for 1 operands, not 0}}
  %0 = "ten.einsum"() <{spec = "->"}> : () -> f32
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.einsum: the result is tensor<3xf32>, not tensor<2xf32>}}
  %0 = ten.einsum "ij->j" %x : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}
