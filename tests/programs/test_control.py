"""
Loops, conditions and jumps of `@lg.program` on plain variables, beside Python itself.
"""

from __future__ import annotations

import math
import traceback

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

pytestmark = pytest.mark.sampled(3)

BOTH = ("numpy", "cpu")
X = np.array([1.0, -2.0, 3.0, 0.5])


def branches(x):
    s = 0.0
    for i in range(10):
        if x[i % 4] > 0:
            s += x[i % 4] * i
        elif x[i % 4] < -1 and i > 3:
            s -= math.sin(x[0])
        else:
            s = s / 2
    return s


def early_returns(x):
    y = x[0]
    if y > 2:
        return y * 2
    if y > 1.5:
        return y * 3
    for _ in range(5):
        y = y * 1.5
        if y > 2:
            return y
        if y < -100:
            break
    else:
        return -y
    return 0.0


def breaks(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < -1.0:
            continue
        last = x[i] * total
        total = total + x[i] + last
        if total > 3:
            break
    return total, last


def nested(x):
    best = x[0]
    for i in range(len(x)):
        for j in range(len(x)):
            if i == j:
                continue
            if x[i] * x[j] > best:
                best = x[i] * x[j]
            if best > 2.5:
                break
    return best


def chained(x):
    count = 0
    total = 0.0
    for v in x:
        if 0 < v < 2 or not v > -1.5:
            count += 1
            total += v if v > 0 else v * v
    return count, total


def zips(x):
    total = 0.0
    for k, (a, b) in enumerate(zip(x, reversed(x))):
        total += a * b * (k + 1)
    for r in reversed(range(1, 9, 3)):
        total = total * 0.5 + x[r % 4]
    return total


def conditionals(x):
    a = max(x[0], x[1], 0.5)
    b = min(x[2], 2.0)
    c = x[3] if x[0] > 0 and x[1] < 0 else -x[3]
    return a * b + c, abs(x[1]) ** 2


def walks(x):
    a, b = x[0], x[1]
    for _ in range(7):
        a, b = b, a + b
    return a, b


def constants_stay(x):
    n = 2
    for _ in range(6):
        scale = 0.5
        n = 2
        x = x * scale
    return np.reshape(x, (n, 2))


ALL = [branches, early_returns, breaks, nested, chained, zips, conditionals, walks, constants_stay]


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("start", [1.0, 1.7, 2.5, -0.1, -90.0])
def test_values_are_those_of_python(fn, start):
    x = X.copy()
    x[0] = start
    check_value(fn, x, backends=BOTH if start == 1.0 else ("cpu",))


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("start", [1.0, 1.7, -0.1])
def test_gradients_are_those_of_differences(fn, start):
    x = X.copy()
    x[0] = start
    check_gradient(fn, x)


def loops(fn, *args) -> int:
    return str(lg.trace(lg.program(fn), *args)).count("ten.scan")


def test_a_loop_is_one_loop():
    def many(x):
        for i in range(1000):
            x = np.sin(x) * i
        return x

    assert loops(many, X) == 1
    assert len(str(lg.trace(lg.program(many), X)).splitlines()) < 20


def test_weak_numbers_keep_the_dtype():
    def weak(x):
        s = 0
        for i in range(5):
            s = s + x[i % 4] * (i + 1) / 2
            x = x * 2 + i
        return s, x

    for dtype in (np.float16, np.float32, np.float64):
        x = np.array([1, 2, 3, 4], dtype)
        expected = weak(x)
        result = lg.jit(lg.program(weak))(x)
        for r, e in zip(result, expected):
            assert r.dtype == e.dtype
            np.testing.assert_allclose(r, e, rtol=1e-2 if dtype == np.float16 else 1e-6)


def test_a_list_is_filled_turn_by_turn():
    def listed(x):
        parts = []
        for i in range(3):
            parts.append(x * i)
        table = {}
        for name in ("a", "b"):
            table[name] = parts[0] + len(name)
        return np.stack(parts) + table["b"]

    with lg.remarks() as found:
        check_value(listed, X)
    assert "changes a Python list" in str(found)


def test_a_loop_that_needs_the_number_is_unrolled():
    def needs(x):
        weights = [1.0, 2.0, 5.0, 7.0]
        s = 0.0
        for i in range(4):
            s += weights[i] * x[i]
        return s

    with lg.remarks() as found:
        check_value(needs, X)
    assert "a loop of 4 turns is unrolled" in str(found)
    check_gradient(needs, X)


def test_a_carry_of_another_shape_is_unrolled():
    def grows(x):
        for _ in range(3):
            x = np.concatenate([x, x[:1]])
        return x

    check_value(grows, X)


def test_the_first_turn_may_differ():
    def starts(x):
        best = None
        for v in x:
            if best is None:
                best = v
            elif v > best:
                best = v
        return best

    check_value(starts, X)
    assert loops(starts, X) == 1


def test_a_set_changed_under_a_condition_is_an_error():
    kept = set()

    def changes(x):
        if x[0] > 0:
            kept.add(1)
        return x

    with pytest.raises(TypeError, match="changes a Python set"):
        lg.jit(lg.program(changes))(X)


def test_sides_of_two_shapes_are_an_error():
    def differs(x):
        if x[0] > 0:
            y = x
        else:
            y = x[:, None]
        return y

    with pytest.raises(TypeError, match=r"test_control.py:\d+: .*the variable y is"):
        lg.jit(lg.program(differs))(X)


def test_tracebacks_name_the_line_of_the_user():
    def wrong(x):
        for _ in range(10):
            if x[0] > 0:
                x = x @ np.ones((7, 7))
        return x

    with pytest.raises(ValueError) as caught:
        lg.jit(lg.program(wrong))(X)
    line = wrong.__code__.co_firstlineno + 3
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert any(f.lineno == line and f.name == "wrong" for f in frames)
    assert f"test_control.py:{line}" in str(caught.value)


def helper(x, n):
    for _ in range(n):
        if x.sum() > 1:
            x = x * 0.5
    return x


class Layer:
    def __init__(self, w):
        self.w = w
        self.__hidden = 2.0

    def __call__(self, x):
        return x * self.w if x[0] > 0 else x

    def method(self, x):
        for _ in range(3):
            x = helper(x, 2) * self.__hidden
        return x


def test_called_functions_methods_and_lambdas_are_rewritten():
    layer = Layer(3.0)
    square = lambda v: v * v if v > 0 else -v  # noqa: E731

    def calls(x):
        def inner(y):
            for _ in range(3):
                if y[0] > 0.3:
                    y = y - 0.25
            return y

        return inner(helper(layer(x), 4)) + layer.method(x) + square(x[1])

    check_value(calls, X)
    check_gradient(calls, X)


def test_it_composes():
    @lg.program
    def f(x):
        s = 0.0
        for v in x:
            s += v**3 if v > 0 else v
        return s

    expected = np.where(X > 0, 3 * X**2, 1)
    np.testing.assert_allclose(lg.grad(f)(X), expected)
    np.testing.assert_allclose(lg.program(lg.grad(f.fn))(X), f.fn(X) * 0 + expected)
    np.testing.assert_allclose(lg.jit(lg.grad(f))(X), expected)
    np.testing.assert_allclose(lg.program(lg.jit(f.fn))(X), f.fn(X))
    np.testing.assert_allclose(lg.vmap(f)(np.stack([X, -X])), [f(X), f(-X)])
    np.testing.assert_allclose(lg.jvp(f, (X,), (X,))[1], expected @ X)
    np.testing.assert_allclose(np.diag(lg.hessian(f)(X)), np.where(X > 0, 6 * X, 0))

    def outer(x):
        return lg.grad(f.fn)(x) * 2

    np.testing.assert_allclose(lg.jit(lg.program(outer))(X), expected * 2)


def test_outside_of_a_trace_it_is_python():
    seen = []

    @lg.program
    def f(x):
        seen.append(type(x))
        return x

    f(X)
    assert seen == [np.ndarray]


def test_python_loops_run_as_python():
    def shapes(x):
        n = 1
        for k in range(1, 3):
            n *= k
        names = [f"p{k}" for k in range(n)]
        return np.reshape(x, (n, -1)), len(names)

    check_value(shapes, X)


@pytest.mark.parametrize(
    "fn",
    [lambda k: pow(k[0], 5, 13), lambda k: pow(7, k[0], 13), lambda k: pow(7, 5, k[0])],
    ids=["base", "exponent", "rest"],
)
def test_the_rest_of_a_power_is_a_located_error(fn):
    with pytest.raises(TypeError, match=r"test_control\.py:\d+: pow\(x, y, z\) does not take"):
        lg.trace(lg.program(fn), np.array([7, 5]))


def test_integers_to_a_power():
    def powers(x):
        s = 0.0
        for i in range(5):
            s += 2**i * x[0] + i**2 + 2.0 ** (-i)
        return s

    check_value(powers, X)


def test_minors_and_signs_by_a_counter_are_loops():
    """The counter is the place that `np.delete` leaves out, and the power of -1."""

    def minors(m):
        if m.shape[0] == 2:
            return m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
        total = 0.0
        for j in range(m.shape[0]):
            rest = np.delete(np.delete(m, 0, axis=0), j, axis=1)
            total += (-1) ** j * m[0, j] * minors(rest)
        return total

    m = np.random.default_rng(3).standard_normal((4, 4))
    with lg.remarks() as found:
        check_value(minors, m)
    assert "is unrolled" not in str(found)
    check_gradient(minors, m)


def test_a_turn_may_read_what_the_last_one_left():
    def left(x):
        for i in range(4):
            if i > 0:
                y = y + x[i]  # noqa: F821
            else:
                y = x[0]
        return y

    check_value(left, X)
    check_gradient(left, X)


def test_a_range_of_no_turns():
    def none(x):
        y = x
        for _ in range(0):
            y = y * 2
        for _ in range(5, 1):
            y = y * 2
        return y

    check_value(none, X)
    check_value(none, np.zeros((0, 3)))


def power(x, n):
    return x if n == 0 else x * power(x, n - 1)


def test_a_function_may_call_itself():
    def calls(x):
        return power(x, 3)

    check_value(calls, X)


def test_ints_among_the_arguments_stay_known():
    @lg.program
    def f(n, x, *, k=2):
        total = np.zeros((n, k))
        for i in range(n):
            total[i, :] += x[i] * k
        return np.sum(total)

    assert lg.jit(f)(3, X) == f(3, X)
    assert lg.jit(f)(2, X, k=5) == f(2, X, k=5)
    np.testing.assert_allclose(lg.grad(f, argnums=1)(3, X), [4, 4, 4, 0])
    np.testing.assert_allclose(lg.jit(lg.grad(f, argnums=1))(3, X), [4, 4, 4, 0])
    np.testing.assert_allclose(lg.jvp(f, (3, X), (0, X))[1], f(3, X))
    np.testing.assert_allclose(lg.vjp(f, 3, X)[1](1.0)[1], [4, 4, 4, 0])
    np.testing.assert_allclose(lg.vmap(f, in_axes=(None, 0))(3, np.stack([X, X])), [f(3, X)] * 2)


def endless_with_return(x):
    s, turns = x[0], 0
    while True:
        s = s / 2 + 0.1
        turns += 1
        if abs(s - 0.2) < 1e-6 or turns > 100:
            return s, turns


def jumps_of_two_loops(x):
    for i in range(4):
        for j in range(4):
            if x[i] * x[j] > 3.5:
                return x[i] * i
            if x[j] < -1.5:
                continue
    return np.sum(x)


def assigns_in_a_test(x):
    i, s = 0, 0.0
    while (v := x[i]) < 2.5 and i < 3:
        if (w := 2 * v) > 1:
            s += w * i
        i += 1
    return s, v


def assigns_behind_and(x):
    i, s, v = 0, 0.0, 0.0
    while i < 3 and (v := x[i]) < 2.5:
        if x[i] > 0 and (w := x[i + 1]) > -3.5:
            s += w
        i += 1
    else:
        s *= 2
    return s, v


def part_of_a_side(x):
    if x[0] > 0:
        y = x * 2
        w = y[1:]
    else:
        y = x * 3
        w = y[:-1]
    return w * 1.0


class Tally:
    def __init__(self, n, scale=1.0):
        self.bins = np.zeros(n)
        self.total = 0.0
        self.scale = scale

    def add(self, k, v):
        self.bins[k] += v * self.scale
        self.total += v


class Doubled(Tally):
    def __init__(self, n):
        super().__init__(n, scale=2.0)


def instances(x):
    tally, other = Tally(2), Doubled(4)
    for i in range(4):
        tally.add(i % 2, x[i])
        other.add(i, x[i] * x[0])
    return tally.bins, tally.total, other.bins


@pytest.mark.parametrize(
    "fn",
    [
        endless_with_return, jumps_of_two_loops, assigns_in_a_test, assigns_behind_and,
        part_of_a_side, instances,
    ],
)  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
def test_ways_out_and_ways_to_assign(fn, sign):
    check_value(fn, sign * X, backends=BOTH)
    check_gradient(fn, sign * X)


def step(x, dt, damped=False):
    y = x * dt
    return y.sum() if damped else y


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_float_argument_is_weak_and_a_bool_is_known(dtype):
    x = X.astype(dtype)
    for args in [(x, 0.5), (x, 0.5, True), (x, np.float64(0.5))]:
        result, expected = lg.jit(lg.program(step))(*args), step(*args)
        assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(result, expected)
    slope = lg.grad(lg.program(step), argnums=1)(X, 0.5, True)
    np.testing.assert_allclose(slope, X.sum())
    _, tangent = lg.jvp(lg.program(step), (X, 0.5, True), (X, 1.0, 0.0))
    np.testing.assert_allclose(tangent, 1.5 * X.sum())


def sorts(x):
    low, *_, high = sorted(x)
    numbers = sorted([float(x[1]), 2.5, float(x[0])], reverse=True)
    return low, high, numbers[0], numbers[2]


def sorted_pairs(x):
    pairs = sorted(zip(np.round(x), x))
    places = sorted(zip(np.round(x), range(len(x))), reverse=True)
    keyed = sorted(enumerate(x), key=lambda p: (round(p[1]), -p[0]))
    return pairs[0], pairs[-1][1], places, [k for k, _ in keyed]


def numbers_of_python(x):
    z, w = complex(x[0], x[1]), complex(imag=x[2])
    return (
        z * w,
        abs(z),
        round(x[0] + 0.5),
        round(x[0] * 10.0 + 1e6),
        round(x[1], 1),
        x[round(x[0])],
    )


def test_pairs_and_numbers_of_python():
    for x in (np.array([0.4, 1.5, -2.5, 0.6, 1.6]), np.array([-0.5, 2.0, 2.0, 0.5, -0.5])):
        check_value(sorted_pairs, x, backends=("numpy",))
        check_value(numbers_of_python, x, backends=("numpy",))
    check_gradient(lambda x: sorted(zip(np.round(x), x))[1][1], np.array([0.4, 1.5, 0.6]))


def test_sorted_takes_traced_numbers():
    check_value(sorts, X)
    check_gradient(sorts, X)


def test_loops_in_loops_do_not_double_the_traces(capsys):
    @lg.program
    def f(x):
        total = 0
        for i in range(2):
            for j in range(2):
                for k in range(3):
                    for m in range(2):
                        for n in range(3):
                            print("turn")
                            x[i, j] += x[k % 2, m] * n
                            total += x[j, n]
        return total

    x = np.arange(6.0).reshape(2, 3) / 9
    given = x.copy()
    expected = f(given)
    capsys.readouterr()
    actual = lg.jit(f)(x)
    # Each loop has a trace that finds what it carries, and one more where `total` became a float.
    assert capsys.readouterr().out.count("turn") <= 11
    np.testing.assert_allclose(actual, expected)
    np.testing.assert_allclose(x, given)


def test_a_loop_that_carries_more_or_less_than_before():
    def power(x, n, keep):
        out, last = 1.0, 0
        for k in range(n):
            out = out * x
            if not keep:
                last = k + out
        return out + last

    @lg.program
    def f(x):
        total = 0
        sizes = []
        for i in range(3):
            total = total + power(x, 3, False)
            total = total + power(i, 2, True)
            total = total + power(total, 3, True)
            for j in range(4):
                same = 5
                if i > 0:
                    total = total + j
            sizes.append(np.zeros(same).size)
        return total, sum(sizes)

    for actual, expected in zip(lg.jit(f)(0.5), f(0.5), strict=True):
        np.testing.assert_allclose(actual, expected)


# The greatest and the least by a key.


def nearest(x):
    place = min(range(len(x)), key=lambda k: abs(x[k] - 1.8))
    return place, x[place] * 2


def longest_pair(x):
    k, value = max([(k, x[k]) for k in range(4)], key=lambda pair: pair[1])
    return k * value


def first_of_equal(x):
    return max(range(len(x)), key=lambda k: x[k] // 3), min(x, key=lambda v: -v)


def keys_that_are_known(x):
    return max([1, 2, -5], key=abs) + x[0] + max([], default=2)


@pytest.mark.parametrize("fn", [nearest, longest_pair, first_of_equal, keys_that_are_known])
def test_max_and_min_by_a_key(fn):
    check_value(fn, np.array([3.0, 1.0, 4.0, 2.0]), backends=("numpy", "cpu"))
    check_value(fn, np.array([-3.0, 5.0, 5.5, 5.0]), backends=("numpy",))


def test_the_gradient_of_the_greatest_by_a_key():
    x = np.array([3.0, 1.0, 4.0, 2.0])
    gradient = lg.grad(lg.program(lambda x: max(x, key=lambda v: -v) ** 2))(x)
    np.testing.assert_array_equal(gradient, [0, 2, 0, 0])


def continue_before_an_assignment(x):
    s = 2.0
    for _ in range(3):
        if x[1] > 0.5:
            if x[0] < 0.5:
                continue
        else:
            s += 0.3
        s = x[1]
    return s


def break_before_an_assignment(x):
    s = 2.0
    for k in range(3):
        if x[1] > 0.5:
            if x[0] < 0.5 * k:
                break
        else:
            s += 0.3
        s = x[1] + k
    return s


def continue_in_the_else_of_a_loop(x):
    s, t = 2.0, 0.0
    for k in range(3):
        for j in range(2):
            if x[0] > 0.3 * (j + k):
                break
            s += 0.1
        else:
            if x[1] > 0.5:
                s *= 1.5
                continue
        t += s
        s = x[1]
    return s, t


def continue_in_a_while(x):
    s, k = 2.0, 0
    while k < 4:
        k += 1
        if x[1] > 0.5:
            s += 1.0
            if x[0] < 0.3 * k:
                continue
        s = x[0]
    return s


@pytest.mark.parametrize("x", [[0.1, 0.9], [0.7, 0.9], [0.1, 0.2], [1.5, 0.6]])
@pytest.mark.parametrize(
    "fn",
    [
        continue_before_an_assignment, break_before_an_assignment, continue_in_the_else_of_a_loop,
        continue_in_a_while,
    ],
)  # fmt: skip
def test_a_jump_keeps_what_the_rest_of_the_turn_would_assign(fn, x):
    """The variable was 0 where the jump left the turn: it seemed to be dead behind the `if`."""
    check_value(fn, np.array(x))
    check_gradient(fn, np.array(x))
