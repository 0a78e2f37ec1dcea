// RUN: letgrad-opt %s -p ten-compute-constants --split-input-file | filecheck %s

// The numbers of the tables were made by NumPy; the comment above each function says how.

// np.arange(66).reshape(6, 11) + 5
// CHECK-LABEL: func.func @affine_integers(
// CHECK:         ten.iota dim 0 : tensor<6x11xi32>
// CHECK:         arith.muli
// CHECK:         ten.iota dim 1 : tensor<6x11xi32>
// CHECK:         ten.cast
// CHECK-NOT:     dense<[
// CHECK:         func.return
func.func @affine_integers(%x: tensor<6x11xi64>) -> tensor<6x11xi64> {
  %t = arith.constant dense<[[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26], [27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37], [38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48], [49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59], [60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70]]> : tensor<6x11xi64>
  %r = arith.addi %x, %t : tensor<6x11xi64>
  func.return %r : tensor<6x11xi64>
}

// -----

// np.arange(70, dtype=np.float32) * 0.5
// CHECK-LABEL: func.func @affine_floats(
// CHECK-NEXT:    ten.iota dim 0 : tensor<70xf32>
// CHECK-NOT:     dense<[
// CHECK:         arith.mulf
func.func @affine_floats(%x: tensor<70xf32>) -> tensor<70xf32> {
  %t = arith.constant dense<[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0, 13.5, 14.0, 14.5, 15.0, 15.5, 16.0, 16.5, 17.0, 17.5, 18.0, 18.5, 19.0, 19.5, 20.0, 20.5, 21.0, 21.5, 22.0, 22.5, 23.0, 23.5, 24.0, 24.5, 25.0, 25.5, 26.0, 26.5, 27.0, 27.5, 28.0, 28.5, 29.0, 29.5, 30.0, 30.5, 31.0, 31.5, 32.0, 32.5, 33.0, 33.5, 34.0, 34.5]> : tensor<70xf32>
  %r = arith.addf %x, %t : tensor<70xf32>
  func.return %r : tensor<70xf32>
}

// -----

// np.linspace(0, 1, 70, dtype=np.float32): a product and a sum do not give each number
// CHECK-LABEL: func.func @affine_floats_that_round_differently_stay(
// CHECK-NEXT:    arith.constant dense<{{.*}}tensor<70xf32>
func.func @affine_floats_that_round_differently_stay(%x: tensor<70xf32>) -> tensor<70xf32> {
  %t = arith.constant dense<[0.0, 0.014492753893136978, 0.028985507786273956, 0.043478261679410934, 0.05797101557254791, 0.07246376574039459, 0.08695652335882187, 0.10144927352666855, 0.11594203114509583, 0.1304347813129425, 0.14492753148078918, 0.15942029654979706, 0.17391304671764374, 0.18840579688549042, 0.2028985470533371, 0.21739129722118378, 0.23188406229019165, 0.24637681245803833, 0.260869562625885, 0.2753623127937317, 0.28985506296157837, 0.30434781312942505, 0.3188405930995941, 0.3333333432674408, 0.3478260934352875, 0.36231884360313416, 0.37681159377098083, 0.3913043439388275, 0.4057970941066742, 0.4202898442745209, 0.43478259444236755, 0.4492753744125366, 0.4637681245803833, 0.47826087474823, 0.49275362491607666, 0.5072463750839233, 0.52173912525177, 0.5362318754196167, 0.5507246255874634, 0.5652173757553101, 0.5797101259231567, 0.5942028760910034, 0.6086956262588501, 0.6231883764266968, 0.6376811861991882, 0.6521739363670349, 0.6666666865348816, 0.6811594367027283, 0.695652186870575, 0.7101449370384216, 0.7246376872062683, 0.739130437374115, 0.7536231875419617, 0.7681159377098083, 0.782608687877655, 0.7971014380455017, 0.8115941882133484, 0.8260869383811951, 0.8405796885490417, 0.8550724387168884, 0.8695651888847351, 0.8840579986572266, 0.8985507488250732, 0.9130434989929199, 0.9275362491607666, 0.9420289993286133, 0.95652174949646, 0.9710144996643066, 0.9855072498321533, 1.0]> : tensor<70xf32>
  %r = arith.addf %x, %t : tensor<70xf32>
  func.return %r : tensor<70xf32>
}

// -----

// np.arange(64)
// CHECK-LABEL: func.func @few_elements_stay(
// CHECK-NEXT:    arith.constant dense<{{.*}}tensor<64xi64>
func.func @few_elements_stay(%x: tensor<64xi64>) -> tensor<64xi64> {
  %t = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63]> : tensor<64xi64>
  %r = arith.addi %x, %t : tensor<64xi64>
  func.return %r : tensor<64xi64>
}

// -----

// np.tri(9, 8, 1, dtype=bool)
// CHECK-LABEL: func.func @band(
// CHECK:         arith.subi
// CHECK:         ten.compare sle
// CHECK-NOT:     dense<[
// CHECK:         ten.select
func.func @band(%x: tensor<9x8xf32>, %y: tensor<9x8xf32>) -> tensor<9x8xf32> {
  %t = arith.constant dense<[[true, true, false, false, false, false, false, false], [true, true, true, false, false, false, false, false], [true, true, true, true, false, false, false, false], [true, true, true, true, true, false, false, false], [true, true, true, true, true, true, false, false], [true, true, true, true, true, true, true, false], [true, true, true, true, true, true, true, true], [true, true, true, true, true, true, true, true], [true, true, true, true, true, true, true, true]]> : tensor<9x8xi1>
  %r = ten.select %t, %x, %y : tensor<9x8xi1>, tensor<9x8xf32>
  func.return %r : tensor<9x8xf32>
}

// -----

// np.eye(9, 8, 2)
// CHECK-LABEL: func.func @band_of_numbers(
// CHECK:         arith.subi
// CHECK:         ten.compare eq
// CHECK-NOT:     dense<[
// CHECK:         ten.select
// CHECK:         arith.addf
func.func @band_of_numbers(%x: tensor<9x8xf64>) -> tensor<9x8xf64> {
  %t = arith.constant dense<[[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<9x8xf64>
  %r = arith.addf %x, %t : tensor<9x8xf64>
  func.return %r : tensor<9x8xf64>
}

// -----

// np.tri(9, 8, 1, dtype=bool) with True at [4, 7]
// CHECK-LABEL: func.func @a_band_with_one_more_place_stays(
// CHECK-NEXT:    arith.constant dense<{{.*}}tensor<9x8xi1>
func.func @a_band_with_one_more_place_stays(%x: tensor<9x8xf32>, %y: tensor<9x8xf32>) -> tensor<9x8xf32> {
  %t = arith.constant dense<[[true, true, false, false, false, false, false, false], [true, true, true, false, false, false, false, false], [true, true, true, true, false, false, false, false], [true, true, true, true, true, false, false, false], [true, true, true, true, true, true, false, true], [true, true, true, true, true, true, true, false], [true, true, true, true, true, true, true, true], [true, true, true, true, true, true, true, true], [true, true, true, true, true, true, true, true]]> : tensor<9x8xi1>
  %r = ten.select %t, %x, %y : tensor<9x8xi1>, tensor<9x8xf32>
  func.return %r : tensor<9x8xf32>
}

// -----

// True at [1:4, 2:] of (5, 14)
// CHECK-LABEL: func.func @box(
// CHECK:         ten.iota dim 0
// CHECK:         ten.compare sge
// CHECK:         ten.compare sle
// CHECK:         ten.iota dim 1
// CHECK:         ten.compare sge
// CHECK-NOT:     dense<[
// CHECK:         ten.select
func.func @box(%x: tensor<5x14xf32>, %y: tensor<5x14xf32>) -> tensor<5x14xf32> {
  %t = arith.constant dense<[[false, false, false, false, false, false, false, false, false, false, false, false, false, false], [false, false, true, true, true, true, true, true, true, true, true, true, true, true], [false, false, true, true, true, true, true, true, true, true, true, true, true, true], [false, false, true, true, true, true, true, true, true, true, true, true, true, true], [false, false, false, false, false, false, false, false, false, false, false, false, false, false]]> : tensor<5x14xi1>
  %r = ten.select %t, %x, %y : tensor<5x14xi1>, tensor<5x14xf32>
  func.return %r : tensor<5x14xf32>
}

// -----

// the same without [2, 5]
// CHECK-LABEL: func.func @a_box_with_a_hole_stays(
// CHECK-NEXT:    arith.constant dense<{{.*}}tensor<5x14xi1>
func.func @a_box_with_a_hole_stays(%x: tensor<5x14xf32>, %y: tensor<5x14xf32>) -> tensor<5x14xf32> {
  %t = arith.constant dense<[[false, false, false, false, false, false, false, false, false, false, false, false, false, false], [false, false, true, true, true, true, true, true, true, true, true, true, true, true], [false, false, true, true, true, false, true, true, true, true, true, true, true, true], [false, false, true, true, true, true, true, true, true, true, true, true, true, true], [false, false, false, false, false, false, false, false, false, false, false, false, false, false]]> : tensor<5x14xi1>
  %r = ten.select %t, %x, %y : tensor<5x14xi1>, tensor<5x14xf32>
  func.return %r : tensor<5x14xf32>
}

// -----

// np.tile([3, 1, 4, 1, 5, 9, 2], (10, 1))
// CHECK-LABEL: func.func @repeat(
// CHECK-NEXT:    arith.constant dense<[3, 1, 4, 1, 5, 9, 2]> : tensor<7xi32>
// CHECK-NEXT:    ten.broadcast
func.func @repeat(%x: tensor<10x7xi32>) -> tensor<10x7xi32> {
  %t = arith.constant dense<[[3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 1, 5, 9, 2]]> : tensor<10x7xi32>
  %r = arith.addi %x, %t : tensor<10x7xi32>
  func.return %r : tensor<10x7xi32>
}

// -----

// np.arange(66), whose reader needs it in memory
// CHECK-LABEL: func.func @a_table_that_is_a_result_stays(
// CHECK-NEXT:    arith.constant dense<{{.*}}tensor<66xi64>
// CHECK:         ten.cumsum
func.func @a_table_that_is_a_result_stays(%x: tensor<66xi64>) -> tensor<66xi64> {
  %t = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65]> : tensor<66xi64>
  %c = ten.cumsum %t dim 0 : tensor<66xi64>
  %r = arith.addi %x, %c : tensor<66xi64>
  func.return %r : tensor<66xi64>
}
