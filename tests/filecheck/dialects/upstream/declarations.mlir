// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK: func.func private @of_arguments(f32 {a.b = 1 : i64}, f64) -> f32
func.func private @of_arguments(f32 {a.b = 1 : i64}, f64) -> f32
// CHECK-NEXT: func.func private @of_results(f32) -> (f32, f64 {a.c})
func.func private @of_results(f32) -> (f32, f64 {a.c})
// CHECK-NEXT: func.func private @of_both(f32 {a.b}) -> (f32 {a.c})
func.func private @of_both(f32 {a.b}) -> (f32 {a.c})
