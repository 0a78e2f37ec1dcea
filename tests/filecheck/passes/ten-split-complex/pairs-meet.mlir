// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// Folds of the ops themselves: a part of a number that is made of parts, and the other way round.
// CHECK-LABEL: func.func @parts_of_pair(
// CHECK-NEXT:    func.return %y, %x : f64, f64
func.func @parts_of_pair(%x: f64, %y: f64) -> (f64, f64) {
  %z = ten.complex %x, %y : f64, f64 -> complex<f64>
  %a = ten.imag %z : complex<f64> -> f64
  %b = ten.real %z : complex<f64> -> f64
  func.return %a, %b : f64, f64
}

// CHECK-LABEL: func.func @pair_of_parts(
// CHECK-NEXT:    func.return %z : complex<f64>
func.func @pair_of_parts(%z: complex<f64>) -> complex<f64> {
  %a = ten.real %z : complex<f64> -> f64
  %b = ten.imag %z : complex<f64> -> f64
  %r = ten.complex %a, %b : f64, f64 -> complex<f64>
  func.return %r : complex<f64>
}

// CHECK-LABEL: func.func @parts_change_places_stays(
// CHECK:         ten.complex
func.func @parts_change_places_stays(%z: complex<f64>) -> complex<f64> {
  %a = ten.real %z : complex<f64> -> f64
  %b = ten.imag %z : complex<f64> -> f64
  %r = ten.complex %b, %a : f64, f64 -> complex<f64>
  func.return %r : complex<f64>
}

// CHECK-LABEL: func.func @parts_of_two_numbers_stay(
// CHECK:         ten.complex
func.func @parts_of_two_numbers_stay(%z: complex<f64>, %w: complex<f64>) -> complex<f64> {
  %a = ten.real %z : complex<f64> -> f64
  %b = ten.imag %w : complex<f64> -> f64
  %r = ten.complex %a, %b : f64, f64 -> complex<f64>
  func.return %r : complex<f64>
}
