"""
Comprehensions, generator expressions and lists whose items a traced condition chooses, beside
Python.
"""

from __future__ import annotations

import itertools
import math
import re
from functools import reduce

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

X = np.array([1.5, -2.0, 0.3, 4.0, -0.7])

PROGRAMS: dict = {}


def case(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


@case
def comp_list_sum(x):
    return sum([v * v for v in x if v > 0])


@case
def comp_gen_sum_start(x):
    return sum((v for v in x if v > 0), 1.5)


@case
def comp_len(x):
    return x[0] * len([v for v in x if v > 0])


@case
def comp_any(x):
    return any(v > 3 for v in x if v < 5)


@case
def comp_all(x):
    return all(v > 0.2 for v in x if v > 0)


@case
def comp_max(x):
    return max(v for v in x if v < 2)


@case
def comp_min_key(x):
    return min((v for v in x if v < 2), key=lambda v: abs(v - 1))


@case
def comp_np_array_sum(x):
    return np.array([v for v in x if v > 0]).sum()


@case
def comp_np_mean(x):
    return np.mean([v for v in x if v > 0])


@case
def comp_mean_div(x):
    pos = [v for v in x if v > 0]
    return sum(pos) / len(pos)


@case
def comp_then_loop(x):
    pos = [v for v in x if v > 0]
    t = 0.0
    for p in pos:
        t += p**2
    return t


@case
def comp_nested(x):
    return sum(a * b for a in x for b in x if a > b)


@case
def comp_enum(x):
    return sum(i * v for i, v in enumerate(x) if v > 0)


@case
def comp_idx(x):
    idx = [i for i in range(len(x)) if x[i] > 0]
    return x[idx].sum()


@case
def comp_first(x):
    return next(v for v in x if v < 0)


@case
def comp_next_default(x):
    return x[0] + next((v for v in x if v > 100), 0.0)


@case
def comp_count_one(x):
    return x[1] * sum(1 for v in x if v > 0)


@case
def comp_filter_lambda(x):
    return sum(filter(lambda v: v > 0, x))


@case
def comp_list_filter(x):
    return sum(list(filter(lambda v: v > 0, x)))


@case
def comp_sorted(x):
    return sum(sorted(v for v in x if v > 0)[:2])


@case
def comp_prod(x):
    return math.prod(v for v in x if v > 0)


@case
def comp_fsum(x):
    return math.fsum(v for v in x if v > 0)


@case
def comp_np_max(x):
    return np.max([v**2 for v in x if v > 0])


@case
def comp_if_empty(x):
    pos = [v for v in x if v > 2]
    if not pos:
        return 0.0
    return sum(pos) / len(pos)


@case
def comp_two_conds(x):
    return sum(v for v in x if v > 0 if v < 2)


@case
def comp_reduce(x):
    return reduce(lambda a, b: a * b, [v for v in x if v > 0])


@case
def comp_rows(x):
    return sum(np.sum(row) for row in np.outer(x, x) if row[0] > 0)


@case
def app_two(x):
    pos, neg = [], []
    for v in x:
        if v > 0:
            pos.append(v)
        else:
            neg.append(v)
    return sum(pos) * len(neg) + sum(neg)


@case
def app_both(x):
    out = []
    for v in x:
        if v > 0:
            out.append(v)
        else:
            out.append(-2 * v)
    return np.array(out)


@case
def app_nested(x):
    out = []
    for i, v in enumerate(x):
        if v > 0:
            if v < 2:
                out.append((i, v))
    return sum(i * v for i, v in out)


@case
def app_peaks(x):
    peaks = []
    for i in range(1, len(x) - 1):
        if x[i] > x[i - 1] and x[i] > x[i + 1]:
            peaks.append(i)
    return x[peaks].sum() * len(peaks)


@case
def app_array(x):
    out = []
    for v in x:
        if v > 0:
            out.append(v * v)
    out = np.array(out)
    return out.mean() + out.max()


@case
def app_rows(x):
    A = np.outer(x, x)
    rows = []
    for r in A:
        if r[0] > 0:
            rows.append(r)
    return np.array(rows).sum(axis=0)


@case
def app_continue(x):
    out = []
    for v in x:
        if v < 0:
            continue
        out.append(v)
    return max(out)


@case
def app_break(x):
    out = []
    for v in x:
        if v > 3:
            break
        out.append(v)
    return sum(out)


@case
def app_iter(x):
    out = []
    for v in x:
        if v > 0:
            out.append(v)
    t = 0.0
    for k, v in enumerate(out):
        t += k * v
    if not out:
        return 0.0
    return t / len(out)


@case
def app_before_break(x):
    out = []
    for v in x:
        out.append(v)
        if v > 3:
            break
    return sum(out) * len(out)


@case
def app_while(x):
    out = [x[0]]
    for _ in range(6):
        if out[-1] < 0.1:
            break
        out.append(out[-1] * 0.5)
    return sum(out)


@case
def app_return(x):
    out = []
    for v in x:
        if v > 3:
            return sum(out)
        out.append(v)
    return sum(out)


@case
def partition_quick(x):
    p = x[2]
    lo = [v for v in x if v < p]
    eq = [v for v in x if v == p]
    hi = [v for v in x if v > p]
    o = lo + eq + hi
    return sum(k * v for k, v in enumerate(o))


@case
def pop_cond(x):
    kept = [v for v in x if v > 0]
    a = kept.pop()
    return a + sum(kept)


@case
def sort_chosen(x):
    kept = [v for v in x if v > 0]
    kept.sort(reverse=True)
    return kept[0] - kept[-1]


@case
def append_chosen(x):
    kept = [v for v in x if v > 0]
    kept.append(2.0)
    return sum(kept) * len(kept)


@case
def list_index(x):
    kept = list(x)
    return kept.index(max(kept)) * x[0]


@case
def list_count(x):
    return [v > 0 for v in x].count(True) * x[0]


@case
def any_gen_early(x):
    if any(v > 3.5 for v in x):
        return x.sum()
    return x[0]


@case
def comp_pairwise(x):
    return sum(b - a for a, b in itertools.pairwise(x) if b > a)


@case
def comp_any_of_none(x):
    return x[0] * any(v > 0 for v in x if v > 100) + x[1] * all(v > 0 for v in x if v > 100)


@case
def comp_in(x):
    chosen = [i for i in range(5) if x[i] > 0]
    return x[0] if 3 in chosen else x[1]


@case
def comp_slices(x):
    chosen = [v for v in x if v > 0]
    return chosen[0] - 2 * chosen[-1] + sum(chosen[1:]) + sum(chosen[:-1]) * sum(chosen[::-1][:1])


@case
def comp_inner_bound(x):
    return sum(x[i] * x[j] for i in range(5) for j in range(i) if x[i] > x[j])


@case
def comp_effect(x):
    log = []

    def f(v):
        log.append(v)
        return v * 2

    s = [f(v) for v in x if v > 0]
    return sum(s) + len(log) * sum(log)


@case
def comp_nested_lists2(x):
    rows = [[v * w for w in x if w > v] for v in x if v > -1]
    return sum(sum(r) * len(r) for r in rows)


@case
def comp_max_len(x):
    rows = [[v * w for w in x if w > v] for v in x]
    return sum(max(rows, key=len))


@case
def app_plus(x):
    out = []
    for v in x:
        if v > 0:
            out = out + [v]  # noqa: RUF005
    return sum((k + 1) * v for k, v in enumerate(out))


@case
def app_fn_early(x):
    def first_two(y):
        out = []
        for v in y:
            if v > 0:
                out.append(v)
            if len(out) == 2:
                return out
        return out

    return sum(first_two(x))


@case
def comp_carried(x):
    sel = [v for v in x if v > 0]
    for k in range(2):
        sel = [v for v in sel if v > 0.2 * k + 0.2]
    return sum(sel)


@case
def comp_refilter(x):
    cand = [(i, v) for i, v in enumerate(x) if v > 0]
    cand = [(i, v * 2) for i, v in cand if i > 0]
    cand = sorted(cand, key=lambda p: p[1])
    i, v = cand[0]
    return v * i + cand[-1][1]


@case
def pairwise_chosen(x):
    a = [v for v in x if v > 0]
    return sum(q - p for p, q in itertools.pairwise(a))


@case
def app_extend(x):
    out = []
    for v in x:
        if v > 0:
            out.extend([v, 2 * v])
        out.append(0.5 * v)
    return sum((k + 1) * v for k, v in enumerate(out))


@case
def app_last(x):
    out = [x[0]]
    for v in x[1:]:
        if v > out[-1]:
            out.append(v)
    return sum(out) * len(out)


@case
def comp_in_while(x):
    t = x[0]
    n = 0
    while len([v for v in x if v > t]) < 3 and n < 50:
        t -= 0.5
        n += 1
    return t * n


@case
def comp_cond_branch(x):
    if x[0] > 0:
        s = [v for v in x if v > 0]
    else:
        s = [v for v in x if v < 0]
    return sum(s)


@case
def comp_masked_list(x):
    return len([v for v in x[x > 0] if v < 2]) * x[0]


@case
def comp_lambda_key(x):
    return sum(max((a, b), key=lambda q: q) for a, b in zip(x, x[1:]) if a < b)  # noqa: RUF007


@case
def comp_short_if(x):
    return sum(1 / x[i - 1] for i in range(5) if i > 0 and x[i - 1] > 0)


def value(fn, x):
    return lg.jit(lg.program(fn), backend="numpy")(x.copy())


@pytest.mark.sampled(2)
@case
def comp_named(x):
    return sum([y * v for v in x if (y := v * v) > 0.2])


@case
def comp_gen_named(x):
    return sum(y for v in x if (y := v * v) > 0.2)


@case
def comp_named_in_turn(x):
    return sum([y * z for v in x if v > 0 and (y := v * v) > 0.05 and (z := y + v) < 15])


@case
def comp_named_in_the_item(x):
    return sum([(y := v * v) + y for v in x if v > 0])


@case
def comp_named_inside(x):
    return sum([y * u for u in x if u > 0 for v in x if (y := v * u) > 0.1 or v < -1])


@case
def comp_named_in_two_tests_and_in_the_item(x):
    return sum([(y := z * 2) + y for v in x if (z := v * v) > 0.05 and z < 10])


@case
def comp_two_tests_in_front_of_a_loop(x):
    return sum([y + v for v in x if v > -1 if v < 3 for y in (v * 2, v * v)])


@case
def comp_three_tests_and_two_loops(x):
    return sum([
        u + v + w
        for u in x if u > -1 if u < 3 if u != 0.5
        for v in x if v > u if v < 4.5
        for w in (u, v) if w > 0 if w < 2
    ])  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_are_those_of_python(name):
    compare(value(PROGRAMS[name], X), PROGRAMS[name](X))


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in ("comp_any", "comp_all")])
def test_gradients_are_those_of_differences(name):
    fn = PROGRAMS[name]
    total = lg.program(lambda x: np.sum(fn(x)))
    gradient = lg.jit(lg.grad(total), backend="numpy")(X)
    direction, h = np.array([0.3, -1.0, 0.7, 0.2, 1.1]), 1e-6
    slope = (np.sum(fn(X + h * direction)) - np.sum(fn(X - h * direction))) / (2 * h)
    np.testing.assert_allclose(gradient @ direction, slope, rtol=1e-6, atol=1e-8)


def test_a_comprehension_of_many_turns_is_one_loop():
    x = np.linspace(-1.0, 1.0, 400)

    def squares(x):
        return sum([v * v for v in x if v > 0.1]) + len([i for i in range(400) if x[i] > 0.5])

    with lg.remarks() as found:
        module = lg.trace(lg.program(squares), x)
    assert "unrolled" not in str(found)
    assert len(str(module).splitlines()) < 80
    compare(value(squares, x), squares(x))


def test_an_item_is_computed_under_its_condition_only():
    def inverses(x):
        return sum(1 / v for v in x if v != 0)

    x = np.array([2.0, 0.0, 4.0, 0.0, 0.0, 8.0])
    gradient = lg.grad(lg.program(inverses))(x)
    np.testing.assert_allclose(gradient, [-0.25, 0, -1 / 16, 0, 0, -1 / 64])


def test_dtypes_are_those_of_python():
    def parts(x):
        small = sum(v for v in x if v > 0)
        ints = sum(i for i in range(5) if x[i] > 0)
        return small, small * ints, small + sum(2.0 for v in x if v > 0)

    compare(value(parts, X.astype(np.float32)), parts(X.astype(np.float32)))


def test_unsigned_sums_wrap_as_in_python():
    def total(x):
        return sum(v for v in x if v > 100)

    x = np.array([200, 100, 101, 7, 250], dtype=np.uint8)
    with np.errstate(over="ignore"):
        expected = total(x)
    assert value(total, x) == expected


@pytest.mark.parametrize("size", [0, 1, 9])
def test_small_and_empty_arrays(size):
    def parts(x):
        chosen = [v for v in x if v > 0.5]
        return sum(chosen), len(chosen), max(chosen, default=-1.0), sum(v for v in x if v < 0.2)

    x = np.linspace(0.0, 1.0, size)
    assert [float(a) for a in value(parts, x)] == pytest.approx([float(a) for a in parts(x)])


def test_a_list_of_unknown_length_is_an_error_where_it_has_no_meaning():
    def result(x):
        return [v for v in x if v > 0]

    def unpacked(x):
        a, b, c = [v for v in x if v > 0]
        return a + b + c

    def compared(x):
        return [v for v in x if v > 0] == [1.0]

    def unlike(x):
        return len([x[:i] for i in range(3) if x[i] > 0])

    def names(x):
        return [name for name, v in zip("abcde", x) if v > 0]

    def a_set(x):
        return len({v for v in x if v > 0})

    def twice(x):
        items = (v for v in x if v > 0)
        return next(items) + next(items)

    def summed_twice(x):
        items = (v for v in x if v > 0)
        return sum(items) + sum(items)

    def display(x):
        out, more = [], [1.0]
        if x[0] > 0:
            out.append(x[0])
        return np.array([out, more])

    for fn in (
        summed_twice, display, result, unpacked, compared, unlike, names, a_set, twice
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"test_comprehensions.py:\d+: .*traced condition cho"):
            value(fn, X)


def test_a_list_of_unknown_length_changes():
    def changed_in_a_loop(x):
        chosen = [v for v in x if v > 0]
        for k in range(3):
            if x[k] > 1:
                chosen.append(x[k])
        return sum(chosen)

    def changed_by_place(x):
        out = [0.0]
        if x[0] > 0:
            out.append(x[0])
        out[0] = 1.0
        return sum(out)

    compare(value(changed_in_a_loop, X), changed_in_a_loop(X))
    compare(value(changed_by_place, X), changed_by_place(X))


def test_a_generator_is_true():
    def truth(x):
        return x[0] if (v for v in x if v > 100) else x[1]

    compare(value(truth, X), truth(X))


def test_functions_made_by_a_comprehension_see_its_last_item():
    def late(x):
        fs = [lambda v: v * k for k in range(3)]  # noqa: B023
        return sum(f(x[i]) for i, f in enumerate(fs))

    compare(value(late, X), late(X))


def test_what_a_turn_behind_a_possible_jump_appends_is_seen():
    def kept(x):
        out = []
        for v in x:
            out.append(v)
            if v > 3:
                break
        return sum(out) * len(out)

    for first in (X, -X):
        compare(value(kept, first), kept(first))


def test_an_array_that_a_list_keeps_is_guarded():
    def stale(x):
        kept = []
        if x[0] > 0:
            kept.append(x)
        x += 1
        return np.sum(np.array(kept))

    with pytest.raises(ValueError, match=r"test_comprehensions.py:\d+: .*wrote to one of them"):
        value(stale, X)


def test_a_condition_in_a_generator_names_another_way():
    def positive(x):
        for v in x:
            if v > 0:
                yield v

    def total(x):
        return sum(positive(x))

    with pytest.raises(TypeError, match=r"test_comprehensions.py:\d+: .*append the items"):
        lg.jit(lg.program(total))(np.ones(3))


def test_sums_of_arrays_that_a_condition_chose():
    """The sum was one number, that of all elements."""

    def means(rows, labels):
        chosen = [row for row, label in zip(rows, labels) if label == 0]
        doubled = sum(2 * row for row, label in zip(rows, labels) if label > 0)
        mean = sum(chosen) / len(chosen)
        return mean, math.prod(chosen), doubled, sum(chosen, np.ones(3)), sum(rows[labels == 0])

    rows, labels = np.arange(12.0).reshape(4, 3) + 1, np.array([0, 1, 0, 2])
    for _ in range(2):
        compare(lg.jit(lg.program(means))(rows, labels), means(rows, labels))
        labels = labels[::-1].copy()
    slope = lg.grad(lg.program(lambda rows: np.sum(means(rows, labels)[0] ** 2)))(rows)
    expected = np.zeros((4, 3))
    chosen = labels == 0
    expected[chosen] = 2 * rows[chosen].mean(axis=0) / chosen.sum()
    np.testing.assert_allclose(slope, expected, rtol=1e-12)

    def greatest(rows, labels):
        return max(row for row, label in zip(rows, labels) if label == 0)

    with pytest.raises(TypeError, match=r"test_comprehensions.py:\d+: .*give it a key"):
        lg.trace(lg.program(greatest), rows, labels)


@pytest.mark.parametrize(
    "fold",
    [
        lambda x, k: sum(x[k]),
        lambda x, k: sum(x[k], np.int16(3)),
        lambda x, k: sum(x[k], 0.5),
        lambda x, k: sum(v for v, c in zip(x, k) if c),
        lambda x, k: sum((v for v, c in zip(x, k) if c), np.int16(3)),
        lambda x, k: math.prod((v for v, c in zip(x, k) if c), start=np.int16(3)),
        lambda x, k: sum(v > 50 for v, c in zip(x, k) if c),
    ],
)
@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_sums_of_small_integers_overflow_as_in_python(fold, shape):
    """The sum of the rows had the dtype of NumPy's `sum`: 300 in the place of 44."""
    x = np.array([[100, 100], [100, 7], [100, 0]], np.uint8)[:, : len(shape)].reshape(shape)
    with np.errstate(over="ignore"):
        for y in (x, x > 50):
            chosen = np.ones(3, bool)
            found = lg.jit(lg.program(fold), backend="numpy")(y, chosen)
            compare(found, fold(y, chosen))


def test_the_float_sum_of_small_integers_does_not_overflow():
    def fold(x):
        return math.fsum(v for v in x if v > 1)

    x = np.array([100, 100, 100, 1], np.uint8)
    compare(value(fold, x), fold(x))


def named_behind(x):
    if any((w := v) > 1 for v in x):
        return w
    return 0.0


def appends_in_any(x):
    seen = []

    def is_large(v):
        seen.append(v)
        return v > 1

    return any(is_large(v) for v in x), len(seen)


def appends_in_all(x):
    seen = []

    def is_large(v):
        seen.append(v)
        return v > 1

    return all(map(is_large, x)), len(seen)


@pytest.mark.parametrize("fn", [named_behind, appends_in_any, appends_in_all])
def test_items_behind_the_end_of_any_change_nothing(fn):
    """Python computes no item behind the first true one, and letgrad traces all of them."""
    with pytest.raises(TypeError, match=r"test_comprehensions.py:\d+: (any|all)\(\) ends at"):
        lg.trace(lg.program(fn), X)


def test_groups_of_equal_keys():
    def lengths(x):
        return [len(list(run)) for _, run in itertools.groupby(x, lambda v: v > 0)]

    with pytest.raises(TypeError, match=r"test_comprehensions.py:\d+: itertools.groupby compares"):
        lg.trace(lg.program(lengths), X)

    def products(x):
        pairs = itertools.groupby(zip("aabbb", x), key=lambda pair: pair[0])
        return [math.prod(v for _, v in run) for _, run in pairs]

    compare(value(products, X), products(X))


def counted_tests(x):
    seen = []

    def is_kept(k):
        seen.append(k)
        return k < 2 or x[k] > 1

    return sum([x[k] for k in range(5) if is_kept(k)]), len(seen)


def counted_tests_of_a_generator(x):
    seen = []

    def is_kept(k):
        seen.append(k)
        return k > 1

    return sum(x[k] for k in range(5) if is_kept(k)), len(seen)


def counted_items(x):
    seen = []

    def item(k):
        seen.append(k)
        return x[k]

    return sum([item(k) for k in range(5) if k < 2 or x[k] > 1]), len(seen)


def counted_tests_of_leading_items(x):
    seen = []

    def is_kept(k):
        seen.append(k)
        return k < 2

    return sum(x[k] for k in itertools.takewhile(is_kept, range(5))), len(seen)


@pytest.mark.parametrize(
    "fn",
    [
        counted_tests, counted_tests_of_a_generator, counted_items, counted_tests_of_leading_items,
    ],
)  # fmt: skip
def test_a_test_runs_once_for_each_item(fn):
    """letgrad asks the tests before it knows whether one of them is traced."""
    try:
        found = value(fn, X)
    except TypeError as error:
        assert re.search(r"test_comprehensions.py:\d+: ", str(error))
    else:
        compare(found, fn(X))


def two_items_in_a_turn(x):
    items = [x[k] for k in range(6)]
    return sum([items.pop() - (y := items.pop()) * y for _ in range(3)])


def a_name_behind_a_function(x):
    return sum([np.sin(v) - (y := np.cos(v)) * y for v in x])


@pytest.mark.parametrize("fn", [two_items_in_a_turn, a_name_behind_a_function])
def test_parts_in_front_of_a_name_run_first(fn):
    compare(value(fn, np.arange(6.0)), fn(np.arange(6.0)))
