// FUZZ: letgrad-opt %s -p ten-hoist-rows,convert-stablehlo-to-ten,ten-raise-einsum --check-semantics --allow-unregistered-dialect
"builtin.module"() ({
  "func.func"() <{sym_name = "reduce_3", function_type = (tensor<3x8xf32>, tensor<3x8xi32>, tensor<f32>, tensor<i32>) -> ()}> ({
  ^bb0(%arg0: tensor<3x8xf32>, %arg1: tensor<3x8xi32>, %arg2: tensor<f32>, %arg3: tensor<i32>):
    "fz.sink7"(%arg2, %arg2) [^bb1] {visibility = array<f32>} : (tensor<f32>, tensor<f32>) -> ()
  ^bb1:
    %0, %1 = "stablehlo.reduce"(%arg0, %arg1, %arg2, %arg3) <{dimensions = array<i64: 0>}> ({
    ^bb0(%arg4: tensor<f32>, %arg5: tensor<i32>, %arg6: tensor<f32>, %arg7: tensor<i32>):
      %2 = "stablehlo.add"(%arg4, %arg6) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      "stablehlo.return"(%2, %arg5) : (tensor<f32>, tensor<i32>) -> ()
    }) {my.z = 1 : i32} : (tensor<3x8xf32>, tensor<3x8xi32>, tensor<f32>, tensor<i32>) -> (tensor<8xf32>, tensor<8xi32>)
    "func.return"() : () -> ()
  }) : () -> ()
}) : () -> ()
