// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @term_of_integers() {
  // expected-error@below {{!delta.term: only floats have tangents, not tensor<2xi32>}}
  %d = delta.input 0 : !delta.term<tensor<2xi32>>
  func.return
}

// -----

func.func @term_of_a_term() {
  // expected-error@below {{!delta.term: only floats have tangents, not !delta.term<f64>}}
  %d = delta.zero : !delta.term<!delta.term<f64>>
  func.return
}

// -----

func.func @term_of_a_dynamic_tensor() {
  // expected-error@below {{!delta.term: its value is tensor<?xf64>, whose sizes are not fixed; letgrad computes with scalars and tensors of fixed sizes}}
  %d = delta.zero : !delta.term<tensor<?xf64>>
  func.return
}

// -----

func.func @negative_input() {
  // expected-error@below {{delta.input: there is no input -1}}
  %d = "delta.input"() <{position = -1 : i64}> : () -> !delta.term<f64>
  func.return
}

// -----

func.func @input_that_is_no_term() {
  // expected-error@below {{result 'result' is f64, and the op gives !delta.term there}}
  %d = delta.input 0 : f64
  func.return
}

// -----

func.func @add(%d: !delta.term<f64>, %e: !delta.term<f32>) {
  // expected-error@below {{!delta.term<f64>}}
  %s = "delta.add"(%d, %e) : (!delta.term<f64>, !delta.term<f32>) -> !delta.term<f64>
  func.return
}

// -----

func.func @scale(%k: f32, %d: !delta.term<f64>) {
  // expected-error@below {{delta.scale: f32 cannot scale !delta.term<f64>}}
  %s = delta.scale %k, %d : f32, !delta.term<f64>
  func.return
}

// -----

func.func @scale_of_another_shape(%k: f64, %d: !delta.term<tensor<3xf64>>) {
  // expected-error@below {{delta.scale: f64 cannot scale !delta.term<tensor<3xf64>>}}
  %s = delta.scale %k, %d : f64, !delta.term<tensor<3xf64>>
  func.return
}

// -----

func.func @pullback_of_another_type(%d: !delta.term<f64>, %ct: f32) {
  // expected-error@below {{delta.pullback: the cotangent of !delta.term<f64> is given as f32}}
  %g = "delta.pullback"(%d, %ct) <{operandSegmentSizes = array<i32: 1, 1>}> : (!delta.term<f64>, f32) -> f64
  func.return
}

// -----

func.func @pullback_without_a_cotangent(%d: !delta.term<f64>) {
  // expected-error@below {{delta.pullback: 1 terms and 0 cotangents}}
  %g = "delta.pullback"(%d) <{operandSegmentSizes = array<i32: 1, 0>}> : (!delta.term<f64>) -> f64
  func.return
}

// -----

func.func @pullback_masks(%d: !delta.term<f64>, %ct: f64) {
  // expected-error@below {{delta.pullback: masked [1] of 1 pairs}}
  %g = delta.pullback (%d : %ct) masked [1] : f64 -> f64
  func.return
}

// -----

func.func @pushforward(%d: !delta.term<f64>, %t: f64) {
  // expected-error@below {{delta.pushforward: the value of !delta.term<f64> is not f32}}
  %g = "delta.pushforward"(%d, %t) : (!delta.term<f64>, f64) -> f32
  func.return
}

// -----

func.func @stop(%d: !delta.term<f64>) {
  // expected-error@below {{delta.stop: !delta.term<f64> is a derivative already}}
  %s = delta.stop %d : !delta.term<f64>
  func.return
}

// -----

// Products of terms, and what is not linear, have no terms.
func.func @einsum(%d: !delta.term<tensor<3xf64>>) {
  // expected-error@below {{ten.einsum: the product of two terms is not linear}}
  %s = ten.einsum "i,i->" %d, %d : !delta.term<tensor<3xf64>>, !delta.term<tensor<3xf64>> -> !delta.term<f64>
  func.return
}

// -----

func.func @reduce(%d: !delta.term<tensor<3xf64>>) {
  // expected-error@below {{ten.reduce: max is not linear, and its operand is !delta.term<tensor<3xf64>>}}
  %s = ten.reduce max, %d dims [0] : !delta.term<tensor<3xf64>> -> !delta.term<f64>
  func.return
}

// -----

func.func @cast(%d: !delta.term<tensor<3xf64>>) {
  // expected-error@below {{!delta.term: only floats have tangents, not tensor<3xi64>}}
  %s = ten.cast %d : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xi64>>
  func.return
}

// -----

func.func @cast_to_a_value(%d: !delta.term<f64>) {
  // expected-error@below {{ten.cast: !delta.term<f64> cannot become f64}}
  %s = ten.cast %d : !delta.term<f64> -> f64
  func.return
}

// -----

func.func @parse_input() {
  // expected-error@below {{Expected integer literal}}
  %d = delta.input x : !delta.term<f64>
  func.return
}

// -----

func.func @parse_pullback(%d: !delta.term<f64>, %ct: f64) {
  // expected-error@below {{xpected ':'}}
  %g = delta.pullback (%d, %ct) : f64 -> f64
  func.return
}

// -----

func.func @implicit_integers(%x: tensor<3xi64>) {
  // expected-error@below {{delta.implicit: the unknowns are floats, not tensor<3xi64>}}
  %y = delta.implicit @f(%x) : (tensor<3xi64>) -> tensor<3xi64>
  func.return
}

// -----

func.func @implicit_of_a_term(%x: !delta.term<f64>, %p: f64) {
  // expected-error@below {{delta.implicit: the unknowns are values, not !delta.term<f64>}}
  %y = delta.implicit @f(%x, %p) : (!delta.term<f64>, f64) -> !delta.term<f64>
  func.return
}

// -----

func.func @implicit_type(%x: f64) {
  // expected-error@below {{delta.implicit: the result is f64, not f32}}
  %y = delta.implicit @f(%x) : (f64) -> f32
  func.return
}

// -----

func.func @solve_parameter(%b: f64, %p: !delta.term<f64>) {
  // expected-error@below {{delta.solve: operand 1 is !delta.term<f64>, and must be a value}}
  %x = delta.solve @a(%b, %p) : (f64, !delta.term<f64>) -> f64
  func.return
}

// -----

func.func @solve_batch(%b: tensor<2x3xf64>) {
  // expected-error@below {{delta.solve: 3 dimensions of a batch, and tensor<2x3xf64> has 2}}
  %x = delta.solve @a(%b) batch 3 : (tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return
}

// -----

func.func @solve_method(%b: f64) {
  // expected-error@below {{delta.solve: the method 'lu' is none of dense, gmres, cg}}
  %x = delta.solve @a(%b) by lu : (f64) -> f64
  func.return
}

// -----

func.func @solve_results(%b: f64) {
  // expected-error@below {{delta.solve takes the unknowns first, and gives one result}}
  delta.solve @a(%b) : (f64) -> ()
  func.return
}

// -----

func.func @solve_of_nothing() {
  // expected-error@below {{delta.solve takes the unknowns first, and gives one result}}
  %x = delta.solve @a() : () -> f64
  func.return
}
