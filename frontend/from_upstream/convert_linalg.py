"""
`linalg`: an op is a nest of loops over a domain, with a body on elements. A nest whose dimensions
are all parallel is a comprehension. A reduction that the body shows becomes a sum, a product or an
extremum over dimensions; a sum of products becomes an einsum. Every other nest stays loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import AffineMapAttr, ArrayAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.irdl import IRDLOperation

from ...dialects import ten, types
from ...dialects.upstream import named_ops
from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible, Source
from ..tracing import Array
from . import convert_loops, convert_tensors, elements
from .cells import View, element, put
from .elements import binary, select
from .places import Place
from .upstream_evaluator import array
from .upstream_rules import Call, converts

Body = Callable[[Sequence[Place], Sequence[Array]], list[Array]]
"""The elements that one point of the nest gives, for its indices and the elements it reads."""


@dataclass
class Operation_:
    """An op of `linalg` at work."""

    call: Call
    maps: Sequence[AffineMap]
    ins: list[Array]
    outs: list[Array]
    body: Body
    joins: list[str | None]
    """How each result joins what a point gives; None for a body that says it otherwise."""
    gives: Body | None = None
    """What a point gives before it is joined."""
    product: bool = False
    """Whether a point gives the product of the two operands."""


def value_of(call: Call, x: Any) -> Array:
    """The elements of an operand."""
    return call.memory.read(x) if isinstance(x, View) else array(x)


def finish(call: Call, outs: Sequence[Any], results: Sequence[Array]) -> list[Array]:
    """The results of the op; memory receives them."""
    given = []
    for out, result in zip(outs, results, strict=True):
        if isinstance(out, View):
            call.memory.write(out, result)
        else:
            given.append(result)
    return given


def domain(maps: Sequence[AffineMap], operands: Sequence[Array]) -> list[int]:
    """
    The sizes of the dimensions of a nest.

    Errors: `NotConvertible` for a dimension that no operand has the size of.
    """
    sizes: list[int | None] = [None] * maps[0].num_dims
    for map, x in zip(maps, operands, strict=True):
        if len(map.results) != x.ndim:
            raise NotConvertible(f"the map {map} is no map of an array of shape {x.shape}")
        for e, n in zip(map.results, x.shape):
            if isinstance(e, AffineDimExpr):
                if sizes[e.position] not in (None, n):
                    raise NotConvertible(
                        f"dimension {e.position} has the sizes {sizes[e.position]} and {n}"
                    )
                sizes[e.position] = n
    if None in sizes:
        raise NotConvertible(f"no operand has the size of dimension {sizes.index(None)}")
    return [n for n in sizes if n is not None]


def dims_of(map: AffineMap) -> list[int] | None:
    """The dimensions that a map selects, each once; None for any other map."""
    dims = [e.position for e in map.results if isinstance(e, AffineDimExpr)]
    return dims if len(dims) == len(map.results) == len(set(dims)) else None


def run(work: Operation_) -> list[Array]:
    """The results of the nest."""
    sizes = domain(work.maps, [*work.ins, *work.outs])
    targets = [dims_of(map) for map in work.maps[len(work.ins) :]]
    kept = targets[0]
    if kept is None or any(t is None or set(t) != set(kept) for t in targets):
        return _loops(work, sizes, list(range(len(sizes))))
    reduced = [d for d in range(len(sizes)) if d not in kept]
    if not reduced:
        return [_parallel(work, sizes, k, target or []) for k, target in enumerate(targets)]
    if all(join is not None for join in work.joins):
        return [
            _reduction(work, sizes, k, target or [], reduced) for k, target in enumerate(targets)
        ]
    return _loops(work, sizes, reduced)


def _read(call: Call, map: AffineMap, x: Array, at: Sequence[Place]) -> Array:
    return element(x, call.places.map(map, list(at)))


def _point(work: Operation_, body: Body, at: Sequence[Place], outs: Sequence[Array]) -> list[Array]:
    reads = [_read(work.call, map, x, at) for map, x in zip(work.maps, work.ins)]
    return body(at, [*reads, *outs])


def _parallel(work: Operation_, sizes: Sequence[int], k: int, target: Sequence[int]) -> Array:
    """A nest without reductions: each element of the result is an element of the domain."""

    def point(*given: Array) -> Array:
        at = _sorted(given, target)
        maps = work.maps[len(work.ins) :]
        outs = [_read(work.call, map, x, at) for map, x in zip(maps, work.outs)]
        return _point(work, work.body, at, outs)[k]

    return convert_tensors.build(work.call, tuple(sizes[d] for d in target), point)


def _sorted(given: Sequence[Any], dims: Sequence[int]) -> list[Any]:
    """The indices in the order of the dimensions of the nest."""
    return [given[dims.index(d)] for d in range(len(dims))]


def _reduction(
    work: Operation_, sizes: Sequence[int], k: int, target: Sequence[int], reduced: Sequence[int]
) -> Array:
    join, init = work.joins[k], work.outs[k]
    assert join is not None
    if any(not sizes[d] for d in reduced):
        return init
    if work.product:
        found = _einsum(work, sizes, target)
    else:
        order = [*target, *reduced]
        gives = work.gives
        assert gives is not None

        def point(*given: Array) -> Array:
            at = [given[order.index(d)] for d in range(len(order))]
            return _point(work, gives, at, [])[k]

        whole = convert_tensors.build(work.call, tuple(sizes[d] for d in order), point)
        found = _reduced(join, whole, range(len(target), len(order)))
    if found is None:
        return _loops(work, sizes, list(reduced))[k]
    return _joined(join, init, found)


_REDUCES = {
    "arith.maximumf": "max", "arith.minimumf": "min", "arith.maxsi": "max", "arith.minsi": "min",
    "arith.mulf": "prod", "arith.muli": "prod",
}  # fmt: skip
_BINARY: dict[str, type[IRDLOperation]] = {
    op.name: op
    for op in (
        arith.AddfOp, arith.AddiOp, arith.MulfOp, arith.MuliOp, arith.MaximumfOp,
        arith.MinimumfOp, arith.MaxSIOp, arith.MinSIOp, arith.AndIOp, arith.OrIOp, arith.SubfOp,
        arith.SubiOp,
    )
}  # fmt: skip
JOINS = frozenset(_BINARY)
"""The ops by which a body may join its result with what a point gives."""


def _reduced(join: str, x: Array, dims: Sequence[int]) -> Array | None:
    """The elements of the last dimensions, joined; None if letgrad has no op that joins so."""
    is_bool = types.is_bool(types.element(x.value.type))
    if join in ("arith.andi", "arith.ori"):
        if not is_bool:
            return None
        return ops.reduce("all" if join == "arith.andi" else "any", x, tuple(dims))
    if is_bool:
        return None
    if join in ("arith.addf", "arith.addi", "arith.subf", "arith.subi"):
        return ops.sum_(x, tuple(dims))
    if types.is_complex(types.element(x.value.type)):
        return None
    return ops.reduce(_REDUCES[join], x, tuple(dims))


def _joined(join: str, init: Array, found: Array) -> Array:
    number = types.constant_value(init.value)
    kind = types.element(init.value.type)
    if number is not None and not types.is_complex(kind):
        if join in ("arith.addf", "arith.addi") and number == 0:
            return found
        if join in ("arith.mulf", "arith.muli") and number == 1:
            return found
    return binary(_BINARY[join], init, found)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _einsum(work: Operation_, sizes: Sequence[int], target: Sequence[int]) -> Array:
    """A sum of products, as an einsum of what each operand has at the dimensions that it reads."""
    kind = work.outs[0].value.type
    words, arrays = [], []
    for map, x in zip(work.maps, work.ins):
        dims = dims_of(map)
        if dims is None:
            dims = sorted(map.used_dims() if hasattr(map, "used_dims") else _used(map))
            x = _windows(work.call, map, x, dims, sizes)
        element = types.element(kind)
        arrays.append(x if types.element(x.value.type) == element else _cast(x, element))
        words.append("".join(_LETTERS[d] for d in dims))
    return ops.einsum(f"{','.join(words)}->{''.join(_LETTERS[d] for d in target)}", arrays)


def _cast(x: Array, element: Any) -> Array:
    return tracing.emit(ten.CastOp, tracing.use(x), element)


def _used(map: AffineMap) -> set[int]:
    return {e.position for r in map.results for e in r.dfs() if isinstance(e, AffineDimExpr)}


def _windows(
    call: Call, map: AffineMap, x: Array, dims: Sequence[int], sizes: Sequence[int]
) -> Array:
    """The elements that a map reads, by the dimensions that it uses."""

    def at(*given: Array) -> list[Array]:
        indices: list[Place] = [0] * map.num_dims
        for d, i in zip(dims, given):
            indices[d] = i
        return [call.places.traced(p) for p in call.places.map(map, indices)]

    if not dims:
        return element(x, call.places.map(map, [0] * map.num_dims))
    return elements.gather([sizes[d] for d in dims], x, at)


def _loops(work: Operation_, sizes: Sequence[int], looped: Sequence[int]) -> list[Array]:
    """
    Loops over the dimensions `looped`, in their order, around a comprehension over the other ones,
    which the maps of the results select.
    """
    call, maps = work.call, work.maps[len(work.ins) :]
    inner = [d for d in range(len(sizes)) if d not in looped]

    def turn(at: list[Place], values: list[Any]) -> list[Array]:
        fixed = dict(zip(looped, at))
        if not inner:
            places = [fixed[d] for d in range(len(sizes))]
            targets = [call.places.map(map, list(places)) for map in maps]
            old = [element(x, t) for x, t in zip(values, targets)]
            new = _point(work, work.body, places, old)
            return [
                put(x, elements.reshape(y, (1,) * x.ndim), t, (1,) * x.ndim)
                for x, y, t in zip(values, new, targets)
            ]
        result = []
        for k, map in enumerate(maps):
            target = dims_of(map)
            assert target is not None

            def point(*given: Array, k: int = k, target: list[int] = target) -> Array:
                here = fixed | dict(zip(target, given))
                places = [here[d] for d in range(len(sizes))]
                outs = [_read(call, m, x, places) for m, x in zip(maps, values)]
                return _point(work, work.body, places, outs)[k]

            result.append(convert_tensors.build(call, tuple(sizes[d] for d in target), point))
        return result

    bounds = [(0, sizes[d], 1) for d in looped]
    if any(not sizes[d] for d in range(len(sizes))):
        return list(work.outs)
    return convert_loops.nest(call, bounds, work.outs, turn)


# Bodies.


def of_block(call: Call, block: Block) -> Body:
    """The block of an op as a function."""

    def body(at: Sequence[Place], xs: Sequence[Array]) -> list[Array]:
        call.evaluator.nests.append([call.places.traced(i) for i in at])
        try:
            last = call.evaluator.block(block, list(xs)[: len(block.args)], call.values)
        finally:
            call.evaluator.nests.pop()
        return [array(call.values[v]) for v in last.operands] if last is not None else []

    return body


def reductions(
    call: Call, block: Block, args: Sequence[SSAValue]
) -> tuple[list[str | None], Body | None]:
    """
    How a body joins each of its results, if it joins the element there, one of `args`, once with
    what the other ops compute; and the body without these ops.
    """
    last = block.last_op
    assert last is not None
    joins: list[str | None] = []
    others: list[SSAValue] = []
    enders: set[Operation] = set()
    for value, arg in zip(last.operands, args, strict=True):
        op = value.owner
        name = Source(op).name if isinstance(op, Operation) else ""
        fits = name in JOINS and isinstance(op, Operation) and arg in op.operands
        if not fits or not arg.has_one_use() or not value.has_one_use():
            return [None] * len(args), None
        assert isinstance(op, Operation)
        if name in ("arith.subf", "arith.subi") and op.operands[0] is not arg:
            return [None] * len(args), None
        joins.append(name)
        others.append(op.operands[1] if op.operands[0] is arg else op.operands[0])
        enders.add(op)

    def gives(at: Sequence[Place], xs: Sequence[Array]) -> list[Array]:
        values = call.values
        values.update(zip([a for a in block.args if a not in args], xs))
        call.evaluator.nests.append([call.places.traced(i) for i in at])
        try:
            for op in block.ops:
                if op is not last and op not in enders:
                    call.evaluator.operation(op, values)
        finally:
            call.evaluator.nests.pop()
        return [array(values[v]) for v in others]

    return joins, gives


def is_product(block: Block, args: Sequence[SSAValue]) -> bool:
    """Whether a body is acc + x * y, for the two elements that it reads."""
    body = list(block.ops)
    names = [Source(op).name for op in body]
    if len(block.args) != 3 or names not in (
        ["arith.mulf", "arith.addf", "linalg.yield"],
        ["arith.muli", "arith.addi", "linalg.yield"],
    ):
        return False
    multiply, add, last = body
    x, y, _ = block.args
    return (
        set(multiply.operands) == {x, y}
        and set(add.operands) == {args[0], multiply.results[0]}
        and list(last.operands) == [add.results[0]]
        and types.is_number(x.type)
    )


@converts("linalg.generic")
def generic(call: Call, *operands: Any) -> Any:
    """linalg.generic  →  ten.build, ten.sum of ten.build, ten.einsum, or loops"""
    op = call.op
    maps = [m.data for m in op.indexing_maps.data]
    n = len(op.inputs)
    block = op.body.block
    args = list(block.args)[n:]
    joins, gives = reductions(call, block, args)
    ins = [value_of(call, x) for x in operands[:n]]
    outs = [value_of(call, x) for x in operands[n:]]
    product = len(ins) == 2 and len(outs) == 1 and is_product(block, args)
    work = Operation_(
        call, maps, ins, outs, of_block(call, block), joins, gives,
        product and types.is_float(types.element(outs[0].value.type)),
    )  # fmt: skip
    return finish(call, operands[n:], run(work))


@converts("linalg.index")
def index(call: Call) -> Any:
    """linalg.index d  →  the index of the comprehension or of the loop"""
    nests = call.evaluator.nests
    d = call.int("dim")
    if not nests or not 0 <= d < len(nests[-1]):
        raise NotConvertible("the op stands in no op of linalg with so many dimensions")
    return nests[-1][d]


# Named ops.


def split(call: Call, operands: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The inputs and the outputs among the operands."""
    sizes = call.get("operandSegmentSizes")
    n = len(operands) - 1 if sizes is None else call.ints("operandSegmentSizes")[0]
    return list(operands[:n]), list(operands[n:])


def _product(call: Call, *operands: Any) -> Any:
    """linalg.matmul and other sums of products  →  ten.einsum; windows are gathered first"""
    ins, outs = split(call, operands)
    name = call.name.partition(".")[2]
    if name == "contract" or isinstance(call.get("indexing_maps"), ArrayAttr):
        given = call.get("indexing_maps")
        assert isinstance(given, ArrayAttr)
        maps = [m.data for m in given.data if isinstance(m, AffineMapAttr)]
    else:
        text = named_ops.PRODUCTS[name]
        windows = (call.ints("strides", ()), call.ints("dilations", ()))
        maps = list(named_ops.nest(text, *windows).maps)
    xs, (out,) = [value_of(call, x) for x in ins], [value_of(call, x) for x in outs]
    kind = types.element(out.value.type)
    unsigned = call.get("cast") is not None and "unsigned" in str(call.get("cast"))
    xs = [_widened(x, kind, unsigned) for x in xs]
    is_float = types.is_float(kind) or types.is_complex(kind)
    joins: list[str | None] = ["arith.addf" if is_float else "arith.addi"]
    if types.is_complex(kind):
        raise NotConvertible("letgrad reads products of complex numbers as linalg.generic")
    multiply = arith.MulfOp if is_float else arith.MuliOp
    add = arith.AddfOp if is_float else arith.AddiOp

    def gives(at: Sequence[Place], ys: Sequence[Array]) -> list[Array]:
        return [binary(multiply, ys[0], ys[1])]

    def body(at: Sequence[Place], ys: Sequence[Array]) -> list[Array]:
        return [binary(add, ys[2], gives(at, ys)[0])]

    work = Operation_(call, maps, xs, [out], body, joins, gives, is_float)
    return finish(call, outs, run(work))


def _widened(x: Array, kind: Any, unsigned: bool) -> Array:
    """An operand in the type in which the op computes."""
    old = types.element(x.value.type)
    if old == kind:
        return x
    if unsigned and types.is_integer(old):
        raise NotConvertible("letgrad has no products of integers that are read without a sign")
    return _cast(x, kind)


for _name in (*named_ops.PRODUCTS, "contract"):
    converts(f"linalg.{_name}")(_product)


_POOLED = {
    "sum": ("arith.addf", "arith.addi"), "max": ("arith.maximumf", "arith.maxsi"),
    "min": ("arith.minimumf", "arith.minsi"),
}  # fmt: skip


def _pooling(call: Call, *operands: Any) -> Any:
    """linalg.pooling_nhwc_max and others  →  ten.reduce or ten.sum of windows; loops if unsigned"""
    ins, outs = split(call, operands)
    text, kind = named_ops.POOLINGS[call.name.partition(".")[2]]
    windows = (call.ints("strides", ()), call.ints("dilations", ()))
    maps = list(named_ops.nest(text, *windows).maps)
    xs, (out,) = [value_of(call, x) for x in ins], [value_of(call, x) for x in outs]
    is_float = types.is_float(types.element(out.value.type))
    unsigned = kind.startswith("u")
    xs[0] = _widened(xs[0], types.element(out.value.type), unsigned)
    name = _POOLED[kind.removeprefix("u")][0 if is_float else 1]
    join: type[IRDLOperation] = (
        {"umax": arith.MaxUIOp, "umin": arith.MinUIOp}[kind] if unsigned else _BINARY[name]
    )

    def gives(at: Sequence[Place], ys: Sequence[Array]) -> list[Array]:
        return [ys[0]]

    def body(at: Sequence[Place], ys: Sequence[Array]) -> list[Array]:
        return [binary(join, ys[2], ys[0])]

    work = Operation_(call, maps, xs, [out], body, [None if unsigned else name], gives)
    return finish(call, outs, run(work))


for _name in named_ops.POOLINGS:
    converts(f"linalg.{_name}")(_pooling)


_FUNCTIONS: dict[str, type[IRDLOperation]] = {
    op.name: op
    for op in (
        arith.AddfOp, arith.AddiOp, arith.OrIOp, arith.SubfOp, arith.SubiOp, arith.MulfOp,
        arith.MuliOp, arith.AndIOp, arith.DivfOp, arith.DivSIOp, arith.DivUIOp, arith.MaximumfOp,
        arith.MaxSIOp, arith.MinimumfOp, arith.MinSIOp, arith.MaxUIOp, arith.MinUIOp,
        arith.NegfOp, math.PowFOp, math.ExpOp, math.LogOp, math.AbsFOp, math.AbsIOp, math.CeilOp,
        math.FloorOp, math.RoundOp, math.SqrtOp, math.RsqrtOp, math.TanhOp, math.ErfOp,
    )
}  # fmt: skip


def _elementwise(call: Call, *operands: Any) -> Any:
    """linalg.add and others  →  the op of arith or math on tensors"""
    ins, outs = split(call, operands)
    name = call.name.partition(".")[2]
    maps = None
    if name == "elementwise":
        name = call.word("kind")
        if isinstance(given := call.get("indexing_maps"), ArrayAttr):
            maps = [m.data for m in given.data if isinstance(m, AffineMapAttr)]
    (out,) = [value_of(call, x) for x in outs]
    kind = types.element(out.value.type)
    if name not in named_ops.ELEMENTWISE:
        raise NotConvertible(f"letgrad has no elementwise {name}")
    choices = named_ops.ELEMENTWISE[name][1]
    word = choices[0 if types.is_float(kind) else 2 if types.is_bool(kind) else 1]
    if word is None:
        raise NotConvertible(f"letgrad has no {name} of {kind}")
    xs = []
    for k, x in enumerate(value_of(call, x) for x in ins):
        x = x if word == "arith.select" and not k else _widened(x, kind, "unsigned" in name)
        xs.append(_mapped(call, maps[k], x, out.shape) if maps else x)
    return finish(call, outs, [_function(word, xs)])


def _mapped(call: Call, map: AffineMap, x: Array, shape: tuple[int, ...]) -> Array:
    """An operand at each point of the result."""
    return convert_tensors.build(call, shape, lambda *at: _read(call, map, x, at))


def _function(word: str, xs: Sequence[Array]) -> Array:
    if word == "copy":
        return xs[0]
    if word == "square":
        return binary(arith.MulfOp, xs[0], xs[0])
    if word == "reciprocal":
        one = tracing.constant(xs[0].dtype.type(1), xs[0].dtype, xs[0].shape)
        return binary(arith.DivfOp, one, xs[0])
    if word == "arith.select":
        return select(*xs)
    op = _FUNCTIONS[word]
    return ops.unary(op, xs[0]) if len(xs) == 1 else binary(op, *xs)


for _name in (*named_ops.ELEMENTWISE, "elementwise"):
    converts(f"linalg.{_name}")(_elementwise)


@converts("linalg.fill")
def fill(call: Call, *operands: Any) -> Any:
    """linalg.fill x  →  ten.broadcast, or a constant"""
    ins, outs = split(call, operands)
    (value,), (out,) = ins, [value_of(call, x) for x in outs]
    value = _widened(array(value), types.element(out.value.type), False)
    number = types.constant_value(value.value)
    if number is not None and out.shape and value.value.type != ten.index_type:
        return finish(
            call, outs, [tracing.constant(value.dtype.type(number), value.dtype, out.shape)]
        )
    return finish(call, outs, [ops.broadcast_to(value, out.shape)])


@converts("linalg.transpose")
def transpose(call: Call, x: Any, out: Any) -> Any:
    """linalg.transpose x  →  ten.transpose"""
    return finish(call, [out], [ops.transpose(value_of(call, x), call.ints("permutation"))])


@converts("linalg.broadcast")
def broadcast(call: Call, x: Any, out: Any) -> Any:
    """linalg.broadcast x  →  ten.broadcast"""
    dims, shape = call.ints("dimensions"), value_of(call, out).shape
    x = value_of(call, x)
    if not dims:
        return finish(call, [out], [x])
    return finish(call, [out], [tracing.emit(ten.BroadcastOp, tracing.use(x), dims, shape)])


@converts("linalg.reduce")
def reduce(call: Call, *operands: Any) -> Any:
    """linalg.reduce x  →  ten.sum, ten.reduce, or loops"""
    n = len(operands) // 2
    dims = call.ints("dimensions")
    block = call.block()
    ins = [value_of(call, x) for x in operands[:n]]
    outs = [value_of(call, x) for x in operands[n:]]
    rank = ins[0].ndim
    whole = AffineMap.identity(rank)
    kept = AffineMap(rank, 0, tuple(e for d, e in enumerate(whole.results) if d not in dims))
    joins, gives = reductions(call, block, list(block.args)[n:])
    work = Operation_(
        call, [whole] * n + [kept] * n, ins, outs, of_block(call, block), joins, gives
    )
    return finish(call, operands[n:], run(work))


@converts("linalg.map")
def map_(call: Call, *operands: Any) -> Any:
    """linalg.map x { f }  →  ten.build"""
    out = operands[-1]
    values = [value_of(call, x) for x in operands]
    block = call.block()
    maps = [AffineMap.identity(values[-1].ndim)] * len(values)
    # Newer texts have an argument for the element that the op replaces, older ones have none.
    work = Operation_(call, maps, values[:-1], values[-1:], of_block(call, block), [None])
    return finish(call, [out], run(work))


@converts("linalg.softmax")
def softmax(call: Call, x: Any, out: Any) -> Any:
    """linalg.softmax x, d  →  exp(x - max x) / Σ exp(x - max x)"""
    x = value_of(call, x)
    d = call.int("dimension")

    def wide(y: Array) -> Array:
        return tracing.emit(ten.BroadcastOp, tracing.use(y), [d], x.shape)

    powers = ops.unary(math.ExpOp, binary(arith.SubfOp, x, wide(ops.reduce("max", x, [d]))))
    total = wide(ops.sum_(powers, [d]))
    return finish(call, [out], [binary(arith.DivfOp, powers, total)])
