"""
Deep nests of regions: the work of the passes grows linearly with the depth, and nests that the
linearizer splits keep their values.
"""

from __future__ import annotations

import cProfile
import pstats
import random
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from letgrad.dialects.walking import ops_in
from letgrad.passes.differentiate import split_nests
from letgrad.passes.differentiate.linearize import LinearizePass
from letgrad.passes.pipelines import GradientPass, OptimizePass
from letgrad.passes.rewriting.driver import Observer, observing
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.rolling.roll_loops import RollLoopsPass
from letgrad.passes.sharing.cse import CsePass
from letgrad.tools import source

from .test_derivatives import CTX, gradient, parse, run

pytestmark = pytest.mark.sampled(2)


def nest_of_ifs(depth: int, branch: int = 0) -> str:
    """A nest in the first or the second branch of each level, with a value at each level."""
    lines = ["func.func @f(%x0: f32, %y: f32) -> f32 {"]
    for k in range(depth):
        lines += [
            f"%c{k} = arith.cmpf olt, %x{k}, %y : f32",
            f"%r{k} = scf.if %c{k} -> (f32) {{",
            *(["scf.yield %y : f32", "} else {"] if branch else []),
            f"%x{k + 1} = math.sin %x{k} : f32",
        ]
    lines.append(f"scf.yield %x{depth} : f32")
    for k in reversed(range(depth)):
        lines.append("}" if branch else "} else { scf.yield %y : f32 }")
        # A value of this level is used after the inner nest.
        after = f"%t{k} = arith.mulf %r{k}, %x{k} : f32"
        lines += [after, f"scf.yield %t{k} : f32"] if k else [after]
    return "\n".join([*lines, "func.return %t0 : f32", "}"])


def nest_of_loops(depth: int) -> str:
    lines = ["func.func @f(%x: f32, %y: f32) -> f32 {"]
    lines += [f"%k{k} = arith.constant {k} : index" for k in range(3)]
    value = "%x"
    for k in range(depth):
        lines += [
            f"%r{k} = scf.for %i{k} = %k0 to %k2 step %k1 iter_args(%a{k} = {value}) -> (f32) {{",
            f"%s{k} = math.sin %a{k} : f32",
        ]
        value = f"%s{k}"
    lines.append(f"scf.yield {value} : f32")
    for k in reversed(range(depth)):
        lines.append("}")
        lines += [f"scf.yield %r{k} : f32"] if k else []
    return "\n".join([*lines, "func.return %r0 : f32", "}"])


def calls(work: Callable[[], object]) -> int:
    """How many Python functions `work` calls. Unlike seconds, this number is the same each time."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def size(module: ModuleOp) -> int:
    """The number of operands and results in a module."""
    return sum(len(op.operands) + len(op.results) for op in ops_in(module))


def depth(module: ModuleOp) -> int:
    """How deep the module nests `scf.if`."""

    def levels(op: Operation | None) -> int:
        return 0 if op is None else isinstance(op, scf.IfOp) + levels(op.parent_op())

    return max(levels(op) for op in ops_in(module))


PASSES: dict[str, Callable[[], ModulePass]] = {
    "reverse": GradientPass,
    "forward": lambda: GradientPass(mode="forward"),
    "optimize": OptimizePass,
    "cse": CsePass,
    "ten-roll-loops": lambda: RollLoopsPass(min_turns=2, min_ops=1),
}


def deep(test: Callable[[], None]) -> None:
    """Run a test where the parser, the printer and passes may recurse deeply."""
    failure: list[BaseException] = []

    def guarded() -> int:
        try:
            test()
        except BaseException as error:
            failure.append(error)
        return 0

    source.run_deep(guarded)
    if failure:
        raise failure[0]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("branch", [0, 1])
@pytest.mark.parametrize("name", PASSES)
def test_the_work_on_nested_ifs_is_linear(name, branch):
    def test() -> None:
        work, sizes = [], []
        for levels in (24, 48):
            module = source.parse(CTX, nest_of_ifs(levels, branch))
            work.append(calls(partial(PASSES[name]().apply, CTX, module)))
            sizes.append(size(module))
            verify(module)
        # Twice the nest is twice the work, and some more, since the last levels are never split.
        assert work[1] < 2.6 * work[0], work
        assert sizes[1] < 2.5 * sizes[0], sizes

    deep(test)


@pytest.mark.parametrize("name", ["cse", "ten-roll-loops"])
def test_the_work_on_nested_loops_is_linear(name):
    def test() -> None:
        work = []
        for levels in (20, 40, 80):
            module = source.parse(CTX, nest_of_loops(levels))
            work.append(calls(partial(PASSES[name]().apply, CTX, module)))
        assert work[1] < 2.4 * work[0] and work[2] < 2.4 * work[1], work

    deep(test)


@pytest.mark.parametrize("name", ["forward", "reverse"])
def test_passes_match_the_bodies_of_inner_loops_once(name):
    """
    Rules move the body of a loop into a new loop. If that matched all inner loops again, twice the
    nest would be more than four times the work. Some passes still walk over the ops of the inner
    loops at each level, so the work is not linear.
    """

    def test() -> None:
        work = []
        for levels in (16, 32):
            module = source.parse(CTX, nest_of_loops(levels))
            work.append(calls(partial(PASSES[name]().apply, CTX, module)))
            verify(module)
        assert work[1] < 3.6 * work[0], work

    deep(test)


def test_the_linearizer_splits_only_deep_nests():
    shallow = 2 * split_nests.DEPTH
    for levels in (shallow, shallow + 1, 5 * shallow):
        module = parse(nest_of_ifs(levels))
        with observing(Observer()) as observer:
            LinearizePass().apply(CTX, module)
        verify(module)
        assert (observer.counts[split_nests.RULE] > 0) == (levels > shallow)
        assert depth(module) <= shallow + 1


class Programs:
    """Random programs of nested ifs, loops, and ops between them."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.fresh = 0

    def name(self) -> str:
        self.fresh += 1
        return f"%v{self.fresh}"

    def ops(self, known: list[str]) -> list[str]:
        known = list(known)
        for _ in range(self.random.randrange(3)):
            a, b = (self.random.choice(known) for _ in range(2))
            new = self.name()
            kind = self.random.choice(["arith.addf", "arith.mulf", "arith.subf"])
            self.lines.append(f"{new} = {kind} {a}, {b} : f64")
            sine = self.name()
            self.lines.append(f"{sine} = math.sin {new} : f64")
            known += [new, sine]
        return known

    def block(self, levels: int, known: list[str]) -> list[str]:
        """Two values of a block with nests in it."""
        known = self.ops(known)
        for _ in range(self.random.choice([1, 1, 1, 1, 2]) if levels > 0 else 0):
            known += self.nest(levels, known)
            # The nest is needed: it would be dead otherwise.
            total = self.name()
            self.lines.append(f"{total} = arith.addf {known[-1]}, {known[0]} : f64")
            known = [*self.ops(known), total]
        return [known[-1], self.random.choice(known)]

    def nest(self, levels: int, known: list[str]) -> list[str]:
        results = self.name()
        if levels < 3 and self.random.random() < 0.3:  # a loop ends the nest of ifs
            arg = self.name()
            self.lines.append(
                f"{results} = scf.for {self.name()} = %zero to %two step %one "
                f"iter_args({arg} = {known[-1]}) -> (f64) {{"
            )
            value = self.block(levels - 1, [*known, arg])[0]
            self.lines += [f"scf.yield {value} : f64", "}"]
            return [results]
        condition, (a, b) = self.name(), self.random.choices(known, k=2)
        self.lines.append(f"{condition} = arith.cmpf olt, {a}, {b} : f64")
        self.lines.append(f"{results}:2 = scf.if {condition} -> (f64, f64) {{")
        deep_one = self.random.randrange(2)
        for k in range(2):
            inner = levels - 1 if k == deep_one else self.random.choice([0, 0, levels - 2])
            x, y = self.block(inner, known)
            self.lines.append(f"scf.yield {x}, {y} : f64, f64")
            self.lines.append("} else {" if k == 0 else "}")
        return [f"{results}#0", f"{results}#1"]

    def text(self, levels: int) -> str:
        constants = ["%zero", "%one", "%two"]
        self.lines = ["func.func @f(%x: f64, %y: f64, %z: f64) -> f64 {"]
        self.lines += [f"{c} = arith.constant {k} : index" for k, c in enumerate(constants)]
        value = self.block(levels, ["%x", "%y", "%z"])[0]
        return "\n".join([*self.lines, f"func.return {value} : f64", "}"])


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("seed", range(6))
def test_split_nests_have_the_same_derivatives(seed, mode, monkeypatch):
    text = Programs(seed).text(levels=7)
    whole = gradient(text, mode=mode)
    monkeypatch.setattr(split_nests, "DEPTH", 2)
    with observing(Observer()) as observer:
        split = gradient(text, mode=mode)
    assert observer.counts[split_nests.RULE]
    count = len(find_entry(split, "f").function_type.inputs)
    for draw in range(2):
        args = [np.float64(a) for a in np.random.default_rng(draw).normal(size=count)]
        expected, got = run(whole, "f", *args), run(split, "f", *args)
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_splitting_keeps_the_value_of_a_function(seed, monkeypatch):
    monkeypatch.setattr(split_nests, "DEPTH", 2)
    module = parse(Programs(seed).text(levels=7))
    before = module.clone()
    split_nests.split_nests(find_entry(module, "f"))
    verify(module)
    assert str(module) != str(before)
    for draw in range(2):
        args = [np.float64(a) for a in np.random.default_rng(draw).normal(size=3)]
        assert run(module, "f", *args) == run(before, "f", *args)


def test_a_nest_with_a_value_without_a_zero_stays(monkeypatch):
    """The values that leave a branch need zeros for the other branch, and a vector has none."""
    monkeypatch.setattr(split_nests, "DEPTH", 2)
    text = (
        nest_of_ifs(6)
        .replace("%c1 =", '%w = "vector.broadcast"(%x1) : (f32) -> vector<2xf32>\n%c1 =')
        .replace("%c2 =", '%v = "test.use"(%w) : (vector<2xf32>) -> vector<2xf32>\n%c2 =')
    )
    ctx = CTX.clone()
    ctx.allow_unregistered = True
    module = source.parse(ctx, text)
    split_nests.split_nests(find_entry(module, "f"))
    verify(module)
    order = [str(o.op_name.data) for o in ops_in(module) if hasattr(o, "op_name")]
    assert order == ["vector.broadcast", "test.use"]
