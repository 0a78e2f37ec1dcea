// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// Every op of SDY, in the syntax in which JAX prints it.

// CHECK: sdy.mesh @mesh = <["x"=2, "y"=4]>
sdy.mesh @mesh = <["x"=2, "y"=4]>

// CHECK-LABEL: func.func @sharding_constraint(
// CHECK-NEXT:  %0 = sdy.sharding_constraint %arg0 <@mesh, [{"x"}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sharding_constraint(%arg0: tensor<8x4xf32>) {
  %0 = sdy.sharding_constraint %arg0 <@mesh, [{"x"}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @reshard(
// CHECK-NEXT:  %0 = sdy.reshard %arg0 <@mesh, [{"x"}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reshard(%arg0: tensor<8x4xf32>) {
  %0 = sdy.reshard %arg0 <@mesh, [{"x"}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @data_flow_edge(
// CHECK-NEXT:  %0 = sdy.data_flow_edge %arg0 sharding=<@mesh, [{"x"}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @data_flow_edge(%arg0: tensor<8x4xf32>) {
  %0 = sdy.data_flow_edge %arg0 sharding=<@mesh, [{"x"}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @func_data_flow_edge(
// CHECK-NEXT:  %0 = sdy.func_data_flow_edge %arg0 : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @func_data_flow_edge(%arg0: tensor<8x4xf32>) {
  %0 = sdy.func_data_flow_edge %arg0 : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @propagation_barrier(
// CHECK-NEXT:  %0 = sdy.propagation_barrier %arg0 allowed_direction=FORWARD : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @propagation_barrier(%arg0: tensor<8x4xf32>) {
  %0 = sdy.propagation_barrier %arg0 allowed_direction=FORWARD : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @sharding_group(
// CHECK-NEXT:  sdy.sharding_group %arg0 group_id=3 : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sharding_group(%arg0: tensor<8x4xf32>) {
  sdy.sharding_group %arg0 group_id=3 : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @constant(
// CHECK-NEXT:  %0 = sdy.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @constant() {
  %0 = sdy.constant dense<1.000000e+00> : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @manual_computation(
// CHECK-NEXT:  %0 = sdy.manual_computation(%arg0) in_shardings=[<@mesh, [{"x"}, {}]>] out_shardings=[<@mesh, [{"x"}, {}]>] manual_axes={"x"} (%arg1: tensor<4x4xf32>) {
// CHECK-NEXT:  sdy.return %arg1 : tensor<4x4xf32>
// CHECK-NEXT:  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @manual_computation(%arg0: tensor<8x4xf32>) {
  %0 = sdy.manual_computation(%arg0) in_shardings=[<@mesh, [{"x"}, {}]>] out_shardings=[<@mesh, [{"x"}, {}]>] manual_axes={"x"} (%arg1: tensor<4x4xf32>) {
    sdy.return %arg1 : tensor<4x4xf32>
  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @manual_computation_2(
// CHECK-NEXT:  sdy.manual_computation() in_shardings=[] out_shardings=[] manual_axes={} () {
// CHECK-NEXT:  sdy.return
// CHECK-NEXT:  } : () -> ()
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @manual_computation_2() {
  sdy.manual_computation() in_shardings=[] out_shardings=[] manual_axes={} () {
    sdy.return
  } : () -> ()
  func.return
}

// CHECK-LABEL: func.func @named_computation(
// CHECK-NEXT:  %0 = sdy.named_computation<"foo">(%arg0) in_shardings=[<@mesh, [{"x"}, {}]>] out_shardings=[<@mesh, [{"x"}, {}]>] (%arg1: tensor<8x4xf32>) {
// CHECK-NEXT:  sdy.return %arg1 : tensor<8x4xf32>
// CHECK-NEXT:  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @named_computation(%arg0: tensor<8x4xf32>) {
  %0 = sdy.named_computation<"foo">(%arg0) in_shardings=[<@mesh, [{"x"}, {}]>] out_shardings=[<@mesh, [{"x"}, {}]>] (%arg1: tensor<8x4xf32>) {
    sdy.return %arg1 : tensor<8x4xf32>
  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @named_computation_2(
// CHECK-NEXT:  %0 = sdy.named_computation<"foo">(%arg0) (%arg1: tensor<8x4xf32>) {
// CHECK-NEXT:  sdy.return %arg1 : tensor<8x4xf32>
// CHECK-NEXT:  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @named_computation_2(%arg0: tensor<8x4xf32>) {
  %0 = sdy.named_computation<"foo">(%arg0) (%arg1: tensor<8x4xf32>) {
    sdy.return %arg1 : tensor<8x4xf32>
  } : (tensor<8x4xf32>) -> tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @all_gather(
// CHECK-NEXT:  %0 = sdy.all_gather [{"x"}, {}] %arg0 out_sharding=<@mesh, [{}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_gather(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.all_gather [{"x"}, {}] %arg0 out_sharding=<@mesh, [{}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @all_slice(
// CHECK-NEXT:  %0 = sdy.all_slice [{}, {"y":(1)2}] %arg0 out_sharding=<@mesh, [{"x"}, {"y":(1)2}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_slice(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.all_slice [{}, {"y":(1)2}] %arg0 out_sharding=<@mesh, [{"x"}, {"y":(1)2}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @all_reduce(
// CHECK-NEXT:  %0 = sdy.all_reduce {"y"} %arg0 out_sharding=<@mesh, [{"x"}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_reduce(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.all_reduce {"y"} %arg0 out_sharding=<@mesh, [{"x"}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @all_to_all(
// CHECK-NEXT:  %0 = sdy.all_to_all [{"x"}: 0->1] %arg0 out_sharding=<@mesh, [{}, {"x"}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_to_all(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.all_to_all [{"x"}: 0->1] %arg0 out_sharding=<@mesh, [{}, {"x"}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @collective_permute(
// CHECK-NEXT:  %0 = sdy.collective_permute %arg0 out_sharding=<@mesh, [{"y":(1)2}, {}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @collective_permute(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.collective_permute %arg0 out_sharding=<@mesh, [{"y":(1)2}, {}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @reduce_scatter(
// CHECK-NEXT:  %0 = sdy.reduce_scatter [{}, {"y":(1)2}] %arg0 out_sharding=<@mesh, [{"x"}, {"y":(1)2}]> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_scatter(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.reduce_scatter [{}, {"y":(1)2}] %arg0 out_sharding=<@mesh, [{"x"}, {"y":(1)2}]> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @replicated_to_unreduced(
// CHECK-NEXT:  %0 = sdy.replicated_to_unreduced {"y"} %arg0 out_sharding=<@mesh, [{"x"}, {}], unreduced={"y"}> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @replicated_to_unreduced(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}], replicated={"y"}>}) {
  %0 = sdy.replicated_to_unreduced {"y"} %arg0 out_sharding=<@mesh, [{"x"}, {}], unreduced={"y"}> : tensor<8x4xf32>
  func.return
}

// CHECK-LABEL: func.func @sharded_to_unreduced(
// CHECK-NEXT:  %0 = sdy.sharded_to_unreduced [{"x"}, {}] %arg0 out_sharding=<@mesh, [{}, {}], unreduced={"x"}> : tensor<8x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sharded_to_unreduced(%arg0: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>}) {
  %0 = sdy.sharded_to_unreduced [{"x"}, {}] %arg0 out_sharding=<@mesh, [{}, {}], unreduced={"x"}> : tensor<8x4xf32>
  func.return
}
