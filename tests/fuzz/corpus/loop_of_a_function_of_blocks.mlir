// FUZZ: letgrad-opt %s -p convert-ten-to-kernel,kernel-fuse-rows,ten-decompose,cse --allow-unregistered-dialect
builtin.module {
  func.func @no_turn_stays(%x: tensor<5x3xf64>, %i: index, %m: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
    %a = ten.scan [4] turns %m (%c = %x : tensor<5x3xf64>) -> (tensor<5x3xf64>) {
      %n = func.call @body(%c, %i, %v) : (tensor<5x3xf64>, index, tensor<3xf64>) -> tensor<5x3xf64>
      ten.yield %n : tensor<5x3xf64>
    }
    func.return %a : tensor<5x3xf64>
  }
  %0 = "tt.load22"() {sym_visibility = loc("x":1:2), function_type = dense<> : tensor<0xi1>, resultSegmentSizes = true} : () -> vector<[4]xf32>
  func.func private @body(%x: tensor<5x3xf64>, %i: index, %v: tensor<3xf64>) -> tensor<5x3xf64> {
    %s = ten.scatter [5] %v () : tensor<3xf64> -> tensor<5x3xf64> {
      ten.yield %i : index
    }
    "fz.op95"() [^bb1] {llvm.noalias = -0.000000e+00 : f64} : () -> ()
  ^bb1:
    %r = arith.addf %x, %s : tensor<5x3xf64>
    func.return %r : tensor<5x3xf64>
  }
}
