// FUZZ: letgrad-opt %s -p convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers --allow-unregistered-dialect
"builtin.module"() ({
  "func.func"() <{sym_name = "consts", function_type = () -> (tensor<f32>, tensor<index>, tensor<i1>, tensor<bf16>)}> ({
    %a = "arith.constant"() <{value = dense<1.500000e+00> : tensor<f32>}> : () -> tensor<f32>
    %b = "arith.constant"() <{value = dense<3> : tensor<index>}> : () -> tensor<index>
    %c = "arith.constant"() <{value = dense<true> : tensor<i1>}> : () -> tensor<i1>
    %d = "arith.constant"() <{value = dense<2.500000e+00> : tensor<bf16>}> : () -> tensor<bf16>
    %0 = "fz.const58"(%a) ({
    }) {callee = [], function_type = affine_set<(d0) : (d0 >= 0)>, visibility = dense<(1.000000e+00, 2.000000e+00)> : tensor<1xcomplex<f32>>} : (tensor<f32>) -> !stablehlo.token
    "func.return"(%a, %b, %c, %d) : (tensor<f32>, tensor<index>, tensor<i1>, tensor<bf16>) -> ()
  }) : () -> ()
}) : () -> ()
