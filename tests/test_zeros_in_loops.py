"""Zeros that win over infinite derivatives, in loops inside of loops."""

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.differentiate import transpose_regions


def masked_root(v, masks):
    """Each step masks, in a loop of its own, and takes roots."""

    def step(c, mask):
        c, _ = lg.scan(lambda c, _: (np.where(mask, c, 0.0), None), c, None, length=3)
        return np.sqrt(c), None

    return np.sum(lg.scan(step, v, masks)[0])


MASKS = np.array([[True, True], [False, True]])
"""The first element gets the cotangent 0 in the second step, and a scale of ∞ in the first."""


@pytest.mark.parametrize("knows", [True, False])
def test_a_select_in_an_inner_loop_wins_in_the_next_outer_step(knows, monkeypatch):
    """Also if the analysis of the body did not see the select: then the body is written again."""
    if not knows:
        monkeypatch.setattr(transpose_regions, "may_mask", lambda ops, found: False)
    v = np.array([0.0, 16.0])
    with np.errstate(divide="ignore"):
        gradient = lg.grad(masked_root)(v, MASKS)
    assert gradient == pytest.approx([0.0, 1 / 32])


def sums_of_roots(c, shifts):
    """The last root of each inner loop is 0, and nobody reads it: its derivative is infinite."""

    def step(c, row):
        def inner(pair, shift):
            a, b = pair
            return (a + b, np.sqrt(b + shift)), None

        (a, _), _ = lg.scan(inner, (c, c), row)
        return a - c, None

    return lg.scan(step, c, shifts)[0]


def test_a_carried_value_that_only_earlier_steps_need():
    """c' = c + sqrt(c + r), twice."""
    shifts = np.array([[1.0, -1.0], [3.0, -2.0]])
    value, slope = lg.value_and_grad(sums_of_roots)(0.0, shifts)
    assert (value, slope) == (3.0, 1.875)


def count_ops(f, *args):
    module = lg.trace(lg.value_and_grad(f), *args)
    names = [op.name for op in module.walk()]
    return {name: names.count(name) for name in set(names)}


def test_loops_without_selects_have_no_masks():
    """A scale that only the run knows may be infinite, and yet no zero of a mask meets it."""

    def f(v, k):
        def step(c, _):
            c, _ = lg.scan(lambda c, _: (np.sin(c * k), None), c, None, length=3)
            return c * k, None

        return np.sum(lg.scan(step, v, None, length=4)[0])

    counts = count_ops(f, np.ones(5), 2.0)
    assert counts["ten.scan"] >= 2 and "ten.select" not in counts and "ten.compare" not in counts


def relaxed(v, k):
    """A loop that ends by its error, with a loop inside."""

    def turn(state):
        v, _ = state
        new, _ = lg.scan(lambda c, _: (np.sin(c * k), None), v, None, length=3)
        return new, np.max(np.abs(new - v))

    return np.sum(lg.while_loop(lambda state: state[1] > 1e-6, turn, (v, 1.0))[0])


def test_the_error_that_ends_a_loop_has_no_cotangent():
    """Nothing of it is kept for the way back: no sign of new - v, no place of the maximum."""
    v, k = np.array([0.3, 0.9]), 0.5
    counts = count_ops(relaxed, v, k)
    assert counts["ten.while"] == 2, "one counts the turns and gives the value, one runs ahead"
    assert counts["math.absf"] == 1
    slope = lg.grad(relaxed, argnums=1)
    step = 1e-6
    difference = (relaxed(v, k + step) - relaxed(v, k - step)) / (2 * step)
    assert slope(v, k) == pytest.approx(difference, abs=1e-6)


def test_a_carried_term_that_gets_a_cotangent_unexpectedly(monkeypatch):
    """If the analysis sees less than the rules give, the body is written again."""
    whole = transpose_regions.reached_at_any_step

    def less(block, n, yielded, given):
        return [k for k in given if k < n], whole(block, n, yielded, given)[1]

    monkeypatch.setattr(transpose_regions, "reached_at_any_step", less)

    def f(x, y):
        def step(pair, _):
            return (pair[0] * pair[1], np.sin(pair[1])), None

        return lg.scan(step, (x, y), None, length=3)[0][0]

    x, y = 0.5, 0.7
    a, b = np.sin(y), np.sin(np.sin(y))
    slope = a * b + y * np.cos(y) * (b + a * np.cos(a))
    assert lg.grad(f, argnums=(0, 1))(x, y) == pytest.approx((y * a * b, x * slope))


def test_loops_inside_that_read_terms_of_the_loops_around():
    """The terms around belong to a body that is being reversed."""

    def f(x):
        def step(state, _):
            a, b, c, d = state

            def inner(x, _):
                return x * d, None

            return (d, a, b, np.sin(lg.scan(inner, c, None, length=2)[0])), None

        return lg.scan(step, (x, x * x, x + 1.0, x), None, length=3)[0][3]

    x, h = 0.8, 1e-6
    assert lg.grad(f)(x) == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-7)


def test_a_conditional_in_a_loop_that_gives_one_array_of_two():
    """No cotangent reaches the second result, and the array of it comes from before the loop."""

    def f(x, y, flags):
        def step(pair, flag):
            def one(x, y):
                return np.sin(x), y * x

            return lg.cond(flag > 0, one, lambda x, y: (x, x + y), *pair), None

        return np.sum(lg.scan(step, (x, y), flags)[0][0])

    x, flags = np.array([0.3, 0.5]), np.array([1.0, 0.0, 1.0])
    slopes = lg.grad(f, argnums=(0, 1))(x, np.ones(2), flags)
    assert slopes[0] == pytest.approx(np.cos(np.sin(x)) * np.cos(x))
    assert not slopes[1].any()


def sum_of_a_root(x):
    """A loop of no turns reads the root of 0."""
    root = np.sqrt(x[0])
    wants = lambda s: (s[0] < 3) & (x[0] > 0)  # noqa: E731
    return lg.while_loop(wants, lambda s: (s[0] + 1, s[1] + root * s[1]), (0, x[1]))[1]


def reads_of_roots(x):
    roots = np.sqrt(x)
    wants = lambda s: (s[0] < 2) & (x[s[0]] > 0)  # noqa: E731
    return lg.while_loop(wants, lambda s: (s[0] + 1, s[1] + roots[s[0]]), (0, 1.0))[1]


def loops_in_a_scan(x):
    """The loops of some steps take no turn."""
    roots = np.sqrt(x)

    def step(c, k):
        wants = lambda s: (s[0] < 3) & (x[k] > 0)  # noqa: E731
        return lg.while_loop(wants, lambda s: (s[0] + 1, s[1] + roots[k] * s[1]), (0, c))[1], None

    return lg.scan(step, 1.0, np.arange(2))[0]


def loops_in_a_loop(x):
    root = np.sqrt(x[0])

    def outer(s):
        wants = lambda t: (t[0] < 2) & (x[0] > 0)  # noqa: E731
        return s[0] + 1, lg.while_loop(wants, lambda t: (t[0] + 1, t[1] * root), (0, s[1]))[1]

    return lg.while_loop(lambda s: s[0] < 3, outer, (0, x[1]))[1]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("f", [sum_of_a_root, reads_of_roots, loops_in_a_scan, loops_in_a_loop])
def test_a_loop_that_takes_no_turn_gives_no_derivative(f, backend):
    x = np.array([0.0, 1.25])
    with np.errstate(divide="ignore"):
        want = lg.jacfwd(f)(x)
        got = lg.jit(lg.grad(f), backend=backend)(x)
    assert got[0] == want[0] == 0
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_a_loop_whose_bounds_are_equal_has_no_derivative():
    loop = lambda x: lg.fori_loop(0, 0, lambda i, c: c * 0.5 + np.sqrt(x), 1.0)  # noqa: E731
    assert lg.grad(loop)(0.0) == 0


@pytest.mark.parametrize("inner", [False, True])
def test_items_that_no_turn_reads_have_no_derivatives(inner):
    def total(x, n):
        root = np.sqrt(x)
        if inner:
            return lg.fori_loop(
                0, 2, lambda k, c: lg.fori_loop(0, n, lambda i, d: d * 0.5 + root[i], c), 1.0
            )
        return lg.fori_loop(0, n, lambda i, c: c * 0.5 + root[i], 1.0)

    x = np.array([4.0, 1.0, 0.0, 0.0])
    weights = [0.5, 1.0] if not inner else [0.5 + 0.125, 1.0 + 0.25]
    expected = [weights[0] / 4, weights[1] / 2, 0, 0]
    np.testing.assert_allclose(lg.jit(lg.grad(total))(x, 2), expected)
