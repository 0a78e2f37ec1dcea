// RUN: letgrad-opt %s -p convert-stablehlo-to-ten,canonicalize -t terms | filecheck %s

// CHECK-LABEL: map_of_two = \x y -> x * 2.0 - y
func.func @map_of_two(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %c = stablehlo.constant dense<2.0> : tensor<f32>
    %s = stablehlo.multiply %a, %c : tensor<f32>
    %t = stablehlo.subtract %s, %b : tensor<f32>
    stablehlo.return %t : tensor<f32>
  }) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: map_to_a_constant = \x -> broadcast [2] 7
func.func @map_to_a_constant(%x: tensor<2xf32>) -> tensor<2xi32> {
  %r = "stablehlo.map"(%x) <{dimensions = array<i64: 0>}> ({
  ^bb0(%a: tensor<f32>):
    %c = stablehlo.constant dense<7> : tensor<i32>
    stablehlo.return %c : tensor<i32>
  }) : (tensor<2xf32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: map_with_branches = \x y -> x > 3 ? x * y : 3
func.func @map_with_branches(%x: tensor<2x3xi64>, %y: tensor<2x3xi64>) -> tensor<2x3xi64> {
  %r = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%a: tensor<i64>, %b: tensor<i64>):
    %c = stablehlo.constant dense<3> : tensor<i64>
    %p = stablehlo.compare GT, %a, %c : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %s = "stablehlo.if"(%p) ({
      %t = stablehlo.multiply %a, %b : tensor<i64>
      stablehlo.return %t : tensor<i64>
    }, {
      stablehlo.return %c : tensor<i64>
    }) : (tensor<i1>) -> tensor<i64>
    stablehlo.return %s : tensor<i64>
  }) : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  return %r : tensor<2x3xi64>
}

// CHECK-LABEL: normalized = \x s o m ->
// CHECK-NEXT: (x - broadcast[0, 2] [2, 3, 4] m) / broadcast[0, 2] [2, 3, 4] (sqrt (s * s + 0.01)) * broadcast[0,
// CHECK-NEXT: 2] [2, 3, 4] s + broadcast[0, 2] [2, 3, 4] o
func.func @normalized(%x: tensor<2x3x4xf32>, %s: tensor<3xf32>, %o: tensor<3xf32>, %m: tensor<3xf32>) -> tensor<2x3x4xf32> {
  %v = stablehlo.multiply %s, %s : tensor<3xf32>
  %r = "stablehlo.batch_norm_inference"(%x, %s, %o, %m, %v) <{epsilon = 0.01 : f32, feature_index = 1 : i64}> : (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x4xf32>
  return %r : tensor<2x3x4xf32>
}

// CHECK-LABEL: normalizing = \x s o ->
// CHECK-NEXT: let r = sum[0] x / 4.0
// CHECK-NEXT: x1 = x - r
// CHECK-NEXT: r_1 = sum[0] (x1 * x1) / 4.0
// CHECK-NEXT: in ((x - r) / sqrt (r_1 + 0.01) * s + o, r, r_1)
func.func @normalizing(%x: tensor<4x3xf32>, %s: tensor<3xf32>, %o: tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %r:3 = "stablehlo.batch_norm_training"(%x, %s, %o) <{epsilon = 0.01 : f32, feature_index = 1 : i64}> : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return %r#0, %r#1, %r#2 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: gradient_of_normalizing = \x s m ct ->
// CHECK-NEXT: let x1 = s * s + 0.01
// CHECK-NEXT: x2 = sqrt x1
// CHECK-NEXT: x3 = x - broadcast[1, 2] [3, 5, 2] m
// CHECK-NEXT: r = sum[1, 2] ct
// CHECK-NEXT: x4 = sum[1, 2] (ct * x3)
// CHECK-NEXT: in (broadcast[1, 2] [3, 5, 2] (s / x2 / 10.0) * (ct * broadcast[1, 2] [3, 5, 2] (broadcast [3]
// CHECK-NEXT: 10.0) - broadcast[1, 2] [3, 5, 2] r - x3 * broadcast[1, 2] [3, 5, 2] (x4 / x1)), x4 / x2, r)
func.func @gradient_of_normalizing(%x: tensor<3x5x2xf32>, %s: tensor<3xf32>, %m: tensor<3xf32>, %ct: tensor<3x5x2xf32>) -> (tensor<3x5x2xf32>, tensor<3xf32>, tensor<3xf32>) {
  %v = stablehlo.multiply %s, %s : tensor<3xf32>
  %r:3 = "stablehlo.batch_norm_grad"(%x, %s, %m, %v, %ct) <{epsilon = 0.01 : f32, feature_index = 0 : i64}> : (tensor<3x5x2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x5x2xf32>) -> (tensor<3x5x2xf32>, tensor<3xf32>, tensor<3xf32>)
  return %r#0, %r#1, %r#2 : tensor<3x5x2xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: scan_with_two_carries = \x a n ->
// CHECK-NEXT: let (r, r_1, x1) = scan [4] reverse (x2 = a, x3 = n) over (x4 = transpose[1, 0] x) do
// CHECK-NEXT: let s = x4 + x2
// CHECK-NEXT: in (s, x3 + x3, s * x4)
// CHECK-NEXT: in (transpose[1, 0] x1, r, r_1)
func.func @scan_with_two_carries(%x: tensor<2x4xf32>, %a: tensor<2xf32>, %n: tensor<2xi32>) -> (tensor<2x4xf32>, tensor<2xf32>, tensor<2xi32>) {
  %r:3 = chlo.scan(%x) inits(%a, %n) dimension=1 attributes {is_reverse = true} {
  ^bb0(%row: tensor<2xf32>, %c: tensor<2xf32>, %k: tensor<2xi32>):
    %s = stablehlo.add %row, %c : tensor<2xf32>
    %p = stablehlo.multiply %s, %row : tensor<2xf32>
    %m = stablehlo.add %k, %k : tensor<2xi32>
    stablehlo.return %p, %s, %m : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
  } : (tensor<2x4xf32>, tensor<2xf32>, tensor<2xi32>) -> (tensor<2x4xf32>, tensor<2xf32>, tensor<2xi32>)
  return %r#0, %r#1, %r#2 : tensor<2x4xf32>, tensor<2xf32>, tensor<2xi32>
}

// CHECK-LABEL: upper_halves = \a b c d e f g h ->
// CHECK-NEXT: let x1 = e & 4294967295
// CHECK-NEXT: x2 = shrui e 32
// CHECK-NEXT: x3 = f & 4294967295
// CHECK-NEXT: x4 = shrui f 32
// CHECK-NEXT: x5 = x2 * x3 + shrui (x1 * x3) 32
// CHECK-NEXT: x6 = g & 4294967295
// CHECK-NEXT: x7 = shrui g 32
// CHECK-NEXT: x8 = h & 4294967295
// CHECK-NEXT: x9 = shrui h 32
// CHECK-NEXT: x10 = x7 * x8 + shrui (x6 * x8) 32
// CHECK-NEXT: in (i8 (i16 a * i16 b >> 8), i16 (shrui ((i32 c & 65535) * (i32 d & 65535)) 16), x2 * x4 + shrui
// CHECK-NEXT: x5 32 + shrui (x1 * x4 + (x5 & 4294967295)) 32 - (e < 0 ? f : 0) - (f < 0 ? e : 0), x7 * x9 +
// CHECK-NEXT: shrui x10 32 + shrui (x6 * x9 + (x10 & 4294967295)) 32)
func.func @upper_halves(%a: tensor<50xi8>, %b: tensor<50xi8>, %c: tensor<50xui16>, %d: tensor<50xui16>, %e: tensor<50xi64>, %f: tensor<50xi64>, %g: tensor<50xui64>, %h: tensor<50xui64>) -> (tensor<50xi8>, tensor<50xui16>, tensor<50xi64>, tensor<50xui64>) {
  %0 = chlo.mulhi %a, %b : tensor<50xi8>, tensor<50xi8> -> tensor<50xi8>
  %1 = chlo.mulhi %c, %d : tensor<50xui16>, tensor<50xui16> -> tensor<50xui16>
  %2 = chlo.mulhi %e, %f : tensor<50xi64>, tensor<50xi64> -> tensor<50xi64>
  %3 = chlo.mulhi %g, %h : tensor<50xui64>, tensor<50xui64> -> tensor<50xui64>
  return %0, %1, %2, %3 : tensor<50xi8>, tensor<50xui16>, tensor<50xi64>, tensor<50xui64>
}

// CHECK-LABEL: chosen = \m x y -> m ? x : reshape[3] y
func.func @chosen(%m: tensor<i1>, %x: tensor<2x3xf32>, %y: tensor<1x3xf32>) -> tensor<2x3xf32> {
  %r = chlo.broadcast_select %m, %x, %y : (tensor<i1>, tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: diagonal_and_sums = \x ->
func.func @diagonal_and_sums(%x: tensor<3x3x4xf32>) -> (tensor<3x4xf32>, tensor<4xf32>) {
  %r = "stablehlo.unary_einsum"(%x) <{einsum_config = "aab->ab"}> : (tensor<3x3x4xf32>) -> tensor<3x4xf32>
  %s = "stablehlo.unary_einsum"(%r) <{einsum_config = "ab->b"}> : (tensor<3x4xf32>) -> tensor<4xf32>
  return %r, %s : tensor<3x4xf32>, tensor<4xf32>
}

// Sizes, widths and bounds that no argument decides.
// CHECK-LABEL: sizes_that_are_known = \x p ->
// CHECK-NEXT: let u = p * -reshape[2, 3] x
// CHECK-NEXT: in (u, u[:, 0:3:2], (i1 (pad[0:1:1] (broadcast [6] 1)) ? pad[0:1:1] x : p)[1:11])
func.func @sizes_that_are_known(%x: tensor<6xf32>, %p: tensor<f32>) -> (tensor<2x3xf32>, tensor<2x2xf32>, tensor<10xf32>) {
  %n = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
  %one = stablehlo.constant dense<[1, 1]> : tensor<2xi32>
  %s = stablehlo.add %n, %one : tensor<2xi32>
  %y = "stablehlo.dynamic_reshape"(%x, %s) : (tensor<6xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  %z = stablehlo.negate %y : tensor<?x?xf32>
  %a = "stablehlo.dynamic_broadcast_in_dim"(%p, %s) <{broadcast_dimensions = array<i64>}> : (tensor<f32>, tensor<2xi32>) -> tensor<?x?xf32>
  %u = stablehlo.multiply %a, %z : tensor<?x?xf32>
  %w = "stablehlo.dynamic_reshape"(%u, %s) : (tensor<?x?xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  %k = stablehlo.constant dense<0> : tensor<2xi32>
  %b = "stablehlo.real_dynamic_slice"(%w, %k, %s, %n) : (tensor<2x3xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2xf32>
  %low = stablehlo.constant dense<-1> : tensor<1xi32>
  %in = stablehlo.constant dense<1> : tensor<1xi32>
  %q = "stablehlo.dynamic_pad"(%x, %p, %low, %in, %in) : (tensor<6xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<11xf32>
  %t = stablehlo.slice %q [0:10] : (tensor<11xf32>) -> tensor<10xf32>
  return %w, %b, %t : tensor<2x3xf32>, tensor<2x2xf32>, tensor<10xf32>
}

// CHECK-LABEL: boxes_of_known_sizes = \x i ->
// CHECK-NEXT: let x1 = max (min (reshape[5] i[:, 0:1]) 2) 0
// CHECK-NEXT: x2 = max (min (reshape[5] i[:, 1:2]) 2) 0
// CHECK-NEXT: in gather [5, 2] x (\j k -> [index x2[j], index x1[j] + k])
func.func @boxes_of_known_sizes(%x: tensor<3x4x2xf32>, %i: tensor<5x2xi32>) -> tensor<5x2x2xf32> {
  %s = stablehlo.constant dense<[1, 2, 2]> : tensor<3xi32>
  %r = "stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], collapsed_slice_dims = [0], start_index_map = [1, 0], index_vector_dim = 1>, indices_are_sorted = false}> : (tensor<3x4x2xf32>, tensor<5x2xi32>, tensor<3xi32>) -> tensor<5x2x2xf32>
  return %r : tensor<5x2x2xf32>
}

// CHECK-LABEL: windows_of_known_widths = \x k ->
// CHECK-NEXT: einsum "cdab,edb->cea" (transpose[2, 3, 0, 1] (gather [6, 3] (transpose[2, 0, 1] (pad[0:0, 0:0,
// CHECK-NEXT: 1:2] x)) (\i j -> [i + j]))) k
func.func @windows_of_known_widths(%x: tensor<1x1x5xf32>, %k: tensor<1x1x3xf32>) -> tensor<1x1x6xf32> {
  %w = stablehlo.constant dense<[[1, 2]]> : tensor<1x2xi32>
  %r = "stablehlo.dynamic_conv"(%x, %k, %w) <{batch_group_count = 1 : i64, feature_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, f, 0]x[o, i, 0]->[b, f, 0]>}> : (tensor<1x1x5xf32>, tensor<1x1x3xf32>, tensor<1x2xi32>) -> tensor<1x1x6xf32>
  return %r : tensor<1x1x6xf32>
}

// CHECK-LABEL: random_words = \s t ->
func.func @random_words(%s: tensor<2xui64>, %t: tensor<3xui64>) -> (tensor<2xui64>, tensor<3x5xui32>, tensor<3xui64>, tensor<7xi64>) {
  %a:2 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3x5xui32>)
  %b:2 = stablehlo.rng_bit_generator %t, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<7xi64>)
  return %a#0, %a#1, %b#0, %b#1 : tensor<2xui64>, tensor<3x5xui32>, tensor<3xui64>, tensor<7xi64>
}

// Each device is a group of its own.
// CHECK-LABEL: alone = \x -> (x, x, broadcast [4] 0.0, 0)
func.func @alone(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<ui32>) {
  %a = "stablehlo.all_reduce"(%x) <{replica_groups = dense<0> : tensor<1x1xi64>}> ({
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %s = stablehlo.add %p, %q : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<4xf32>) -> tensor<4xf32>
  %g = "stablehlo.all_gather"(%a) <{all_gather_dim = 0 : i64, replica_groups = dense<> : tensor<0x0xi64>}> : (tensor<4xf32>) -> tensor<4xf32>
  %c = "stablehlo.collective_permute"(%x) <{source_target_pairs = dense<0> : tensor<1x2xi64>}> : (tensor<4xf32>) -> tensor<4xf32>
  %z = "stablehlo.collective_permute"(%x) <{source_target_pairs = dense<> : tensor<0x2xi64>}> : (tensor<4xf32>) -> tensor<4xf32>
  %d = stablehlo.partition_id : tensor<ui32>
  return %g, %c, %z, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<ui32>
}

// An exponent of fewer bits: numbers that are too large become infinite, and small ones 0.
// CHECK-LABEL: narrower_exponent = \x -> custom_jvp[rounded, rounded_jvp] x
// CHECK:       rounded = \xs0 ->
// CHECK:         in abs xs0 < inf ? bitcast[f32] (x3 > 1191182336 ? x4 | 2139095040 : x3 <= 939524096 ? x4 : x2)
func.func @narrower_exponent(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.reduce_precision %x, format = e5m10 : tensor<3xf32>
  return %y : tensor<3xf32>
}
