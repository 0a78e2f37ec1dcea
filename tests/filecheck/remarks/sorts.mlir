// The cpu backend sorts by machine code, and not by a rule of the reference.
// RUN: letgrad run %s -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s

// CHECK:      remark: [cpu] passed: machine code sorts by digits, and short rows by comparisons (sort)
// CHECK-NOT:  remark
func.func @positions(%x: tensor<50xf32>) -> tensor<50xi64> {
  %p = ten.argsort %x dim 0 : tensor<50xf32> -> tensor<50xi64>
  func.return %p : tensor<50xi64>
}
