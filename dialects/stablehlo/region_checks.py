"""
The verifiers of ops with regions (reductions, windows, branches, loops, calls), and of statistics
and random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IndexType,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region
from xdsl.traits import SymbolTable

from . import attributes
from .checks import (
    UNKNOWN,
    Sizes,
    checks,
    fits,
    is_bool,
    is_complex,
    is_float,
    is_quantized,
    numbers,
    refuse,
    require,
    require_dims,
    require_element,
    require_kind,
    require_result,
    shown,
    sizes,
    tensor,
)
from .shape_checks import require_index, scatter_shape

# --- Regions --------------------------------------------------------------------------------------


def scalar(element: Attribute) -> TensorType[Any]:
    return TensorType(element, [])


def block_of(op: Any, region: Region, name: str, arguments: Sequence[Attribute]) -> Block:
    """The only block of a region, which has these arguments."""
    require(op, len(region.blocks) == 1, lambda: f"the region {name} has one block")
    block = region.block
    require(
        op,
        len(block.args) == len(arguments),
        lambda: f"the region {name} has {len(arguments)} arguments, not {len(block.args)}",
    )
    for i, (arg, type) in enumerate(zip(block.args, arguments, strict=True)):
        require(
            op,
            arg.type == type or _alike(arg.type, type),
            lambda i=i, arg=arg, type=type: (
                f"argument {i} of the region {name} is {type}, not {arg.type}"
            ),
        )
    return block


def _alike(a: Attribute, b: Attribute) -> bool:
    """Whether two types may be the same type: tensors whose unknown sizes fit."""
    return (
        isinstance(a, TensorType)
        and isinstance(b, TensorType)
        and a.element_type == b.element_type
        and fits(sizes(a), sizes(b))
    )


def results_of(
    op: Any, block: Block, name: str, ender: str = "stablehlo.return"
) -> list[Attribute]:
    """The types that a block ends with."""
    last = block.last_op
    if last is None or last.name != ender:
        refuse(op, f"the region {name} ends with {ender}")
    return [value.type for value in last.operands]


def require_results(
    op: Any,
    block: Block,
    name: str,
    expected: Sequence[Attribute],
    ender: str = "stablehlo.return",
) -> None:
    found = results_of(op, block, name, ender)
    right = len(found) == len(expected) and all(
        a == b or _alike(a, b) for a, b in zip(found, expected, strict=True)
    )
    require(
        op,
        right,
        lambda: (
            f"the region {name} gives {', '.join(map(str, expected)) or 'nothing'}, not "
            f"{', '.join(map(str, found)) or 'nothing'}"
        ),
    )


def reducer(op: Any, region: Region, name: str, elements: Sequence[Attribute]) -> None:
    """
    A region that joins two values for each element type. The region may compute in a wider type
    than the operands have, so its own types count.
    """
    require(op, len(region.blocks) == 1, lambda: f"the region {name} has one block")
    block, count = region.block, len(elements)
    require(
        op,
        len(block.args) == 2 * count,
        lambda: f"the region {name} has {2 * count} arguments, not {len(block.args)}",
    )
    for i, arg in enumerate(block.args):
        element = elements[i % count]
        type = tensor(op, arg.type, f"argument {i} of the region {name}")
        require(
            op,
            not sizes(type) and _promotes(element, type.element_type),
            lambda i=i, element=element, type=type: (
                f"argument {i} of the region {name} is {scalar(element)}, not {type}"
            ),
        )
    require_results(op, block, name, [arg.type for arg in block.args[:count]])


def _promotes(a: Attribute, b: Attribute) -> bool:
    """Whether a reduction may compute numbers of type `a` as numbers of type `b`."""
    if a == b or is_quantized(a):
        return True
    if is_float(a) and is_float(b):
        return a.bitwidth <= b.bitwidth  # type: ignore[attr-defined]
    if is_complex(a) and is_complex(b):
        return _promotes(a.element_type, b.element_type)  # type: ignore[attr-defined]
    if not isinstance(a, IntegerType) or not isinstance(b, IntegerType) or is_bool(a) != is_bool(b):
        return False
    return a.signedness == b.signedness and a.width.data <= b.width.data


# --- Reductions and windows -----------------------------------------------------------------------


class Window:
    """A window that moves over a tensor, with its lists of numbers."""

    def __init__(self, op: Any, shape: Sequence[int]):
        self.op = op
        self.shape = tuple(shape)

    def list(self, attr: Any, name: str, default: int) -> Sizes:
        """The numbers of an attribute, each above 0, one for each dimension of the window."""
        rank = len(self.shape)
        if attr is None:
            return (default,) * rank
        found = numbers(attr)
        require(
            self.op,
            len(found) == rank,
            lambda: f"{name} has {rank} numbers, not {len(found)}",
        )
        require(
            self.op,
            min(found, default=1) > 0,
            lambda: f"{name} has a number below 1: {shown(found)}",
        )
        return found

    def padding(self, attr: DenseIntOrFPElementsAttr | None) -> list[tuple[int, int]]:
        rank = len(self.shape)
        if attr is None:
            return [(0, 0)] * rank
        shape = attr.type.get_shape()
        require(
            self.op,
            tuple(shape) == (rank, 2) and attr.get_element_type() == i64,
            lambda: f"the padding has the sizes {shown((rank, 2))}, not {attr.type}",
        )
        flat: list[Any] = list(attr.get_values())
        return [(int(a), int(b)) for a, b in zip(flat[::2], flat[1::2], strict=True)]

    def size(
        self, n: int, i: int, pads: tuple[int, int] | None, stride: int, base: int, dilation: int
    ) -> int:
        """The number of places of the window in a dimension of n elements."""
        w = self.shape[i]
        require(self.op, w == UNKNOWN or w > 0, lambda: f"the window has the size {w}")
        if n == UNKNOWN or w == UNKNOWN or pads is None:
            return UNKNOWN
        dilated = 0 if n == 0 else (n - 1) * base + 1
        whole = dilated + sum(pads)
        covered = (w - 1) * dilation + 1
        if whole == 0 or covered > whole:
            return 0
        return (whole - covered) // stride + 1


def _inputs(op: Any) -> list[TensorType[Any]]:
    """The types of a reduction's inputs, after a look at their initial values."""
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    for i, (x, init) in enumerate(zip(inputs, op.init_values, strict=True)):
        require(
            op,
            fits(sizes(x), sizes(inputs[0])),
            lambda i=i, x=x: f"input 0 is {inputs[0]} and input {i} is {x}; the sizes differ",
        )
        type = tensor(op, init, "each initial value")
        require(
            op,
            type == scalar(x.element_type),
            lambda i=i, x=x, type=type: (
                f"initial value {i} is {scalar(x.element_type)}, not {type}"
            ),
        )
    return inputs


def _results(op: Any, elements: Sequence[Attribute], shape: Sequence[int], body: Region) -> None:
    require(
        op,
        len(op.results) == len(elements),
        lambda: f"there are {len(elements)} results, not {len(op.results)}",
    )
    for i, result in enumerate(op.results):
        y = tensor(op, result, f"result {i}")
        require_result(op, y, shape, f"result {i}")
        # The region may compute in a wider type, and the result has the region's type.
        wanted = body.block.args[i].type.element_type  # type: ignore[attr-defined]
        require_element(op, y, wanted, f"result {i}")


@checks("stablehlo.reduce")
def reduce(op: Any) -> None:
    inputs = _inputs(op)
    dims = numbers(op.dimensions)
    require_dims(op, dims, len(sizes(inputs[0])), "dimensions")
    reducer(op, op.body, "body", [x.element_type for x in inputs])
    shape = [n for d, n in enumerate(sizes(inputs[0])) if d not in dims]
    _results(op, [x.element_type for x in inputs], shape, op.body)


@checks("stablehlo.reduce_window")
def reduce_window(op: Any) -> None:
    inputs = _inputs(op)
    shape = sizes(inputs[0])
    window = Window(op, numbers(op.window_dimensions))
    require(
        op,
        len(window.shape) == len(shape),
        lambda: f"window_dimensions has {len(window.shape)} numbers, and the input is {inputs[0]}",
    )
    strides = window.list(op.window_strides, "window_strides", 1)
    base = window.list(op.base_dilations, "base_dilations", 1)
    dilation = window.list(op.window_dilations, "window_dilations", 1)
    padding = window.padding(op.padding)
    reducer(op, op.body, "body", [x.element_type for x in inputs])
    out = [
        window.size(n, i, padding[i], strides[i], base[i], dilation[i]) for i, n in enumerate(shape)
    ]
    _results(op, [x.element_type for x in inputs], out, op.body)


@checks("stablehlo.select_and_scatter")
def select_and_scatter(op: Any) -> None:
    x, source = tensor(op, op.operand, "the operand"), tensor(op, op.source, "the source")
    init, y = tensor(op, op.init_value, "init_value"), tensor(op, op.result, "the result")
    element = x.element_type
    require(op, init == scalar(element), lambda: f"init_value is {scalar(element)}, not {init}")
    require_element(op, source, element, "the source")
    shape = sizes(x)
    given = op.window_dimensions
    window = Window(op, (1,) * len(shape) if given is None else numbers(given))
    require(
        op,
        len(window.shape) == len(shape),
        lambda: f"window_dimensions has {len(window.shape)} numbers, and the operand is {x}",
    )
    strides = window.list(op.window_strides, "window_strides", 1)
    padding = window.padding(op.padding)
    block = block_of(op, op.select, "select", (scalar(element),) * 2)
    require_results(op, block, "select", (scalar(i1),))
    reducer(op, op.scatter, "scatter", [element])
    out = [window.size(n, i, padding[i], strides[i], 1, 1) for i, n in enumerate(shape)]
    require(
        op,
        fits(sizes(source), out),
        lambda: f"the source has the sizes {shown(out)}, not {source}",
    )
    require_result(op, y, shape)
    require_element(op, y, op.scatter.block.args[0].type.element_type)


@checks("stablehlo.scatter")
def scatter(op: Any) -> None:
    scatter_shape(op)
    elements = [v.type.element_type for v in op.inputs]
    reducer(op, op.update_computation, "update_computation", elements)


@checks("stablehlo.map")
def map_(op: Any) -> None:
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    y = tensor(op, op.result, "the result")
    shape = sizes(inputs[0])
    for x in inputs:
        require(op, fits(sizes(x), shape), lambda x=x: f"{inputs[0]} and {x} have not one shape")
    dims = numbers(op.dimensions)
    require(
        op,
        dims == tuple(range(len(shape))),
        lambda: f"dimensions are {shown(range(len(shape)))}, not {shown(dims)}",
    )
    block = block_of(op, op.computation, "computation", [scalar(x.element_type) for x in inputs])
    require_results(op, block, "computation", (scalar(y.element_type),))
    require_result(op, y, shape)


@checks("stablehlo.sort")
def sort(op: Any) -> None:
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    rank = len(sizes(inputs[0]))
    for x in inputs:
        require(
            op,
            fits(sizes(x), sizes(inputs[0])),
            lambda x=x: f"{inputs[0]} and {x} have not one shape",
        )
    dim = -1 if op.dimension is None else op.dimension.value.data
    require(
        op,
        -rank <= dim < rank,
        lambda: f"the dimension is {dim}, and input 0 is {inputs[0]}",
    )
    arguments = [scalar(x.element_type) for x in inputs for _ in range(2)]
    block = block_of(op, op.comparator, "comparator", arguments)
    require_results(op, block, "comparator", (scalar(i1),))
    same_types(op, op.inputs, op.results, "input", "result")


def same_types(op: Any, left: Any, right: Any, a: str, b: str) -> None:
    require(
        op,
        len(left) == len(right),
        lambda: f"there are {len(left)} {a}s, and {len(right)} {b}s",
    )
    for i, (x, y) in enumerate(zip(left, right, strict=True)):
        require(
            op,
            x.type == y.type or _alike(x.type, y.type),
            lambda i=i, x=x, y=y: f"{a} {i} is {x.type}, and {b} {i} is {y.type}",
        )


# --- Statistics and random numbers ----------------------------------------------------------------


@checks(
    "stablehlo.batch_norm_grad", "stablehlo.batch_norm_inference", "stablehlo.batch_norm_training"
)
def batch_norm(op: Any) -> None:
    x = tensor(op, op.operand, "the operand")
    require_kind(op, x, "the operand", "floats")
    at = op.feature_index.value.data
    require(op, 0 <= at < len(sizes(x)), lambda: f"{x} has no dimension {at}")
    vector = (sizes(x)[at],)
    whole = {"operand", "grad_output", "result", "output", "grad_operand"}
    definition = op.get_irdl_definition()
    names = [name for name, _ in (*definition.operands, *definition.results)]
    for name, value in zip(names, [*op.operands, *op.results], strict=True):
        type = tensor(op, value, name)
        require_result(op, type, sizes(x) if name in whole else vector, name)
        require_element(op, type, x.element_type, name)


@checks("stablehlo.rng")
def rng(op: Any) -> None:
    a, b = tensor(op, op.a, "a"), tensor(op, op.b, "b")
    shape, y = tensor(op, op.shape, "the shape"), tensor(op, op.result, "the result")
    require_kind(op, a, "a", "booleans", "integers", "floats")
    for type, name in ((a, "a"), (b, "b")):
        require(op, not sizes(type), lambda type=type, name=name: f"{name} has rank 0, not {type}")
    require_element(op, b, a.element_type, "b")
    require_element(op, y, a.element_type)
    require_index(op, shape, "the shape")
    require(
        op,
        fits(sizes(shape), (len(sizes(y)),)),
        lambda: f"the shape has a number for each dimension of the result {y}, not {shape}",
    )
    if op.rng_distribution.data is attributes.RngDistribution.NORMAL:
        require_kind(op, a, "a", "floats")


@checks("stablehlo.rng_bit_generator")
def rng_bit_generator(op: Any) -> None:
    state, y = tensor(op, op.initial_state, "the state"), tensor(op, op.output, "the output")
    after = tensor(op, op.output_state, "the next state")
    require(
        op,
        state.element_type == IntegerType(64, Signedness.UNSIGNED) and len(sizes(state)) == 1,
        lambda: f"the state is a list of ui64, not {state}",
    )
    require(op, _alike(state, after), lambda: f"the next state is {state}, not {after}")
    require_kind(op, y, "the output", "integers", "floats")
    length, algorithm = sizes(state)[0], op.rng_algorithm.data
    fine = {
        attributes.RngAlgorithm.THREE_FRY: (2,),
        attributes.RngAlgorithm.PHILOX: (2, 3),
    }.get(algorithm)
    require(
        op,
        fine is None or length == UNKNOWN or length in fine,
        lambda: f"the state of {algorithm.value} has not the length {length}",
    )


# --- Branches, loops and calls --------------------------------------------------------------------


@checks("stablehlo.if", "stablehlo.case")
def branches(op: Any) -> None:
    chosen = op.operands[0].type
    wanted = scalar(i1 if op.name == "stablehlo.if" else i32)
    fine = chosen == wanted or _alike(chosen, wanted)
    require(op, fine, lambda: f"the operand is {wanted}, not {chosen}")
    require(op, bool(op.regions), lambda: "there is at least one branch")
    for i, region in enumerate(op.regions):
        block = block_of(op, region, f"{i}", ())
        require_results(op, block, f"{i}", op.result_types)


@checks("stablehlo.while")
def while_(op: Any) -> None:
    same_types(op, op.operands, op.results, "operand", "result")
    types = op.operand_types
    condition = block_of(op, op.cond, "cond", types)
    require_results(op, condition, "cond", (scalar(i1),))
    body = block_of(op, op.body, "body", types)
    require_results(op, body, "body", types)


@checks("stablehlo.optimization_barrier")
def optimization_barrier(op: Any) -> None:
    same_types(op, op.operands, op.results, "operand", "result")


@checks("stablehlo.custom_call")
def custom_call(op: Any) -> None:
    operands, results = op.operand_layouts, op.result_layouts
    require(
        op,
        (operands is None) == (results is None),
        lambda: "operand_layouts and result_layouts are both there, or both absent",
    )
    version = 1 if op.api_version is None else op.api_version.value.data
    require(op, 0 <= version <= 4, lambda: f"api_version is a number from 0 to 4, not {version}")
    config = op.backend_config
    if config is not None:
        kind = DictionaryAttr if version == 4 else StringAttr
        word = "a dictionary" if version == 4 else "a string"
        require(
            op,
            isinstance(config, kind),
            lambda: f"the backend_config of api_version {version} is {word}, not {config}",
        )
    for layouts, values, name in (
        (operands, op.operands, "operand"),
        (results, op.results, "result"),
    ):
        if layouts is None:
            continue
        require(
            op,
            len(layouts) == len(values),
            lambda layouts=layouts, values=values, name=name: (
                f"there are {len(values)} {name}s, and {len(layouts)} {name}_layouts"
            ),
        )
        for layout, value in zip(layouts, values, strict=True):
            if not isinstance(value.type, TensorType):
                continue
            order = (
                [int(n) for n in layout.get_values()]
                if isinstance(layout, DenseIntOrFPElementsAttr)
                and layout.get_element_type() == IndexType()
                and len(layout.type.get_shape()) == 1
                else None
            )
            require(
                op,
                order is not None and sorted(order) == list(range(len(sizes(value.type)))),
                lambda layout=layout, value=value: f"{layout} is no layout of {value.type}",
            )


@checks("stablehlo.composite")
def composite(op: Any) -> None:
    name = op.decomposition.root_reference.data
    version = op.version
    require(op, version is None or version.value.data >= 0, lambda: "the version is not below 0")
    function = SymbolTable.lookup_symbol(op, name)
    if not isinstance(function, func.FuncOp):
        refuse(op, f"there is no function @{name}")
    found = function.function_type
    right = tuple(found.inputs) == tuple(op.operand_types) and tuple(found.outputs) == tuple(
        op.result_types
    )
    require(op, right, lambda: f"@{name} has the type {found}, which is not the op's")


@checks("stablehlo.async_start", "stablehlo.async_done")
def asynchronous(op: Any) -> None:
    start = op.name == "stablehlo.async_start"
    future = op.result.type if start else op.operand.type
    if not isinstance(future, attributes.FutureType):
        refuse(op, f"!stablehlo.future<…> belongs here, not {future}")
    if start:
        block = block_of(op, op.body, "body", op.operand_types)
        require_results(op, block, "body", tuple(future.types))
        return
    require(
        op,
        tuple(future.types) == tuple(op.result_types),
        lambda: f"the results are those of {future}",
    )
