"""`isinstance`, and patterns of classes, sequences and mappings, of values that are traced."""

from __future__ import annotations

import collections
import dataclasses
import enum
import numbers
import operator
from collections.abc import Iterable, Sequence, Sized
from typing import Any

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg


class Mode(enum.Enum):
    SLOW = 1
    FAST = 2


@dataclasses.dataclass
class Circle:
    r: float


@dataclasses.dataclass
class Box:
    w: float
    h: float


class Pair:
    __match_args__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


Point = collections.namedtuple("Point", "x y")


def a_number(x):
    match x:
        case int() | str():
            return -1.0
        case float(v) if v > 1:
            return v
        case float():
            return 10 * x
        case _:
            return -2.0


def an_array(x):
    match np.zeros(2) + x:
        case np.ndarray() as v:
            return v
        case _:
            return np.ones(2)


def an_int(x):
    n = int(x)
    match n:
        case 0 | 1:
            return 1.0
        case k if k > 2:
            return k * 2.0
        case int(k):
            return k * 3.0


def a_text(x):
    name = "a" if x > 0 else None
    match name:
        case str(s):
            return 1.0 if s == "a" else 2.0
        case None:
            return 3.0
        case _:
            return 4.0


def a_member(x):
    mode = Mode.FAST if x > 0 else Mode.SLOW
    match mode, 3:
        case Mode.FAST, int(k):
            return 1.0 * k
        case Mode(), _:
            return 2.0
        case _:
            return 4.0


def none_or_a_number(x):
    v = x if x > 0 else None
    match v:
        case None:
            return 5.0
        case float():
            return v
        case _:
            return 6.0


def objects(x):
    total = 0.0
    parts = (
        Circle(x), Box(x, 2.0), Pair(x, 3.0), Point(x, 1.0), 3, "s", None, [x, 1.0, 2.0], (x,), 2.5,
        {"k": x, "z": 1.0}, collections.deque([x, 4.0]),
    )  # fmt: skip
    for part in parts:
        match part:
            case Circle(r):
                total += r
            case Box(w=w, h=h) if w > 1:
                total += w * h
            case Box(w, h):
                total += 100 * w * h
            case Point(a, b):
                total += 7 * a + b
            case Pair(a, b=b):
                total += a * b * 1000
            case int(k):
                total += k * 1e4
            case str() as s:
                total += len(s) * 1e5
            case None:
                total += 1e6
            case [a, *rest]:
                total += a * 3 + sum(rest) * 1e7
            case {"k": v, **rest}:
                total += v * 5 + len(rest) * 1e8
            case float(f):
                total += f * 1e-3
    return total


def alternatives_with_names(x):
    match [x, 0.0]:
        case [0.0, a] | [a, 0.0] if a > 1:
            return a
        case [a, *_]:
            return 10 * a


def parts_of_parts(x):
    match {"a": Circle(x), "b": 2}:
        case {"a": Circle(), "b": 1}:
            return 0.0
        case {"a": Circle(r=float(a)), "b": int(b)} if a > 0:
            return a + b
        case {"a": object(r=a)}:
            return -a


def chosen_items(x):
    match [v for v in (x, 2 * x, -x) if v > 0.9]:
        case []:
            return 1.0
        case [a]:
            return 10 * a
        case [a, b]:
            return 100 * a + b
        case [*_]:
            return -1.0
        case _:
            return -2.0


def none_or_a_pair(x):
    pair = (x, 2.0) if x > 0 else None
    match pair:
        case [a, b]:
            return a + b
        case None:
            return 5.0
        case _:
            return 7.0


def keys_that_values_decide(x):
    d = {}
    for k in (1.0, 2.0):
        d["a" if x > k else "b"] = x * k
    match d:
        case {"a": a, "b": b}:
            return a + 10 * b
        case {"a": a}:
            return a
        case {"b": b}:
            return -b
        case _:
            return 0.0


def the_attribute_of_a_name(x):
    mode = Mode.FAST if x > 0 else Mode.SLOW
    found = getattr(mode, "value"), getattr(mode, "other", 7)  # noqa: B009
    return [found[0] * 1.0, found[1] * 1.0, 1.0 if hasattr(mode, "values") else 2.0]


def an_error(x):
    try:
        if x < 0:
            raise ValueError("negative")
        if x > 2:
            raise KeyError("large")
        y = x
    except Exception as error:
        match error:
            case KeyError():
                y = -1.0
            case ValueError(args=[text]):
                y = -2.0 * len(text)
            case _:
                y = -3.0
    return y


MATCHES = [
    a_number, an_array, an_int, a_text, a_member, none_or_a_number, objects,
    alternatives_with_names, parts_of_parts, chosen_items, none_or_a_pair, keys_that_values_decide,
    an_error, the_attribute_of_a_name,
]  # fmt: skip


@pytest.mark.parametrize("fn", MATCHES)
def test_patterns(fn: Any) -> None:
    """No pattern of a class took a traced value, and none of a sequence a list of chosen items."""
    found = lg.jit(lg.program(fn), backend="numpy")
    for x in (1.5, -1.5, 0.5, 2.5, 0.0):
        compare(found(x), fn(x))


def test_alternatives_inside_of_a_pattern_are_an_error() -> None:
    def program(x):
        match [(1.0, x)]:
            case [(float(), a) | (a, 1)]:
                return a

    with pytest.raises(TypeError, match=r"test_value_classes.py:\d+: .*write a case for each"):
        lg.jit(lg.program(program))(2.0)


def of_none(x):
    v = 1.0 if x > 0 else None
    return [
        1.0 if isinstance(v, float) else 2.0,
        1.0 if isinstance(v, (str, type(None))) else 2.0,
        1.0 if isinstance(v, float | None) else 2.0,
        1.0 if isinstance(v, int) else 2.0,
    ]


def truths_of_none(x):
    v = 1.0 if x > 0 else None
    w = 0.0 if x > 0 else None
    return [1.0 if bool(v) else 2.0, 1.0 if bool(w) else 2.0]


def attributes_of_none(x):
    v = 1.0 if x > 0 else None
    return 1.0 if hasattr(v, "real") else 2.0, getattr(v, "real", 7.0)


def of_parts(x):
    a = np.arange(5.0)
    part, chosen = a[: int(abs(x))], a[a > x]
    found = [isinstance(v, kind) for v in (part, chosen) for kind in (np.ndarray, list)]
    return [1.0 if flag else 2.0 for flag in found]


def of_unions(x):
    v = np.zeros(2) + x
    n = int(x)
    return [
        1.0 if isinstance(v, float | np.ndarray) else 2.0,
        1.0 if isinstance(v, (str, (list, np.ndarray))) else 2.0,
        1.0 if isinstance(n, float | int) else 2.0,
        1.0 if isinstance(n, float | np.ndarray) else 2.0,
    ]


@pytest.mark.parametrize("fn", [of_none, truths_of_none, attributes_of_none, of_parts, of_unions])
def test_classes(fn: Any) -> None:
    """None counted as a float, and x[mask] and x[:n] as no arrays."""
    found = lg.jit(lg.program(fn), backend="numpy")
    for x in (1.5, -1.5):
        compare(found(x), fn(x))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x: isinstance(x > 0, bool), "may be a bool of Python or one of NumPy"),
        (lambda x: type(1.0 if x > 0 else None) is float, "whether this value is None"),
    ],
)
def test_classes_that_are_not_known(ask: Any, said: str) -> None:
    def program(x):
        return 1.0 if ask(x) else 2.0

    with pytest.raises(TypeError, match=rf"test_value_classes.py:\d+: .*{said}"):
        lg.jit(lg.program(program))(2.0)


def a_sum(a, b):
    return a + b


def a_sum_in_place(a, b):
    total = a
    total += b
    return total


def a_sum_by_a_function(a, b):
    return operator.add(a, b)


@pytest.mark.parametrize("add", [a_sum, a_sum_in_place, a_sum_by_a_function])
@pytest.mark.parametrize(
    "pair",
    [
        lambda x: (int(x) > 0, x > 1),
        lambda x: (not x < 0, True),
        lambda x: (False, 0 < x < 5),
    ],
)
def test_the_sum_of_truth_values_is_an_error(add: Any, pair: Any) -> None:
    """It was `or`, as that of bools of NumPy; the sum of two bools of Python is a number."""

    def program(x):
        return add(*pair(x))

    with pytest.raises(TypeError, match=r"test_value_classes.py:\d+: .*whose sum is a number"):
        lg.jit(lg.program(program))(2.0)


def test_sums_of_truth_values_and_numbers() -> None:
    def program(x):
        f, g = x > 0, x > 1
        v = np.zeros(2) + x
        count = 0
        count += f
        count += g
        return [count, int(f) + int(g), 1.5 + f, sum([f, g, f]), f | g, np.sum((v > 0) + (v > 1))]

    found = lg.jit(lg.program(program), backend="numpy")
    for x in (1.5, -1.5, 0.5):
        compare([y * 1.0 for y in found(x)], [y * 1.0 for y in program(x)])


def of_elements(x):
    """A traced element of an array was an array, and a number with a length."""
    v = np.zeros(3) + x
    kinds = np.ndarray, np.generic, float, Iterable, Sized, Sequence, numbers.Real, object
    return [
        1.0 if isinstance(y, kind) else 2.0
        for y in (v, v[0], np.sum(v), x, int(x))
        for kind in kinds
    ]


def attributes(x):
    """A traced float had a shape."""
    v = np.zeros(3) + x
    names = "shape", "__len__", "__iter__", "tolist", "is_integer", "bit_length", "ndim"
    found = [hasattr(y, name) for y in (v, v[0], x, int(x), v[v > 1]) for name in names]
    found += [getattr(x, "size", 3) == 3, getattr(v, "size", 4) == 3, getattr(x, "real", 5.0) == x]
    return [1.0 if flag else 2.0 for flag in found]


def attributes_in_a_try(x):
    found = []
    for v in (x, np.zeros(3) + x):
        try:
            found.append(v.shape[0] * 1.0)
        except AttributeError:
            found.append(10.0)
    return found


class Wave:
    def __init__(self, height):
        self.height = height

    @property
    def energy(self):
        if self.height > 0:
            return self.height**2
        return -self.height


def properties_by_name(x):
    wave = Wave(x)
    return getattr(wave, "energy"), getattr(wave, "energy", 1.0), getattr(wave, "other", 2.0)  # noqa: B009


@pytest.mark.parametrize("fn", [of_elements, attributes, attributes_in_a_try, properties_by_name])
def test_what_traced_values_are_in_python(fn: Any) -> None:
    found = lg.jit(lg.program(fn), backend="numpy")
    for x in (1.5, -1.5):
        compare(found(x), fn(x))


def scalars(x):
    """`np.isscalar` of numbers, elements and sums, and of arrays, also without dimensions."""
    y = np.zeros(3) + x
    found = [x, x * 2, y[0], np.sum(y), np.float32(x), int(x), x > 0, y, y[:1], np.asarray(y[0])]
    return [5.0 if np.isscalar(v) else 7.0 for v in (*found, None, "m", [x])]


def covariance(P, n):
    """A number stands for a multiple of the identity."""
    if np.isscalar(P):
        P = np.eye(n) * P
    return np.linalg.cholesky(P)


def scalar_or_none(x):
    best = None
    if x > 0:
        best = x
    return 1.0 if np.isscalar(best) else 2.0


def test_scalars_are_scalars() -> None:
    """`np.isscalar` of a traced number was False, and the program took the other branch."""
    for backend in ("cpu", "numpy"):
        for fn in (scalars, scalar_or_none):
            for x in (1.5, -1.5):
                compare(lg.jit(lg.program(fn), backend=backend)(x), fn(x))
    compare(lg.jit(lg.program(covariance))(4.0, 2), covariance(4.0, 2))
    compare(lg.jit(lg.program(covariance))(4 * np.eye(2), 2), covariance(4 * np.eye(2), 2))
    slope = lg.grad(lg.program(lambda p: np.sum(covariance(p, 3))))(4.0)
    np.testing.assert_allclose(slope, 0.75)


def test_an_array_without_dimensions_is_strong() -> None:
    """`np.asarray` of a traced Python float was weak, as the float is."""
    narrow = np.ones(2, np.float32)

    def product(x):
        return np.asarray(x) * narrow

    compare(lg.jit(lg.program(product))(2.0), product(2.0))
