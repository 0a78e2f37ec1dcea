"""
Text in, text out: reading a file, parsing it with source locations, printing a module.

xDSL's parser gives every op the location `unknown` unless `loc(…)` is written. Here each op gets
the place of its name, as in MLIR, and each block argument gets its own place. Every error in a text
becomes one `LetgradError` with its place.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    AnyFloat,
    ArrayAttr,
    BytesAttr,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FileLineColLoc,
    Float80Type,
    Float128Type,
    FloatAttr,
    FusedLoc,
    IndexType,
    IntAttr,
    IntegerAttr,
    IntegerType,
    LocationAttr,
    ModuleOp,
    NoneAttr,
    StringAttr,
    TensorType,
    UnregisteredOp,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.ir.affine import AffineMap, AffineSet
from xdsl.parser import ParserState, UnresolvedOperand
from xdsl.syntax_printer import SyntaxPrinter
from xdsl.traits import SingleBlockImplicitTerminator
from xdsl.utils.exceptions import MultipleSpansParseError, ParseError, VerifyException
from xdsl.utils.lexer import Input, Span
from xdsl.utils.mlir_lexer import MLIRLexer, MLIRTokenKind

from ..dialects import types
from ..dialects.upstream.semi_affine import SemiAffineParser
from ..passes.rewriting import diagnostics
from ..passes.rewriting.diagnostics import LetgradError, explain
from ..passes.rewriting.printing import ExactPrinter
from ..passes.simplify.scalarize import scalarize
from .written_tables import TablesParser, with_bytes_of_xdsl

STDIN = "<stdin>"

RECURSION_LIMIT = 20_000
STACK_SIZE = 512 << 20  # only reserved: pages that are never touched cost nothing

TOO_DEEP = "regions nest too deep for the parser and the printer, which recurse"


def place(filename: str, line: int, column: int) -> FileLineColLoc:
    return FileLineColLoc(StringAttr(filename), IntAttr(line), IntAttr(column))


def read(filename: str | None) -> str:
    """
    The text of a file, or of standard input for None or `-`.

    Errors: `LetgradError` if the file cannot be read or is not UTF-8.
    """
    is_stdin = filename is None or filename == "-"
    filename = STDIN if filename is None or is_stdin else filename
    try:
        if is_stdin:
            content = sys.stdin.buffer.read()
        else:
            with open(filename, "rb") as file:
                content = file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LetgradError(f"cannot read the file: {reason}", place(filename, 1, 1)) from error
    try:
        # As in text mode: a line of a file from Windows ends with a newline only.
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise LetgradError("the file is not UTF-8 text", place(filename, line, column)) from error


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """
    A file to write. This function makes the folder of the file first.

    Errors: `LetgradError` if the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LetgradError(f"cannot write {path}: {reason}") from error


def write(path: str | Path, text: str) -> None:
    """Write a text to a file. Errors: `LetgradError` if the file cannot be written."""
    with writing(path) as file:
        file.write_text(text, encoding="utf-8")


def parse(
    ctx: Context,
    text: str,
    filename: str = STDIN,
    *,
    first_line: int = 1,
    implicit_module: bool = True,
    spans: Spans | None = None,
    as_written: bool = False,
) -> ModuleOp:
    """
    Parse `text` to a module with locations, and with scalars in place of rank-0 tensors. With
    `as_written`, rank-0 tensors stay in functions without an op of letgrad's own dialects. This
    function does not verify the module.

    `first_line` is the line of the file at which `text` starts. The parser fills `spans` with the
    places of ops and names, up to the first error.

    Errors: `LetgradError` with file, line and column for every text that the parser refuses.

    Example:

        >>> text = "func.func @f(%x: f64) -> f64 { func.return %x : f64 }"
        >>> print(find_function(parse(ctx, text, "f.mlir"), "f").location)
        loc("f.mlir":1:1)
    """
    lines = Lines(text, filename, first_line)
    parser: LocatingParser | None = None
    try:
        parser = LocatingParser(ctx, text, lines, spans)
        module = parser.parse_module(implicit_module)
        parser.read_blobs(module)
        scalarize(module, written_for_scalars=as_written)
        return module
    except MultipleSpansParseError as error:
        if error.msg.startswith("region ends with missing block declarations"):
            use = error.refs[0][0]
            raise LetgradError(
                f"block {use.text} is used but not defined", lines.at(use)
            ) from error
        notes = tuple(
            diagnostics.note(message or error.ref_text or "here", lines.at(span))
            for span, message in error.refs
        )
        raise LetgradError(error.msg, lines.at(error.span), notes) from error
    except ParseError as error:
        message = _PLAIN_MESSAGES.get(error.msg.strip(), error.msg)
        raise LetgradError(message, lines.at(error.span)) from error
    except RecursionError as error:
        raise LetgradError(TOO_DEEP, lines.at(parser.pos if parser else 0)) from error
    except LetgradError:
        raise
    except Exception as error:
        # xDSL's parsers of single ops and attributes raise plain Python errors on odd input.
        words = " ".join(map(str, error.args))
        reason = f"xDSL's parser fails here: {explain(error)}"
        if isinstance(error, AssertionError) and not words:
            reason = "xDSL's parser does not take what stands here"
        message = words if isinstance(error, ValueError) else reason
        raise LetgradError(message, lines.at(parser.pos if parser else 0)) from error


_PLAIN_MESSAGES = {
    "in block definition": "expected an op or '}'",
    "Could not parse entire input!": "expected an op",
    "Expected suffix identifier after {first_char}": "expected a name after this character",
}
"""Messages of xDSL's parser that say too little, and what they mean."""


def run_deep(function: Callable[[], int]) -> int:
    """
    Run `function` on a thread where the parser, the printer and passes may recurse deeply, and give
    the exit status of `function`.

    Regions that nest 100 deep take more Python frames than the usual limit, and deeper regions
    would overflow the stack of the main thread. With the limit here, regions may nest some hundreds
    deep, and deeper regions raise a `RecursionError`.
    """
    status = 1
    context = copy_context()

    def target() -> None:
        nonlocal status
        status = context.run(function)

    old_limit, old_size = sys.getrecursionlimit(), threading.stack_size(STACK_SIZE)
    sys.setrecursionlimit(max(old_limit, RECURSION_LIMIT))
    thread = threading.Thread(target=target, daemon=True)
    try:
        thread.start()
        # The system may give a signal to the other thread. Python acts on the signal when this
        # thread wakes.
        while thread.is_alive():
            thread.join(0.5)
    except KeyboardInterrupt:
        # Nothing can stop the thread. The thread may be reading, and Python would wait for it in
        # vain.
        print("interrupted", file=sys.stderr, flush=True)
        os._exit(130)
    finally:
        threading.stack_size(old_size)
        sys.setrecursionlimit(old_limit)
    return status


class Lines:
    """
    The line and column of an offset into a text. Bisection finds them, so parsing stays linear.
    """

    def __init__(self, text: str, filename: str, first_line: int = 1):
        self._starts = [0]
        self._starts.extend(i + 1 for i, c in enumerate(text) if c == "\n")
        self._filename = StringAttr(filename)
        self._first_line = first_line

    def at(self, offset: int | Span[Any]) -> FileLineColLoc:
        offset = offset if isinstance(offset, int) else offset.start
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        return FileLineColLoc(self._filename, IntAttr(line - 1 + self._first_line), IntAttr(column))


@dataclass
class OpSpan:
    """An op in a text: from its first result to its end, with its name in between."""

    start: int
    name: int
    end: int
    op: Operation


@dataclass
class NameSpan:
    """The name of a value in a text, such as `%x`, where it is defined or used."""

    start: int
    end: int
    value: SSAValue
    defines: bool


@dataclass
class Spans:
    """The offsets of each op (inner ops first) and each name of a value in a text."""

    ops: list[OpSpan] = field(default_factory=list)
    names: list[NameSpan] = field(default_factory=list)
    _defined: dict[SSAValue, SSAValue] = field(default_factory=dict)

    def use(self, span: Span[Any], value: SSAValue) -> None:
        self.names.append(NameSpan(span.start, span.end, value, False))

    def define(self, span: Span[Any], values: Sequence[SSAValue]) -> None:
        self.names.extend(NameSpan(span.start, span.end, value, True) for value in values)

    def settle(self, placeholder: SSAValue, value: SSAValue) -> None:
        """Put `value` in the place of `placeholder`, which stood for it before its definition."""
        self._defined[placeholder] = value

    def settled(self, value: SSAValue) -> SSAValue:
        return self._defined.get(value, value)

    def sorted_names(self) -> list[NameSpan]:
        """All names in the order of the text, each with the value that the name stands for."""
        for name in self.names:
            name.value = self.settled(name.value)
        return sorted(self.names, key=lambda name: name.start)


class _Scopes(dict[str, tuple[SSAValue, ...]]):
    """
    The visible names of values, with a log to remove the names that a region defined.

    The parser takes a `copy` when it enters a region and assigns it back when it leaves. Copying
    all names would make a function with n regions cost n²; here a copy is the length of the log,
    and assigning it back undoes the rest.
    """

    def __init__(self) -> None:
        super().__init__()
        self._log: list[str] = []

    def __setitem__(self, name: str, values: tuple[SSAValue, ...]) -> None:
        # A name is never redefined while it is visible: the parser refuses that before.
        self._log.append(name)
        super().__setitem__(name, values)

    def copy(self) -> Any:
        return len(self._log)

    def back_to(self, length: int) -> None:
        while len(self._log) > length:
            del self[self._log.pop()]


class _Lexer(MLIRLexer):
    """
    xDSL's lexer, with one fix: on a string that is not closed, xDSL's lexer takes time exponential
    in the length of the string.
    """

    # Upstream's pattern, but without backtracking.
    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')


_SPLAT = re.compile(r"<\s*[-\w]")
"""The beginning of the elements of `dense<…>` if one element stands for all."""


class _Bits(int):
    """A hexadecimal number of `dense<…>`. For a float, the number is the bits of the float."""

    def __float__(self) -> float:
        return 0.0


def _end_blocks(op: Operation) -> None:
    """
    Put the terminator that the custom form leaves out after an unregistered op without successors.
    xDSL takes such an op for the terminator, and MLIR does not.
    """
    traits = op.get_traits_of_type(SingleBlockImplicitTerminator)
    for block in (block for region in op.regions for block in region.blocks) if traits else ():
        last = block.last_op
        if isinstance(last, UnregisteredOp) and not last.successors:
            block.add_op(traits[0].op_type.create(location=last.location))


def _one_of(type: Any) -> Any:
    return TensorType(type.get_element_type(), [1])


_LOCATION_ALIAS = re.compile(r"^(#[\w.$-]+)\s*=\s*(?=loc\s*\()", re.MULTILINE)

_MOST_BITS = (1 << 24) - 1
"""The widest integer type of MLIR."""
_SIZES = "a size is ? or a number from 0 to 2^63 - 1"


class LocatingParser(TablesParser):
    """xDSL's parser, which also notes the places of ops, block arguments and uses of values."""

    def __init__(self, ctx: Context, text: str, lines: Lines, spans: Spans | None = None):
        self._scopes = _Scopes()
        self._lines = lines
        self._spans = spans
        self._names_at: list[int] = []
        self._undefined: dict[str, Span] = {}
        self._splats: list[Any] = []
        """The types of the splats that the parser is in; None until a type is known."""
        self._unnamed: list[dict[str, Attribute]] = []
        """The attributes of a declaration's arguments, which xDSL reads and drops."""
        self._after_unnamed = False
        self._aliases_at: dict[str, int] | None = None
        """The offsets of the locations that have an alias, once an alias was not yet defined."""
        self._reading: set[str] = set()
        self._read_ahead: set[str] = set()
        """The aliases that were read before the parser came to their definition."""
        self._numbers: list[Span | None] | None = None
        """The hexadecimal spellings of the numbers in the `dense<…>` that the parser is in."""
        self._blobs = {}
        super().__init__(ctx, "")
        self._parser_state = ParserState(_Lexer(Input(text, "")))

    @property
    def ssa_values(self) -> _Scopes:
        return self._scopes

    @ssa_values.setter
    def ssa_values(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, value: object
    ) -> None:
        if isinstance(value, int):
            self._scopes.back_to(value)

    def parse_module(self, allow_implicit_module: bool = True) -> ModuleOp:
        start = self.pos
        if allow_implicit_module and self._current_token.kind == MLIRTokenKind.EOF:
            module = ModuleOp([])  # as in MLIR: nothing is the empty module
        else:
            # Without an implicit module, xDSL reads no alias, and nothing after the first op.
            module = super().parse_module(True)
        if module.location is UNKNOWN_LOC:
            module.location = self._lines.at(start)
            if not allow_implicit_module:
                first, *others = module.body.ops
                if isinstance(first, ModuleOp) and others:
                    raise LetgradError("the program is one module; this op is outside", others[0])
                raise LetgradError("builtin.module operation expected", first)
        return module

    def parse_affine_map(self) -> AffineMap:
        return SemiAffineParser(self._parser_state).parse_affine_map()

    def parse_affine_set(self) -> AffineSet:
        return SemiAffineParser(self._parser_state).parse_affine_set()

    def parse_affine_map_of_ssa_ids(self) -> tuple[AffineMap, Sequence[SSAValue[IndexType]]]:
        map, spans = SemiAffineParser(self._parser_state).parse_affine_map_of_ssa_ids()
        named = [UnresolvedOperand(span, 0) for span in spans]
        return map, [self.resolve_operand(name, IndexType()) for name in named]

    def parse_dimension_list(self) -> list[int]:
        # MLIR also reads spaces around the x of a shape, as in `memref<2 x f32>`.
        dims: list[int] = []
        kinds = (MLIRTokenKind.INTEGER_LIT, MLIRTokenKind.QUESTION)
        while self._current_token.kind in kinds:
            dims.append(self.parse_shape_dimension())
            behind = self._current_token.span.start
            if self._parse_optional_shape_delimiter() is None:
                break
            if self._current_token.kind not in kinds:
                self._resume_from(behind)
        return dims

    def _parse_block(self) -> Block:
        label = self._current_token
        block = super()._parse_block()
        # xDSL notes the declaration of a block only if nothing referred to the block before.
        self.blocks[label.text[1:]] = (block, label.span)
        return block

    def parse_dense_int_or_fp_elements_attr(self, type: Any) -> DenseIntOrFPElementsAttr:
        # The type stands after the elements, and may have attributes with elements of their own.
        table, numbers = self.reading_numbers(lambda: self._parse_dense(type))
        return self.numbers_as_bits(table, numbers)

    def reading_numbers(self, read: Callable[[], Any]) -> tuple[Any, list[Span | None]]:
        outer, self._numbers = self._numbers, []
        try:
            return read(), self._numbers
        finally:
            self._numbers = outer

    def numbers_as_bits(
        self, table: DenseIntOrFPElementsAttr, numbers: list[Span | None]
    ) -> DenseIntOrFPElementsAttr:
        """
        The table. A float in hexadecimal has the bits that the text spells. `numbers` are the
        spellings of the numbers in the table, with None for each decimal number.
        """
        element = table.get_element_type()
        part = element.element_type if isinstance(element, ComplexType) else element
        if not isinstance(part, AnyFloat) or not any(numbers):
            return table
        width, data = part.compile_time_size, bytearray(table.data.data)
        spelled = bytearray(width * len(numbers))
        for i, span in enumerate(numbers):
            at = slice(i * width, (i + 1) * width)
            spelled[at] = data[at] if span is None else self._bits(span, part)
        if len(spelled) < len(data):
            spelled *= len(data) // len(spelled)
        # A splat without elements has a number in the text, and no data.
        return DenseIntOrFPElementsAttr(table.type, BytesAttr(bytes(spelled[: len(data)])))

    def _bits(self, span: Span, type: Any) -> bytes:
        """The bits of a float in hexadecimal."""
        if span.text.startswith("-"):
            self.raise_error("the bit pattern of a float has no sign", span)
        try:
            return int(span.text, 16).to_bytes(type.compile_time_size, "little")
        except OverflowError:
            bits = 8 * type.compile_time_size
            self.raise_error(f"{span.text} does not fit into the {bits} bits of {type}", span)

    def _parse_optional_bool_int_or_float(self) -> Any:
        found = super()._parse_optional_bool_int_or_float()
        if found is None or self._numbers is None:
            return found
        value, span = found
        pattern = span.text.removeprefix("-")[:2] in ("0x", "0X")
        self._numbers.append(span if pattern else None)
        return (_Bits(value) if pattern else value), span

    def _parse_optional_complex(self) -> Any:
        # xDSL wants one spelling for both parts. MLIR writes (0x7F800000, 1.0).
        start = self._current_token.span
        if self.parse_optional_punctuation("(") is None:
            return None
        real, _ = self._parse_bool_int_or_float()
        self.parse_punctuation(",")
        imag, _ = self._parse_bool_int_or_float()
        self.parse_punctuation(")")
        return (real, imag), Span(start.start, self._end_of_what_came_before(), start.input)

    def parse_optional_builtin_int_or_float_attr(self) -> Any:
        before = self._current_token
        try:
            found = super().parse_optional_builtin_int_or_float_attr()
        except (OverflowError, VerifyException) as error:
            message = f"the number does not fit into its type: {error}"
            raise ParseError(before.span, message) from error
        if isinstance(found, IntegerAttr) and isinstance(found.type, IndexType):
            # xDSL takes any number for an index. MLIR reads one of 64 bits, with a sign or without.
            number = found.value.data
            if not -(1 << 63) <= number < 1 << 64:
                self.raise_error(f"{number} does not fit into the 64 bits of index", before.span)
            return IntegerAttr(types.word(number), found.type)
        if isinstance(found, FloatAttr) and isinstance(found.type, Float80Type | Float128Type):
            self.raise_error(f"letgrad has no numbers of type {found.type}", before.span)
        return found

    def _parse_alias_def(self) -> None:
        name = self._current_token.text
        if name in self._read_ahead:
            self._read_ahead.discard(name)
            del self.attribute_aliases[name]
        super()._parse_alias_def()

    def _read_alias_ahead(self, name: str) -> None:
        """
        Read the definition of an alias of a location that stands further down. MLIR, and with it
        JAX, writes such definitions after the module.
        """
        if self._aliases_at is None:
            text = self.lexer.input.content
            self._aliases_at = {m[1]: m.end() for m in _LOCATION_ALIAS.finditer(text)}
        at = self._aliases_at.get(name)
        if at is None or name in self._reading:
            return  # xDSL says that there is no such alias
        back = self.pos
        self._reading.add(name)
        self._resume_from(at)
        self.attribute_aliases[name] = self.parse_attribute()
        self._resume_from(back)
        self._reading.discard(name)
        self._read_ahead.add(name)

    def _parse_location(self) -> LocationAttr:
        token = self._current_token
        if token.kind == MLIRTokenKind.HASH_IDENT and token.text not in self.attribute_aliases:
            self._read_alias_ahead(token.text)
        location = self._parse_written_location()
        if isinstance(location, FileLineColLoc) and self.parse_optional_keyword("to"):
            # MLIR has ranges of a text, "f.py":3:6 to :78 or to 4:2. The start of a range is kept.
            self.parse_optional_integer(False, False)
            self.parse_punctuation(":")
            self.parse_integer(False, False)
        return location

    def _parse_written_location(self) -> LocationAttr:
        # xDSL prints the metadata of a fused location, and does not read it.
        if self._current_token.text != "fused":
            return super()._parse_location()
        self.parse_identifier("fused")
        metadata: Attribute = NoneAttr()
        if self.parse_optional_punctuation("<"):
            metadata = self.parse_attribute()
            self.parse_punctuation(">")
        locations = self.parse_comma_separated_list(self.Delimiter.SQUARE, self._parse_location)
        return FusedLoc(tuple(locations), metadata)

    def _parse_builtin_densearray_attr(self) -> DenseArrayBase | None:
        # xDSL writes bit patterns here, but does not read them.
        start = self._current_token.span.start
        self.parse_characters("<", " in dense array")
        element = self.parse_attribute()
        if not isinstance(element, AnyFloat):
            self._resume_from(start)
            return super()._parse_builtin_densearray_attr()
        data = b""
        if self.parse_optional_punctuation(":"):
            data = b"".join(
                self.parse_comma_separated_list(
                    self.Delimiter.NONE, lambda: self._parse_float_bits(element)
                )
            )
        self.parse_characters(">", " in dense array")
        return DenseArrayBase(element, BytesAttr(data))

    def _parse_float_bits(self, type: Any) -> bytes:
        token = self._current_token
        if token.text[:2] in ("0x", "0X"):
            self._consume_token(MLIRTokenKind.INTEGER_LIT)
            return self._bits(token.span, type)
        return type.pack((types.rounded(float(self.parse_number()), type),))

    def parse_shape_dimension(self, allow_dynamic: bool = True) -> int:
        at = self._current_token.span
        size = super().parse_shape_dimension(allow_dynamic)
        if size >= 1 << 63:
            self.raise_error(f"{_SIZES}, and {at.text} is too large", at)
        return size

    def parse_ranked_shape(self) -> tuple[list[int], Attribute]:
        self._refuse_sign()
        sizes = self.parse_dimension_list()
        if sizes:
            self.parse_shape_delimiter()
        at = self._current_token.span
        element = self.parse_optional_type()
        if element is None:
            what = f"'{at.text}'" if at.text.isidentifier() else "this"
            self.raise_error(f"a type of elements belongs here, and {what} is none", at)
        return sizes, element

    def parse_shape_delimiter(self) -> None:
        super().parse_shape_delimiter()
        self._refuse_sign()

    def _parse_vector_attrs(self) -> Any:
        self._refuse_sign()
        at = self._current_token.span
        vector = super()._parse_vector_attrs()
        if any(n == 0 for n in vector.get_shape()):
            self.raise_error("a size of a vector is at least 1", at)
        return vector

    def _refuse_sign(self) -> None:
        """An error at the sign of a negative size. xDSL would take the sign for the type."""
        token = self._current_token
        if token.text == "-":
            self.raise_error(f"{_SIZES}, and this number is negative", token.span)

    def _parse_optional_integer_or_float_type(self) -> Any:
        at = self._current_token.span
        type = super()._parse_optional_integer_or_float_type()
        if isinstance(type, IntegerType) and type.width.data > _MOST_BITS:
            self.raise_error(f"an integer type has at most {_MOST_BITS} bits", at)
        return type

    def _parse_dense(self, type: Any) -> DenseIntOrFPElementsAttr:
        # xDSL writes out the elements of a splat, which takes a second for 10⁷. So this method
        # tells xDSL that the table is a splat.
        if not _SPLAT.match(self._current_token.span.input.content, self.pos):
            table = super().parse_dense_int_or_fp_elements_attr(type)
            return types.compact(with_bytes_of_xdsl(table))
        self._splats.append(type)
        table = super().parse_dense_int_or_fp_elements_attr(type and _one_of(type))
        return types.splat(with_bytes_of_xdsl(table), self._splats.pop())

    def _parse_dense_literal_type(self) -> Any:
        splats, self._splats = self._splats, []  # a type may have attributes
        type = super()._parse_dense_literal_type()
        self._splats = splats
        if not splats:
            return type
        splats[-1] = type
        return _one_of(type)

    def raise_error(self, msg: str, at_position: Any = None, end_position: Any = None) -> NoReturn:
        # xDSL gives this one message at the end of the file, though it knows a better place.
        if self.forward_ssa_references and msg.startswith("values used but not defined"):
            name = next(iter(self.forward_ssa_references))
            super().raise_error(f"%{name} is used but not defined", self._undefined[name])
        if msg == "Could not parse entire input!":
            super().raise_error("expected an operation")
        if at_position is None or at_position is self._current_token.span:
            at_position = self._end_of_what_came_before()
        super().raise_error(msg, at_position, end_position)

    def _end_of_what_came_before(self) -> int:
        """
        The place of an error that the parser noticed at the current token. The place is the token
        or, if the token starts a line, the end of the token before it (as in MLIR): the fault is on
        the line of that token.
        """
        text: str = self.lexer.input.content
        line = text.rfind("\n", 0, self.pos) + 1
        if text[line : self.pos].strip():
            return self.pos
        while line > 0:
            end, line = line - 1, text.rfind("\n", 0, line - 1) + 1
            before = text[line:end].partition("//")[0].rstrip()
            if before:
                return line + len(before)
        return self.pos

    def resolve_operand(self, operand: UnresolvedOperand, type: Any) -> Any:
        name = operand.operand_name
        if name not in self._scopes:
            self._undefined.setdefault(name, operand.span)
        value = super().resolve_operand(operand, type)
        if self._spans is not None:
            self._spans.use(operand.span, value)
        return value

    def _parse_op_result_list(self) -> list[tuple[Span, int]]:
        results = super()._parse_op_result_list()
        self._names_at.append(self.pos)
        return results

    def parse_optional_argument(self, expect_type: bool = True) -> Any:
        argument = super().parse_optional_argument(expect_type)
        if argument is None:
            self._unnamed.append({})
            self._after_unnamed = True
        return argument

    def parse_optional_dictionary_attr_dict(self) -> dict[str, Attribute]:
        attributes = super().parse_optional_dictionary_attr_dict()
        if self._after_unnamed:
            self._unnamed[-1], self._after_unnamed = attributes, False
        return attributes

    def parse_operation(self) -> Operation:
        depth, start = len(self._names_at), self.pos
        outer, self._unnamed = self._unnamed, []
        try:
            op = super().parse_operation()
        except VerifyException as error:
            if len(self._names_at) <= depth:
                raise
            at = self._names_at[-1]
            name = re.match(r'"?([\w.$]*)', self.lexer.input.content[at:])[1]  # type: ignore[index]
            kind = re.fullmatch(r"Unexpected attribute (.*)", str(error), re.DOTALL)
            said = f"{name} does not take {kind[1]}" if kind else f"{name}: {error}"
            self.raise_error(said, at)
        if isinstance(op, func.FuncOp) and not op.body.blocks and any(self._unnamed):
            op.arg_attrs = ArrayAttr(DictionaryAttr(each) for each in self._unnamed)
        self._unnamed = outer
        if self.lexer.input.content[self._names_at[depth]] != '"':
            _end_blocks(op)
        # A `loc(unknown)` in the text is another object, and stays.
        if op.location is UNKNOWN_LOC:
            op.location = self._lines.at(self._names_at[depth])
        for region in op.regions:
            for block in region.blocks:
                for inner in block.ops:
                    # An op that the text only implies, as that of `reduce … applies add`.
                    if inner.location is UNKNOWN_LOC:
                        inner.location = op.location
        if self._spans is not None:
            end = self._end_of_what_came_before()
            self._spans.ops.append(OpSpan(start, self._names_at[depth], end, op))
        del self._names_at[depth:]
        return op

    def _get_op_by_name(self, name: str) -> type[Operation]:
        op = self.ctx.get_optional_op(name, dialect_stack=self._parser_state.dialect_stack)
        if op is None:
            # xDSL reports this error at the token after the name.
            hint = self._closest_op(name)
            self.raise_error(f"operation {name} is not registered{hint}", self._names_at[-1])
        at = self._names_at[-1]
        if issubclass(op, UnregisteredOp) and self.lexer.input.content[at] != '"':
            form = f'"{name}"(operands) : (types) -> (types)'
            self.raise_error(
                f"operation {name} is not registered, so it has no custom form; write {form}", at
            )
        return op

    def _closest_op(self, name: str) -> str:
        """A hint: the registered op whose name is closest to an unknown name, if one is close."""
        dialect = self.ctx.get_optional_dialect(name.partition(".")[0])
        known = [op.name for op in dialect.operations] if dialect is not None else []
        close = difflib.get_close_matches(name, known, 1, cutoff=0.8)
        return f"; did you mean {close[0]}?" if close else ""

    def _register_ssa_definition(self, name: str, values: Sequence[SSAValue], span: Span) -> None:
        early = self.forward_ssa_references.get(name)
        super()._register_ssa_definition(name, values, span)
        self._undefined.pop(name, None)
        if self._spans is not None:
            self._spans.define(span, values)
            for index, placeholder in (early or {}).items():
                self._spans.settle(placeholder, values[index])
        for value in values:
            if isinstance(value, BlockArgument) and value.location is UNKNOWN_LOC:
                value.location = self._lines.at(span)


class _ExactSyntaxPrinter(ExactPrinter, SyntaxPrinter):
    """Prints the same text in colours."""


def print_module(
    module: Operation,
    stream: IO[str],
    *,
    generic: bool = False,
    properties_as_attributes: bool = False,
    debuginfo: bool = False,
    colors: bool = False,
    elide: int | None = None,
    listed: int | None = None,
    ctx: Context | None = None,
) -> None:
    """
    Print a module as MLIR text, with a newline at its end. A module that uses dialect resources
    needs `ctx`. Tables of more than `elide` elements are printed without their elements, and others
    of more than `listed` elements as strings of bytes.

    Example:

        >>> import sys
        >>> print_module(lg.trace(lambda x: np.sin(x), 1.0), sys.stdout)
        builtin.module {
          func.func @lambda(%x: f64) -> f64 {
            %0 = math.sin %x : f64
            func.return %0 : f64
          }
        }
    """
    printer = (_ExactSyntaxPrinter if colors else ExactPrinter)(
        stream=stream,
        print_generic_format=generic,
        print_properties_as_attributes=properties_as_attributes,
        print_debuginfo=debuginfo,
    )
    printer.elide = elide
    printer.listed = printer.listed if listed is None else listed
    printer.print_op(module)
    if ctx is not None:
        printer.print_metadata(ctx.loaded_dialects)
    print(file=stream)
