// FUZZ: letgrad-opt %s -p sharing-stamp,optimize,convert-ten-to-kernel,ten-simplify-gather-scatter,ten-raise-einsum

func.func @f(%x: index) -> index {
  %r = scf.while (%a = %x) : (index) -> index {
    %c = arith.constant true
    scf.condition(%c) %a : index
  } do {
  ^bb0(%b: index):
    scf.yield %b : index
  }
  func.return %r : index
}
