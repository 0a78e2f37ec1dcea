func.func @memref_loop(%m: memref<4xf64>, %n: memref<4xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %x = memref.load %m[%i] : memref<4xf64>
    %y = math.sin %x : f64
    memref.store %y, %n[%i] : memref<4xf64>
    %z = memref.load %m[%i] : memref<4xf64>
    memref.store %z, %n[%i] : memref<4xf64>
  }
  func.return
}
// -----
func.func @alloc(%i: index) -> f64 {
  %a = memref.alloc() : memref<3xf64>
  %b = memref.alloc() : memref<3xf64>
  %c = arith.constant 1.0 : f64
  memref.store %c, %a[%i] : memref<3xf64>
  "memref.copy"(%a, %b) : (memref<3xf64>, memref<3xf64>) -> ()
  %r = memref.load %b[%i] : memref<3xf64>
  memref.dealloc %a : memref<3xf64>
  memref.dealloc %b : memref<3xf64>
  func.return %r : f64
}
// -----
"memref.global"() <{sym_name = "table", sym_visibility = "private", type = memref<2xf32>,
                    initial_value = dense<[1.0, 2.0]> : tensor<2xf32>, constant}> : () -> ()
func.func @global(%i: index) -> f32 {
  %t = memref.get_global @table : memref<2xf32>
  %r = memref.load %t[%i] : memref<2xf32>
  func.return %r : f32
}
// -----
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @generic(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %e = tensor.empty() : tensor<2x3xf64>
  %r = linalg.generic {indexing_maps = [#id, #id, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<2x3xf64>, tensor<2x3xf64>) outs(%e : tensor<2x3xf64>) {
  ^bb0(%x: f64, %y: f64, %z: f64):
    %s = arith.addf %x, %y : f64
    %t = arith.addf %x, %y : f64
    %p = arith.mulf %s, %t : f64
    linalg.yield %p : f64
  } -> tensor<2x3xf64>
  func.return %r : tensor<2x3xf64>
}
// -----
func.func @matmul(%a: memref<2x3xf64>, %b: memref<3x4xf64>, %c: memref<2x4xf64>) {
  %z = arith.constant 0.0 : f64
  linalg.fill ins(%z : f64) outs(%c : memref<2x4xf64>)
  linalg.matmul ins(%a, %b : memref<2x3xf64>, memref<3x4xf64>) outs(%c : memref<2x4xf64>)
  linalg.matmul ins(%a, %b : memref<2x3xf64>, memref<3x4xf64>) outs(%c : memref<2x4xf64>)
  func.return
}
// -----
func.func @vectors(%m: memref<8xf32>, %i: index, %x: f32) -> vector<4xf32> {
  %v = vector.load %m[%i] : memref<8xf32>, vector<4xf32>
  %b = vector.broadcast %x : f32 to vector<4xf32>
  %f = vector.fma %v, %b, %v : vector<4xf32>
  %s = arith.addf %f, %f : vector<4xf32>
  vector.store %s, %m[%i] : memref<8xf32>, vector<4xf32>
  func.return %s : vector<4xf32>
}
// -----
func.func @vector_arith(%v: vector<4xf64>, %w: vector<4xf64>) -> vector<4xf64> {
  %c = arith.constant dense<1.0> : vector<4xf64>
  %a = arith.mulf %v, %c : vector<4xf64>
  %s = math.sin %a : vector<4xf64>
  %t = math.sin %a : vector<4xf64>
  %r = arith.addf %s, %t : vector<4xf64>
  func.return %r : vector<4xf64>
}
// -----
func.func @stablehlo(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %a = "stablehlo.add"(%x, %y) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %b = "stablehlo.sine"(%a) : (tensor<3xf64>) -> tensor<3xf64>
  %z = "stablehlo.constant"() <{value = dense<0.0> : tensor<f64>}> : () -> tensor<f64>
  %r = "stablehlo.reduce"(%b, %z) <{dimensions = array<i64: 0>}> ({
  ^bb0(%p: tensor<f64>, %q: tensor<f64>):
    %s = "stablehlo.add"(%p, %q) : (tensor<f64>, tensor<f64>) -> tensor<f64>
    "stablehlo.return"(%s) : (tensor<f64>) -> ()
  }) : (tensor<3xf64>, tensor<f64>) -> tensor<f64>
  %u = "stablehlo.broadcast_in_dim"(%r) <{broadcast_dimensions = array<i64>}> : (tensor<f64>) -> tensor<3xf64>
  %v = arith.mulf %u, %x : tensor<3xf64>
  func.return %v : tensor<3xf64>
}
// -----
func.func @llvm(%p: !llvm.ptr, %x: f64) -> f64 {
  "llvm.store"(%x, %p) <{ordering = 0 : i64}> : (f64, !llvm.ptr) -> ()
  %a = "llvm.load"(%p) <{ordering = 0 : i64}> : (!llvm.ptr) -> f64
  %b = "llvm.load"(%p) <{ordering = 0 : i64}> : (!llvm.ptr) -> f64
  %c = arith.addf %a, %b : f64
  func.return %c : f64
}
// -----
"gpu.module"() <{sym_name = "kernels"}> ({
  "gpu.func"() <{function_type = () -> (), kernel}> ({
    %i = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
    %j = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
    "gpu.barrier"() : () -> ()
    %s = arith.addi %i, %j : index
    "gpu.barrier"() : () -> ()
    "fz.sink"(%s) : (index) -> ()
    "gpu.return"() : () -> ()
  }) {sym_name = "k"} : () -> ()
}) : () -> ()
func.func @host(%x: f64) -> f64 {
  func.return %x : f64
}
// -----
func.func @cf_loop(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  cf.br ^head(%c0, %x : i32, f64)
^head(%i: i32, %a: f64):
  %c = arith.cmpi slt, %i, %n : i32
  cf.cond_br %c, ^body, ^exit(%a : f64)
^body:
  %s = math.sin %a : f64
  "log.write"(%s) : (f64) -> ()
  %j = arith.addi %i, %c1 : i32
  cf.br ^head(%j, %s : i32, f64)
^exit(%r: f64):
  func.return %r : f64
}
// -----
func.func @choices(%c: i1, %x: f64) -> f64 {
  %true = arith.constant true
  %r = scf.if %c -> (f64) {
    %a = "fz.source"() : () -> f64
    "fz.sink"(%a) : (f64) -> ()
    scf.yield %a : f64
  } else {
    %b = "fz.source"() : () -> f64
    scf.yield %b : f64
  }
  scf.if %true {
    "fz.sink"(%r) : (f64) -> ()
  }
  func.return %r : f64
}
// -----
func.func @while(%x: f64) -> f64 {
  %lim = arith.constant 3.0 : f64
  %r = scf.while (%a = %x) : (f64) -> f64 {
    %c = arith.cmpf olt, %a, %lim : f64
    "fz.sink"(%a) : (f64) -> ()
    scf.condition(%c) %a : f64
  } do {
  ^bb0(%a: f64):
    %one = arith.constant 1.0 : f64
    %b = arith.addf %a, %one : f64
    scf.yield %b : f64
  }
  func.return %r : f64
}
// -----
func.func @parallel(%m: memref<4xf64>, %x: f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  "scf.parallel"(%c0, %c4, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    memref.store %x, %m[%i] : memref<4xf64>
    scf.reduce
  }) : (index, index, index) -> ()
  func.return
}
// -----
func.func @switch(%i: index, %x: f64) -> f64 {
  %r = scf.index_switch %i -> f64
  case 0 {
    %a = math.sin %x : f64
    scf.yield %a : f64
  }
  default {
    %b = "fz.source"() : () -> f64
    scf.yield %b : f64
  }
  func.return %r : f64
}
// -----
func.func @build(%x: tensor<4xf64>, %k: f64) -> tensor<4xf64> {
  %b = "fz.op"(%k) : (f64) -> f64
  %r = ten.build [4] (%i) : tensor<4xf64> {
    %a = ten.index %x[%i] : tensor<4xf64> -> f64
    %c = arith.mulf %a, %b : f64
    ten.yield %c : f64
  }
  %d = "fz.op"(%r) : (tensor<4xf64>) -> tensor<4xf64>
  func.return %d : tensor<4xf64>
}
// -----
func.func @calls(%x: f64) -> f64 {
  %a = func.call @once(%x) : (f64) -> f64
  %b = func.call @twice(%a) : (f64) -> f64
  %c = func.call @elsewhere(%b) : (f64) -> f64
  func.return %c : f64
}
func.func private @once(%x: f64) -> f64 {
  "fz.sink"(%x) : (f64) -> ()
  func.return %x : f64
}
func.func private @twice(%x: f64) -> f64 {
  %a = func.call @once(%x) : (f64) -> f64
  %b = func.call @once(%a) : (f64) -> f64
  func.return %b : f64
}
func.func private @elsewhere(f64) -> f64
// -----
builtin.module @outer {
  func.func @inner(%x: f64) -> f64 {
    %s = math.sin %x : f64
    %t = math.sin %x : f64
    %r = arith.addf %s, %t : f64
    func.return %r : f64
  }
}
func.func @same(%x: f64) -> f64 {
  %s = math.sin %x : f64
  func.return %s : f64
}
// -----
"fz.module"() ({
  %b = arith.addf %a, %a : f64
  %a = "fz.source"() : () -> f64
  %c = arith.addf %a, %a : f64
  func.func @in_a_graph(%x: f64) -> f64 {
    func.return %x : f64
  }
}) : () -> ()
func.func @beside(%x: f64) -> f64 {
  func.return %x : f64
}
// -----
func.func @rank0(%x: tensor<f64>, %y: tensor<3xf64>) -> tensor<f64> {
  %a = tensor.extract %x[] : tensor<f64>
  %s = math.sin %a : f64
  %t = "tensor.from_elements"(%s) : (f64) -> tensor<f64>
  "fz.sink"(%t) : (tensor<f64>) -> ()
  func.return %t : tensor<f64>
}
// -----
func.func @tensors(%x: tensor<4xf64>, %i: index) -> tensor<2xf64> {
  %e = tensor.extract %x[%i] : tensor<4xf64>
  %y = tensor.insert %e into %x[%i] : tensor<4xf64>
  %s = "tensor.extract_slice"(%y) <{static_offsets = array<i64: 1>, static_sizes = array<i64: 2>, static_strides = array<i64: 1>, operandSegmentSizes = array<i32: 1, 0, 0, 0>}> : (tensor<4xf64>) -> tensor<2xf64>
  func.return %s : tensor<2xf64>
}
// -----
func.func @dynamic(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xf64> {
  %a = arith.addf %x, %y : tensor<?xf64>
  %b = arith.addf %y, %x : tensor<?xf64>
  %c = arith.mulf %a, %b : tensor<?xf64>
  func.return %c : tensor<?xf64>
}
// -----
func.func @complex(%x: complex<f64>, %y: complex<f64>) -> f64 {
  %a = complex.add %x, %y : complex<f64>
  %b = complex.mul %a, %a : complex<f64>
  %r = complex.re %b : complex<f64>
  func.return %r : f64
}
// -----
func.func @tosa(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %a = tosa.sin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 1.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return %b : tensor<2x3xf32>
}
// -----
func.func @affine(%m: memref<4xf64>, %x: f64) {
  affine.for %i = 0 to 4 {
    %y = math.exp %x : f64
    "affine.store"(%y, %m, %i) <{map = affine_map<(d0) -> (d0)>}> : (f64, memref<4xf64>, index) -> ()
  }
  func.return
}
// -----
func.func @several(%x: f64) -> (f64, f64) {
  %a:3 = "fz.several"(%x) : (f64) -> (f64, f64, i32)
  %t = "fz.tuple"(%a#0, %a#2) : (f64, i32) -> tuple<f64, i32>
  "fz.sink"(%t) : (tuple<f64, i32>) -> ()
  %u = "fz.fz"(%a#1) {fz.a = #fz.b<"c", [1, 2]>, fz.t = !fz.t<f32>} : (f64) -> !fz.t<f32>
  %r = "fz.back"(%u) : (!fz.t<f32>) -> f64
  func.return %r, %a#0 : f64, f64
}
// -----
func.func @blocks(%x: f64) -> f64 {
  %y = "fz.region"(%x) ({
  ^bb0(%p: f64):
    %s = math.sin %p : f64
    "fz.jump"(%s)[^bb1, ^bb2] : (f64) -> ()
  ^bb1:
    %t = math.sin %p : f64
    "fz.end"(%t) : (f64) -> ()
  ^bb2:
    %u = math.sin %x : f64
    "fz.end"(%u) : (f64) -> ()
  }, {
  }) : (f64) -> f64
  %z = math.sin %x : f64
  %r = arith.addf %y, %z : f64
  func.return %r : f64
}
// -----
func.func @jumps(%x: f64) -> f64 {
  %a = math.sin %x : f64
  "fz.jump"(%a)[^one, ^two] : (f64) -> ()
^one:
  %b = math.sin %x : f64
  "fz.jump"(%b)[^two] : (f64) -> ()
^two:
  %c = math.sin %x : f64
  func.return %c : f64
}
// -----
!vec = tensor<3xf64>
#note = #fz.note<"said">
func.func @aliases(%x: !vec {fz.note = #note}) -> (!vec {fz.r}) attributes {fz.f = #note} {
  %s = math.sin %x {fz.note = #note} : !vec
  %t = math.sin %x : !vec
  %r = arith.addf %s, %t {fz.last} : !vec
  func.return %r : !vec
}
// -----
ml_program.global private @g(dense<4> : tensor<4xi32>) : tensor<4xi32>
func.func @uses() -> tensor<4xi32> {
  %r = ml_program.global_load_const @g : tensor<4xi32>
  func.return %r : tensor<4xi32>
}
// -----
func.func @print(%x: f64) {
  printf.print_format "{}", %x : f64
  printf.print_format "{}", %x : f64
  func.return
}
// -----
func.func @test(%x: f64) -> f64 {
  %a, %b = "test.op"(%x) {a} : (f64) -> (f64, i32)
  %c = "test.pureop"(%x) : (f64) -> f64
  %d = "test.pureop"(%x) : (f64) -> f64
  %e = "test.op"(%c, %d) ({
    "test.op"(%b) : (i32) -> ()
    "test.termop"() : () -> ()
  }) : (f64, f64) -> f64
  func.return %e : f64
}
// -----
func.func @buffers(%x: tensor<4xf64>) -> tensor<4xf64> {
  %m = bufferization.to_buffer %x : tensor<4xf64> to memref<4xf64>
  %a = bufferization.alloc_tensor() : tensor<4xf64>
  %r = bufferization.to_tensor %m : memref<4xf64> to tensor<4xf64>
  %s = arith.addf %r, %a : tensor<4xf64>
  func.return %s : tensor<4xf64>
}
// -----
pdl.pattern @rewrite : benefit(1) {
  %t = pdl.type : f64
  %x = pdl.operand : %t
  %op = pdl.operation "arith.negf" (%x : !pdl.value) -> (%t : !pdl.type)
  pdl.rewrite %op with "rewriter"
}
func.func @neg(%x: f64) -> f64 {
  %y = arith.negf %x : f64
  func.return %y : f64
}
// -----
func.func @casts(%x: f64) -> i3 {
  %a = builtin.unrealized_conversion_cast %x : f64 to !fz.t
  %b = builtin.unrealized_conversion_cast %a : !fz.t to f64
  %c = builtin.unrealized_conversion_cast %b : f64 to i3
  func.return %c : i3
}
// -----
func.func @undefined() -> f64 {
  %u = ub.poison : f64
  %v = arith.addf %u, %u : f64
  func.return %v : f64
}
// -----
func.func @gradient_beside(%x: tensor<3xf64>) -> f64 {
  "fz.sink"(%x) : (tensor<3xf64>) -> ()
  %k = "fz.source"() : () -> f64
  %s = math.sin %x : tensor<3xf64>
  %t = ten.sum %s dims [0] : tensor<3xf64> -> f64
  %r = arith.mulf %t, %k : f64
  func.return %r : f64
}
