// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

// expected-error@+2 {{'ten.yield' expects parent op to be one of 'ten.gather', 'ten.scatter', 'ten.build'}}
func.func @outside(%i: index) {
  ten.yield %i : index
}
