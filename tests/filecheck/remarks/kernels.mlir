// RUN: letgrad-opt %s -p sharing-materialize,convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers --remarks 2>&1 >/dev/null | filecheck %s
// RUN: letgrad-opt %s -p sharing-materialize,convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers --remarks=nothing 2>&1 | filecheck %s --check-prefix=NONE
// RUN: letgrad run %s --entry short_rows -i ones --remarks=cpu 2>&1 >/dev/null | filecheck %s --check-prefix=CPU

// NONE-NOT: remark
// NONE:     func.func @rows
// NONE-NOT: remark
// CHECK:     kernels.mlir:{{[0-9]+}}:8: remark: [sharing-materialize] passed: ten.sum is stored: its elements are not computed one by one (store)
// CHECK:     [kernel-fuse-rows] passed: 2 nests have 1 loops in common (fuse rows)
// CHECK:     [kernel-fuse-rows] missed: the nest has loops of its own: a row has 3 points, fewer than min_row=16 (fuse rows)
// CPU:       [cpu] missed: the nest is not split over threads: the work of 300 points does not pay for waking threads
func.func @rows(%x : tensor<100x40xf64>) -> tensor<100x40xf64> {
  %s = ten.sum %x dims [1] : tensor<100x40xf64> -> tensor<100xf64>
  %b = ten.broadcast %s dims [1] : tensor<100xf64> -> tensor<100x40xf64>
  %q = arith.divf %x, %b : tensor<100x40xf64>
  func.return %q : tensor<100x40xf64>
}

func.func @short_rows(%x : tensor<100x3xf64>) -> tensor<100x3xf64> {
  %s = ten.sum %x dims [1] : tensor<100x3xf64> -> tensor<100xf64>
  %b = ten.broadcast %s dims [1] : tensor<100xf64> -> tensor<100x3xf64>
  %q = arith.divf %x, %b : tensor<100x3xf64>
  func.return %q : tensor<100x3xf64>
}
