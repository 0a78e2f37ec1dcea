// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{vector<4xf32> has another number of elements than vector<2x3xf32>}}
  %a = vector.shape_cast %x : vector<4xf32> to vector<2x3xf32>
  func.return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{vector.shape_cast has elements of the types}}
  %a = vector.shape_cast %x : vector<4xf32> to vector<2x2xf64>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>) {
  // expected-error@+1 {{[1, 1] is no order of 2 dimensions}}
  %a = vector.transpose %x, [1, 1] : vector<2x3xf32> to vector<3x3xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>) {
  // expected-error@+1 {{vector<2x3xf32> in the order [1, 0] is no vector<2x3xf32>}}
  %a = vector.transpose %x, [1, 0] : vector<2x3xf32> to vector<2x3xf32>
  func.return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{3 elements from 2 on by 1 leave a dimension of 4}}
  %a = vector.extract_strided_slice %x {offsets = [2], sizes = [3], strides = [1]}
    : vector<4xf32> to vector<3xf32>
  func.return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{offsets, sizes and strides of vector<4xf32> differ}}
  %a = vector.extract_strided_slice %x {offsets = [2, 0], sizes = [2], strides = [1]}
    : vector<4xf32> to vector<2xf32>
  func.return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error@+1 {{a slice of the sizes (2,) is no vector<3xf32>}}
  %a = vector.extract_strided_slice %x {offsets = [0], sizes = [2], strides = [1]}
    : vector<4xf32> to vector<3xf32>
  func.return
}

// -----

func.func @f(%x: vector<2xf32>, %y: vector<4xf32>) {
  // expected-error@+1 {{2 elements from 3 on by 1 leave a dimension of 4}}
  %a = vector.insert_strided_slice %x, %y {offsets = [3], strides = [1]}
    : vector<2xf32> into vector<4xf32>
  func.return
}

// -----

func.func @f(%x: vector<2xf32>, %y: vector<4xf32>) {
  // expected-error@+1 {{vector<4xf32> needs 1 offsets, and vector<2xf32> 1 strides}}
  %a = vector.insert_strided_slice %x, %y {offsets = [0, 0], strides = [1]}
    : vector<2xf32> into vector<4xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>, %y: vector<2xf32>) {
  // expected-error@+1 {{[2] are no dimensions of vector<2x3xf32>}}
  %a = vector.multi_reduction <add>, %x, %y [2] : vector<2x3xf32> to vector<2xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>, %y: vector<2xf32>) {
  // expected-error@+1 {{vector<2x3xf32> without the dimensions [0] is no vector<2xf32>}}
  %a = vector.multi_reduction <add>, %x, %y [0] : vector<2x3xf32> to vector<2xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>, %y: vector<3xf32>, %z: vector<2xf32>) {
  // expected-error@+1 {{the map (d0, d1) -> (d0) is no map of vector<2x3xf32>}}
  %a = vector.contract {
      indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>,
                       affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      %x, %y, %z : vector<2x3xf32>, vector<3xf32> into vector<2xf32>
  func.return
}

// -----

func.func @f(%x: vector<2xf32>, %y: vector<3xf32>, %z: vector<3xf32>) {
  // expected-error@+1 {{vector<3xf32> is no vector<2x3xf32>}}
  %a = "vector.outerproduct"(%x, %y, %z) {kind = #vector.kind<add>}
    : (vector<2xf32>, vector<3xf32>, vector<3xf32>) -> vector<2x3xf32>
  func.return
}

// -----

func.func @f(%x: vector<2xf32>, %y: vector<3xf32>) {
  // expected-error@+1 {{the product of vector<2xf32> and vector<3xf32> is no vector<3x2xf32>}}
  %a = "vector.outerproduct"(%x, %y) {kind = #vector.kind<add>}
    : (vector<2xf32>, vector<3xf32>) -> vector<3x2xf32>
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{a mask of vector<4xi1> has a size for each dimension}}
  %a = vector.constant_mask [2, 2] : vector<4xi1>
  func.return
}

// -----

func.func @f() {
  // expected-error@+1 {{vector.step gives a row of indices, and no vector<4xf32>}}
  %a = vector.step : vector<4xf32>
  func.return
}

// -----

func.func @f(%x: f32) {
  // expected-error@+1 {{vector<2xf32> has not 1 elements}}
  %a = vector.from_elements %x : vector<2xf32>
  func.return
}

// -----

func.func @f(%x: vector<2xf32>) {
  // expected-error@+1 {{vector<2xf32> has not 1 elements}}
  %a = "vector.to_elements"(%x) : (vector<2xf32>) -> f32
  func.return
}

// -----

func.func @f(%x: vector<2xf32>) {
  // expected-error@+1 {{two of vector<2xf32> are no vector<3xf32>}}
  %a = vector.interleave %x, %x : vector<2xf32> -> vector<3xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>, %i: index) {
  // expected-error@+1 {{vector.extractelement takes one index for each dimension of vector<2x3xf32>}}
  %a = "vector.extractelement"(%x) : (vector<2x3xf32>) -> f32
  func.return
}

// -----

func.func @f(%x: vector<3xf32>, %v: f64, %i: index) {
  // expected-error@+1 {{f64 is no element of vector<3xf32>}}
  %a = "vector.insertelement"(%v, %x, %i) : (f64, vector<3xf32>, index) -> vector<3xf32>
  func.return
}

// -----

func.func @f(%x: memref<2x8xf32>, %i: index) {
  // expected-error@+1 {{affine.vector_load has 1 indices, and memref<2x8xf32> has 2 dimensions}}
  %a = affine.vector_load %x[%i] : memref<2x8xf32>, vector<4xf32>
  func.return
}

// -----

func.func @f(%x: memref<8xf32>, %v: vector<4xf64>) {
  // expected-error@+1 {{vector<4xf64> has other elements than memref<8xf32>}}
  affine.vector_store %v, %x[0] : memref<8xf32>, vector<4xf64>
  func.return
}

// -----

func.func @f(%x: i32) {
  // expected-error@+1 {{index.casts is between index and an integer, and not i32 to i64}}
  %a = index.casts %x : i32 to i64
  func.return
}

// -----

func.func @f(%x: tensor<3xi32>) {
  // expected-error@+1 {{arith.sitofp of tensor<3xi32> gives the same shape, and not tensor<4xf32>}}
  %a = arith.sitofp %x : tensor<3xi32> to tensor<4xf32>
  func.return
}

// -----

func.func @f(%x: tensor<3xi32>) {
  // expected-error@+1 {{arith.extsi is no cast from i32 to i8}}
  %a = arith.extsi %x : tensor<3xi32> to tensor<3xi8>
  func.return
}

// -----

func.func @f(%x: memref<8xf32>, %i: index, %m: vector<3xi1>, %v: vector<4xf32>, %k: vector<4xi32>) {
  // expected-error@+1 {{vector.gather of vector<4xf32> has a mask of its shape, and not vector<3xi1>}}
  %a = vector.gather %x[%i] [%k], %m, %v : memref<8xf32>, vector<4xi32>, vector<3xi1>, vector<4xf32> into vector<4xf32>
  func.return
}

// -----

func.func @f(%x: memref<8xf32>, %m: vector<4xi1>, %v: vector<4xf32>, %k: vector<4xi32>) {
  // expected-error@+1 {{vector.scatter takes one index for each dimension of memref<8xf32>}}
  vector.scatter %x[] [%k], %m, %v : memref<8xf32>, vector<4xi32>, vector<4xi1>, vector<4xf32>
  func.return
}

// -----

func.func @f(%x: memref<8xf32>, %i: index, %m: vector<4xi1>, %v: vector<4xf32>, %k: vector<3xi32>) {
  // expected-error@+1 {{vector<3xi32> gives no place for each element of vector<4xf32>}}
  vector.scatter %x[%i] [%k], %m, %v : memref<8xf32>, vector<3xi32>, vector<4xi1>, vector<4xf32>
  func.return
}

// -----

func.func @f(%m: vector<4xi1>, %v: vector<4xf32>) {
  // expected-error@+1 {{vector.mask is for one op, and not for 2}}
  %a = vector.mask %m {
    %b = arith.addf %v, %v : vector<4xf32>
    %c = arith.addf %b, %v : vector<4xf32>
    vector.yield %c : vector<4xf32>
  } : vector<4xi1> -> vector<4xf32>
  func.return
}

// -----

func.func @f(%x: vector<2x3xf32>, %i: vector<3xf32>) {
  // expected-error@+1 {{vector<2x3xf32> without dimension 1 is no vector<3xf32>}}
  %a, %b = vector.scan <add>, %x, %i {inclusive = true, reduction_dim = 1 : i64} : vector<2x3xf32>, vector<3xf32>
  func.return
}

// -----

func.func @f(%x: vector<5xf32>) {
  // expected-error@+1 {{vector<5xf32> is not two of vector<2xf32>}}
  %a, %b = vector.deinterleave %x : vector<5xf32> -> vector<2xf32>
  func.return
}

// -----

func.func @f(%x: memref<2x3xf32>) {
  // expected-error@+1 {{memref<vector<3x2xf32>> is not memory of one vector of the shape of memref<2x3xf32>}}
  %a = vector.type_cast %x : memref<2x3xf32> to memref<vector<3x2xf32>>
  func.return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %n: tensor<2xindex>) {
  // expected-error@+1 {{tensor<2x3xf32> has 6 elements, and tensor<3x3xf32> has 9}}
  %a = tensor.reshape %x(%n) : (tensor<2x3xf32>, tensor<2xindex>) -> tensor<3x3xf32>
  func.return
}

// -----

func.func @f(%x: tensor<3xf32>) {
  // expected-error@+1 {{the elements of tensor<3xf32> and tensor<3xf64> have not the same number of bits}}
  %a = tensor.bitcast %x : tensor<3xf32> to tensor<3xf64>
  func.return
}

// -----

// expected-error@+1 {{one factor of an affine expression has no dimensions}}
#product = affine_map<(d0, d1) -> (d0 * d1)>

// -----

func.func @f(%x: memref<8xf64>, %i: index, %n: index) {
  // expected-error@+1 {{* of two indices; affine.apply of a map with a symbol has it}}
  %a = affine.load %x[%i * symbol(%n)] : memref<8xf64>
  func.return
}
