// FUZZ: letgrad explain %s -o %t
func.func @f(%x: memref<2xf64>, %n: index) -> memref<2xf64> {
  %r = scf.for %i = %n to %n step %n iter_args(%a = %x) -> (memref<2xf64>) {
    scf.yield %x : memref<2xf64>
  }
  func.return %r : memref<2xf64>
}