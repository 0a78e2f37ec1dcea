"""Random nests of loops: values, both modes, second derivatives and rows (`random_loops`)."""

from __future__ import annotations

import pytest

from . import random_loops


@pytest.mark.sampled(60)
@pytest.mark.parametrize("seed", range(120))
def test_program(seed: int):
    random_loops.check(seed)
