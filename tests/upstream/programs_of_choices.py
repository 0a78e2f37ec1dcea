"""
Programs that decide while they run which memory a value names: choices, buffers that a loop
exchanges, and memory that a branch or a turn allocates and gives on.
"""

from __future__ import annotations

import numpy as np

from .programs import program


@program(
    """
func.func @f(%x: memref<3xf64>, %y: memref<3xf64>, %c: i1) -> f64 {
  %m = arith.select %c, %x, %y : memref<3xf64>
  %i = arith.constant 1 : index
  %v = memref.load %m[%i] : memref<3xf64>
  %p = arith.mulf %v, %v : f64
  memref.store %p, %m[%i] : memref<3xf64>
  %s = memref.subview %m[1] [2] [1] : memref<3xf64> to memref<2xf64, strided<[1], offset: 1>>
  linalg.map ins(%s : memref<2xf64, strided<[1], offset: 1>>)
    outs(%s : memref<2xf64, strided<[1], offset: 1>>)
    (%e: f64) { %d = math.sin %e : f64  linalg.yield %d : f64 }
  %w = memref.load %x[%i] : memref<3xf64>
  %r = arith.addf %p, %w : f64
  return %r : f64
}""",
    0,
)
def one_of_two_arguments(x, y, c):
    x, y = x.copy(), y.copy()
    m = x if c else y
    p = m[1] ** 2
    m[1] = p
    m[1:] = np.sin(m[1:])
    return [p + x[1], x, y]


@program(
    """
func.func @f(%x: memref<5xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %half = arith.constant 0.5 : f64
  %b = memref.alloc() : memref<5xf64>
  memref.copy %x, %b : memref<5xf64> to memref<5xf64>
  %r:2 = scf.for %t = %c0 to %n step %c1 iter_args(%p = %x, %q = %b)
      -> (memref<5xf64>, memref<5xf64>) {
    scf.for %i = %c1 to %c4 step %c1 {
      %l = arith.subi %i, %c1 : index
      %u = arith.addi %i, %c1 : index
      %a = memref.load %p[%l] : memref<5xf64>
      %c = memref.load %p[%u] : memref<5xf64>
      %s = arith.addf %a, %c : f64
      %h = arith.mulf %s, %half : f64
      memref.store %h, %q[%i] : memref<5xf64>
    }
    scf.yield %q, %p : memref<5xf64>, memref<5xf64>
  }
  %c2 = arith.constant 2 : index
  %v = memref.load %r#0[%c2] : memref<5xf64>
  return %v : f64
}""",
    4,
)
def buffers_that_a_loop_exchanges(x, n):
    x = x.copy()
    p, q = x, x.copy()
    for _ in range(n):
        for i in range(1, 4):
            q[i] = 0.5 * (p[i - 1] + p[i + 1])
        p, q = q, p
    return [p[2], x]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %t = %c0 to %n step %c1 iter_args(%p = %x) -> memref<3xf64> {
    %q = memref.alloc() : memref<3xf64>
    scf.for %i = %c0 to %c3 step %c1 {
      %a = memref.load %p[%i] : memref<3xf64>
      %c = arith.mulf %a, %a : f64
      memref.store %c, %q[%i] : memref<3xf64>
    }
    scf.yield %q : memref<3xf64>
  }
  %v = memref.load %r[%c1] : memref<3xf64>
  return %v : f64
}""",
    3,
)
def a_new_buffer_in_each_turn(x, n):
    x = x.copy()
    return [x[1] ** (2**n)]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c1 = arith.constant 1 : index
  %c = arith.cmpi sgt, %n, %c1 : index
  %m = scf.if %c -> memref<3xf64> {
    %q = memref.alloc() : memref<3xf64>
    %a = memref.load %x[%c1] : memref<3xf64>
    %b = arith.mulf %a, %a : f64
    memref.store %b, %q[%c1] : memref<3xf64>
    scf.yield %q : memref<3xf64>
  } else {
    scf.yield %x : memref<3xf64>
  }
  %v = memref.load %m[%c1] : memref<3xf64>
  %w = arith.mulf %v, %v : f64
  memref.store %w, %m[%c1] : memref<3xf64>
  %z = memref.load %x[%c1] : memref<3xf64>
  %s = arith.addf %z, %w : f64
  return %s : f64
}""",
    2,
)
def memory_that_a_branch_allocates(x, n):
    x = x.copy()
    if n > 1:
        m = np.zeros(3)
        m[1] = x[1] ** 2
    else:
        m = x
    m[1] = m[1] ** 2
    return [x[1] + m[1], x]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = memref.alloc() : memref<3xf64>
  cf.br ^head(%c0, %x, %b : index, memref<3xf64>, memref<3xf64>)
^head(%i: index, %p: memref<3xf64>, %q: memref<3xf64>):
  %go = arith.cmpi slt, %i, %n : index
  cf.cond_br %go, ^body, ^end
^body:
  %a = memref.load %p[%c1] : memref<3xf64>
  %s = math.sin %a : f64
  memref.store %s, %q[%c1] : memref<3xf64>
  %j = arith.addi %i, %c1 : index
  cf.br ^head(%j, %q, %p : index, memref<3xf64>, memref<3xf64>)
^end:
  %v = memref.load %p[%c1] : memref<3xf64>
  return %v : f64
}""",
    3,
)
def buffers_that_blocks_exchange(x, n):
    x = x.copy()
    p, q = x, np.zeros(3)
    for _ in range(n):
        q[1] = np.sin(p[1])
        p, q = q, p
    return [p[1], x]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %big = arith.constant 3.0 : f64
  %b = memref.alloc() : memref<3xf64>
  cf.br ^head(%c0, %x, %b : index, memref<3xf64>, memref<3xf64>)
^head(%i: index, %p: memref<3xf64>, %q: memref<3xf64>):
  %go = arith.cmpi slt, %i, %n : index
  cf.cond_br %go, ^body, ^end(%p: memref<3xf64>)
^body:
  %a = memref.load %p[%c1] : memref<3xf64>
  %s = arith.addf %a, %a : f64
  memref.store %s, %q[%c1] : memref<3xf64>
  %j = arith.addi %i, %c1 : index
  %g = arith.cmpf ogt, %s, %big : f64
  cf.cond_br %g, ^end(%q: memref<3xf64>), ^head(%j, %q, %p : index, memref<3xf64>, memref<3xf64>)
^end(%r: memref<3xf64>):
  %v = memref.load %r[%c1] : memref<3xf64>
  return %v : f64
}""",
    3,
)
def exchanged_buffers_with_two_exits(x, n):
    x = x.copy()
    p, q = x, np.zeros(3)
    for _ in range(n):
        q[1] = 2 * p[1]
        if q[1] > 3:
            return [q[1], x]
        p, q = q, p
    return [p[1], x]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %z = memref.alloc() : memref<3xf64>
  %r:2 = scf.for %t = %c0 to %n step %c1 iter_args(%p = %x, %pp = %z)
      -> (memref<3xf64>, memref<3xf64>) {
    %q = memref.alloc() : memref<3xf64>
    scf.for %i = %c0 to %c3 step %c1 {
      %a = memref.load %p[%i] : memref<3xf64>
      %b = memref.load %pp[%i] : memref<3xf64>
      %c = arith.addf %a, %b : f64
      memref.store %c, %q[%i] : memref<3xf64>
    }
    scf.yield %q, %p : memref<3xf64>, memref<3xf64>
  }
  %v = memref.load %r#0[%c1] : memref<3xf64>
  %w = memref.load %r#1[%c1] : memref<3xf64>
  %y = arith.divf %v, %w : f64
  return %y : f64
}""",
    4,
)
def the_last_two_buffers(x, n):
    x = x.copy()
    p, before = x, np.zeros(3)
    for _ in range(n):
        p, before = p + before, p
    return [p[1] / before[1]]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %t = %c0 to %n step %c1 iter_args(%p = %x) -> memref<3xf64> {
    %m = arith.remsi %t, %c2 : index
    %even = arith.cmpi eq, %m, %c0 : index
    %a = memref.load %p[%c1] : memref<3xf64>
    %o = scf.if %even -> memref<3xf64> {
      %q = memref.alloc() : memref<3xf64>
      %b = math.sin %a : f64
      memref.store %b, %q[%c1] : memref<3xf64>
      scf.yield %q : memref<3xf64>
    } else {
      scf.yield %p : memref<3xf64>
    }
    %d = memref.load %o[%c1] : memref<3xf64>
    %e = arith.addf %d, %a : f64
    memref.store %e, %o[%c1] : memref<3xf64>
    scf.yield %o : memref<3xf64>
  }
  %v = memref.load %r[%c1] : memref<3xf64>
  %w = memref.load %x[%c1] : memref<3xf64>
  %y = arith.addf %v, %w : f64
  return %y : f64
}""",
    4,
)
def a_new_buffer_in_some_turns(x, n):
    x = x.copy()
    p = x
    for t in range(n):
        a = p[1]
        if t % 2 == 0:
            p = np.zeros(3)
            p[1] = np.sin(a)
        p[1] += a
    return [p[1] + x[1], x]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %big = arith.constant 3.0 : f64
  cf.br ^head(%c0, %x : index, memref<3xf64>)
^head(%i: index, %p: memref<3xf64>):
  %go = arith.cmpi slt, %i, %n : index
  cf.cond_br %go, ^body, ^end(%p: memref<3xf64>)
^body:
  %q = memref.alloc() : memref<3xf64>
  %o = memref.load %q[%c1] : memref<3xf64>
  %a = memref.load %p[%c1] : memref<3xf64>
  %s0 = arith.addf %a, %a : f64
  %s = arith.addf %s0, %o : f64
  memref.store %s, %q[%c1] : memref<3xf64>
  %a2 = memref.load %p[%c1] : memref<3xf64>
  memref.store %a2, %q[%c0] : memref<3xf64>
  %j = arith.addi %i, %c1 : index
  %g = arith.cmpf ogt, %s, %big : f64
  cf.cond_br %g, ^end(%q: memref<3xf64>), ^head(%j, %q : index, memref<3xf64>)
^end(%r: memref<3xf64>):
  %v = memref.load %r[%c1] : memref<3xf64>
  %w = memref.load %r[%c0] : memref<3xf64>
  %y = arith.addf %v, %w : f64
  return %y : f64
}""",
    3,
)
def new_buffers_with_two_exits(x, n):
    x = x.copy()
    p = x
    for _ in range(n):
        q = np.array([p[1], 2 * p[1], 0])
        p = q
        if q[1] > 3:
            break
    return [p[1] + p[0]]


@program(
    """
func.func @f(%x: memref<3xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = memref.alloc() : memref<3xf64>
  %r:2 = scf.while (%p = %x, %pp = %z, %t = %c0) :
      (memref<3xf64>, memref<3xf64>, index)
      -> (memref<3xf64>, memref<3xf64>) {
    %go = arith.cmpi slt, %t, %n : index
    scf.condition(%go) %p, %pp : memref<3xf64>, memref<3xf64>
  } do {
  ^bb0(%p: memref<3xf64>, %pp: memref<3xf64>):
    %a = memref.load %p[%c1] : memref<3xf64>
    %b = memref.load %pp[%c1] : memref<3xf64>
    %c = arith.addf %a, %b : f64
    memref.store %c, %pp[%c1] : memref<3xf64>
    %k = memref.load %p[%c0] : memref<3xf64>
    %q = memref.alloc() : memref<3xf64>
    memref.copy %pp, %q : memref<3xf64> to memref<3xf64>
    scf.yield %q, %p, %n : memref<3xf64>, memref<3xf64>, index
  }
  %v = memref.load %r#0[%c1] : memref<3xf64>
  %w = memref.load %r#1[%c1] : memref<3xf64>
  %y = arith.mulf %v, %w : f64
  return %y : f64
}""",
    3,
)
def a_copy_of_the_older_buffer(x, n):
    x = x.copy()
    return [x[1] ** 2, x]


@program(
    """
func.func private @square(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  return %y : f64
}
func.func private @cube(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  %z = arith.mulf %y, %x : f64
  return %z : f64
}
func.func private @twice(%g: (f64) -> f64, %x: f64) -> f64 {
  %y = call_indirect %g(%x) : (f64) -> f64
  %z = call_indirect %g(%y) : (f64) -> f64
  return %z : f64
}
func.func @f(%x: f64, %c: i1, %d: i1) -> f64 {
  %a = constant @square : (f64) -> f64
  %b = func.constant @cube : (f64) -> f64
  %g = arith.select %c, %a, %b : (f64) -> f64
  %h = scf.if %d -> ((f64) -> f64) {
    scf.yield %g : (f64) -> f64
  } else {
    scf.yield %b : (f64) -> f64
  }
  %y = call @twice(%g, %x) : ((f64) -> f64, f64) -> f64
  %z = func.call_indirect %h(%y) : (f64) -> f64
  return %z : f64
}""",
    1,
    0,
)
def functions_as_values(x, c, d):
    g = 2 if c else 3
    h = g if d else 3
    return [x ** (g * g * h)]
