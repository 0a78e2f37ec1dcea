"""Every attribute that letgrad prints is read as the same attribute: bit for bit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from math import prod
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    AnyFloat,
    BytesAttr,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    Signedness,
    TensorType,
    bf16,
    f16,
    f32,
    f64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from letgrad.dialects import types
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import source
from letgrad.tools.opt import LetgradOptMain

from . import oracles

FLOATS = (f16, bf16, f32, f64)
INTEGERS = (
    *(IntegerType(n) for n in (1, 8, 16, 32, 64)),
    *(IntegerType(n, Signedness.UNSIGNED) for n in (8, 32, 64)),
    *(IntegerType(n, Signedness.SIGNED) for n in (8, 64)),
    IndexType(),
)


def context() -> Context:
    return LetgradOptMain(args=[]).ctx


CTX = context()


def text_of(attribute: Attribute, generic: bool) -> str:
    module = ModuleOp([], attributes={"letgrad.value": attribute})
    out = StringIO()
    source.print_module(module, out, generic=generic)
    return out.getvalue()


def reread(text: str) -> Attribute:
    return source.parse(CTX.clone(), text).attributes["letgrad.value"]


@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, ...]:
    return tuple(draw(st.lists(st.integers(0, 4), min_size=0, max_size=3)))


@st.composite
def tables(draw: st.DrawFn) -> DenseIntOrFPElementsAttr:
    element: Any = draw(st.sampled_from((*FLOATS, *INTEGERS, ComplexType(f32), ComplexType(f64))))
    sizes = draw(st.one_of(shapes(), st.just((101,)), st.just((3, 50))))
    width, n = element.compile_time_size, prod(sizes)
    if draw(st.booleans()):  # a splat
        data = draw(st.binary(min_size=width, max_size=width)) * n
    else:
        data = draw(st.binary(min_size=width * n, max_size=width * n))
    if element == IntegerType(1):
        data = bytes(255 * (byte & 1) for byte in data)
    return DenseIntOrFPElementsAttr(TensorType(element, sizes), BytesAttr(data))


@settings(max_examples=200, deadline=None)
@given(tables(), st.booleans())
def test_tables_are_read_as_they_were_printed(table: DenseIntOrFPElementsAttr, generic: bool):
    again = reread(text_of(table, generic))
    assert isinstance(again, DenseIntOrFPElementsAttr)
    assert again.type == table.type
    assert again.data.data.hex() == table.data.data.hex()


def test_booleans_in_hexadecimal_are_the_same_as_words():
    """MLIR writes tables of more than 100 elements in hexadecimal, and 01 for true."""
    words, one, all_bits = (
        reread(f"builtin.module attributes {{letgrad.value = dense<{text}> : tensor<3xi1>}} {{}}")
        for text in ("[false, true, false]", '"0x000100"', '"0x00FF00"')
    )
    assert one == words and all_bits == words


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FLOATS), st.binary(min_size=24, max_size=24), st.booleans())
def test_floats_and_arrays_of_floats_are_read_as_they_were_printed(
    type: Any, data: bytes, generic: bool
):
    array = DenseArrayBase(type, BytesAttr(data))
    again = reread(text_of(array, generic))
    assert isinstance(again, DenseArrayBase) and again.data.data.hex() == data.hex()
    for number in cast(AnyFloat, type).iter_unpack(data):
        one = FloatAttr(number, type)
        again = reread(text_of(one, generic))
        assert isinstance(again, FloatAttr) and again.type == type
        # A NaN that signals is made quiet by whatever converts it; as a number it is the same NaN.
        assert type.pack((again.value.data,)) == type.pack((one.value.data,))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(INTEGERS), st.integers(-(2**63), 2**63 - 1), st.booleans())
def test_integers_are_read_as_they_were_printed(type: Any, number: int, generic: bool):
    if isinstance(type, IntegerType):
        low, high = type.value_range()
        number = low + number % (high - low)
    one = IntegerAttr(number, type)
    assert reread(text_of(DictionaryAttr({"a": one}), generic)) == DictionaryAttr({"a": one})


@pytest.mark.parametrize("type", FLOATS)
def test_a_large_splat_is_read_as_it_was_printed(type: Any):
    nan = type.pack((float("nan"),))
    table = DenseIntOrFPElementsAttr(TensorType(type, [types.LARGE + 1]), BytesAttr(nan))
    again = reread(text_of(table, False))
    assert isinstance(again, DenseIntOrFPElementsAttr) and again.data.data == nan


@pytest.mark.parametrize(
    ("spelled", "wrong"),
    [
        ("dense<-0x7F800000> : tensor<2xf32>", "has no sign"),
        ("dense<[0x1FFFF, 0x0]> : tensor<2xf16>", "does not fit into the 16 bits of f16"),
        ("array<f16: 0x1FFFF>", "does not fit into the 16 bits of f16"),
        ("0x1FFFF : f16", "does not fit into its type"),
    ],
)
def test_bit_patterns_that_are_none_are_errors(spelled: str, wrong: str):
    with pytest.raises(LetgradError, match=wrong):
        reread(f"builtin.module attributes {{letgrad.value = {spelled}}} {{}}")


def test_numbers_in_hexadecimal_of_integers_are_numbers():
    text = "dense<[0x10, -0x10]> : tensor<2xi32>"
    again = reread(f"builtin.module attributes {{letgrad.value = {text}}} {{}}")
    assert isinstance(again, DenseIntOrFPElementsAttr) and again.get_values() == (16, -16)


# Other readers: MLIR reads what letgrad prints in generic form and prints it, and letgrad reads it.

READERS = {
    "jaxlib": (oracles.need_jaxlib, oracles.jaxlib),
    "iree-opt": (oracles.need_iree_opt, oracles.iree_opt),
}


@pytest.fixture(params=["jaxlib", pytest.param("iree-opt", marks=pytest.mark.slow)])
def reader(request: pytest.FixtureRequest) -> Callable[[str], str]:
    need, read = READERS[request.param]
    need()
    return read


@st.composite
def arrays_of_numbers(draw: st.DrawFn) -> DenseArrayBase:
    type: Any = draw(st.sampled_from((*FLOATS, *(IntegerType(n) for n in (8, 16, 32, 64)))))
    return DenseArrayBase(type, BytesAttr(draw(st.binary(max_size=4)) * type.compile_time_size))


@st.composite
def scalars(draw: st.DrawFn) -> FloatAttr | IntegerAttr:
    type: Any = draw(st.sampled_from((*FLOATS, *INTEGERS)))
    if type in FLOATS:
        bits = draw(st.binary(min_size=type.compile_time_size, max_size=type.compile_time_size))
        return FloatAttr(next(iter(type.iter_unpack(bits))), type)
    number = draw(st.integers(-(2**63), 2**63 - 1))
    if isinstance(type, IntegerType):
        low, high = type.value_range()
        number = low + number % (high - low)
    return IntegerAttr(number, type)


def same(a: Attribute, b: Attribute) -> bool:
    """Whether two attributes have the same bits; a scalar's NaN is quiet after a conversion."""
    if isinstance(a, FloatAttr) and isinstance(b, FloatAttr):
        x, y = a.value.data, b.value.data
        bits = [cast(AnyFloat, c.type).pack((c.value.data,)) for c in (a, b)]
        return a.type == b.type and (bits[0] == bits[1] or (x != x and y != y))
    if isinstance(a, DenseIntOrFPElementsAttr) and isinstance(b, DenseIntOrFPElementsAttr):
        n = prod(a.get_shape())
        # MLIR writes a splat as one element.
        x, y = (t.data.data * (n if len(t.data.data) == size_of(t) else 1) for t in (a, b))
        return a.type == b.type and x == y
    return a == b


def size_of(table: DenseIntOrFPElementsAttr) -> int:
    return cast(Any, table.get_element_type()).compile_time_size


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(tables(), scalars(), arrays_of_numbers()), min_size=1, max_size=40))
def check_attributes(read: Callable[[str], str], attributes: list[Attribute]) -> None:
    values = {f"letgrad.a{k}": a for k, a in enumerate(attributes)}
    out = StringIO()
    source.print_module(ModuleOp([], attributes=values), out, generic=True)
    again = source.parse(CTX.clone(), read(out.getvalue())).attributes
    for name, value in values.items():
        assert same(value, again[name]), f"{value} became {again[name]}"


def test_attributes_are_read_by_mlir(reader: Callable[[str], str]):
    cast(Any, check_attributes)(reader)


@pytest.mark.parametrize("parts", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_every_float_of_16_bits_is_read_by_mlir(reader: Callable[[str], str], parts: int):
    """Infinities, NaNs and numbers: in tables, in which MLIR spells some of them in hexadecimal."""
    values: dict[str, Attribute] = {}
    for type in (f16, bf16):
        for first in range(0, 1 << 16, 64 * parts):  # below 100 elements, MLIR writes numbers
            data = b"".join(n.to_bytes(2, "little") for n in range(first, first + 64))
            table = DenseIntOrFPElementsAttr(TensorType(type, [64]), BytesAttr(data))
            values[f"letgrad.{type}_{first}"] = table
    out = StringIO()
    source.print_module(ModuleOp([], attributes=values), out, generic=True)
    again = source.parse(CTX.clone(), reader(out.getvalue())).attributes
    assert all(same(value, again[name]) for name, value in values.items())


ROOT = Path(__file__).parents[1]


# MLIR's verifier refuses these, as it should, or looks for a function that xDSL does not look for.
REFUSED = ("upstream/wrong.mlir", "ten-vectorize/errors.mlir", "ten-vectorize/walk.mlir")


def has_hidden_calls(module: ModuleOp) -> bool:
    """Whether a call stands in a region of an op that MLIR does not know, where it finds none."""
    return any(
        isinstance(inner, func.CallOp)
        for op in module.walk()
        if op.regions and op.name.startswith(("ten.", "stablehlo."))
        for inner in op.walk()
    )


def differs_in_xdsl(module: ModuleOp) -> bool:
    """
    Whether there is what xDSL and letgrad write in another generic form than MLIR: letgrad's named
    ops of linalg, which have no region with the arithmetic that their names say; and `no_inline`,
    which is a property of functions in MLIR, and an attribute in xDSL.
    """
    return any(
        (op.name.startswith("linalg.") and not any(r.blocks for r in op.regions))
        or "no_inline" in op.attributes
        for op in module.walk()
    )


def is_out_of_order(module: ModuleOp) -> bool:
    """Whether a value is used above its definition, as blocks may. xDSL compares no such ops."""
    seen: set[SSAValue] = set()
    for op in module.walk():
        if not seen.issuperset(op.operands):
            return True
        seen.update(op.results, *(b.args for r in op.regions for b in r.blocks))
    return False


def has_scales_of_blocks(module: ModuleOp) -> bool:
    """Whether a quantized type has a scale for each block of elements: IREE refuses these types."""
    return re.search(r"!quant\.uniform<[^>]*:\{\d+:\d+", str(module)) is not None


def has_elements_elsewhere(module: ModuleOp) -> bool:
    """Whether elements stand behind the program: MLIR gives a name without elements a number."""
    return "dense_resource<" in str(module)


LEFT_OUT = (
    has_hidden_calls,
    differs_in_xdsl,
    is_out_of_order,
    has_scales_of_blocks,
    has_elements_elsewhere,
)


def programs() -> Iterator[ModuleOp]:
    """The programs of examples/ and tests/filecheck/ that are valid."""
    for folder in ("examples", "tests/filecheck/dialects", "tests/filecheck/passes"):
        for path in sorted((ROOT / folder).rglob("*.mlir")):
            if str(path).endswith(REFUSED):
                continue
            for part in path.read_text().split("// -----"):
                try:
                    module = source.parse(CTX.clone(), part)
                    module.verify()
                except (LetgradError, VerifyException):
                    continue
                if not any(reason(module) for reason in LEFT_OUT):
                    yield module


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 5))]
)
def test_programs_are_read_by_mlir(reader: Callable[[str], str], first: int):
    """Each op, type and attribute of letgrad's own dialects is text that MLIR reads, too."""
    modules = [*programs()][first::5]
    texts = []
    for module in modules:
        out = StringIO()
        source.print_module(module, out, generic=True)
        texts.append(out.getvalue())
    assert len(texts) > 30
    # MLIR writes the default flags of arith.trunci, which the op has not in xDSL.
    flags = re.compile(r'("arith\.trunci"\([^)]*\)) <{overflowFlags = #arith\.overflow<none>}>')
    read = [flags.sub(r"\1", again) for again in oracles.each(reader, texts)]
    for module, text, again in zip(modules, texts, read, strict=True):
        assert module.is_structurally_equivalent(source.parse(CTX.clone(), again)), text
