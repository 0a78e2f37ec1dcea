"""The programs of benchmarks/field_programs.py: values as NumPy, slopes as differences."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg

PATH = Path(__file__).parents[1] / "benchmarks" / "field_programs.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("field_programs", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


programs = load()


@pytest.mark.sampled(6)
@pytest.mark.parametrize("field", programs.FIELDS, ids=lambda f: f.make.__name__)
def test_value_and_slope(field: Any):
    args, f = field.make(np.random.default_rng(0))
    expected = f(programs.BY_NUMPY, *args)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)

    def both(*args: Any) -> Any:
        y = f(programs.BY_LETGRAD, *args)
        return np.sum(y * weights), y

    wrt = tuple(range(len(args)))
    (_, value), slopes = lg.value_and_grad(both, argnums=wrt, has_aux=True)(*args)
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)

    random, step = np.random.default_rng(1), 1e-6
    way = [random.standard_normal(x.shape) for x in args]
    ends = [
        np.sum(f(programs.BY_NUMPY, *(x + sign * step * d for x, d in zip(args, way))) * weights)
        for sign in (1, -1)
    ]
    difference = (ends[0] - ends[1]) / (2 * step)
    found = sum(np.sum(s * d) for s, d in zip(slopes, way))
    scale = max(abs(difference), sum(np.linalg.norm(s) for s in slopes), 1.0)
    assert abs(found - difference) < 1e-4 * scale
