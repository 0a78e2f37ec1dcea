"""
`kernel-find-recurrences`: all short steps of a family, before and after the pass, by the reference;
and the kernels of recurrences beside the loop, also where composed steps would lose what it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.nests import find_recurrences
from letgrad.lowering.nests.find_recurrences import FindRecurrencesPass
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting import diagnostics

from .generators import same

Op = Callable[[Any, Any, Any], Any]

# What a step may do to h, with a row a and a mask m.
OPS: dict[str, Op] = {
    "h + a": lambda h, a, m: h + a,
    "a + h": lambda h, a, m: a + h,
    "h - a": lambda h, a, m: h - a,
    "a - h": lambda h, a, m: a - h,
    "h * a": lambda h, a, m: h * a,
    "-h": lambda h, a, m: -h,
    "h + h": lambda h, a, m: h + h,
    "h where m": lambda h, a, m: np.where(m, h, 0.0),
    "0 where m": lambda h, a, m: np.where(m, 0.0, h),
    "-0.0 else": lambda h, a, m: np.where(m, h, -0.0),
    "a else": lambda h, a, m: np.where(m, h, a),
    "a where m": lambda h, a, m: np.where(m, a, h),
    "max": lambda h, a, m: np.maximum(h, a),
    "min": lambda h, a, m: np.minimum(a, h),
    "h + f(h)": lambda h, a, m: h + 0.5 * (a - h),
    "f(h) + g(h)": lambda h, a, m: (h * a + 2.0) + (a - h * 0.25),
    "h - f(h)": lambda h, a, m: h - a * h,
    "settled": lambda h, a, m: np.where((h * a == h * a) | (h != 0), h * a, 0.0),
}
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -2.5, 0.3, 1e200, -1e-200])
TOGETHER = {"max", "min"}


def step_of(names: Sequence[str]) -> Callable[[Any, Any], Any]:
    def step(h: Any, row: Any) -> tuple[Any, Any]:
        a, m = row
        t = h
        for name in names:
            t = OPS[name](t, a, m)
        return t, t - h

    return step


def optimized(f: Callable[..., Any], *args: Any) -> ModuleOp:
    module = lg.trace(f, *args)
    OptimizePass().apply(backends.context(), module)
    return module


def after_the_pass(module: ModuleOp) -> ModuleOp:
    new = module.clone()
    FindRecurrencesPass().apply(backends.context(), new)
    new.verify()
    return new


def entry(module: ModuleOp) -> str:
    return next(iter(module.ops)).sym_name.data  # type: ignore[attr-defined]


def numbers(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.where(
        random.random(shape) < 0.3, random.choice(SPECIAL, shape), random.standard_normal(shape)
    )


def family() -> Iterator[tuple[tuple[str, ...], tuple[int, ...], bool]]:
    """Steps of one and two ops, and a sample of those of three; shapes of h; both directions."""
    steps = [*product(OPS, repeat=1), *product(OPS, repeat=2)]
    steps += Random(0).sample([*product(OPS, repeat=3)], 60)
    shapes = [(), (2,), (0,), (1, 3)]
    for k, names in enumerate(steps):
        yield names, shapes[k % 4], k % 3 == 0


def is_one(names: Sequence[str]) -> bool:
    """Whether the pass makes a recurrence of a step: not of a maximum beside other ops."""
    extrema = TOGETHER & set(names)
    sums = {"h + a", "a + h", "h - a"}
    return not extrema or (len(extrema) == 1 and set(names) <= extrema | sums)


@pytest.mark.slow
def test_the_pass_keeps_each_value_in_the_whole_family():
    fired = 0
    for k, (names, shape, reverse) in enumerate(family()):
        random = np.random.default_rng(k)
        n = 8 + k % 3
        h, a = numbers(random, shape), numbers(random, (n, *shape))
        m = random.random((n, *shape)) < 0.6

        def f(h: Any, a: Any, m: Any) -> Any:
            return lg.scan(step_of(names), h, (a, m), reverse=reverse)  # noqa: B023

        before = optimized(f, h, a, m)
        after = after_the_pass(before)
        found = "kernel.recurrence" in str(after)
        if is_one(names) and a.size:
            assert found or "ten.scan" not in str(before), f"{names}\n{after}"
        fired += found
        expected = Evaluator(before).call(entry(before), (h, a, m))
        results = Evaluator(after).call(entry(after), (h, a, m))
        for x, y in zip(results, expected, strict=True):
            assert same(x, y), f"{names}: {y} became {x} in\n{after}"
    assert fired > 250


def test_a_selected_zero_keeps_its_sign(monkeypatch: pytest.MonkeyPatch):
    """The family would tell: with 0.0 instead of -0.0 as the other part, a sum loses the sign."""
    monkeypatch.setattr(find_recurrences, "_is_zero", lambda x: True)
    with pytest.raises(AssertionError, match=r"a else|a where m|-0.0 else"):
        test_the_pass_keeps_each_value_in_the_whole_family()


def test_carried_values_that_depend_on_each_other_in_one_direction():
    def f(x: Any, a: Any) -> Any:
        def step(c: Any, r: Any) -> Any:
            p, q, s = c
            return (p + q * s, q * r + 1.0, s * 0.5), p

        return lg.scan(step, (x, x, x), a)

    x, a = np.float64(0.7), np.linspace(-1, 1, 9)
    before = optimized(f, x, a)
    after = after_the_pass(before)
    assert str(after).count("kernel.recurrence") == 3 and "ten.scan" not in str(after)
    expected, results = (Evaluator(m).call(entry(m), (x, a)) for m in (before, after))
    assert all(same(x, y) for x, y in zip(results, expected, strict=True))


def test_a_step_that_forgets_is_a_recurrence_too():
    """h[k] is the row before; the second value follows it."""

    def f(x: Any, a: Any) -> Any:
        return lg.scan(lambda c, r: ((r, c[0] + c[1]), c[0]), (x, x), a)

    x, a = np.float64(-0.0), np.array([1.0, -0.0, np.nan, 2.0, -0.0, 3.0, np.inf, 1.0])
    before = optimized(f, x, a)
    after = after_the_pass(before)
    assert "ten.scan" not in str(after)
    expected, results = (Evaluator(m).call(entry(m), (x, a)) for m in (before, after))
    assert all(same(x, y) for x, y in zip(results, expected, strict=True))


@pytest.mark.parametrize(
    "step",
    [
        lambda h, r: (h * h + r, h),
        lambda h, r: (np.sin(h), h),
        lambda h, r: (np.where(h > 0, h, r), h),
        lambda h, r: (h[::-1] + r, h),
        lambda h, r: (r / h, h),
    ],
    ids=["product", "sine", "own mask", "reversed", "quotient"],
)
def test_other_steps_stay_a_loop(step: Any):
    x, a = np.array([0.4, 0.9]), np.ones((9, 2))
    with lg.remarks() as found:
        after = after_the_pass(optimized(lambda x, a: lg.scan(step, x, a), x, a))
    assert "kernel.recurrence" not in str(after) and "ten.scan" in str(after)
    assert "the 9 steps of the loop run one after the other" in str(found)


def test_shared_parts_of_both_sides_do_not_double_forever():
    """Each sum has two sides that begin alike. Written as actions, they would be 2⁴⁰ of them."""

    def step(h: Any, r: Any) -> Any:
        for k in range(40):
            h = h * (r + k) + (h * 0.5) * 0.25
        return h, None

    f = lambda x, a: lg.scan(step, x, a)[0]  # noqa: E731
    after = after_the_pass(optimized(f, 1.0, np.ones(9)))
    assert "kernel.recurrence" not in str(after)


# Kernels.

BAD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e200, 1e-200, -1e300, 2.0, -1.0, 0.5])


@pytest.fixture
def triton() -> Any:
    return pytest.importorskip("triton", reason="Triton has no wheel for this system")


@pytest.fixture
def small_blocks(triton: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Few steps in a block, so that short loops have several blocks."""
    from letgrad.lowering.triton import recurrence

    monkeypatch.setattr(recurrence, "STEPS", 16)
    monkeypatch.setattr(recurrence, "LANES", 4)
    return recurrence


def agree(f: Any, *args: Any, tolerance: float = 1e-10) -> None:
    """The kernels give what the loop of the reference gives, also NaN and infinities."""
    with diagnostics.handling(lambda diagnostic: None):
        results = lg.jit(f, backend="triton")(*args)
    expected = lg.jit(f, backend="numpy")(*args)
    for x, y in zip(lg_leaves(results), lg_leaves(expected), strict=True):
        assert x.dtype == y.dtype
        x, y = (np.asarray(v, np.float64 if v.dtype.kind != "i" else None) for v in (x, y))
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def lg_leaves(value: Any) -> list[Any]:
    return [x for part in value for x in lg_leaves(part)] if isinstance(value, tuple) else [value]


def affine(a: Any, b: Any, reverse: bool = False, h: Any = 0.0) -> Any:
    return lg.scan(lambda h, r: (r[0] * h + r[1], h), h, (a, b), reverse=reverse)


KERNELS: dict[str, Callable[..., Any]] = {
    "affine": affine,
    "backwards": lambda a, b: affine(a, b, reverse=True),
    "gradient": lambda a, b: lg.grad(lambda a, b: np.sum(affine(a, b)[1] ** 2), (0, 1))(a, b),
    "sum": lambda a, b: lg.scan(lambda h, r: (h + r, h), 0.0, a),
    "maximum": lambda a, b: lg.scan(lambda h, r: (np.maximum(h, r), h), -0.0, a),
    "minimum": lambda a, b: lg.scan(lambda h, r: (np.minimum(h, r), h), 1.0, a, reverse=True),
    "queue": lambda a, b: lg.scan(lambda h, r: (np.maximum(h + r[0], r[1]), h), 0.0, (a, b)),
    "best": lambda a, b: lg.scan(lambda h, r: (np.minimum(h, r[0]) + r[1], h), np.inf, (a, b)),
    "restarts": lambda a, b: lg.scan(lambda h, r: (np.where(r[1] > 0, h + r[0], r[0]), h), 0.0,
                                     (a, b)),
    "leaks": lambda a, b: lg.scan(lambda h, r: (h + 0.3 * (r[0] - h) * r[1], h), 0.0, (a, b)),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_agree_with_the_loop(name: str, small_blocks: Any):
    random = np.random.default_rng(1)
    for n in (8, 16, 17, 50):
        agree(KERNELS[name], random.uniform(-1, 1, n), random.standard_normal(n))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_agree_with_the_loop_on_special_numbers(name: str, small_blocks: Any):
    for seed in range(6):
        random = np.random.default_rng(seed)
        n = int(random.integers(8, 60))
        a, b = random.uniform(-1, 1, n), random.standard_normal(n)
        for x in (a, b):
            x[random.integers(0, n, seed)] = random.choice(BAD, seed)
        agree(KERNELS[name], a, b, tolerance=1e-9)


def decays(a: Any, h: Any = 0.0) -> Any:
    return lg.scan(lambda h, r: (h * 0.5 + r, h), h, a)


PLACES: dict[str, Callable[[Any], Any]] = {
    "in a branch": lambda a: lg.cond(a[0] < 0, lambda: decays(a)[1], lambda: a),
    "in a while": lambda a: lg.while_loop(lambda c: c.sum() > 0.1, lambda c: decays(c)[1] * 0.3, a),
    "in a scan": lambda a: lg.scan(lambda c, r: (decays(c * r)[1], c.sum()), a, a),
    "gradient of one in a scan": lg.grad(
        lambda a: lg.scan(lambda c, r: (decays(c * r)[1], c.sum()), a, a)[1].sum()
    ),
    "second derivative": lg.grad(
        lambda a: (lg.grad(lambda a: (decays(a)[1] ** 3).sum())(a) * np.arange(12.0)).sum()
    ),
    "forward derivative": lambda a: lg.jvp(lambda a: decays(a)[1] ** 2, (a,), (a,)),
    "vmap": lambda a: lg.vmap(lambda k: decays(a * k, k))(a),
    "no rows": lambda a: lg.scan(lambda h, _: (h * 0.5 + 1.0, h), a[0], None, length=20),
    "last value alone": lambda a: decays(a)[0],
    "rows that are the same": lambda a: lg.scan(lambda h, r: (h + r, (h, r, 2.0)), 0.0, a),
    "a counter beside": lambda a: lg.scan(
        lambda c, r: ((c[0] + r, c[1] + 1), c[0] * c[1]), (0.0, np.int32(0)), a
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("place", PLACES)
def test_recurrences_in_other_places(place: str, triton: Any):
    agree(PLACES[place], np.linspace(-0.5, 0.9, 12), tolerance=1e-11)


def test_an_unstable_loop_keeps_its_exact_values(triton: Any):
    """h = 2 h - 1 stays 1. Composed, it is 2ⁿ - (2ⁿ - 1), which a sum of floats loses."""
    n = 100
    run = lg.jit(lambda a, b: affine(a, b, h=1.0), backend="triton")
    with diagnostics.handling(lambda diagnostic: None):
        last, rows = run(np.full(n, 2.0), np.full(n, -1.0))
    assert last == 1.0 and (rows == 1.0).all()


def test_factors_whose_product_overflows_on_a_small_value(small_blocks: Any):
    a = np.array([1e150] * 3 + [1e-200] * 7)
    agree(lambda a, b: affine(a, b, h=1e-300), a, np.zeros(10), tolerance=1e-12)


def test_without_the_limit_on_growth_the_tests_above_fail(
    triton: Any, monkeypatch: pytest.MonkeyPatch
):
    from letgrad.lowering.triton import recurrence

    monkeypatch.setattr(recurrence, "GROWTH", 1000)
    with pytest.raises(AssertionError):
        test_an_unstable_loop_keeps_its_exact_values(triton)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("shape", [(1,), (3,), (2, 3), (5,), (0,), (2, 0)])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "int8", "int64"])
def test_shapes_and_dtypes(shape: tuple[int, ...], dtype: str, small_blocks: Any):
    kind = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    random = np.random.default_rng(2)
    a, b = (random.integers(-3, 4, (9, *shape)).astype(kind) for _ in range(2))
    if kind.kind != "i":
        a = (a * 0.25).astype(kind)
    h = np.ones(shape, kind)
    tolerance = {8: 1e-12, 4: 1e-5, 2: 1e-2}[kind.itemsize] if kind.kind != "i" else 0
    tolerance = 1e-1 if dtype == "bfloat16" else tolerance
    agree(lambda a, b, h: affine(a, b, h=h), a, b, h, tolerance=tolerance)
    agree(lambda a, h: lg.scan(lambda h, r: (np.maximum(h, r), h), h, a), a, h)
    agree(lambda a, h: lg.scan(lambda h, r: (h + r, h), h, a, reverse=True), a, h)


def test_16_bit_sums_end_at_infinity_as_in_the_loop(small_blocks: Any):
    a = np.full(40, 6000.0, np.float16)
    a[20:] = -6000
    agree(lambda a: lg.scan(lambda h, r: (h + r, h), np.float16(0), a), a)


def test_kernels_become_machine_code(triton: Any):
    from letgrad.lowering.triton import backend, resources
    from letgrad.lowering.triton.emit import Options

    a = np.ones((2000, 3))
    for name in ("gradient", "queue", "restarts"):
        f = lambda a, b: lg.vmap(KERNELS[name], in_axes=1)(a, b)  # noqa: B023, E731
        file = backend.lower(lg.jit(f).traced(a, a).module, Options())
        assert any("tl.associative_scan" in "\n".join(k.lines) for k in file.kernels)
        assert "for step in" not in file.text, "a loop of the launcher is left"
        for compiled in resources.compile_kernels(file, "sm_90", Options()):
            assert compiled.stages["cubin"][:4] == b"\x7fELF"
