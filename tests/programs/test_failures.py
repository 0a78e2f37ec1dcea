"""`try` statements whose handlers run as traced values decide, beside Python."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.linalg
from program_checks import compare

import letgrad as lg

GOOD = np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 4.0]])
BAD = np.array([[-2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


def factor(a):
    try:
        factor = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.sum(a**2)
    return np.sum(factor)


def factor_with_jitter(a):
    jitter = 1e-6
    for _ in range(10):
        try:
            factor = np.linalg.cholesky(a + jitter * np.eye(3))
            break
        except np.linalg.LinAlgError:
            jitter *= 10
    return np.sum(factor) + jitter


def is_positive(a):
    try:
        np.linalg.cholesky(a)
        return True
    except np.linalg.LinAlgError:
        return False


def asks_a_function(a):
    return np.sum(a) if is_positive(a) else 0.5


def inverse(a):
    try:
        found = np.linalg.inv(a)
    except Exception:
        found = np.linalg.pinv(a) + 1.0
    finally:
        scale = 2.0
    return scale * np.sum(found)


def solve(a):
    x, is_regular = np.zeros(3), True
    try:
        x = np.linalg.solve(a, np.ones(3))
    except np.linalg.LinAlgError as error:
        assert "ingular" in str(error)
        is_regular = False
    else:
        x = x * 2
    return np.sum(x**2) + a[0, 1] * (1 if is_regular else 5)


def of_scipy(a):
    try:
        return np.sum(scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), np.ones(3)))
    except scipy.linalg.LinAlgError:
        return np.sum(a**2)


def raises(a):
    total = 0.0
    for k in range(12):
        try:
            v = a[k % 3, 0]
            if v < 0.3:
                raise ValueError("small")
            total += v
        except (ValueError, KeyError):
            total -= 2 * v
            continue
        total *= 1.1
    return total


def leaves_a_loop(a):
    total, n = 0.0, 0
    try:
        while True:
            total = total + a[0, 0] ** 2
            n += 1
            if total > 7:
                raise StopIteration
    except StopIteration:
        total = total * a[1, 1]
    finally:
        total = total + 1
    return total + n


def asserts(a):
    try:
        assert a[0, 0] > 0, "positive"
        return a[0, 0]
    except AssertionError:
        return 2 * a[1, 1] - 1


def looks_up(a):
    table = {2: 1.0, 3: 2.0}
    try:
        return table[int(a[0, 0])] * a[0, 0]
    except KeyError:
        return a[0, 0]


def whole(a):
    try:
        return int(a[1, 1] / np.float64(a[2, 1])) + a[0, 0]
    except ValueError:
        return -a[0, 0]
    except OverflowError:
        return a[0, 0] * 3


def two_handlers(a):
    items = [a[0, 0], a[1, 1], a[2, 2]]
    try:
        x = items[int(a[2, 2]) - 1]
        y = 1.0 / float(a[1, 1])
        x = x * y
    except IndexError:
        x = a[0, 0] * 7
    except ZeroDivisionError:
        x = a[0, 0] * 11
    return x


PROGRAMS = [
    factor, factor_with_jitter, asks_a_function, inverse, solve, of_scipy, raises, leaves_a_loop,
    asserts, looks_up, whole, two_handlers,
]  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
def test_a_handler_runs_where_values_ask_for_it(fn):
    """Each program ran without its handler: it gave NaN, or was an error."""
    taken = set()
    for a in (GOOD, BAD):
        with np.errstate(all="ignore"):
            expected = fn(a)
        compare(value(fn, a), expected)
        taken.add(float(expected))
    assert len(taken) == 2


@pytest.mark.parametrize("fn", [factor, solve, of_scipy, raises, leaves_a_loop])
def test_derivatives_beside_handlers(fn):
    """The side of the body has NaNs where the handler runs, and its derivatives would have, too."""
    direction = np.array([[0.3, -0.2, 0.5], [-0.2, 0.7, 0.1], [0.5, 0.1, -0.4]])
    for a in (GOOD, BAD):
        slope = np.sum(lg.grad(lg.program(fn))(a) * direction)
        if a is BAD and fn is solve:
            # The matrix beside it is regular.
            assert np.isfinite(slope)
            continue
        h = 1e-6
        difference = (fn(a + h * direction) - fn(a - h * direction)) / (2 * h)
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-6)


def test_a_callee_that_changes_an_array_is_an_error():
    """Behind its error, Python does not write to the array; a compiled program would."""

    def factor_into(a, out):
        found = np.linalg.cholesky(a)
        out[0] = 7.0
        return found

    def program(a):
        out = np.zeros(2)
        try:
            found = factor_into(a, out)
        except np.linalg.LinAlgError:
            found = a
        return np.sum(found) + out[0]

    with pytest.raises(TypeError, match=r"test_failures.py:\d+: .*a handler of the program may"):
        value(program, BAD)


def test_warnings_as_errors_are_errors():
    def of_floats(a):
        try:
            with np.errstate(divide="raise"):
                return np.sum(1.0 / a)
        except FloatingPointError:
            return 0.0

    def of_warnings(a):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return np.sum(1.0 / a)
            except RuntimeWarning:
                return 0.0

    for fn in (of_floats, of_warnings):
        with pytest.raises(
            TypeError, match=r"test_failures.py:\d+: .*a handler of the program may"
        ):
            value(fn, GOOD)


def test_a_variable_that_a_side_may_have_set():
    """The second condition took `found` for unset, and gave NaN."""

    def program(a):
        try:
            if a[0, 0] > 1:
                found = a[1, 1]
        except NameError:
            found = 0.0
        if a[0, 0] < 1:
            found = a[2, 2]
        return found

    try:
        compare(value(program, GOOD), program(GOOD))
    except NameError as error:
        assert "may have no value" in str(error)
