"""
The steps of ops that are no nests. BLAS runs products. Functions run regions and calls. If an op
has no code here, the rule that defines the op runs it.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp, f64
from xdsl.ir import Operation, SSAValue

from ...dialects import arrays, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import ints, shape
from ...dialects.walking import captured
from ...passes.rewriting import remarks
from ..reference import Evaluator
from ..reference.array_functions import waves
from ..reference.matrix_rules import decomposed
from . import (
    control_flow,
    radix_sort,
    running_sums,
)
from .control_flow import Parts
from .frames import Slots, Step
from .matrices import lapack, lapack_calls
from .matrices.einsum import compile_einsum, not_a_product
from .own_steps import own_step
from .python_objects import address
from .read_results import reads
from .threads import thread_count
from .transforms.numpy_loops import NumpyTransform
from .transforms.own_transforms import own_cosines, own_transform
from .transforms.transform_calls import sizes_of_numbers
from .transforms.transform_factors import factor_of, norm_of
from .transforms.vector_transforms import SHARED_BY_LIBRARY


def host_step(op: Operation, slot: Mapping[SSAValue, int], parts: Parts, module: ModuleOp) -> Step:
    """The step of an op of a function whose values have these slots."""
    if isinstance(op, ten.EinsumOp):
        return _einsum_step(op, slot)
    if isinstance(op, ten.FftOp):
        return _fft_step(op, slot)
    if isinstance(op, ten.DctOp):
        return _dct_step(op, slot)
    if isinstance(op, ten.ArgsortOp):
        return _sorting_step(op, slot)
    if isinstance(op, ten.CumsumOp) and (step := _running_sum_step(op, slot)) is not None:
        return step
    if isinstance(op, ten.MatrixOp):
        return _decomposition_step(op, slot)
    if isinstance(op, ten.TriangularSolveOp):
        return _triangular_step(op, slot)
    if isinstance(op, ten.SymmetricSolveOp):
        return _symmetric_step(op, slot, module)
    if (step := control_flow.compile_region_op(op, slot, parts)) is not None:
        return step
    remarks.missed(
        "cpu",
        "host step",
        op,
        lambda: f"{op_name(op)} has no machine code: it runs by its reference rule, in Python",
    )
    return reference_step(op, slot, module)


def _einsum_step(op: ten.EinsumOp, slot: Mapping[SSAValue, int]) -> Step:
    spec, dtype = op.spec.data, arrays.dtype(op.result.type)
    call = compile_einsum(spec, [shape(x.type) for x in op.xs], dtype)
    operands, target = [slot[x] for x in op.xs], slot[op.result]
    if why := not_a_product(spec, dtype):
        text = f"'{spec}' is no matrix product: {why}; numpy.einsum runs it"
        remarks.missed("cpu", "matrix product", op, text)
    else:
        by = "BLAS" if dtype.kind == "f" else "letgrad for integers"
        remarks.passed("cpu", "matrix product", op, f"the matrix product of {by}")

    def product(slots: Slots) -> None:
        with np.errstate(all="ignore"):
            call(*[slots[k] for k in operands], slots[target])

    return product


LONG_TRANSFORM = 4096
"""
From this number of elements on, SciPy's Fourier transforms are used. Short ones have the bits that
they have in loops, where machine code calls NumPy's.
"""


@functools.cache
def _pocketfft() -> Any:
    """
    SciPy's compiled transforms, which take several rows at once. None without SciPy, and if SciPy
    has moved them.

    The extension module loads alone, in less than a millisecond: the packages around it take 0.17 s
    to import, which is longer than the compilation of most programs.
    """
    name = "scipy.fft._pocketfft.pypocketfft"
    found = sys.modules.get(name)
    try:
        found = found or _extension(name) or importlib.import_module(name)
    except ImportError:
        return None
    return (
        found if all(hasattr(found, name) for name in ("c2c", "r2c", "c2r", "dct", "dst")) else None
    )


def _extension(name: str) -> ModuleType | None:
    """The extension module of this name, without the packages around it; None if it is no file."""
    package, *inner, _ = name.split(".")
    around = importlib.util.find_spec(package)
    for place in (around and around.submodule_search_locations) or ():
        loader = ExtensionFileLoader, EXTENSION_SUFFIXES
        found = FileFinder(os.path.join(place, *inner), loader).find_spec(name)
        if found is not None and found.loader is not None:
            module = importlib.util.module_from_spec(found)
            found.loader.exec_module(module)
            return module
    return None


def _fft_step(op: ten.FftOp, slot: Mapping[SSAValue, int]) -> Step:
    """
    The transform of SciPy or NumPy, which writes into the buffer of the result. Pairs are complex
    numbers.
    """
    dims, kind, n = ints(op.dims), op.kind.data, 0
    source, target = slot[op.x], slot[op.result]
    if kind == "hermitian":
        n = shape(op.result.type)[dims[0]]
    norm = "forward" if kind in ("backward", "hermitian") else "backward"
    elements = max(prod(shape(op.x.type)), prod(shape(op.result.type)))
    if (own := _own_step(op, slot)) is not None:
        return own
    if elements < LONG_TRANSFORM and (short := _numpy_step(op, slot)) is not None:
        return short
    compiled = _pocketfft() if elements >= LONG_TRANSFORM else None
    threads = thread_count() if elements >= SHARED_BY_LIBRARY else 1
    by = "NumPy" if compiled is None else "SciPy"
    remarks.passed("cpu", "transform", op, f"the Fourier transform of {by}")
    factor, scale = _factor(op)

    def by_scipy(slots: Slots) -> None:
        library: Any = compiled
        x, y = slots[source], slots[target]
        match kind:
            case "real":
                library.r2c(x, dims, True, scale, numbers(y), threads)
            case "hermitian":
                library.c2r(numbers(x), dims, n, False, scale, y, threads)
            case _:
                library.c2c(numbers(x), dims, kind == "forward", scale, numbers(y), threads)

    def by_numpy(slots: Slots) -> None:
        x, y = slots[source], slots[target]
        with np.errstate(all="ignore"):
            match kind:
                case "real":
                    np.fft.rfft(x, axis=dims[0], out=numbers(y))
                case "hermitian":
                    np.fft.irfft(numbers(x), n, axis=dims[0], norm=norm, out=y)
                case _:
                    function = np.fft.fft if kind == "forward" else np.fft.ifft
                    x, y = numbers(x), numbers(y)
                    for k, d in enumerate(reversed(dims)):
                        function(y if k else x, axis=d, norm=norm, out=y)
            if factor != 1:
                slots[target][...] *= factor

    return by_numpy if compiled is None else by_scipy


def _numpy_step(op: ten.FftOp, slot: Mapping[SSAValue, int]) -> Step | None:
    """The transform of NumPy, by its loops; None if NumPy has none, or if there are no elements."""
    source, target, kind, dims = slot[op.x], slot[op.result], op.kind.data, ints(op.dims)
    type, sizes = "D" if types.element(op.x.type) == f64 else "F", sizes_of_numbers(op)
    if not prod(sizes):
        return None
    calls: list[NumpyTransform] = []
    for k, d in enumerate(reversed(dims)):
        factor = factor_of(op) if k == len(dims) - 1 else 1.0
        calls.append(NumpyTransform(sizes, d, kind, factor, type))
    if not all(call.is_there for call in calls):
        return None
    remarks.passed("cpu", "transform", op, "the Fourier transform of NumPy")

    def by_loops(slots: Slots) -> None:
        x = slots[source]
        x = x if x.flags.c_contiguous else np.ascontiguousarray(x)
        here, there = address(x), address(slots[target])
        for call in calls:
            call(here, there)
            here = there

    return by_loops


def _own_step(op: ten.FftOp, slot: Mapping[SSAValue, int]) -> Step | None:
    """The transform in machine code of letgrad's own; None if the libraries take less time."""
    source, target, kind, dims = slot[op.x], slot[op.result], op.kind.data, ints(op.dims)
    type, sizes = "D" if types.element(op.x.type) == f64 else "F", sizes_of_numbers(op)
    calls: list[Callable[[Any, Any], None]] = []
    ways: list[str] = []
    for k, d in enumerate(reversed(dims)):
        factor = factor_of(op) if k == len(dims) - 1 else 1.0
        if (own := own_transform(sizes, d, kind, factor, type)) is None:
            return None
        calls.append(own)
        ways.append(own.WAY)
    said = " and ".join(dict.fromkeys(ways))
    remarks.passed("cpu", "transform", op, f"the Fourier transform {said}")
    return _step_of_own(calls, source, target)


def _step_of_own(calls: Sequence[Callable[[Any, Any], None]], source: int, target: int) -> Step:
    """Transforms of x into y, and then of y, whose numbers are in row-major order."""

    def by_own_code(slots: Slots) -> None:
        x, y = slots[source], slots[target]
        x = x if x.flags.c_contiguous else np.ascontiguousarray(x)
        for call in calls:
            call(x, y)
            x = y

    return by_own_code


def _dct_step(op: ten.DctOp, slot: Mapping[SSAValue, int]) -> Step:
    """
    The transform of cosines or sines in machine code of letgrad's own, where this takes less time;
    else that of SciPy, which writes into the buffer of the result; without SciPy, the rule of the
    op, by NumPy's Fourier transforms.
    """
    source, target, kind, d = slot[op.x], slot[op.result], op.kind.data, op.dim
    elements = prod(shape(op.x.type))
    factor, scale = _factor(op)
    what = f"the transform of {kind[:-1]}s"
    if (own := own_cosines(op)) is not None:
        remarks.passed("cpu", "transform", op, f"{what} {own.WAY}")
        return _step_of_own([own], source, target)
    compiled = _pocketfft()
    threads = thread_count() if elements >= SHARED_BY_LIBRARY else 1
    by = "NumPy" if compiled is None else "SciPy"
    remarks.passed("cpu", "transform", op, f"{what} of {by}")

    def by_scipy(slots: Slots) -> None:
        library: Any = compiled
        function = library.dct if kind.startswith("cosine") else library.dst
        function(slots[source], int(kind[-1]), (d,), scale, slots[target], threads)

    def by_numpy(slots: Slots) -> None:
        x, y = slots[source], slots[target]
        with np.errstate(all="ignore"):
            np.copyto(np.moveaxis(y, d, -1), waves(kind, np.moveaxis(x, d, -1)) * factor)

    return by_numpy if compiled is None else by_scipy


def _factor(op: ten.FftOp | ten.DctOp) -> tuple[float, int]:
    """The factor of a transform, and the number by which pocketfft calls the factor."""
    factor = factor_of(op)
    scale = norm_of(op, factor)
    assert scale is not None
    return factor, scale


def numbers(x: Any) -> Any:
    """A view of the pairs of a buffer as complex numbers."""
    return x.view(np.complex64 if x.itemsize == 4 else np.complex128)[..., 0]


def _sorting_step(op: ten.ArgsortOp, slot: Mapping[SSAValue, int]) -> Step:
    source, target, d = slot[op.x], slot[op.result], op.dim.value.data
    remarks.passed("cpu", "sort", op, "machine code sorts by digits, and short rows by comparisons")
    radix_sort.prepare(arrays.dtype(op.x.type), arrays.dtype(op.result.type))

    def sort(slots: Slots) -> None:
        radix_sort.sort_positions(slots[source], d, slots[target])

    return sort


def _running_sum_step(op: ten.CumsumOp, slot: Mapping[SSAValue, int]) -> Step | None:
    """
    Running sums in machine code. NumPy adds floats of 16 bits as the reference does.
    """
    dtype, d = arrays.dtype(op.x.type), op.dim.value.data
    if dtype.kind not in "if" or dtype.itemsize < 4:
        return None
    source, target = slot[op.x], slot[op.result]
    remarks.passed("cpu", "running sum", op, "machine code adds the elements")
    running_sums.prepare(dtype)

    def add(slots: Slots) -> None:
        running_sums.running_sum(slots[source], d, slots[target])

    return add


LONG_FACTOR = 128
"""From this number of rows on, one call for each matrix is worth its time in Python."""

SMALL_MATRIX = 256
"""The library's own threads do not pay for matrices with so many rows and columns."""


def _threads(sizes: Sequence[int]) -> AbstractContextManager[object]:
    """
    Keeps the library to one thread for small matrices. Its threads wait for each other in a loop:
    if another program needs a processor, factors of 200 rows took 500 ms instead of one.
    """
    return lapack_calls.one_thread() if max(sizes[-2:]) <= SMALL_MATRIX else nullcontext()


def _small_step(
    op: ten.MatrixOp | ten.TriangularSolveOp | ten.SymmetricSolveOp,
    slot: Mapping[SSAValue, int],
    of: SSAValue,
) -> Step | None:
    """The step of small matrices, in machine code; None for others, and without libraries."""
    is_complex = not isinstance(op, ten.SymmetricSolveOp) and op.is_complex
    sizes = shape(of.type)[: -1 if is_complex else None]
    if max(sizes[-2:]) > SMALL_MATRIX:
        return None
    return own_step(op, slot, _threads(sizes), prod(sizes))


def _decomposition_step(op: ten.MatrixOp, slot: Mapping[SSAValue, int]) -> Step:
    operand, targets = slot[op.a], [slot[r] for r in op.results]
    threads = _threads(shape(op.a.type)[: -1 if op.is_complex else None])
    remarks.passed("cpu", "decomposition", op, "one call of LAPACK for the whole batch")
    if (own := _small_step(op, slot, op.a)) is not None:
        return own

    direct = _direct_decomposition(op)
    values_alone = lapack.values_of(op)
    values = 1 if isinstance(op, ten.SvdOp) else 0

    def decompose(slots: Slots) -> None:
        a = slots[operand]
        with np.errstate(all="ignore"), threads:
            if direct is not None and a.size and direct(*_matrices(op, a, slots, targets)):
                return
            if values_alone is not None and a.size and lapack.all_finite(a):
                try:
                    slots[targets[values]][...] = values_alone(numbers(a) if op.is_complex else a)
                    return
                except np.linalg.LinAlgError:
                    pass
            parts = decomposed(op, a, lapack.FUNCTIONS)
        for k, part in zip(targets, parts):
            np.copyto(slots[k], part)

    return decompose


def _matrices(op: ten.MatrixOp, a: Any, slots: Slots, targets: Sequence[int]) -> list[Any]:
    """The operand and the results of a decomposition, with complex numbers instead of pairs."""
    found = [numbers(a) if op.is_complex else a]
    for name, k in zip(op.RESULTS, targets):
        found.append(numbers(slots[k]) if op.has_pairs(name) else slots[k])
    return found


def _direct_decomposition(op: ten.MatrixOp) -> Callable[..., bool] | None:
    """
    The function that takes the operand and the results, and writes the results. It returns False if
    the rule of the op must run. None if there is no such function.
    """
    *_, m, n = shape(op.a.type)[: -1 if op.is_complex else None]
    wanted = reads(op)
    match op:
        case ten.LuOp():
            by_columns = op.by_columns

            def lu(a: Any, order: Any, packed: Any) -> bool:
                return lapack.all_finite(a) and lapack.lu_into(a, order, packed, by_columns)

            return lu
        case ten.CholeskyOp() if n >= LONG_FACTOR:
            is_upper = op.is_upper
            return lambda a, factor: lapack.cholesky_into(a, factor, is_upper)
        case ten.QrOp() if m >= n >= LONG_FACTOR:

            def qr(a: Any, q: Any, r: Any) -> bool:
                kept = (q if wanted[0] else None, r if wanted[1] else None)
                return lapack.all_finite(a) and lapack.qr_into(a, *kept)

            return qr
        case _:
            return None


def _triangular_step(op: ten.TriangularSolveOp, slot: Mapping[SSAValue, int]) -> Step:
    matrix, right, target = slot[op.t], slot[op.b], slot[op.result]
    threads = _threads(shape(op.b.type)[: -1 if op.is_complex else None])
    remarks.passed("cpu", "triangular solve", op, "BLAS solves all right sides at once")
    if (own := _small_step(op, slot, op.b)) is not None:
        return own

    def solve(slots: Slots) -> None:
        t, x = slots[matrix], slots[target]
        lapack.copy(x, slots[right])
        if op.is_complex:
            t, x = numbers(t), numbers(x)
        with np.errstate(all="ignore"), threads:
            lapack.solve_triangular(op, t, x)

    return solve


def _symmetric_step(
    op: ten.SymmetricSolveOp, slot: Mapping[SSAValue, int], module: ModuleOp
) -> Step:
    matrix, right, target, lower = slot[op.a], slot[op.b], slot[op.result], op.is_lower
    threads = _threads(shape(op.a.type))
    remarks.passed("cpu", "symmetric solve", op, "one call of LAPACK for each matrix")
    if (own := _small_step(op, slot, op.b)) is not None:
        return own
    by_rule = reference_step(op, slot, module)

    def solve(slots: Slots) -> None:
        with np.errstate(all="ignore"), threads:
            if not lapack.solve_symmetric(slots[matrix], slots[right], slots[target], lower):
                by_rule(slots)

    return solve


def reference_step(op: Operation, slot: Mapping[SSAValue, int], module: ModuleOp) -> Step:
    """An op by the rule that defines it."""
    needs = [(x, slot[x], types.rank(x.type) == 0) for x in captured(op)]
    operands = list(op.operands)
    targets = [slot[r] for r in op.results]

    def step(slots: Slots) -> None:
        values = {x: (slots[k][()] if scalar else slots[k]) for x, k, scalar in needs}
        # One evaluator for each call: it has state, and several threads may call at once.
        evaluator = Evaluator(module)
        evaluator.set_values(values.items())
        with np.errstate(all="ignore"):
            results = evaluator._run_op(op, tuple(values[x] for x in operands)).values
        for k, value in zip(targets, results):
            # The value may be a view of an operand, or an operand.
            np.copyto(slots[k], value)

    return step
