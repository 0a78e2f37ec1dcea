"""Which builds of a program become bulk ops, and in which order."""

from __future__ import annotations

from xdsl.ir import Block, Operation
from xdsl.rewriter import Rewriter

from ...dialects import ten
from ...dialects.op_kinds import kinds_in
from ...dialects.walking import ops_in
from ..rewriting.decomposing import has_to_be_taken_apart, parts, replace_by_parts
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter, Known, note
from ..rewriting.rule_tables import decompose, linearize
from .bulk_forms import Fallback
from .walk import Vectorizer

NESTING_LIMIT = 200
"""
How deep regions may nest in a build. The walk recurses into bodies, and so do xDSL's own walks.
"""


def vectorize_all(scope: Operation, fallback: Fallback = "error") -> None:
    """Replace all builds in `scope`. Errors: as `vectorize`."""
    if not any(map(_may_concern, kinds_in(scope))):
        return
    take_apart_builds(scope)
    # A gather's region is copied unchanged, and a loop's body stays. So a build in one of these
    # appears only after the builds around it are gone.
    while builds := outermost_builds(scope):
        computed: dict[Block, Known] = {}
        seen: dict[Block, Operation | None] = {}
        for build in builds:
            # Values that the block computes before the build, with the bulk forms of other builds,
            # are not computed again. Builds come in the order of their block.
            block = build.parent
            assert block is not None
            known = computed.setdefault(block, {})
            op = seen.get(block, block.first_op)
            while op is not None and op is not build:
                note(op, known)
                op = op.next_op
            seen[block] = build.next_op
            vectorize(build, fallback, known)


def _may_concern(kind: type[Operation]) -> bool:
    """Whether ops of this class may be builds, or may become some."""
    return issubclass(kind, ten.BuildOp) or (kind in decompose and linearize.is_missing(kind))


def take_apart_builds(scope: Operation) -> None:
    """
    op(x)  →  the ops that its `decompose` rule makes of it, if a build is among them

    Requires: nobody wrote how to differentiate the op. The derivative of the op will be the
    derivative of its parts, and a build has no derivative.
    """
    for op in [op for op in ops_in(scope) if has_to_be_taken_apart(op, linearize)]:
        block, before = op.parent, op.prev_op
        if block is None:
            continue
        values = parts(op)
        made: list[Operation] = []
        new = block.first_op if before is None else before.next_op
        while new is not None and new is not op:
            made.append(new)
            new = new.next_op
        if any(isinstance(inner, ten.BuildOp) for new in made for inner in ops_in(new)):
            replace_by_parts(op, values)
        else:
            for new in reversed(made):
                new.detach()
                new.erase()


def outermost_builds(scope: Operation) -> list[ten.BuildOp]:
    """The builds in `scope` that are not inside of another build, in the order of the program."""
    found: list[ten.BuildOp] = []
    pending = [scope]
    while pending:
        op = pending.pop()
        if isinstance(op, ten.BuildOp) and op is not scope:
            found.append(op)
            continue
        for region in reversed(op.regions):
            for block in reversed(region.blocks):
                pending.extend(reversed(block.ops))
    return found


def vectorize(build: ten.BuildOp, fallback: Fallback = "error", known: Known | None = None) -> None:
    """
    Replace a build that is in no other build by bulk ops. `known` holds the values that are
    computed before the build.

    Errors: `LetgradError` at an op without a batch rule, or at a loop whose bounds depend on an
            index, unless `fallback` is `loop`. Also if regions nest too deep.
    """
    check_nesting(build)
    e = Emitter.before(build, {} if known is None else known)
    walk = Vectorizer(e.derived(build, "vectorize"), fallback)
    value = walk.aligned(walk.visit_build(build), ())
    if value.name_hint is None:
        value.name_hint = build.result.name_hint
    Rewriter.replace_op(build, [], [value])


def check_nesting(scope: Operation) -> None:
    """Errors: `LetgradError`, at the first op below `NESTING_LIMIT` regions."""
    pending = [(scope, 0)]
    while pending:
        op, depth = pending.pop()
        if depth > NESTING_LIMIT:
            raise LetgradError(f"regions nest deeper than {NESTING_LIMIT} here", op)
        for region in op.regions:
            for block in region.blocks:
                pending.extend((inner, depth + 1) for inner in block.ops)
