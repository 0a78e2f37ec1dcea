// RUN: letgrad-opt %s -t terms | filecheck %s

// CHECK: while = \a x -> while (h = a) h < x do \h -> h * h{{$}}
// CHECK-EMPTY:
func.func @while(%a: f64, %x: f64) -> f64 {
  %c = ten.while (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  func.return %c : f64
}

// CHECK-NEXT: limit_and_turns = \a x n ->
// CHECK-NEXT:   let c = while [9] (h = a) h < x do \h -> h * h{{$}}
// CHECK-NEXT:   in (c, scan [5] turns n reverse (h = c) do sin h)
func.func @limit_and_turns(%a: f64, %x: f64, %n: index) -> (f64, f64) {
  %c = ten.while limit 9 (%h = %a : f64) -> (f64) {
    %go = arith.cmpf olt, %h, %x : f64
    ten.yield %go : i1
  } do (%h) {
    %0 = arith.mulf %h, %h : f64
    ten.yield %0 : f64
  }
  %d = ten.scan [5] turns %n reverse (%h = %c : f64) -> (f64) {
    %0 = math.sin %h : f64
    ten.yield %0 : f64
  }
  func.return %c, %d : f64, f64
}
