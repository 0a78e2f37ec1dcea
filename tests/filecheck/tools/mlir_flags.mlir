// The habits of mlir-opt. Each pass is a flag, in the order of the command line.
// RUN: letgrad-opt %s --cse --canonicalize --dump-pass-pipeline 2>&1 | filecheck %s --check-prefixes=ORDER,CHECK
// RUN: letgrad-opt %s -canonicalize -p symbol-dce -cse -dump-pass-pipeline 2>&1 | filecheck %s --check-prefix=MIXED
// RUN: letgrad-opt %s --canonicalize=max-iterations=3 --gradient="entry=f wrt=0,1" -dump-pass-pipeline -o /dev/null 2>&1 | filecheck %s --check-prefix=OPTIONS
// RUN: letgrad-opt %s -pass-pipeline='builtin.module(func.func(cse,canonicalize{max-iterations=3}),symbol-dce)' -dump-pass-pipeline 2>&1 | filecheck %s --check-prefixes=NEST,CHECK
// RUN: letgrad-opt %s -pass-pipeline='builtin.module(any(cse))' -dump-pass-pipeline 2>&1 | filecheck %s --check-prefix=ANY

// ORDER:   pass pipeline: cse,canonicalize{{$}}
// MIXED:   pass pipeline: canonicalize,symbol-dce,cse{{$}}
// OPTIONS: pass pipeline: canonicalize{max_iterations=3},gradient{
// NEST:    pass pipeline: func.func(cse,canonicalize{max_iterations=3}),symbol-dce{{$}}
// ANY:     pass pipeline: any(cse){{$}}

// RUN: not letgrad-opt %s -pass-pipeline='builtin.module(func.fun(cse))' 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not letgrad-opt %s -pass-pipeline='builtin.module(cse, arith.addf(cse))' 2>&1 | filecheck %s --check-prefix=OPEN
// RUN: not letgrad-opt %s -pass-pipeline='builtin.module(cse, module(cse))' 2>&1 | filecheck %s --check-prefix=WORD
// RUN: not letgrad-opt %s -pass-pipeline='func.func(cse,csee)' 2>&1 | filecheck %s --check-prefix=INSIDE
// RUN: not letgrad-opt %s --csee 2>&1 | filecheck %s --check-prefix=FLAG
// RUN: not letgrad-opt %s --cse=n=1 2>&1 | filecheck %s --check-prefix=NONE
// UNKNOWN: <pass-pipeline>:1:16: error: there is no op 'func.fun' for the nest 'func.fun(…)'
// OPEN:    <pass-pipeline>:1:21: error: passes cannot run on 'arith.addf'
// WORD:    <pass-pipeline>:1:21: error: 'module' is no name of an op
// INSIDE:  <pass-pipeline>:1:15: error: there is no pass 'csee'; did you mean 'cse'?
// FLAG:    letgrad-opt: error: unrecognized arguments: --csee
// NONE:    error: pass cse has no option 'n'; it has none

// One op after the other gets all passes of a nest.
// RUN: letgrad-opt %s -pass-pipeline='func.func(cse,canonicalize)' -mlir-print-ir-after=cse -mlir-print-ir-before=canonicalize -o /dev/null 2>&1 | filecheck %s --check-prefix=DUMP
// RUN: letgrad-opt %s -pass-pipeline='func.func(cse)' -mlir-print-ir-after-all -mlir-print-ir-module-scope -o /dev/null 2>&1 | filecheck %s --check-prefix=WHOLE
// RUN: letgrad-opt %s -pass-pipeline='func.func(cse,cse)' -mlir-print-ir-after-all -mlir-print-ir-after-change -o /dev/null 2>&1 | filecheck %s --check-prefix=CHANGE
// RUN: not letgrad-opt %s -mlir-print-ir-after=nosuch -cse 2>&1 | filecheck %s --check-prefix=NOPASS
// RUN: not letgrad-opt %s -cse -ten-vectorize -convert-ten-to-kernel -delta-linearize -mlir-print-ir-after-failure 2>&1 >/dev/null | filecheck %s --check-prefix=FAILED
// DUMP:        // -----// IR Dump After CSE (cse) //----- //
// DUMP-NEXT:   func.func @f
// DUMP:        // -----// IR Dump Before Canonicalizer (canonicalize) //----- //
// DUMP-NEXT:   func.func @f
// DUMP:        // -----// IR Dump After CSE (cse) //----- //
// DUMP-NEXT:   func.func @g
// DUMP-NOT:    // -----// IR Dump After Canonicalizer
// WHOLE:       // -----// IR Dump After CSE (cse) ('func.func' operation: @f) //----- //
// WHOLE-NEXT:  builtin.module
// CHANGE:      IR Dump After CSE (cse)
// CHANGE-NEXT: func.func @f
// CHANGE-NOT:  IR Dump
// NOPASS:      error: --print-ir-after: there is no pass 'nosuch'
// FAILED:      IR Dump After {{.*}} Failed (delta-linearize)

// RUN: letgrad-opt %s -mlir-print-op-generic -cse | filecheck %s --check-prefix=GENERIC
// RUN: letgrad-opt %s -mlir-print-debuginfo -mlir-disable-threading=true | filecheck %s --check-prefix=DEBUG
// RUN: letgrad-opt %s -mlir-elide-elementsattrs-if-larger=2 | filecheck %s --check-prefix=ELIDE
// RUN: letgrad-opt %s -mlir-print-elementsattrs-with-hex-if-larger=2 | filecheck %s --check-prefix=HEX
// RUN: letgrad-opt %s -mlir-timing -mlir-timing-display=list -o /dev/null 2>&1 | filecheck %s --check-prefix=TIMING
// RUN: letgrad-opt %s -canonicalize -mlir-pass-statistics -o /dev/null 2>&1 | filecheck %s --check-prefix=STATISTICS
// RUN: letgrad-opt %s -cse -canonicalize -debug-only=canonicalize -o /dev/null 2>&1 | filecheck %s --check-prefix=TRACE
// RUN: letgrad-opt %s -cse -canonicalize -debug-only=cse 2>&1 | filecheck %s --check-prefix=NOTRACE
// RUN: letgrad-opt %s --canonicalize="disable-patterns=MultiplyByOne" -o - | filecheck %s --check-prefix=WITHOUT
// RUN: not letgrad-opt %s --emit-bytecode 2>&1 | filecheck %s --check-prefix=BYTECODE
// RUN: letgrad-opt %s --verify-roundtrip -verify-each=false -allow-unregistered-dialect | filecheck %s --check-prefix=ELEMENTS
// RUN: letgrad-opt %s -split-input-file=false | filecheck %s --check-prefix=ELEMENTS
// RUN: letgrad-opt %s --split-input-file='// cut here' --output-split-marker='// and here' | filecheck %s --check-prefix=CUT
// RUN: letgrad-opt --load-pass-plugin=%S/Inputs/plugin.py %s --count-ops='of=math' 2>&1 | filecheck %s --check-prefix=PLUGIN
// RUN: not letgrad-opt --load-pass-plugin=%S/Inputs/nothing.py %s 2>&1 | filecheck %s --check-prefix=NOPLUGIN
// RUN: letgrad-opt --help | filecheck %s --check-prefix=HELP
// GENERIC:     "func.func"()
// DEBUG:       loc("
// ELIDE:       dense_resource<__elided__> : tensor<3xf64>
// ELEMENTS:    dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// HEX:         dense<"0x{{[0-9A-F]+}}"> : tensor<3xf64>
// TIMING:      timing, in seconds:
// STATISTICS:  MultiplyByOne
// TRACE:       trace: MultiplyByOne
// NOTRACE-NOT: trace:
// NOTRACE:     func.func
// WITHOUT:     arith.mulf
// BYTECODE:    letgrad-opt: error: --emit-bytecode: letgrad-opt writes text only
// CUT:         @f
// CUT:         // and here
// CUT:         @g
// PLUGIN:      math: 2
// NOPLUGIN:    error: cannot load the plugin {{.*}}nothing.py
// HELP:        --split-input-file
// HELP:        passes, each of which is a flag too:
// HELP:        canonicalize
// HELP:        options: {{.*}}max_iterations: int = -1

// CHECK-LABEL: func.func @f
// CHECK-NEXT:    %[[s:.*]] = math.sin %x
// CHECK-NEXT:    %[[r:.*]] = arith.addf %[[s]], %[[s]]
// CHECK-NEXT:    return %[[r]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %s = math.sin %x : f64
  %t = math.sin %x : f64
  %u = arith.mulf %t, %one : f64
  %r = arith.addf %s, %u : f64
  return %r : f64
}
// cut here
func.func @g() -> tensor<3xf64> {
  %c = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf64>
  return %c : tensor<3xf64>
}
