"""A side of a condition, or a turn of a loop, changes an object and binds a variable to another."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, -1.2, 0.7, 2.1, -0.4, 0.9])


class Body:
    def __init__(self, u):
        self.u = u
        self.past = []


def appended_or_new(x):
    items = [x[3]]
    old = items
    if x[0] > 0:
        items.append(x[1])
    else:
        items = [x[2], x[4]]
    return sum(items) + 100 * sum(old)


def new_or_appended(x):
    items = [x[3]]
    if x[0] > 0:
        items = [x[2], x[4]]
    else:
        items.append(x[1])
    return sum(items)


def item_or_new(x):
    pair = [x[0], x[1]]
    old = pair
    if x[0] > 0:
        pair[0] = x[2]
    else:
        pair = [x[3], x[4]]
    return pair[0] + 10 * pair[1] + 100 * old[0]


def key_or_new(x):
    table = {"m": x[0]}
    old = table
    if x[0] > 0:
        table["m"] = x[1]
    else:
        table = {"m": x[2]}
    return table["m"] + 10 * old["m"]


def attribute_or_new(x):
    body = Body(x[0])
    old = body
    if x[0] > 0:
        body.u = x[1]
        body.past.append(x[2])
    else:
        body = Body(x[2])
        body.past.append(x[3])
    return body.u + 10 * old.u + 100 * sum(body.past)


def swapped(x):
    a, b = [x[0], x[1]], [x[2], x[3]]
    if x[0] > 0:
        a, b = b, a
        a[0] = x[4] * 7
    else:
        b[1] = x[5] * 5
    return a[0] + 10 * a[1] + 100 * b[0] + 1000 * b[1]


def inside_of_a_tuple(x):
    a = [x[0], x[1]]
    both = (a, 1.0)
    if x[0] > 0:
        a[0] = x[2]
    else:
        both = ([x[3], x[3]], 2.0)
    return both[0][0] + 10 * both[1] + 100 * a[0]


def only_on_one_side(x):
    a = [x[0], x[1]]
    kept = None
    if x[0] > 0:
        kept = a
        a[0] = x[2] * 2
    if kept is not None:
        return kept[0] + 10 * a[0]
    return 100 * a[0]


def returned(x):
    def longer(items):
        if x[0] > 0:
            items.append(x[2])
            return items
        return [x[3] * 2, x[4] * 3]

    a = [x[0], x[1]]
    return sum(longer(a)) + 10 * sum(a)


def runs(x):
    total, sums, run = 0.0, [], []
    for v in x:
        if v > 0:
            run.append(v)
        else:
            sums.append(sum(run))
            total += len(run)
            run = []
    return total + sum(k * v for k, v in enumerate(sums)) + 100 * len(sums)


def item_in_a_loop(x):
    a = [x[0], x[1]]
    for i in range(int(x[3] > 0) + 2):
        a[0] = x[i]
        b = a
    return b[0] + 10 * a[0]


PROGRAMS = (
    appended_or_new, new_or_appended, item_or_new, key_or_new, attribute_or_new, swapped,
    inside_of_a_tuple, only_on_one_side, returned, runs, item_in_a_loop,
)  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_object_has_what_its_side_wrote(fn, sign):
    check_value(fn, sign * X, backends=("numpy",))


@pytest.mark.parametrize("fn", [runs, swapped, attribute_or_new])
def test_in_derivatives(fn):
    check_gradient(fn, X)


def one_of_two_dicts(x):
    a, b = {1: x[0]}, {1: x[1]}
    c = a if x[2] > 0 else b
    c |= {1: x[2]}
    return a[1] + 10 * b[1]


def one_of_two_lists(x):
    a, b = [x[0]], [x[1], x[2]]
    c = a if x[2] > 0 else b
    c.append(5.0)
    return sum(a) + 10 * sum(b)


@pytest.mark.parametrize("fn", [one_of_two_dicts, one_of_two_lists])
def test_a_change_that_would_have_to_show_in_the_right_object(fn):
    with pytest.raises(TypeError, match=r"test_rebound_objects.py:\d+: .* in the right one"):
        lg.trace(lg.program(fn), X)


def a_list_turns_around(x):
    items = [x[:2], x[2:4] + 1]
    for _ in range(20):
        items[-1] = items[-1] * 1.1
        if items[0][0] + items[1][0] > 3:
            items = [items[1], items[0]]
    return items[0], items[1]


def a_simplex(x):
    corners = [x[:2], x[:2] + 1, x[:2] * 2]
    k = 0
    while k < 30:
        corners.sort(key=lambda c: (c[0] - 1) ** 2 + c[1] ** 2)
        best, worst = corners[0], corners[-1]
        mirrored = (corners[0] + corners[1]) - worst
        if (mirrored[0] - 1) ** 2 + mirrored[1] ** 2 < (worst[0] - 1) ** 2 + worst[1] ** 2:
            corners[-1] = mirrored
        else:
            corners = [best] + [best + 0.5 * (c - best) for c in corners[1:]]
        if np.abs(corners[1] - corners[0]).max() < 1e-3:
            break
        k += 1
    return corners[0], k


def a_known_list_and_a_new_one(x):
    """Another variable holds the list from before the loop."""
    items = [x[0], x[1]]
    first = items
    for v in x:
        if v > 0:
            items[0] = items[0] + v
        else:
            items = [v, items[0]]
    return items[0], items[1], first[0]


@pytest.mark.parametrize("fn", [a_list_turns_around, a_simplex])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_list_of_arrays_that_turns_write_to_and_make_again(fn, sign):
    """The loop began with items of its first trial: an error, or a trace without end."""
    with lg.remarks() as found:
        check_value(fn, sign * X, backends=("numpy",))
    assert "a loop of 20 turns is unrolled" not in str(found)
    check_gradient(fn, sign * X)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_list_that_another_variable_holds(sign):
    check_value(a_known_list_and_a_new_one, sign * X, backends=("numpy",))


class Weighed:
    def __init__(self, x, weight):
        self.x, self.weight = x, weight

    def doubled(self):
        return 2 * self.weight


def weighed(x):
    return [Weighed(x[k], 1.0 * k) for k in range(len(x))]


def weigh(found):
    for body in found:
        body.weight = 9.0


def first_of_a_comprehension(x):
    found = weighed(x)
    body = next(b for b in found if b.x > 0.4)
    weigh(found)
    return body.weight


def the_next_one(x):
    found = weighed(x)
    body = next(b for b in found if b.x > 0.4)
    weigh(found)
    return body.doubled()


def the_greatest(x):
    found = weighed(x)
    body = max((b for b in found if b.x > 0.4), key=lambda b: b.x)
    weigh(found)
    return body.weight


def the_last_of_a_loop(x):
    found, last = weighed(x), None
    for body in [b for b in found if b.x > 0.4]:
        last = body
    weigh(found)
    return last.weight


def in_the_loop(x):
    found, total = weighed(x), 0.0
    for body in [b for b in found if b.x > 0.4]:
        for other in found:
            other.weight += 1.0
        total += body.weight
    return total


def of_two_comprehensions(x):
    found = weighed(x)
    near = [b for b in found if b.x > 0.4]
    body = [b for b in near if b.x < 30][-1]
    found[1].weight = 9.0
    return body.weight


def of_lists(x):
    found = [[x[k], 1.0 * k] for k in range(4)]
    body = next(b for b in found if b[0] > 0.4)
    for b in found:
        b[1] = 9.0
    return body[1]


def a_popped_one(x):
    found = weighed(x)
    body = [b for b in found if b.x > 0.4].pop()
    body.weight = 9.0
    return sum([b.weight * b.x for b in found])


@pytest.mark.parametrize(
    "fn",
    [
        first_of_a_comprehension, the_next_one, the_greatest, the_last_of_a_loop, in_the_loop,
        of_two_comprehensions, of_lists, a_popped_one,
    ],
)  # fmt: skip
def test_a_change_by_another_name_behind_a_choice_is_an_error(fn):
    """The choice was a copy, and the program read the old weight."""
    with pytest.raises(
        TypeError, match=r"has changed it by another name since|is one object or another"
    ):
        lg.trace(lg.program(fn), np.array([0.5, 2.5, 3.0, 0.3]))


def reads_in_front(x):
    found = weighed(x)
    body = next(b for b in found if b.x > 0.4)
    weight = body.weight
    weigh(found)
    return weight + body.x + found[0].weight


def changes_by_the_choice(x):
    found = weighed(x)
    body = max((b for b in found if b.x > 0.4), key=lambda b: b.x)
    found[0].weight += body.weight
    found[1].weight += body.x
    return sum([b.weight for b in found])


@pytest.mark.parametrize("fn", [reads_in_front, changes_by_the_choice])
def test_reads_of_a_choice_in_front_of_changes(fn):
    x = np.array([0.5, 2.5, 3.0, 0.3])
    np.testing.assert_allclose(lg.jit(lg.program(fn))(x), fn(x))
