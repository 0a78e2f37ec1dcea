// FUZZ: letgrad-opt %s --allow-unregistered-dialect
func.func @parallel() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  "scf.parallel"(%c0, %c1, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    "scf.reduce"() {name = 1 : i64} : () -> ()
  }) : (index, index, index) -> ()
  func.return
}
