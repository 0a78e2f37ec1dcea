"""
Nests of passes, as MLIR writes them: `builtin.module(func.func(cse,canonicalize),symbol-dce)`.

A nest runs its passes on each op of one name, the anchor, in the body of the op around it. As in
MLIR, all passes of the nest run on one op before the first of them runs on the next op, and a pass
on an op sees nothing but this op.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, UnregisteredOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ..passes.general import symbols
from ..passes.rewriting import effects
from ..passes.rewriting.diagnostics import LetgradError

ROOT = "builtin.module"
ANY = "any"
"""The anchor of a nest that runs on each op, whatever its name is."""

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|.', re.DOTALL)
_NEST = re.compile(r"([A-Za-z_][\w$.-]*)\s*\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Nest(ModulePass):
    """Runs passes on each op with the name `anchor` in the body of an op."""

    name = "nest"
    anchor: str
    passes: tuple[ModulePass, ...]

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for a_pass, scope in steps(op, (self,)):
            run_on(a_pass, ctx, scope)

    def __str__(self) -> str:
        return f"{self.anchor}({','.join(map(str, self.passes))})"


def steps(scope: Operation, passes: Sequence[ModulePass]) -> Iterator[tuple[ModulePass, Operation]]:
    """
    The passes in the order in which they run, each with the op on which it runs. The ops of a nest
    are those that are there when the nest begins.
    """
    for a_pass in passes:
        if not isinstance(a_pass, Nest):
            yield a_pass, scope
            continue
        for op in _anchored(scope, a_pass.anchor):
            yield from steps(op, a_pass.passes)


def _anchored(scope: Operation, anchor: str) -> list[Operation]:
    return [
        op
        for region in scope.regions
        for block in region.blocks
        for op in block.ops
        if op.name == anchor
        or (anchor == ANY and effects.is_isolated(type(op)) and not isinstance(op, UnregisteredOp))
    ]


@dataclass(frozen=True)
class On(ModulePass):
    """A pass on one op of a module, under the name of the pass."""

    name = "on"
    inner: ModulePass
    scope: Operation

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.inner.name)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        run_on(self.inner, ctx, self.scope)


def run_on(a_pass: ModulePass, ctx: Context, op: Operation) -> None:
    """
    Run a pass on an op. A pass that can work on any op says so by a method `apply_to`. Another pass
    gets the op in a module of its own.

    Errors: `LetgradError`, at the op, for a pass without `apply_to` if the op names symbols: the
            pass would look for these symbols, and a pass in a nest cannot see them.
    """
    if isinstance(op, ModuleOp):
        a_pass.apply(ctx, op)
    elif (apply_to := getattr(a_pass, "apply_to", None)) is not None:
        apply_to(ctx, op)
    else:
        _run_alone(a_pass, ctx, op)


def _run_alone(a_pass: ModulePass, ctx: Context, op: Operation) -> None:
    named = next(symbols.references(op), None)
    if named is not None:
        raise LetgradError(
            f"pass {a_pass.name} needs the whole module here, because {symbols.spelled(op)} refers "
            f"to @{named.string_value()}; write the pass outside of the nest {op.name}(…)",
            op,
        )
    around, following = op.parent, op.next_op
    assert around is not None
    module = ModuleOp([])
    module.location = op.location
    op.detach()
    module.body.block.add_op(op)
    try:
        a_pass.apply(ctx, module)
    finally:
        made = list(module.body.block.ops)
        for each in made:
            each.detach()
        if following is None:
            around.add_ops(made)
        else:
            around.insert_ops_before(made, following)
    names = [name for each in around.ops if (name := symbols.name_of(each)) is not None]
    for each in made:
        if (name := symbols.name_of(each)) is not None and names.count(name) > 1:
            raise LetgradError(
                f"pass {a_pass.name} made a second @{name}; write the pass outside of the nest "
                f"{op.name}(…)",
                each,
            )


# The text of a pipeline.


def elements(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """
    The text of each pass or nest of a pipeline in `text[start:end]`, with its offset in `text`.
    """
    end = len(text) if end is None else end
    if not text[start:end].strip():
        return
    depth = 0
    for token in _TOKEN.finditer(text, start, end):
        if token[0] in "{[(":
            depth += 1
        elif token[0] in "}])":
            depth -= 1
        elif token[0] == "," and depth == 0:
            yield _stripped(text, start, token.start())
            start = token.end()
    yield _stripped(text, start, end)


def without_root(text: str) -> tuple[int, int]:
    """
    Where the passes of a pipeline start and end: in `builtin.module(…)` or `any(…)`, if the whole
    pipeline is one such nest, and everywhere else.
    """
    found = list(elements(text))
    if len(found) == 1:
        offset, element = found[0]
        inner = nest(element)
        if inner is not None and inner[0] in (ROOT, ANY):
            return offset + inner[1], offset + inner[2]
    return 0, len(text)


def nest(element: str) -> tuple[str, int, int] | None:
    """The anchor of a nest, and where its passes start and end; None for a single pass."""
    match = _NEST.fullmatch(element)
    if match is None:
        return None
    return match[1], match.start(2), match.end(2)


def _stripped(text: str, start: int, end: int) -> tuple[int, str]:
    element = text[start:end]
    return start + len(element) - len(element.lstrip()), element.strip()


def check_anchor(ctx: Context, anchor: str) -> str | None:
    """Why passes cannot stand in a nest with this anchor; None if they can."""
    if anchor == ANY:
        return None
    if "." not in anchor:
        return f"'{anchor}' is no name of an op, so there can be no nest '{anchor}(…)'"
    op = ctx.get_optional_op(anchor)
    if op is None:
        return f"there is no op '{anchor}' for the nest '{anchor}(…)'"
    if not effects.is_isolated(op):
        return (
            f"passes cannot run on '{anchor}', because its regions may use values from outside; a "
            "nest needs an op that is isolated from above, such as func.func"
        )
    return None
