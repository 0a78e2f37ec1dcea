"""
Calls whose arguments are plain containers of arrays and numbers: the second call of each kind goes
a shorter way than the first, and must give what the function itself gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import api, plain_calls

X = np.arange(1.0, 4.0)


def agrees(fn: Any, *calls: tuple[tuple[Any, ...], dict[str, Any]]) -> Any:
    """The compiled function, after each call three times, in turns with the others."""
    compiled = lg.jit(fn)
    for _ in range(3):
        for args, kwargs in calls:
            wanted, found = fn(*args, **kwargs), compiled(*args, **kwargs)
            assert type(found) is type(wanted) or isinstance(found, np.ndarray | np.generic)
            for a, b in zip(leaves_of(wanted), leaves_of(found), strict=True):
                np.testing.assert_array_equal(a, b, strict=True)
    return compiled


def leaves_of(x: Any) -> list[Any]:
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in leaves_of(part)]
    if isinstance(x, list | tuple):
        return [leaf for part in x for leaf in leaves_of(part)]
    return [np.asarray(x)]


def test_dicts_whose_keys_are_not_sorted():
    """Leaves are in the order of sorted keys, and a dict lists its keys in its own."""

    def f(d):
        return {name: k * x for k, (name, x) in enumerate(d.items())}, d["w"] - d["b"]

    compiled = agrees(
        f,
        (({"w": X, "b": 2 * X},), {}),
        (({"b": X, "w": 5 * X},), {}),
        (({"w": 3 * X, "b": X[:2][0]},), {}),
    )
    assert len(compiled.known) == 3


def test_a_dict_is_not_walked_again(monkeypatch):
    compiled = lg.jit(lambda d, x: d["w"][0] * x + d["w"][1])
    d = {"w": (X, [2 * X][0]), "a": [X, (X,)]}
    first = compiled(d, x=X)
    monkeypatch.setattr(api.pytree, "flatten", None)
    np.testing.assert_array_equal(compiled(d, x=X), first)


def test_keys_that_are_equal_and_differ():
    def f(d):
        return [2 * x for x, key in zip(d.values(), d) if key is not True] or X

    agrees(f, (({1: X},), {}), (({True: X},), {}), (({1.0: X},), {}))


def test_lists_and_tuples_are_not_alike():
    def f(p):
        return p[0] + len(p) if isinstance(p, list) else p[0] * len(p)

    agrees(f, (([X, X],), {}), (((X, X),), {}), (([X],), {}))


def test_named_arguments():
    def f(a, b=1.0, c=2.0):
        return a + 10 * b - 100 * c

    agrees(
        f, ((X,), {"b": X}), ((X,), {"c": X}), ((X, X), {}), ((), {"c": X, "a": 2 * X}),
        ((), {"a": 2 * X, "c": X}), ((X,), {"c": X, "b": 3 * X}), ((X,), {"b": 3 * X, "c": X}),
    )  # fmt: skip


def test_the_order_of_named_arguments():
    def f(**xs):
        return sum(k * x for k, x in enumerate(xs.values()))

    agrees(f, ((), {"a": X, "b": 2 * X}), ((), {"b": 2 * X, "a": X}))


def test_strings_and_none():
    def f(x, how, y=None):
        x = x * 2 if how == "twice" else x
        return x if y is None else x + y

    agrees(
        f, ((X, "twice"), {}), ((X, "once"), {}), ((X, "once", X), {}), ((X, "once", None), {}),
        ((X, "once"), {"y": None}),
    )  # fmt: skip


def test_counts_of_a_program():
    @lg.program
    def f(x, n, flag, dt):
        for k in range(n):
            x = x + k * dt
        if flag:
            x = -x
        return x

    compiled = lg.jit(f)
    for _ in range(3):
        for n, flag, dt in ((0, False, 0.5), (3, True, 0.5), (3, False, 2.5), (1, 1, 0.5)):
            found = compiled(X.astype(np.float32), n, flag, dt)
            wanted = (X + n * (n - 1) / 2 * dt) * (-1 if flag else 1)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, wanted.astype(np.float32))


def test_writes_to_arrays_in_containers():
    def f(d, p):
        d["b"] += p[0]
        p[1][:2] = d["w"][:2]

    compiled = lg.jit(f)
    for _ in range(3):
        d, p = {"w": X.copy(), "b": 2 * X}, (X.copy(), 7 * X)
        compiled(d, p)
        np.testing.assert_array_equal(d["b"], 3 * X)
        np.testing.assert_array_equal(p[1], [1, 2, 21])
        np.testing.assert_array_equal(d["w"], X)
    d["b"].flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        compiled(d, p)


def test_layouts_of_arrays():
    big = np.arange(24.0).reshape(4, 6)
    odd = np.frombuffer(bytearray(1 + big.nbytes), np.uint8)[1:].view(np.float64).reshape(4, 6)
    odd[...] = big
    frozen = big.copy()
    frozen.flags.writeable = False
    agrees(lambda x: x * 2 + 1, *(((x,), {}) for x in (big, np.asfortranarray(big), odd, frozen)))
    agrees(lambda x: x * 2, *(((x,), {}) for x in (big[::2], big[:2, ::-1], big.T)))
    z = big + 1j * big[::-1]
    frozen = z.copy()
    frozen.flags.writeable = False
    agrees(lambda z: (z * 2, z.real), *(((x,), {}) for x in (z, z.T.copy().T, frozen)))
    agrees(np.fft.fft, *(((x,), {}) for x in (z[::2], z[:2, ::-1].T, frozen, z[:0])))


def test_numbers():
    agrees(
        lambda x: x * 2, ((3,), {}), ((3.0,), {}), ((np.float32(3),), {}), ((np.array(3.0),), {}),
        ((True,), {}), ((3 + 1j,), {}), ((np.complex64(3 + 1j),), {}), ((np.array(2j),), {}),
        ((np.int8(3),), {}), ((np.uint8(100),), {}),
    )  # fmt: skip


def test_an_int_beyond_64_bits():
    compiled = lg.jit(lambda x: x * 2)
    assert compiled(3) == 6
    assert compiled(3) == 6
    with pytest.raises(TypeError, match="beyond the 64 bits"):
        compiled(1 << 70)


def test_results_are_fresh():
    compiled = lg.jit(lambda d: (d["a"] + 1, d["a"], d["a"]))
    a = X.copy()
    for _ in range(3):
        results = compiled({"a": a})
        assert not any(np.shares_memory(x, a) for x in results)
        assert not np.shares_memory(results[1], results[2])


def test_what_is_not_plain():
    class Names(dict):
        pass

    found: list[Any] = []
    for x in (Names(a=X), {1: X}, object(), [X, {"a": {2: X}}], 1 << 70):
        assert plain_calls.spec(x, found) is None


def swapped(x: np.ndarray) -> np.ndarray:
    """The same numbers in the other byte order."""
    return x.astype(x.dtype.newbyteorder())


def test_the_other_byte_order():
    z = X + 2j * X[::-1]
    for x in (X, X.astype(np.float32), X.astype(np.int16), X.astype(np.uint32), z, X[0], z[0]):
        x = np.asarray(x)
        compiled = lg.jit(lambda x, d: (x * 2, d["a"] + x))
        for a in (swapped(x), x, swapped(x)):
            for b in (x, swapped(x)):
                for found, wanted in zip(compiled(a, {"a": b}), (x * 2, x + x)):
                    np.testing.assert_array_equal(found, wanted, strict=True)


def test_writes_in_the_other_byte_order():
    def f(x, y):
        x[0] = y[1] * 10
        return x + y

    compiled = lg.jit(f)
    for _ in range(2):
        x = swapped(X)
        np.testing.assert_array_equal(compiled(x, X), [21, 4, 6])
        np.testing.assert_array_equal(x, [20, 2, 3])
        with pytest.raises(ValueError, match="shares memory with argument 1"):
            compiled(x, x)
    with pytest.raises(TypeError, match=r"out has dtype >f8|out has dtype <f8"):
        lg.jit(lambda x: x * 2)(X, out=swapped(X))


def test_strings_and_bytes_of_numpy():
    def f(x, d):
        twice = d["how"] in ("twice", b"twice")
        return x * 2 if twice else x

    agrees(
        f, ((X, {"how": np.str_("twice")}), {}), ((X, {"how": np.str_("other")}), {}),
        ((X, {"how": np.bytes_(b"twice")}), {}), ((X, {"how": np.bytes_(b"other")}), {}),
    )  # fmt: skip
