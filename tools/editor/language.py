"""
The answers to an editor's questions about a file of MLIR: its errors, the op or value at a place,
and the places of definitions and uses. Positions are offsets into the text.

No code here knows the protocol of editors: `lsp.py` does. No code here knows a dialect: all facts
come from op definitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from itertools import islice

from xdsl.context import Context
from xdsl.dialects.builtin import FunctionType, ModuleOp, StringAttr, UnregisteredOp
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.parser import ForwardDeclaredValue

from ...dialects.op_names import op_name
from ...passes.rewriting import verify
from ...passes.rewriting.diagnostics import Diagnostic, LetgradError, Severity, handling
from .. import opt, source
from ..docs import definitions, markdown, pages
from ..testing import expected

Range = tuple[int, int]
"""The offset of the first character, and the offset after the last character."""

FILE = "-"
"""The file's name in locations."""

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[%@^#!]?[\w.$-]+|\S')
_SYMBOL = re.compile(r'//.*|"(?:[^"\\\n]|\\.)*"|@[\w.$-]+|@"[^"\n]*"')
_VALUE = re.compile(r'//.*|"(?:[^"\\\n]|\\.)*"|%[\w.$-]+')
_WORD = re.compile(r"[%@]?[\w.$-]*$")
_FUNCTION = re.compile(r"^\s*func\.func\b", re.MULTILINE)
_OP_PLACE = re.compile(r"(?:^|=|\{)\s*\"?$")
_TYPE_PLACE = re.compile(r"(?::|->|[,(]|<(?:[\d?]+x)*)\s*$")
_TYPES = (
    "f16", "bf16", "f32", "f64", "i1", "i8", "i16", "i32", "i64", "index", "tensor<", "memref<",
    "complex<", "vector<",
)  # fmt: skip
_BRACKETS = re.compile(r'//.*|"(?:[^"\\\n]|\\.)*"|[(){}\[\]]')
_TOP = re.compile(r'^(?:"?[a-z_]\w*\.|%)', re.MULTILINE)
"""The start of an op at the top, after a part that the parser refused."""


@dataclass(frozen=True)
class Problem:
    """A diagnostic at its range, with notes at the ranges of the notes."""

    range: Range
    severity: Severity
    message: str
    notes: tuple[tuple[Range, str], ...]


@dataclass(frozen=True)
class Symbol:
    """A named op, with the named ops in it; `name_range` is the range of its name."""

    name: str
    kind: str
    range: Range
    name_range: Range
    children: tuple[Symbol, ...]


@dataclass(frozen=True)
class Completion:
    """A word that can stand at a place, instead of the text in `range`."""

    text: str
    kind: str
    """`value`, `symbol`, `op`, `dialect` or `type`."""
    detail: str
    range: Range


@dataclass
class _Piece:
    """The text between two lines `// -----`, from offset `start` on; spans count from `start`."""

    text: str
    start: int
    spans: source.Spans
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @cached_property
    def names(self) -> list[source.NameSpan]:
        return self.spans.sorted_names()


class Document:
    """A text in pieces, each parsed as far as possible."""

    def __init__(self, context: Context, text: str):
        self.text = text
        self._context = context
        self._starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
        # Without --split-input-file, a separator is only a comment, and names may clash. But the
        # author of a file with a separator wants the tool to split the file.
        self._pieces = [
            self._parsed(context, piece, [*self._starts, len(text)][line - 1], line)
            for piece, line in opt.split(text)
        ]

    def _parsed(self, context: Context, text: str, start: int, line: int) -> _Piece:
        piece = _Piece(text, start, source.Spans())
        at = seen = 0
        with handling(piece.diagnostics.append):
            while True:
                # Blanks replace the text that the parser has read, so that places do not change.
                rest = re.sub(r"[^\n]", " ", text[:at]) + text[at:]
                try:
                    module = source.parse(
                        context.clone(),
                        rest,
                        FILE,
                        first_line=line,
                        spans=piece.spans,
                        as_written=True,
                    )
                except LetgradError as error:
                    wrong = self._offset(error.diagnostic)
                    piece.diagnostics.append(error.diagnostic)
                    # The parser stops at its first error. Go on with the text after the error.
                    tops = [s for s in piece.spans.ops[seen:] if s.op.parent is None]
                    seen = len(piece.spans.ops)
                    self._verify_parts(piece, tops)
                    past = max([at, (wrong or start) - start, *(s.end - 1 for s in tops)]) + 1
                    if (after := _TOP.search(text, past)) is None:
                        break
                    at = after.start()
                else:
                    self._verify(piece, module)
                    break
        piece.diagnostics = list(dict.fromkeys(piece.diagnostics))
        return piece

    def _verify(self, piece: _Piece, module: ModuleOp) -> None:
        errors = verify.errors(module)
        if "expected-error" in piece.text:
            # The author of expected-error comments saw only the first error of letgrad-opt.
            errors = islice(errors, 1)
        piece.diagnostics.extend(error.diagnostic for error in errors)

    def _verify_parts(self, piece: _Piece, tops: list[source.OpSpan]) -> None:
        """Check the ops at the top that the parser read before an error."""
        whole: list[Operation] = []
        for top in tops:
            undefined = [
                name
                for name in piece.spans.names
                if top.start <= name.start < top.end
                and isinstance(piece.spans.settled(name.value), ForwardDeclaredValue)
            ]
            if not undefined:
                whole.append(top.op)
            for name in undefined:
                line = self.text.count("\n", 0, piece.start + name.start)
                column = piece.start + name.start - self._starts[line]
                message = f"{piece.text[name.start : name.end]} is used but not defined"
                place = source.place(FILE, line + 1, column + 1)
                piece.diagnostics.append(LetgradError(message, place).diagnostic)
        self._verify(piece, ModuleOp(whole))

    def _offset(self, diagnostic: Diagnostic) -> int | None:
        if diagnostic.position is None:
            return None
        _, line, column = diagnostic.position
        return min(self._starts[min(line, len(self._starts)) - 1] + column - 1, len(self.text))

    def _range(self, diagnostic: Diagnostic) -> Range:
        """The range of the word at the place of a diagnostic; at the end of a line, the place."""
        start = self._offset(diagnostic) or 0
        token = _TOKEN.match(self.text, start)
        return (start, token.end() if token else start)

    # Errors.

    def problems(self) -> list[Problem]:
        """The diagnostics of letgrad-opt for the file, without those that the file expects."""
        found: list[Problem] = []
        for piece in self._pieces:
            line = self.text.count("\n", 0, piece.start) + 1
            waiting, malformed = expected.expectations(piece.text, FILE, line)
            for d in (*piece.diagnostics, *malformed):
                met = next((e for e in waiting if e.accepts(d, FILE)), None)
                if met is not None:
                    waiting.remove(met)
                    continue
                notes = tuple((self._range(n), n.message) for n in d.notes)
                found.append(Problem(self._range(d), d.severity, d.message, notes))
        return found

    # The op or value at a place.

    def _piece_at(self, offset: int) -> _Piece:
        return next(p for p in reversed(self._pieces) if p.start <= offset or p.start == 0)

    def _name_at(self, offset: int) -> tuple[_Piece, source.NameSpan] | None:
        piece = self._piece_at(offset)
        at = offset - piece.start
        # The place after the name counts too, since the cursor is there when a user types the name.
        touched = [n for n in piece.names if n.start <= at <= n.end]
        if touched:
            return piece, touched[-1]
        # In an op that the parser refuses, names are only words. The last definition counts.
        for token in _VALUE.finditer(piece.text):
            if token[0].startswith("%") and token.start() <= at <= token.end():
                for n in reversed(piece.names):
                    if n.defines and n.end <= at and piece.text[n.start : n.end] == token[0]:
                        return piece, source.NameSpan(*token.span(), n.value, False)
        return None

    def _op_at(self, offset: int) -> tuple[_Piece, source.OpSpan] | None:
        """The op whose name is at an offset."""
        piece = self._piece_at(offset)
        at = offset - piece.start
        for span in piece.spans.ops:
            if span.name <= at <= span.name + self._name_length(piece, span):
                return piece, span
        return None

    @staticmethod
    def _name_length(piece: _Piece, span: source.OpSpan) -> int:
        token = _TOKEN.match(piece.text, span.name)
        return len(token[0]) if token else 0

    def _symbol_at(self, offset: int) -> tuple[_Piece, str] | None:
        piece = self._piece_at(offset)
        for name, (start, end) in self._symbols_in(piece):
            if start <= offset <= end:
                return piece, name
        return None

    @staticmethod
    def _symbols_in(
        piece: _Piece, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[str, Range]]:
        for token in _SYMBOL.finditer(piece.text, start, len(piece.text) if end is None else end):
            if token[0].startswith("@"):
                name = token[0][1:].strip('"')
                yield name, (piece.start + token.start(), piece.start + token.end())

    def hover(self, offset: int) -> tuple[str, Range] | None:
        """
        The help for a place, in Markdown, and the range of the help: the type of a value, the
        documentation of an op, or the type of a function.
        """
        if (named := self._name_at(offset)) is not None:
            piece, name = named
            text = piece.text[name.start : name.end]
            about = f"```mlir\n{text} : {name.value.type}\n```\n\n{_origin(name.value)}"
            return about, (piece.start + name.start, piece.start + name.end)
        if (found := self._op_at(offset)) is not None:
            piece, span = found
            start = piece.start + span.name
            return documentation(span.op), (start, start + self._name_length(piece, span))
        if (symbol := self._symbol_at(offset)) is not None:
            piece, name = symbol
            if (definition := self._definition_of(piece, name)) is not None:
                op = definition.op
                type = op.properties.get("function_type")
                shown = str(type) if isinstance(type, FunctionType) else ""
                ranges = (r for n, r in self._symbols_in(piece) if n == name)
                at = next(r for r in ranges if r[0] <= offset <= r[1])
                return f"```mlir\n{op_name(op)} @{name} {shown}\n```", at
        return None

    def _definition_of(self, piece: _Piece, symbol: str) -> source.OpSpan | None:
        return next((s for s in piece.spans.ops if _symbol_name(s.op) == symbol), None)

    def definition(self, offset: int) -> Range | None:
        """The range of the definition of the value or symbol at a place."""
        if (named := self._name_at(offset)) is not None:
            piece, name = named
            for other in piece.names:
                if other.defines and other.value is name.value:
                    return piece.start + other.start, piece.start + other.end
        if (symbol := self._symbol_at(offset)) is not None:
            piece, word = symbol
            if (span := self._definition_of(piece, word)) is not None:
                return self._name_of(piece, span, word)
        return None

    def _name_of(self, piece: _Piece, span: source.OpSpan, symbol: str) -> Range:
        """The range of the name of a symbol in its definition."""
        for name, range in self._symbols_in(piece, span.start, span.end):
            if name == symbol:
                return range
        start = piece.start + span.name  # in generic form, the symbol is an attribute like others
        return start, start + self._name_length(piece, span)

    def references(self, offset: int, declaration: bool = True) -> list[Range]:
        """The uses of the value or symbol at a place; `declaration` adds the definition."""
        if (named := self._name_at(offset)) is not None:
            piece, name = named
            return [
                (piece.start + n.start, piece.start + n.end)
                for n in piece.names
                if n.value is name.value and (declaration or not n.defines)
            ]
        if (symbol := self._symbol_at(offset)) is not None:
            piece, word = symbol
            defined = self.definition(offset)
            ranges = [r for n, r in self._symbols_in(piece) if n == word]
            return [r for r in ranges if declaration or r != defined]
        return []

    def completions(self, offset: int) -> list[Completion]:
        """
        The words that can stand at a place where a user types: values and symbols of the file, ops
        and dialects of the environment, and types.
        """
        start = self.text.rfind("\n", 0, offset) + 1
        before = self.text[start:offset]
        if (
            any(
                (t[0][0] == '"' and t.end() > len(before)) or t[0].startswith("//")
                for t in _SYMBOL.finditer(before)
            )
            or before.count('"') % 2
        ):
            return []
        word = _WORD.search(before)
        typed = word[0] if word else ""
        range = offset - len(typed), offset
        piece = self._piece_at(offset)
        if typed.startswith("%"):
            found = self._values_before(piece, range[0] - piece.start)
        elif typed.startswith("@"):
            found = self._symbols_of(piece)
        elif _OP_PLACE.search(before[: len(before) - len(typed)]):
            found = self._ops(typed)
        elif _TYPE_PLACE.search(before[: len(before) - len(typed)]):
            found = [(name, "type", "") for name in _TYPES]
        else:
            return []
        unique = {text: (kind, detail) for text, kind, detail in found if text.startswith(typed)}
        return [Completion(text, kind, detail, range) for text, (kind, detail) in unique.items()]

    def _values_before(self, piece: _Piece, at: int) -> list[tuple[str, str, str]]:
        """The values that the function around a place defines before the place."""
        begins = [m.start() for m in _FUNCTION.finditer(piece.text, 0, at)]
        first = begins[-1] if begins else 0
        return [
            (piece.text[n.start : n.end], "value", str(n.value.type))
            for n in piece.names
            if n.defines and first <= n.start and n.end < at
        ]

    def _symbols_of(self, piece: _Piece) -> list[tuple[str, str, str]]:
        found = []
        for span in piece.spans.ops:
            if (name := _symbol_name(span.op)) is not None:
                kind = span.op.properties.get("function_type")
                found.append((f"@{name}", "symbol", str(kind or op_name(span.op))))
        return found

    def _ops(self, typed: str) -> list[tuple[str, str, str]]:
        dialect = typed.partition(".")[0]
        names = sorted(self._context.registered_dialect_names)
        if "." not in typed:
            return [(name, "dialect", "") for name in names]
        if dialect not in names:
            return []
        context = self._context.clone()
        try:
            ops = list(context.get_dialect(dialect).operations)
        except Exception:
            return []  # A package of the environment cannot be loaded.
        return [(op.name, "op", definitions.summary(definitions.docstring(op))) for op in ops]

    def formatted(self) -> str | None:
        """
        The text with the indentation that letgrad-opt prints, and without blanks at the ends of
        lines. Comments and line breaks stay. None for a text that letgrad cannot read, or that
        would read as another program.
        """
        text = _indented(self.text)
        try:
            for (piece, line), (other, _) in zip(
                opt.split(self.text), opt.split(text), strict=True
            ):
                if self._generic(piece, line) != self._generic(other, line):
                    return None
        except (LetgradError, ValueError):
            return None
        return text

    def _generic(self, text: str, line: int) -> str:
        context = self._context.clone()
        module = source.parse(context, text, FILE, first_line=line, as_written=True)
        stream = StringIO()
        source.print_module(module, stream, generic=True, ctx=context)
        return stream.getvalue()

    def symbols(self) -> list[Symbol]:
        """The named ops of the file, nested as they are."""
        return [s for piece in self._pieces for s in self._symbols_under(piece, None)]

    def _symbols_under(self, piece: _Piece, parent: Operation | None) -> list[Symbol]:
        spans = sorted(piece.spans.ops, key=lambda s: s.start)
        children: dict[Operation | None, list[source.OpSpan]] = {}
        for span in spans:
            if _symbol_name(span.op) is not None:
                children.setdefault(_named_parent(span.op), []).append(span)

        def made(span: source.OpSpan) -> Symbol:
            name = _symbol_name(span.op) or ""
            return Symbol(
                name,
                op_name(span.op),
                (piece.start + span.start, piece.start + span.end),
                self._name_of(piece, span, name),
                tuple(map(made, children.get(span.op, []))),
            )

        return [made(span) for span in children.get(parent, [])]


def _indented(text: str) -> str:
    """Each line, indented by two blanks for each brace that is open, and four in parentheses."""
    lines: list[str] = []
    open_: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        tokens = [t[0] for t in _BRACKETS.finditer(bare) if t[0] in "(){}[]<>"]
        closing = 0
        while closing < len(bare) and bare[closing] in "}])" and closing < len(open_):
            closing += 1
        around = open_[: len(open_) - closing]
        depth = sum(2 if bracket == "{" else 4 for bracket in around)
        if bare.startswith("^") and depth:
            depth -= 2
        lines.append(f"{' ' * depth}{bare}" if bare else "")
        for token in tokens:
            if token in "({[":
                open_.append(token)
            elif token in ")}]" and open_:
                open_.pop()
    while len(lines) > 1 and not lines[-1] and not lines[-2]:
        lines.pop()
    return "\n".join(lines)


def _symbol_name(op: Operation) -> str | None:
    symbol = op.properties.get("sym_name", op.attributes.get("sym_name"))
    return symbol.data if isinstance(symbol, StringAttr) else None


def _named_parent(op: Operation) -> Operation | None:
    around = op.parent_op()
    while around is not None and _symbol_name(around) is None:
        around = around.parent_op()
    return around


def _origin(value: SSAValue) -> str:
    """The origin of a value, in words; for a result, with the summary of the op."""
    if isinstance(value, OpResult):
        number = f" #{value.index}" if len(value.op.results) > 1 else ""
        about = markdown.escaped(definitions.summary(definitions.docstring(type(value.op))))
        return f"result{number} of `{op_name(value.op)}`{': ' if about else ''}{about}"
    if isinstance(value, BlockArgument) and isinstance(value.block, Block):
        parent = value.block.parent_op()
        if parent is not None:
            symbol = _symbol_name(parent)
            where = f"@{symbol}" if symbol is not None else op_name(parent)
            return f"argument #{value.index} of `{where}`"
        return f"argument #{value.index} of its block"
    return "not defined"


def documentation(op: Operation) -> str:
    """An op in Markdown: its types here, and the page of `letgrad docs`."""
    operands = ", ".join(str(v.type) for v in op.operands)
    results = ", ".join(str(v.type) for v in op.results)
    here = f"```mlir\n{op_name(op)} : ({operands}) -> ({results})\n```"
    if isinstance(op, UnregisteredOp):
        return here
    definitions.load_rules()
    return f"{here}\n\n{pages.op_page(type(op), tests=None, level=4)}"
