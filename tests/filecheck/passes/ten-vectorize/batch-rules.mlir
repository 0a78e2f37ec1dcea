// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s


// The bulk form of an op, one case per rule of the table `batch`. Each body has values of one index, and others of none.

// CHECK-LABEL: func.func @elementwise(
// CHECK-NEXT:    %s = math.sin %x : tensor<3xf32>
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %p = arith.mulf %s, %0 : tensor<3xf32>
// CHECK-NEXT:    func.return %p : tensor<3xf32>
func.func @elementwise(%x: tensor<3xf32>, %y: f32) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %s = math.sin %e : f32
    %p = arith.mulf %s, %y : f32
    ten.yield %p : f32
  }
  func.return %b : tensor<3xf32>
}

// CHECK-LABEL: func.func @arith_cmpf(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %c = ten.compare olt, %x, %0 : tensor<3xf32>
// CHECK-NEXT:    func.return %c : tensor<3xi1>
func.func @arith_cmpf(%x: tensor<3xf32>, %y: f32) -> tensor<3xi1> {
  %b = ten.build [3] (%i) : tensor<3xi1> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %c = arith.cmpf olt, %e, %y : f32
    ten.yield %c : i1
  }
  func.return %b : tensor<3xi1>
}

// Read as signed, an i1 that is set is -1.
// CHECK-LABEL: func.func @arith_cmpi(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : i1 -> tensor<3xi1>
// CHECK-NEXT:    %c = ten.compare ugt, %x, %0 : tensor<3xi1>
// CHECK-NEXT:    func.return %c : tensor<3xi1>
func.func @arith_cmpi(%x: tensor<3xi1>, %y: i1) -> tensor<3xi1> {
  %b = ten.build [3] (%i) : tensor<3xi1> {
    %e = ten.index %x[%i] : tensor<3xi1> -> i1
    %c = arith.cmpi slt, %e, %y : i1
    ten.yield %c : i1
  }
  func.return %b : tensor<3xi1>
}

// CHECK-LABEL: func.func @ten_compare(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : tensor<2xi32> -> tensor<3x2xi32>
// CHECK-NEXT:    %c = ten.compare slt, %x, %0 : tensor<3x2xi32>
// CHECK-NEXT:    func.return %c : tensor<3x2xi1>
func.func @ten_compare(%x: tensor<3x2xi32>, %y: tensor<2xi32>) -> tensor<3x2xi1> {
  %b = ten.build [3] (%i) : tensor<3x2xi1> {
    %e = ten.index %x[%i] : tensor<3x2xi32> -> tensor<2xi32>
    %c = ten.compare slt, %e, %y : tensor<2xi32>
    ten.yield %c : tensor<2xi1>
  }
  func.return %b : tensor<3x2xi1>
}

// CHECK-LABEL: func.func @ten_cast(
// CHECK-NEXT:    %c = ten.cast %x : tensor<3x2xf32> -> tensor<3x2xf64>
// CHECK-NEXT:    func.return %c : tensor<3x2xf64>
func.func @ten_cast(%x: tensor<3x2xf32>) -> tensor<3x2xf64> {
  %b = ten.build [3] (%i) : tensor<3x2xf64> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %c = ten.cast %e : tensor<2xf32> -> tensor<2xf64>
    ten.yield %c : tensor<2xf64>
  }
  func.return %b : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @arith_sitofp(
// CHECK-NEXT:    %c = ten.cast %x : tensor<3xi32> -> tensor<3xf64>
// CHECK-NEXT:    func.return %c : tensor<3xf64>
func.func @arith_sitofp(%x: tensor<3xi32>) -> tensor<3xf64> {
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<3xi32> -> i32
    %c = arith.sitofp %e : i32 to f64
    ten.yield %c : f64
  }
  func.return %b : tensor<3xf64>
}

// Signed, an i1 that is set is -1, and ten.cast makes 1 of it.
// CHECK-LABEL: func.func @arith_sitofp_of_i1(
// CHECK-NEXT:    %0 = ten.cast %x : tensor<3xi1> -> tensor<3xf64>
// CHECK-NEXT:    %1 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT:    %c = arith.subf %1, %0 : tensor<3xf64>
// CHECK-NEXT:    func.return %c : tensor<3xf64>
func.func @arith_sitofp_of_i1(%x: tensor<3xi1>) -> tensor<3xf64> {
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<3xi1> -> i1
    %c = arith.sitofp %e : i1 to f64
    ten.yield %c : f64
  }
  func.return %b : tensor<3xf64>
}

// CHECK-LABEL: func.func @arith_uitofp(
// CHECK-NEXT:    %0 = ten.cast %x : tensor<3xi8> -> tensor<3xi64>
// CHECK-NEXT:    %1 = arith.constant dense<255> : tensor<3xi64>
// CHECK-NEXT:    %2 = arith.andi %0, %1 : tensor<3xi64>
// CHECK-NEXT:    %c = ten.cast %2 : tensor<3xi64> -> tensor<3xf32>
// CHECK-NEXT:    func.return %c : tensor<3xf32>
func.func @arith_uitofp(%x: tensor<3xi8>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xi8> -> i8
    %c = arith.uitofp %e : i8 to f32
    ten.yield %c : f32
  }
  func.return %b : tensor<3xf32>
}

// CHECK-LABEL: func.func @arith_fptoui(
// CHECK-NEXT:    %0 = ten.cast %x : tensor<3xf32> -> tensor<3xi64>
// CHECK-NEXT:    %1 = arith.constant dense<0> : tensor<3xi64>
// CHECK-NEXT:    %2 = arith.constant dense<255> : tensor<3xi64>
// CHECK-NEXT:    %3 = arith.minsi %0, %2 : tensor<3xi64>
// CHECK-NEXT:    %4 = arith.maxsi %3, %1 : tensor<3xi64>
// CHECK-NEXT:    %c = ten.cast %4 : tensor<3xi64> -> tensor<3xi8>
// CHECK-NEXT:    func.return %c : tensor<3xi8>
func.func @arith_fptoui(%x: tensor<3xf32>) -> tensor<3xi8> {
  %b = ten.build [3] (%i) : tensor<3xi8> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %c = arith.fptoui %e : f32 to i8
    ten.yield %c : i8
  }
  func.return %b : tensor<3xi8>
}

// CHECK-LABEL: func.func @arith_select(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %s = ten.select %c, %x, %0 : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:    func.return %s : tensor<3xf32>
func.func @arith_select(%c: tensor<3xi1>, %x: tensor<3xf32>, %y: f32) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %k = ten.index %c[%i] : tensor<3xi1> -> i1
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %s = arith.select %k, %e, %y : f32
    ten.yield %s : f32
  }
  func.return %b : tensor<3xf32>
}

// One truth value for all of a tensor.
// CHECK-LABEL: func.func @ten_select(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : tensor<2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %1 = ten.broadcast %c dims [1] : tensor<3xi1> -> tensor<3x2xi1>
// CHECK-NEXT:    %s = ten.select %1, %x, %0 : tensor<3x2xi1>, tensor<3x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2xf32>
func.func @ten_select(%c: tensor<3xi1>, %x: tensor<3x2xf32>, %y: tensor<2xf32>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %k = ten.index %c[%i] : tensor<3xi1> -> i1
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.select %k, %e, %y : i1, tensor<2xf32>
    ten.yield %s : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @ten_select_by_one_mask(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : tensor<2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %1 = ten.broadcast %c dims [0] : tensor<2xi1> -> tensor<3x2xi1>
// CHECK-NEXT:    %s = ten.select %1, %x, %0 : tensor<3x2xi1>, tensor<3x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2xf32>
func.func @ten_select_by_one_mask(%c: tensor<2xi1>, %x: tensor<3x2xf32>, %y: tensor<2xf32>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.select %c, %e, %y : tensor<2xi1>, tensor<2xf32>
    ten.yield %s : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @ten_broadcast(
// CHECK-NEXT:    %s = ten.broadcast %x dims [1] : tensor<3x2xf32> -> tensor<3x4x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x4x2xf32>
func.func @ten_broadcast(%x: tensor<3x2xf32>) -> tensor<3x4x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x4x2xf32> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.broadcast %e dims [0] : tensor<2xf32> -> tensor<4x2xf32>
    ten.yield %s : tensor<4x2xf32>
  }
  func.return %b : tensor<3x4x2xf32>
}

// CHECK-LABEL: func.func @ten_sum(
// CHECK-NEXT:    %s = ten.sum %x dims [2] : tensor<3x4x2xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    func.return %s : tensor<3x4xf32>
func.func @ten_sum(%x: tensor<3x4x2xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x4xf32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.sum %e dims [1] : tensor<4x2xf32> -> tensor<4xf32>
    ten.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @ten_reduce(
// CHECK-NEXT:    %s = ten.reduce max, %x dims [1] : tensor<3x4x2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2xf32>
func.func @ten_reduce(%x: tensor<3x4x2xf32>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.reduce max, %e dims [0] : tensor<4x2xf32> -> tensor<2xf32>
    ten.yield %s : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @ten_argmax(
// CHECK-NEXT:    %s = ten.argmax %x dim 2 : tensor<3x4x2xf32> -> tensor<3x4xi32>
// CHECK-NEXT:    func.return %s : tensor<3x4xi32>
func.func @ten_argmax(%x: tensor<3x4x2xf32>) -> tensor<3x4xi32> {
  %b = ten.build [3] (%i) : tensor<3x4xi32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.argmax %e dim 1 : tensor<4x2xf32> -> tensor<4xi32>
    ten.yield %s : tensor<4xi32>
  }
  func.return %b : tensor<3x4xi32>
}

// CHECK-LABEL: func.func @ten_argmin(
// CHECK-NEXT:    %s = ten.argmin %x dim 1 : tensor<3x4xf32> -> tensor<3xindex>
// CHECK-NEXT:    func.return %s : tensor<3xindex>
func.func @ten_argmin(%x: tensor<3x4xf32>) -> tensor<3xindex> {
  %b = ten.build [3] (%i) : tensor<3xindex> {
    %e = ten.index %x[%i] : tensor<3x4xf32> -> tensor<4xf32>
    %s = ten.argmin %e dim 0 : tensor<4xf32> -> index
    ten.yield %s : index
  }
  func.return %b : tensor<3xindex>
}

// CHECK-LABEL: func.func @ten_cumsum(
// CHECK-NEXT:    %s = ten.cumsum %x dim 1 : tensor<3x4xf32>
// CHECK-NEXT:    func.return %s : tensor<3x4xf32>
func.func @ten_cumsum(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x4xf32> {
    %e = ten.index %x[%i] : tensor<3x4xf32> -> tensor<4xf32>
    %s = ten.cumsum %e dim 0 : tensor<4xf32>
    ten.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @ten_transpose(
// CHECK-NEXT:    %s = ten.transpose %x perm [0, 2, 1] : tensor<3x4x2xf32> -> tensor<3x2x4xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2x4xf32>
func.func @ten_transpose(%x: tensor<3x4x2xf32>) -> tensor<3x2x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x2x4xf32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.transpose %e perm [1, 0] : tensor<4x2xf32> -> tensor<2x4xf32>
    ten.yield %s : tensor<2x4xf32>
  }
  func.return %b : tensor<3x2x4xf32>
}

// CHECK-LABEL: func.func @ten_reshape(
// CHECK-NEXT:    %s = ten.reshape %x : tensor<3x4x2xf32> -> tensor<3x8xf32>
// CHECK-NEXT:    func.return %s : tensor<3x8xf32>
func.func @ten_reshape(%x: tensor<3x4x2xf32>) -> tensor<3x8xf32> {
  %b = ten.build [3] (%i) : tensor<3x8xf32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.reshape %e : tensor<4x2xf32> -> tensor<8xf32>
    ten.yield %s : tensor<8xf32>
  }
  func.return %b : tensor<3x8xf32>
}

// CHECK-LABEL: func.func @ten_reverse(
// CHECK-NEXT:    %s = ten.reverse %x dims [2] : tensor<3x4x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x4x2xf32>
func.func @ten_reverse(%x: tensor<3x4x2xf32>) -> tensor<3x4x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x4x2xf32> {
    %e = ten.index %x[%i] : tensor<3x4x2xf32> -> tensor<4x2xf32>
    %s = ten.reverse %e dims [1] : tensor<4x2xf32>
    ten.yield %s : tensor<4x2xf32>
  }
  func.return %b : tensor<3x4x2xf32>
}

// CHECK-LABEL: func.func @ten_slice(
// CHECK-NEXT:    %s = ten.slice %x offsets [0, 1] sizes [3, 2] strides [1, 3] : tensor<3x5xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2xf32>
func.func @ten_slice(%x: tensor<3x5xf32>) -> tensor<3x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2xf32> {
    %e = ten.index %x[%i] : tensor<3x5xf32> -> tensor<5xf32>
    %s = ten.slice %e offsets [1] sizes [2] strides [3] : tensor<5xf32> -> tensor<2xf32>
    ten.yield %s : tensor<2xf32>
  }
  func.return %b : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @ten_pad(
// CHECK-NEXT:    %s = ten.pad %x low [0, 1] high [0, 2] interior [0, 1] : tensor<3x2xf32> -> tensor<3x6xf32>
// CHECK-NEXT:    func.return %s : tensor<3x6xf32>
func.func @ten_pad(%x: tensor<3x2xf32>) -> tensor<3x6xf32> {
  %b = ten.build [3] (%i) : tensor<3x6xf32> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.pad %e low [1] high [2] interior [1] : tensor<2xf32> -> tensor<6xf32>
    ten.yield %s : tensor<6xf32>
  }
  func.return %b : tensor<3x6xf32>
}

// CHECK-LABEL: func.func @ten_concat(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %s = ten.concat %x, %0 dim 1 : tensor<3x2xf32>, tensor<3x4xf32> -> tensor<3x6xf32>
// CHECK-NEXT:    func.return %s : tensor<3x6xf32>
func.func @ten_concat(%x: tensor<3x2xf32>, %y: tensor<4xf32>) -> tensor<3x6xf32> {
  %b = ten.build [3] (%i) : tensor<3x6xf32> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.concat %e, %y dim 0 : tensor<2xf32>, tensor<4xf32> -> tensor<6xf32>
    ten.yield %s : tensor<6xf32>
  }
  func.return %b : tensor<3x6xf32>
}

// CHECK-LABEL: func.func @ten_stack(
// CHECK-NEXT:    %0 = ten.broadcast %y dims [0] : tensor<2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %1 = ten.stack %x, %0 : tensor<3x2xf32> -> tensor<2x3x2xf32>
// CHECK-NEXT:    %s = ten.transpose %1 perm [1, 0, 2] : tensor<2x3x2xf32> -> tensor<3x2x2xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2x2xf32>
func.func @ten_stack(%x: tensor<3x2xf32>, %y: tensor<2xf32>) -> tensor<3x2x2xf32> {
  %b = ten.build [3] (%i) : tensor<3x2x2xf32> {
    %e = ten.index %x[%i] : tensor<3x2xf32> -> tensor<2xf32>
    %s = ten.stack %e, %y : tensor<2xf32> -> tensor<2x2xf32>
    ten.yield %s : tensor<2x2xf32>
  }
  func.return %b : tensor<3x2x2xf32>
}

// CHECK-LABEL: func.func @ten_einsum(
// CHECK-NEXT:    %s = ten.einsum "Aij,jk->Aik" %x, %y : tensor<3x2x4xf32>, tensor<4x5xf32> -> tensor<3x2x5xf32>
// CHECK-NEXT:    func.return %s : tensor<3x2x5xf32>
func.func @ten_einsum(%x: tensor<3x2x4xf32>, %y: tensor<4x5xf32>) -> tensor<3x2x5xf32> {
  %b = ten.build [3] (%i) : tensor<3x2x5xf32> {
    %e = ten.index %x[%i] : tensor<3x2x4xf32> -> tensor<2x4xf32>
    %s = ten.einsum "ij,jk->ik" %e, %y : tensor<2x4xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
    ten.yield %s : tensor<2x5xf32>
  }
  func.return %b : tensor<3x2x5xf32>
}

// CHECK-LABEL: func.func @ten_gather(
// CHECK-NEXT:    %b = ten.gather [3, 4] %x (%0, %j) : tensor<3x5xf32> -> tensor<3x4xf32> {
// CHECK-NEXT:      %k = arith.addi %0, %j : index
// CHECK-NEXT:      ten.yield %0, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x4xf32>
func.func @ten_gather(%x: tensor<3x5xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x4xf32> {
    %e = ten.index %x[%i] : tensor<3x5xf32> -> tensor<5xf32>
    %s = ten.gather [4] %e (%j) : tensor<5xf32> -> tensor<4xf32> {
      %k = arith.addi %i, %j : index
      ten.yield %k : index
    }
    ten.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @ten_scatter(
// CHECK-NEXT:    %b = ten.scatter [3, 4] %x (%0, %j) : tensor<3x5xf32> -> tensor<3x4xf32> {
// CHECK-NEXT:      %k = arith.addi %0, %j : index
// CHECK-NEXT:      ten.yield %0, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %b : tensor<3x4xf32>
func.func @ten_scatter(%x: tensor<3x5xf32>) -> tensor<3x4xf32> {
  %b = ten.build [3] (%i) : tensor<3x4xf32> {
    %e = ten.index %x[%i] : tensor<3x5xf32> -> tensor<5xf32>
    %s = ten.scatter [4] %e (%j) : tensor<5xf32> -> tensor<4xf32> {
      %k = arith.addi %i, %j : index
      ten.yield %k : index
    }
    ten.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @delta_stop(
// CHECK-NEXT:    %s = delta.stop %x : tensor<3xf32>
// CHECK-NEXT:    func.return %s : tensor<3xf32>
func.func @delta_stop(%x: tensor<3xf32>) -> tensor<3xf32> {
  %b = ten.build [3] (%i) : tensor<3xf32> {
    %e = ten.index %x[%i] : tensor<3xf32> -> f32
    %s = delta.stop %e : f32
    ten.yield %s : f32
  }
  func.return %b : tensor<3xf32>
}
