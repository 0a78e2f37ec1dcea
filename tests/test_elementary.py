"""exp and log of the cpu backend give the nearest result, or the next one, for every number."""

from __future__ import annotations

import ctypes

import llvmlite.binding as llvm
import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import elementary

LANES = {"double": (1, 4, 8), "float": (1, 8, 16)}
DTYPES = {"double": np.float64, "float": np.float32}


def vectorized(name: str, type: str, lanes: int, x: np.ndarray) -> np.ndarray:
    """The values by the function of so many lanes. The size of x is a multiple of them."""
    text, needs = elementary.definition(name, "f", type, lanes)
    wide = f"<{lanes} x {type}>" if lanes > 1 else type
    size = x.itemsize
    module = llvm.parse_assembly(
        "\n".join(needs.values())
        + f"""
{text}
define void @run(ptr %x, ptr %y, i64 %n) {{
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %next, %loop ]
  %from = getelementptr {type}, ptr %x, i64 %k
  %to = getelementptr {type}, ptr %y, i64 %k
  %a = load {wide}, ptr %from, align {size}
  %b = call {wide} @f({wide} %a)
  store {wide} %b, ptr %to, align {size}
  %next = add i64 %k, {lanes}
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}"""
    )
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    host = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    engine = llvm.create_mcjit_compiler(module, host)
    engine.finalize_object()
    pointer, i64 = ctypes.c_void_p, ctypes.c_int64
    run = ctypes.CFUNCTYPE(None, pointer, pointer, i64)(engine.get_function_address("run"))
    y = np.empty_like(x)
    run(x.ctypes.data, y.ctypes.data, x.size)
    return y


def arguments(name: str, dtype: type) -> np.ndarray:
    """Numbers of all sizes, those at which a formula changes, and the special ones."""
    limits, rng = np.finfo(dtype), np.random.default_rng(0)
    top = float(np.log(limits.max))
    ends = [0.0, 1.0, np.inf, limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    if name == "exp":
        x = [rng.uniform(-top * 1.2, top * 1.2, 20_000), rng.normal(size=10_000)]
        ends += [top, float(np.log(limits.tiny)), float(np.log(limits.smallest_subnormal)), 1e30]
    else:
        size = rng.uniform(float(np.log2(limits.smallest_subnormal)), top / np.log(2), 20_000)
        x = [np.exp2(size), np.exp(rng.normal(size=10_000) / 10), [0.7071067, 0.7071068, 0.5**0.5]]
    x = np.concatenate([*x, rng.normal(size=5_000) * 1e-5])
    with np.errstate(over="ignore"):
        x = np.concatenate([x, ends, np.negative(ends), [np.nan]]).astype(dtype)
        x = np.concatenate([x, np.nextafter(x, dtype(np.inf)), np.nextafter(x, dtype(-np.inf))])
    return np.resize(x, -(-x.size // 16) * 16)


@pytest.mark.parametrize(
    "type, lanes", [(type, lanes) for type, found in LANES.items() for lanes in found]
)
@pytest.mark.parametrize("name", elementary.FUNCTIONS)
def test_a_function_has_no_bad_numbers(name: str, type: str, lanes: int) -> None:
    if lanes == elementary.lanes_of("e", type) and not llvm.get_host_cpu_features().get("avx512f"):
        pytest.skip("vectors of 512 bits have instructions of AVX-512")
    x = arguments(name, DTYPES[type])
    got = vectorized(name, type, lanes, x)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x.astype(np.longdouble)).astype(x.dtype)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    np.testing.assert_array_max_ulp(got, want, 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", elementary.FUNCTIONS)
def test_vectors_and_single_numbers_agree(name: str, dtype: type) -> None:
    """A loop takes single numbers at its end; the library computes these."""
    function = getattr(np, name)
    x = arguments(name, dtype)[:1003]
    with np.errstate(all="ignore"):
        np.testing.assert_array_max_ulp(lg.jit(lambda x: function(x))(x), function(x), 2)
