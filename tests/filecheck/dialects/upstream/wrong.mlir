// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

// Rules of MLIR's for its own dialects that xDSL's verifiers do not check.

func.func @f(%x: f32) -> f32 {
  // expected-error@+1 {{cf.br gives its block (f32), and that takes ()}}
  cf.br ^end(%x : f32)
^end:
  func.return %x : f32
}

// -----

func.func @f(%x: f32, %c: i1) -> f32 {
  // expected-error@+1 {{cf.cond_br gives block #0 (f32), and that takes ()}}
  cf.cond_br %c, ^end(%x : f32), ^b
^end:
  func.return %x : f32
^b:
  func.return %x : f32
}

// -----

func.func @f(%x: f64) -> f16 {
  // expected-error@+1 {{arith.extf gives f16, which is not wider than f64}}
  %a = arith.extf %x : f64 to f16
  func.return %a : f16
}

// -----

func.func @f(%x: f16) -> f64 {
  // expected-error@+1 {{arith.truncf gives f64, which is not narrower than f16}}
  %a = arith.truncf %x : f16 to f64
  func.return %a : f64
}

// -----

func.func @f(%x: i8) -> i1 {
  // expected-error@+1 {{arith.cmpi has no predicate 10; its predicates are 0 to 9}}
  %a = "arith.cmpi"(%x, %x) {predicate = 10 : i64} : (i8, i8) -> i1
  func.return %a : i1
}

// -----

func.func @f(%x: f32) -> i1 {
  // expected-error@+1 {{arith.cmpf has no predicate 16; its predicates are 0 to 15}}
  %a = "arith.cmpf"(%x, %x) {predicate = 16 : i64} : (f32, f32) -> i1
  func.return %a : i1
}

// -----

func.func @f(%x: f32) -> i1 {
  // expected-error@+1 {{the predicate of arith.cmpf is an i64, not i32}}
  %a = "arith.cmpf"(%x, %x) {predicate = 1 : i32} : (f32, f32) -> i1
  func.return %a : i1
}

// -----

func.func @f(%n: index, %x: f32) -> f64 {
  // expected-error@+1 {{scf.for gives (f64), and it carries (f32)}}
  %a = "scf.for"(%n, %n, %n, %x) ({
  ^b(%i: index, %y: f32):
    "scf.yield"(%y) : (f32) -> ()
  }) : (index, index, index, f32) -> f64
  func.return %a : f64
}

// -----

func.func @f(%c: i1, %x: f32) -> f32 {
  // expected-error@+1 {{scf.if has results, so it needs an else branch}}
  %a = "scf.if"(%c) ({
    "scf.yield"(%x) : (f32) -> ()
  }, {}) : (i1) -> f32
  func.return %a : f32
}

// -----

func.func @f(%x: f32) -> f64 {
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    // expected-error@+1 {{its condition passes on (f32), and the scf.while gives (f64)}}
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f64):
    "scf.yield"(%x) : (f32) -> ()
  }) : (f32) -> f64
  func.return %a : f64
}

// -----

func.func @f(%x: f32) -> f32 {
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f32):
    %c = arith.constant true
    // expected-error@+1 {{its body yields (i1), and the scf.while takes (f32)}}
    "scf.yield"(%c) : (i1) -> ()
  }) : (f32) -> f32
  func.return %a : f32
}

// -----

func.func @f(%c: i32) {
  // expected-error@+1 {{cf.switch gives block #1 (i32), and that takes ()}}
  cf.switch %c : i32, [
    default: ^a,
    3: ^b(%c : i32)
  ]
^a:
  func.return
^b:
  func.return
}

// -----

func.func @same_width(%x: bf16) -> f16 {
  // expected-error@+1 {{arith.extf gives f16, which is not wider than bf16}}
  %a = arith.extf %x : bf16 to f16
  func.return %a : f16
}

// -----

func.func @f(%i: i32, %j: i64) {
  // expected-error@+1 {{arith.cmpi compares values of one type, not i32 and i64}}
  %a = "arith.cmpi"(%i, %j) {predicate = 0 : i64} : (i32, i64) -> i1
  func.return
}

// -----

func.func @f(%n: index) {
  // expected-error@+1 {{arith.bitcast does not take or give index, which has no fixed width}}
  %a = "arith.bitcast"(%n) : (index) -> i64
  func.return
}

// -----

func.func @f(%i: si32) {
  // expected-error@+1 {{arith.addi takes and gives integers without a sign: i32, not si32}}
  %a = "arith.addi"(%i, %i) : (si32, si32) -> si32
  func.return
}

// -----

func.func @f(%u: tensor<2x3xf32>, %n: index) {
  // expected-error@+1 {{tensor.extract needs 2 indices for tensor<2x3xf32>, not 1}}
  %a = tensor.extract %u[%n] : tensor<2x3xf32>
  func.return
}

// -----

func.func @f(%f: f32, %u: tensor<2x3xf32>, %n: index) {
  // expected-error@+1 {{tensor.insert needs 2 indices for tensor<2x3xf32>, not 1}}
  %a = tensor.insert %f into %u[%n] : tensor<2x3xf32>
  func.return
}

// -----

func.func @f(%f: f32) {
  // expected-error@+1 {{tensor.from_elements has 2 elements, and tensor<3xf32> has 3}}
  %a = tensor.from_elements %f, %f : tensor<3xf32>
  func.return
}

// -----

func.func @f(%f: f32) {
  // expected-error@+1 {{tensor.from_elements gives a tensor of fixed sizes, not tensor<?xf32>}}
  %a = tensor.from_elements %f : tensor<?xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>) {
  // expected-error@+1 {{tensor.cast keeps elements f32, and gives f64}}
  %a = tensor.cast %t : tensor<3xf32> to tensor<3xf64>
  func.return
}

// -----

func.func @f(%n: index) {
  // expected-error@+1 {{tensor.empty has 1 sizes, and tensor<3xf32> leaves 0 open}}
  %a = tensor.empty(%n) : tensor<3xf32>
  func.return
}

// -----

func.func @f(%u: tensor<2x3xf32>) {
  // expected-error@+1 {{tensor.collapse_shape joins dimensions of sizes 2x3 to one of size 5}}
  %a = tensor.collapse_shape %u [[0, 1]] : tensor<2x3xf32> into tensor<5xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>) {
  // expected-error@+1 {{tensor.extract_slice leaves tensor<3xf32>: dimension 0 has offset 2, size 2 and stride 1}}
  %a = tensor.extract_slice %t[2] [2] [1] : tensor<3xf32> to tensor<2xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>) {
  // expected-error@+1 {{tensor.extract_slice has a slice of sizes 2, which is no tensor<3xf32>}}
  %a = tensor.extract_slice %t[0] [2] [1] : tensor<3xf32> to tensor<3xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>) {
  // expected-error@+1 {{tensor.insert_slice has a slice of sizes 2, which is no tensor<3xf32>}}
  %a = tensor.insert_slice %t into %t[0] [2] [1] : tensor<3xf32> into tensor<3xf32>
  func.return
}

// -----

func.func @f(%c: i1) {
  // expected-error@+1 {{the regions of scf.if have no arguments}}
  "scf.if"(%c) ({
  ^b(%z: i32):
    "scf.yield"() : () -> ()
  }, {}) : (i1) -> ()
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{the regions of scf.execute_region have no arguments}}
  "scf.execute_region"() ({
  ^b(%z: i32):
    "scf.yield"() : () -> ()
  }) : () -> ()
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{the first region of scf.while ends with scf.condition, not with scf.yield}}
  "scf.while"() ({
    "scf.yield"() : () -> ()
  }, {
    "scf.yield"() : () -> ()
  }) : () -> ()
  func.return
}

// -----

func.func @f() {
^a:
  // expected-error@+1 {{cf.br goes to the first block of a region, which takes only the values that enter}}
  "cf.br"() [^a] : () -> ()
}

// -----

// expected-error@+1 {{arg_attrs has 2 entries for 1 arguments}}
"func.func"() ({
^b(%x: f32):
  func.return
}) {sym_name = "f", function_type = (f32) -> (), arg_attrs = [{}, {}]} : () -> ()

// -----

// expected-error@+1 {{the visibility of a function is one of}}
"func.func"() ({
  func.return
}) {sym_name = "f", function_type = () -> (), sym_visibility = "hidden"} : () -> ()

// -----

func.func @f() {
  // expected-error@+1 {{func.func stands in func.func, which is no table of symbols}}
  func.func @g() { func.return }
  func.return
}

// -----

// What MLIR accepts, near to the errors above.
func.func @right(%t: tensor<4x1x6xf32>, %u: tensor<f32>, %y: tensor<?xf32>, %n: index, %f: f32) {
  %a = tensor.extract_slice %t[1, 0, 1] [2, 1, 3] [1, 1, 2] : tensor<4x1x6xf32> to tensor<2x3xf32>
  %b = tensor.extract_slice %y[%n] [%n] [1] : tensor<?xf32> to tensor<?xf32>
  %c = tensor.insert_slice %a into %t[2, 0, 0] [2, 1, 3] [1, 1, 1] : tensor<2x3xf32> into tensor<4x1x6xf32>
  %d = tensor.collapse_shape %t [[0, 1], [2]] : tensor<4x1x6xf32> into tensor<4x6xf32>
  %e = tensor.expand_shape %u [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
  %g = tensor.extract %u[] : tensor<f32>
  %h = tensor.empty(%n) : tensor<?x3xf32>
  %i = tensor.cast %y : tensor<?xf32> to tensor<3xf32>
  %j = tensor.from_elements %f, %f : tensor<1x2xf32>
  func.return
}

// -----

func.func @f(%a: i32) -> i1 {
  // expected-error@+1 {{the predicate of llvm.icmp is one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, not 10}}
  %c = "llvm.icmp"(%a, %a) <{predicate = 10 : i64}> : (i32, i32) -> i1
  func.return %c : i1
}

// -----

func.func @f(%a: f32) -> i1 {
  // expected-error@+1 {{the predicate of llvm.fcmp is one of}}
  %c = "llvm.fcmp"(%a, %a) <{predicate = -1 : i64, fastmathFlags = #llvm.fastmath<none>}> : (f32, f32) -> i1
  func.return %c : i1
}

// -----

func.func @f(%p: !llvm.ptr) -> f64 {
  // expected-error@+1 {{the ordering of llvm.load is one of 0, 1, 2, 4, 5, 6, 7, not 3}}
  %c = "llvm.load"(%p) <{ordering = 3 : i64}> : (!llvm.ptr) -> f64
  func.return %c : f64
}

// -----

func.func @f(%p: !llvm.ptr, %x: f64) {
  // expected-error@+1 {{the ordering of llvm.store is one of}}
  "llvm.store"(%x, %p) <{ordering = 8 : i64}> : (f64, !llvm.ptr) -> ()
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{the asm_dialect of llvm.inline_asm is one of 0, 1, not 2}}
  "llvm.inline_asm"() <{asm_string = "nop", constraints = "", asm_dialect = 2 : i64}> : () -> ()
  func.return
}

// -----

// xDSL's verifier raises an Exception here: its words are the message.
func.func @f(%x: f32) -> f64 {
  // expected-error@+1 {{scf.while does not verify (Block arguments with wrong type, expected f64, got f32)}}
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f32):
    "scf.yield"(%x) : (f32) -> ()
  }) : (f32) -> f64
  func.return %a : f64
}

// -----

func.func @f(%x: f32) {
  // expected-error@+1 {{arith.extf is elementwise, and its types differ in shape: f32, vector<3xf64>}}
  %a = "arith.extf"(%x) : (f32) -> vector<3xf64>
  func.return
}

// -----

func.func @f(%x: tensor<f32>, %n: i32) {
  // expected-error@+1 {{math.fpowi is elementwise, and its types differ in shape: tensor<f32>, i32, tensor<f32>}}
  %a = "math.fpowi"(%x, %n) : (tensor<f32>, i32) -> tensor<f32>
  func.return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{arith.extf is elementwise, and its types differ in shape: vector<4xf32>, vector<[4]xf64>}}
  %a = "arith.extf"(%x) : (vector<4xf32>) -> vector<[4]xf64>
  func.return
}

// -----

func.func @f(%x: tensor<3xf32>) {
  // expected-error@+1 {{arith.cmpf gives one i1, so it compares numbers, not tensor<3xf32>; see ten.compare}}
  %a = "arith.cmpf"(%x, %x) {predicate = 1 : i64} : (tensor<3xf32>, tensor<3xf32>) -> i1
  func.return
}

// -----

func.func @f(%x: i0) {
  // expected-error@+1 {{arith.xori takes and gives integers of at least one bit, not i0}}
  %a = arith.xori %x, %x : i0
  func.return
}

// -----

// expected-error@+1 {{a function without a body is private: write func.func private}}
func.func @f(f32) -> f32

// -----

func.func @f(%u: tensor<2x3xf32>) {
  // expected-error@+1 {{tensor.collapse_shape joins dimensions of sizes 2x3 to one of size ?}}
  %a = "tensor.collapse_shape"(%u) <{reassociation = [[0, 1]]}> : (tensor<2x3xf32>) -> tensor<?xf32>
  func.return
}

// -----

func.func @f(%u: tensor<2x3xf32>) {
  // expected-error@+1 {{tensor.collapse_shape names dimensions of a tensor of rank 0}}
  %a = "tensor.collapse_shape"(%u) <{reassociation = [[0, 1]]}> : (tensor<2x3xf32>) -> tensor<f32>
  func.return
}

// -----

func.func @f(%u: tensor<2x3xf32>) {
  // expected-error@+1 {{tensor.collapse_shape has 0 groups of dimensions, and tensor<2x3xf32> has 2}}
  %a = "tensor.collapse_shape"(%u) <{reassociation = []}> : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @f(%u: tensor<1x3xf32>) {
  // expected-error@+1 {{tensor.collapse_shape makes one element of sizes 1x3, or these of one element}}
  %a = "tensor.collapse_shape"(%u) <{reassociation = []}> : (tensor<1x3xf32>) -> tensor<f32>
  func.return
}

// -----

func.func @f(%t: tensor<f32>) {
  // expected-error@+1 {{tensor.expand_shape has the output shape 3, and gives tensor<1xf32>}}
  %a = tensor.expand_shape %t [] output_shape [3] : tensor<f32> into tensor<1xf32>
  func.return
}

// -----

func.func @f(%t: tensor<6xf32>) {
  // expected-error@+1 {{tensor.expand_shape has the output shape 1x6, and gives tensor<2x3xf32>}}
  %a = "tensor.expand_shape"(%t) <{reassociation = [[0, 1]], static_output_shape = array<i64: 1, 6>}> : (tensor<6xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>, %x: f32) {
  // expected-error@+1 {{tensor.pad makes a dimension of size 6, not 7}}
  %a = tensor.pad %t low[1] high[2] {
  ^b(%i: index):
    tensor.yield %x : f32
  } : tensor<3xf32> to tensor<7xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>, %x: f32) {
  // expected-error@+1 {{the region of tensor.pad takes an index for each dimension, not (i64)}}
  %a = tensor.pad %t low[1] high[2] {
  ^b(%i: i64):
    tensor.yield %x : f32
  } : tensor<3xf32> to tensor<6xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>, %x: f32, %y: f64) {
  %a = tensor.pad %t low[1] high[2] {
  ^b(%i: index):
    // expected-error@+1 {{tensor.pad has elements f32, and yields f64}}
    tensor.yield %y : f64
  } : tensor<3xf32> to tensor<6xf32>
  func.return
}

// -----

func.func @f(%t: tensor<3xf32>, %x: f32) {
  %a = tensor.pad %t low[1] high[2] {
  ^b(%i: index):
    // expected-error@+1 {{tensor.yield gives one value, not 0}}
    "tensor.yield"() : () -> ()
  } : tensor<3xf32> to tensor<6xf32>
  func.return
}

// -----

// What MLIR accepts, near to the errors above.
func.func @right(%t: tensor<3xf32>, %u: tensor<2x?xf32>, %v: tensor<?xf32>, %x: f32, %n: index) {
  %a = tensor.pad %t low[-1] high[2] {
  ^b(%i: index):
    tensor.yield %x : f32
  } : tensor<3xf32> to tensor<4xf32>
  %b = tensor.pad %v low[1] high[%n] {
  ^b(%i: index):
    tensor.yield %x : f32
  } : tensor<?xf32> to tensor<?xf32>
  %c = tensor.collapse_shape %u [[0, 1]] : tensor<2x?xf32> into tensor<?xf32>
  %d = tensor.expand_shape %v [[0, 1]] output_shape [2, %n] : tensor<?xf32> into tensor<2x?xf32>
  func.return
}

// -----

func.func @f(%c: index) {
  // expected-error@+1 {{cf.switch chooses by an integer without a sign, not by index}}
  cf.switch %c : index, [
    default: ^a
  ]
^a:
  func.return
}

// -----

// expected-error@+1 {{memref.global has type memref<7xf32>, and its value has type tensor<2xf32>}}
"memref.global"() <{sym_name = "g", sym_visibility = "private", type = memref<7xf32>, initial_value = dense<[1.0, 2.0]> : tensor<2xf32>, constant}> : () -> ()

// -----

// expected-error@+1 {{memref.global has type memref<2xf32>, and its value has type tensor<2xi32>}}
"memref.global"() <{sym_name = "g", sym_visibility = "private", type = memref<2xf32>, initial_value = dense<[1, 2]> : tensor<2xi32>, constant}> : () -> ()

// -----

func.func @f(%c: memref<2x4xf64>, %z: f32) {
  // expected-error@+1 {{linalg.fill writes f32 into elements f64}}
  linalg.fill ins(%z : f32) outs(%c : memref<2x4xf64>)
  func.return
}

// -----

func.func @f(%p: !llvm.ptr) -> f64 {
  // expected-error@+1 {{the ordering of llvm.load is an i64, not i32}}
  %c = "llvm.load"(%p) <{ordering = 1 : i32}> : (!llvm.ptr) -> f64
  func.return %c : f64
}

// -----

func.func @f(%a: tensor<4xi64>) -> tensor<4xi1> {
  // expected-error@+1 {{arith.cmpf takes floats, not tensor<4xi64>}}
  %c = arith.cmpf olt, %a, %a : tensor<4xi64>
  func.return %c : tensor<4xi1>
}

// -----

func.func @f(%a: tensor<4xf64>) -> tensor<4xi1> {
  // expected-error@+1 {{arith.cmpi takes integers, not tensor<4xf64>}}
  %c = arith.cmpi slt, %a, %a : tensor<4xf64>
  func.return %c : tensor<4xi1>
}

// -----

func.func @f(%a: i64) -> i64 {
  // expected-error@+1 {{arith.remf takes floats, not i64}}
  %c = arith.remf %a, %a : i64
  func.return %c : i64
}

// -----

func.func @f(%m: memref<4xf32>, %x: f32, %i: index) {
  // expected-error@+1 {{memref.atomic_rmw of the kind andi joins an integer, and not f32}}
  %0 = memref.atomic_rmw andi %x, %m[%i] : (f32, memref<4xf32>) -> f32
  func.return
}

// -----

func.func @f(%x: tensor<13xf32>, %y: tensor<2x8xf32>) {
  // expected-error@+1 {{tensor<13xf32> has no whole number of tiles, and no padding_value}}
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<13xf32> -> tensor<2x8xf32>
  func.return
}

// -----

func.func @f(%x: tensor<16xf32>, %y: tensor<3x8xf32>) {
  // expected-error@+1 {{tensor<16xf32> in tiles has the shape 2x8, and not tensor<3x8xf32>}}
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<16xf32> -> tensor<3x8xf32>
  func.return
}

// -----

func.func @f(%i: index) {
  // expected-error@+1 {{affine.delinearize_index has 2 indices, and 3 sizes}}
  %0:2 = affine.delinearize_index %i into (2, 3, 4) : index, index
  func.return
}

// -----

func.func @f(%x: memref<4xf32>) {
  // expected-error@+1 {{memref.realloc has a size where memref<?xf32> says none, and only there}}
  %0 = memref.realloc %x : memref<4xf32> to memref<?xf32>
  func.return
}
