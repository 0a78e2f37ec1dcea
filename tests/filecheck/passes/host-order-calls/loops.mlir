// RUN: letgrad-opt %s --host-order-calls --disable-verify | filecheck %s

// A loop carries the count of calls.
// CHECK-LABEL: func.func @scan(
// CHECK-NEXT:    %[[N:.*]] = host.begin
// CHECK-NEXT:    %[[M:.*]] = host.ordered_call "f" 1(%[[N]], %a) : (i64, f64) -> i64
// CHECK-NEXT:    %r, %[[K:.*]], %rs = ten.scan [3] (%{{.*}} = %a : f64, %[[I:.*]] = %[[M]] : i64) over (%{{.*}} = %xs : tensor<3xf64>) -> (f64, i64, tensor<3xf64>) {
// CHECK-NEXT:      %[[J:.*]], %y = host.ordered_call "g" 2(%[[I]], %c) : (i64, f64) -> (i64, f64)
// CHECK-NEXT:      ten.yield %y, %[[J]], %x : f64, i64, f64
// CHECK-NEXT:    }
// CHECK-NEXT:    host.end %[[K]] : i64
func.func @scan(%a: f64, %xs: tensor<3xf64>) -> (f64, tensor<3xf64>) {
  host.call "f" 1 (%a) : (f64) -> ()
  %r, %rs = ten.scan [3] (%c = %a : f64) over (%x = %xs : tensor<3xf64>) -> (f64, tensor<3xf64>) {
    %y = host.call "g" 2 (%c) : (f64) -> f64
    ten.yield %y, %x : f64, f64
  }
  func.return %r, %rs : f64, tensor<3xf64>
}

// CHECK-LABEL: func.func @while(
// CHECK:         %{{.*}}, %[[K:.*]] = ten.while (%{{.*}} = %a : f64, %{{.*}} = %{{.*}} : i64)
// CHECK:         host.ordered_call "f" 1
// CHECK:         host.end %[[K]] : i64
func.func @while(%a: f64) -> f64 {
  %r = ten.while (%c = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %c, %a : f64
    ten.yield %go : i1
  } do (%c) {
    host.call "f" 1 (%c) : (f64) -> ()
    ten.yield %c : f64
  }
  func.return %r : f64
}

// A branch without calls gives the count as it was.
// CHECK-LABEL: func.func @if(
// CHECK-NEXT:    %[[N:.*]] = host.begin
// CHECK-NEXT:    %[[K:.*]] = scf.if %c -> (i64) {
// CHECK-NEXT:      %[[M:.*]] = host.ordered_call "f" 1(%[[N]], %a)
// CHECK-NEXT:      scf.yield %[[M]] : i64
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %[[N]] : i64
// CHECK-NEXT:    }
// CHECK-NEXT:    host.end %[[K]] : i64
func.func @if(%c: i1, %a: f64) {
  scf.if %c {
    host.call "f" 1 (%a) : (f64) -> ()
  }
  func.return
}

// A call that is the same for all indices happens once.
// CHECK-LABEL: func.func @build(
// CHECK:         host.ordered_call "f" 1
// CHECK-NEXT:    ten.build
// CHECK-NOT:     host.ordered_call
func.func @build(%a: f64) -> tensor<3xf64> {
  %y = ten.build [3] (%i) : tensor<3xf64> {
    %z = math.sin %a : f64
    host.call "f" 1 (%z) : (f64) -> ()
    ten.yield %z : f64
  }
  func.return %y : tensor<3xf64>
}

// Without a loop, calls have effects.
// CHECK-LABEL: func.func @no_region_stays(
// CHECK-NEXT:    host.call "f" 1
func.func @no_region_stays(%a: f64) {
  host.call "f" 1 (%a) : (f64) -> ()
  func.return
}
