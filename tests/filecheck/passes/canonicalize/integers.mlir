// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// Identities of integers and of conversions: where each rule fires, and beside it where it must not.

// CHECK-LABEL: func.func @integer_with_unit(
// CHECK-NEXT:    func.return %x, %x, %x, %x, %x, %x, %x, %v, %v :
func.func @integer_with_unit(%x: i8, %v: tensor<2x3xi32>) -> (i8, i8, i8, i8, i8, i8, i8, tensor<2x3xi32>, tensor<2x3xi32>) {
  %zero = arith.constant 0 : i8
  %one = arith.constant 1 : i8
  %ones = arith.constant -1 : i8
  %least = arith.constant -128 : i8
  %zeros = arith.constant dense<0> : tensor<2x3xi32>
  %1 = arith.addi %zero, %x : i8
  %2 = arith.muli %x, %one : i8
  %3 = arith.andi %x, %ones : i8
  %4 = arith.maxsi %least, %x : i8
  %5 = arith.minui %x, %ones : i8
  %6 = arith.shrsi %x, %zero : i8
  %7 = arith.divsi %x, %one : i8
  %8 = arith.addi %v, %zeros : tensor<2x3xi32>
  %9 = arith.ori %zeros, %v : tensor<2x3xi32>
  func.return %1, %2, %3, %4, %5, %6, %7, %8, %9 : i8, i8, i8, i8, i8, i8, i8, tensor<2x3xi32>, tensor<2x3xi32>
}

// CHECK-LABEL: func.func @unit_on_the_left_stays(
// CHECK:         arith.subi %zero, %x : i8
// CHECK-NEXT:    arith.shli %zero, %x : i8
// CHECK-NEXT:    arith.divsi %one, %x : i8
// CHECK-NEXT:    arith.subi %mixed, %w : tensor<2xi8>
// CHECK-NEXT:    arith.addi %w, %mixed : tensor<2xi8>
func.func @unit_on_the_left_stays(%x: i8, %w: tensor<2xi8>) -> (i8, i8, i8, tensor<2xi8>, tensor<2xi8>) {
  %zero = arith.constant 0 : i8
  %one = arith.constant 1 : i8
  %mixed = arith.constant dense<[0, 1]> : tensor<2xi8>
  %1 = arith.subi %zero, %x : i8
  %2 = arith.shli %zero, %x : i8
  %3 = arith.divsi %one, %x : i8
  %4 = arith.subi %mixed, %w : tensor<2xi8>
  %5 = arith.addi %w, %mixed : tensor<2xi8>
  func.return %1, %2, %3, %4, %5 : i8, i8, i8, tensor<2xi8>, tensor<2xi8>
}

// CHECK-LABEL: func.func @integer_with_absorbing(
// CHECK-NEXT:    %zero = arith.constant 0 : i16
// CHECK-NEXT:    %ones = arith.constant -1 : i16
// CHECK-NEXT:    func.return %zero, %zero, %ones, %ones, %zero
func.func @integer_with_absorbing(%x: i16) -> (i16, i16, i16, i16, i16) {
  %zero = arith.constant 0 : i16
  %ones = arith.constant -1 : i16
  %1 = arith.muli %zero, %x : i16
  %2 = arith.andi %x, %zero : i16
  %3 = arith.ori %ones, %x : i16
  %4 = arith.maxui %x, %ones : i16
  %5 = arith.minui %x, %zero : i16
  func.return %1, %2, %3, %4, %5 : i16, i16, i16, i16, i16
}

// CHECK-LABEL: func.func @of_itself(
// CHECK-NEXT:    %0 = arith.constant 0 : i64
// CHECK-NEXT:    %1 = arith.constant 0 : i64
// CHECK-NEXT:    func.return %x, %x, %f, %0, %1
func.func @of_itself(%x: i64, %f: f32) -> (i64, i64, f32, i64, i64) {
  %1 = arith.andi %x, %x : i64
  %2 = arith.maxsi %x, %x : i64
  %3 = arith.minimumf %f, %f : f32
  %4 = arith.subi %x, %x : i64
  %5 = arith.xori %x, %x : i64
  func.return %1, %2, %3, %4, %5 : i64, i64, f32, i64, i64
}

// NaN - NaN is NaN.
// CHECK-LABEL: func.func @floats_of_itself_stay(
// CHECK-NEXT:    %0 = arith.subf %f, %f : f32
func.func @floats_of_itself_stay(%f: f32) -> f32 {
  %1 = arith.subf %f, %f : f32
  func.return %1 : f32
}

// CHECK-LABEL: func.func @remainder_of_division_by_one(
// CHECK-NEXT:    %ones = arith.constant -1 : i32
// CHECK-NEXT:    %0 = arith.constant 0 : i32
// CHECK-NEXT:    %1 = arith.remsi %x, %ones : i32
func.func @remainder_of_division_by_one(%x: i32) -> (i32, i32) {
  %one = arith.constant 1 : i32
  %ones = arith.constant -1 : i32
  %1 = arith.remui %x, %one : i32
  %2 = arith.remsi %x, %ones : i32
  func.return %1, %2 : i32, i32
}

// CHECK-LABEL: func.func @there_and_back(
// CHECK-NEXT:    func.return %x, %y, %x
func.func @there_and_back(%x: i8, %y: i8) -> (i8, i8, i8) {
  %1 = arith.xori %x, %y : i8
  %2 = arith.xori %y, %1 : i8
  %3 = arith.addi %x, %y : i8
  %4 = arith.subi %3, %x : i8
  %5 = arith.subi %x, %y : i8
  %6 = arith.addi %y, %5 : i8
  func.return %2, %4, %6 : i8, i8, i8
}

// CHECK-LABEL: func.func @there_and_further_stays(
// CHECK:         arith.addi
// CHECK:         arith.subi
// CHECK:         arith.xori
func.func @there_and_further_stays(%x: i8, %y: i8, %z: i8) -> (i8, i8) {
  %1 = arith.subi %x, %y : i8
  %2 = arith.addi %1, %x : i8
  %3 = arith.addi %x, %y : i8
  %4 = arith.subi %z, %3 : i8
  %5 = arith.xori %2, %4 : i8
  func.return %5, %2 : i8, i8
}

// CHECK-LABEL: func.func @maximum_with_infinity(
// CHECK:         %0 = arith.maximumf %x, %inf : f64
// CHECK-NEXT:    %1 = arith.maxnumf %x, %low : f64
// CHECK-NEXT:    func.return %x,
func.func @maximum_with_infinity(%x: f64) -> (f64, f64, f64) {
  %inf = arith.constant 0x7FF0000000000000 : f64
  %low = arith.constant 0xFFF0000000000000 : f64
  %1 = arith.maximumf %low, %x : f64
  %2 = arith.maximumf %x, %inf : f64
  %3 = arith.maxnumf %x, %low : f64
  func.return %1, %2, %3 : f64, f64, f64
}

// CHECK-LABEL: func.func @select_of_not(
// CHECK-NEXT:    %0 = arith.select %c, %y, %x : f32
// CHECK-NEXT:    func.return %0 : f32
func.func @select_of_not(%c: i1, %x: f32, %y: f32) -> f32 {
  %true = arith.constant true
  %1 = arith.xori %c, %true : i1
  %2 = arith.select %1, %x, %y : f32
  func.return %2 : f32
}

// CHECK-LABEL: func.func @select_of_xor_stays(
// CHECK-NEXT:    %0 = arith.xori %c, %d : i1
// CHECK-NEXT:    %1 = arith.select %0, %x, %y : f32
func.func @select_of_xor_stays(%c: i1, %d: i1, %x: f32, %y: f32) -> f32 {
  %1 = arith.xori %c, %d : i1
  %2 = arith.select %1, %x, %y : f32
  func.return %2 : f32
}

// CHECK-LABEL: func.func @compare_by_nothing(
// CHECK-NEXT:    %0 = arith.constant false
// CHECK-NEXT:    %1 = arith.constant true
// CHECK-NEXT:    %2 = arith.cmpf uno, %x, %x : f32
func.func @compare_by_nothing(%x: f32) -> (i1, i1, i1) {
  %1 = arith.cmpf false, %x, %x : f32
  %2 = arith.cmpf true, %x, %x : f32
  %3 = arith.cmpf uno, %x, %x : f32
  func.return %1, %2, %3 : i1, i1, i1
}

// CHECK-LABEL: func.func @conversions_of_conversions(
// CHECK-NEXT:    %0 = arith.extui %x : i8 to i64
// CHECK:         %2 = arith.extsi %x : i8 to i16
// CHECK-NEXT:    %3 = arith.trunci %y : i64 to i8
// CHECK-NEXT:    func.return %0, %x, %2, %3, %x, %f
func.func @conversions_of_conversions(%x: i8, %y: i64, %f: f32) -> (i64, i8, i16, i8, i8, f32) {
  %1 = arith.extui %x : i8 to i32
  %2 = arith.extsi %1 : i32 to i64
  %3 = arith.trunci %1 : i32 to i8
  %4 = arith.extsi %x : i8 to i32
  %5 = arith.trunci %4 : i32 to i16
  %6 = arith.trunci %y : i64 to i32
  %7 = arith.trunci %6 : i32 to i8
  %8 = arith.index_cast %x : i8 to index
  %9 = arith.index_cast %8 : index to i8
  %10 = arith.bitcast %f : f32 to i32
  %11 = arith.bitcast %10 : i32 to f32
  func.return %2, %3, %5, %7, %9, %11 : i64, i8, i16, i8, i8, f32
}

// The i8 in the middle loses bits of an index, and the i32 in the middle has a sign.
// CHECK-LABEL: func.func @conversions_that_lose_bits_stay(
// CHECK-NEXT:    %0 = arith.index_cast %i : index to i8
// CHECK-NEXT:    %1 = arith.index_cast %0 : i8 to index
// CHECK-NEXT:    %2 = arith.extsi %x : i8 to i32
// CHECK-NEXT:    %3 = arith.extui %2 : i32 to i64
func.func @conversions_that_lose_bits_stay(%i: index, %x: i8) -> (index, i64) {
  %1 = arith.index_cast %i : index to i8
  %2 = arith.index_cast %1 : i8 to index
  %3 = arith.extsi %x : i8 to i32
  %4 = arith.extui %3 : i32 to i64
  func.return %2, %4 : index, i64
}

// CHECK-LABEL: func.func @select_of_true_and_false(
// CHECK-NEXT:    %true = arith.constant true
// CHECK-NEXT:    %0 = arith.xori %c, %true : i1
// CHECK-NEXT:    func.return %c, %0 :
func.func @select_of_true_and_false(%c: i1) -> (i1, i1) {
  %true = arith.constant true
  %false = arith.constant false
  %1 = arith.select %c, %true, %false : i1
  %2 = arith.select %c, %false, %true : i1
  func.return %1, %2 : i1, i1
}

// CHECK-LABEL: func.func @select_of_true_and_false_stays(
// CHECK:         arith.select
func.func @select_of_true_and_false_stays(%c: i1) -> i32 {
  %one = arith.constant 1 : i32
  %zero = arith.constant 0 : i32
  %1 = arith.select %c, %one, %zero : i32
  func.return %1 : i32
}

// CHECK-LABEL: func.func @select_of_select(
// CHECK-NEXT:    %0 = arith.select %c, %x, %z : f32
// CHECK-NEXT:    %1 = ten.select %m, %a, %b : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:    func.return %0, %1 :
func.func @select_of_select(%c: i1, %x: f32, %y: f32, %z: f32, %m: tensor<3xi1>,
                            %a: tensor<3xf32>, %b: tensor<3xf32>) -> (f32, tensor<3xf32>) {
  %1 = arith.select %c, %x, %y : f32
  %2 = arith.select %c, %1, %z : f32
  %3 = ten.select %m, %a, %b : tensor<3xi1>, tensor<3xf32>
  %4 = ten.select %m, %a, %3 : tensor<3xi1>, tensor<3xf32>
  func.return %2, %4 : f32, tensor<3xf32>
}

// Where one condition holds, the other one may not.
// CHECK-LABEL: func.func @select_of_select_stays(
// CHECK-NEXT:    %0 = arith.select %c, %x, %y : f32
// CHECK-NEXT:    %1 = arith.select %d, %0, %y : f32
func.func @select_of_select_stays(%c: i1, %d: i1, %x: f32, %y: f32) -> f32 {
  %1 = arith.select %c, %x, %y : f32
  %2 = arith.select %d, %1, %y : f32
  func.return %2 : f32
}
