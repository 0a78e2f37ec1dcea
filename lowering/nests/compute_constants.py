"""
Compute tables where they are read: `ten-compute-constants`.

Needs:   no `ten.build` or delta terms.
Leaves:  no table of more than `few` elements under elementwise ops, if a rule below gives it.
Keeps:   the value, bit for bit: a rule fires only if NumPy computes the same bits.
Ends:    one visit to each constant.

A trace has such tables where the user's function called NumPy on known arrays: `np.arange`,
`np.tri`, a comparison of two ranges. A nest would read the table from memory, and the table would
travel with the program. The rules look at the numbers, and not at the origin of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, i32, i64
from xdsl.ir import SSAValue, Use
from xdsl.passes import ModulePass

from ...dialects import arrays, ten, types
from ...dialects.walking import ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from .body_builder import is_elementwise

FEW = 64
"""
By default a table with at most so many elements stays. To read it takes less than to compute it,
where it stays in a cache; so the number depends on the backend.
"""

Make = Callable[[Emitter], SSAValue]


@dataclass(frozen=True)
class Found:
    """A rule that gives a table."""

    rule: str
    make: Make
    """Emits the ops."""


@dataclass(frozen=True)
class ComputeConstantsPass(ModulePass):
    """
    Replaces tables by the ops that compute them, where a nest reads them.

    Example:

        >>> mask = np.tri(16, dtype=bool)
        >>> module = lg.trace(lambda x: np.where(mask, x, 0.0), lg.spec((16, 16)))
        >>> ComputeConstantsPass().apply(ctx, module)
        >>> sum(op.name == "ten.iota" for op in module.walk())
        2
    """

    name = "ten-compute-constants"

    few: int = FEW
    """A table with at most so many elements stays."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(ops_in(op)):
            if isinstance(inner, arith.ConstantOp):
                _compute(inner, self.few)


def _compute(op: arith.ConstantOp, few: int) -> None:
    if not isinstance(op.value, DenseIntOrFPElementsAttr) or types.size(op.result.type) <= few:
        return
    if not types.is_element(types.element(op.result.type)) or types.is_splat(op.value):
        return
    uses = [use for use in op.result.uses if _is_read_by_a_nest(use)]
    if not uses:
        return
    found = rule_for(np.asarray(arrays.constant_array(op)))
    if found is None:
        return
    value = found.make(Emitter.before(op).derived(op, found.rule))
    if value.type != op.result.type:
        value = Emitter.before(op).derived(op, found.rule)(
            ten.CastOp(value, types.element(op.result.type))
        )
    for use in uses:
        use.operation.operands[use.index] = value
    count(found.rule)
    remarks.passed(
        "ten-compute-constants", found.rule, op, lambda: "computed where it is read, not stored"
    )
    if not op.result.uses:
        op.detach()
        op.erase()


MOVES = (ten.BroadcastOp, ten.ReshapeOp, ten.TransposeOp, ten.SliceOp, ten.ReverseOp)


def _is_read_by_a_nest(use: Use) -> bool:
    """
    Whether the reader computes element by element. Another reader would need the table in memory,
    and each call would write it there.
    """
    op = use.operation
    if isinstance(op, ten.SumOp | ten.ReduceOp) or (is_elementwise(op) and op.results):
        return True
    return isinstance(op, MOVES) and all(map(_is_read_by_a_nest, op.results[0].uses))


def rule_for(table: np.ndarray) -> Found | None:
    """The rule that gives a table, or a table with fewer dimensions that it repeats."""
    if table.dtype.kind == "c" or not table.size:
        return None
    whole, same = np.ascontiguousarray(table), []
    bits = whole if whole.dtype.kind == "b" else whole.view(f"u{whole.dtype.itemsize}")
    for d in range(table.ndim):
        first = bits.take([0], axis=d)
        if np.array_equal(bits, np.broadcast_to(first, bits.shape)):
            same.append(d)
            bits, whole = first, whole.take([0], axis=d)
    core = whole.reshape([n for d, n in enumerate(table.shape) if d not in same])
    found = next((f for rule in RULES if (f := rule(core)) is not None), None)
    if not same:
        return found
    if found is None and all(table.shape[d] == 1 for d in same):
        return None
    if found is None:
        dtype = arrays.element_type(core.dtype)
        found = Found(
            "repeat", lambda e: e(arrays.constant(core, types.of_shape(core.shape, dtype)))
        )
    inner = found
    return Found(
        inner.rule,
        lambda e: e(ten.BroadcastOp(inner.make(e), same, table.shape)),
    )


def _equal(made: np.ndarray, table: np.ndarray) -> bool:
    return made.dtype == table.dtype and made.tobytes() == table.tobytes()


def affine(table: np.ndarray) -> Found | None:
    """
    table[i…] = a + Σ b_d i_d  →  that sum, of `ten.iota`

    Reads no memory.
    Requires: whole numbers whose sums fit in 64 bits; or one dimension of floats, and no rounding
    that differs.
    """
    if table.dtype.kind == "b" or not table.ndim or table.size <= FEW:
        return None
    if table.dtype.kind in "iu":
        return _affine_integers(table)
    with np.errstate(all="ignore"):
        whole = table.astype(np.int64)
        is_whole = _equal(whole.astype(table.dtype), table) and np.abs(whole).max() <= _EXACT
    found = _affine_integers(whole) if is_whole else None
    if found is None:
        return _affine_floats(table)
    element = arrays.element_type(table.dtype)
    return Found(found.rule, lambda e: e(ten.CastOp(found.make(e), element)))


_EXACT = 1 << 53
"""All integers up to this one are numbers of float64."""


def _affine_integers(table: np.ndarray) -> Found | None:
    start = int(table.flat[0])
    slopes = []
    for d, n in enumerate(table.shape):
        at = tuple(int(k == d) for k in range(table.ndim))
        slopes.append(int(table[at]) - start if n > 1 else 0)
    reach = abs(start) + sum(abs(s) * (n - 1) for s, n in zip(slopes, table.shape))
    if reach >= 1 << 62:
        return None
    made = np.full(table.shape, start, np.int64)
    for d, (s, n) in enumerate(zip(slopes, table.shape)):
        made += (s * np.arange(n)).reshape([n if k == d else 1 for k in range(table.ndim)])
    if not np.array_equal(made, table):
        return None
    kind = types.of_shape(table.shape, i32 if reach < 1 << 31 else i64)

    def make(e: Emitter) -> SSAValue:
        total: SSAValue | None = None
        for d, s in enumerate(slopes):
            if s:
                part = e(ten.IotaOp(d, kind))
                part = part if s == 1 else e(arith.MuliOp(part, e.constant(s, kind)))
                total = part if total is None else e(arith.AddiOp(total, part))
        assert total is not None
        return total if not start else e(arith.AddiOp(total, e.constant(start, kind)))

    return Found("affine", make)


def _affine_floats(table: np.ndarray) -> Found | None:
    if table.ndim != 1:
        return None
    dtype = table.dtype
    with np.errstate(all="ignore"):
        start, slope = table[0], table[1] - table[0]
        if not np.isfinite(start) or not np.isfinite(slope):
            return None
        made = np.arange(len(table)).astype(dtype)
        if not np.array_equal(made.astype(np.float64), np.arange(len(table))):
            return None  # the numbers of the places are rounded
        made = made if slope == 1 else made * slope
        made = made if start == 0 else made + start
    if not _equal(made, table):
        return None
    if dtype.itemsize == 2:
        # A nest may compute 16-bit floats in 32 bits, and round only the result.
        wide = np.arange(len(table)) * float(slope) + float(start)
        if not np.array_equal(wide, table.astype(np.float64)):
            return None
    exact = float(slope), float(start)
    kind = types.of_shape(table.shape, arrays.element_type(dtype))

    def make(e: Emitter) -> SSAValue:
        value = e(ten.IotaOp(0, kind))
        value = value if exact[0] == 1 else e(arith.MulfOp(value, e.constant(exact[0], kind)))
        return value if exact[1] == 0 else e(arith.AddfOp(value, e.constant(exact[1], kind)))

    return Found("affine", make)


def box(table: np.ndarray) -> Found | None:
    """
    table[i…] = a if low_d <= i_d <= high_d for all d, else b  →  select(comparisons, a, b)

    Reads no memory.
    Requires: two values, one of them in one box.
    """
    two = _two_values(table)
    if two is None:
        return None
    for inside, a, b in two:
        places = np.nonzero(inside)
        limits = [(int(p.min()), int(p.max())) for p in places]
        if np.prod([high - low + 1 for low, high in limits]) != len(places[0]):
            continue
        kind = types.of_shape(table.shape, i32)

        def make(
            e: Emitter,
            limits: Sequence[tuple[int, int]] = limits,
            a: np.generic = a,
            b: np.generic = b,
            kind: types.Attribute = kind,
        ) -> SSAValue:
            tests = []
            for d, ((low, high), n) in enumerate(zip(limits, table.shape)):
                if (low, high) != (0, n - 1):
                    tests += _between(e, e(ten.IotaOp(d, kind)), low, high, 0, n - 1)
            return _chosen(e, tests, a, b)

        return Found("box", make)
    return None


def band(table: np.ndarray) -> Found | None:
    """
    table[i, j] = a if low <= j - i <= high, else b  →  select(comparisons, a, b)

    Triangles, diagonals and causal masks. Reads no memory.
    Requires: two values, one of them in one band.
    """
    if table.ndim != 2 or (two := _two_values(table)) is None:
        return None
    rows, columns = table.shape
    apart = np.arange(columns, dtype=np.int32)[None] - np.arange(rows, dtype=np.int32)[:, None]
    for inside, a, b in two:
        found = apart[inside]
        low, high = int(found.min()), int(found.max())
        if not np.array_equal((low <= apart) & (apart <= high), inside):
            continue
        kind = types.of_shape(table.shape, i32)

        def make(
            e: Emitter,
            low: int = low,
            high: int = high,
            a: np.generic = a,
            b: np.generic = b,
            kind: types.Attribute = kind,
        ) -> SSAValue:
            d = e(arith.SubiOp(e(ten.IotaOp(1, kind)), e(ten.IotaOp(0, kind))))
            return _chosen(e, _between(e, d, low, high, 1 - rows, columns - 1), a, b)

        return Found("band", make)
    return None


RULES: tuple[Callable[[np.ndarray], Found | None], ...] = (affine, box, band)


def _two_values(
    table: np.ndarray,
) -> list[tuple[np.ndarray, np.generic, np.generic]] | None:
    """The places of each of two values, with this value and the other; None for other tables."""
    if table.size <= FEW:
        return None
    bits = table if table.dtype.kind == "b" else table.view(f"u{table.dtype.itemsize}")
    first = bits == bits.flat[0]
    other = ~first
    if not other.any():
        return None
    k = int(np.argmax(other))
    if not np.array_equal(bits == bits.flat[k], other):
        return None
    a, b = table.flat[0], table.flat[k]
    if any(x != x and _differs_as_number(x) for x in (a, b)):
        return None
    found = [(other, b, a), (first, a, b)]
    # A truth that is chosen where it holds needs no negation.
    return found[::-1] if table.dtype.kind == "b" and a else found


def _differs_as_number(x: np.generic) -> bool:
    """Whether a NaN has other bits than the NaN that stands in an op."""
    return x.tobytes() != x.dtype.type(float(x)).tobytes()


def _between(e: Emitter, x: SSAValue, low: int, high: int, least: int, most: int) -> list[SSAValue]:
    """The comparisons for low <= x <= high, where least <= x <= most holds anyway."""
    if low == high:
        return [e(ten.CompareOp("eq", x, e.constant(low, x.type)))]
    tests = []
    if low > least:
        tests.append(e(ten.CompareOp("sge", x, e.constant(low, x.type))))
    if high < most:
        tests.append(e(ten.CompareOp("sle", x, e.constant(high, x.type))))
    return tests


def _chosen(e: Emitter, tests: Sequence[SSAValue], a: np.generic, b: np.generic) -> SSAValue:
    inside = tests[0]
    for test in tests[1:]:
        inside = e(arith.AndIOp(inside, test))
    if a.dtype.kind == "b":
        return inside if a else e(arith.XOrIOp(inside, e.constant(True, inside.type)))
    kind = types.of_shape(types.shape(inside.type), arrays.element_type(a.dtype))
    number = float if a.dtype.kind not in "iu" else int
    return e(
        ten.SelectOp(
            inside,
            e.constant(number(a), kind),
            e.constant(number(b), kind),
        )
    )
