"""
`ten-simplify-gather-scatter`: it keeps the meaning of any program of gathers and scatters, and
makes of known ones what they should be. What each rule does is in tests/filecheck.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import ModulePass

import letgrad as lg
from letgrad.dialects import ten
from letgrad.dialects.types import ints, shape
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.driver import Observer, observing
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.gather_scatter import SimplifyGatherScatterPass, rules
from letgrad.passes.simplify.gather_scatter.index_regions import facts
from letgrad.passes.simplify.index_maps import Form, Space, index_map
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

from .generators import arguments, random_program, same
from .index_programs import index_program
from .test_generated import check_meaning, context, text

pytestmark = pytest.mark.sampled(4)

CASES = Path(__file__).parent / "filecheck" / "passes" / "ten-simplify-gather-scatter"
Simplify = SimplifyGatherScatterPass


def applied(module: ModuleOp, *passes: ModulePass) -> ModuleOp:
    module = module.clone()
    for a_pass in passes:
        a_pass.apply(context(), module)
    module.verify()
    return module


def count_ops(module: ModuleOp) -> Counter[str]:
    return Counter(op.name for op in module.walk())


# Any program.


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_gathers_keep_every_bit(first: int) -> None:
    for seed in range(first, first + 50):
        check_meaning(index_program(seed, scatters=False), Simplify(), seed)


@pytest.mark.parametrize("first", range(1000, 1400, 50))
def test_scatters_keep_the_value(first: int) -> None:
    """Small integers: sums of them are the same in any order. Zeros may change their sign."""
    for seed in range(first, first + 50):
        module = index_program(seed)
        args = arguments(module, seed)
        args[0] = np.clip(np.round(np.nan_to_num(args[0])), -9, 9)
        changed = applied(module, Simplify())
        before, after = (Evaluator(m).call("main", args) for m in (module, changed))
        assert np.array_equal(before[0], after[0]), f"{module}\nis now\n{changed}"
        assert text(applied(changed, Simplify())) == text(changed), f"goes on in\n{module}"


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_other_programs_keep_the_meaning(first: int) -> None:
    """Without float scatters and sums, bit for bit."""
    ops = ("ten.gather", "ten.index", "ten.transpose", "ten.pad", "ten.slice", "ten.select",
           "ten.stack", "ten.concat", "ten.cast", "ten.compare", "ten.reshape")  # fmt: skip
    for seed in range(first, first + 20):
        check_meaning(random_program(seed, ops), Simplify(), seed)


def evaluated(forms: Sequence[Form], place: tuple[int, ...]) -> list[int | None]:
    args = [Form(i) for i in place]
    return [Space(()).rebuild(f, args).number for f in forms]


def test_what_is_said_of_maps_holds_at_every_place() -> None:
    """Bounds, and the facts that are recorded, against all values. Each fact is met both ways."""
    met: Counter[tuple[str, bool]] = Counter()
    for seed in range(600):
        for op in index_program(seed, data=False).walk():
            if not isinstance(op, ten.GatherOp | ten.ScatterOp) or (m := index_map(op)) is None:
                continue
            sizes = ints(op.dims) if isinstance(op, ten.ScatterOp) else shape(op.t.type)
            sizes = sizes[: len(m.forms)]
            places = [evaluated(m.forms, p) for p in product(*(range(n) for n in m.domain))]
            if not places or any(None in p for p in places):
                continue
            for k, f in enumerate(m.forms):
                low, high = m.space.bounds(f)
                assert all(low <= p[k] <= high for p in places), f"{f}: {low}..{high} in {op}"
            inside = all(0 <= i < n for p in places for i, n in zip(p, sizes, strict=True))
            holds = {
                "in_bounds": inside,
                "unique": len({tuple(p) for p in places}) == len(places),
                "sorted": inside and places == sorted(places),  # type: ignore[type-var]
            }
            said = facts(m, sizes)
            assert all(holds[name] for name in said), f"{said} of {op}"
            met.update((name, name in said) for name in holds)
    assert set(met) == {(n, s) for n in ("in_bounds", "unique", "sorted") for s in (True, False)}


def test_each_rule_has_a_case_in_which_it_fires() -> None:
    observer = Observer()
    names = set()
    for path in CASES.glob("*.mlir"):
        source = path.read_text()
        names.update(re.findall(r"^func\.func @(\w+)", source, re.MULTILINE))
        if names and "func.func" in re.sub(r"//.*", "", source):
            with observing(observer):
                applied(Parser(context(), source).parse_module(), Simplify("fast" in path.stem))
    for rule in map(type, rules()):
        case = re.sub(r"(?<!^)(?=[A-Z])", "_", rule.__name__).lower()
        assert any(name.startswith(case) for name in names), f"no case for {rule.__name__}"
        assert observer.counts[rule.__name__], f"{rule.__name__} does not fire in the cases"


def chain(length: int, indices: str, op: str) -> ModuleOp:
    lines = [f"%x0 = ten.{op} [64] %x (%i) : tensor<64xf64> -> tensor<64xf64> {{ {indices} }}"]
    for k in range(1, length):
        lines.append(lines[0].replace("%x0", f"%x{k}").replace("%x (", f"%x{k - 1} ("))
    body = "\n".join(lines)
    source = f"""func.func @main(%x: tensor<64xf64>, %p: tensor<64xindex>) -> tensor<64xf64> {{
        %c3 = arith.constant 3 : index
        %c64 = arith.constant 64 : index
        {body}
        func.return %x{length - 1} : tensor<64xf64>
    }}"""
    return Parser(context(), source).parse_module()


@pytest.mark.parametrize("op", ["gather", "scatter"])
@pytest.mark.parametrize(
    "indices",
    [
        "%j = arith.addi %i, %c3 : index ten.yield %j : index",
        "%j = arith.addi %i, %c3 : index %k = arith.remsi %j, %c64 : index ten.yield %k : index",
        "%j = ten.index %p[%i] : tensor<64xindex> -> index ten.yield %j : index",
    ],
    ids=["shift", "rotation", "data"],
)
def test_a_chain_takes_firings_in_proportion(op: str, indices: str) -> None:
    firings = []
    for length in (100, 200):
        observer = Observer()
        with observing(observer):
            applied(chain(length, indices, op), Simplify())
        firings.append(observer.counts.total())
    assert firings[1] <= 2.2 * firings[0] + 20


def test_discarded_regions_leave_no_uses() -> None:
    """What is written only to be counted must not keep a table alive."""
    module = Parser(
        context(),
        """func.func @main(%x: tensor<9xf64>, %p: tensor<4xindex>) -> tensor<4xf64> {
          %y = ten.gather [4] %x (%i) : tensor<9xf64> -> tensor<4xf64> {
            %k = ten.index %p[%i] : tensor<4xindex> -> index
            ten.yield %k : index
          }
          func.return %y : tensor<4xf64>
        }""",
    ).parse_module()
    changed = applied(module, Simplify())
    (function,) = changed.ops
    assert len(list(function.regions[0].block.args[1].uses)) == 1


# Known functions, and their gradients.

PIPELINES: dict[str, tuple[ModulePass, ...]] = {
    "gradient": (GradientPass(),),
    "gradient, simplify": (GradientPass(), Simplify()),
    "simplify, gradient": (Simplify(), GradientPass()),
    "vectorize, simplify, gradient": (VectorizePass(), Simplify(), GradientPass()),
    "all": (VectorizePass(), Simplify(), GradientPass(), Simplify(), CanonicalizePass(), CsePass()),
}


def value_and_gradient(fn: Callable[..., Any], x: Any, pipeline: str) -> tuple[Any, Any, ModuleOp]:
    module = lg.trace(fn, np.asarray(x)[()])
    (function,) = module.ops
    (result,) = function.function_type.outputs.data
    name = function.sym_name.data
    changed = applied(module, *PIPELINES[pipeline])
    ones = np.ones(shape(result))[()]
    value, gradient = Evaluator(changed).call(name, (np.asarray(x)[()], ones))
    assert np.allclose(value, Evaluator(module).call(name, (np.asarray(x)[()],))[0], equal_nan=True)
    return value, gradient, changed


def foo(x, y, z):
    w = x * np.sin(y)
    return np.arctan2(z, w) + z * w


def bar(x, y):
    w = foo(x, y, x) * np.sin(y)
    return np.arctan2(x, w) + y * w


def foo_build(v):
    r, m = v.sum(), v.min()
    return lg.build(3, lambda i: r * foo(3, 5 * r, r * m * m) + bar(r, v[i + 1]))


def nested_build_index(v):
    def middle(a):
        return lg.build(3, lambda b: lg.build(4, lambda c: v[c])[b])[a]

    return lg.build(2, middle)


def braided_builds(r):
    return lg.build(3, lambda a: lg.build(4, lambda b: np.stack([b * 1.0, 7.0, r, -0.2])[a]))


def between(r, n, i, m):
    """r n times, i, and 13 numbers."""
    return np.concatenate([r * np.ones(n), np.stack([i * 1.0]), r * np.ones(m)])


def out_of_bounds(r):
    one = np.stack([r])
    return lg.build(
        7,
        lambda j: np.concatenate(
            [
                lg.gather(5, one, lambda i: (i * 0 - 1,)),
                lg.gather(5, one, lambda i: (i * 0 + 10000,)),
                np.stack([j * 1.0]),
                r * np.ones(13),
            ]
        ),
    )


def condition_of_indices(r):
    a = np.stack([r, 1.0, 2.0, 3.0, 4.0])
    return lg.build(10, lambda i: np.where(i < 5, a[i], a[i - 5]))


def condition_of_quotient(r):
    a = np.stack([r, 1.0, 2.0, 3.0, 4.0])
    return lg.build(10, lambda i: np.where(i < 5, a[i], a[i - 5 + 1 // np.maximum(1, i - 5)]))


def build_out(v):
    return lg.build(2, lambda i: np.where(i == 0, v[i + 1], v.sum(axis=0)))


def gather_of_gather(t):
    return lg.gather(2, lg.gather(4, t, lambda k: (k,)), lambda i: (2 * i, i))


def gather_of_slice(t):
    return lg.gather(2, t[0:4], lambda i: (2 * i, i))


def choice_of_gathers(t):
    return lg.build(5, lambda i: np.where(i > 2, gather_of_gather(t), t[i]))


def gather_of_multiples(t):
    return lg.gather(1, lg.gather(2, t, lambda k: (2 * k,)), lambda i: (3 * i,))


def gathers_of_sums(t):
    inner = lg.gather((2, 3, 4), t, lambda a, b, c: (a + b + c,))
    return lg.gather((2, 3), inner, lambda i, j: (i, j, i + j, i))


def gather_of_sums(t):
    return lg.gather((2, 3), t, lambda i, j: (2 * i + 2 * j, i))


def reshapes(t):
    for sizes in ((2, 2, 3), (3, 1, 1, 4), (1, 12, 1), (3, 1, 2, 1, 1, 2), (2, 6)):
        t = t.reshape(sizes)
    return t


def times_index(fn):
    return lambda t: lg.build(4, lambda i: fn(t * (i * 1.0)))


T16 = [5, 2, 6, 1, -2, 1e-6, 0.1, -0.2, 13.1, 9, 8, -4, 34, 2.99432, -33, 26]
T16 = np.array(T16).reshape(2, 2, 1, 2, 2)
T14 = np.array([[0.0, 1.0]] * 7)
SUMS = np.array([[1, 0], [0, 0], [1, 1], [0, 0], [1, 1], [0, 0], [0, 1]], float)
TWO = np.array([[1, 0], [0, 0], [0, 1], *[[0, 0]] * 4], float)
TABLE: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "27": (foo_build, [1.1, 2.2, 3.3, 4.0],
           [-4521.201512195087, -5568.7163677622175, -5298.386349932494, -4907.349735554627]),
    "31": (nested_build_index, [1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 0, 0, 0]),
    "32": (lambda x: lg.build(10, lambda i: x * i).sum(), 1.1, 45),
    "34": (braided_builds, 3.4, 4),
    "36": (lambda r: lg.build(7, lambda i: between(r, 5, i, 13)), 3.4, 126),
    "37": (condition_of_indices, 3.4, 2),
    "38": (condition_of_quotient, 3.4, 1),
    "43": (out_of_bounds, 3.4, 91),
    "44": (lambda r: lg.gather(5, np.stack([r]), lambda i: (i * 0 - 1,)), 3.4, 0),
    "52": (build_out, T16, np.repeat([1.0, 2.0], 8).reshape(T16.shape) * 0
           + np.array([1.0, 2.0]).reshape(2, 1, 1, 1, 1)),
    "57": (gather_of_gather, T14, TWO),
    "57 of a slice": (gather_of_slice, T14, TWO),
    "58": (choice_of_gathers, T14, [[3, 1], [1, 1], [1, 3], *[[0, 0]] * 4]),
    "59": (gather_of_multiples, [0.1] * 4, [1, 0, 0, 0]),
    "60": (gathers_of_sums, T14, SUMS),
    "60 as one": (gather_of_sums, T14, SUMS),
    "60 in a build": (times_index(gathers_of_sums), T14, 6 * SUMS),
    "62": (reshapes, np.arange(12.0).reshape(6, 2), np.ones((6, 2))),
    "62 in a build": (times_index(reshapes), np.arange(12.0).reshape(6, 2), np.full((6, 2), 6.0)),
}  # fmt: skip


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("row", TABLE)
def test_gradients_of_builds_and_gathers(row: str, pipeline: str) -> None:
    fn, x, expected = TABLE[row]
    x = np.asarray(x, np.float64)[()]
    _, gradient, _ = value_and_gradient(fn, x, pipeline)
    assert np.allclose(gradient, expected, rtol=1e-10), gradient


def test_a_chain_of_reshapes_is_one() -> None:
    module = applied(lg.trace(reshapes, np.zeros((6, 2))), VectorizePass(), Simplify())
    assert count_ops(module)["ten.reshape"] == 1


CONVOLUTIONS: dict[str, tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = {
    "1-D": (lambda x, w: lg.build(6, lambda i: sum(x[i + k] * w[k] for k in range(3))), (8,), (3,)),
    "1-D, padded": (
        lambda x, w: lg.build(8, lambda i: sum(x[i + k - 1] * w[k] for k in range(3))), (8,), (3,)),
    "1-D, of builds": (
        lambda x, w: lg.build(6, lambda i: lg.build(3, lambda k: x[i + k] * w[k]).sum()),
        (8,), (3,)),
    "1-D, in steps": (
        lambda x, w: lg.build(4, lambda i: lg.build(3, lambda k: x[2 * i + k] * w[k]).sum()),
        (9,), (3,)),
    "2-D": (
        lambda x, w: lg.build((4, 5), lambda i, j: sum(
            x[i + p, j + q] * w[p, q] for p in range(2) for q in range(3))),
        (5, 7), (2, 3)),
    "2-D, of builds": (
        lambda x, w: lg.build((4, 5), lambda i, j: lg.build(
            (2, 3), lambda p, q: x[i + p, j + q] * w[p, q]).sum()),
        (5, 7), (2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions_have_no_scatter(name: str, fast: bool) -> None:
    """Slices and pads, or windows: gathers that add and subtract indices, and read nothing."""
    fn, image, kernel = CONVOLUTIONS[name]
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=image), rng.normal(size=kernel)
    module = lg.trace(fn, x, w)
    (function,) = module.ops
    entry = function.sym_name.data
    ct = rng.normal(size=shape(function.function_type.outputs.data[0]))
    plain = applied(module, GradientPass())
    for first in ((), (VectorizePass(), Simplify())):
        changed = applied(module, *first, GradientPass(), Simplify(fast))
        assert "ten.scatter" not in count_ops(changed)
        for op in changed.walk():
            if isinstance(op, ten.GatherOp):
                names = {inner.name for inner in op.block.ops}
                assert names <= {
                    "arith.addi",
                    "arith.subi",
                    "arith.muli",
                    "arith.constant",
                    "ten.yield",
                }
        results = Evaluator(changed).call(entry, (x, w, ct))
        expected = Evaluator(plain).call(entry, (x, w, ct))
        assert all(np.allclose(a, b) for a, b in zip(results, expected, strict=True))


@pytest.mark.parametrize("name", ["relu", "reluMax", "reluT2", "reluMaxT2"])
@pytest.mark.parametrize("pipeline", ["gradient, simplify", "all"])
def test_relus_are_selects(name: str, pipeline: str) -> None:
    """With infinities, too: what is not chosen does not count."""
    source = (Path(__file__).parents[1] / "examples" / f"{name}.mlir").read_text()
    module = Parser(context(), source).parse_module()
    changed = applied(module, *PIPELINES[pipeline])
    assert not {"ten.gather", "ten.scatter", "ten.index"} & set(count_ops(changed))
    args = arguments(changed, 1, name)
    expected = Evaluator(applied(module, GradientPass())).call(name, args)
    for a, b in zip(Evaluator(changed).call(name, args), expected, strict=True):
        assert same(a, b) or np.array_equal(a, b, equal_nan=True)


LONG = np.arange(10_000)
TABLES = {
    "counts": (LONG, True),
    "counts down": (LONG[::-1].copy(), True),
    "in steps": (np.arange(0, 10_000, 3), True),
    "equal": (np.full(10_000, 7), True),
    "one is off": (np.where(LONG == 5_000, 0, LONG), True),
    "the first is off": (np.where(LONG == 0, 5, LONG), True),
    "the last is off": (np.where(LONG == 9_999, 5, LONG), True),
    "three are off": (np.where(LONG % 2_500 == 77, 5, LONG), False),
    "each third is off": (np.where(LONG % 3 == 0, 5, LONG), False),
    "wraps around": (LONG[:5] * (1 << 61), False),
    "wraps around and back": (np.array([0, 1 << 62, -(1 << 63), -(1 << 62), 0]), False),
    "a few bits wrap around": (LONG[:5_000].astype(np.int8), False),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_any_length_that_counts_is_no_table(name: str) -> None:
    table, counts = TABLES[name]
    x = np.arange(10_000.0)
    module = lg.trace(lambda x: lg.gather(table.shape, x, lambda i: lg.asarray(table)[i]), x)
    plain = applied(module)
    changed = applied(module, Simplify())
    constants = [op.result for op in changed.walk() if isinstance(op, ConstantOp)]
    assert any(shape(x.type) for x in constants) != counts
    (expected,), (actual,) = (Evaluator(m).call("lambda", (x,)) for m in (plain, changed))
    np.testing.assert_array_equal(actual, expected)
