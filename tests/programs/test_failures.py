"""`try` statements whose handlers run as traced values decide, beside Python."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import operator
import warnings

import numpy as np
import pytest
import scipy.linalg
from program_checks import check_gradient, compare

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


@pytest.mark.sampled(2)
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


def factor_into(a, out):
    found = np.linalg.cholesky(a)
    out[0] = 7.0
    return found


def a_callee_that_changes_an_array(a):
    out = np.zeros(2)
    try:
        found = factor_into(a, out)
    except np.linalg.LinAlgError:
        found = a
    return np.sum(found) + out[0]


def log_of(v):
    if v <= 0:
        raise ValueError("not positive")
    return math.log(v)


def twice_the_log(v):
    return 2 * log_of(v)


def a_callee_raises(a):
    try:
        y = log_of(a[0, 0])
    except ValueError:
        y = -3.0
    return y


def a_callee_of_a_callee_raises(a):
    total, failures = 0.0, 0
    for v in np.diag(a):
        try:
            total += twice_the_log(v)
        except ValueError:
            failures += 1
    return total + 10.0 * failures


def within(v, low, *, high=3.5):
    """Two errors, a parameter that is assigned, and a loop that is left."""
    v = v * 2
    if not low <= v:
        raise ValueError(f"{low} is more")
    for k in range(3):
        v = v + 0.1 * k
        if v > high:
            return v * 10
        assert v < 100
    if v > 2 * high:
        raise OverflowError
    return v


def a_callee_has_two_errors(a):
    total = 0.0
    for v in np.diag(a):
        try:
            total += within(v, 1.0)
        except ValueError:
            total -= v
        except OverflowError:
            total += 100 * v
    return total


def newton(x, a, turns=12):
    for _ in range(turns):
        if x == 0:
            raise ZeroDivisionError("no slope")
        step = (x * x - a) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            return x
    raise RuntimeError("no convergence")


def a_callee_does_not_end(a):
    try:
        return newton(1.0, a[0, 0] + 1e-9)
    except (RuntimeError, ZeroDivisionError):
        return a[0, 0] / 3


class Counter:
    def __init__(self, level):
        self.level, self.calls = level, 0

    def step(self, v):
        self.calls += 1
        if v < 0:
            raise ArithmeticError("negative")
        self.level = self.level + v
        return self.level


def a_method_raises(a):
    counter, total, failures = Counter(1.0), 0.0, 0
    for v in np.diag(a):
        try:
            total += counter.step(v)
        except ArithmeticError:
            failures += 1
    return total + 100.0 * counter.calls + 1000.0 * failures + counter.level


def a_callee_has_a_handler(a):
    def inverse_of(v):
        try:
            return 1.0 / float(v)
        except ZeroDivisionError:
            raise ValueError("no inverse") from None

    try:
        return inverse_of(a[1, 1]) + a[0, 0]
    except ValueError:
        return a[0, 0] * 5


def matched(k):
    match k:
        case 0:
            raise KeyError("zero")
        case 3:
            return 10.0
        case _:
            return 20.0


def a_callee_raises_in_a_match(a):
    try:
        return matched(a[1, 1]) + a[0, 0]
    except LookupError:
        return a[0, 0]


def one_side_of_an_expression(a):
    try:
        y = log_of(a[0, 0]) if a[2, 2] > 0 else a[2, 2]
    except ValueError:
        y = 3 * a[0, 0]
    return y


def a_match_raises(a):
    y = a[0, 0]
    try:
        match a[1, 1]:
            case 0:
                raise KeyError("zero")
            case _:
                y = y * 3
        y = y + 1
    except KeyError:
        y = y * 7
    return y


CALLEES = [
    a_callee_that_changes_an_array, a_callee_raises, a_callee_of_a_callee_raises,
    a_callee_has_two_errors, a_callee_does_not_end, a_method_raises, a_callee_has_a_handler,
    a_callee_raises_in_a_match, one_side_of_an_expression, a_match_raises,
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fn", CALLEES)
def test_a_function_that_the_body_calls_raises(fn):
    """A `raise` in a function that the body of a `try` calls was an error of the trace."""
    direction = np.diag([0.3, 0.0, -0.4])
    taken = set()
    for a in (GOOD, BAD):
        expected = fn(a)
        compare(value(fn, a), expected)
        taken.add(float(expected))
        slope = np.sum(lg.grad(lg.program(fn))(a) * direction)
        h = 1e-6
        difference = (fn(a + h * direction) - fn(a - h * direction)) / (2 * h)
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-6)
    assert len(taken) == 2


def test_errors_under_a_condition_of_a_lambda_are_errors():
    """The condition has no statement behind which the program could ask for the error."""

    def program(a):
        logarithm = lambda v: log_of(v) if v < 5 else v  # noqa: E731
        try:
            return logarithm(a[0, 0])
        except ValueError:
            return a[0, 0]

    with pytest.raises(TypeError, match=r"test_failures.py:\d+: .*a handler of the program may"):
        value(program, BAD)


def power(x, p):
    try:
        y = x**p
    except ZeroDivisionError:
        y = 7.0 * p
    except OverflowError:
        y = -2.0 * p
    return y


def power_of_math(x, p):
    try:
        y = math.pow(x, p)
    except ValueError:
        y = 7.0 * p
    except OverflowError:
        y = -2.0 * p
    return y


@pytest.mark.parametrize("fn", [power, power_of_math])
@pytest.mark.parametrize(
    "args", [(2.0, 3.0), (0.0, -1.0), (0.0, 2.0), (1e200, 2.0), (-2.0, 3.0), (3, -2), (0, -1)]
)
def test_powers_that_are_errors(fn, args):
    """`0.0**-1.0` gave infinity beside a handler of ZeroDivisionError."""
    x, p = args
    compare(value(fn, x, p), fn(x, p))
    traced = lg.jit(lg.program(lambda x, p: fn(float(x), float(p))), backend="numpy")
    compare(traced(np.float64(x), np.float64(p)), fn(float(x), float(p)))
    if x >= 0 and abs(x) < 1e9:
        slope = lg.grad(lg.program(lambda p: fn(float(x), float(p))))(float(p))
        h = 1e-6
        difference = (fn(float(x), p + h) - fn(float(x), p - h)) / (2 * h)
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-6)


def test_a_power_that_python_has_no_float_for():
    def program(x, p):
        try:
            return math.pow(x, p)
        except ValueError:
            return 3.0

    assert value(program, -2.0, 0.5) == 3.0


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


def an_index_of_a_known_list(a):
    t = a[0, 0]
    try:
        if a[0, 0] > 0:
            t = t * 3
            t = [1.0, 2.0][5]
        t = t + 1
    except IndexError:
        t = t - 7.0
    return t


def a_known_key_in_a_loop(a):
    total = 0.0
    try:
        for v in np.diag(a):
            total += v
            if v < 0:
                total += {"a": 1.0}["b"]
    except KeyError:
        total -= 7.0
    return total


def a_known_division_in_a_callee(a):
    def f(v):
        v = v * 2
        if v < 0:
            return v + 1 / (1 - 1)
        return v

    t = a[0, 0]
    try:
        t = f(t) + f(t + 1)
        t = t * 2
    except ZeroDivisionError:
        t = t - 7.0
    return t


def a_known_error_of_a_side_of_an_expression(a):
    v = a[0, 0]
    try:
        v = [0.1, 0.2][3] if v <= 0.0 else v * 2
        v = v + 1
    except Exception:
        v = v - 7.0
    return v


def known_errors_are_suppressed(a):
    v = a[0, 0]
    with contextlib.suppress(KeyError):
        if v > 0:
            v = v * 2
            v = {"a": v}["b"]
        v = v + 1
    return v


KNOWN = [
    an_index_of_a_known_list, a_known_key_in_a_loop, a_known_division_in_a_callee,
    a_known_error_of_a_side_of_an_expression, known_errors_are_suppressed,
]  # fmt: skip


@pytest.mark.parametrize("fn", KNOWN)
def test_an_error_that_the_trace_raises_on_one_side(fn):
    """The handler ran for all values, also where the program does not come to the error."""
    for a in (GOOD, BAD, GOOD[::-1]):
        compare(value(fn, a), fn(a))


def test_no_handler_takes_what_letgrad_refuses():
    """The handler ran, and the program had the result of another computation."""

    def broad(a):
        try:
            return np.sort(a[:, a[0] > 0.3], axis=1).sum()
        except Exception:
            return -100.0

    def of_types(a):
        with contextlib.suppress(TypeError):
            return np.sort(a[:, a[0] > 0.3], axis=1).sum()
        return -100.0

    for fn in (broad, of_types):
        with pytest.raises(TypeError, match=r"test_failures.py:\d+: indexing with a traced mask"):
            value(fn, GOOD)


def test_handlers_take_what_python_refuses():
    def scalar_or_vector(x, y):
        try:
            n = len(x)
        except TypeError:
            n = 1
        try:
            first = y[0]
        except (TypeError, IndexError):
            first = y
        try:
            product = x @ y
        except ValueError:
            product = -7.0
        return n, first, product

    for x, y in ((GOOD[0], GOOD[1]), (GOOD[0, 0], GOOD[1]), (GOOD[0, :2], GOOD[1, 0])):
        compare(value(scalar_or_vector, x, y), scalar_or_vector(x, y))


class Meter:
    """Its method has the name of a function of `contextlib`."""

    def __init__(self):
        self.n = 0.0

    def suppress(self, v):
        self.n = self.n + v
        return contextlib.nullcontext()


def a_method_named_suppress(a):
    meter, y = Meter(), 0.0
    with meter.suppress(a[0, 0]):
        y = a[0, 1] * 2
    try:
        y = y + 1 / float(a[1, 1])
    except ZeroDivisionError:
        y = -1.0
    return y + 10 * meter.n


def a_method_named_suppress_in_a_try(a):
    meter, y = Meter(), 0.0
    try:
        with meter.suppress(a[0, 0]):
            y = 1 / float(a[1, 1])
    except ZeroDivisionError:
        y = -1.0
    return y + 10 * meter.n


def kinds_of_a_call_are_suppressed(a):
    calls, y = [0.0], 0.0

    def kinds():
        calls[0] += 1
        return ZeroDivisionError, KeyError

    for v in np.diag(a):
        with contextlib.suppress(*kinds()):
            y += 1 / float(v)
    return y + 100 * calls[0]


def suppress_has_another_name(a):
    from contextlib import suppress as ignoring

    y = 0.0
    with ignoring(ZeroDivisionError):
        y = y + 1 / float(a[1, 1])
    with suppressing(ZeroDivisionError):
        y = y + 2 / float(a[1, 1])
    return y


suppressing = contextlib.suppress


@pytest.mark.parametrize(
    "fn",
    [
        a_method_named_suppress, a_method_named_suppress_in_a_try, kinds_of_a_call_are_suppressed,
        suppress_has_another_name,
    ],
)  # fmt: skip
def test_a_manager_is_called_once(fn):
    """A method `suppress` was called a second time, to ask which errors it suppresses."""
    for a in (GOOD, BAD):
        compare(value(fn, a), fn(a))


OPERATORS = {
    "**": lambda a, b: a**b,
    "pow": lambda a, b: pow(a, b),
    "of a known number": lambda a, b: pow(0.0, b),
    "operator.pow": lambda a, b: operator.pow(a, b),
    "operator.ipow": lambda a, b: operator.ipow(a, b),
    "/": lambda a, b: a / b,
    "operator.truediv": lambda a, b: operator.truediv(a, b),
    "operator.itruediv": lambda a, b: operator.itruediv(a, b),
    "reduce": lambda a, b: functools.reduce(operator.truediv, [a, 2.0, b]),
    "starmap": lambda a, b: sum(itertools.starmap(operator.truediv, [(a, b)])),
    "accumulate": lambda a, b: sum(itertools.accumulate([a, b], operator.truediv)),
    "map": lambda a, b: sum(map(operator.truediv, [a], [b])),
    "//": lambda a, b: a // b,
    "operator.floordiv": lambda a, b: operator.floordiv(a, b),
    "%": lambda a, b: a % b,
    "operator.mod": lambda a, b: operator.mod(a, b),
    "divmod": lambda a, b: divmod(a, b),
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("kind", [float, int])
def test_functions_that_are_operators(name, kind):
    """`pow(0.0, -1.0)` gave infinity, `0.0**-inf` ran the handler, `divmod(v, 0.0)` gave NaN."""
    operation = OPERATORS[name]

    def program(a, b):
        try:
            found, text = operation(kind(a), kind(b)), 0
        except ZeroDivisionError as error:
            found, text = (-5.0, -6.0) if name == "divmod" else -5.0, len(str(error))
        except OverflowError:
            found, text = (-7.0, -8.0) if name == "divmod" else -7.0, 1
        return found, text

    pairs = [(2, 3), (0, -1), (0, 2), (1, 0), (-3, 0), (7, -2), (0, 0)]
    if kind is float:
        pairs += [(0, -np.inf), (1e200, 2.0), (0, np.nan), (-0.0, -3.0), (np.inf, 0)]
    elif any(part in name for part in ("pow", "**", "known")):
        return  # The sign of an exponent decides whether Python gives an int.
    compiled = lg.jit(lg.program(program), backend="numpy")
    for pair in pairs:
        a, b = (np.asarray(v, kind)[()] for v in pair)
        (expected, text), (found, found_text) = program(a, b), compiled(a, b)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert found_text == text


def test_powers_of_complex_zeros_are_errors():
    def program(a, b, c):
        try:
            found = complex(a) ** complex(b, c)
        except ZeroDivisionError:
            found = -5.0 + 0j
        return found

    for args in ((0.0, -1.0, 0.0), (0.0, 2.0, 0.0), (0.0, 2.0, 1.0), (2.0, -1.0, 1.0), (0, 0, 0)):
        args = tuple(map(np.float64, args))
        np.testing.assert_allclose(value(program, *args), program(*args), rtol=1e-12)


def test_functions_that_are_operators_call_methods():
    class Pair:
        def __init__(self, v):
            self.v = v

        def __pow__(self, other):
            return self.v**other if self.v > 0 else -self.v

        def __divmod__(self, other):
            return self.v / other if self.v > 0 else 0.0, other

        def __neg__(self):
            return Pair(-self.v if self.v > 1 else self.v * 3)

    def program(a):
        pair = operator.neg(Pair(a[0, 0]))
        first, second = divmod(pair, a[1, 2] + 1)
        return pow(pair, 3) + 10 * operator.pow(Pair(a[2, 2]), 2) + first * second, pow(2, 5, 7)

    for a in (GOOD, BAD):
        compare(value(program, a), program(a))


def test_functions_of_the_program_run_in_starmap_and_accumulate():
    """They ran as Python, where a condition on a traced value is an error."""

    def larger(a, b):
        return a if a > b else 2 * b

    def program(a):
        pairs = sum(itertools.starmap(larger, [(a[0, 0], a[1, 0]), (a[0, 1], a[1, 1])]))
        first, *rest = itertools.accumulate(list(a[0]), larger, initial=0.25)
        return pairs + first + sum(rest)

    for a in (GOOD, BAD):
        compare(value(program, a), program(a))


def test_an_int_of_a_vector_is_an_error_of_its_type():
    def program(a):
        try:
            return int(a[0])
        except TypeError:
            return -1

    assert value(program, GOOD) == -1


def count_while_positive(x):
    k = 0
    try:
        while x[k] > 0.2:
            k += 1
    except IndexError:
        return -1.0
    return k + x[k]


def while_with_jumps(x):
    k, s = 0, 0.0
    try:
        while x[k] > 0.2:
            s += x[k]
            k += 1
            if s > 4:
                break
            if k == 3:
                continue
            s *= 0.9
        else:
            s += 5
        s += 1
    except IndexError:
        s += 100
    finally:
        s *= 2
    return s


def first_not_positive(x, k):
    while x[k] > 0:
        k += 1
    return k


def while_in_a_function(x):
    try:
        return first_not_positive(x, 1) * x[0]
    except IndexError:
        return -7.0


@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0], [1.0, 0.1, 2.0], [0.1], [], [3.0, 2.0, 0.5], [1.0]])
@pytest.mark.parametrize("fn", [count_while_positive, while_with_jumps, while_in_a_function])
def test_errors_in_the_test_of_a_while(fn, x):
    x = np.array(x)
    compare(value(fn, x), fn(x))


def test_derivatives_behind_errors_in_the_test_of_a_while():
    for x in ([1.0, 2.0, 3.0], [1.0, 0.1, 2.0]):
        check_gradient(while_with_jumps, np.array(x))
