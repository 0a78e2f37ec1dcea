"""Arrays of more bytes than 64 bits can count, and numbers that are no arguments: one sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import letgrad as lg

TOO_BIG = "the array is too big: "


@pytest.mark.parametrize(
    "program",
    [
        lambda x: lg.build(2**61, lambda i: x[0]),
        lambda x: np.sum(np.broadcast_to(x[0], (2**40, 2**40))),
        lambda x: np.sum(np.repeat(x, 2**61)),
        lambda x: np.multiply.outer(np.broadcast_to(x[0], 2**32), np.broadcast_to(x[0], 2**32)),
        # NumPy has no such array either.
        lambda x: np.broadcast_to(x[0], (0, 2**40, 2**40)),
    ],
)
def test_a_value_of_too_many_bytes(program: Any):
    with pytest.raises(ValueError, match=rf"test_sizes\.py:\d+: {TOO_BIG}"):
        lg.trace(program, lg.spec(3))


@pytest.mark.parametrize("shape", [2**70, (2**40, 2**40), 2**60])
def test_an_argument_of_too_many_bytes(shape: Any):
    with pytest.raises(ValueError, match=rf"test_sizes\.py:\d+: {TOO_BIG}it would be tensor<"):
        lg.trace(lambda x: x, lg.spec(shape))


def test_the_most_bytes_are_no_error():
    assert f"tensor<{2**60 - 1}xf64>" in str(lg.trace(lambda x: x, lg.spec(2**60 - 1)))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70])
def test_an_int_beyond_64_bits(number: int):
    with pytest.raises(TypeError, match=rf"test_sizes\.py:\d+: the int {number} is beyond the 64 "):
        lg.jit(lambda x: x)(number)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
def test_an_int_of_64_bits(number: int):
    assert lg.jit(lambda x: x)(number) == number


@pytest.mark.parametrize("argnums", ["x", 0.0, (0.0,), None, {0}])
@pytest.mark.parametrize(
    "transform", [lg.grad, lg.value_and_grad, lg.jacrev, lg.jacfwd, lg.hessian]
)
def test_argnums_that_are_no_positions(transform: Any, argnums: Any):
    said = f"argnums={argnums!r}: argnums takes the positions of arguments"
    with pytest.raises(TypeError, match=re.escape(said)):
        transform(lambda x: x * x, argnums=argnums)(1.0)


def test_argnums_of_numpy_are_positions():
    assert lg.grad(lambda x, y: x * y, argnums=(np.int64(1),))(2.0, 3.0) == (2.0,)
