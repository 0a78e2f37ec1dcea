// RUN: letgrad-opt --load-dialect-plugin=%S/Inputs/duals.py %s --store-own-types --split-input-file --verify-diagnostics

func.func @no_rule(%a: !duals.dual) {
  // expected-error@+1 {{duals.unknown has no rule in the table 'store'; add one with @store.rule(UnknownOp)}}
  duals.unknown %a : !duals.dual
  func.return
}

// -----

func.func @other_parts(%x: f32) -> !duals.dual {
  // expected-error@+1 {{the parts are f32, and the cast wants f64, f64}}
  %a = builtin.unrealized_conversion_cast %x : f32 to !duals.dual
  func.return %a : !duals.dual
}
