"""Checks that raise, `try`, and `match` on traced values, beside Python."""

from __future__ import annotations

import contextlib
import itertools
import math

import numpy as np
import pytest
from program_checks import check_value, compare

import letgrad as lg

X = np.array([1.5, 2.0, 0.3, 4.0, 0.7])


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


def raise_first(x):
    if np.any(x < 0):
        raise ValueError("a number is negative")
    return np.sqrt(x).sum()


def raise_in_a_callee(x):
    def root(v):
        if v < 0:
            raise ValueError(f"the root of {v} does not exist")
        return math.sqrt(v)

    return sum(root(v) for v in x)


def raise_last(x):
    s = x.sum()
    if s > 100:
        y = x * 2
    elif s > 0:
        y = x * 3
    else:
        raise RuntimeError("the sum is negative")
    return y.sum()


def raise_without_convergence(x):
    a, y = x[1], x[1]
    for _ in range(40):
        new = 0.5 * (y + a / y)
        if abs(new - y) < 1e-12:
            return new
        y = new
    raise RuntimeError("the iteration does not converge")


def raise_in_the_else_of_a_loop(x):
    y = 1.0
    for _ in range(40):
        new = 0.5 * (y + x[0] / y)
        if abs(new - y) < 1e-12:
            break
        y = new
    else:
        raise RuntimeError("the iteration does not converge")
    return new * 2


def raise_for_none(x):
    best = None
    for i, v in enumerate(x):
        if v > 3:
            best = i
            break
    if best is None:
        raise LookupError("there is no such number")
    return x[best] * best


def raise_in_a_loop(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] == 0:
            raise ZeroDivisionError
        total += 1 / x[i]
    assert total > 0, f"the total is {total}"
    return total


CHECKED = [
    raise_first, raise_in_a_callee, raise_last, raise_without_convergence,
    raise_in_the_else_of_a_loop, raise_for_none, raise_in_a_loop,
]  # fmt: skip


@pytest.mark.parametrize("fn", CHECKED)
def test_a_check_is_left_out_with_a_remark(fn):
    with lg.remarks() as found:
        result = value(fn, X)
    compare(result, fn(X))
    assert "test_checks.py" in str(found)
    assert "letgrad leaves the check out" in str(found)


def test_a_check_costs_nothing_in_derivatives():
    def plain(x):
        return np.sqrt(x).sum()

    texts = []
    for fn in (raise_first, plain):
        module = str(lg.trace(lg.grad(lg.program(fn)), X))
        texts.append([line.split("loc(")[0] for line in module.splitlines() if "sqrt" in line])
        assert "scf.if" not in module
    assert len(texts[0]) == len(texts[1])


def test_a_float_that_nothing_returns_is_nan():
    assert np.isnan(value(raise_without_convergence, np.array([1.0, np.nan])))


def test_a_check_of_known_values_raises():
    def checked(x, n):
        if n < 0:
            raise ValueError("n is negative")
        return x * n

    compare(value(checked, X, 2), checked(X, 2))
    with pytest.raises(ValueError, match="n is negative"):
        value(checked, X, -1)


def test_a_program_that_always_raises_raises():
    def both(x):
        if x[0] > 0:
            raise ValueError("above")
        raise KeyError("below")

    with pytest.raises(KeyError):
        value(both, X)


def test_handlers_that_values_decide_about():
    def caught(x):
        def inverse(v):
            if v == 0:
                raise ValueError
            return 1 / v

        total = 0.0
        for v in x:
            try:
                total += inverse(v)
            except ValueError:
                total += 100.0
        return total

    def broad(x):
        try:
            return caught(x)
        except Exception:
            return 0.0

    def index(x, k):
        try:
            return x[k]
        except IndexError:
            return -1.0

    def suppressed(x):
        total = 0.0
        for v in x:
            with contextlib.suppress(ValueError, TypeError):
                if v < 1:
                    raise ValueError
                total += v
        return total

    compare(value(index, X, np.int64(9)), -1.0)
    for x in (X, 0 * X, X - X[1]):
        for fn in (caught, broad, suppressed):
            compare(value(fn, x), fn(x))


def test_known_indices_lead_to_their_handlers():
    def padded(x):
        total = 0.0
        for i in range(8):
            try:
                total += x[i]
            except IndexError:
                total -= 1.0
            except (KeyError, ZeroDivisionError):
                total = 0.0
        return total

    def known(x):
        def check(n):
            if n > 2:
                raise ValueError
            return n

        total = x[0]
        for k in [1, 2, 3]:
            try:
                total += check(k)
            except ValueError as error:
                total -= len(error.args) + 0.5
        return total

    for fn in (padded, known):
        compare(value(fn, X), fn(X))


def test_an_iterator_in_a_tuple_or_in_a_global_gives_each_turn_its_item():
    held = (iter([1.0, 2.0, 3.0, 4.0, 5.0]),)
    turns = (iter([1.0, 2.0, 3.0, 4.0, 5.0]),)

    def weighted(x, its):
        total = 0.0
        for v in x:
            total += v * next(its[0])
        return total

    result = value(lambda x: weighted(x, held), X)
    np.testing.assert_allclose(result, weighted(X, turns))

    def from_a_global(x):
        total = 0.0
        for v in x:
            total += v * next(SIGNS)
        return total

    result = value(from_a_global, X)
    np.testing.assert_allclose(result, X @ [1.0, -1.0, 1.0, -1.0, 1.0])


SIGNS = itertools.cycle([1.0, -1.0])


def test_a_match_of_traced_values():
    def by_number(x):
        total = 0.0
        for v in x:
            match int(v):
                case 0 | 1:
                    total += v
                case n if n > 3:
                    total -= n * v
                case _:
                    total += 10.0
        return total

    def by_pair(x):
        total = 0.0
        for a, b in itertools.pairwise(x):
            match (int(a > 1), int(b > 1)):
                case (1, 1):
                    total += a * b
                case (1, other):
                    total += a - other
                case [first, 1] | [first, 2]:
                    total -= a + first
                case _:
                    pass
        return total

    for fn in (by_number, by_pair):
        compare(value(fn, X), fn(X))

    def by_bool(x):
        match x[0] > 1:
            case True:
                return 1.0
        return 0.0

    with pytest.raises(TypeError, match=r"test_checks.py:\d+: `case True` asks for the object"):
        value(by_bool, X)


def catches_the_domain(x):
    total = 0.0
    for v in x:
        try:
            total += math.sqrt(v)
        except ValueError:
            total -= 1.0
    return total


def catches_a_division(x):
    a, b = float(x[0]), float(x[1])
    try:
        return a / b
    except ZeroDivisionError:
        return 0.0


def catches_a_large_number(x):
    try:
        return math.exp(x[0])
    except OverflowError:
        return np.inf


def catches_a_missing_item(x):
    items = list(x)
    try:
        return items.index(max(x[1], 2.0))
    except ValueError:
        return -1


def catches_an_index_of_a_list(x):
    items, total = [1.0] * 9, 0.0
    k = int(x[0])
    try:
        total += items[k]
    except IndexError:
        total -= 1.0
    return total


CATCHING = [
    catches_the_domain, catches_a_division, catches_a_large_number, catches_a_missing_item,
    catches_an_index_of_a_list,
]  # fmt: skip


@pytest.mark.parametrize("fn", CATCHING)
def test_errors_of_python_that_a_handler_catches(fn):
    """Without its error, a program computed NaN, or another number, and no handler ran."""
    for numbers in ([-0.3, 0.0, 4.0], [900.0, 2.0, 0.5], [1.0, 4.0, 1.0]):
        x = np.array(numbers)
        compare(value(fn, x), fn(x))


def other_handlers(x):
    try:
        return math.sqrt(x[2]) + x[0] / x[1] + 1 / 3 * x[2]
    except (IndexError, AttributeError):
        return 0.0


def test_errors_that_no_handler_catches():
    check_value(other_handlers, np.array([-0.3, 0.5, 4.0]))


def test_is_true_asks_for_an_object_that_a_traced_flag_may_not_be():
    """A comparison of objects would be False in each turn, and the program another one."""

    @lg.program
    def trades(prices):
        holding, profit = False, 0.0
        for price in prices:
            above = price > 2
            if above:
                if holding is False:
                    holding = above
                else:
                    holding, profit = False, profit + price
        return profit

    @lg.program
    def equal(prices):
        holding, profit = False, 0.0
        for price in prices:
            if price > 2:
                if holding == False:  # noqa: E712
                    holding = True
                else:
                    holding, profit = False, profit + price
        return profit

    prices = np.array([3.0, 1.0, 4.0, 5.0])
    assert trades(prices) == 4.0 == lg.jit(equal)(prices)
    with pytest.raises(
        TypeError, match=r"test_checks.py:\d+: `is False` asks for the object .*not"
    ):
        lg.jit(trades)(prices)
    for other in (lambda x: (x > 2) is not True, lambda x: True is (x > 2)):
        with pytest.raises(TypeError, match="`is True` asks for the object True"):
            lg.jit(lg.program(other))(3.0)
    assert not lg.jit(lg.program(lambda x: x is True))(3.0)


def finds(x):
    found, k = False, 0
    while found is False:
        k += 1
        if x[k] > 2 or k == len(x) - 1:
            found = True
    return found, k


def trades_once(x):
    holding, profit = False, 0.0
    for price in x:
        if price > 2:
            if holding is not True:
                holding = True
            else:
                holding, profit = not holding, profit + price
        elif holding is True and price < 1.5:
            holding = False if price < 1.2 else not True
    return profit, holding is False


@pytest.mark.parametrize("fn", [finds, trades_once])
@pytest.mark.parametrize("n", [4, 7])
def test_flags_that_hold_bools_of_python(fn, n):
    """This was an error, also where all bindings are to True and False."""
    for k in range(4):
        x = np.random.default_rng(k).uniform(1, 4, n)
        check_value(fn, x, backends=("cpu", "numpy"))


def test_a_flag_that_may_be_no_bool_is_an_error():
    def argument(done):
        return done is True

    def named(x):
        done = False
        if (done := x > 1) is False:
            return x
        return x if done is False else -x

    with pytest.raises(TypeError, match="`is True` asks for the object True"):
        lg.jit(lg.program(argument))(np.bool_(True))
    with pytest.raises(TypeError, match="`is False` asks for the object False"):
        lg.jit(lg.program(named))(3.0)
