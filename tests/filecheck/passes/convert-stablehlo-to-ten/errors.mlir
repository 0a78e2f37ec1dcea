// RUN: letgrad-opt %s -p convert-stablehlo-to-ten --allow-unregistered-dialect --split-input-file --verify-diagnostics

// expected-error @+1 {{letgrad computes with fixed sizes, and not with tensor<?xf32>}}
func.func @dynamic_size(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = stablehlo.negate %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @target_without_a_rule(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{stablehlo.custom_call: letgrad has no rule for the target @mine}}
  %y = stablehlo.custom_call @mine(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

func.func @reducer_with_a_product(%x: tensor<3x2xf32>, %c: tensor<f32>) -> tensor<2xf32> {
  // expected-error @+1 {{stablehlo.reduce: letgrad has no stablehlo.dot_general in a reducer}}
  %y = stablehlo.reduce(%x init: %c) across dimensions = [0] : (tensor<3x2xf32>, tensor<f32>) -> tensor<2xf32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {
    %s = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : (tensor<f32>, tensor<f32>) -> tensor<f32>
    stablehlo.return %s : tensor<f32>
  }
  return %y : tensor<2xf32>
}

// -----

func.func @recursive(%x: tensor<f32>) -> tensor<f32> {
  %y = stablehlo.negate %x : tensor<f32>
  // expected-error @+1 {{@recursive calls itself}}
  %z = call @recursive(%y) : (tensor<f32>) -> tensor<f32>
  return %z : tensor<f32>
}

// -----

func.func @no_such_op(%x: tensor<f32>, %n: tensor<1xi32>) -> tensor<3xf32> {
  // expected-error @+1 {{stablehlo.rng: letgrad makes random numbers of a key, as rng_bit_generator does}}
  %y = stablehlo.rng %x, %x, %n, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// A region of an op that stays would keep an op of StableHLO.
func.func @inside_of_an_op_that_stays(%c: i1, %x: tensor<2xf64>) -> tensor<2xf64> {
  // expected-error @+1 {{letgrad does not convert stablehlo.sine inside of scf.if}}
  %r = scf.if %c -> (tensor<2xf64>) {
    %y = stablehlo.sine %x : tensor<2xf64>
    scf.yield %y : tensor<2xf64>
  } else {
    scf.yield %x : tensor<2xf64>
  }
  func.return %r : tensor<2xf64>
}

// -----

func.func @two_devices(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{stablehlo.all_reduce: letgrad runs a program on one device, and not on a group of 2}}
  %y = "stablehlo.all_reduce"(%x) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// No groups are one group of all devices of the module.
builtin.module attributes {mhlo.num_partitions = 2 : i32, mhlo.num_replicas = 1 : i32} {
  func.func @all_devices(%x: tensor<3xf32>) -> tensor<6xf32> {
    // expected-error @+1 {{stablehlo.all_gather: letgrad runs a program on one device, and not on a group of 2}}
    %y = "stablehlo.all_gather"(%x) <{all_gather_dim = 0 : i64, replica_groups = dense<> : tensor<0x0xi64>}> : (tensor<3xf32>) -> tensor<6xf32>
    return %y : tensor<6xf32>
  }
}

// -----

func.func @bounds_of_the_program(%x: tensor<3xf32>, %n: tensor<1xi32>) -> tensor<2xf32> {
  // expected-error @+1 {{letgrad computes with fixed bounds, and the program computes these}}
  %y = "stablehlo.real_dynamic_slice"(%x, %n, %n, %n) : (tensor<3xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @partly_filled(%x: tensor<3xf32>) -> tensor<3xf32> {
  %n = stablehlo.constant dense<2> : tensor<i32>
  // expected-error @+1 {{letgrad has no array of which 2 of 3 elements count}}
  %y = stablehlo.set_dimension_size %x, %n, dim = 0 : (tensor<3xf32>, tensor<i32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// An op that no dialect registers could be a terminator. It does not end the function here.
func.func @not_registered(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error@+1 {{letgrad has no rule that converts stablehlo.no_such_op}}
  "stablehlo.no_such_op"(%x) : (tensor<3xf32>) -> ()
  return %x : tensor<3xf32>
}

// -----

func.func @feed() -> tensor<3xf32> {
  %t = stablehlo.create_token : !stablehlo.token
  // expected-error @+1 {{stablehlo.infeed: letgrad takes values as arguments}}
  %x:2 = "stablehlo.infeed"(%t) <{infeed_config = "", layout = [[0]]}> : (!stablehlo.token) -> (tensor<3xf32>, !stablehlo.token)
  return %x#0 : tensor<3xf32>
}

// -----

func.func @bits_of_quantized(%x: tensor<3xf32>) -> tensor<3xi8> {
  %q = stablehlo.uniform_quantize %x : (tensor<3xf32>) -> tensor<3x!quant.uniform<i8:f32, 0.5>>
  // expected-error @+1 {{letgrad has no bits of quantized numbers, small floats and small integers}}
  %y = stablehlo.bitcast_convert %q : (tensor<3x!quant.uniform<i8:f32, 0.5>>) -> tensor<3xi8>
  return %y : tensor<3xi8>
}

// -----

func.func @scales_of_blocks(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // expected-error @+1 {{letgrad knows no numbers of the type !quant.uniform}}
  %q = stablehlo.uniform_quantize %x : (tensor<2x2xf32>) -> tensor<2x2x!quant.uniform<i8:f32:{0:1, 1:2}, {{0.5}, {0.25}}>>
  %y = stablehlo.uniform_dequantize %q : (tensor<2x2x!quant.uniform<i8:f32:{0:1, 1:2}, {{0.5}, {0.25}}>>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

func.func @reducer_that_calls(%x: tensor<3xf32>, %c: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{stablehlo.reduce: letgrad has no stablehlo.dot_general in a reducer}}
  %y = stablehlo.reduce(%x init: %c) across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {
    %s = func.call @product(%a, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    stablehlo.return %s : tensor<f32>
  }
  return %y : tensor<f32>
}
func.func private @product(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %s = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// expected-error @+1 {{stablehlo.unknown stands outside of all functions}}
"stablehlo.unknown"() ({
  func.func @inner(%x: f32) -> f32 {
    func.return %x : f32
  }
}) : () -> ()
