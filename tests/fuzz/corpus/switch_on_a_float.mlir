// FUZZ: letgrad-opt %s -p ten-fuse-scans,sharing-stamp,sharing-recover,sharing-simplify-lets --allow-unregistered-dialect

func.func @f(%c: i32) {
  cf.switch %c : f16, [
    default: ^a,
    3: ^b(%c : i32)
  ]
^a:
  func.return
^b:
  func.return
}
