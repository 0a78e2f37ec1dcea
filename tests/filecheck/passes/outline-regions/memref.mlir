// RUN: letgrad-opt %s -p outline-regions | filecheck %s

// A region that gives no array stays: a result that is an argument would have to be copied.
// CHECK-LABEL: func.func @memref_stays(
// CHECK:         scf.if %c -> (memref<2xf64>) {
// CHECK-NEXT:      scf.yield %x : memref<2xf64>
func.func @memref_stays(%c: i1, %x: memref<2xf64>, %y: memref<2xf64>) -> memref<2xf64> {
  %r = scf.if %c -> (memref<2xf64>) {
    scf.yield %x : memref<2xf64>
  } else {
    scf.yield %y : memref<2xf64>
  }
  func.return %r : memref<2xf64>
}
