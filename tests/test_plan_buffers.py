"""Plans of buffers: what lives at the same time is apart, and what can be reused is."""

from __future__ import annotations

import random

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, f64, i64
from xdsl.ir import Block, Operation, Region, SSAValue

import letgrad as lg
from letgrad.dialects import kernel, ten, types
from letgrad.lowering.cpu import backend
from letgrad.lowering.nests import plan_buffers
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import opt

from . import generators


def function_of(module: ModuleOp) -> func.FuncOp:
    return next(op for op in module.ops if isinstance(op, func.FuncOp))


def lowered(module: ModuleOp) -> func.FuncOp:
    for a_pass in backend.passes():
        a_pass.apply(opt.LetgradOptMain([]).ctx, module)
    return function_of(module)


def chain(n: int, seed: int = 0) -> ModuleOp:
    """n ops, each of one of the 50 values before it."""
    choices = random.Random(seed)
    kind = types.of_shape((10,), f64)
    block = Block(arg_types=[kind])
    values: list[SSAValue] = [block.args[0]]
    for _ in range(n):
        op = ten.CumsumOp(choices.choice(values[-50:]), 0)
        block.add_op(op)
        values.append(op.result)
    block.add_op(func.ReturnOp(values[-1]))
    return ModuleOp([func.FuncOp("f", ([kind], [kind]), Region(block))])


def conflicts(function: func.FuncOp) -> list[tuple[SSAValue, SSAValue]]:
    """By the definition, pair by pair: two values that overlap in memory and in time."""
    block = function.body.block
    order = {op: k for k, op in enumerate(block.ops)}

    def top(op: Operation) -> Operation:
        while op.parent is not block:
            op = op.parent_op()  # type: ignore[assignment]
        return op

    last = block.last_op
    assert last is not None
    results = list(last.operands)
    spans: dict[SSAValue, tuple[int, int, int, int]] = {}
    for op in plan_buffers.with_buffers(block):
        for x, at in zip(op.results, plan_buffers.places_of(op)):
            if not isinstance(at, int):
                # The memory of a result is far away from the arena, and from other results.
                k = results.index(x) if at is None else at.result
                at = (k + 1) << 40
            if plan_buffers.room(x):
                end = max((order[top(use.operation)] for use in x.uses), default=order[op])
                spans[x] = order[op], end, at, at + plan_buffers.room(x)
    found = []
    for x, (a, b, low, high) in spans.items():
        for y, (c, _, begin, end) in spans.items():
            if x is y or not (a < c or (a == c and low < begin)) or high <= begin or end <= low:
                continue
            op = y.owner
            assert isinstance(op, Operation)
            k, read = list(op.results).index(y), plan_buffers.read_at(op)
            in_place = b == c and plan_buffers.writes_over(op, k, x, read)
            if c <= b and not in_place:
                found.append((x, y))
    return found


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(40))
def test_generated_programs_have_plans_without_conflicts(seed: int):
    module = generators.random_program(seed, max_ops=40)
    assert not conflicts(lowered(module))


@pytest.mark.parametrize("seed", range(5))
def test_random_chains(seed: int):
    module = chain(200, seed)
    plan_buffers.PlanBuffersPass().apply(Context(), module)
    assert not conflicts(function_of(module))


def test_planted_errors_are_found():
    """Move a buffer over any other: the verifier finds just what the definition finds."""
    module = chain(60)
    plan_buffers.PlanBuffersPass().apply(Context(), module)
    function = function_of(module)
    ops = [op for op in plan_buffers.with_buffers(function.body.block)]
    planted = wrong = 0
    for op in ops[:-1]:
        right = op.attributes[plan_buffers.BUFFERS]
        for offset in range(0, 128 * 30, 64):
            op.attributes[plan_buffers.BUFFERS] = ArrayAttr([IntegerAttr(offset, i64)])
            planted += 1
            bad = (
                bool(conflicts(function))
                or offset + 128 > function.attributes[plan_buffers.ARENA_BYTES].value.data
            )  # type: ignore[attr-defined]
            wrong += bad
            try:
                plan_buffers.verify_plan(function)
                assert not bad
            except LetgradError:
                assert bad
            op.attributes[plan_buffers.BUFFERS] = right
        if planted > 1500:
            break
    assert 100 < wrong < planted


def test_an_arena_is_as_small_as_what_lives():
    """Of a chain, two values; of ten thousand ops, too."""
    kind = types.of_shape((10,), f64)
    block = Block(arg_types=[kind])
    value: SSAValue = block.args[0]
    for _ in range(10_000):
        op = ten.CumsumOp(value, 0)
        block.add_op(op)
        value = op.result
    block.add_op(func.ReturnOp(value))
    module = ModuleOp([func.FuncOp("f", ([kind], [kind]), Region(block))])
    plan_buffers.PlanBuffersPass().apply(Context(), module)
    size = function_of(module).attributes[plan_buffers.ARENA_BYTES]
    assert isinstance(size, IntegerAttr) and size.value.data == 2 * 128


def test_gaps_are_joined():
    arena = plan_buffers.Arena()
    places = [arena.take(64) for _ in range(4)]
    for k in (0, 2, 1):
        arena.give(places[k], 64)
    assert arena.by_size == [(192, 0)]
    assert arena.take(128) == 0 and arena.take(64) == 128 and arena.take(256) == 256
    # The gap at the end is the beginning of what does not fit into it.
    arena.give(256, 256)
    assert arena.take(320) == 256 and arena.size == 576 and not arena.by_size


def test_values_in_place():
    """Nests over what a library makes, in several layouts, beside what is read elsewhere."""

    def f(x, w):
        y = x @ w
        z = np.tanh(y) + y[::-1]
        u = np.exp(np.cumsum(z, axis=0))
        v = np.sin(u)
        return v @ v.T, np.sum(u * u)

    x, w = np.random.default_rng(0).standard_normal((2, 30, 30)) / 30
    traced = lg.jit(f).traced(x, w)
    module = traced.module.clone()
    function = lowered(module)
    places = plan_buffers.places_in(function)
    ops = plan_buffers.with_buffers(function.body.block)
    over = sum(len(plan_buffers.overwritten(op, places)) for op in ops)
    assert over >= 1 and any(isinstance(op, kernel.GenericOp) for op in function.walk())
    for a, b in zip(lg.jit(f, backend="cpu")(x, w), f(x, w)):
        np.testing.assert_allclose(a, b, rtol=1e-10)
