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


@pytest.mark.sampled(6)
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


def test_dicts_in_such_a_dict_are_an_error():
    def groups(labels):
        found = {}
        for k in labels:
            found.setdefault(k, {})["a"] = 1.0
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


@pytest.mark.sampled(6)
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


# Groups: dicts of lists.


def greatest_of_groups(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    return sum((k + 1) * max(groups[k]) for k in sorted(groups)) * 1.0


def sorted_groups(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    for k in groups:
        groups[k].sort(key=abs)
    groups[labels[0]].reverse()
    groups[77].sort()
    groups[77].append(3.0)
    totals = [sum((i * v for i, v in enumerate(groups[k])), 0.0) for k in range(5)]
    return totals, sum(groups[77])


def groups_that_stay_sorted(labels, x):
    groups, total = {}, 0.0
    for k, v in zip(labels, x):
        groups.setdefault(k, []).append((v, 2 * k))
        groups[k].sort(reverse=True)
        total += groups[k][0][0] * groups[k][-1][1]
    return total


def sizes_of_groups(labels, x):
    groups = {}
    for k, v in zip(labels, x):
        groups.setdefault(k, []).append(v)
    return sum(len(g) ** 2 for g in groups.values()), len(groups), len(groups.get(77, []))


def items_of_groups(labels, x):
    groups = {}
    for k, v in zip(labels, x):
        if k not in groups:
            groups[k] = [v]
        else:
            groups[k].append(v)
    total = 0.0
    for k, g in groups.items():
        total += (k + 1) * np.mean(g) ** 2 + g[0] - g[-1]
    return total


def groups_under_conditions(labels, x):
    groups = defaultdict(list)
    for i in range(len(labels)):
        if x[i] > 0:
            groups[int(labels[i])].append((i, x[i]))
        else:
            groups[9] += [(0, 0.5)]
    total = 0.0
    for k in sorted(groups, reverse=True):
        for i, v in groups[k]:
            total += (i + 1) * v * k
    return total, len(groups[3]), 3 in groups, len(groups)


def names_of_groups(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        own = groups[k]
        if len(own) < 2:
            own.append(v)
        else:
            own.extend([v, 2 * v])
        if k == 4:
            groups[k] = [v]
    total = 0.0
    for g in groups.values():
        for place, v in enumerate(g):
            total += place * v
    return total, [len(groups[k]) for k in range(5)]


def reachable(labels, x):
    neighbours = defaultdict(list)
    for i in range(len(labels)):
        neighbours[i].append(labels[i])
        neighbours[labels[i]].append(i)
    seen = np.zeros(max(len(labels), 5), dtype=bool)
    stack = [0]
    while stack:
        u = stack.pop()
        if seen[u]:
            continue
        seen[u] = True
        for w in neighbours[u]:
            if not seen[w]:
                stack.append(w)
    return seen.sum()


def another_list_for_a_key(labels, x):
    groups = {}
    for k, v in zip(labels, x):
        groups.setdefault(k, []).append(v)
    first = groups[labels[0]]
    groups[labels[0]] = [7.0]
    first.append(100.0)
    return sum(first), sum(groups[labels[0]]), len(groups)


def old_items_behind_new_ones(labels, x):
    groups = {}
    for k, v in zip(labels, x):
        old = groups.get(k, [])
        groups[k] = [v]
        for w in old:
            groups[k].append(w)
    return groups[labels[0]][0], groups[labels[0]][-1], len(groups[labels[0]])


def one_list_for_two_keys(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    groups[99] = groups[labels[0]]
    groups[99].append(1.5)
    groups[labels[0]] += [2.5]
    return sum(groups[99]), sum(groups[labels[0]]), len(groups)


def lists_that_no_key_has(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    groups.get(50, []).append(3.0)
    other = groups.get(51, [])
    other.append(4.0)
    return sum(groups.get(52, []), 0.5), sum(other), len(groups)


GROUPS = [
    sorted_groups, groups_that_stay_sorted, greatest_of_groups, sizes_of_groups, items_of_groups,
    groups_under_conditions, names_of_groups, reachable, another_list_for_a_key,
    old_items_behind_new_ones, one_list_for_two_keys, lists_that_no_key_has,
]  # fmt: skip


@pytest.mark.sampled(12)
@pytest.mark.parametrize("n", [1, 2, 7, 20])
@pytest.mark.parametrize("fn", GROUPS)
def test_groups(fn, n):
    random = np.random.default_rng(n + 1)
    check_value(fn, random.integers(0, 5, n), random.standard_normal(n))


@pytest.mark.parametrize(
    "fn",
    [greatest_of_groups, items_of_groups, groups_under_conditions, groups_that_stay_sorted],
)
def test_derivatives_of_groups(fn):
    def floats(labels, x):
        result = fn(labels, x)
        return result[0] if isinstance(result, tuple) else result

    random = np.random.default_rng(3)
    args = random.integers(0, 5, 9), random.standard_normal(9)
    check_gradient(floats, *args, argnums=(1,))


def group_without_an_item(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    del groups[labels[0]]
    return len(groups)


def group_that_a_condition_chooses(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    chosen = groups[labels[0]] if x[0] > 0 else groups[labels[1]]
    return sum(chosen)


def group_without_its_last_item(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    return groups[labels[0]].pop()


def counted_rows(labels, x):
    counts = Counter(np.outer(labels, labels))
    return counts[0]


@pytest.mark.parametrize(
    ("fn", "text"),
    [
        (group_without_an_item, "dict of lists"),
        (group_that_a_condition_chooses, "choose the key"),
        (group_without_its_last_item, "by appending"),
        (counted_rows, "unhashable type"),
    ],
)
def test_what_groups_do_not_take_is_an_error(fn, text):
    with pytest.raises(TypeError, match=rf"test_moving_dicts.py:\d+: .*{text}"):
        lg.jit(lg.program(fn))(np.array([1, 2, 1]), np.ones(3))


def list_with_another_name(labels, x):
    groups = {}
    for k, v in zip(labels, x):
        new = [v]
        groups[k] = new
        new.append(2 * v)
    return len(groups[labels[0]])


def first_list_with_another_name(labels, x):
    first = []
    groups = {1: first}
    for k, v in zip(labels, x):
        groups.setdefault(k, []).append(v)
    return len(first)


def array_of_a_key(labels, x):
    pairs = {}
    for k, v in zip(labels, x):
        pairs[k] = np.array([v, v])
    pair = pairs[labels[0]]
    pair[0] = 100.0
    return pairs[labels[0]][0]


def array_of_a_key_or_another(labels, x):
    pairs = {}
    for k, v in zip(labels, x):
        pairs[k] = np.array([v, v])
    pair = pairs.get(labels[0], np.zeros(2))
    pair[0] = 100.0
    return pairs[labels[0]][0]


ELSEWHERE = [
    list_with_another_name, first_list_with_another_name, array_of_a_key, array_of_a_key_or_another,
]  # fmt: skip


@pytest.mark.parametrize("fn", ELSEWHERE)
def test_changes_that_would_have_to_show_elsewhere_are_errors(fn):
    """These showed in one of two names for a list, or an array, and not in the other one."""
    with pytest.raises((TypeError, ValueError), match=r"test_moving_dicts.py:\d+: "):
        lg.jit(lg.program(fn))(np.array([1, 2, 1]), np.ones(3))


def counts_of_nan(labels, x):
    counts = Counter(np.where(x > 0, x, np.nan))
    return len(counts), counts.total(), max(counts.values())


def counts_of_a_dict(labels, x):
    counts = Counter()
    for k in labels:
        counts[k] += 1
    counts.update({1: 5, 30: 2})
    counts.update([1, 1, 30])
    return counts[1], counts[30], counts.total()


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("fn", [counts_of_nan, counts_of_a_dict])
def test_counts(fn, n):
    """A Counter lost NaN, and its `update` by a dict wrote the counts and did not add them."""
    random = np.random.default_rng(n)
    check_value(fn, random.integers(0, 5, n), random.standard_normal(n))


def test_too_many_items_in_groups_are_an_error():
    def fn(labels, n):
        groups = defaultdict(list)
        i = 0
        while i < n:
            groups[labels[i % 3]].append(i)
            i += 1
        return len(groups[labels[0]])

    labels = np.array([4, 1, 0])
    assert lg.jit(lg.program(fn))(labels, np.int64(30)) == 10
    with pytest.raises(OverflowError, match=r"test_moving_dicts.py:\d+: .*most_items"):
        lg.jit(lg.program(fn))(labels, np.int64(3000))


def counts_of(labels):
    counts = Counter()
    for k in labels:
        counts[k] += 1
    return counts


def sum_of_counters(labels):
    counts = counts_of(labels) + counts_of(labels[:4])
    return counts[2] + 10 * len(counts)


def counter_behind_a_sum(labels):
    counts = counts_of(labels)
    counts += counts_of(labels[:4])
    return counts[2] + 10 * len(counts)


def set_beside_a_list(labels):
    seen = set()
    for k in labels:
        seen.add(k)
    return len(seen + [3])  # noqa: RUF005


@pytest.mark.parametrize("fn", [sum_of_counters, counter_behind_a_sum, set_beside_a_list])
def test_the_sum_of_counters_is_none_of_lists(fn):
    """It was the list of the keys of both."""
    labels = np.array([2, 0, 1, 2, 2, 0, 3, 1, 1, 2])
    with pytest.raises(TypeError, match=r"test_moving_dicts\.py:\d+: .* to another one"):
        lg.jit(lg.program(fn))(labels)


# Operators, and methods with arguments.


def joined_in_place(labels, x):
    sums = {}
    for k, v in zip(labels, x):
        sums[k] = sums.get(k, 0.0) + v
    sums |= {3: 10.0, 50: 1.0}
    return sum(sums.values()), sums[3], len(sums)


def copied_by_dict(labels, x):
    sums = defaultdict(float)
    for k, v in zip(labels, x):
        sums[k] += v
    plain = dict(sums)
    plain[100] = 5.0
    return sum(sums.values()), sum(plain.values()), len(sums), len(plain), 101 in plain


def the_first_item_goes(labels, x):
    last = OrderedDict()
    for k, v in zip(labels, x):
        last[k] = v
        if len(last) > 2:
            last.popitem(last=False)
    total = 0.0
    for place, (k, v) in enumerate(last.items()):
        total += (place + 1) * v * k
    return total, len(last)


def a_set_joined_in_place(labels, x):
    seen = set()
    for k in labels:
        if k > 1:
            seen.add(k)
    seen |= {3, 40}
    return len(seen), 40 in seen


@pytest.mark.sampled(2)
@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "fn", [joined_in_place, copied_by_dict, the_first_item_goes, a_set_joined_in_place]
)
def test_operators_and_arguments(fn, labels):
    """These were errors without a line of the program."""
    check_value(fn, labels, X)


def a_set(labels):
    seen = set()
    for k in labels:
        if k > 1:
            seen.add(k)
    return seen


def a_dict(labels):
    sums = {}
    for k in labels:
        sums[k] = 1.0
    return sums


@pytest.mark.parametrize("make", [a_set, a_dict])
@pytest.mark.parametrize(
    "operation",
    [
        lambda a: len(a | {1, 2}),
        lambda a: len(a - {1, 2}),
        lambda a: len({1, 2} & a),
        lambda a: len(a ^ {1, 2}),
        lambda a: a <= {1, 2},
    ],
)
def test_operators_that_letgrad_does_not_take_name_the_line(make, operation):
    with pytest.raises(TypeError, match=r"test_moving_dicts.py:\d+: .*cannot take a (set|dict)"):
        lg.jit(lg.program(lambda labels: operation(make(labels))))(LABELS[0])


def append_to_all_groups(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    for g in groups.values():
        g.append(10.0)
    return sum(groups[labels[0]]), sum(len(g) for g in groups.values())


def append_to_some_groups(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    for k, g in groups.items():
        if k > 1:
            g.append(1.0)
    return sum(groups[labels[0]]), sum(groups[labels[3]])


def append_the_place(labels, x):
    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)
    for place, g in enumerate(groups.values()):
        g.append(1.0 * place)
    return sum(groups[labels[1]]), sum(groups[labels[3]])


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("fn", [append_to_all_groups, append_to_some_groups, append_the_place])
def test_a_loop_over_groups_changes_them(fn, labels):
    """The items were arrays of a trace that had ended."""
    check_value(fn, labels, X)
