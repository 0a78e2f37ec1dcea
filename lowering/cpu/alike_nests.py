"""
Nests that are alike: they differ by their arrays alone.

A program that repeats itself has such nests, and so has the gradient of a loop, which runs the body
of the loop in several places. Each of them is written once, and the libraries of a program have one
function for all of them.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ...dialects import kernel
from ..nests.op_forms import form_of
from ..nests.plan_buffers import BUFFERS
from .codegen import Codegen
from .nest_layout import Slots

SHARED = "code."
"""The names of functions that libraries share begin with it."""


def nest_form(nest: kernel.Nest, in_place: Mapping[SSAValue, int]) -> tuple[object, list[SSAValue]]:
    """
    All that the code of a nest depends on; and the arrays that the nest reads, in the order in
    which the nest names them.
    """

    def about(op: Operation) -> Sequence[Hashable]:
        attributes = [*op.properties.items(), *op.attributes.items()]
        # The caller says which memory the results have.
        return [x for x in attributes if x[0] != BUFFERS] if op is nest else attributes

    def outside(x: SSAValue) -> Hashable:
        constant = x.owner if isinstance(x.owner, arith.ConstantOp) else None
        return x.type, in_place.get(x), constant and constant.value

    return form_of(nest, about, outside)


def shared_name(code: Codegen, text: str) -> str:
    """The name of a function of this text, with what it declares, for all libraries."""
    key = repr((text, sorted(code.declared.items())))
    return f"{SHARED}{hashlib.sha256(key.encode()).hexdigest()[:24]}"


@dataclass
class _Alike:
    """The nests of one form: the writer of the first one, and its text."""

    code: Codegen
    whole: tuple[int, int] | None = None
    text: str = ""
    declared: dict[str, str] = field(default_factory=dict)


@dataclass
class Writers:
    """Writes the nests of functions, each once if several are alike."""

    mvec: str
    strict: bool
    _known: dict[object, _Alike] = field(default_factory=dict)
    _of: dict[Codegen, _Alike] = field(default_factory=dict)

    def writer(
        self, op: kernel.Nest, name: str, slots: Slots, in_place: Mapping[SSAValue, int]
    ) -> Codegen:
        """What knows all about a nest; `text` writes it."""
        form, inputs = nest_form(op, in_place)
        known = self._known.get(form)
        if known is None:
            code = self.fresh(op, name, slots, in_place)
            if code.inputs == inputs:
                self._known[form] = self._of[code] = _Alike(code)
            return code
        code = copy.copy(known.code)
        code.op, code.name, code.slots, code.in_place = op, name, slots, in_place
        code.inputs = inputs
        self._of[code] = known
        return code

    def fresh(
        self, op: kernel.Nest, name: str, slots: Slots, in_place: Mapping[SSAValue, int]
    ) -> Codegen:
        """A writer of this nest alone."""
        return Codegen(op, name, self.mvec, slots, in_place, self.strict)

    def text(self, code: Codegen, whole: tuple[int, int] | None) -> str:
        """`Codegen.function` of a writer. Call it once for each."""
        known = self._of.pop(code, None)
        if known is None:
            return code.function(whole)
        source = known.code
        if not known.text:
            known.text, known.whole = source.function(whole), whole
            known.declared = dict(source.declared)
        elif known.whole != whole:
            # Threads share one of the two nests in more parts.
            source = self.fresh(code.op, code.name, code.slots, code.in_place)
            text = source.function(whole)
            code.range, code.declared = source.range, source.declared
            return text
        code.range, code.declared = source.range, dict(known.declared)
        return known.text
