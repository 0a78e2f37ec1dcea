// RUN: letgrad-opt %s -p sharing-recover | filecheck %s

// A let of the first block serves all blocks of a function with jumps.

// CHECK-LABEL: func.func @of_the_first_block
// CHECK:         math.exp
// CHECK-NOT:     math.exp
func.func @of_the_first_block(%x: f64) -> f64 {
  %s = math.exp %x : f64
  %t = sharing.share %s {stamp = 1} [] : f64
  cf.br ^next
^next:
  %u = math.exp %x : f64
  %v = sharing.share %u {stamp = 1} [] : f64
  %r = arith.addf %t, %v : f64
  func.return %r : f64
}

// A let of another block does not dominate the rest.

// CHECK-LABEL: func.func @of_other_blocks_stays
// CHECK-COUNT-2: math.exp
func.func @of_other_blocks_stays(%x: f64, %c: i1) -> f64 {
  cf.cond_br %c, ^a, ^b
^a:
  %s = math.exp %x : f64
  %t = sharing.share %s {stamp = 1} [] : f64
  func.return %t : f64
^b:
  %u = math.exp %x : f64
  %v = sharing.share %u {stamp = 1} [] : f64
  func.return %v : f64
}
