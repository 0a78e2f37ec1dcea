"""
Vectors, and views of memory, at the edges: elements outside, masks, orders of dimensions, other
element types, strides that the program computes. Each value is that of NumPy, on the reference and
in machine code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.tools import source
from letgrad.tools.programs import new_context

X = np.random.default_rng(0).random((3, 4))
V = np.arange(6.0).reshape(2, 3)
ONE, MASK = np.int64(1), np.array([True, False, True])
CASES: dict[str, tuple[str, tuple[Any, ...], list[Any]]] = {}


def case(name: str, signature: str, body: str, given: tuple[Any, ...], *wanted: Any) -> None:
    CASES[name] = (f"func.func @f{signature} {{\n{body}\n}}", given, list(wanted))


def changed(x: np.ndarray, at: Any, part: Any) -> np.ndarray:
    y = x.copy()
    y[at] = part
    return y


TURNED = "permutation_map = affine_map<(a, b) -> (b, a)>"
case(
    "a read in another order",
    "(%x: memref<3x4xf64>, %i: index) -> vector<2x3xf64>",
    f"""%z = arith.constant 0.0 : f64
    %c0 = arith.constant 0 : index
    %v = vector.transfer_read %x[%c0, %i], %z {{in_bounds = [true, true], {TURNED}}}
      : memref<3x4xf64>, vector<2x3xf64>
    return %v : vector<2x3xf64>""",
    (X, ONE),
    X[:, 1:3].T,
)
for place, part in ((1, V.T), (3, V.T[:, :1])):
    case(
        f"a write in another order from column {place} on",
        "(%x: memref<3x4xf64>, %v: vector<2x3xf64>, %i: index)",
        f"""%c0 = arith.constant 0 : index
        vector.transfer_write %v, %x[%c0, %i] {{{TURNED}}} : vector<2x3xf64>, memref<3x4xf64>
        return""",
        (X, V, np.int64(place)),
        changed(X, (slice(None), slice(place, place + 2)), part),
    )
case(
    "masks",
    "(%x: memref<3x4xf64>, %m: vector<3xi1>, %v: vector<3xf64>, %i: index) -> vector<3xf64>",
    """%a = vector.maskedload %x[%i, %i], %m, %v
      : memref<3x4xf64>, vector<3xi1>, vector<3xf64> into vector<3xf64>
    vector.maskedstore %x[%i, %i], %m, %v : memref<3x4xf64>, vector<3xi1>, vector<3xf64>
    return %a : vector<3xf64>""",
    (X, MASK, V[1], ONE),
    np.where(MASK, X[1, 1:], V[1]),
    changed(X, (1, slice(1, None)), np.where(MASK, V[1], X[1, 1:])),
)
for element, dtype in (("f64", np.float64), ("f32", np.float32), ("f16", np.float16)):
    case(
        f"reductions of {element}",
        f"(%v: vector<4x{element}>) -> ({element}, {element}, {element})",
        f"""%a = vector.reduction <mul>, %v : vector<4x{element}> into {element}
        %b = vector.reduction <minnumf>, %v : vector<4x{element}> into {element}
        %c = vector.reduction <maximumf>, %v, %b : vector<4x{element}> into {element}
        return %a, %b, %c : {element}, {element}, {element}""",
        (np.arange(1, 5).astype(dtype),),
        24,
        1,
        4,
    )
case(
    "reductions of integers",
    "(%v: vector<4xi32>) -> (i32, i32, i32, i32, i32)",
    """%a = vector.reduction <maxui>, %v : vector<4xi32> into i32
    %b = vector.reduction <xor>, %v : vector<4xi32> into i32
    %c = vector.reduction <and>, %v : vector<4xi32> into i32
    %d = vector.reduction <add>, %v, %a : vector<4xi32> into i32
    %e = vector.reduction <minsi>, %v : vector<4xi32> into i32
    return %a, %b, %c, %d, %e : i32, i32, i32, i32, i32""",
    (np.array([3, -1, 7, 2], np.int32),),
    -1,
    3 ^ -1 ^ 7 ^ 2,
    3 & -1 & 7 & 2,
    10,
    -1,
)
case(
    "places that the program computes",
    "(%v: vector<2x3xf64>, %i: index) -> (vector<3xf64>, f64, vector<2x3xf64>)",
    """%a = vector.extract %v[%i] : vector<3xf64> from vector<2x3xf64>
    %b = vector.extract %v[%i, 2] : f64 from vector<2x3xf64>
    %c = vector.insert %b, %v[0, %i] : f64 into vector<2x3xf64>
    return %a, %b, %c : vector<3xf64>, f64, vector<2x3xf64>""",
    (V, ONE),
    V[1],
    V[1, 2],
    changed(V, (0, 1), V[1, 2]),
)
case(
    "a contraction to the greatest product",
    "(%v: vector<2x3xf64>, %w: vector<3xf64>, %z: vector<2xf64>) -> vector<2xf64>",
    """%r = vector.contract {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                       affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"], kind = #vector.kind<maximumf>}
      %v, %w, %z : vector<2x3xf64>, vector<3xf64> into vector<2xf64>
    return %r : vector<2xf64>""",
    (V, np.array([1.0, 2.0, -3.0]), np.array([0.0, 100.0])),
    np.maximum((V * [1, 2, -3]).max(1), [0, 100]),
)
case(
    "vectors of rank 0",
    "(%x: vector<f64>) -> (f64, vector<2xf64>)",
    """%c = arith.constant dense<2.0> : vector<f64>
    %y = arith.mulf %x, %c : vector<f64>
    %a = vector.extractelement %y[] : vector<f64>
    %b = vector.broadcast %y : vector<f64> to vector<2xf64>
    return %a, %b : f64, vector<2xf64>""",
    (3.0,),
    6,
    [6, 6],
)
case(
    "a stride that the program computes",
    "(%x: memref<8xf64>, %s: index) -> f64",
    """%v = memref.reinterpret_cast %x to offset: [0], sizes: [2], strides: [%s]
      : memref<8xf64> to memref<2xf64, strided<[?]>>
    %y = memref.alloc() : memref<2xf64>
    memref.copy %v, %y : memref<2xf64, strided<[?]>> to memref<2xf64>
    %a = affine.load %y[1] : memref<2xf64>
    return %a : f64""",
    (np.arange(8.0), np.int64(3)),
    3,
)
case(
    "a copy into a view with strides",
    "(%x: memref<8xf64>, %y: memref<2x2xf64>, %k: index)",
    """%v = memref.reinterpret_cast %x to offset: [%k], sizes: [2, 2], strides: [1, 3]
      : memref<8xf64> to memref<2x2xf64, strided<[1, 3], offset: ?>>
    memref.copy %y, %v : memref<2x2xf64> to memref<2x2xf64, strided<[1, 3], offset: ?>>
    return""",
    (np.arange(8.0), np.array([[10.0, 11], [12, 13]]), np.int64(2)),
    [0, 1, 10, 12, 4, 11, 13, 7],
)
# MLIR counts the offset from the first element of the memory, and not of the view.
case(
    "a cast of a view",
    "(%x: memref<8xf64>) -> f64",
    """%s = memref.subview %x[4] [2] [1]
      : memref<8xf64> to memref<2xf64, strided<[1], offset: 4>>
    %v = memref.reinterpret_cast %s to offset: [1], sizes: [2], strides: [1]
      : memref<2xf64, strided<[1], offset: 4>> to memref<2xf64, strided<[1], offset: 1>>
    %a = affine.load %v[0] : memref<2xf64, strided<[1], offset: 1>>
    return %a : f64""",
    (np.arange(8.0),),
    1,
)
case(
    "bytes that a loop writes",
    "(%x: f64, %n: index) -> f64",
    """%c0 = arith.constant 0 : index
    %b = memref.alloc() : memref<16xi8>
    %w = memref.view %b[%c0][] : memref<16xi8> to memref<2xf64>
    affine.store %x, %w[1] : memref<2xf64>
    affine.for %i = 0 to %n {
      %v = memref.view %b[%c0][] : memref<16xi8> to memref<2xf64>
      %a = affine.load %v[1] : memref<2xf64>
      %d = arith.mulf %a, %x : f64
      affine.store %d, %v[1] : memref<2xf64>
    }
    %a = affine.load %w[1] : memref<2xf64>
    return %a : f64""",
    (2.0, np.int64(3)),
    16,
)


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    text, given, wanted = CASES[name]
    module = source.parse(new_context(), text, "f.mlir")
    module.verify()
    convert(module)
    module.verify()
    for backend in ("numpy", "cpu"):
        found = backends.compile(backend, module.clone(), "f")(*given)
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(a, np.float64), b, rtol=1e-3)
