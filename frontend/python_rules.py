"""
Rewrite rules in Python. A rule has two functions: the program to look for, and its replacement.

    @lg.rule(fast=True)
    class LogOfExpTimes:
        def before(x, y):
            return np.log(np.exp(x) * y)

        def after(x, y):
            return x + np.log(y)

letgrad traces both functions and compares them on random inputs. The rule then matches programs as
`passes/rewriting/patterns.py` says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.transforms.dead_code_elimination import dce

from ..lowering.reference.check_rules import check
from ..passes.rewriting import driver
from ..passes.rewriting.driver import Observer, observing
from ..passes.rewriting.patterns import TextRule
from . import api
from .traced_functions import Spec, trace_function

__all__ = ["rule"]


class Rule:
    """
    A checked rule. `rule.apply(module)` applies the rule. The driver takes `rule.patterns`.
    `str(rule)` is the text of the rule, which `letgrad-opt -p 'apply-rules{file=…}'` reads.
    """

    def __init__(self, name: str, versions: Sequence[TextRule]):
        self.name = name
        self.versions = tuple(versions)
        """The rule for each element type."""

    @property
    def patterns(self) -> list[Any]:
        return [version.pattern for version in self.versions]

    def apply(self, module: ModuleOp) -> int:
        """Apply the rule at each place where it matches, and give the number of these places."""
        with observing(Observer()) as observer:
            driver.apply_rules(module, self.patterns)
        return observer.counts[self.name]

    @property
    def module(self) -> ModuleOp:
        """The rule as IR: for each element type a module with the name of the rule."""
        return ModuleOp(
            [
                ModuleOp(
                    [version.before.clone(), version.after.clone()], sym_name=StringAttr(self.name)
                )
                for version in self.versions
            ]
        )

    def __str__(self) -> str:
        # The modules stand one after the other: one module cannot hold two of the same name.
        return "\n".join(str(op) for op in self.module.ops)

    def __repr__(self) -> str:
        return f"<rule {self.name}>"


@overload
def rule(sides: type, /) -> Rule: ...
@overload
def rule(
    *,
    specs: Sequence[Spec] | None = None,
    dtypes: Sequence[Any] = ("f64",),
    fast: bool = False,
) -> Callable[[type], Rule]: ...
def rule(
    sides: type | None = None,
    /,
    *,
    specs: Sequence[Spec] | None = None,
    dtypes: Sequence[Any] = ("f64",),
    fast: bool = False,
) -> Rule | Callable[[type], Rule]:
    """
    A rewrite rule from a class with functions `before` and `after` of the same arguments.

    letgrad traces the functions for scalars of each dtype in `dtypes`. A rule of elementwise
    functions holds for arrays of any shape. For other functions `specs` gives example shapes, in
    which equal numbers stand for equal sizes. With `fast`, the sides may differ in NaN, infinities
    and signs of zero.
    Errors: `LetgradError` if the sides differ on some input (the message has this input), or if no
            program could match the rule; `TypeError` for a class without the two functions.
    """
    if sides is None:
        return lambda sides: _rule(sides, specs, dtypes, fast)
    return _rule(sides, specs, dtypes, fast)


def _rule(sides: type, specs: Sequence[Spec] | None, dtypes: Sequence[Any], fast: bool) -> Rule:
    functions: list[Callable[..., Any]] = []
    for name in ("before", "after"):
        function = vars(sides).get(name)
        if not callable(function):
            raise TypeError(f"rule {sides.__name__} has no function '{name}'")
        functions.append(function)
    arguments, others = (len(inspect.signature(f).parameters) for f in functions)
    if arguments != others:
        raise TypeError(
            f"rule {sides.__name__}: 'before' takes {arguments} arguments, and 'after' takes "
            f"{others}"
        )
    choices = [specs] if specs is not None else [[api.spec((), d)] * arguments for d in dtypes]
    versions: list[TextRule] = []
    for choice in choices:
        before, after = (
            trace_function(function, choice, name=name)
            for function, name in zip(functions, ("before", "after"))
        )
        for traced in (before, after):
            dce(traced.module)
        version = TextRule(sides.__name__, before.function, after.function)
        check(version, fast)
        versions.append(version)
    return Rule(sides.__name__, versions)
