// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

sdy.mesh @mesh = <["x"=2, "y"=4]>
func.func @rank(%a: tensor<8x4xf32>) {
  // expected-error@+1 {{sdy.sharding_constraint: the sharding has 1 dimensions, and the tensor is tensor<8x4xf32>}}
  %r = sdy.sharding_constraint %a <@mesh, [{"x"}]> : tensor<8x4xf32>
  func.return
}

// -----

sdy.mesh @mesh = <["x"=2, "y"=4]>
func.func @axis_twice(%a: tensor<8x4xf32>) {
  // expected-error@+1 {{sdy.sharding_constraint: the sharding has an axis twice: <@mesh, [{"x"}, {"x"}]>}}
  %r = sdy.sharding_constraint %a <@mesh, [{"x"}, {"x"}]> : tensor<8x4xf32>
  func.return
}

// -----

sdy.mesh @mesh = <["x"=2, "y"=4]>
func.func @shardings_for_values(%a: tensor<8x4xf32>) {
  // expected-error@+1 {{sdy.manual_computation: in_shardings has 0 shardings for 1 values}}
  %r = sdy.manual_computation(%a) in_shardings=[] out_shardings=[<@mesh, [{}, {}]>] manual_axes={} (%x: tensor<8x4xf32>) {
    sdy.return %x : tensor<8x4xf32>
  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
  func.return
}
