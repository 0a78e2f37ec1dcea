"""Arguments that Python calls equal, and that a function can tell apart: each has its own trace."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg
from letgrad.extend import LetgradError


@dataclass(frozen=True)
class Setting:
    value: Any


class Point(NamedTuple):
    x: Any
    y: Any


class Letter(StrEnum):
    A = "a"


class Tagged(str):
    """A string with more than its text."""

    scale = 1.0


def tagged(scale: float) -> Tagged:
    made = Tagged("a")
    made.scale = scale
    return made


def is_of(*kinds: type) -> Any:
    """A function that asks for the class of a value in a tuple."""
    return lambda x, k: x * (2.0 + kinds.index(type(k[0])))


def of_float(x: Any, k: Any) -> Any:
    """What a function makes of a number that may be 0.0 or -0.0."""
    return np.copysign(x, k)


def of_class(x: Any, k: Any) -> Any:
    """What a function makes of a number whose class it asks for."""
    return x * {bool: 2.0, int: 3.0, float: 4.0, np.int64: 5.0, np.bool_: 6.0}[type(k)]


UNEQUAL = [
    (of_float, [0.0, -0.0, np.float64(0.0), np.float64(-0.0)], lambda k: k),
    (lambda x, k: of_float(x, k[1][0]), [0.0, -0.0], lambda k: ("a", (k,))),
    (lambda x, k: of_float(x, k.value), [0.0, -0.0], Setting),
    (lambda x, k: of_float(x, k.real), [0.0, -0.0], lambda k: complex(k, 1.0)),
    (lambda x, k: of_float(x, k.imag), [0.0, -0.0], lambda k: complex(1.0, k)),
    (lambda x, k: of_float(x, next(iter(k))), [0.0, -0.0], lambda k: frozenset([k])),
    (of_class, [1, True, 1.0, np.int64(1), np.True_], lambda k: k),
    (lambda x, k: of_class(x, k[0]), [1, True, 1.0, np.int64(1)], lambda k: (k,)),
    (lambda x, k: of_class(x, k.value), [1, True, 1.0], Setting),
    (lambda x, k: of_class(x, k.value[0]), [1, True, 1.0], lambda k: Setting((k,))),
    (lambda x, k: of_class(x, next(iter(k))), [1, True, 1.0], lambda k: frozenset([k])),
    (lambda x, k: x * next(iter(k)), [(8, 16), (16, 8)], frozenset),
    (lambda x, k: x * k.stop, [range(0, 3, 2), range(0, 4, 2)], lambda k: k),
    (lambda x, k: x * k[0].stop, [range(0, 3, 2), range(0, 4, 2)], lambda k: (k,)),
    (is_of(str, Letter), ["a", Letter.A], lambda k: (k,)),
    (is_of(str, np.str_), ["a", np.str_("a")], lambda k: (k,)),
    (is_of(tuple, Point), [("a", "b"), Point("a", "b")], lambda k: (k,)),
    (is_of(float, Fraction), [0.5, Fraction(1, 2)], lambda k: (k,)),
    (lambda x, k: x * len(str(k)), [Decimal("1.0"), Decimal("1.00")], lambda k: k),
    (lambda x, k: x * len(str(k.value)), [Decimal("1.0"), Decimal("1.00")], Setting),
    (lambda x, k: x * k.scale, [tagged(2.0), tagged(3.0)], lambda k: k),
    (lambda x, k: x * k[0].scale, [tagged(2.0), tagged(3.0)], lambda k: (k,)),
    (
        lambda x, k: x * k.astype(int),
        [np.timedelta64(1, "D"), np.timedelta64(24, "h")],
        lambda k: k,
    ),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", range(len(UNEQUAL)))
def test_static_arguments_that_are_equal_and_differ(case: int):
    f, numbers, wrapped = UNEQUAL[case]
    values = [wrapped(k) for k in numbers]
    jitted, slope = lg.jit(f, static_argnums=1), lg.grad(f, static_argnums=1)
    for value in (*values, *values):
        np.testing.assert_array_equal(jitted(1.0, value), f(1.0, value))
        assert slope(1.0, value) == f(1.0, value)


def test_static_arguments_that_are_alike_share_a_trace():
    traces = []

    def f(x: Any, k: Any) -> Any:
        traces.append(k)
        return x

    jitted = lg.jit(f, static_argnums=1)
    for _ in range(2):
        jitted(1.0, (0.0, ("a", True), Setting(2), range(3), Letter.A, Decimal("1.0"), Point(1, 2)))
    assert len(traces) == 1


def test_keys_that_are_equal_and_differ():
    doubled = lg.jit(lambda d: {k: 2 * x for k, x in d.items()})
    for key in (1, True, 1.0, 1):
        assert [type(k) for k in doubled({key: 1.0})] == [type(key)]


def joined(d: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate(list(d.values()))


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_a_function_sees_the_keys_of_a_dict_in_their_order(backend: str):
    f = lg.jit(joined, backend=backend)
    a, b = np.array([0.0, 1.0]), np.array([2.0, 3.0])
    for d in ({"b": b, "a": a}, {"a": a, "b": b}, {"b": b, "a": a}):
        np.testing.assert_array_equal(f(d), joined(d))


def test_derivatives_see_the_keys_in_their_order_too():
    weights = np.array([1.0, 10.0, 100.0])

    def f(d):
        return np.sum(joined(d) ** 2 * weights)

    d = {"b": np.array([1.0]), "a": np.array([1.0, 1.0])}
    slopes = lg.grad(f)(d)
    assert list(slopes) == ["b", "a"]
    np.testing.assert_array_equal(slopes["b"], [2.0])
    np.testing.assert_array_equal(slopes["a"], [20.0, 200.0])
    value, tangent = lg.jvp(joined, (d,), (d,))
    np.testing.assert_array_equal(value, tangent)
    turned = {"a": d["a"], "b": d["b"]}
    np.testing.assert_array_equal(lg.jvp(joined, (d,), (turned,))[1], tangent)
    np.testing.assert_array_equal(lg.grad(f)(turned)["b"], [200.0])
    rows = lg.vmap(joined)({"b": np.ones((2, 1)), "a": np.zeros((2, 2))})
    np.testing.assert_array_equal(rows, [[1.0, 0.0, 0.0]] * 2)
    assert list(lg.jacrev(joined)(d)) == list(lg.jacfwd(joined)(d)) == ["b", "a"]


def test_named_arguments_come_in_their_order():
    f = lg.jit(lambda **named: list(named.values()))
    assert f(b=1.0, a=2.0) == [1.0, 2.0]
    assert f(a=2.0, b=1.0) == [2.0, 1.0]


def test_dicts_of_the_same_keys_have_one_structure():
    first, second = {"w": 1.0, "b": 2.0}, {"b": 2.0, "w": 1.0}
    assert lg.tree.structure(first) == lg.tree.structure(second)
    assert lg.tree.leaves(first) == lg.tree.leaves(second) == [2.0, 1.0]
    assert list(lg.tree.map(lambda p, q: p - q, first, second)) == ["w", "b"]
    carry, _ = lg.scan(lambda c, x: ({"b": c["b"] + x, "w": c["w"]}, None), first, np.ones(3))
    assert list(carry.items()) == [("w", 1.0), ("b", 5.0)]

    def either(x):
        return lg.cond(x > 0, lambda: {"b": x, "a": 2 * x}, lambda: {"b": x, "a": 3 * x})

    assert list(lg.jit(either)(-1.0).items()) == [("b", -1.0), ("a", -3.0)]


def test_branches_give_dicts_of_one_order():
    """The dict had the order of the first branch."""

    def either(x):
        return lg.cond(x > 0, lambda: {"a": x, "b": 2 * x}, lambda: {"b": x, "a": 3 * x})

    with pytest.raises(TypeError, match=r"test_equal_arguments.py:\d+: .*in two orders"):
        lg.jit(either)(-1.0)


@pytest.mark.parametrize(
    "d",
    [
        OrderedDict([("b", 1.0), ("a", 2.0)]),
        defaultdict(lambda: 5.0, {"b": 1.0, "a": 2.0}),
        Counter({"b": 1, "a": 2}),
    ],
)
def test_dicts_of_pythons_classes_keep_their_class(d: Any):
    same = lg.jit(lambda d: d)(d)
    assert type(same) is type(d) and same == d and list(same) == list(d)


def test_an_ordered_dict_and_a_defaultdict_behave_as_such():
    moved = OrderedDict([("b", 1.0), ("a", 2.0)])
    last = lg.jit(lambda d: (d.move_to_end("b"), next(reversed(d.values())))[1])
    assert last(moved) == 1.0
    new = lg.jit(lambda d: d["new"] + d["a"])
    assert new(defaultdict(lambda: 5.0, {"a": 2.0})) == 7.0
    assert new(defaultdict(lambda: 6.0, {"a": 2.0})) == 8.0
    assert lg.grad(lambda d: d["a"] ** 2 + d["new"])(defaultdict(float, a=3.0)) == {"a": 6.0}


def test_a_defaultdict_that_each_call_makes_anew_has_one_trace():
    traces = []

    def f(d: Any) -> Any:
        traces.append(d)
        return d["a"]

    jitted = lg.jit(f)
    for _ in range(3):
        jitted(defaultdict(lambda: 5.0, {"a": 2.0}))
    assert len(traces) == 1


def made(text: str, values: list[Any]) -> list[Any]:
    """Functions of the same code, with other defaults."""
    maker = eval(f"lambda z: {text}")
    return [maker(z) for z in values]


@pytest.mark.parametrize(
    "functions",
    [
        made("lambda *, k=z: k", [5.0, 6.0]),
        made("lambda k=z: k", [0.0, -0.0]),
        made("lambda k=z: k[0]", [[1.0], [2.0]]),
        made("lambda *, k=z: k[0]", [[1.0], [2.0]]),
        [FunctionType(compile("k", "code", "eval"), {"k": k}) for k in (3.0, 4.0)],
    ],
)
def test_functions_of_equal_code_that_give_other_values(functions: list[Any]):
    new = lg.jit(lambda x, d: np.copysign(1.0, d["new"]) * x + d["new"])
    for make in (*functions, *functions):
        d = defaultdict(make, {"a": 2.0})
        np.testing.assert_array_equal(new(1.0, d), np.copysign(1.0, make()) + make())


def test_a_value_without_a_hash_is_an_error_with_a_place():
    f = lg.jit(lambda x, s: x)
    with pytest.raises(TypeError, match=r"a slice decides .*unhashable type: 'nump") as error:
        f(np.ones(3), slice(np.array(1), None))
    assert Path(__file__).name in str(error.value)


def saved(f: Any, path: Path) -> Any:
    f.save(path / "f.mlir")
    return lg.load(path / "f.mlir")


def test_a_saved_function_takes_the_orders_of_its_calls_and_a_single_one_takes_all(tmp_path: Path):
    a, b, c = np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.array([4.0, 5.0])
    f = lg.jit(joined)
    f({"b": b, "a": a, "c": c})
    loaded = saved(f, tmp_path)
    for d in ({"b": b, "a": a, "c": c}, {"a": a, "b": b, "c": c}, OrderedDict(c=c, b=b, a=a)):
        np.testing.assert_array_equal(loaded(d), [2.0, 3, 0, 1, 4, 5])
    f({"a": a, "b": b, "c": c})
    f(OrderedDict(c=c, b=b, a=a))
    loaded = saved(f, tmp_path)
    kinds = ({"b": b, "a": a, "c": c}, {"a": a, "b": b, "c": c}, OrderedDict(c=c, b=b, a=a))
    for d in kinds:
        np.testing.assert_array_equal(loaded(d), joined(d))
    message = (
        r"several orders of these dicts, and not this one: it was given .*\{'c': \*, 'a': \*, 'b'.*"
        r"has .*\{'b': \*, 'a': \*, 'c': \*\}.*\{'a': \*, 'b': \*, 'c': .*OrderedDict\(\{'c': "
    )
    with pytest.raises(TypeError, match=message):
        loaded({"c": c, "a": a, "b": b})
    again = saved(loaded, tmp_path)
    for d in kinds:
        np.testing.assert_array_equal(again(d), joined(d))


def test_results_of_a_saved_function_keep_their_order_and_class(tmp_path: Path):
    f = lg.jit(lambda d: {"z": d["w"], "b": OrderedDict(c=d["b"], a=d["w"])})
    f({"w": 1.0, "b": 2.0})
    found = saved(f, tmp_path)({"b": 2.0, "w": 1.0})
    assert list(found) == ["z", "b"] and found["z"] == 1.0
    assert found["b"] == OrderedDict(c=2.0, a=1.0)


def test_programs_that_a_file_cannot_tell_apart_are_not_saved(tmp_path: Path):
    f = lg.jit(lambda d: 2 * d["a"])
    f(defaultdict(lambda: 5.0, {"a": 2.0}))
    assert saved(f, tmp_path)(defaultdict(lambda: 5.0, {"a": 3.0})) == 6.0
    f(defaultdict(lambda: 6.0, {"a": 2.0}))
    with pytest.raises(LetgradError, match=r"two programs for .*defaultdict"):
        f.save(tmp_path / "f.mlir")


def test_a_default_is_a_new_key_of_the_caller(tmp_path: Path):
    f, d = lg.jit(lambda d: d["new"] + d["a"]), defaultdict(lambda: 5.0, {"a": 2.0})
    assert f(d) == 7.0 and d == {"a": 2.0, "new": 5.0}
    with pytest.raises(LetgradError, match=r"changes argument 0, a defaultdict"):
        f.save(tmp_path / "f.mlir")


def test_format_1_has_no_orders(tmp_path: Path):
    path, f = tmp_path / "f.mlir", lg.jit(joined)
    f.save(path, {"b": np.ones(1), "a": np.ones(1)})
    assert path.read_text().startswith("// A function that letgrad saved, format 2\n")
    f.save(path, {"a": np.ones(1), "b": np.ones(1)})
    path.write_text(path.read_text().replace("format 2", "format 1", 1))
    np.testing.assert_array_equal(lg.load(path)({"b": np.ones(1), "a": np.zeros(1)}), [0.0, 1.0])


def test_slices_are_part_of_the_structure():
    x = np.arange(5.0)

    def part(x, s):
        return x[s]

    def total(x, s):
        return np.sum(x[s])

    for s in (slice(0, 2), slice(1, None, 2), slice(0, 2)):
        np.testing.assert_array_equal(lg.jit(part)(x, s), x[s])
        np.testing.assert_array_equal(lg.jit(part, static_argnums=1)(x, s), x[s])
        ones = np.isin(np.arange(5), np.arange(5)[s])
        np.testing.assert_array_equal(lg.grad(total)(x, s), ones)
        np.testing.assert_array_equal(lg.grad(total, static_argnums=1)(x, s), ones)


class Equal:
    """A function without a hash, as its class states when two are equal."""

    def __eq__(self, other: object) -> bool:
        return True

    def __call__(self, x: Any) -> Any:
        return x


def test_an_argument_without_a_hash_is_one_located_error():
    with pytest.raises(TypeError, match=r"test_equal_arguments.py:\d+: a Equal .* has no hash"):
        lg.jit(lambda x, f: f(x))(1.0, Equal())


def test_a_new_shape_of_an_argument_is_one_located_error():
    def turned(x: Any) -> Any:
        x.shape = (2, 1)
        return x

    with pytest.raises(TypeError, match=r"test_equal_arguments.py:\d+: .* the shape \(2, 1\) in "):
        lg.jit(turned)(np.ones(2))
    assert lg.jit(lambda x: turned(x * 1))(np.ones(2)).shape == (2, 1)
