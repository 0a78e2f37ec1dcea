// RUN: letgrad-opt --list-passes | filecheck %s --check-prefix=PASSES
// RUN: letgrad-opt --show-dialects | filecheck %s --check-prefix=DIALECTS
// RUN: letgrad-opt --help | filecheck %s --check-prefix=HELP
// RUN: letgrad-opt --version | filecheck %s --check-prefix=VERSION
// RUN: not letgrad-opt --nosuch 2>&1 | filecheck %s --check-prefix=FLAG

// PASSES:      canonicalize
// PASSES-NEXT:   Applies all canonicalization patterns and folds, and removes dead ops.
// PASSES:      cse
// PASSES:      ten-scalarize
// PASSES-NEXT:   Turns rank-0 tensors into scalars.
// DIALECTS:    arith
// DIALECTS:    ten
// HELP:        --split-input-file
// VERSION:     letgrad-opt {{[0-9.]+}} (xdsl {{[0-9.]+}})
// FLAG:        letgrad-opt: error: unrecognized arguments: --nosuch (letgrad-opt --help lists the options)
// FLAG-NOT:    {{.}}
