"""
Iterators that a program goes through in several parts, and items of lists that it writes to.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 2, -1, 3, 4, -2, -3, 0.5, 2, -1])


def first_and_rest(x):
    pairs = enumerate(x)
    _, total = next(pairs)
    for k, v in pairs:
        total += k * v
    return total, next(pairs, 7)


def last_and_rest(x):
    back = reversed(x)
    last = next(back)
    return last, sum(v * v for v in back) + 0.0


def one_pass(x):
    pairs, total = zip(x, x[::-1]), 0.0
    for a, b in pairs:
        total += a * a * b
    for a, _ in pairs:
        total += 100 * a
    return total


def beside_a_generator(x):
    pairs, total = enumerate(x), 0.0
    for (k, v), w in zip(pairs, (2 * v for v in x[:1])):
        total += (k + 1) * v * w
    return total + sum([v for _, v in pairs])


def two_items_in_a_turn(x):
    items = iter([x[k % len(x)] * k for k in range(20)])
    total = 0.0
    for a, b in zip(items, items):
        total += a * a * b
    return total


def known_turn_of_a_jump(x):
    items, total = iter([x[k % len(x)] * k for k in range(20)]), 0.0
    for k, v in enumerate(items):
        total += k * v
        if k == 8:
            break
    for v in items:
        total = 0.5 * total + v
    return total


def goes_through_it_in_each_turn(x):
    pairs, total = zip(x, x[::-1]), 0.0
    for v in x:
        total += v * sum(a * b for a, b in pairs)
    return total


PARTS = [
    first_and_rest, last_and_rest, one_pass, beside_a_generator, two_items_in_a_turn,
    known_turn_of_a_jump, goes_through_it_in_each_turn,
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("fn", PARTS, ids=lambda f: f.__name__)
def test_the_rest_of_an_iterator(fn, n):
    check_value(fn, X[:n], backends=("numpy", "cpu"))
    check_gradient(fn, X[:n])


def in_a_sum_and_a_list(x):
    pairs = zip(x, x[::-1])
    return sum(a * b for a, b in pairs), len(list(pairs))


def in_two_lists(x):
    pairs = enumerate(x)
    return sum(v for _, v in list(pairs)) + 0.0, len(list(pairs))


def after_a_comprehension_with_a_test(x):
    pairs = enumerate(x)
    return sum([v for _, v in pairs if v > 0]), len(list(pairs))


def inside_of_another(x):
    back = reversed(x)
    both = zip(back, x)
    next(both)
    return sum(a * b for a, b in both), sum(back, 0.0)


def two_names(x):
    pairs = zip(x, x * 2)
    counted = enumerate(pairs)
    next(counted)
    next(pairs)
    k, (a, b) = next(counted)
    return a * b, k


def the_longer_one_first(x):
    back, pairs, total = reversed(x), enumerate(x[:3]), 0.0
    for u, (k, v) in zip(back, pairs):
        total += u * v * k
    return total, sum(back), len(list(pairs))


def the_longer_one_last(x):
    back, pairs, total = reversed(x), enumerate(x[:3]), 0.0
    for (k, v), u in zip(pairs, back):
        total += u * v * k
    return total, sum(back), len(list(pairs))


def twice_in_one_zip(x):
    back = reversed(x)
    return sum(a * a * b for a, b in zip(back, back)), len(list(back))


def unpacked(x):
    pairs = enumerate(x)
    (_, a), (_, b), *rest = pairs
    return a * b, len(rest), len(list(pairs))


def sliced(x):
    pairs = zip(x, x)
    return sum(a for a, _ in itertools.islice(pairs, 3)), sum(a * b for a, b in pairs)


def in_each_turn(x):
    pairs, total = enumerate(x), 0.0
    for _ in range(3):
        total += next(pairs)[1]
    return total, sum(k * v for k, v in pairs)


def in_one_turn(x):
    pairs, total = zip(x, x), 0.0
    for v in x[:3]:
        total += sum(a * b for a, b in pairs) * v
    return total


def products(x):
    pairs = itertools.product(x[:2], x[:3])
    return sum(u * v for u, v in pairs), len(list(pairs))


def products_of_an_iterator(x):
    back = reversed(x[:3])
    return sum(u * v for u, v in itertools.product(back, repeat=2)), len(list(back))


def places_of_an_array(x):
    places, items = np.ndindex(3, 2), np.ndenumerate(x)
    total = sum(x[i + j] for i, j in places) + sum(v * i for (i,), v in items)
    return total, len(list(places)), len(list(items))


def beside_a_list(x):
    back = reversed(x)
    return sum(a * b for a, b in zip([1.0, 2.0, 3.0], back)), sum(back)


def by_another_function(x):
    pairs, total = zip(x, x), 0.0
    for a, b in _same(pairs):
        total += a * b
    for a, _ in _same(pairs):
        total += 100 * a
    return total


def _same(value):
    return value


def a_generator_that_begins_later(x):
    pairs = enumerate(x)
    products = (k * v for k, v in pairs)
    return next(pairs)[1], sum(products)


def on_both_sides(x):
    pairs = enumerate(x)
    if x[0] > 0:
        first = next(pairs)[1]
    else:
        first = -next(pairs)[1]
    return first, sum(v for _, v in pairs)


def on_one_side(x):
    back, total = reversed(x), 0.0
    if x[0] > 0 and x[1] > 0:
        for v in back:
            total += v * v
    return total


@pytest.mark.parametrize(
    "fn",
    [
        in_a_sum_and_a_list, in_two_lists, after_a_comprehension_with_a_test, inside_of_another,
        two_names, the_longer_one_first, the_longer_one_last, twice_in_one_zip, unpacked, sliced,
        in_each_turn, in_one_turn, products, products_of_an_iterator, places_of_an_array,
        beside_a_list, by_another_function, a_generator_that_begins_later, on_both_sides,
        on_one_side,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_an_item_comes_once(fn):
    check_value(fn, X)


def behind_one_side(x):
    pairs, total = enumerate(x), 0.0
    if x[0] > 0:
        total = sum(v for _, v in pairs)
    return total + len(list(pairs))


def behind_a_generator_with_a_test(x):
    pairs = enumerate(x)
    return sum(k * v for k, v in pairs if v > 0), len(list(pairs))


def in_its_own_loop(x):
    pairs, total = enumerate(x), 0.0
    for _, v in pairs:
        total += v * next(pairs)[1]
    return total


def in_a_scan(x):
    back = reversed(x)
    return lg.scan(lambda s, v: (s + v * next(back), None), 0.0, x)[0]


def test_a_zip_cannot_be_reversed():
    with pytest.raises(TypeError, match=r"test_iterators_in_parts\.py:.*'zip' object is not rev"):
        lg.trace(lg.program(lambda x: sum(a for a, _ in reversed(zip(x, x)))), X)


def breaks_between(x):
    pairs, total = zip(x, x[::-1]), 0.0
    for a, _ in pairs:
        if a > 2:
            break
    for a, b in pairs:
        total += a * b
    return total


def takes_in_a_loop(x):
    pairs, total = enumerate(x), 0.0
    for v in x[:4]:
        if v > 0:
            total += next(pairs)[1]
    return total


@pytest.mark.parametrize(
    "fn",
    [
        breaks_between, takes_in_a_loop, behind_one_side, behind_a_generator_with_a_test,
        in_its_own_loop, in_a_scan,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_an_unknown_number_of_items_is_an_error(fn):
    with pytest.raises(TypeError, match=r"test_iterators_in_parts\.py:.*taken from this iterator"):
        lg.trace(lg.program(fn), X)


def first_large(items):
    for v in items:
        if v > 2:
            return v
    return 0.0


def leaves_items_of_a_list(x):
    items = iter([x[k] * k for k in range(10)])
    return first_large(items) + 10 * first_large(items)


def leaves_items_of_a_generator(x):
    items, total = (2 * v for v in x), 0.0
    for v in items:
        if v > 5:
            break
        total += v
    return total + 10 * sum(items)


@pytest.mark.parametrize(
    "fn", [leaves_items_of_a_list, leaves_items_of_a_generator], ids=lambda f: f.__name__
)
def test_an_unknown_number_of_items_behind_a_jump_is_an_error(fn):
    """The loop took all items."""
    with pytest.raises(
        TypeError, match=r"test_iterators_in_parts\.py:.*that the program uses later"
    ):
        lg.trace(lg.program(fn), X)


def jumps_out_of_a_generator(x):
    items, total = (2 * v for v in x), 0.0
    for v in items:
        if v > 5:
            break
        total += v
    return total


def test_a_jump_out_of_an_iterator_that_nobody_uses_later():
    check_value(jumps_out_of_a_generator, X)
    check_value(lambda x: first_large(iter([x[k] * k for k in range(10)])), X)


def adds_to_the_last_run(x):
    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1][0] += v
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def adds_in_a_second_loop(x):
    rows = [[v, 1.0] for v in x if v > 0]
    for row in rows:
        row[1] += row[0]
    return sum(b for _, b in rows)


def adds_to_an_attribute(x):
    class Run:
        def __init__(self, total):
            self.total = total

    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1].total += v
        else:
            runs.append(Run(v))
    return sum(r.total**2 for r in runs)


def writes_to_an_array(x):
    rows = []
    for v in x:
        if v > 0:
            rows.append(np.array([v, 2 * v]))
    if rows:
        rows[-1][0] = 100.0
    return sum(r.sum() for r in rows)


def writes_to_a_popped_array(x):
    """Another name may hold it, too."""
    rows = [np.array([v, 2 * v]) for v in x if v > 0]
    last = rows.pop()
    last[0] = 100.0
    return sum(r.sum() for r in rows) + last.sum()


@pytest.mark.parametrize("n", [5, 10])
@pytest.mark.parametrize(
    "fn",
    [
        adds_to_the_last_run,
        adds_in_a_second_loop,
        adds_to_an_attribute,
        writes_to_an_array,
        writes_to_a_popped_array,
    ],
    ids=lambda f: f.__name__,
)
def test_a_write_that_would_be_lost_is_an_error(fn, n):
    with pytest.raises(
        (TypeError, ValueError), match=r"test_iterators_in_parts\.py:.*an item of a"
    ):
        lg.trace(lg.program(fn), X[:n])


def puts_the_last_run_back(x):
    runs = []
    for v in x:
        if runs and v > 0:
            total = runs.pop()
            total[0] += v
            runs.append(total)
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def writes_the_last_run_anew(x):
    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1] = [runs[-1][0] + v]
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def writes_to_a_copy_of_a_popped_array(x):
    rows = [np.array([v, 2 * v]) for v in x if v > 0]
    last = rows.pop().copy()
    last[0] = 100.0
    return sum(r.sum() for r in rows) + last.sum()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [1, 5, 10])
@pytest.mark.parametrize(
    "fn",
    [puts_the_last_run_back, writes_the_last_run_anew, writes_to_a_copy_of_a_popped_array],
    ids=lambda f: f.__name__,
)
def test_popped_and_new_items(fn, n):
    check_value(fn, X[:n])
    check_gradient(fn, X[:n])


def any_of_a_generator(x):
    items = (v for v in x)
    found = any(v > 2 for v in items)
    return found, sum(items)


def all_of_the_iterator_of_a_list(x):
    items = iter([v * 2 for v in x])
    found = all(v > -100 for v in items)
    return found, sum(items)


def by_a_helper(x):
    items = (v for v in x)
    return _has_large(items), sum(items)


def _has_large(items):
    return any(v > 2 for v in items)


def in_a_condition(x):
    items = (v for v in x)
    total = 0.0
    if any(v > 2 for v in items):
        total += sum(items)
    return total


def any_in_each_turn(x):
    items, total = (v for v in x), 0.0
    for k in range(3):
        if any(v > k for v in items):
            total += 1.0
    return total


def by_an_inner_function(x):
    items = iter([v * 2 for v in x])
    rest = lambda: sum(items)  # noqa: E731
    found = any(v > 2 for v in items)
    return found, rest()


def in_an_attribute(x):
    state = _State(iter([v * 2 for v in x]))
    return any(v > 2 for v in state.items), sum(state.items)


class _State:
    def __init__(self, items):
        self.items = items


def behind_a_map(x):
    items = iter([v * 2 for v in x])
    found = any(map(lambda v: v > 2, items))
    return found, sum(items)


def any_of_a_zip(x):
    pairs = zip(x, x)
    found = any(a > 2 for a, _ in pairs)
    return found, sum(b for _, b in pairs)


def the_next_one_of_a_list(x):
    items = iter([v * 2 for v in x])
    first = next(v for v in items if v > 2)
    return first, sum(items)


class Pairs:
    def __init__(self, x):
        self.pairs = enumerate(x)

    def __iter__(self):
        return self.pairs


def of_an_object(x):
    pairs, total = Pairs(x), 0.0
    for k, v in pairs:
        total += k * v
    for _, v in pairs:
        total += 100 * v
    return total


def test_an_item_of_the_iterator_of_an_object_comes_once():
    check_value(of_an_object, X)


def the_next_of_known_items(x):
    places = iter(range(10))
    first = next(k for k in places if k > 2)
    return x[first] + 100 * sum(places)


def the_next_of_known_pairs(x):
    pairs = zip(range(10), "abcdefghij")
    first = next(k for k, _ in pairs if k > 2)
    return x[first] + 100 * len(list(pairs))


def any_of_known_items(x):
    places = iter(range(10))
    return any(k > 2 for k in places if k != 1), x[next(places)]


def leading_items_of_an_iterator(x):
    back = reversed(range(10))
    return sum(x[k] for k in itertools.takewhile(lambda k: k > 5, back)), sum(back)


def leading_places(x):
    pairs = enumerate(x)
    return sum(v for _, v in itertools.takewhile(lambda p: p[0] < 4, pairs)), len(list(pairs))


def all_items_of_an_iterator(x):
    """`sum` takes all items, but the generator does not know it."""
    items = iter([x[k] for k in range(10)])
    return sum(v for v in items if v > 0), len(list(items))


@pytest.mark.parametrize(
    "fn",
    [
        any_of_a_generator, all_of_the_iterator_of_a_list, by_a_helper, in_a_condition,
        any_in_each_turn, by_an_inner_function, in_an_attribute, behind_a_map, any_of_a_zip,
        the_next_one_of_a_list, all_items_of_an_iterator,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_functions_that_may_leave_items_are_errors(fn):
    """`any` took all items, so that there was no item left for the sum."""
    with pytest.raises(
        TypeError, match=r"test_iterators_in_parts\.py:\d+: .*(take[ns] from|ends at)"
    ):
        lg.trace(lg.program(fn), X)


def nobody_uses_it_later(x):
    items = (v for v in x)
    first = any(v > 2 for v in items)
    items = iter([v * 2 for v in x])
    second = all(v > -100 for v in items)
    items = iter([v * 2 for v in x])
    return first, second, sum(v for v in items if v > 2), _has_large(v for v in x)


def a_new_one_in_each_turn(x):
    total = 0.0
    for k in range(4):
        items = (v + k for v in x)
        if any(v > 5 for v in items):
            total += 1.0
    return total


@pytest.mark.parametrize("fn", [nobody_uses_it_later, a_new_one_in_each_turn])
def test_functions_that_leave_items_that_nobody_takes(fn):
    check_value(fn, X)


@pytest.mark.parametrize(
    "fn",
    [
        the_next_of_known_items, the_next_of_known_pairs, any_of_known_items,
        leading_items_of_an_iterator, leading_places,
    ],
)  # fmt: skip
def test_a_generator_with_a_test_takes_the_items_that_it_needs(fn):
    """It took all items of the iterator."""
    check_value(fn, X)


def leading_traced_items(x):
    back = reversed(x)
    return sum(itertools.takewhile(lambda v: v < 2, back)) + sum(back)


def test_values_decide_which_items_takewhile_leaves():
    with pytest.raises(TypeError, match=r"test_iterators_in_parts\.py:.*taken"):
        lg.trace(lg.program(leading_traced_items), X)
