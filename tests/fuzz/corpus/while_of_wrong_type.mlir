// FUZZ: letgrad-opt %s -p dce,gradient,ten-share-views,kernel-verify-buffers --allow-unregistered-dialect

func.func @f(%x: f32) -> f64 {
  %a = "scf.while"(%x) ({
  ^b(%y: f32):
    %c = arith.constant true
    "scf.condition"(%c, %y) : (i1, f32) -> ()
  }, {
  ^b(%y: f32):
    "scf.yield"(%x) : (f32) -> ()
  }) : (f32) -> f64
  func.return %a : f64
}
