"""
Slices with a step that the program computes, slices of slices, and functions of slices, beside
NumPy.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

R = np.random.default_rng(7)
CASES = {}


def case(*args, wrt=(0,)):
    def keep(fn):
        CASES[fn.__name__] = (fn, args, wrt)
        return fn

    return keep


def r(*shape):
    return R.standard_normal(shape)


@case(r(12), np.int64(3))
def strided_traced(x, k):
    return x[::k].sum() + (x[1::k] * 2).sum() + x[k::2].max() + len(x[::k])


@case(r(9))
def strided_in_loop(x):
    out = np.zeros(9)
    for s in range(1, 5):
        out[s] = np.sum(x[::s]) + x[s::-1].sum() + x[7:s:-2].sum() + x[-1:-9:-s].max()
        out[s] += x[s::-s].prod() + x[s:-s:s].sum()
        out[s :: s + 1] += 0.5
        out[s::2] *= x[s::2]
        out[:s:-s] = -s
    return out


@case(r(12))
def sieve_like(x):
    n = len(x)
    out = x.copy()
    for i in range(2, n):
        out[i * i :: i] *= 0.9
        out[i::i] += x[i]
    return out


@case(r(12))
def fixed_strides(x):
    s = 0.0
    y = x.copy()
    for i in range(3):
        p = x[i : i + 6 : 2]
        q = x[i + 6 : i : -2]
        s = s + (p * q).sum() + p[0] * q[-1]
        y[i : i + 6 : 2] = p * 0.5
        y[i + 6 : i : -2] += q * x[:3]
    return s, y


@case(r(6, 8))
def strided_2d(a):
    out = a.copy()
    for k in range(1, 4):
        out[::k, k:] += 1.0
        out[k, ::k] *= a[k, ::k]
        out[:k, ::k] -= a[:k, ::k] * 0.1
        out[k::2, :] = out[k::2, :] + a[0]
    return out


@case(r(12), np.array([3, -2, -5, 1, 7, -20, 20]))
def strided_signs(x, ks):
    out = np.zeros(7)
    for i, k in enumerate(ks):
        out[i] = x[::k].sum() + (x[8:2:k] * 1.0).sum() + x[2:9:k].sum() + x[k::-1].sum()
        out[i] += x[:k:-1].sum() + x[:k:2].sum() + x[k::3].sum()
    return out


@case(r(5))
def beyond_the_end(x):
    s = np.zeros(5)
    for i in range(5):
        w = x[i : i + 3]
        s[i] = w[::-1][0] * 2 + w[-1] + len(w) + w.mean() + w[1:].sum() + len(w[:-1])
        s[i] += len(x[-20:i]) + len(x[i:20]) + x[i:20].mean() + x[-20 : i + 1].mean() + x[i:20][-1]
    return s


@case(r(6), np.array([0, 1, 2, -1, -3, -7, 9, 3]))
def slices_of_slices(x, ks):
    out = np.zeros((6, 8))
    for i in range(6):
        w = x[:i]
        v = x[i:]
        out[i, 0] = (
            w[:3].sum() + w[-4:].sum() + w[-9:2].sum() + len(w[:3]) + len(w[-4:]) + len(w[1:9])
        )
        for j, k in enumerate(ks):
            out[i, j] += v[k:].sum() + v[:k].sum() * 2 + len(w[k:]) + w[1:k].sum()
    return out


@case(r(8))
def statistics(x):
    n = len(x)
    out = np.zeros((n, 12))
    for i in range(1, n):
        w = x[:i]
        v = x[i:]
        out[i, 0] = w.std() + np.var(v) + np.std(v) + np.median(w) + np.median(v)
        out[i, 1] = np.cumsum(v)[-1] + np.cumprod(w)[i // 2] + np.cumsum(w)[0] + v.cumsum().max()
        out[i, 2] = np.sort(v)[0] + np.sort(w)[-1] + np.sort(v)[len(v) // 2]
        out[i, 3] = np.diff(x[i - 1 :]).sum() + (np.diff(v) ** 2).sum()
        out[i, 4] = np.clip(v, -0.5, 0.5).sum() + np.ptp(w) + np.count_nonzero(v > 0)
        out[i, 5] = w.clip(0, 1).sum()
    for i in range(1, 4):
        x[i:].sort()
        x[:i].fill(x[i])
    return out, x


@case(np.array([1.0, np.nan, 3.0, 0.5]), wrt=())
def statistics_nan(x):
    out = np.zeros((4, 4))
    for i in range(1, 4):
        out[i] = np.median(x[:i]), np.median(x[i:]), np.sort(x[:i])[0], np.sort(x[i:])[-1]
    return out


@case(np.array([3, 1, 2, 5, 4]), wrt=())
def statistics_int(x):
    out = np.zeros((5, 4))
    k = np.zeros(5, dtype=np.int64)
    for i in range(1, 5):
        out[i] = np.median(x[:i]), np.sort(x[i:])[0], x[:i].std(), np.diff(x[i - 1 :]).sum()
        k[i] = np.cumsum(x[:i])[-1]
    return out, k


@case(r(8))
def shifted_parts(x):
    n = len(x)
    out = np.zeros(n)
    for d in range(1, 5):
        y = x[d:] * x[:-d]
        out[d] = y.sum() + np.dot(x[d:], x[: n - d]) + (x[d:] - x[: n - d]).max()
        out[d:] += x[:-d]
        out[: n - d] -= 0.5 * x[d:]
        out[d:] = np.sort(out[d:])
        out[:d] = out[n - d :] + x[:d]
    return out


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", CASES)
def test_it_is_as_in_numpy(name):
    fn, args, wrt = CASES[name]
    with lg.remarks() as found:
        check_value(fn, *args)
    assert "is unrolled" not in str(found)
    if wrt:
        check_gradient(fn, *args, argnums=wrt)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_small_and_empty_arrays(size):
    def sums(x):
        total = np.zeros(4)
        for k in range(1, 4):
            total[k] = x[::k].sum() + 2 * x[k::k].sum() + 3 * x[::-k].sum() + len(x[1::k])
        return total

    check_value(sums, np.arange(size) + 1.0)
