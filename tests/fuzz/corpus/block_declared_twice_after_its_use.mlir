// FUZZ: letgrad-opt %s -p 'ten-vectorize{fallback=loop},convert-ten-to-kernel,kernel-fuse-rows'

func.func @loop_carried_without_argument(%c : i1) -> f64 {
  cf.br ^loop
^loop:
^loop:
  %b = arith.addf %a, %a : f64
  %a = arith.constant 1.0 : f64
  cf.cond_br %c, ^loop, ^end
^end:
  func.return %b : f64
}
