// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @parts_differ(%x: f64, %y: f32) {
  // expected-error@+1 {{ten.complex: the parts are f64 and f32}}
  %0 = ten.complex %x, %y : f64, f32 -> complex<f64>
  func.return
}

// -----

func.func @halves(%x: tensor<3xf16>) {
  // expected-error@+1 {{ten.complex: the parts are f32 or f64, not tensor<3xf16>}}
  %0 = ten.complex %x, %x : tensor<3xf16>, tensor<3xf16> -> tensor<3xcomplex<f64>>
  func.return
}

// -----

func.func @real_of_real(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.real: the operand is tensor<3xf32>, which is not complex}}
  %0 = ten.real %x : tensor<3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @imag_of_another_type(%z: complex<f32>) {
  // expected-error@+1 {{ten.imag: the result is f32, not f64}}
  %0 = ten.imag %z : complex<f32> -> f64
  func.return
}

// -----

func.func @compared(%z: tensor<3xcomplex<f32>>) {
  // expected-error@+1 {{ten.compare: tensor<3xcomplex<f32>> is complex; compare its parts}}
  %0 = ten.compare eq, %z, %z : tensor<3xcomplex<f32>>
  func.return
}

// -----

func.func @greatest(%z: tensor<3xcomplex<f32>>) {
  // expected-error@+1 {{ten.reduce: tensor<3xcomplex<f32>> is complex; take its parts}}
  %0 = ten.reduce max, %z dims [0] : tensor<3xcomplex<f32>> -> complex<f32>
  func.return
}

// -----

func.func @place_of_greatest(%z: tensor<3xcomplex<f32>>) {
  // expected-error@+1 {{ten.argmax: tensor<3xcomplex<f32>> is complex; take its parts}}
  %0 = ten.argmax %z dim 0 : tensor<3xcomplex<f32>> -> i64
  func.return
}

// -----

func.func @a_part_is_lost(%z: tensor<3xcomplex<f32>>) {
  // expected-error@+1 {{ten.cast: tensor<3xcomplex<f32>> cannot become tensor<3xf32>: take a part of it}}
  %0 = ten.cast %z : tensor<3xcomplex<f32>> -> tensor<3xf32>
  func.return
}

// -----

func.func @counted() {
  // expected-error@+1 {{ten.iota: tensor<3xcomplex<f32>> has no numbers to count with}}
  %0 = ten.iota dim 0 : tensor<3xcomplex<f32>>
  func.return
}
