// FUZZ: letgrad-opt %s -t triton '--remarks=kernel|cpu' --check-semantics=2
func.func @f(%x: memref<3xf64>, %n: index) -> memref<3xf64> {
  %r = scf.for %i = %n to %n step %n iter_args(%a = %x) -> (memref<3xf64>) {
    scf.yield %a : memref<3xf64>
  }
  func.return %r : memref<3xf64>
}