// RUN: letgrad-opt %s --allow-unregistered-dialect --verify-diagnostics --split-input-file

// In a module's body, a use may stand before its definition.
module {
  %a = "net.relay"(%b) : (i8) -> i8
  %b = "net.source"() : () -> i8
}

// -----

// So it may in an unregistered op, also from a region inside; and an op may use what it gives.
func.func @unregistered(%x: i8) {
  "net.graph"() ({
    %a = "net.relay"(%b) ({
      "net.inner"(%b, %x) : (i8, i8) -> ()
    }) : (i8) -> i8
    %b = "net.relay"(%a) : (i8) -> i8
    %c = "net.relay"(%c) : (i8) -> i8
  }) : () -> ()
  func.return
}

// -----

// An op cannot read its own result inside of its regions.
func.func @own_result() {
  "net.graph"() ({
    // expected-note@+1 {{it is defined here}}
    %a = "net.relay"() ({
      // expected-error@+1 {{does not dominate its use}}
      "net.inner"(%a) : (i8) -> ()
    }) : () -> i8
  }) : () -> ()
  func.return
}

// -----

// The body of a function has an order.
func.func @body() {
  // expected-error@+1 {{operand #0 of net.relay does not dominate its use}}
  %a = "net.relay"(%b) : (i8) -> i8
  // expected-note@+1 {{it is defined here}}
  %b = "net.source"() : () -> i8
  func.return
}
