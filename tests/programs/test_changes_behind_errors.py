"""What stands behind an error in the same expression does not run, as in Python."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

GOOD = np.array([2.0, -1.0, 0.5, 3.0])
BAD = np.array([-2.0, 1.0, 0.0, -3.0])


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


def checked(v):
    if v <= 0:
        raise ValueError("not positive")
    return v * 2


class Counter:
    def __init__(self):
        self.n = 0.0

    def bump(self, v=1.0):
        self.n = self.n + 1
        return v


def a_sum(x):
    c = Counter()
    try:
        y = checked(x[0]) + c.bump()
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_division(x):
    c = Counter()
    try:
        y = 1 / float(x[2]) + c.bump()
    except ZeroDivisionError:
        y = -3.0
    return y + 10 * c.n


def an_array(x):
    out = np.zeros(3)

    def put(v):
        out[0] = v
        return v

    try:
        y = checked(x[0]) + put(4.0)
    except ValueError:
        y = -3.0
    return y + 10 * out[0]


def an_argument(x):
    c = Counter()
    try:
        y = c.bump(checked(x[0]))
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_display(x):
    c = Counter()
    try:
        parts = [checked(x[3]), c.bump(), checked(x[0]), c.bump(), checked(x[1]), c.bump()]
        y = sum(parts)
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def stars_and_keywords(x):
    c = Counter()

    def total(first, *rest, last=0.0):
        return first + sum(rest) + last

    try:
        y = total(c.bump(), *[c.bump(), checked(x[0])], last=c.bump()) if x[1] < 3 else c.bump()
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_lazy_side(x):
    c = Counter()
    try:
        y = 2.0 if checked(x[0]) > 1 and c.bump() > 0 else 1.0
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_variable_that_a_call_sets(x):
    total = 1.0

    def put(v):
        nonlocal total
        total = total + 5
        return v

    try:
        y = total + put(checked(x[0])) * total
    except ValueError:
        y = -3.0
    return y + 10 * total


def a_callee_that_only_names_values(x):
    c = Counter()

    def two(v):
        y = checked(v)
        return c.bump(y)

    try:
        y = two(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_callee_of_one_expression(x):
    c = Counter()

    def two(v):
        return checked(v) + c.bump()

    try:
        y = two(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def new_objects(x):
    class Checked:
        def __init__(self, v):
            self.v = checked(v)

    try:
        y = sum([Checked(v).v for v in x[::3]])
    except ValueError:
        y = -3.0
    return y


def an_imported_heappop(x):
    heap = [x[1], x[2], x[3]]
    heapify(heap)
    try:
        y = checked(x[0]) + heappop(heap)
    except ValueError:
        y = -3.0
    return y + 10 * sum(heap), len(heap)


def an_imported_heappush(x):
    heap = [x[1]]
    try:
        heappush(heap, checked(x[0]))
    except ValueError:
        pass
    return sum(heap), len(heap)


def a_method_with_a_name(x):
    kept = [x[1]]
    push = kept.append

    def both(v):
        return checked(v), push(v)

    try:
        both(x[0])
    except ValueError:
        pass
    return sum(kept), len(kept)


def a_function_of_numpy(x):
    y = np.zeros(2)
    try:
        np.copyto(y, checked(x[0]) + np.ones(2))
    except ValueError:
        pass
    return y


GUARDED = [
    a_sum, a_division, an_array, an_argument, a_display, stars_and_keywords, a_lazy_side,
    a_variable_that_a_call_sets, a_callee_that_only_names_values, a_callee_of_one_expression,
    new_objects, an_imported_heappop, an_imported_heappush, a_method_with_a_name,
    a_function_of_numpy,
]  # fmt: skip


@pytest.mark.parametrize("fn", GUARDED)
def test_a_call_behind_an_error_does_not_run(fn):
    for x in (GOOD, BAD):
        compare(value(fn, x), fn(x))


def a_function_of_map(x):
    log = []

    def put(v):
        log.append(v)
        return checked(v)

    try:
        y = sum(map(put, x))
    except ValueError:
        y = -3.0
    return y + sum(log)


def a_comprehension(x):
    c = Counter()
    try:
        y = sum([checked(v) + c.bump() for v in x])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_lambda(x):
    c = Counter()
    both = lambda v: checked(v) + c.bump()  # noqa: E731
    try:
        y = both(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_text(x):
    c = Counter()
    try:
        f"{checked(x[0])} {c.bump()}"
    except ValueError:
        pass
    return c.n


def an_operator_of_a_class(x):
    class Added(Counter):
        def __radd__(self, other):
            return other + self.bump()

    c = Added()
    try:
        y = checked(x[0]) + c
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def an_error_of_the_trace(x):
    try:
        y = checked(x[0]) + [1.0, 2.0][5]
    except ValueError:
        y = -3.0
    except IndexError:
        y = -4.0
    return y


def a_generator(x):
    out = np.zeros(4)

    def items():
        for k in range(4):
            out[k] = 5.0
            yield x[k]

    try:
        y = sum([checked(v) for v in items()])
    except ValueError:
        y = -3.0
    return y + np.sum(out)


def a_generator_of_an_object(x):
    c = Counter()

    def items():
        for v in x:
            c.n = c.n + 1
            yield v

    try:
        y = sum([checked(v) for v in items()])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


REFUSED = [
    a_generator, a_generator_of_an_object,
    a_function_of_map, a_comprehension, a_lambda, a_text, an_operator_of_a_class,
    an_error_of_the_trace,
]  # fmt: skip


@pytest.mark.parametrize("fn", REFUSED)
def test_a_change_that_has_no_statement_is_an_error(fn):
    """It was made for all values."""
    for x in (GOOD, BAD):
        with pytest.raises(TypeError, match=r"test_changes_behind_errors.py:\d+: .*traced"):
            value(fn, x)


def adds_to_a_variable(x):
    total = 1.0

    def put(v):
        nonlocal total
        total = 100.0
        return checked(v)

    try:
        total += put(x[0])
    except ValueError:
        total = total - 1
    return total


class Levels:
    def __init__(self):
        self.level = 1.0
        self.inner = [1.0, 2.0]
        self.__hidden = 2.0

    def step(self, v):
        self.level = self.level + 10
        self.__hidden = self.__hidden + 10
        self.inner[0] = self.inner[0] + 10
        return checked(v)

    def hidden(self, v):
        try:
            self.__hidden += self.step(v)
        except ValueError:
            self.__hidden -= 1
        return self.__hidden


def adds_to_an_attribute(x):
    c = Levels()
    try:
        c.level += c.step(x[0])
    except ValueError:
        c.level = c.level - 1
    return c.level


def adds_to_a_private_attribute(x):
    return Levels().hidden(x[0])


def adds_to_an_item(x):
    c = Levels()
    try:
        c.inner[0] += c.step(x[0])
    except ValueError:
        c.inner[1] = 7.0
    return c.inner[0] + 100 * c.inner[1]


def adds_to_an_item_of_another_list(x):
    k, lists = 0, [1.0, 2.0]
    first = lists

    def put(v):
        nonlocal k, lists
        k = 1
        lists = [7.0, 8.0]
        return checked(v)

    try:
        lists[k] += put(x[0])
    except ValueError:
        first[1] = 5.0
    return lists[0] + 10 * lists[1] + 100 * first[0] + 1000 * first[1] + k


def adds_to_an_array(x):
    out, k = np.arange(4.0), [0]

    def put(v):
        out[1] = 10.0
        k[0] = 2
        return checked(v)

    try:
        out[k[0] + 1] *= put(x[0])
        out[1:3] += put(x[3])
    except ValueError:
        out[3] = 50.0
    return out


def adds_in_a_callee(x):
    c = Levels()

    def step(v):
        c.level += c.step(v)
        return c.level

    try:
        y = step(x[0]) + step(x[3])
    except ValueError:
        y = -3.0
    return y + 1000 * c.level


AUGMENTED = [
    adds_to_a_variable, adds_to_an_attribute, adds_to_a_private_attribute, adds_to_an_item,
    adds_to_an_item_of_another_list, adds_to_an_array, adds_in_a_callee,
]  # fmt: skip


@pytest.mark.parametrize("fn", AUGMENTED)
def test_an_augmented_target_is_read_before_the_call(fn):
    """`x += f()` read x behind the call: the changes that f made counted."""
    for x in (GOOD, BAD):
        compare(value(fn, x), fn(x))


class Log:
    def __init__(self):
        self.log = [1.0]

    def renew(self, v):
        self.log = [7.0, 8.0]
        return checked(v)


def appends_to_a_list_that_the_argument_replaces(x):
    c = Log()
    old = c.log
    try:
        c.log.append(c.renew(x[0]))
    except ValueError:
        old[0] = 5.0
    return sum(c.log) + 10 * sum(old)


def inserts_at_a_place_that_the_item_sets(x):
    k, items = 0, [1.0, 2.0, 3.0]

    def put(v):
        nonlocal k
        k = 2
        return checked(v)

    try:
        items.insert(k, put(x[0]))
    except ValueError:
        items[0] = 5.0
    return items[0] + 10 * items[1] + 100 * items[2]


@pytest.mark.parametrize(
    "fn", [appends_to_a_list_that_the_argument_replaces, inserts_at_a_place_that_the_item_sets]
)
def test_a_method_and_its_arguments_are_read_from_left_to_right(fn):
    """`items.insert(k, f())` read k behind the call of f."""
    for x in (GOOD, BAD):
        compare(value(fn, x), fn(x))
