// A gather whose index function costs something: its gradient is a scatter with the same index function.
func.func @read(%v: tensor<5xf64>, %t: tensor<7xf64>) -> tensor<5xf64> {
  %r = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %s = math.exp %e : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  func.return %r : tensor<5xf64>
}
