// An index function that costs something, read backwards: after fusion its argument is 7 - i.
func.func @shifted(%u: tensor<9xf64>, %t: tensor<8xf64>) -> tensor<6xf64> {
  %b = ten.gather [8] %u (%i) : tensor<9xf64> -> tensor<8xf64> {
    %e = ten.index %t[%i] : tensor<8xf64> -> f64
    %s = math.log1p %e : f64
    %k = arith.fptosi %s : f64 to i64
    %n = arith.index_cast %k : i64 to index
    ten.yield %n : index
  }
  %c = ten.gather [6] %b (%i) : tensor<8xf64> -> tensor<6xf64> {
    %c7 = arith.constant 7 : index
    %k = arith.subi %c7, %i : index
    ten.yield %k : index
  }
  func.return %c : tensor<6xf64>
}
