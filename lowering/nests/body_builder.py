"""
A loop nest under construction: its indices, in a form that shows their bounds, and the elements
that the nest has computed.

If possible, an index is a linear form over the loops: Σ coefficient · loop + constant. Equal forms
are one value. So if a nest needs an element twice at the same place, it computes the element once.
The bounds of forms are exact. So if a read cannot leave its tensor, the read has no guard.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from xdsl.dialects import arith
from xdsl.dialects.builtin import UNKNOWN_LOC, UnitAttr, i64
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import kernel, ten, types
from ...dialects.types import shape
from ...passes.rewriting.emitter import Emitter, made
from ...passes.rewriting.rule_tables import element
from ...passes.rewriting.selects import branch_of
from ...passes.sharing.copying import copy_op
from ...passes.simplify.index_maps.bounds import bounds_of_elements
from ...passes.simplify.index_maps.values import SAFE

Form = tuple[tuple[int, ...], int]
"""The coefficients of the loops, and the constant."""


Get = Callable[[SSAValue, Sequence[SSAValue]], SSAValue]
"""The element of a value at indices."""


class Box(NamedTuple):
    """All elements of a value as a box of a stored array."""

    array: SSAValue
    offsets: Sequence[int]
    strides: Sequence[int]


_IN_BOUNDS = UnitAttr()


class BodyBuilder:
    """
    The body of a nest over `loops`. `source(value)` says where elements of a value come from. It
    gives the value to load from: a tensor, or a scalar, which the body reads as it is. It gives
    None if the body computes the elements itself. The body loads the elements of values in `boxes`
    from these arrays.

    Example:

        >>> @element.rule(CubeOp)
        ... def cube_of_next(op, i, get, nest: BodyBuilder):
        ...     return get(op.x, [nest.affine(i[0], 1, 1)])
        >>> lg.jit(cube, backend="cpu")(np.array([5.0, 6.0]))
        array([6., 0.])
    """

    def __init__(
        self,
        loops: Sequence[int],
        source: Callable[[SSAValue], SSAValue | None],
        boxes: Mapping[SSAValue, Box] | None = None,
    ):
        self.loops = tuple(loops)
        self.source = source
        self.boxes = boxes or {}
        self.block = Block(arg_types=[ten.index_type] * len(loops))
        self.e = Emitter(InsertPoint.at_end(self.block), UNKNOWN_LOC, {})
        self.forms: dict[SSAValue, Form] = {}
        self.by_form: dict[Form, SSAValue] = {}
        self.bounds: dict[SSAValue, tuple[int, int]] = {}
        self.elements: dict[Key, SSAValue] = {}
        for k, arg in enumerate(self.block.args):
            self._know(arg, (tuple(int(k == d) for d in range(len(loops))), 0))

    def finish(self, values: Sequence[SSAValue]) -> None:
        """End the body, which yields these values, and drop ops that no value uses."""
        self.e.insert(kernel.YieldOp(*values))
        for op in reversed(self.block.ops):
            if op.results and all(result.first_use is None for result in op.results):
                Rewriter.erase_op(op)

    # Indices.

    def _know(self, value: SSAValue, form: Form) -> SSAValue:
        self.forms[value] = form
        self.by_form[form] = value
        low = high = form[1]
        for c, n in zip(form[0], self.loops):
            last = max(n - 1, 0)
            low, high = low + min(c * last, 0), high + max(c * last, 0)
        self.bounds[value] = (low, high)
        return value

    def of_form(self, form: Form) -> SSAValue:
        """The index of this form."""
        if form in self.by_form:
            return self.by_form[form]
        coefficients, constant = form
        total: SSAValue | None = None
        for c, arg in zip(coefficients, self.block.args):
            if c:
                scaled = arg if c == 1 else self.e(made(arith.MuliOp, arg, self._literal(c)))
                total = scaled if total is None else self.e(made(arith.AddiOp, total, scaled))
        if total is None:
            total = self._literal(constant)
        elif constant:
            total = self.e(made(arith.AddiOp, total, self._literal(constant)))
        return self._know(total, form)

    def _literal(self, number: int) -> SSAValue:
        return self.e.constant(number, ten.index_type)

    def constant(self, number: int) -> SSAValue:
        return self.of_form(((0,) * len(self.loops), number))

    def affine(self, i: SSAValue, factor: int, offset: int) -> SSAValue:
        """factor · i + offset"""
        if (form := self.forms.get(i)) is not None:
            return self.of_form((tuple(factor * c for c in form[0]), factor * form[1] + offset))
        if factor == 1 and offset == 0:
            return i
        value = i if factor == 1 else self.e(made(arith.MuliOp, i, self._literal(factor)))
        value = value if offset == 0 else self.e(made(arith.AddiOp, value, self._literal(offset)))
        if (known := self.bounds.get(i)) is not None:
            ends = [factor * known[0] + offset, factor * known[1] + offset]
            self.bounds[value] = (min(ends), max(ends))
        return value

    def add(self, i: SSAValue, j: SSAValue) -> SSAValue:
        f, g = self.forms.get(i), self.forms.get(j)
        if f is not None and g is not None:
            return self.of_form((tuple(a + b for a, b in zip(f[0], g[0])), f[1] + g[1]))
        if f is not None and not any(f[0]):
            return self.affine(j, 1, f[1])
        value = self.e(made(arith.AddiOp, i, j))
        a, b = self.bounds.get(i), self.bounds.get(j)
        if a is not None and b is not None:
            self.bounds[value] = (a[0] + b[0], a[1] + b[1])
        return value

    def quotient(self, i: SSAValue, n: int) -> SSAValue:
        """⌊i / n⌋, n > 0"""
        if n == 1:
            return i
        known = self.bounds.get(i)
        if known is not None and known[0] // n == known[1] // n:
            return self.constant(known[0] // n)
        # Without negative numbers, rounding towards zero rounds down. Machines have this division.
        op = arith.DivSIOp if known is not None and known[0] >= 0 else arith.FloorDivSIOp
        value = self.e(made(op, i, self._literal(n)))
        if known is not None:
            self.bounds[value] = (known[0] // n, known[1] // n)
        return value

    def remainder(self, i: SSAValue, n: int) -> SSAValue:
        """i - n ⌊i / n⌋, n > 0"""
        known = self.bounds.get(i)
        if known is not None and 0 <= known[0] and known[1] < n:
            return i
        if n == 1:
            return self.constant(0)
        if known is not None and known[0] >= 0:
            value = self.e(made(arith.RemSIOp, i, self._literal(n)))
        else:
            whole = self.e(made(arith.MuliOp, self.quotient(i, n), self._literal(n)))
            value = self.e(made(arith.SubiOp, i, whole))
        self.bounds[value] = (0, n - 1)
        return value

    def range_of(self, i: SSAValue, size: int) -> tuple[int, int]:
        """The first and the last place that an index may have in a dimension, if it is inside."""
        low, high = self.bounds.get(i, (0, size - 1))
        return (max(low, 0), min(high, size - 1)) if low < size and high >= 0 else (0, 0)

    def compare(self, predicate: str, i: SSAValue, number: int) -> SSAValue:
        return self.e.compare(predicate, i, self._literal(number))

    def select(self, condition: SSAValue, x: SSAValue, otherwise: SSAValue) -> SSAValue:
        """x if the condition holds. A view of a view asks the same question again."""
        x, otherwise = branch_of(x, condition, 0), branch_of(otherwise, condition, 1)
        return x if x is otherwise else self.e(made(arith.SelectOp, condition, x, otherwise))

    def cast(self, x: SSAValue, type: Attribute) -> SSAValue:
        return x if x.type == type else self.e(ten.CastOp(x, type))

    def scalar_op(self, op: Operation, xs: Sequence[SSAValue]) -> SSAValue:
        """An op of an index region, on values of this nest; index arithmetic keeps its form."""
        known = [self.forms.get(x) for x in xs]
        if all(f is not None for f in known) and len(xs) == 2:
            (f, g) = known
            assert f is not None and g is not None
            if isinstance(op, arith.AddiOp):
                return self.add(*xs)
            if isinstance(op, arith.SubiOp):
                return self.add(xs[0], self.affine(xs[1], -1, 0))
            for x, form in ((xs[0], g), (xs[1], f)):
                if isinstance(op, arith.MuliOp) and not any(form[0]):
                    return self.affine(x, form[1], 0)
        if isinstance(op, arith.ConstantOp) and op.result.type == ten.index_type:
            value = types.constant_value(op.result)
            assert isinstance(value, int)
            return self.constant(value)
        if isinstance(op, ten.SelectOp):
            return self.select(*xs)
        if op.name == "sharing.let":
            return xs[0]
        return self.e(copy_op(op, xs, op.result_types))

    # Elements.

    def is_inside(self, i: Sequence[SSAValue], sizes: Sequence[int]) -> list[bool]:
        """For each index, whether its bounds show that it is inside."""
        found = []
        for j, n in zip(i, sizes):
            known = self.bounds.get(j)
            found.append(known is not None and 0 <= known[0] and known[1] < n)
        return found

    def element(self, value: SSAValue, i: Sequence[SSAValue], free: bool = False) -> SSAValue:
        """
        The element of a value at indices. Indices may be outside: there the element is 0. With
        `free`, it may be anything there.
        """
        first = value, tuple(i), free
        pending = [first]
        while pending:
            key = pending[-1]
            # Chains of elementwise ops are long, so this function does not recurse along them.
            missing = (
                []
                if key in self.elements
                else [k for k in _needs(key, self) if k not in self.elements]
            )
            pending.extend(missing)
            if not missing:
                pending.pop()
                if key not in self.elements:
                    self.elements[key] = self._compute(*key)
                    self._bound(key)
        return self.elements[first]

    def _bound(self, key: Key) -> None:
        """Bounds of an element of integers, as far as the program shows them."""
        x, i, _ = key
        value = self.elements[key]
        if (
            value not in self.bounds
            and types.element(x.type) in (ten.index_type, i64)
            # An element outside is 0, or any number.
            and all(self.is_inside(i, shape(x.type)))
        ):
            low, high = bounds_of_elements(x)
            if -SAFE < low and high < SAFE:
                self.bounds[value] = int(low), int(high)

    def _compute(self, x: SSAValue, i: tuple[SSAValue, ...], free: bool) -> SSAValue:
        stored = self.source(x)
        inside = self.is_inside(i, shape(x.type))
        if stored is not None:
            return self._load(stored, i, all(inside)) if i else stored
        op = x.owner
        assert isinstance(op, Operation)
        outer, self.e = self.e, self.e.at(op.location)
        # Elements outside of the result are replaced below, so any operand will do there.
        get = functools.partial(self.element, free=True) if is_elementwise(op) else self.element
        if x in self.boxes:
            value = self._load_of_box(self.boxes[x], i)
        elif element.find(type(op)) is None:
            value = elementwise(op, list(i), get, self)
        else:
            value = element.apply(op, list(i), get, self)
            (value,) = element.checked(op, value, [types.element(x.type)])
        if not free and not all(inside):
            value = self._guarded(
                value, [(j, n) for j, n, k in zip(i, shape(x.type), inside) if not k]
            )
        self.e = outer
        return value

    def _load(self, array: SSAValue, i: Sequence[SSAValue], is_inside: bool) -> SSAValue:
        load = kernel.LoadOp(array, i)
        if is_inside:
            load.attributes["in_bounds"] = _IN_BOUNDS
        return self.e(load)

    def _load_of_box(self, box: Box, i: Sequence[SSAValue]) -> SSAValue:
        """An element of a box; beside the box, any number."""
        at = [self.affine(j, t, low) for j, low, t in zip(i, box.offsets, box.strides)]
        return self._load(box.array, at, all(self.is_inside(at, shape(box.array.type))))

    def _guarded(self, value: SSAValue, at: Sequence[tuple[SSAValue, int]]) -> SSAValue:
        """The value where all indices are inside, else 0."""
        zero = self.e.constant(0, value.type)
        for j, n in at:
            # As an unsigned number, a negative index is large.
            value = self.select(self.compare("ult", j, n), value, zero)
        return value


Key = tuple[SSAValue, tuple[SSAValue, ...], bool]


def _needs(key: Key, nest: BodyBuilder) -> list[Key]:
    """The elements from which an elementwise op computes its element."""
    x, i, _ = key
    op = x.owner
    if nest.source(x) is not None or x in nest.boxes:
        return []
    if not isinstance(op, Operation) or not is_elementwise(op):
        return []
    return [(y, i if types.rank(y.type) else (), True) for y in op._operands]


def is_elementwise(op: Operation) -> bool:
    """Whether the op computes each element from the operands' elements at the same place."""
    return not op.regions and _is_elementwise(type(op))


@functools.cache
def _is_elementwise(op: type[Operation]) -> bool:
    return op.dialect_name() in ("arith", "math") or issubclass(
        op, ten.CompareOp | ten.SelectOp | ten.CastOp | ten.FmodOp | ten.SpecialOp
    )


def elementwise(op: Operation, i: Sequence[SSAValue], get: Get, nest: BodyBuilder) -> SSAValue:
    """The op itself on the elements of its operands, scalars among them."""
    xs = [get(x, i if types.rank(x.type) else ()) for x in op._operands]
    return nest.e(copy_op(op, xs, [types.element(r.type) for r in op.results]))
