"""Dicts whose keys traced values decide."""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

LABELS = [
    np.array([3, 1, 3, 0, 1, 3, 7, 0]),
    np.array([2, 2, 2, 2, 2, 2, 2, 2]),
    np.array([5, 4, 3, 2, 1, 0, -1, -2]),
]
X = np.array([0.6, -1.0, 2.0, 0.25, 3.0, -0.5, 1.5, 0.75])


def counted(labels, x):
    counts = {}
    for k in labels:
        counts[k] = counts.get(k, 0) + 1
    return max(counts.values()), len(counts), sum(counts)


def grouped(labels, x):
    sums = {}
    for k, v in zip(labels, x):
        if k in sums:
            sums[k] += v
        else:
            sums[k] = v
    return sum(v * v for v in sums.values()), max(sums, key=sums.get)


def defaults(labels, x):
    sums, numbers = defaultdict(float), defaultdict(int)
    for k, v in zip(labels, x):
        sums[k] += v
        numbers[k] += 1
    total = 0.0
    for place, (k, v) in enumerate(sums.items()):
        total += (place + 1) * v / numbers[k]
    return total, sums[100], len(sums)


def ordered(labels, x):
    last = OrderedDict()
    for i, k in enumerate(labels):
        last[k] = i
    total = 0
    for n, k in enumerate(last):
        total += (n + 1) * k * last[k]
    return total, list(last.keys())[-1], sorted(last.items())[0][1]


def common(labels, x):
    counts = Counter(labels)
    (best, number), *_ = [counts.most_common(1)[0]]
    first = counts.most_common(2)[0][1]
    return best, number, first, counts[labels[0]], counts[-50], sum(counts.values())


def added(labels, x):
    counts = Counter()
    for k in labels:
        counts[k] += 1
    for k in labels[:3]:
        counts[k] -= 1
    return sum(n * n for n in counts.values()), counts.total()


def two_sums(labels, x):
    """The first pair of numbers whose sum is 4."""
    seen = {}
    for i, v in enumerate(labels):
        if 4 - v in seen:
            return seen[4 - v], i
        seen[v] = i
    return -1, -1


def places(labels, x):
    visited = {(0, 0): 1.0}
    i = j = 0
    for k, v in zip(labels, x):
        if k % 2 == 0:
            i += 1
        else:
            j = j - 1 if v < 0 else j + 1
        visited[i, j] = visited.get((i, j), 0.0) + v
    return sum(visited.values()), len(visited), visited[0, 0]


def removed(labels, x):
    table = {k: v for k, v in enumerate(x[:3])}
    for k, v in zip(labels, x):
        if k in table:
            del table[k]
        else:
            table.setdefault(k, v)
        last = table.pop(7, 0.0)
    table.update({9: last})
    copy = table.copy()
    copy[50] = 1.0
    return sum(table.values()), len(table), len(copy)


def cached(labels, x):
    """Values that a dict of a function keeps."""
    known = {}

    def wave(k):
        if k not in known:
            known[k] = np.sin(x[0] * k)
        return known[k]

    total = 0.0
    for k in labels:
        total += wave(k)
    return total, len(known)


PROGRAMS = [counted, grouped, defaults, ordered, common, added, two_sums, places, removed, cached]


@pytest.mark.parametrize("fn", PROGRAMS)
@pytest.mark.parametrize("labels", LABELS)
def test_dicts(fn, labels):
    check_value(fn, labels, X)


@pytest.mark.parametrize("fn", [grouped, defaults, places, removed, cached])
def test_gradients(fn):
    check_gradient(fn, LABELS[0], X, argnums=(1,))


def test_one_program_for_all_keys():
    program = lg.jit(lg.program(defaults))
    for labels in LABELS:
        assert program(labels, X) == pytest.approx(defaults(labels, X))


def test_too_many_keys():
    @lg.program(most_items=4)
    def counts(labels):
        found = {}
        for k in labels:
            found[k] = found.get(k, 0) + 1
        return len(found)

    program = lg.jit(counts)
    assert program(LABELS[0]) == 4
    with pytest.raises(OverflowError, match=r"test_moving_dicts\.py:\d+: "):
        program(LABELS[2])


def test_a_loop_stays_one():
    def long(labels):
        found = {}
        for k in labels:
            found[k] = found.get(k, 0) + 1
        return len(found)

    with lg.remarks() as found:
        lg.trace(lg.program(long), np.arange(500))
    assert "unrolled" not in str(found)


def test_lists_in_such_a_dict_are_an_error():
    def groups(labels):
        found = {}
        for k in labels:
            found.setdefault(k, []).append(1.0)
        return len(found)

    with pytest.raises(TypeError, match=r"test_moving_dicts\.py:\d+: "):
        lg.jit(lg.program(groups))(LABELS[0])


def texts(labels, x):
    """Two texts, and a third one that the dict has in some turns only."""
    sums = {}
    for v in x:
        if v > 1:
            name = "high"
        elif v > 0.3:
            name = "middle"
        else:
            name = "low"
        sums[name] = sums.get(name, 0.0) + v * v
    return sums.get("high", -1.0), sums.get("low", -2.0), sums.get("none", -3.0), len(sums)


def texts_under_conditions(labels, x):
    found = {}
    for v in x:
        if v > 2.5:
            found["first"] = v
        elif v < -0.8:
            found["last"] = 2 * v
    return sum(found.values()), "first" in found, "none" in found


def texts_in_order(labels, x):
    """Python goes through the keys in the order in which they came."""
    best = {}
    for k, v in zip(labels, x):
        name = "odd" if k % 2 == 1 else "even"
        if name not in best or v > best[name]:
            best[name] = v
    total = 0.0
    for place, (name, v) in enumerate(best.items()):
        total += (place + 1) * v * (10 if name == "odd" else 1)
    return total


def texts_and_numbers(labels, x):
    sums = defaultdict(float)
    for k, v in zip(labels, x):
        sums["+" if v > 0 else "-", k] += v
    return sums["+", 3], sums["-", 1], len(sums)


def texts_on_a_stack(labels, x):
    todo = [("start", 0)]
    total = 0.0
    while todo:
        state, k = todo.pop()
        if k >= len(x):
            continue
        total += x[k] * (3 if state == "start" else 2 if state == "up" else 1)
        todo.append(("up" if x[k] > 0 else "down", k + 1))
    return total


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "fn",
    [texts, texts_under_conditions, texts_in_order, texts_and_numbers, texts_on_a_stack],
)
def test_texts_are_keys(fn, labels):
    """A traced value that decided about a new text among the keys was an error."""
    check_value(fn, labels, X)
    check_gradient(fn, labels, X, argnums=(1,))


class Name(enum.StrEnum):
    A = "a"


def equal_keys(x):
    sums = {}
    for v in x:
        key = "a" if v > 0 else Name.A
        sums[key] = sums.get(key, 0.0) + v
    return len(sums)


def equal_keys_in_tuples(x):
    sums = {}
    for v in x:
        key = ("a", 1) if v > 0 else (Name.A, 1)
        sums[key] = sums.get(key, 0.0) + v
    return len(sums)


def a_key_of_another_type(x):
    sums = {}
    for v in x:
        key = "a" if v > 0 else "b"
        sums[key] = sums.get(key, 0.0) + v
    return sums[Name.A]


def an_item_of_another_type(x):
    found = set()
    for v in x:
        found.add("a" if v > 0 else "b")
    return Name.A in found


@pytest.mark.parametrize(
    "fn", [equal_keys, equal_keys_in_tuples, a_key_of_another_type, an_item_of_another_type]
)
def test_equal_keys_of_two_types_are_errors(fn):
    """A text and a member of a StrEnum were two keys, and are one key of Python's dicts."""
    with pytest.raises(TypeError, match=r"test_moving_dicts.py:\d+: .*one key or item"):
        lg.jit(lg.program(fn), backend="numpy")(X)
