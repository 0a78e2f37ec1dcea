// RUN: letgrad-opt %s -p delta-transpose --split-input-file --verify-diagnostics
// RUN: not letgrad-opt %s -p 'delta-transpose{steps=-1}' 2>&1 | filecheck %s

// CHECK: delta-transpose: steps=-1 is negative

func.func @another_input(%ct: f64) -> f64 {
  %d1 = delta.input 1 : !delta.term<f64>
  // expected-error@below {{the pullback of input 1 gives only 1 results}}
  %g = delta.pullback (%d1 : %ct) : f64 -> f64
  func.return %g : f64
}

// -----

func.func @another_type(%ct: f64) -> f32 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{the pullback gives f32 for an input of type f64}}
  %g = delta.pullback (%d0 : %ct) : f64 -> f32
  func.return %g : f32
}

// -----

func.func private @backward(%k: f64) -> f64 {
  func.return %k : f64
}
func.func @another_backward(%k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{delta.transposed_call needs @backward to be (f64, f64) -> (f64), and it is (f64) -> f64}}
  %d = delta.transposed_call @backward(%k) of (%d0) : (f64), (!delta.term<f64>) -> (!delta.term<f64>)
  %g = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g : f64
}

// -----

func.func @no_backward(%k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{there is no function @backward with a body}}
  %d = delta.transposed_call @backward(%k) of (%d0) : (f64), (!delta.term<f64>) -> (!delta.term<f64>)
  %g = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g : f64
}

// -----

func.func @term_of_another_block(%c: i1, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  // expected-error@below {{a term of this pullback is defined in another block}}
  %d = delta.neg %d0 : !delta.term<f64>
  %g = scf.if %c -> (f64) {
    %h = delta.pullback (%d : %ct) : f64 -> f64
    scf.yield %h : f64
  } else {
    scf.yield %ct : f64
  }
  func.return %g : f64
}

// -----

// A loop that calls a function of terms.
func.func @call_in_a_loop(%a: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %c, %d = ten.while (%h = %a : f64, %p = %d0 : !delta.term<f64>) -> (f64, !delta.term<f64>) {
    %go = arith.cmpf olt, %h, %a : f64
    ten.yield %go : i1
  } do (%h, %p) {
    // expected-error@below {{func.call has no rule in the table 'transpose'}}
    %0, %1 = func.call @turn(%h, %p) : (f64, !delta.term<f64>) -> (f64, !delta.term<f64>)
    ten.yield %0, %1 : f64, !delta.term<f64>
  }
  %g = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g : f64
}

func.func private @turn(%h: f64, %p: !delta.term<f64>) -> (f64, !delta.term<f64>) {
  %0 = arith.mulf %h, %h : f64
  %1 = delta.scale %h, %p : f64, !delta.term<f64>
  func.return %0, %1 : f64, !delta.term<f64>
}
