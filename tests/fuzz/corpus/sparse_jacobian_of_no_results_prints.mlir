// FUZZ: letgrad-opt %s -p 'ten-raise-einsum,ten-fuse-scans,sharing-unshare{budget=50},sparse-jacobian,ten-checkpoint-scans,cse' --check-semantics=2 --allow-unregistered-dialect
builtin.module {
  func.func @print(%x: f64) {
    printf.print_format "{}", %x : f64
    printf.print_format "{}", %x : f64
    func.return {axis = f64}
  }
}
