// FUZZ: letgrad-opt %s -p 'ten-scalarize,gradient,ten-vectorize,delta-linearize{mode=forward}' --allow-unregistered-dialect --split-input-file --check-semantics
builtin.module {
  "gpu.module"() <{sym_name = "kernels"}> ({
    "gpu.func"() <{function_type = () -> (), kernel}> ({
      %i = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
      %j = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
      %0 = "fz.op67"(%j, %j) ({
        %1, %2, %3 = "fz.op12"(%j) {predicate = dense<true> : tensor<2xi1>, fastmathFlags = array<f32>, function_type = #fz.a} : (index) -> (!llvm.struct<(i32, f64)>, !delta.term<f64>, i3)
        "fz.sink98"() : () -> ()
      }) : (index, index) -> tensor<4xf64, #fz.layout<"csr">>
      "gpu.barrier"() : () -> ()
      %s = arith.xori %i, %j : index
      "gpu.barrier"() : () -> ()
      "fz.sink"(%s) : (index) -> ()
      "gpu.return"() : () -> ()
    }) {sym_name = "k"} : () -> ()
  }) : () -> ()
  func.func @host(%x: f64) -> f64 {
    func.return %x : f64
  }
}
