// RUN: letgrad-opt %s -p ten-simplify-gather-scatter --remarks=gather --verify-diagnostics

func.func @slice(%x : tensor<7xf64>) -> tensor<2xf64> {
  %c3 = arith.constant 3 : index
  // expected-remark@+1 {{[ten-simplify-gather-scatter] passed: ten.gather became ten.slice (GatherAtMultiple)}}
  %r = ten.gather [2] %x (%i) : tensor<7xf64> -> tensor<2xf64> {
    %k = arith.muli %i, %c3 : index
    ten.yield %k : index
  }
  func.return %r : tensor<2xf64>
}

func.func @indices_are_data(%x : tensor<7xf64>, %at : tensor<5xindex>) -> tensor<5xf64> {
  // expected-remark@+1 {{missed: ten.gather stays one: index 0, %at[i], is no multiple of an argument of its own: it is computed from data (its bounds are not known, and dimension 0 has 7 elements) (GatherAtMultiple)}}
  %r = ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = ten.index %at[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %r : tensor<5xf64>
}

func.func @diagonal(%x : tensor<7x7xf64>) -> tensor<7xf64> {
  // expected-remark@+1 {{missed: ten.gather stays one: argument i is in several indices, as on a diagonal}}
  %r = ten.gather [7] %x (%i) : tensor<7x7xf64> -> tensor<7xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %r : tensor<7xf64>
}

func.func @window(%x : tensor<9xf64>) -> tensor<7x3xf64> {
  // expected-remark@+1 {{index 0, i + j, is no multiple of an argument of its own: it adds several arguments, which are no digits of one index (it is in 0 to 8, and dimension 0 has 9 elements)}}
  %r = ten.gather [7, 3] %x (%i, %j) : tensor<9xf64> -> tensor<7x3xf64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %r : tensor<7x3xf64>
}

func.func @histogram(%x : tensor<5xf64>, %at : tensor<5xindex>) -> tensor<7xf64> {
  // expected-remark@+1 {{missed: ten.scatter stays one: index 0, %at[i], is no multiple of an argument of its own: it is computed from data}}
  %r = ten.scatter [7] %x (%i) : tensor<5xf64> -> tensor<7xf64> {
    %k = ten.index %at[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %r : tensor<7xf64>
}
