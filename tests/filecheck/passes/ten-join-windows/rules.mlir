// RUN: letgrad-opt %s -p ten-join-windows | filecheck %s

// A convolution as a sum over shifts: one product of windows.
// CHECK-LABEL: func.func @shifts(
// CHECK-NEXT:    [[X:%.*]] = ten.gather [20, 3, 16] %x ([[H:%.*]], [[T:%.*]], [[C:%.*]]) {in_bounds} : tensor<22x16xf32> -> tensor<20x3x16xf32> {
// CHECK-NEXT:      [[AT:%.*]] = arith.addi [[H]], [[T]] : index
// CHECK-NEXT:      ten.yield [[AT]], [[C]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.einsum "acd,cdb->ab" [[X]], %w : tensor<20x3x16xf32>, tensor<3x16x18xf32> -> tensor<20x18xf32>
// CHECK-NEXT:    func.return [[Y]]
func.func @shifts(%x: tensor<22x16xf32>, %w: tensor<3x16x18xf32>) -> tensor<20x18xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %k2 = arith.constant 2 : index
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<22x16xf32> -> tensor<20x16xf32>
  %w0 = ten.index %w[%k0] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y0 = ten.einsum "hc,co->ho" %x0, %w0 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<22x16xf32> -> tensor<20x16xf32>
  %w1 = ten.index %w[%k1] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y1 = ten.einsum "hc,co->ho" %x1, %w1 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x2 = ten.slice %x offsets [2, 0] sizes [20, 16] strides [1, 1] : tensor<22x16xf32> -> tensor<20x16xf32>
  %w2 = ten.index %w[%k2] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y2 = ten.einsum "hc,co->ho" %x2, %w2 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %s = arith.addf %y0, %y1 : tensor<20x18xf32>
  %r = arith.addf %s, %y2 : tensor<20x18xf32>
  func.return %r : tensor<20x18xf32>
}

// Its derivative by the image: padded products, which read outside of the cotangent; 0 is there.
// The middle one has no padding: it is added to a slice of the sum of the others.
// CHECK-LABEL: func.func @by_the_image(
// CHECK-NEXT:    [[G:%.*]] = ten.gather [20, 3, 16] %g ([[H:%.*]], [[T:%.*]], [[O:%.*]]) : tensor<20x16xf32> -> tensor<20x3x16xf32> {
// CHECK-NEXT:      [[M:%.*]] = arith.constant -1 : index
// CHECK-NEXT:      [[BACK:%.*]] = arith.muli [[T]], [[M]] : index
// CHECK-NEXT:      [[SUM:%.*]] = arith.addi [[H]], [[BACK]] : index
// CHECK-NEXT:      [[ONE:%.*]] = arith.constant 1 : index
// CHECK-NEXT:      [[AT:%.*]] = arith.addi [[SUM]], [[ONE]] : index
// CHECK-NEXT:      ten.yield [[AT]], [[O]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    ten.einsum "cbd,acd->ab" %w, [[G]] : tensor<3x18x16xf32>, tensor<20x3x16xf32> -> tensor<20x18xf32>
// CHECK-NEXT:    func.return
func.func @by_the_image(%g: tensor<20x16xf32>, %w: tensor<3x18x16xf32>) -> tensor<20x18xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %k2 = arith.constant 2 : index
  %w0 = ten.index %w[%k0] : tensor<3x18x16xf32> -> tensor<18x16xf32>
  %y0 = ten.einsum "co,ho->hc" %w0, %g : tensor<18x16xf32>, tensor<20x16xf32> -> tensor<20x18xf32>
  %p0 = ten.pad %y0 low [0, 0] high [2, 0] interior [0, 0] : tensor<20x18xf32> -> tensor<22x18xf32>
  %w2 = ten.index %w[%k2] : tensor<3x18x16xf32> -> tensor<18x16xf32>
  %y2 = ten.einsum "co,ho->hc" %w2, %g : tensor<18x16xf32>, tensor<20x16xf32> -> tensor<20x18xf32>
  %p2 = ten.pad %y2 low [2, 0] high [0, 0] interior [0, 0] : tensor<20x18xf32> -> tensor<22x18xf32>
  %s = arith.addf %p0, %p2 : tensor<22x18xf32>
  %inner = ten.slice %s offsets [1, 0] sizes [20, 18] strides [1, 1] : tensor<22x18xf32> -> tensor<20x18xf32>
  %w1 = ten.index %w[%k1] : tensor<3x18x16xf32> -> tensor<18x16xf32>
  %y1 = ten.einsum "co,ho->hc" %w1, %g : tensor<18x16xf32>, tensor<20x16xf32> -> tensor<20x18xf32>
  %r = arith.addf %y1, %inner : tensor<20x18xf32>
  func.return %r : tensor<20x18xf32>
}

// Its derivative by the weights: a stack, whose first letter is that of the shifts.
// CHECK-LABEL: func.func @by_the_weights(
// CHECK-NEXT:    [[X:%.*]] = ten.gather
// CHECK:         [[W:%.*]] = ten.einsum "adb,dc->abc" [[X]], %g : tensor<2x30x16xf32>, tensor<30x18xf32> -> tensor<2x16x18xf32>
// CHECK-NEXT:    func.return [[W]]
func.func @by_the_weights(%x: tensor<31x16xf32>, %g: tensor<30x18xf32>) -> tensor<2x16x18xf32> {
  %x0 = ten.slice %x offsets [0, 0] sizes [30, 16] strides [1, 1] : tensor<31x16xf32> -> tensor<30x16xf32>
  %w0 = ten.einsum "hc,ho->co" %x0, %g : tensor<30x16xf32>, tensor<30x18xf32> -> tensor<16x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [30, 16] strides [1, 1] : tensor<31x16xf32> -> tensor<30x16xf32>
  %w1 = ten.einsum "hc,ho->co" %x1, %g : tensor<30x16xf32>, tensor<30x18xf32> -> tensor<16x18xf32>
  %r = ten.stack %w0, %w1 : tensor<16x18xf32> -> tensor<2x16x18xf32>
  func.return %r : tensor<2x16x18xf32>
}

// Columns that are stacked already are windows too; what is no such product stays in the sum.
// CHECK-LABEL: func.func @stacked_columns(
// CHECK:         [[AT:%.*]] = arith.addi
// CHECK-NEXT:    [[AT2:%.*]] = arith.addi
// CHECK-NEXT:    ten.yield [[AT]], [[AT2]]
// CHECK:         [[Y:%.*]] = ten.einsum
// CHECK-NEXT:    arith.addf [[Y]], %b
// CHECK-NOT:     ten.concat
func.func @stacked_columns(%x: tensor<11x21xf32>, %w: tensor<8x2x18xf32>, %b: tensor<10x14x18xf32>) -> tensor<10x14x18xf32> {
  %c0 = ten.slice %x offsets [0, 0] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c1 = ten.slice %x offsets [0, 1] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c2 = ten.slice %x offsets [0, 2] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c3 = ten.slice %x offsets [0, 3] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c4 = ten.slice %x offsets [0, 4] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c5 = ten.slice %x offsets [0, 5] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c6 = ten.slice %x offsets [0, 6] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c7 = ten.slice %x offsets [0, 7] sizes [11, 14] strides [1, 1] : tensor<11x21xf32> -> tensor<11x14xf32>
  %c = ten.stack %c0, %c1, %c2, %c3, %c4, %c5, %c6, %c7 : tensor<11x14xf32> -> tensor<8x11x14xf32>
  %x0 = ten.slice %c offsets [0, 0, 0] sizes [8, 10, 14] strides [1, 1, 1] : tensor<8x11x14xf32> -> tensor<8x10x14xf32>
  %w0 = ten.slice %w offsets [0, 0, 0] sizes [8, 1, 18] strides [1, 1, 1] : tensor<8x2x18xf32> -> tensor<8x1x18xf32>
  %v0 = ten.reshape %w0 : tensor<8x1x18xf32> -> tensor<8x18xf32>
  %y0 = ten.einsum "jhv,jo->hvo" %x0, %v0 : tensor<8x10x14xf32>, tensor<8x18xf32> -> tensor<10x14x18xf32>
  %x1 = ten.slice %c offsets [0, 1, 0] sizes [8, 10, 14] strides [1, 1, 1] : tensor<8x11x14xf32> -> tensor<8x10x14xf32>
  %w1 = ten.slice %w offsets [0, 1, 0] sizes [8, 1, 18] strides [1, 1, 1] : tensor<8x2x18xf32> -> tensor<8x1x18xf32>
  %v1 = ten.reshape %w1 : tensor<8x1x18xf32> -> tensor<8x18xf32>
  %y1 = ten.einsum "jhv,jo->hvo" %x1, %v1 : tensor<8x10x14xf32>, tensor<8x18xf32> -> tensor<10x14x18xf32>
  %s = arith.addf %y0, %b : tensor<10x14x18xf32>
  %r = arith.addf %s, %y1 : tensor<10x14x18xf32>
  func.return %r : tensor<10x14x18xf32>
}

// The shifts 0, 1 and 3 are no grid.
// CHECK-LABEL: func.func @uneven_shifts_stay(
// CHECK-COUNT-3: ten.einsum
func.func @uneven_shifts_stay(%x: tensor<23x16xf32>, %w: tensor<3x16x18xf32>) -> tensor<20x18xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %k2 = arith.constant 2 : index
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<23x16xf32> -> tensor<20x16xf32>
  %w0 = ten.index %w[%k0] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y0 = ten.einsum "hc,co->ho" %x0, %w0 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<23x16xf32> -> tensor<20x16xf32>
  %w1 = ten.index %w[%k1] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y1 = ten.einsum "hc,co->ho" %x1, %w1 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x2 = ten.slice %x offsets [3, 0] sizes [20, 16] strides [1, 1] : tensor<23x16xf32> -> tensor<20x16xf32>
  %w2 = ten.index %w[%k2] : tensor<3x16x18xf32> -> tensor<16x18xf32>
  %y2 = ten.einsum "hc,co->ho" %x2, %w2 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %s = arith.addf %y0, %y1 : tensor<20x18xf32>
  %r = arith.addf %s, %y2 : tensor<20x18xf32>
  func.return %r : tensor<20x18xf32>
}

// CHECK-LABEL: func.func @a_product_with_another_reader_stays(
// CHECK-COUNT-2: ten.einsum
func.func @a_product_with_another_reader_stays(%x: tensor<21x16xf32>, %w: tensor<2x16x18xf32>) -> (tensor<20x18xf32>, tensor<20x18xf32>) {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf32> -> tensor<20x16xf32>
  %w0 = ten.index %w[%k0] : tensor<2x16x18xf32> -> tensor<16x18xf32>
  %y0 = ten.einsum "hc,co->ho" %x0, %w0 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf32> -> tensor<20x16xf32>
  %w1 = ten.index %w[%k1] : tensor<2x16x18xf32> -> tensor<16x18xf32>
  %y1 = ten.einsum "hc,co->ho" %x1, %w1 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %r = arith.addf %y0, %y1 : tensor<20x18xf32>
  func.return %r, %y0 : tensor<20x18xf32>, tensor<20x18xf32>
}

// The same weights for each shift: the sum of the shifts comes first, and is no product.
// CHECK-LABEL: func.func @equal_weights_stay(
// CHECK-COUNT-2: ten.einsum
func.func @equal_weights_stay(%x: tensor<21x16xf32>, %w: tensor<16x18xf32>) -> tensor<20x18xf32> {
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf32> -> tensor<20x16xf32>
  %y0 = ten.einsum "hc,co->ho" %x0, %w : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf32> -> tensor<20x16xf32>
  %y1 = ten.einsum "hc,co->ho" %x1, %w : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %r = arith.addf %y0, %y1 : tensor<20x18xf32>
  func.return %r : tensor<20x18xf32>
}

// One channel: a nest computes it, with the elements in registers.
// CHECK-LABEL: func.func @few_products_stay(
// CHECK-COUNT-2: ten.einsum
func.func @few_products_stay(%x: tensor<21xf32>, %w: tensor<2x18xf32>) -> tensor<20x18xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %x0 = ten.slice %x offsets [0] sizes [20] strides [1] : tensor<21xf32> -> tensor<20xf32>
  %w0 = ten.index %w[%k0] : tensor<2x18xf32> -> tensor<18xf32>
  %y0 = ten.einsum "h,o->ho" %x0, %w0 : tensor<20xf32>, tensor<18xf32> -> tensor<20x18xf32>
  %x1 = ten.slice %x offsets [1] sizes [20] strides [1] : tensor<21xf32> -> tensor<20xf32>
  %w1 = ten.index %w[%k1] : tensor<2x18xf32> -> tensor<18xf32>
  %y1 = ten.einsum "h,o->ho" %x1, %w1 : tensor<20xf32>, tensor<18xf32> -> tensor<20x18xf32>
  %r = arith.addf %y0, %y1 : tensor<20x18xf32>
  func.return %r : tensor<20x18xf32>
}

// No kernel multiplies float64 by tiles.
// CHECK-LABEL: func.func @float64_stays(
// CHECK-COUNT-2: ten.einsum
func.func @float64_stays(%x: tensor<21x16xf64>, %w: tensor<2x16x18xf64>) -> tensor<20x18xf64> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf64> -> tensor<20x16xf64>
  %w0 = ten.index %w[%k0] : tensor<2x16x18xf64> -> tensor<16x18xf64>
  %y0 = ten.einsum "hc,co->ho" %x0, %w0 : tensor<20x16xf64>, tensor<16x18xf64> -> tensor<20x18xf64>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<21x16xf64> -> tensor<20x16xf64>
  %w1 = ten.index %w[%k1] : tensor<2x16x18xf64> -> tensor<16x18xf64>
  %y1 = ten.einsum "hc,co->ho" %x1, %w1 : tensor<20x16xf64>, tensor<16x18xf64> -> tensor<20x18xf64>
  %r = arith.addf %y0, %y1 : tensor<20x18xf64>
  func.return %r : tensor<20x18xf64>
}

// A padding that is no index of a whole dimension: beyond it there are other elements.
// CHECK-LABEL: func.func @a_padded_part_stays(
// CHECK-COUNT-2: ten.einsum
func.func @a_padded_part_stays(%x: tensor<22x16xf32>, %w: tensor<2x16x18xf32>) -> tensor<21x18xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %x0 = ten.slice %x offsets [0, 0] sizes [20, 16] strides [1, 1] : tensor<22x16xf32> -> tensor<20x16xf32>
  %w0 = ten.index %w[%k0] : tensor<2x16x18xf32> -> tensor<16x18xf32>
  %y0 = ten.einsum "hc,co->ho" %x0, %w0 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %p0 = ten.pad %y0 low [1, 0] high [0, 0] interior [0, 0] : tensor<20x18xf32> -> tensor<21x18xf32>
  %x1 = ten.slice %x offsets [1, 0] sizes [20, 16] strides [1, 1] : tensor<22x16xf32> -> tensor<20x16xf32>
  %w1 = ten.index %w[%k1] : tensor<2x16x18xf32> -> tensor<16x18xf32>
  %y1 = ten.einsum "hc,co->ho" %x1, %w1 : tensor<20x16xf32>, tensor<16x18xf32> -> tensor<20x18xf32>
  %p1 = ten.pad %y1 low [1, 0] high [0, 0] interior [0, 0] : tensor<20x18xf32> -> tensor<21x18xf32>
  %r = arith.addf %p0, %p1 : tensor<21x18xf32>
  func.return %r : tensor<21x18xf32>
}
