"""The error that a handler catches, where values decide which one of several it is."""

from __future__ import annotations

from typing import Any

import pytest
from program_checks import compare

import letgrad as lg


class Failure(Exception):
    """Failures with different codes have one text."""

    def __init__(self, code):
        super().__init__("failed")
        self.code = code


class Lower(Failure):
    pass


def check(x):
    if x < 0:
        raise Lower(7.0)
    if x > 2:
        raise Failure(2.0)
    return x


def a_text(x):
    try:
        if x < 0:
            raise ValueError("negative")
        if x > 2:
            raise ValueError("large")
        return x
    except ValueError as error:
        return -1.0 if "neg" in str(error) else -2.0


def a_class(x):
    try:
        if x < 0:
            raise ValueError("negative")
        if x > 2:
            raise KeyError("large")
        return x
    except (ValueError, KeyError) as error:
        return -1.0 if isinstance(error, KeyError) else -2.0


def an_argument(x):
    try:
        if x < 0:
            raise ValueError(3.0)
        if x > 2:
            raise ValueError(5.0)
        return x
    except ValueError as error:
        return error.args[0] * x


def an_attribute(x):
    try:
        y = check(x)
    except Failure as error:
        y = error.code * x
    return y


def two_calls(x):
    """The first call that fails gives the error."""
    try:
        y = check(x - 1) + 10 * check(x)
    except Failure as error:
        y = error.code
    return y


def turns(x):
    total = 0.0
    for k in range(4):
        try:
            total += check(x - k)
        except Failure as error:
            total += 10 * error.code
    return total


def turns_in_the_body(x):
    try:
        for k in range(6):
            if x < k:
                raise Lower(7.0)
            if x + k > 6:
                raise Failure(2.0)
    except Failure as error:
        return error.code
    return x


def raised_again(x):
    try:
        try:
            y = check(x)
        except Failure:
            raise
    except Lower as error:
        y = error.code
    except Failure as error:
        y = -error.code
    return y


def raised_again_by_name(x):
    try:
        try:
            if x < 0:
                raise ValueError("negative")
            if x > 2:
                raise KeyError("large")
            y = x
        except Exception as error:
            raise error
    except ValueError:
        y = -1.0
    except KeyError:
        y = -2.0
    return y


def a_cause(x):
    try:
        try:
            y = check(x)
        except Failure as error:
            raise ValueError("no") from error
    except ValueError as error:
        y = len(str(error)) + 0.5
    return y


def another_handler(x):
    """No error of the first handler is noted, and `error.code` was one of an `Exception`."""
    try:
        if x < 0:
            raise ValueError("negative")
        y = x
    except Failure as error:
        y = error.code
    except ValueError:
        y = -1.0
    return y


PROGRAMS = [
    a_text, a_class, an_argument, an_attribute, two_calls, turns, turns_in_the_body, raised_again,
    raised_again_by_name, a_cause, another_handler,
]  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
def test_the_error_of_a_handler(fn: Any) -> None:
    """Its text was empty, its class was Exception, and its attributes those of another error."""
    found = lg.jit(lg.program(fn), backend="numpy")
    for x in (-1.5, -0.5, 0.5, 1.5, 2.5, 3.5):
        compare(found(x), fn(x))


def test_derivatives() -> None:
    slope = lg.grad(lg.program(an_attribute))
    assert [slope(-1.0), slope(1.0), slope(3.0)] == [7.0, 1.0, 2.0]


def test_an_error_holds_a_value_of_a_side() -> None:
    def program(x):
        try:
            if x < 0:
                raise Failure(2 * x)
            y = x
        except Failure as error:
            y = error.code
        return y

    compiled = lg.jit(lg.program(program))
    assert [compiled(1.0), compiled(-1.5)] == [1.0, -3.0]
    assert lg.grad(lg.program(program))(-1.5) == 2.0
