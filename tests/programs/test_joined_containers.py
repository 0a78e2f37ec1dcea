"""Lists, dicts and data classes that are one object or another, and writes to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, -1.2, 0.7, 2.1, -0.4, 0.9])


@dataclass
class Point:
    x: float
    y: float


def list_by_a_condition(x):
    a, b = [x[0], x[1]], [x[2], x[3]]
    best = a
    if x[0] > 0:
        best = b
    best[0] = 5.0 * x[5]
    a[1] = 7.0
    return a[0] + 10 * b[0] + 100 * best[1]


def dict_by_an_expression(x):
    a, b = {"v": x[0]}, {"v": x[1]}
    best = a if x[1] > 0 else b
    best["v"] *= x[2]
    b["v"] += 1
    return a["v"] + 10 * b["v"] + 100 * best["v"]


def best_record(x):
    points = [Point(v, v * v) for v in x]
    best = points[0]
    for p in points[1:]:
        if p.y > best.y:
            best = p
    best.y *= -1
    best.x = 0.5
    return sum(p.y + p.x for p in points)


def record_by_a_return(x):
    def pick(p):
        if p.x > 0:
            return p
        return Point(p.y, p.x)

    p, q = Point(x[0], x[1]), Point(x[1], x[2])
    pick(p).x = 3.0
    pick(q).x = 4.0
    return p.x + 10 * q.x


def list_in_a_list(x):
    a = [x[0], [x[1], x[2]]]
    inner = a[1]
    if x[1] > 0:
        a = [x[3], [x[4], x[5]]]
    a[1][0] = 2.0
    return a[0] + a[1][0] + inner[0]


def two_names_after_a_loop(x):
    a, b = Point(x[0], x[1]), Point(0.0, 0.0)
    for v in x:
        a = Point(a.x * v, a.y + v)
        b = a
    b.x = 4.0 * x[2]
    return a.x + a.y + b.x


def two_names_in_a_loop(x):
    a, b = [x[0], x[1]], [0.0, 0.0]
    for v in x:
        a = [a[0] + v, a[1] * v]
        a[0] += b[1]
        b[1] = 0.5 * v
        b = a
    return a[0] + a[1] + b[0]


def name_from_before_a_loop(x):
    a = b = {"v": x[0]}
    for v in x:
        a["v"] += v
        if a["v"] > 1:
            a = {"v": 0.1 * v}
    return a["v"] + 10 * b["v"]


def containers_of_their_own(x):
    state, best = {"x": x[0], "n": 0.0}, {"x": x[1], "n": 0.0}
    for v in x:
        new = {"x": state["x"] + v, "n": state["n"]}
        if new["x"] > best["x"]:
            best = dict(new)
        state = new
        state["n"] += 1
    state["x"] += 3
    return state["x"] + best["x"] + best["n"]


PROGRAMS = (
    list_by_a_condition, dict_by_an_expression, best_record, record_by_a_return, list_in_a_list,
    two_names_after_a_loop, two_names_in_a_loop, name_from_before_a_loop, containers_of_their_own,
)  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fn", PROGRAMS)
def test_a_write_shows_in_each_name_of_the_container(fn):
    check_value(fn, X)
    check_value(fn, -X)
    check_gradient(fn, X)


def appends(x):
    a = [x[0]]
    b = a
    if x[0] > 0:
        a = [x[1]]
    a.append(x[2])
    return sum(a) + len(b)


def appends_to_its_own(x):
    a = [x[0]]
    if x[0] > 0:
        a = [x[1]]
    a.append(x[2])
    return sum(a)


def test_a_change_of_length_is_an_error_if_another_name_may_show_it():
    with pytest.raises(
        TypeError, match=r"test_joined_containers\.py:.* this list is one object or"
    ):
        lg.jit(lg.program(appends))(X)
    check_value(appends_to_its_own, X)


def rows_that_swap_under_a_condition(x):
    rows = [[x[0], 0.0], [x[1], 1.0], [x[2], 2.0], [x[3], 3.0]]
    first = rows[0]
    for i in range(3):
        for j in range(3 - i):
            if rows[j][0] > rows[j + 1][0]:
                rows[j], rows[j + 1] = rows[j + 1], rows[j]
    first[1] += 10 * x[4]
    return [r[0] * r[1] for r in rows]


def row_that_a_condition_replaces(x):
    rows = [[x[0], 1.0], [2.0, x[1]]]
    old = rows[0]
    if x[0] > 0:
        rows[0] = [5.0, x[3]]
    old[0] += x[2]
    rows[0][0] *= 10
    return rows[0][0], rows[1][0], old[0]


def records_that_swap(x):
    points = [Point(v, k) for k, v in enumerate(x)]
    for i in range(3):
        for j in range(3 - i):
            if points[j].x > points[j + 1].x:
                points[j], points[j + 1] = points[j + 1], points[j]
    return [p.y * p.x for p in points]


def attribute_that_is_a_list(x):
    p = Point([0.0, 0.0], 1.0)
    pairs = [[v, v * v] for v in x]
    for pair in pairs:
        if pair[1] > p.x[1]:
            p.x = pair
    p.x[0] += 100 * x[5]
    return [pair[0] for pair in pairs]


def write_under_a_condition(x):
    a, b = [x[0], 2.0], [x[1], 3.0]
    q = a if x[2] > 0 else b
    if x[3] > 0:
        a[0] = 5.0 * x[4]
    if x[4] > 0:
        q[1] = 7.0 * x[3]
    return a[0], q[0], b[0], a[1], q[1], b[1]


def write_in_a_loop(x):
    a, b = [x[0], 2.0], [x[1], 3.0]
    q = a if x[2] > 0 else b
    for k in range(20):
        a[0] += 0.1 * x[3]
        q[1] *= 1 + 0.01 * x[k % 6]
    return a[0], q[0], b[0], a[1], q[1], b[1]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fn",
    [
        *(rows_that_swap_under_a_condition, row_that_a_condition_replaces, records_that_swap),
        *(attribute_that_is_a_list, write_under_a_condition, write_in_a_loop),
    ],
)
def test_places_that_hold_containers(fn):
    for x in (X, -X, X[::-1].copy()):
        check_value(fn, x)
        check_gradient(fn, x)


def keys_in_two_orders(x):
    if x > 0:
        d = {"a": x, "b": 2 * x}
    else:
        d = {"b": 2 * x, "a": x}
    first, _ = d.values()
    return first


def keys_in_one_order(x):
    if x > 0:
        d = {"b": x, "a": 2 * x}
    else:
        d = {"b": 2 * x, "a": x}
    first, _ = d.values()
    return first


def keys_in_two_orders_that_nobody_reads(x):
    if x > 0:
        d = {"a": x, "b": 2 * x}
        y = d["a"]
    else:
        d = {"b": 2 * x, "a": x}
        y = d["b"]
    return y


def test_dicts_of_two_orders_are_errors():
    """The dict had the order of the first side on both."""
    with pytest.raises(TypeError, match=r"test_joined_containers.py:\d+: .*in two orders"):
        lg.jit(lg.program(keys_in_two_orders))(-1.0)
    for fn in (keys_in_one_order, keys_in_two_orders_that_nobody_reads):
        for x in (-1.0, 3.0):
            assert lg.jit(lg.program(fn))(x) == fn(x)


def a_key_moves_to_the_end(x):
    d = {"a": x, "b": 2 * x}
    if x > 2:
        d["a"] = d.pop("a") + x
    first, _ = d.values()
    return first


def a_key_moves_to_the_end_in_a_loop(x):
    d = {"a": x, "b": 2 * x}
    for k in range(20):
        if x > k:
            a = d.pop("a")
            d["a"] = a + x
    first, _ = d.values()
    return first


@pytest.mark.parametrize("fn", [a_key_moves_to_the_end, a_key_moves_to_the_end_in_a_loop])
def test_a_condition_that_moves_a_key_is_an_error(fn):
    """The key stayed at its place."""
    with pytest.raises(TypeError, match=r"test_joined_containers.py:\d+: .*changes a Python dict"):
        lg.jit(lg.program(fn))(3.0)


def a_loop_that_may_make_no_turn(x):
    d = {"a": x, "b": 2 * x}
    while d["a"] < 5:
        d = {"b": 2 * x, "a": d["a"] + 1}
    first, _ = d.values()
    return first


def test_a_loop_that_gives_a_dict_another_order_is_an_error():
    with pytest.raises(TypeError, match=r"test_joined_containers.py:\d+: .*in two orders"):
        lg.jit(lg.program(a_loop_that_may_make_no_turn))(9.0)


def chosen_dicts_of_two_orders(x):
    chosen = [d for d in ({"a": x, "b": 2 * x}, {"b": x + 10, "a": 3 * x}) if d["a"] > 2]
    first, _ = chosen[0].values()
    return first


def sorted_dicts_of_two_orders(x):
    dicts = [{"a": x, "b": 2 * x}, {"b": x + 10, "a": -3 * x}]
    first, _ = sorted(dicts, key=lambda d: d["a"])[0].values()
    return first


@pytest.mark.parametrize("fn", [chosen_dicts_of_two_orders, sorted_dicts_of_two_orders])
def test_items_that_are_dicts_of_two_orders_are_errors(fn):
    """The items had the order of the first one."""
    with pytest.raises(TypeError, match=r"test_joined_containers.py:\d+: .*alike"):
        lg.jit(lg.program(fn))(1.5)


class Particle:
    __slots__ = "place", "turns"

    def __init__(self, place):
        self.place, self.turns = place, 0


def a_list_changes_behind_a_condition(x):
    pair, kept = [x[0], 1.0], []
    if x[1] < 0:
        kept.append(pair)
    pair[0] = 5 * x[2]
    return sum(a * b for a, b in kept) + 0.0


def one_of_two_lists_changes(x):
    a, b, kept = [x[0], 1.0], [x[1], 2.0], []
    if x[2] > 1:
        kept.append(a)
    else:
        kept.append(b)
    b[0] = 5 * x[2]
    return sum(p * q for p, q in kept) + 0.0


def objects_change_in_the_turn(x):
    kept = []
    for v in x:
        one = Particle(v)
        if v > 0:
            kept.append(one)
        one.turns += 1
        one.place *= 2
    return sum(one.place * one.turns for one in kept) + 0.0


def objects_change_by_a_condition(x):
    kept = []
    for v in x:
        one = Particle(v)
        if v > 0:
            kept.append(one)
        if v > 0.8:
            one.place *= 3
    return sum(one.place for one in kept) + 0.0


def the_last_list_changes_in_later_turns(x):
    last, kept = [0.0, 0.0], []
    for v in x:
        if v > 0:
            last = [v, 0.0]
            kept.append(last)
        last[1] += 1
    return sum(a * b for a, b in kept) + 0.0


def objects_change_in_a_second_loop(x):
    particles, kept = [Particle(v) for v in x], []
    for one in particles:
        if one.place > 0:
            kept.append(one)
    for one in particles:
        one.place *= 2
    return sum(one.place for one in kept) + 0.0


def objects_are_chosen_in_each_step(x):
    particles, total = [Particle(v) for v in x], 0.0
    for _ in range(3):
        alive = [one for one in particles if one.place > 0]
        total += sum(one.place for one in alive)
        for one in particles:
            one.place -= 0.25
    return total


def objects_with_slots_are_items(x):
    kept = [Particle(v) for v in x if v > 0]
    return kept[-1].place * 2 + kept[0].place


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "fn",
    [
        a_list_changes_behind_a_condition, one_of_two_lists_changes, objects_change_in_the_turn,
        objects_change_by_a_condition, the_last_list_changes_in_later_turns,
        objects_change_in_a_second_loop, objects_are_chosen_in_each_step,
        objects_with_slots_are_items,
    ],
)  # fmt: skip
@pytest.mark.parametrize("n", [6, 12])
def test_changes_of_objects_that_are_items_of_a_list(fn, n):
    """The list had the objects as they were when a condition appended them."""
    x = np.resize(X, n)
    check_value(fn, x)
    check_gradient(fn, x)


def an_object_changes_behind_a_comprehension(x):
    particles = [Particle(v) for v in x]
    kept = [one for one in particles if one.place > 0]
    particles[2].place = 100.0
    return sum(one.place for one in kept)


def a_list_changes_behind_a_comprehension(x):
    pair = [x[0], 2.0]
    kept = [pair for v in x if v > 0]
    pair[0] = 7.0
    return kept[0][0]


def an_object_changes_behind_an_append(x):
    kept = [one for one in [Particle(v) for v in x] if one.place > 0]
    last = Particle(x[0])
    kept.append(last)
    last.place = 100.0
    return kept[-1].place


def an_object_changes_behind_a_sum_of_lists(x):
    particles = [Particle(v) for v in x]
    kept = [one for one in particles if one.place > 0] + [Particle(x[0])]
    particles[2].place = 100.0
    return sum(one.place for one in kept)


def an_object_of_an_inner_list_changes(x):
    groups = [[Particle(v) for v in x[:2]], [Particle(v) for v in x[2:5]]]
    kept = [one for group in groups for one in group if one.place > 0]
    groups[1][0].place = 100.0
    return sum(one.place for one in kept)


def an_object_of_one_side_changes(x):
    ours, theirs = [Particle(v) for v in x], [Particle(2 * v) for v in x]
    kept = [one for one in ours if one.place > 0]
    if x[0] > 0:
        kept = [one for one in theirs if one.place > 0]
    theirs[2].place = ours[2].place = 100.0
    return sum(one.place for one in kept)


@pytest.mark.parametrize(
    "fn",
    [
        an_object_changes_behind_a_comprehension, a_list_changes_behind_a_comprehension,
        an_object_changes_behind_an_append, an_object_changes_behind_a_sum_of_lists,
        an_object_of_an_inner_list_changes, an_object_of_one_side_changes,
    ],
)  # fmt: skip
def test_no_change_of_an_item_of_a_comprehension_is_lost(fn):
    with pytest.raises(TypeError, match=r"test_joined_containers.py:\d+: .*after a change of an"):
        lg.jit(lg.program(fn))(X)
