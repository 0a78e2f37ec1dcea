"""`try`, `with` and `match` with jumps out of their blocks: the values are those of Python."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value


def return_in_try(x):
    try:
        return x.sum()
    finally:
        x[0] = 7.0


def return_in_except(x):
    try:
        y = x * 2
        raise ValueError
    except ValueError:
        return y + 1


def return_in_both(x):
    try:
        z = x * 2
    except ValueError:
        return x
    else:
        return z


def else_behind_a_return(x):
    y = x * 2
    try:
        if x[0] > 1.5:
            return y
    except ValueError:
        return x
    else:
        y[1] = 5.0
    return y + 1


def finally_wins(x):
    for _ in range(2):
        try:
            return x * 2
        finally:
            return x * 3  # noqa: B012


def return_in_with(x):
    with np.errstate(all="ignore"):
        if x[0] > 1.5:
            return x.sum()
        y = x * 3
    return y[0]


def return_in_match(x, n=2):
    match n:
        case 0:
            return x
        case 2:
            if x[0] > 1.5:
                return x * 4
            x = x * 2
        case _:
            return x * 3
    return x + 1


def jumps_in_a_loop(x):
    total = 0.0
    for i in range(3):
        try:
            if x[i] > 2.5:
                return total + x[i]
            if x[i] > 1.5:
                continue
            total += x[i] ** 2
        finally:
            total += 1.0
            x[i] = total
        total *= 2
    return total


def break_in_with(x):
    i = 0
    while True:
        with np.errstate(all="ignore"):
            x = x * 1.5
            if x[0] > 10 or i > 5:
                break
            i += 1
        x = x + 1
    return x


BLOCKS = [
    return_in_try,
    return_in_except,
    return_in_both,
    else_behind_a_return,
    finally_wins,
    return_in_with,
    return_in_match,
    jumps_in_a_loop,
    break_in_with,
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("start", [1.0, 1.7, 2.7])
@pytest.mark.parametrize("fn", BLOCKS, ids=lambda fn: fn.__name__)
def test_values_and_gradients(fn, start):
    x = np.array([start, 0.3, 2.6])
    check_value(fn, x)
    check_gradient(fn, x)
