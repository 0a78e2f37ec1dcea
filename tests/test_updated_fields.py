"""
Loops that update several arrays, of which one needs the new elements of others: nests read these
elements where they are stored. Values and derivatives against the reference, and what nests read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.nests.plan_buffers import ARGUMENTS
from letgrad.passes.rewriting.functions import functions

random = np.random.default_rng(0)


def fields(ex: Any, ey: Any, hz: Any, row: Any = 0.25) -> Any:
    """Electromagnetic waves: all of the arrays but their edges change."""
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    ey[0, :] = row
    ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
    ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
    hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return ex, ey, hz


def every_second(ex: Any, ey: Any, hz: Any) -> Any:
    """Boxes with strides."""
    ex, hz = ex.copy(), hz.copy()
    new = np.sin(ey[::2, 1:]) * 2
    ex[::2, 1:] = new
    hz[: new.shape[0], 1:] += new * ex[: new.shape[0], :-1] + ex[: new.shape[0], 1:]
    return ex, ey, hz


def first_from_the_others(ex: Any, ey: Any, hz: Any) -> Any:
    """A small part needs elements that the next update changes, and the other way round."""
    ex, ey = ex.copy(), ey.copy()
    old = ex[0] * 1
    ex[0] = ex[1] + ex[-1]
    ex[1:] = ex[1:] * 0.5 + old
    ey[0, :2] = ey[1, :2] * 0.5
    ey[1:] = np.sin(ey[:-1]) + ey[1:]
    return ex, ey, hz + ex * ey


def over_one_array(ex: Any, ey: Any, hz: Any) -> Any:
    """The second update writes new elements of the first one to other places."""
    ex = ex.copy()
    new = np.cos(ey[1:])
    ex[1:] = new
    kept = ex.copy()
    ex[:-1] = new
    return ex, kept, hz * kept


STEPS = [fields, every_second, first_from_the_others, over_one_array]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("shape", [(7, 5), (2, 3), (40, 33)])
@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
def test_values_and_derivatives_are_those_of_the_reference(
    step: Callable[..., Any], shape: tuple[int, int]
):
    args = [random.standard_normal(shape) for _ in range(3)]

    def f(*args: Any) -> Any:
        return lg.scan(lambda c, _: (step(*c), None), args, None, length=4)[0]

    def total(*args: Any) -> Any:
        return sum(np.sum(np.sin(0.3 * y)) for y in f(*args))

    for g in (step, f, lg.grad(total, argnums=(0, 1, 2))):
        found, expected = (lg.jit(g, backend=b)(*args) for b in ("cpu", "numpy"))
        for x, y in zip(found, expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11)


def bodies(f: Callable[..., Any], *args: Any) -> list[Any]:
    return [g for g in functions(prepared(lg.trace(f, *args))) if g.sym_visibility is not None]


def test_a_field_whose_new_elements_are_stored_changes_in_place():
    args = [np.zeros((30, 20)) for _ in range(3)]

    def f(*args: Any) -> Any:
        return lg.scan(lambda c, t: (fields(*c, t), None), args, np.arange(4.0))[0]

    (body,) = bodies(f, *args)
    assert ARGUMENTS in body.attributes
    # The row, and two nests: the first field, and the other two by rows.
    assert len([op for op in body.body.block.ops if isinstance(op, kernel.Nest)]) <= 3
