// RUN: letgrad-opt %s -t triton | filecheck %s

// An array that is known is moved to each device once, and not in each call. A result is a copy.
// CHECK-LABEL: @functools.cache
// CHECK-NEXT:  def table_constant(device):
// CHECK-NEXT:      return torch.tensor([3, 1, 2, 2], dtype=torch.int64, device=device)
// CHECK-LABEL: def known(x):
// CHECK:         table = table_constant(_device())
// CHECK:         known_r[(1,)]({{.*}}table, {{.*}}
// CHECK:         return r, table.clone()
func.func @known(%x: tensor<5xf32>) -> (tensor<4xf32>, tensor<4xi64>) {
  %table = arith.constant dense<[3, 1, 2, 2]> : tensor<4xi64>
  %r = ten.gather [4] %x (%a) : tensor<5xf32> -> tensor<4xf32> {
    %0 = ten.index %table[%a] : tensor<4xi64> -> i64
    %1 = arith.index_cast %0 : i64 to index
    ten.yield %1 : index
  }
  func.return %r, %table : tensor<4xf32>, tensor<4xi64>
}
