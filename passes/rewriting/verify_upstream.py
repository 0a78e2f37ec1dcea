"""
Rules of MLIR for the ops of its own dialects that xDSL's verifiers do not check.

The tables name ops by their text, so that a program without a dialect does not load it. Rules about
values that regions pass on, and about branches, stand in `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TypeVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    ArrayAttr,
    ComplexType,
    ContainerType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    Signedness,
    StringAttr,
    TensorType,
    UnregisteredOp,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation
from xdsl.traits import SymbolTable

from ...dialects import types

Check = Callable[[Operation], str | None]
"""Gives what is wrong with an op, or None."""

_CHECKS: dict[str, Check] = {}

C = TypeVar("C", bound=Check)


def _check(*names: str) -> Callable[[C], C]:
    def add(check: C) -> C:
        _CHECKS.update(dict.fromkeys(names, check))
        return check

    return add


def wrong(op: Operation) -> str | None:
    """What MLIR would refuse in an op, and xDSL does not. None if there is nothing."""
    check = _CHECKS.get(op.name)
    if check is not None and (message := check(op)) is not None:
        return message
    return _integers(op) if op.dialect_name() in ("arith", "math") else None


def _integers(op: Operation) -> str | None:
    for value in (*op.operands, *op.results):
        element = types.any_element(value.type)
        if not isinstance(element, IntegerType):
            continue
        width = element.width.data
        if element.signedness.data != Signedness.SIGNLESS:
            return f"{op.name} takes and gives integers without a sign: i{width}, not {element}"
        if width == 0 and op.dialect_name() == "arith" and op.name not in _OF_ANY_WIDTH:
            return f"{op.name} takes and gives integers of at least one bit, not {element}"
    return None


_OF_ANY_WIDTH = ("arith.constant", "arith.select")


# arith.


@_check("arith.cmpi", "arith.cmpf")
def _comparison(op: Operation) -> str | None:
    lhs, rhs = (x.type for x in op.operands)
    if lhs != rhs:
        return f"{op.name} compares values of one type, not {lhs} and {rhs}"
    if isinstance(lhs, ContainerType) and op.results[0].type == i1:
        # MLIR gives one i1 for each element. xDSL's own class knows only the i1 of numbers.
        return f"{op.name} gives one i1, so it compares numbers, not {lhs}; see ten.compare"
    if op.name == "arith.cmpf":
        return _floats(op)
    if not isinstance(types.any_element(lhs), IntegerType | IndexType):
        return f"{op.name} takes integers, not {lhs}"
    return None


@_check("arith.remf", "math.clampf", "math.isnan", "math.isinf", "math.isfinite", "math.isnormal")
@_check("math.sincos")
def _floats(op: Operation) -> str | None:
    type = op.operands[0].type
    if isinstance(type, ComplexType) or not isinstance(types.any_element(type), AnyFloat):
        return f"{op.name} takes floats, not {type}"
    return None


@_check("arith.bitcast")
def _bitcast(op: Operation) -> str | None:
    kinds = [types.any_element(x.type) for x in (*op.operands, *op.results)]
    if any(isinstance(kind, IndexType) for kind in kinds):
        return "arith.bitcast does not take or give index, which has no fixed width"
    return None


@_check("arith.index_cast", "arith.index_castui")
def _index_cast(op: Operation) -> str | None:
    source, result = (types.any_element(x.type) for x in (op.operands[0], op.results[0]))
    if isinstance(source, IndexType) == isinstance(result, IndexType):
        return f"{op.name} casts between index and an integer type, not {source} to {result}"
    return None


# tensor.


def _shape(type: Attribute) -> tuple[int, ...] | None:
    return type.get_shape() if isinstance(type, TensorType) else None


@_check("tensor.extract", "tensor.insert")
def _access(op: Operation) -> str | None:
    place = 0 if op.name == "tensor.extract" else 1
    shape, given = _shape(op.operands[place].type), len(op.operands) - 1 - place
    if shape is None or len(shape) == given:
        return None
    return f"{op.name} needs {len(shape)} indices for {op.operands[place].type}, not {given}"


@_check("tensor.from_elements")
def _from_elements(op: Operation) -> str | None:
    shape = _shape(op.results[0].type)
    if shape is None:
        return None
    if DYNAMIC_INDEX in shape:
        return f"tensor.from_elements gives a tensor of fixed sizes, not {op.results[0].type}"
    if prod(shape) != len(op.operands):
        return (
            f"tensor.from_elements has {len(op.operands)} elements, and {op.results[0].type} has "
            f"{prod(shape)}"
        )
    return None


@_check("tensor.empty")
def _empty(op: Operation) -> str | None:
    shape = _shape(op.results[0].type) or ()
    wanted = shape.count(DYNAMIC_INDEX)
    if wanted != len(op.operands):
        return (
            f"tensor.empty has {len(op.operands)} sizes, and {op.results[0].type} leaves {wanted} "
            "open"
        )
    return None


@_check("tensor.cast")
def _cast(op: Operation) -> str | None:
    source, result = (types.any_element(x.type) for x in (op.operands[0], op.results[0]))
    return None if source == result else f"tensor.cast keeps elements {source}, and gives {result}"


@_check("tensor.collapse_shape", "tensor.expand_shape")
def _reshape(op: Operation) -> str | None:
    ends = (op.operands[0].type, op.results[0].type)
    narrow, wide = ends if op.name == "tensor.expand_shape" else ends[::-1]
    small, large = _shape(narrow), _shape(wide)
    groups = op.properties.get("reassociation")
    if small is None or large is None or not isinstance(groups, ArrayAttr):
        return None
    sizes_given = _numbers(op, "static_output_shape")
    if sizes_given is not None and sizes_given != large:
        given = _sizes(sizes_given)
        return f"{op.name} has the output shape {given}, and gives {op.results[0].type}"
    if not small:
        return _reshape_of_one(op, large, groups)
    if len(groups.data) != len(small):
        return (
            f"{op.name} has {len(groups.data)} groups of dimensions, and {narrow} has {len(small)}"
        )
    for size, group in zip(small, groups.data):
        places = [index.value.data for index in group.data]
        sizes = [large[k] for k in places if 0 <= k < len(large)]
        wanted = DYNAMIC_INDEX if DYNAMIC_INDEX in sizes else prod(sizes)
        if wanted == size:
            continue
        joined = _sizes([size])
        return f"{op.name} joins dimensions of sizes {_sizes(sizes)} to one of size {joined}"
    return None


def _reshape_of_one(op: Operation, large: Sequence[int], groups: ArrayAttr) -> str | None:
    if groups.data:
        return f"{op.name} names dimensions of a tensor of rank 0"
    if any(n != 1 for n in large):
        return f"{op.name} makes one element of sizes {_sizes(large)}, or these of one element"
    return None


def _sizes(sizes: Sequence[int]) -> str:
    return "x".join("?" if n == DYNAMIC_INDEX else str(n) for n in sizes)


@_check("tensor.pad")
def _pad(op: Operation) -> str | None:
    shape, padded = (_shape(x.type) for x in (op.operands[0], op.results[0]))
    low, high = _numbers(op, "static_low"), _numbers(op, "static_high")
    if shape is None or padded is None or low is None or high is None:
        return None
    if not len(shape) == len(padded) == len(low) == len(high):
        return (
            f"tensor.pad needs {len(shape)} widths on each side of {op.operands[0].type}, not "
            f"{len(low)} and {len(high)}, and a result of as many dimensions"
        )
    for n, before, after, size in zip(shape, low, high, padded):
        known = DYNAMIC_INDEX not in (n, before, after)
        if DYNAMIC_INDEX != size and known and before + n + after != size:
            return f"tensor.pad makes a dimension of size {before + n + after}, not {size}"
    blocks = op.regions[0].blocks
    taken = blocks[0].arg_types if blocks else ()
    if len(taken) != len(shape) or not all(isinstance(type, IndexType) for type in taken):
        shown = ", ".join(map(str, taken))
        return f"the region of tensor.pad takes an index for each dimension, not ({shown})"
    return None


@_check("tensor.yield")
def _yield(op: Operation) -> str | None:
    parent = op.parent_op()
    if len(op.operands) != 1:
        return f"tensor.yield gives one value, not {len(op.operands)}"
    if parent is None or parent.name not in ("tensor.pad", "tensor.generate"):
        return None
    given, element = op.operands[0].type, types.any_element(parent.results[0].type)
    return None if given == element else f"{parent.name} has elements {element}, and yields {given}"


def _numbers(op: Operation, name: str) -> tuple[int, ...] | None:
    found = op.properties.get(name)
    return tuple(found.get_values()) if isinstance(found, DenseArrayBase) else None


@_check("tensor.extract_slice", "tensor.insert_slice")
def _slice(op: Operation) -> str | None:
    extract = op.name == "tensor.extract_slice"
    whole = op.operands[0 if extract else 1].type
    part = op.results[0].type if extract else op.operands[0].type
    shape, small = _shape(whole), _shape(part)
    offsets, sizes, strides = (_numbers(op, f"static_{n}") for n in ("offsets", "sizes", "strides"))
    if shape is None or small is None or offsets is None or sizes is None or strides is None:
        return None
    if not len(shape) == len(offsets) == len(sizes) == len(strides):
        return (
            f"{op.name} needs {len(shape)} offsets, sizes and strides for {whole}, not "
            f"{len(offsets)}, {len(sizes)} and {len(strides)}"
        )
    if types.any_element(whole) != types.any_element(part):
        return f"{op.name} keeps elements, and has {whole} and {part}"
    if not _is_rank_reduced(sizes, small):
        return f"{op.name} has a slice of sizes {_sizes(sizes)}, which is no {part}"
    for d, (n, offset, size, stride) in enumerate(zip(shape, offsets, sizes, strides)):
        if DYNAMIC_INDEX in (n, offset, size, stride) or size == 0:
            continue
        if offset < 0 or size < 0 or not 0 <= offset + (size - 1) * stride < n:
            return (
                f"{op.name} leaves {whole}: dimension {d} has offset {offset}, size {size} and "
                f"stride {stride}"
            )
    return None


def _is_rank_reduced(sizes: Sequence[int], reduced: Sequence[int]) -> bool:
    """Whether a shape has these sizes, where sizes 1 may be left out."""
    left = list(reduced)
    for size in sizes:
        if left and left[0] == size:
            left.pop(0)
        elif size != 1:
            return False
    return not left


# cf, memref and linalg.


@_check("cf.switch")
def _switch(op: Operation) -> str | None:
    flag = op.operands[0].type
    if isinstance(flag, IntegerType) and flag.signedness.data == Signedness.SIGNLESS:
        return None
    return f"cf.switch chooses by an integer without a sign, not by {flag}"


@_check("memref.global")
def _global(op: Operation) -> str | None:
    kind, value = op.properties.get("type"), op.properties.get("initial_value")
    if not isinstance(kind, MemRefType) or not isinstance(value, DenseIntOrFPElementsAttr):
        return None
    given = value.type
    if given.get_shape() == kind.get_shape() and given.element_type == kind.element_type:
        return None
    return f"memref.global has type {kind}, and its value has type {given}"


@_check("linalg.fill")
def _fill(op: Operation) -> str | None:
    if len(op.operands) != 2:
        return f"linalg.fill takes a value and what it fills, not {len(op.operands)} operands"
    value, filled = op.operands[0].type, types.any_element(op.operands[1].type)
    return None if value == filled else f"linalg.fill writes {value} into elements {filled}"


# scf.


@_check("scf.if", "scf.index_switch", "scf.execute_region")
def _no_arguments(op: Operation) -> str | None:
    for region in op.regions:
        if region.blocks and region.blocks[0].args:
            return f"the regions of {op.name} have no arguments"
    return None


@_check("scf.while")
def _while(op: Operation) -> str | None:
    for region, name in zip(op.regions, ("scf.condition", "scf.yield")):
        last = region.blocks[-1].last_op if region.blocks else None
        if last is not None and last.name != name and not isinstance(last, UnregisteredOp):
            which = "first" if name == "scf.condition" else "second"
            return f"the {which} region of scf.while ends with {name}, not with {last.name}"
    return None


# llvm.

_CASES: Mapping[str, tuple[str, frozenset[int]]] = {
    "llvm.icmp": ("predicate", frozenset(range(10))),
    "llvm.fcmp": ("predicate", frozenset(range(16))),
    "llvm.inline_asm": ("asm_dialect", frozenset((0, 1))),
    "llvm.load": ("ordering", frozenset((0, 1, 2, 4, 5, 6, 7))),
    "llvm.store": ("ordering", frozenset((0, 1, 2, 4, 5, 6, 7))),
}
"""Attributes that are cases of an enumeration, with the numbers of the cases."""


@_check(*_CASES)
def _case(op: Operation) -> str | None:
    name, cases = _CASES[op.name]
    given = op.properties.get(name)
    if isinstance(given, IntegerAttr) and given.type != i64:
        return f"the {name} of {op.name} is an i64, not {given.type}"
    if isinstance(given, IntegerAttr) and given.value.data not in cases:
        listed = ", ".join(map(str, sorted(cases)))
        return f"the {name} of {op.name} is one of {listed}, not {given.value.data}"
    return None


# func.

_VISIBILITIES = ("public", "private", "nested")


@_check("func.func")
def _function(op: Operation) -> str | None:
    kind = op.properties.get("function_type")
    visibility = op.properties.get("sym_visibility")
    if isinstance(visibility, StringAttr) and visibility.data not in _VISIBILITIES:
        return f'the visibility of a function is one of {_VISIBILITIES}, not "{visibility.data}"'
    if isinstance(kind, FunctionType):
        counts: Mapping[str, tuple[str, int]] = {
            "arg_attrs": ("arguments", len(kind.inputs)),
            "res_attrs": ("results", len(kind.outputs)),
        }
        for name, (what, count) in counts.items():
            found = op.properties.get(name)
            if isinstance(found, ArrayAttr) and len(found.data) != count:
                return f"{name} has {len(found.data)} entries for {count} {what}"
    if op.regions and not op.regions[0].blocks:
        if visibility is None or visibility == StringAttr("public"):
            return "a function without a body is private: write func.func private"
    parent = op.parent_op()
    if parent is not None and not isinstance(parent, ModuleOp):
        if not parent.has_trait(SymbolTable, value_if_unregistered=True):
            return f"func.func stands in {parent.name}, which is no table of symbols"
    return None
