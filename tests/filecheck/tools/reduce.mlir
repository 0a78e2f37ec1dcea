// RUN: letgrad reduce %S/Inputs/to_reduce.mlir -p canonicalize,ten-vectorize,cse --test 'grep -q math.exp %%s && echo %%p | grep -q cse' 2>%t | filecheck %s
// RUN: filecheck %s --check-prefix=SAID < %t

// The reduced program has only the parts that the command looks for.

// CHECK:      RUN{{:}} grep -q math.exp %s && echo cse | grep -q cse
// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @kept([[X:%.*]]: f64) {
// CHECK-NEXT:     [[Y:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }

// SAID: 8 ops became 3, and 3 passes 1
