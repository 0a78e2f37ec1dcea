"""Einsums of the library as products of matrices that are views, on all of a family."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from letgrad.lowering.cpu.matrices import einsum

SIZES = dict(zip("nhockj", (3, 2, 5, 4, 1, 6)))
SHAPED = {
    "nohk,ncjhk->ocj": True,
    "ocj,nohk->ncjhk": True,
    "nhko,oc->nchk": True,
    "nhkc,nhko->oc": True,
    "chn,hon->co": False,
    "nch,oc->nho": True,
}


def specs() -> list[str]:
    """Products of up to four and five letters, with one to three of each group, in all orders."""
    random, found = Random(0), []
    for _ in range(400):
        letters = random.sample("nhockj", random.randint(3, 6))
        kinds = [random.choice("bklr") for _ in letters]
        if not {"k", "l", "r"} <= {*kinds}:
            continue
        groups = {k: [c for c, kind in zip(letters, kinds) if kind == k] for k in "bklr"}
        words = [groups["b"] + groups["l"] + groups["k"], groups["b"] + groups["k"] + groups["r"]]
        words.append(groups["b"] + groups["l"] + groups["r"])
        a, b, output = ("".join(random.sample(w, len(w))) for w in words)
        found.append(f"{a},{b}->{output}")
    return found


def check(spec: str) -> tuple[bool, list[np.ndarray]]:
    """Whether there is no copy, and the operands."""
    inputs, output = spec.split("->")
    words = inputs.split(",")
    random = np.random.default_rng(0)
    xs = [random.random([SIZES[c] for c in word]) for word in words]
    z = np.full([SIZES[c] for c in output], np.nan)
    einsum.compile_einsum(spec, [x.shape for x in xs], z.dtype)(*xs, z)
    np.testing.assert_allclose(z, np.einsum(spec, *xs), err_msg=spec)
    return einsum.where_they_lie(words, output, [x.shape for x in xs]) is not None, xs


def test_all_products(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(einsum, "LARGE", 0)
    monkeypatch.setattr(einsum, "SPLIT", 1 << 6)
    found = [check(spec)[0] for spec in specs()]
    assert 20 < sum(found) < len(found)


@pytest.mark.parametrize("spec", SHAPED)
def test_which_need_no_copy(spec: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(einsum, "LARGE", 0)
    operands: list[Any] = []
    multiply = einsum.multiply

    def spied(x: Any, y: Any, z: Any) -> None:
        operands.extend((x, y))
        multiply(x, y, z)

    monkeypatch.setattr(einsum, "multiply", spied)
    monkeypatch.setitem(SIZES, "h", 40)  # so that an array of all products is small
    found, xs = check(spec)
    assert found == SHAPED[spec]
    shared = [any(np.shares_memory(x, y) for y in xs) for x in operands]
    assert len(shared) == 2 and (all(shared) or not found)


def test_small_products_of_a_batch_are_copied_into_one():
    sizes = {"c": 8, "n": 1000, "h": 2, "o": 8}
    shapes = [tuple(sizes[c] for c in word) for word in ("oc", "cnh")]
    assert einsum.where_they_lie(["oc", "cnh"], "noh", shapes) is None
    sizes["h"] = 64
    shapes = [tuple(sizes[c] for c in word) for word in ("oc", "cnh")]
    assert einsum.where_they_lie(["oc", "cnh"], "noh", shapes) is not None
