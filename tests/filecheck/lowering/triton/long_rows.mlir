// RUN: letgrad-opt %s -t triton | filecheck %s

// The row does not stay in registers: the kernel goes over it two times, and computes the elements
// again. The sum grows with the maximum.
// CHECK-LABEL: def softmax_y(x_ptr, y_ptr, BLOCK: tl.constexpr):
// CHECK-NEXT:    i = tl.program_id(0)
// CHECK-NEXT:    m_acc = tl.full([BLOCK], float("-inf"), tl.float32)
// CHECK-NEXT:    s_acc = tl.full([BLOCK], 0.0, tl.float32)
// CHECK-NEXT:    for step in range(10):
// CHECK:             [[M:m_acc.+]] = _maximum(m_acc, {{.*}})
// CHECK-NEXT:        t = libdevice.exp(x - [[M]])
// CHECK-NEXT:        s_acc = tl.where([[M]] != float("-inf"), s_acc * libdevice.exp(m_acc - [[M]]) + {{.*}}, 0.0)
// CHECK-NEXT:        m_acc = [[M]]
// CHECK-NEXT:    m = tl.reduce(m_acc, 0, _maximum)
// CHECK-NEXT:    s = tl.sum(s_acc * libdevice.exp(m_acc - m), axis=0)
// CHECK-NEXT:    for step in range(10):
// CHECK:             tl.load(x_ptr
// CHECK:             tl.store(y_ptr
func.func @softmax(%x: tensor<512x40000xf32>) -> tensor<512x40000xf32> {
  %m = ten.reduce max, %x dims [1] : tensor<512x40000xf32> -> tensor<512xf32>
  %mb = ten.broadcast %m dims [1] : tensor<512xf32> -> tensor<512x40000xf32>
  %d = arith.subf %x, %mb : tensor<512x40000xf32>
  %e = math.exp %d : tensor<512x40000xf32>
  %s = ten.sum %e dims [1] : tensor<512x40000xf32> -> tensor<512xf32>
  %sb = ten.broadcast %s dims [1] : tensor<512xf32> -> tensor<512x40000xf32>
  %y = arith.divf %e, %sb : tensor<512x40000xf32>
  func.return %y : tensor<512x40000xf32>
}

// This sum has the maximum in another way, and takes a pass of its own.
// CHECK-LABEL: def twice_s(
// CHECK:         for step in range(10):
// CHECK:         m = tl.reduce(m_acc
// CHECK:         for step in range(10):
// CHECK:         {{s.*}} = tl.sum({{s.*}}_acc, axis=0)
func.func @twice(%x: tensor<512x40000xf32>) -> tensor<512xf32> {
  %m = ten.reduce max, %x dims [1] : tensor<512x40000xf32> -> tensor<512xf32>
  %n = arith.addf %m, %m : tensor<512xf32>
  %nb = ten.broadcast %n dims [1] : tensor<512xf32> -> tensor<512x40000xf32>
  %d = arith.subf %x, %nb : tensor<512x40000xf32>
  %e = math.exp %d : tensor<512x40000xf32>
  %s = ten.sum %e dims [1] : tensor<512x40000xf32> -> tensor<512xf32>
  func.return %s : tensor<512xf32>
}

// Few rows: programs share each row, and a kernel joins their parts.
// CHECK-LABEL: def total_y(
// CHECK:         tl.store(y_parts_ptr
func.func @total(%x: tensor<4x40000xf32>) -> tensor<4xf32> {
  %e = math.exp %x : tensor<4x40000xf32>
  %y = ten.sum %e dims [1] : tensor<4x40000xf32> -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
