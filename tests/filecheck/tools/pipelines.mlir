// RUN: letgrad-opt %s -p canonicalize,cse | filecheck %s
// RUN: letgrad-opt %s -p 'canonicalize, cse' | filecheck %s
// RUN: letgrad-opt %s -p canonicalize -p cse | filecheck %s
// RUN: letgrad-opt %s --passes=canonicalize,cse | filecheck %s
// RUN: letgrad-opt %s --pass-pipeline='builtin.module(canonicalize, cse)' --dump-pass-pipeline 2>&1 | filecheck %s --check-prefixes=DUMP,CHECK
// RUN: not letgrad-opt %s -p 'canonicalize, canonicalise' 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not letgrad-opt %s -p 'cse{deep=true}' 2>&1 | filecheck %s --check-prefix=OPTION
// RUN: not letgrad-opt %s -p 'canonicalize,cse}' 2>&1 | filecheck %s --check-prefix=MALFORMED
// RUN: not letgrad-opt %s -t nosuch 2>&1 | filecheck %s --check-prefix=TARGET

// UNKNOWN:       <pass-pipeline>:1:15: error: there is no pass 'canonicalise'; did you mean 'canonicalize'?
// UNKNOWN-NOT:   {{.}}
// OPTION:        <pass-pipeline>:1:1: error: pass cse has no option 'deep'; it has none
// OPTION-NOT:    {{.}}
// MALFORMED:     <pass-pipeline>:1:17: error: expected a comma or pass arguments here
// MALFORMED-NOT: {{.}}
// TARGET:        <target>:1:1: error: there is no target 'nosuch'
// TARGET-NOT:    {{.}}

// DUMP:        pass pipeline: canonicalize,cse
// CHECK-LABEL: func.func @twice
// CHECK-NEXT:    %[[sum:.*]] = arith.addf %x, %x
// CHECK-NEXT:    return %[[sum]], %[[sum]]
func.func @twice(%x : f64) -> (f64, f64) {
  %a = arith.addf %x, %x : f64
  %b = arith.addf %x, %x : f64
  %dead = arith.mulf %a, %b : f64
  func.return %a, %b : f64, f64
}
