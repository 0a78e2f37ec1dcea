"""Discrete Fourier transforms, and those of cosines and sines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import Float32Type, Float64Type, StringAttr
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, prop_def, result_def

from .. import types
from ..types import element, ints, like, shape
from .base import ByDims

TRANSFORMS = ("forward", "backward", "real", "hermitian")


@irdl_op_definition
class FftOp(ByDims):
    """
    Discrete Fourier transform over dimensions, without a factor in front.

    A complex number is a pair of elements: the last dimension has the real and the imaginary part.
    So the op is linear in a real tensor, and its transpose is a transform, too.

        forward      y[k] = Σ x[j] exp(-2πi jk/n)
        backward     y[k] = Σ x[j] exp(+2πi jk/n)
        real         forward of real numbers: the first n/2 + 1 of the y[k], as the others are their
                     conjugates
        hermitian    backward to n real numbers, from the first n/2 + 1 numbers x[j]; the others are
                     taken for their conjugates

    The syntax is `ten.fft kind, %x dims [0] : type of x -> type of y`.
    Shapes:  forward, backward: x (n…, 2)  ->  y (n…, 2);  real: x (n…)  ->  y (m…, 2);
             hermitian: x (m…, 2)  ->  y (n…);  m is n but n/2 + 1 at the only one of dims
    Errors:  elements that are neither f32 nor f64; no pairs; no elements along one of dims; not one
             dim for `real` and `hermitian`.
    Linear in x; the transpose of `forward` is `backward`, and that of `real` is `hermitian` with
    weights.
    Source:  numpy.fft.
    """

    name = "ten.fft"
    SYNTAX: ClassVar = "ten.fft kind, %x dims [0] : type of x -> type of y"
    kind = prop_def(StringAttr)
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "kind"

    def __init__(
        self, kind: str, x: SSAValue | Operation, dims: Sequence[int], size: int | None = None
    ):
        """`size` is the n of a `hermitian` transform."""
        properties = {"kind": StringAttr(kind), "dims": types.int_array(sorted(dims))}
        given = SSAValue.get(x).type
        result: Attribute | None = None
        if size is not None:
            sizes = list(shape(given)[:-1])
            sizes[dims[0]] = size
            result = like(given, sizes)
        self._build([x], properties, result)

    def result_type(self) -> Attribute:
        x, kind = self.x.type, self.kind.data
        sizes = list(shape(x))
        self.require(kind in TRANSFORMS, lambda: f"'{kind}' is none of {', '.join(TRANSFORMS)}")
        self.require(
            isinstance(element(x), Float32Type | Float64Type),
            lambda: f"the elements of {x} are neither f32 nor f64",
        )
        if kind != "real":
            self.require(sizes[-1:] == [2], lambda: f"the last dimension of {x} is no pair")
            sizes.pop()
        dims = self.checked_dims(len(sizes))
        self.require(
            all(sizes[d] for d in dims), lambda: f"{x} has no elements along dims {list(dims)}"
        )
        if kind in ("forward", "backward"):
            return x
        self.require(len(dims) == 1, lambda: f"{kind} takes one dim, not {list(dims)}")
        (d,) = dims
        if kind == "real":
            sizes[d] = sizes[d] // 2 + 1
            return like(x, [*sizes, 2])
        given = shape(self.result.type)
        n = given[d] if d < len(given) else 0
        self.require(
            n > 0 and n // 2 + 1 == sizes[d],
            lambda: (
                f"{n} numbers along dim {d} have {n // 2 + 1} independent coefficients, not "
                f"{sizes[d]}"
            ),
        )
        sizes[d] = n
        return like(x, sizes)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        changes = self.kind.data in ("forward", "backward") and not ints(self.dims)
        return (self.x,) if changes else super().fold()


WAVES = ("cosine1", "cosine2", "cosine3", "cosine4", "sine1", "sine2", "sine3", "sine4")


@irdl_op_definition
class DctOp(ByDims):
    """
    Discrete cosine or sine transform of real numbers along one dimension, without a factor in
    front.

        cosine1      y[k] = x[0] + (-1)^k x[n-1] + 2 Σ x[j] cos(π jk / (n-1)),  0 < j < n-1
        cosine2      y[k] = 2 Σ x[j] cos(π (2j+1) k / 2n)
        cosine3      y[k] = x[0] + 2 Σ x[j] cos(π j (2k+1) / 2n),  0 < j
        cosine4      y[k] = 2 Σ x[j] cos(π (2j+1) (2k+1) / 4n)
        sine1        y[k] = 2 Σ x[j] sin(π (j+1) (k+1) / (n+1))
        sine2        y[k] = 2 Σ x[j] sin(π (2j+1) (k+1) / 2n)
        sine3        y[k] = (-1)^k x[n-1] + 2 Σ x[j] sin(π (j+1) (2k+1) / 2n),  j < n-1
        sine4        y[k] = 2 Σ x[j] sin(π (2j+1) (2k+1) / 4n)

    The syntax is `ten.dct kind, %x dims [0] : type of x -> type of y`.
    Shapes:  x (n…)  ->  y (n…)
    Errors:  elements that are neither f32 nor f64; not one dim; no elements along it, or fewer than
             two for `cosine1`.
    Linear in x; the transpose of `cosine2` is `cosine3` with weights, and the same of sines. The
    other kinds are their own transposes, `cosine1` with weights.
    Source:  scipy.fft.dct and scipy.fft.dst, with the norm "backward".
    """

    name = "ten.dct"
    SYNTAX: ClassVar = "ten.dct kind, %x dims [0] : type of x -> type of y"
    kind = prop_def(StringAttr)
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "kind"

    def __init__(self, kind: str, x: SSAValue | Operation, dim: int):
        properties = {"kind": StringAttr(kind), "dims": types.int_array([dim])}
        self._build([x], properties)

    @property
    def dim(self) -> int:
        """The dimension along which the op transforms."""
        (d,) = ints(self.dims)
        return d

    def result_type(self) -> Attribute:
        x, kind = self.x.type, self.kind.data
        self.require(kind in WAVES, lambda: f"'{kind}' is none of {', '.join(WAVES)}")
        self.require(
            isinstance(element(x), Float32Type | Float64Type),
            lambda: f"the elements of {x} are neither f32 nor f64",
        )
        dims = self.checked_dims(len(shape(x)))
        self.require(len(dims) == 1, lambda: f"{kind} takes one dim, not {list(dims)}")
        n, least = shape(x)[dims[0]], 2 if kind == "cosine1" else 1
        self.require(
            n >= least, lambda: f"{kind} needs {least} elements along dim {dims[0]}, not {n}"
        )
        return x
