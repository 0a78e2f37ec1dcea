// RUN: letgrad-opt %s -p ten-vectorize --split-input-file --verify-diagnostics

func.func @op_without_a_batch_rule(%x: tensor<3xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    // expected-error@+1 {{test.pureop has no rule in the table 'batch'; add one with @batch.rule(TestPureOp)}}
    %y = "test.pureop"(%e) : (f32) -> f32
    ten.yield %y : f32
  }
  func.return %b : tensor<3xf32>
}

// -----

func.func @loop_bounds_that_depend_on_an_index(%x: tensor<3xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    // expected-error@+1 {{the bounds of this loop depend on an index of a build around it}}
    %r = scf.for %k = %c0 to %i step %c1 iter_args(%a = %e) -> (f32) {
      %s = arith.addf %a, %e : f32
      scf.yield %s : f32
    }
    ten.yield %r : f32
  }
  func.return %b : tensor<3xf32>
}

// -----

func.func private @again(%x: f32) -> f32 {
  // expected-error@+1 {{@again calls itself (again → again), which is not vectorized}}
  %y = func.call @again(%x) : (f32) -> f32
  func.return %y : f32
}

func.func @recursion(%x: tensor<3xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %y = func.call @again(%e) : (f32) -> f32
    ten.yield %y : f32
  }
  func.return %b : tensor<3xf32>
}
