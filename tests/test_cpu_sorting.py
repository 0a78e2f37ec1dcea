"""The sort of the cpu backend gives the positions of NumPy's stable sort, for all types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays
from letgrad.lowering.cpu import radix_sort
from letgrad.lowering.reference.tensor_rules import argsorted

pytestmark = pytest.mark.sampled(4)

FLOATS = (np.float64, np.float32, np.float16, arrays.bfloat16)
INTEGERS = (np.int64, np.int32, np.int16, np.int8, np.bool_)
DTYPES = [np.dtype(t) for t in (*FLOATS, *INTEGERS)]
SIZES = (0, 1, 2, 3, radix_sort.SHORT, radix_sort.SHORT + 1, 257, 3000)


def bits(rng: np.random.Generator, count: int, dtype: np.dtype) -> np.ndarray:
    """Random bits: NaNs of each sign and payload, subnormal numbers, the least integers."""
    if dtype == np.bool_:
        return rng.integers(0, 2, count).astype(bool)
    return rng.integers(0, 256, count * dtype.itemsize).astype(np.uint8).view(dtype)


def rows(dtype: np.dtype, count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(count)
    few = rng.integers(-3, 4, count).astype(dtype)
    made = {
        "bits": bits(rng, count, dtype),
        "few": few,
        "constant": np.ones(count, dtype),
        "ascending": few[argsorted(few, 0)],
        "descending": few[argsorted(few, 0)][::-1].copy(),
        "strictly descending": np.arange(count)[::-1].astype(dtype),
        "nearly ascending": np.arange(count).astype(dtype),
    }
    if count > 2:
        x = made["nearly ascending"]
        x[[0, -1]] = x[[-1, 0]]
    if dtype.kind not in "bi":
        special = [0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1.0, -1.0]
        made["special"] = rng.choice(special, count).astype(dtype)
        made["zeros"] = np.where(rng.integers(0, 2, count), 0.0, -0.0).astype(dtype)
    return made


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("count", SIZES)
def test_one_row(dtype: np.dtype, count: int):
    for name, x in rows(dtype, count).items():
        out = np.full(count, -7, np.int64)
        with np.errstate(invalid="ignore"):
            radix_sort.sort_positions(x, 0, out)
            np.testing.assert_array_equal(out, argsorted(x, 0), err_msg=name)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("sizes", ((3, 50, 5), (70, 200), (0, 4), (4, 0), (1, 90)), ids=str)
@pytest.mark.parametrize("index", (np.int64, np.int32), ids=lambda t: t.__name__)
def test_every_dimension(dtype: np.dtype, sizes: tuple[int, ...], index: Any):
    """The second size is enough for threads."""
    x = bits(np.random.default_rng(1), int(np.prod(sizes)), dtype).reshape(sizes)
    for d in range(len(sizes)):
        out = np.full(sizes, -7, index)
        with np.errstate(invalid="ignore"):
            radix_sort.sort_positions(x, d, out)
            np.testing.assert_array_equal(out, argsorted(x, d))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_programs(dtype: np.dtype):
    """np.sort and np.argsort of traced arrays give the bits of the reference."""
    x = bits(np.random.default_rng(2), 30 * 45, dtype).reshape(30, 45)

    def f(x: Any) -> Any:
        return np.argsort(x), np.sort(x, axis=0), np.sort(x, axis=None), np.sort(x.T)

    with np.errstate(invalid="ignore"):
        expected = lg.jit(f, backend="numpy")(x)
        actual = lg.jit(f, backend="cpu")(x)
    for a, b in zip(actual, expected, strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


def test_long_rows_go_to_numpy(monkeypatch: pytest.MonkeyPatch):
    """Their positions would need more than 32 bits."""
    monkeypatch.setattr(radix_sort, "LONGEST", 100)
    calls: list[int] = []
    monkeypatch.setattr(radix_sort, "argsorted", lambda x, d: calls.append(d) or argsorted(x, d))
    for count, called in ((99, []), (100, [0])):
        x = np.random.default_rng(0).normal(size=count)
        out = np.empty(count, np.int64)
        radix_sort.sort_positions(x, 0, out)
        np.testing.assert_array_equal(out, argsorted(x, 0))
        assert calls == called


def test_the_derivative_of_a_sort():
    x = np.random.default_rng(0).normal(size=500)
    w = np.arange(500.0)
    expected = np.empty(500)
    expected[np.argsort(x)] = w
    np.testing.assert_array_equal(lg.grad(lambda x: np.sum(np.sort(x) * w))(x), expected)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    "sizes", ((0,), (5,), (200,), (7, 3, 40), (3, 3000), (3000, 3), (9000, 2), (0, 4)), ids=str
)
def test_in_a_loop(dtype: np.dtype, sizes: tuple[int, ...]):
    """The steps of a scan sort in machine code, some with threads: the positions are the same."""
    x = bits(np.random.default_rng(3), int(np.prod(sizes)), dtype).reshape(sizes)
    if dtype.kind not in "bi":
        x.reshape(-1)[::5] = 0.0
        x.reshape(-1)[1::5] = -0.0
    for d in range(len(sizes)):

        def f(x: Any, d: int = d) -> Any:
            def step(c: Any, _: Any) -> Any:
                return np.roll(c, 1, axis=d), (np.argsort(c, axis=d), np.sort(c, axis=d))

            return lg.scan(step, x, None, length=2)[1]

        with lg.remarks() as found:
            compiled = lg.jit(f, backend="cpu")
            with np.errstate(invalid="ignore"):
                positions, values = compiled(x)
        said = [r.text for r in found if r.pass_name == "cpu" and r.rule == "loop"]
        assert not said or said == ["all steps are one piece of machine code"]
        with np.errstate(invalid="ignore"):
            for k in range(2):
                rolled = np.roll(x, k, axis=d)
                expected = argsorted(rolled, d)
                np.testing.assert_array_equal(positions[k], expected)
                assert values[k].tobytes() == np.take_along_axis(rolled, expected, d).tobytes()


def pairs_in_order(x: Any) -> Any:
    """Functions of np that sort, and a search."""
    return (
        np.median(x),
        np.partition(x, 3),
        np.searchsorted(np.sort(x), x[::-1]),
        np.quantile(x, 0.3),
        np.sort(x)[::-1][:4],
        np.argsort(np.argsort(x)),
    )


def test_functions_that_sort_stay_in_machine_code():
    """In the body of a scan, in a conditional there, in a loop in the loop, and in a while loop."""

    def mixed(c: Any) -> Any:
        parts = pairs_in_order(c)
        return np.tanh(sum(np.sum(p * 0.01) for p in parts) + c[np.argsort(c)])

    def in_scan(x: Any) -> Any:
        return lg.scan(lambda c, _: (mixed(c), None), x, None, length=4)[0]

    def in_branch(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            return lg.cond(c[0] > 0, mixed, lambda c: c + 0.1, c), None

        return lg.scan(step, x, None, length=4)[0]

    def nested(x: Any) -> Any:
        return lg.scan(lambda c, _: (in_scan(c), None), x, None, length=2)[0]

    def in_while(x: Any) -> Any:
        return lg.while_loop(lambda c: np.sum(c) < 20, lambda c: mixed(c) + 1, x)

    x = np.random.default_rng(4).normal(size=30)
    for f in (in_scan, in_branch, nested, in_while):
        gradient = lg.grad(lambda x, f=f: np.sum(f(x) ** 2))
        for g in (f, gradient):
            with lg.remarks() as found:
                actual = lg.jit(g, backend="cpu")(x)
            said = [r.text for r in found if r.pass_name == "cpu" and r.rule == "loop"]
            assert said and set(said) == {"all steps are one piece of machine code"}
            np.testing.assert_allclose(actual, lg.jit(g, backend="numpy")(x), rtol=1e-9, atol=1e-12)
