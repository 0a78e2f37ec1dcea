"""
The named ops of `linalg`, each as the maps of its operands. A letter is a dimension; `i*s` stands
for the dimension i times the stride of its window, and `k*d` for k times its dilation. Dimensions
that the last map does not have are reduced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xdsl.ir.affine import AffineExpr, AffineMap

PRODUCTS: dict[str, str] = {
    "matmul": "m k, k n -> m n",
    "matmul_transpose_a": "k m, k n -> m n",
    "matmul_transpose_b": "m k, n k -> m n",
    "batch_matmul": "b m k, b k n -> b m n",
    "batch_matmul_transpose_a": "b k m, b k n -> b m n",
    "batch_matmul_transpose_b": "b m k, b n k -> b m n",
    "batch_reduce_matmul": "b m k, b k n -> m n",
    "matvec": "m k, k -> m",
    "vecmat": "k, k n -> n",
    "batch_matvec": "b m k, b k -> b m",
    "batch_vecmat": "b k, b k n -> b n",
    "dot": "k, k -> ",
    "mmt4d": "m k i c, n k j c -> m n i j",
    "batch_mmt4d": "b m k i c, b n k j c -> b m n i j",
    "conv_1d": "o+k, k -> o",
    "conv_2d": "o+k p+l, k l -> o p",
    "conv_3d": "o+k p+l q+m, k l m -> o p q",
    "conv_1d_nwc_wcf": "n o*s0+k*d0 c, k c f -> n o f",
    "conv_1d_ncw_fcw": "n c o*s0+k*d0, f c k -> n f o",
    "conv_2d_nhwc_hwcf": "n o*s0+k*d0 p*s1+l*d1 c, k l c f -> n o p f",
    "conv_2d_nhwc_fhwc": "n o*s0+k*d0 p*s1+l*d1 c, f k l c -> n o p f",
    "conv_2d_nchw_fchw": "n c o*s0+k*d0 p*s1+l*d1, f c k l -> n f o p",
    "conv_2d_ngchw_fgchw": "n g c o*s0+k*d0 p*s1+l*d1, f g c k l -> n g f o p",
    "conv_2d_ngchw_gfchw": "n g c o*s0+k*d0 p*s1+l*d1, g f c k l -> n g f o p",
    "conv_2d_nhwgc_gfhwc": "n o*s0+k*d0 p*s1+l*d1 g c, g f k l c -> n o p g f",
    "conv_3d_ndhwc_dhwcf": ("n o*s0+k*d0 p*s1+l*d1 q*s2+m*d2 c, k l m c f -> n o p q f"),
    "conv_3d_ncdhw_fcdhw": ("n c o*s0+k*d0 p*s1+l*d1 q*s2+m*d2, f c k l m -> n f o p q"),
    "depthwise_conv_1d_nwc_wc": "n o*s0+k*d0 c, k c -> n o c",
    "depthwise_conv_1d_ncw_cw": "n c o*s0+k*d0, c k -> n c o",
    "depthwise_conv_1d_nwc_wcm": "n o*s0+k*d0 c, k c m -> n o c m",
    "depthwise_conv_2d_nhwc_hwc": "n o*s0+k*d0 p*s1+l*d1 c, k l c -> n o p c",
    "depthwise_conv_2d_nchw_chw": "n c o*s0+k*d0 p*s1+l*d1, c k l -> n c o p",
    "depthwise_conv_2d_nhwc_hwcm": "n o*s0+k*d0 p*s1+l*d1 c, k l c m -> n o p c m",
    "depthwise_conv_3d_ndhwc_dhwc": ("n o*s0+k*d0 p*s1+l*d1 q*s2+m*d2 c, k l m c -> n o p q c"),
    "depthwise_conv_3d_ncdhw_cdhw": ("n c o*s0+k*d0 p*s1+l*d1 q*s2+m*d2, c k l m -> n c o p q"),
}
"""Sums of products of the two operands."""

_NHWC = "n o*s0+k*d0 p*s1+l*d1 c, k l -> n o p c"
_NCHW = "n c o*s0+k*d0 p*s1+l*d1, k l -> n c o p"
_NWC = "n o*s0+k*d0 c, k -> n o c"
_NCW = "n c o*s0+k*d0, k -> n c o"
_NDHWC = "n o*s0+k*d0 p*s1+l*d1 q*s2+m*d2 c, k l m -> n o p q c"

POOLINGS: dict[str, tuple[str, str]] = {
    "pooling_nhwc_sum": (_NHWC, "sum"),
    "pooling_nchw_sum": (_NCHW, "sum"),
    "pooling_nhwc_max": (_NHWC, "max"),
    "pooling_nchw_max": (_NCHW, "max"),
    "pooling_nhwc_min": (_NHWC, "min"),
    "pooling_nhwc_max_unsigned": (_NHWC, "umax"),
    "pooling_nhwc_min_unsigned": (_NHWC, "umin"),
    "pooling_nwc_sum": (_NWC, "sum"),
    "pooling_ncw_sum": (_NCW, "sum"),
    "pooling_nwc_max": (_NWC, "max"),
    "pooling_ncw_max": (_NCW, "max"),
    "pooling_nwc_min": (_NWC, "min"),
    "pooling_nwc_max_unsigned": (_NWC, "umax"),
    "pooling_nwc_min_unsigned": (_NWC, "umin"),
    "pooling_ndhwc_sum": (_NDHWC, "sum"),
    "pooling_ndhwc_max": (_NDHWC, "max"),
    "pooling_ndhwc_min": (_NDHWC, "min"),
}
"""Reductions of windows. Only the shape of the second operand, the size of a window, counts."""

ELEMENTWISE: dict[str, tuple[int, tuple[str | None, str | None, str | None]]] = {
    # The number of operands; the op on floats, on integers, on truth values.
    "add": (2, ("arith.addf", "arith.addi", "arith.ori")),
    "sub": (2, ("arith.subf", "arith.subi", None)),
    "mul": (2, ("arith.mulf", "arith.muli", "arith.andi")),
    "div": (2, ("arith.divf", "arith.divsi", None)),
    "div_unsigned": (2, (None, "arith.divui", None)),
    "max": (2, ("arith.maximumf", "arith.maxsi", "arith.ori")),
    "min": (2, ("arith.minimumf", "arith.minsi", "arith.andi")),
    "max_signed": (2, ("arith.maximumf", "arith.maxsi", None)),
    "min_signed": (2, ("arith.minimumf", "arith.minsi", None)),
    "max_unsigned": (2, (None, "arith.maxui", None)),
    "min_unsigned": (2, (None, "arith.minui", None)),
    "powf": (2, ("math.powf", None, None)),
    "exp": (1, ("math.exp", None, None)),
    "log": (1, ("math.log", None, None)),
    "abs": (1, ("math.absf", "math.absi", None)),
    "ceil": (1, ("math.ceil", None, None)),
    "floor": (1, ("math.floor", None, None)),
    "negf": (1, ("arith.negf", None, None)),
    "round": (1, ("math.round", None, None)),
    "sqrt": (1, ("math.sqrt", None, None)),
    "rsqrt": (1, ("math.rsqrt", None, None)),
    "tanh": (1, ("math.tanh", None, None)),
    "erf": (1, ("math.erf", None, None)),
    "reciprocal": (1, ("reciprocal", None, None)),
    "square": (1, ("square", None, None)),
    "select": (3, ("arith.select", "arith.select", "arith.select")),
    "copy": (1, ("copy", "copy", "copy")),
}

_TERM = re.compile(r"(\w)(?:\*([sd])(\d))?")


@dataclass(frozen=True)
class Nest:
    """The maps of an op, and which of its dimensions are reduced."""

    maps: tuple[AffineMap, ...]
    reduced: tuple[bool, ...]


def nest(text: str, strides: tuple[int, ...] = (), dilations: tuple[int, ...] = ()) -> Nest:
    """The maps that a line of the tables says."""
    parts = text.replace(" -> ", ",").split(",")
    letters = list(dict.fromkeys(re.findall(r"\b[a-z]\b", text)))
    result = set(re.findall(r"\b[a-z]\b", parts[-1]))
    factors = {"s": strides, "d": dilations}

    def expression(word: str) -> AffineExpr:
        total: AffineExpr | None = None
        for letter, kind, k in _TERM.findall(word):
            factor = factors[kind][int(k)] if kind and factors[kind] else 1
            term = AffineExpr.dimension(letters.index(letter)) * factor
            total = term if total is None else total + term
        assert total is not None
        return total

    maps = tuple(
        AffineMap(len(letters), 0, tuple(expression(w) for w in part.split())) for part in parts
    )
    return Nest(maps, tuple(x not in result for x in letters))
