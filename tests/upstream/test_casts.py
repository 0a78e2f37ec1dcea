"""
Casts of tensors and vectors, which xDSL's `arith` does not take: each element is what NumPy says,
on the reference and in machine code.
"""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.tools import source
from letgrad.tools.programs import new_context

DTYPES = {
    "f32": np.float32, "f64": np.float64, "i1": np.bool_, "i8": np.int8, "i32": np.int32,
    "i64": np.int64, "index": np.int64,
}  # fmt: skip
CASES = {
    "sitofp i32 f64": ([1, 0, -3], [1, 0, -3]),
    "sitofp i1 f32": ([1, 0, 1], [-1, 0, -1]),
    "uitofp i8 f64": ([1, 0, -3], [1, 0, 253]),
    "uitofp i1 f32": ([1, 0, 1], [1, 0, 1]),
    "fptosi f64 i32": ([1.9, 0, -3.9], [1, 0, -3]),
    "fptoui f64 i8": ([1.9, 0, 253.5], [1, 0, -3]),
    "extsi i8 i32": ([1, 0, -3], [1, 0, -3]),
    "extui i8 i32": ([1, 0, -3], [1, 0, 253]),
    "extsi i1 i32": ([1, 0, 1], [-1, 0, -1]),
    "extui i1 i32": ([1, 0, 1], [1, 0, 1]),
    "trunci i32 i8": ([258, 0, -3], [2, 0, -3]),
    "trunci i32 i1": ([2, 1, -1], [0, 1, 1]),
    "trunci i8 i1": ([-2, 3, 4], [0, 1, 0]),
    "index_cast index i32": ([1, 0, -3], [1, 0, -3]),
    "index_castui i8 index": ([1, 0, -3], [1, 0, 253]),
    "index_castui index i64": ([1, 0, -3], [1, 0, -3]),
    "index_castui i1 index": ([1, 0, 1], [1, 0, 1]),
}


def text(op: str, x: str, y: str, kind: str) -> str:
    def of(element: str) -> str:
        return kind.replace("T", element)

    return f"""
    func.func @f(%x: {of(x)}) -> {of(y)} {{
      %y = arith.{op} %x : {of(x)} to {of(y)}
      return %y : {of(y)}
    }}"""


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["tensor<3xT>", "vector<3xT>", "T"])
def test_values(case: str, kind: str) -> None:
    op, x, y = case.split()
    module = source.parse(new_context(), text(op, x, y, kind), "f.mlir")
    module.verify()
    again = source.parse(new_context(), str(module), "f.mlir")
    assert str(again) == str(module)
    convert(module)
    module.verify()
    given, wanted = CASES[case]
    xs = np.asarray(given).astype(DTYPES[x])
    for backend in ("numpy", "cpu"):
        compiled = backends.compile(backend, module.clone(), "f")
        found = compiled(xs)[0] if kind != "T" else [compiled(v)[0] for v in xs]
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted).astype(DTYPES[y]))


@pytest.mark.parametrize(
    "case", ["trunci i8 i32", "extsi i32 i8", "sitofp f32 f64", "index_cast i8 i64"]
)
def test_casts_of_other_types_are_errors(case: str) -> None:
    op, x, y = case.split()
    module = source.parse(new_context(), text(op, x, y, "tensor<3xT>"), "f.mlir")
    with pytest.raises(VerifyException, match=f"arith.{op} is no cast"):
        module.verify()
