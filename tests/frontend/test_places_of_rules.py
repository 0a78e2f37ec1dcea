"""
The ops of letgrad's own functions with rules, such as `np.linalg.svd`, have the place of the user's
call. letgrad traces such a function once for a shape.
"""

import inspect

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import ten
from letgrad.extend import new_context, run_pipeline
from letgrad.passes.rewriting.diagnostics import LetgradError, position


def values(x):
    return np.linalg.svd(x)[1]


def other_values(x):
    return np.linalg.svd(x)[1]


def both(x):
    first = np.linalg.svd(x)[1]
    return first + np.linalg.svd(2 * x)[1]


def in_a_batch(x):
    return lg.vmap(lambda a: np.linalg.svd(a)[1])(x)


@lg.custom_jvp
def own(x):
    return np.linalg.svd(x)[1]


@own.defjvp
def own_rule(primals, tangents):
    return own(*primals), np.sum(tangents[0]) * np.ones(2)


def line(fn, k=1):
    return inspect.getsourcelines(fn)[1] + k


def places(fn, pipeline, *args):
    """The lines of the decompositions in a program behind a pipeline."""
    module = lg.trace(fn, *args)
    run_pipeline(new_context(), module, pipeline)
    found = [position(op.location) for op in module.walk() if isinstance(op, ten.SvdOp)]
    assert all(
        place is not None and place[0].endswith("test_places_of_rules.py") for place in found
    )
    return [place[1] for place in found if place is not None]


INLINING = [
    "delta-inline-custom",
    "optimize,delta-inline-custom",
    "gradient,delta-inline-custom",
    "gradient,gradient,delta-inline-custom",
]
PIPELINES = ["canonicalize", "optimize", "gradient", *INLINING]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_each_program_has_its_own_line(pipeline):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    for fn in (values, other_values, values):
        found = places(lambda x, fn=fn: np.sum(fn(x)), pipeline, x)
        assert found and set(found) == {line(fn)}


@pytest.mark.parametrize("pipeline", INLINING)
def test_each_call_of_a_program_has_its_own_line(pipeline):
    found = places(lambda x: np.sum(both(x)), pipeline, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert set(found) == {line(both), line(both, 2)}


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_in_a_batch(pipeline):
    assert set(places(in_a_batch, pipeline, np.ones((3, 2, 2)))) == {line(in_a_batch)}


def test_a_function_of_the_user_keeps_the_lines_of_its_body():
    fn = lambda x: np.sum(own(x))  # noqa: E731
    assert places(fn, "delta-inline-custom", np.eye(2)) == [line(own.fn, 2)]


def test_an_error_has_the_line_of_the_call(tmp_path):
    for fn in (values, other_values):
        with pytest.raises(LetgradError, match=r"ten\.svd has no code") as error:
            lg.export(fn, np.eye(2), path=tmp_path / "f.o", name="f")
        assert f"test_places_of_rules.py:{line(fn)}:" in str(error.value)
