// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// Syntax and ops that xDSL lacks: both forms are read, and the short one is printed.

// CHECK-LABEL: func.func @cmpf(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf32>) -> tensor<4xi1> {
// CHECK-NEXT:    [[C:%.*]] = arith.cmpf olt, [[A]], [[A]] : tensor<4xf32>
// CHECK-NEXT:    func.return [[C]] : tensor<4xi1>
// CHECK-NEXT:  }
func.func @cmpf(%a: tensor<4xf32>) -> tensor<4xi1> {
%c = arith.cmpf olt, %a, %a : tensor<4xf32>  func.return %c : tensor<4xi1> }

// CHECK-LABEL: func.func @select(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf32>, [[C:%[^ ,:)]+]]: tensor<4xi1>) -> tensor<4xf32> {
// CHECK-NEXT:    [[D:%.*]] = arith.select [[C]], [[A]], [[A]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @select(%a: tensor<4xf32>, %c: tensor<4xi1>) -> tensor<4xf32> {
%d = arith.select %c, %a, %a : tensor<4xi1>, tensor<4xf32>  func.return %d : tensor<4xf32> }

// CHECK-LABEL: func.func @remf(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[B:%.*]] = arith.remf [[A]], [[A]] : f32
// CHECK-NEXT:    func.return [[B]] : f32
// CHECK-NEXT:  }
func.func @remf(%a: f32) -> f32 {
%b = arith.remf %a, %a : f32
return %b : f32 }

// CHECK-LABEL: func.func @idxui(
// CHECK-SAME: [[A:%[^ ,:)]+]]: i32) -> index {
// CHECK-NEXT:    [[B:%.*]] = arith.index_castui [[A]] : i32 to index
// CHECK-NEXT:    func.return [[B]] : index
// CHECK-NEXT:  }
func.func @idxui(%a: i32) -> index {
%b = arith.index_castui %a : i32 to index
return %b : index }

// CHECK-LABEL: func.func @reduce2(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x4xf32>, [[C:%[^ ,:)]+]]: tensor<2xf32>) -> tensor<2xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.reduce ins([[A]] : tensor<2x4xf32>) outs([[C]] : tensor<2xf32>) dimensions = [1] ([[ARG:%[^ ,:)]+]]: f32, [[ARG_1:%[^ ,:)]+]]: f32) {
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG_1]], [[ARG]] : f32
// CHECK-NEXT:      linalg.yield [[ADDF]] : f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[D]] : tensor<2xf32>
// CHECK-NEXT:  }
func.func @reduce2(%a: tensor<2x4xf32>, %c: tensor<2xf32>) -> tensor<2xf32> {
%d = linalg.reduce { arith.addf } ins(%a : tensor<2x4xf32>) outs(%c : tensor<2xf32>) dimensions = [1]
return %d : tensor<2xf32> }

// CHECK-LABEL: func.func @map(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf32>, [[C:%[^ ,:)]+]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.map ins([[A]] : tensor<4xf32>) outs([[C]] : tensor<4xf32>) ([[ARG:%[^ ,:)]+]]: f32, {{%.*}}: f32) {
// CHECK-NEXT:      [[EXP:%.*]] = math.exp [[ARG]] : f32
// CHECK-NEXT:      linalg.yield [[EXP]] : f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[D]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @map(%a: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
%d = linalg.map { math.exp } ins(%a : tensor<4xf32>) outs(%c : tensor<4xf32>)
return %d : tensor<4xf32> }

// CHECK-LABEL: func.func @forall(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf32>, [[C:%[^ ,:)]+]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[R:%.*]] = scf.forall ([[I:%[^ ,:)]+]]) in (4) shared_outs([[O:%[^ ,:)]+]] = [[C]]) -> (tensor<4xf32>) {
// CHECK-NEXT:      [[S:%.*]] = tensor.extract_slice [[A]]{{\[}}[[I]]] [1] [1] : tensor<4xf32> to tensor<1xf32>
// CHECK-NEXT:      scf.forall.in_parallel {
// CHECK-NEXT:        tensor.parallel_insert_slice [[S]] into [[O]]{{\[}}[[I]]] [1] [1] : tensor<1xf32> into tensor<4xf32>
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @forall(%a: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
%r = scf.forall (%i) in (4) shared_outs(%o = %c) -> (tensor<4xf32>) {
%s = tensor.extract_slice %a[%i] [1] [1] : tensor<4xf32> to tensor<1xf32> scf.forall.in_parallel {
tensor.parallel_insert_slice %s into %o[%i] [1] [1] : tensor<1xf32> into tensor<4xf32> } }
return %r : tensor<4xf32> }

// CHECK-LABEL: func.func @generate(
// CHECK-SAME: [[V:%[^ ,:)]+]]: f32) -> tensor<7xf32> {
// CHECK-NEXT:    [[R:%.*]] = tensor.generate {
// CHECK-NEXT:    ^bb0([[I:%[^ ,:)]+]]: index):
// CHECK-NEXT:      tensor.yield [[V]] : f32
// CHECK-NEXT:    } : tensor<7xf32>
// CHECK-NEXT:    func.return [[R]] : tensor<7xf32>
// CHECK-NEXT:  }
func.func @generate(%v: f32) -> tensor<7xf32> {
%r = tensor.generate {
^bb0(%i: index):
tensor.yield %v : f32 } : tensor<7xf32>
return %r : tensor<7xf32> }

// CHECK-LABEL: func.func @affinepar(
// CHECK-SAME: [[V:%[^ ,:)]+]]: memref<3x3xf64>, [[Y:%[^ ,:)]+]]: memref<3x3xf64>) {
// CHECK-NEXT:    affine.parallel ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) = (0, 0) to (3, 3) {
// CHECK-NEXT:      [[X:%.*]] = affine.load [[V]]{{\[}}[[I]], [[J]]] : memref<3x3xf64>
// CHECK-NEXT:      affine.store [[X]], [[Y]]{{\[}}[[I]], [[J]]] : memref<3x3xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @affinepar(%v: memref<3x3xf64>, %y: memref<3x3xf64>) { affine.parallel (%i, %j) = (0, 0) to (3, 3) {
%x = affine.load %v[%i, %j] : memref<3x3xf64>
affine.store %x, %y[%i, %j] : memref<3x3xf64> }
return }

// CHECK-LABEL: func.func @affinered(
// CHECK-SAME: [[V:%[^ ,:)]+]]: memref<3xf64>) -> f64 {
// CHECK-NEXT:    [[R:%.*]] = affine.parallel ([[I:%[^ ,:)]+]]) = (0) to (3) reduce ("addf") -> (f64) {
// CHECK-NEXT:      [[X:%.*]] = affine.load [[V]]{{\[}}[[I]]] : memref<3xf64>
// CHECK-NEXT:      affine.yield [[X]] : f64
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f64
// CHECK-NEXT:  }
func.func @affinered(%v: memref<3xf64>) -> f64 {
%r = affine.parallel (%i) = (0) to (3) reduce ("addf") -> f64 {
%x = affine.load %v[%i] : memref<3xf64>
affine.yield %x : f64 }
return %r : f64 }

// CHECK-LABEL: func.func @affinemax(
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> index {
// CHECK-NEXT:    [[R:%.*]] = affine.max affine_map<(d0) -> (d0, 5)>([[I]])
// CHECK-NEXT:    func.return [[R]] : index
// CHECK-NEXT:  }
func.func @affinemax(%i: index) -> index {
%r = affine.max affine_map<(d0) -> (d0, 5)>(%i)
return %r : index }

// CHECK-LABEL: func.func @parallel0(
// CHECK-SAME: [[A:%[^ ,:)]+]]: memref<4xf64>) {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    scf.parallel ([[I:%[^ ,:)]+]]) = ([[C0]]) to ([[C1]]) step ([[C1]]) {
// CHECK-NEXT:      [[LOAD:%.*]] = memref.load [[A]]{{\[}}[[I]]] : memref<4xf64>
// CHECK-NEXT:      scf.reduce{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @parallel0(%a: memref<4xf64>) {
%c0 = arith.constant 0 : index
%c1 = arith.constant 1 : index scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
%2 = memref.load %a[%i] : memref<4xf64>
scf.reduce }
return }

// CHECK-LABEL: func.func @allocscope(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[R:%.*]] = memref.alloca_scope -> (f32) {
// CHECK-NEXT:      memref.alloca_scope.return [[X]] : f32
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : f32
// CHECK-NEXT:  }
func.func @allocscope(%x: f32) -> f32 {
%r = memref.alloca_scope -> (f32) {
memref.alloca_scope.return %x : f32 }
return %r : f32 }

// CHECK-LABEL: func.func @batchmm(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<5x2x3xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<5x3x4xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<5x2x4xf32>) -> tensor<5x2x4xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.batch_matmul ins([[A]], [[B]] : tensor<5x2x3xf32>, tensor<5x3x4xf32>) outs([[C]] : tensor<5x2x4xf32>) -> tensor<5x2x4xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<5x2x4xf32>
// CHECK-NEXT:  }
func.func @batchmm(%a: tensor<5x2x3xf32>, %b: tensor<5x3x4xf32>, %c: tensor<5x2x4xf32>) -> tensor<5x2x4xf32> {
%d = linalg.batch_matmul ins(%a, %b : tensor<5x2x3xf32>, tensor<5x3x4xf32>) outs(%c : tensor<5x2x4xf32>) -> tensor<5x2x4xf32>
return %d : tensor<5x2x4xf32> }

// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<2x3xf32>) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.softmax dimension(1) ins([[A]] : tensor<2x3xf32>) outs([[B]] : tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @softmax(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) -> tensor<2x3xf32> {
%d = linalg.softmax dimension(1) ins(%a : tensor<2x3xf32>) outs(%b : tensor<2x3xf32>) -> tensor<2x3xf32>
return %d : tensor<2x3xf32> }

// CHECK-LABEL: func.func @atomic(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32, [[M:%[^ ,:)]+]]: memref<4xf32>, [[I:%[^ ,:)]+]]: index) {
// CHECK-NEXT:    [[R:%.*]] = memref.atomic_rmw addf [[X]], [[M]]{{\[}}[[I]]] : (f32, memref<4xf32>) -> f32
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @atomic(%x: f32, %m: memref<4xf32>, %i: index) {
%r = memref.atomic_rmw addf %x, %m[%i] : (f32, memref<4xf32>) -> f32
return }

// CHECK-LABEL: func.func @clampf(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f32) -> f32 {
// CHECK-NEXT:    [[B:%.*]] = math.clampf [[A]] to{{\[}}[[A]], [[A]]] : f32
// CHECK-NEXT:    func.return [[B]] : f32
// CHECK-NEXT:  }
func.func @clampf(%a: f32) -> f32 {
%b = math.clampf %a to [%a, %a] : f32
return %b : f32 }

// CHECK-LABEL: func.func @isnan(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f32) -> i1 {
// CHECK-NEXT:    [[B:%.*]] = math.isnan [[A]] : f32
// CHECK-NEXT:    func.return [[B]] : i1{{$}}
// CHECK-NEXT:  }
func.func @isnan(%a: f32) -> i1 {
%b = math.isnan %a : f32
return %b : i1 }

// CHECK-LABEL: func.func @elementwise(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf32>, [[C:%[^ ,:)]+]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.elementwise kind = #linalg.elementwise_kind<exp> ins([[A]] : tensor<4xf32>) outs([[C]] : tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @elementwise(%a: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
%d = linalg.elementwise kind = #linalg.elementwise_kind<exp> ins(%a : tensor<4xf32>) outs(%c : tensor<4xf32>) -> tensor<4xf32>
return %d : tensor<4xf32> }

// CHECK-LABEL: func.func @maps_of_matmul(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3x2xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3x4xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<2x4xf32>) -> tensor<2x4xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.matmul indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>] ins([[A]], [[B]] : tensor<3x2xf32>, tensor<3x4xf32>) outs([[C]] : tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<2x4xf32>
// CHECK-NEXT:  }
func.func @maps_of_matmul(%a: tensor<3x2xf32>, %b: tensor<3x4xf32>, %c: tensor<2x4xf32>) -> tensor<2x4xf32> {
%d = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] ins(%a, %b : tensor<3x2xf32>, tensor<3x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
return %d : tensor<2x4xf32> }

// CHECK-LABEL: func.func @windows(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<1x8x2xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3x2x4xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
// CHECK-NEXT:    [[D:%.*]] = linalg.conv_1d_nwc_wcf {strides = dense<2> : tensor<1xi64>, dilations = dense<1> : tensor<1xi64>} ins([[A]], [[B]] : tensor<1x8x2xf32>, tensor<3x2x4xf32>) outs([[C]] : tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
// CHECK-NEXT:    func.return [[D]] : tensor<1x3x4xf32>
// CHECK-NEXT:  }
func.func @windows(%a: tensor<1x8x2xf32>, %b: tensor<3x2x4xf32>, %c: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
%d = linalg.conv_1d_nwc_wcf {dilations = dense<1> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} ins(%a, %b : tensor<1x8x2xf32>, tensor<3x2x4xf32>) outs(%c : tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
return %d : tensor<1x3x4xf32> }

// CHECK-LABEL: func.func @reductions(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f64, [[B:%[^ ,:)]+]]: i64, [[N:%[^ ,:)]+]]: index) -> (f64, i64) {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[R:%[^ ,:)]+]], [[R_1:%[^ ,:)]+]] = scf.parallel ([[I:%[^ ,:)]+]]) = ([[C0]]) to ([[N]]) step ([[C1]]) init ([[A]], [[B]]) -> (f64, i64) {
// CHECK-NEXT:      scf.reduce([[A]], [[B]] : f64, i64) {
// CHECK-NEXT:      ^bb0([[P:%[^ ,:)]+]]: f64, [[Q:%[^ ,:)]+]]: f64):
// CHECK-NEXT:        [[S:%.*]] = arith.addf [[P]], [[Q]] : f64
// CHECK-NEXT:        scf.reduce.return [[S]] : f64
// CHECK-NEXT:      }, {
// CHECK-NEXT:      ^bb0([[P_1:%[^ ,:)]+]]: i64, [[Q_1:%[^ ,:)]+]]: i64):
// CHECK-NEXT:        [[S_1:%.*]] = arith.muli [[P_1]], [[Q_1]] : i64{{$}}
// CHECK-NEXT:        scf.reduce.return [[S_1]] : i64{{$}}
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]], [[R_1]] : f64, i64{{$}}
// CHECK-NEXT:  }
func.func @reductions(%a: f64, %b: i64, %n: index) -> (f64, i64) {
%c0 = arith.constant 0 : index
%c1 = arith.constant 1 : index
%r:2 = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%a, %b) -> (f64, i64) {
scf.reduce(%a, %b : f64, i64) {
^bb0(%p: f64, %q: f64):
%s = arith.addf %p, %q : f64
scf.reduce.return %s : f64 }, {
^bb0(%p: i64, %q: i64):
%s = arith.muli %p, %q : i64
scf.reduce.return %s : i64 } }
return %r#0, %r#1 : f64, i64 }

// CHECK-LABEL: func.func @bounds(
// CHECK-SAME: [[A:%[^ ,:)]+]]: memref<9xf64>, [[N:%[^ ,:)]+]]: index, [[M:%[^ ,:)]+]]: index) {
// CHECK-NEXT:    affine.parallel ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) = (0, max([[N]], [[M]])) to ([[N]] + 3, min(9, [[M]] * 2)) step (1, 2) {
// CHECK-NEXT:      [[X:%.*]] = affine.load [[A]]{{\[}}[[I]]] : memref<9xf64>
// CHECK-NEXT:      affine.store [[X]], [[A]]{{\[}}[[J]]] : memref<9xf64>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return{{$}}
// CHECK-NEXT:  }
func.func @bounds(%a: memref<9xf64>, %n: index, %m: index) { affine.parallel (%i, %j) = (0, max(%n, %m)) to (%n + 3, min(9, %m * 2)) step (1, 2) {
%x = affine.load %a[%i] : memref<9xf64>
affine.store %x, %a[%j] : memref<9xf64> }
return }

// CHECK-LABEL: func.func @views(
// CHECK-SAME: [[X:%[^ ,:)]+]]: memref<2x3xf64>) -> index {
// CHECK-NEXT:    [[C:%.*]] = memref.cast [[X]] : memref<2x3xf64> to memref<?x3xf64>
// CHECK-NEXT:    [[R:%.*]] = memref.rank [[C]] : memref<?x3xf64>
// CHECK-NEXT:    [[T:%.*]] = memref.transpose [[X]] (d0, d1) -> (d1, d0) : memref<2x3xf64> to memref<3x2xf64, strided<[1, 3]>>
// CHECK-NEXT:    memref.copy [[X]], [[X]] : memref<2x3xf64> to memref<2x3xf64>
// CHECK-NEXT:    func.return [[R]] : index
// CHECK-NEXT:  }
func.func @views(%x: memref<2x3xf64>) -> index {
%c = memref.cast %x : memref<2x3xf64> to memref<?x3xf64>
%r = memref.rank %c : memref<?x3xf64>
%t = memref.transpose %x (d0, d1) -> (d1, d0) : memref<2x3xf64> to memref<3x2xf64, strided<[1, 3]>>
memref.copy %x, %x : memref<2x3xf64> to memref<2x3xf64>
return %r : index }

// CHECK-LABEL: func.func @boxes(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<8xf32>, [[N:%[^ ,:)]+]]: index) -> tensor<8xf32> {
// CHECK-NEXT:    [[R:%.*]] = scf.forall ([[I:%[^ ,:)]+]]) = (0) to ([[N]]) step (2) shared_outs([[O:%[^ ,:)]+]] = [[A]]) -> (tensor<8xf32>) {
// CHECK-NEXT:      [[S:%.*]] = tensor.extract_slice [[A]]{{\[}}[[I]]] [2] [1] : tensor<8xf32> to tensor<2xf32>
// CHECK-NEXT:      scf.forall.in_parallel {
// CHECK-NEXT:        tensor.parallel_insert_slice [[S]] into [[O]]{{\[}}[[I]]] [2] [1] : tensor<2xf32> into tensor<8xf32>
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<8xf32>
// CHECK-NEXT:  }
func.func @boxes(%a: tensor<8xf32>, %n: index) -> tensor<8xf32> {
%r = scf.forall (%i) = (0) to (%n) step (2) shared_outs(%o = %a) -> (tensor<8xf32>) {
%s = tensor.extract_slice %a[%i] [2] [1] : tensor<8xf32> to tensor<2xf32> scf.forall.in_parallel {
tensor.parallel_insert_slice %s into %o[%i] [2] [1] : tensor<2xf32> into tensor<8xf32> } }
return %r : tensor<8xf32> }

// CHECK-LABEL: func.func @gathers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<8x3xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: tensor<5x1xindex>) -> (tensor<5x1x3xf32>, index) {
// CHECK-NEXT:    [[R:%.*]] = tensor.gather [[A]]{{\[}}[[I]]] gather_dims([0]) : (tensor<8x3xf32>, tensor<5x1xindex>) -> tensor<5x1x3xf32>
// CHECK-NEXT:    [[K:%.*]] = tensor.rank [[A]] : tensor<8x3xf32>
// CHECK-NEXT:    func.return [[R]], [[K]] : tensor<5x1x3xf32>, index
// CHECK-NEXT:  }
func.func @gathers(%a: tensor<8x3xf32>, %i: tensor<5x1xindex>) -> (tensor<5x1x3xf32>, index) {
%r = tensor.gather %a[%i] gather_dims([0]) : (tensor<8x3xf32>, tensor<5x1xindex>) -> tensor<5x1x3xf32>
%k = tensor.rank %a : tensor<8x3xf32>
return %r, %k : tensor<5x1x3xf32>, index }

// CHECK-LABEL: func.func @questions(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xf32>) -> (tensor<2xi1>, tensor<2xi1>, tensor<2xi1>) {
// CHECK-NEXT:    [[X:%.*]] = math.isinf [[A]] : tensor<2xf32>
// CHECK-NEXT:    [[Y:%.*]] = math.isfinite [[A]] : tensor<2xf32>
// CHECK-NEXT:    [[Z:%.*]] = math.isnormal [[A]] : tensor<2xf32>
// CHECK-NEXT:    func.return [[X]], [[Y]], [[Z]] : tensor<2xi1>, tensor<2xi1>, tensor<2xi1>
// CHECK-NEXT:  }
func.func @questions(%a: tensor<2xf32>) -> (tensor<2xi1>, tensor<2xi1>, tensor<2xi1>) {
%x = math.isinf %a : tensor<2xf32>
%y = math.isfinite %a : tensor<2xf32>
%z = math.isnormal %a : tensor<2xf32>
return %x, %y, %z : tensor<2xi1>, tensor<2xi1>, tensor<2xi1> }

// CHECK-LABEL: func.func @two_functions(
// CHECK-SAME: [[A:%[^ ,:)]+]]: f32) -> (f32, f32) {
// CHECK-NEXT:    [[S:%[^ ,:)]+]], [[C:%[^ ,:)]+]] = math.sincos [[A]] : f32
// CHECK-NEXT:    func.return [[S]], [[C]] : f32, f32
// CHECK-NEXT:  }
func.func @two_functions(%a: f32) -> (f32, f32) {
%s,
%c = math.sincos %a : f32
return %s, %c : f32, f32 }

// CHECK-LABEL: func.func @integers(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2xi8>) -> tensor<2xi1> {
// CHECK-NEXT:    [[C:%.*]] = arith.cmpi ult, [[A]], [[A]] : tensor<2xi8>
// CHECK-NEXT:    func.return [[C]] : tensor<2xi1>
// CHECK-NEXT:  }
func.func @integers(%a: tensor<2xi8>) -> tensor<2xi1> {
%c = arith.cmpi ult, %a, %a : tensor<2xi8>
return %c : tensor<2xi1> }
