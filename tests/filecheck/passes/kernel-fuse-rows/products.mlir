// Products of matrices hand their rows to nests, which are their epilogues, on machines that multiply
// matrices inside of loops.
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{products=true}' --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p 'kernel-fuse-rows' --split-input-file | filecheck %s --check-prefix=APART
// RUN: letgrad-opt %s -p 'kernel-fuse-rows{products=true}' --split-input-file --remarks 2>&1 >/dev/null | filecheck %s --check-prefix=REMARK

// APART: ten.einsum "ik,kj->ij" %x, %w
// APART-NOT: kernel.product

// The product is no buffer: a row of it is there when the nest reads it.
// CHECK-LABEL: func.func @layer(
// CHECK-NEXT:    %y = kernel.fused [400] (%i) store [0] : tensor<400x50xf32> {
// CHECK-NEXT:      %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<400x30xf32>, tensor<30x50xf32>
// CHECK-NEXT:      %y_1 = kernel.generic [50] (%j) store [0] : tensor<50xf32> {
// CHECK-NEXT:        %a = kernel.load %p[%j] {in_bounds} : tensor<50xf32>
// CHECK-NEXT:        %c = kernel.load %b[%j] {in_bounds} : tensor<50xf32>
// CHECK-NEXT:        %s = arith.addf %a, %c : f32
// CHECK-NEXT:        kernel.yield %s : f32
// CHECK-NEXT:      }
// CHECK-NEXT:      kernel.yield %y_1 : tensor<50xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<400x50xf32>
// REMARK: passed: the product has an epilogue: panels of rows go through 1 nest when made (epilogue)
func.func @layer(%x: tensor<400x30xf32>, %w: tensor<30x50xf32>, %b: tensor<50xf32>) -> tensor<400x50xf32> {
  %p = ten.einsum "ik,kj->ij" %x, %w : tensor<400x30xf32>, tensor<30x50xf32> -> tensor<400x50xf32>
  %y = kernel.generic [400, 50] (%i, %j) store [0, 1] : tensor<400x50xf32> {
    %a = kernel.load %p[%i, %j] {in_bounds} : tensor<400x50xf32>
    %c = kernel.load %b[%j] {in_bounds} : tensor<50xf32>
    %s = arith.addf %a, %c : f32
    kernel.yield %s : f32
  }
  func.return %y : tensor<400x50xf32>
}

// -----

// A product for each of a batch, from operands whose batch is not their first dimension, and the
// nest a sum along its rows. The product is needed later, so its rows are those of a result.
// CHECK-LABEL: func.func @batch(
// CHECK-NEXT:    %p, %s = kernel.fused [8, 20] (%0, %1) store [0, 1], store [0, 1] : tensor<8x20x30xf64>, tensor<8x20xf64> {
// CHECK-NEXT:      %p_1 = kernel.product "ibd,jbd->bij" %q, %k [%0, %1] : tensor<20x8x5xf64>, tensor<30x8x5xf64>
// CHECK-NEXT:      %s_1 = kernel.generic [30] (%2) add [] : f64 {
// CHECK:           kernel.yield %p_1, %s_1 : tensor<30xf64>, f64
func.func @batch(%q: tensor<20x8x5xf64>, %k: tensor<30x8x5xf64>) -> (tensor<8x20x30xf64>, tensor<8x20xf64>) {
  %p = ten.einsum "ibd,jbd->bij" %q, %k : tensor<20x8x5xf64>, tensor<30x8x5xf64> -> tensor<8x20x30xf64>
  %s = kernel.generic [8, 20, 30] (%0, %1, %2) add [0, 1] : tensor<8x20xf64> {
    %a = kernel.load %p[%0, %1, %2] {in_bounds} : tensor<8x20x30xf64>
    kernel.yield %a : f64
  }
  func.return %p, %s : tensor<8x20x30xf64>, tensor<8x20xf64>
}

// -----

// A product that is small needs nobody to read it: it is machine code's.
// CHECK-LABEL: func.func @small(
// CHECK-NEXT:    %p = kernel.fused [64] (%0) store [0] : tensor<64x32xf64> {
// CHECK-NEXT:      %p_1 = kernel.product "ki,kj->ij" %x, %w [%0] : tensor<16x64xf64>, tensor<16x32xf64>
// CHECK-NEXT:      kernel.yield %p_1 : tensor<32xf64>
func.func @small(%x: tensor<16x64xf64>, %w: tensor<16x32xf64>) -> tensor<64x32xf64> {
  %p = ten.einsum "ki,kj->ij" %x, %w : tensor<16x64xf64>, tensor<16x32xf64> -> tensor<64x32xf64>
  func.return %p : tensor<64x32xf64>
}

// -----

// The weight gradient of a convolution: each image is a product, and BLAS adds them up. For the image
// itself, rows of three are one call with the rows around them, in loops without an epilogue.
// CHECK-LABEL: func.func @convolution(
// CHECK-NEXT:    %w = kernel.fused [32] (%0) store [0] : tensor<32x16x3xf32> {
// CHECK-NEXT:      %w_1 = kernel.product "nchyx,noyx->och" %z, %g [%0] : tensor<4x16x3x8x8xf32>, tensor<4x32x8x8xf32>
// CHECK-NEXT:      kernel.yield %w_1 : tensor<16x3xf32>
// CHECK:         %d = kernel.fused [4, 16, 3] (%{{.*}}, %{{.*}}, %{{.*}}) store [0, 1, 2]
// CHECK-NEXT:      %d_1 = kernel.product "och,noyx->nchyx"
// CHECK:         kernel.generic [4, 16, 3, 8, 8]
func.func @convolution(%z: tensor<4x16x3x8x8xf32>, %g: tensor<4x32x8x8xf32>, %k: tensor<32x16x3xf32>) -> (tensor<32x16x3xf32>, tensor<4x16x3x8x8xf32>) {
  %w = ten.einsum "nchyx,noyx->och" %z, %g : tensor<4x16x3x8x8xf32>, tensor<4x32x8x8xf32> -> tensor<32x16x3xf32>
  %d = ten.einsum "och,noyx->nchyx" %k, %g : tensor<32x16x3xf32>, tensor<4x32x8x8xf32> -> tensor<4x16x3x8x8xf32>
  %e = kernel.generic [4, 16, 3, 8, 8] (%a, %b, %c, %i, %j) store [0, 1, 2, 3, 4] : tensor<4x16x3x8x8xf32> {
    %x = kernel.load %d[%a, %b, %c, %i, %j] {in_bounds} : tensor<4x16x3x8x8xf32>
    %y = math.exp %x : f32
    kernel.yield %y : f32
  }
  func.return %w, %e : tensor<32x16x3xf32>, tensor<4x16x3x8x8xf32>
}

// -----

// The first summed index moves by a stride of its own, but each product would be of 4 numbers.
// CHECK-LABEL: func.func @small_products_stay(
// CHECK:         ten.einsum "nik,njk->ij"
func.func @small_products_stay(%x: tensor<400x20x4xf32>, %y: tensor<400x30x4xf32>) -> tensor<20x30xf32> {
  %p = ten.einsum "nik,njk->ij" %x, %y : tensor<400x20x4xf32>, tensor<400x30x4xf32> -> tensor<20x30xf32>
  func.return %p : tensor<20x30xf32>
}

// -----

// Rows that are long leave a cache before there are enough of them for BLAS to be fast; no BLAS has
// integers; and a nest that reads another row than its own would read what is not there yet.
// CHECK-LABEL: func.func @no_epilogue(
// CHECK:         ten.einsum "ik,kj->ij"
// CHECK:         kernel.generic
// CHECK:         ten.einsum "ik,kj->ij"
// CHECK:         kernel.generic
// CHECK:         ten.einsum "ik,kj->ij"
// CHECK:         kernel.generic
// REMARK: missed: the product has no epilogue: a row of the product has 4000 bytes, more than 2048 (epilogue)
// REMARK: missed: the product has no epilogue: its elements are i32, not f32 or f64 (epilogue)
// REMARK: missed: the product has no epilogue: what the other gives is read at 0 of the first loops
func.func @no_epilogue(%x: tensor<400x400xf32>, %v: tensor<400x1000xf32>, %n: tensor<20x20xi32>) -> (tensor<400x1000xf32>, tensor<20x20xi32>, tensor<400x400xf32>) {
  %p = ten.einsum "ik,kj->ij" %x, %v : tensor<400x400xf32>, tensor<400x1000xf32> -> tensor<400x1000xf32>
  %y = kernel.generic [400, 1000] (%i, %j) store [0, 1] : tensor<400x1000xf32> {
    %a = kernel.load %p[%i, %j] {in_bounds} : tensor<400x1000xf32>
    %e = math.exp %a : f32
    kernel.yield %e : f32
  }
  %q = ten.einsum "ik,kj->ij" %n, %n : tensor<20x20xi32>, tensor<20x20xi32> -> tensor<20x20xi32>
  %z = kernel.generic [20, 20] (%i, %j) store [0, 1] : tensor<20x20xi32> {
    %a = kernel.load %q[%i, %j] {in_bounds} : tensor<20x20xi32>
    %e = arith.addi %a, %a : i32
    kernel.yield %e : i32
  }
  %r = ten.einsum "ik,kj->ij" %x, %x : tensor<400x400xf32>, tensor<400x400xf32> -> tensor<400x400xf32>
  %u = kernel.generic [400, 400] (%i, %j) store [0, 1] : tensor<400x400xf32> {
    %a = kernel.load %r[%j, %i] {in_bounds} : tensor<400x400xf32>
    %e = math.exp %a : f32
    kernel.yield %e : f32
  }
  func.return %y, %z, %u : tensor<400x1000xf32>, tensor<20x20xi32>, tensor<400x400xf32>
}
