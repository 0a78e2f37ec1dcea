func.func @extract(%x: tensor<f64>) -> f64 {
  %e = tensor.extract %x[] : tensor<f64>
  func.return %e : f64
}
// -----
func.func @from(%x: f64) -> tensor<f64> {
  %e = tensor.from_elements %x : tensor<f64>
  func.return %e : tensor<f64>
}
// -----
func.func @hlo(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %a = "stablehlo.add"(%x, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %b = "stablehlo.reduce"(%a, %x) ({
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %s = "stablehlo.add"(%p, %q) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    "stablehlo.return"(%s) : (tensor<f32>) -> ()
  }) {dimensions = array<i64>, k = dense<1.0> : tensor<f32>} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  func.return %b : tensor<f32>
}
// -----
func.func @mixed(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %c = arith.constant dense<2.0> : tensor<f32>
  %d = arith.constant dense<1.0> : tensor<f32>
  %a = arith.mulf %x, %c : tensor<f32>
  %a1 = arith.mulf %a, %d : tensor<f32>
  %b = "mhlo.add"(%a1, %y) ({
  ^bb0(%p: tensor<f32>):
    %s = math.cos %p : tensor<f32>
    %s1 = arith.addf %s, %a : tensor<f32>
    "mhlo.return"(%s1) : (tensor<f32>) -> ()
  }) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %z = arith.addf %b, %c : tensor<f32>
  func.return %z : tensor<f32>
}
// -----
func.func private @ext(tensor<f32>, tensor<3xf32>) -> tensor<f32>
func.func @callee(%x: tensor<f32>) -> tensor<f32> {
  %c = math.cos %x : tensor<f32>
  func.return %c : tensor<f32>
}
func.func @caller(%x: tensor<f32>, %v: tensor<3xf32>) -> tensor<f32> {
  %c = func.call @callee(%x) : (tensor<f32>) -> tensor<f32>
  %d = func.call @ext(%c, %v) : (tensor<f32>, tensor<3xf32>) -> tensor<f32>
  %e = arith.addf %d, %c : tensor<f32>
  func.return %e : tensor<f32>
}
func.func @door(%x: tensor<f32>, %v: tensor<3xf32>) -> tensor<f32> {
  %c = func.call @callee(%x) : (tensor<f32>) -> tensor<f32>
  %d = "other.op"(%c) : (tensor<f32>) -> tensor<f32>
  func.return %d : tensor<f32>
}
// -----
func.func @named(%x: tensor<f32>) -> tensor<f32> {
  %c = math.cos %x : tensor<f32>
  func.return %c : tensor<f32>
}
func.func @user(%x: tensor<f32>) -> tensor<f32> {
  %c = "other.call"(%x) {callee = @named, type = (tensor<f32>) -> tensor<f32>} : (tensor<f32>) -> tensor<f32>
  func.return %c : tensor<f32>
}
// -----
func.func @control(%x: tensor<f32>, %c: tensor<i1>, %n: index) -> (tensor<f32>, tensor<i32>) {
  %k = tensor.extract %c[] : tensor<i1>
  %i = arith.constant dense<7> : tensor<i32>
  %r = scf.if %k -> (tensor<f32>) {
    %y = math.sin %x : tensor<f32>
    scf.yield %y : tensor<f32>
  } else {
    scf.yield %x : tensor<f32>
  }
  %z, %j = scf.for %a = %n to %n step %n iter_args(%q = %r, %t = %i) -> (tensor<f32>, tensor<i32>) {
    %w = "other.use"(%q) : (tensor<f32>) -> tensor<f32>
    %e = arith.addi %t, %i : tensor<i32>
    scf.yield %w, %e : tensor<f32>, tensor<i32>
  }
  func.return %z, %j : tensor<f32>, tensor<i32>
}
// -----
func.func @blocks(%x: tensor<f32>, %c: i1) -> tensor<f32> {
  cf.cond_br %c, ^a(%x : tensor<f32>), ^b
^a(%y: tensor<f32>):
  %z = math.sin %y : tensor<f32>
  cf.br ^d(%z : tensor<f32>)
^b:
  %w = "other.use"(%x) : (tensor<f32>) -> tensor<f32>
  cf.br ^d(%w : tensor<f32>)
^d(%r: tensor<f32>):
  func.return %r : tensor<f32>
}
// -----
func.func @id(%x: tensor<f32>) -> tensor<f32> {
  func.return %x : tensor<f32>
}
// -----
func.func @consts() -> (tensor<f32>, tensor<index>, tensor<i1>, tensor<bf16>) {
  %a = arith.constant dense<1.5> : tensor<f32>
  %b = arith.constant dense<3> : tensor<index>
  %c = arith.constant dense<true> : tensor<i1>
  %d = arith.constant dense<2.5> : tensor<bf16>
  func.return %a, %b, %c, %d : tensor<f32>, tensor<index>, tensor<i1>, tensor<bf16>
}
// -----
func.func @complex(%x: tensor<complex<f32>>) -> tensor<complex<f32>> {
  %a = "other.use"(%x) : (tensor<complex<f32>>) -> tensor<complex<f32>>
  func.return %a : tensor<complex<f32>>
}
// -----
func.func @build(%x: tensor<f32>, %y: tensor<3xf32>) -> tensor<3xf32> {
  %e = "other.use"(%x) : (tensor<f32>) -> tensor<f32>
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %v = ten.index %y[%i] : tensor<3xf32> -> f32
    %s = arith.addf %e, %x : tensor<f32>
    ten.yield %s : tensor<f32>
  }
  func.return %b : tensor<3xf32>
}
// -----
func.func @reshape(%x: tensor<f32>) -> tensor<1xf32> {
  %e = tensor.expand_shape %x [] output_shape [1] : tensor<f32> into tensor<1xf32>
  func.return %e : tensor<1xf32>
}
// -----
func.func @cast(%x: tensor<f32>) -> tensor<f32> {
  %e = builtin.unrealized_conversion_cast %x : tensor<f32> to tensor<1xf32>
  %f = builtin.unrealized_conversion_cast %e : tensor<1xf32> to tensor<f32>
  %g = tensor.empty() : tensor<f32>
  %h = arith.addf %g, %f : tensor<f32>
  func.return %h : tensor<f32>
}
// -----
func.func @pure(%x: tensor<f32>, %c: i1) -> tensor<f32> {
  %g = tensor.collapse_shape %x [] : tensor<f32> into tensor<f32>
  %r = scf.if %c -> (tensor<f32>) {
    %h = tensor.expand_shape %x [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %h2 = tensor.collapse_shape %h [] : tensor<1xf32> into tensor<f32>
    scf.yield %h2 : tensor<f32>
  } else {
    %h = tensor.expand_shape %x [] output_shape [1] : tensor<f32> into tensor<1xf32>
    %h2 = tensor.collapse_shape %h [] : tensor<1xf32> into tensor<f32>
    scf.yield %h2 : tensor<f32>
  }
  func.return %r : tensor<f32>
}
// -----
func.func @linalg(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %r = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%x : tensor<f32>) outs(%y : tensor<f32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<f32>
  %s = arith.mulf %r, %x : tensor<f32>
  func.return %s : tensor<f32>
}
// -----
func.func @given() -> (tensor<f32>, tensor<index>) {
  %a = arith.constant dense<1.5> : tensor<f32>
  %b = arith.constant dense<3> : tensor<index>
  "other.use"(%a, %b) : (tensor<f32>, tensor<index>) -> ()
  func.return %a, %b : tensor<f32>, tensor<index>
}
