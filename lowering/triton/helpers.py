"""Device functions that emitted files begin with, as far as their kernels call them."""

from __future__ import annotations

HELPERS: dict[str, str] = {
    "_maximum": '''
def _maximum(a, b):
    """The larger; NaN if one is NaN."""
    return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)
''',
    "_minimum": '''
def _minimum(a, b):
    """The smaller; NaN if one is NaN."""
    return tl.minimum(a, b, propagate_nan=tl.PropagateNan.ALL)
''',
    "_multiply": """
def _multiply(a, b):
    return a * b
""",
    "_plus": """
def _plus(a, b):
    return a + b
""",
    "_max_of_two": """
def _max_of_two(a, b):
    return tl.maximum(a, b)
""",
    "_min_of_two": """
def _min_of_two(a, b):
    return tl.minimum(a, b)
""",
    "_compose": '''
def _compose(a, b, c, d):
    """c (a h + b) + d = a c h + (c b + d)"""
    return a * c, c * b + d
''',
    "_compose_max": '''
def _compose_max(a, b, c, d):
    """max(max(h + a, b) + c, d) = max(h + (a + c), max(b + c, d))"""
    return a + c, _maximum(b + c, d)
''',
    "_compose_min": '''
def _compose_min(a, b, c, d):
    """min(min(h + a, b) + c, d) = min(h + (a + c), min(b + c, d))"""
    return a + c, _minimum(b + c, d)
''',
    "_divide": '''
def _divide(a, b):
    """a / b towards zero; 0 where b is 0."""
    safe = tl.where((b == 0) | (b == -1), 1, b)
    return tl.where(b == 0, 0, tl.where(b == -1, 0 - a, a // safe))
''',
    "_remainder": '''
def _remainder(a, b):
    """a - b * _divide(a, b), with the sign of a; 0 where b is 0."""
    safe = tl.where((b == 0) | (b == -1), 1, b)
    return tl.where(b == 0, 0, a % safe)
''',
    "_floor_divide": '''
def _floor_divide(a, b):
    """a / b rounded down; 0 where b is 0."""
    off = (_remainder(a, b) != 0) & ((a < 0) != (b < 0))
    return tl.where(off, _divide(a, b) - 1, _divide(a, b))
''',
    "_ceil_divide": '''
def _ceil_divide(a, b):
    """a / b rounded up; 0 where b is 0."""
    off = (_remainder(a, b) != 0) & ((a < 0) == (b < 0))
    return tl.where(off, _divide(a, b) + 1, _divide(a, b))
''',
    "_divide_unsigned": '''
def _divide_unsigned(a, b):
    """a / b rounded down; 0 where b is 0."""
    return tl.where(b == 0, 0, a // tl.where(b == 0, 1, b))
''',
    "_remainder_unsigned": '''
def _remainder_unsigned(a, b):
    """a modulo b; 0 where b is 0."""
    return tl.where(b == 0, 0, a % tl.where(b == 0, 1, b))
''',
    "_ceil_divide_unsigned": '''
def _ceil_divide_unsigned(a, b):
    """a / b rounded up; 0 where b is 0."""
    more = _remainder_unsigned(a, b) != 0
    return tl.where(more, _divide_unsigned(a, b) + 1, _divide_unsigned(a, b))
''',
    "_shift_left": '''
def _shift_left(a, b, WIDTH: tl.constexpr):
    """a shifted by b, where all bits are gone if b is no number of bits."""
    inside = (b >= 0) & (b < WIDTH)
    return tl.where(inside, a << tl.where(inside, b, 0), 0)
''',
    "_shift_right": '''
def _shift_right(a, b, WIDTH: tl.constexpr, SIGNED: tl.constexpr):
    """a shifted by b, where zeros (or the sign) alone are left if b is no number of bits."""
    inside = (b >= 0) & (b < WIDTH)
    if SIGNED:
        return a >> tl.where(inside, b, WIDTH - 1)
    else:
        return tl.where(inside, a >> tl.where(inside, b, 0), 0)
''',
    "_to_int": '''
def _to_int(x, LOW: tl.constexpr, HIGH: tl.constexpr, dtype: tl.constexpr):
    """x towards zero as an integer; the nearest limit where it is outside, 0 for NaN."""
    low = x <= LOW * 1.0
    high = x >= HIGH * 1.0
    whole = tl.where(low | high | (x != x), 0.0, x).to(dtype)
    return tl.where(low, LOW, tl.where(high, HIGH, whole))
''',
    "_to_unsigned": '''
def _to_unsigned(x, HIGH: tl.constexpr, unsigned: tl.constexpr, dtype: tl.constexpr):
    """x towards zero as an unsigned integer; the nearest limit where it is outside, 0 for NaN."""
    high = x >= HIGH
    whole = tl.where((x > 0) & (x < HIGH), x, 0.0).to(unsigned).to(dtype, bitcast=True)
    return tl.where(high, -1, whole)
''',
    "_popcount": '''
def _popcount(x):
    """How many bits of an unsigned 64-bit integer are set."""
    x = x - ((x >> 1) & 0x5555555555555555)
    x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F
    return (x * 0x0101010101010101) >> 56
''',
    "_leading_zeros": '''
def _leading_zeros(x, WIDTH: tl.constexpr):
    """
    How many bits of an unsigned 64-bit integer below 2^WIDTH are above the highest that is set.
    """
    x = x | (x >> 1)
    x = x | (x >> 2)
    x = x | (x >> 4)
    x = x | (x >> 8)
    x = x | (x >> 16)
    x = x | (x >> 32)
    return WIDTH - _popcount(x).to(tl.int64)
''',
    "_trailing_zeros": '''
def _trailing_zeros(x, WIDTH: tl.constexpr):
    """
    How many bits of an unsigned 64-bit integer are below the lowest that is set; at most WIDTH.
    """
    return tl.where(x == 0, WIDTH, _popcount((x ^ (x - 1)) >> 1).to(tl.int64))
''',
    "_integer_power": '''
def _integer_power(a, b, WIDTH: tl.constexpr):
    """a to the b, by squaring; for b < 0 the quotient 1 / a^-b towards zero."""
    power = a * 0 + 1
    square = a
    for bit in tl.static_range(WIDTH - 1):
        power = tl.where(((b >> bit) & 1) != 0, power * square, power)
        square = square * square
    unit = tl.where((a == 1) | ((a == -1) & ((b & 1) == 0)), 1, tl.where(a == -1, a, a * 0))
    return tl.where(b < 0, unit, power)
''',
}  # fmt: skip

NEEDS = {
    "_compose_max": ("_maximum",),
    "_compose_min": ("_minimum",),
    "_floor_divide": ("_divide", "_remainder"),
    "_ceil_divide": ("_divide", "_remainder"),
    "_ceil_divide_unsigned": ("_divide_unsigned", "_remainder_unsigned"),
    "_leading_zeros": ("_popcount",),
    "_trailing_zeros": ("_popcount",),
}

SHIM = """
if triton.knobs.runtime.interpret:  # The interpreter has no libdevice: NumPy stands in for it.
    import numpy as np
    from triton.runtime.interpreter import TensorHandle

    class libdevice:
        @staticmethod
        def _call(function, *xs):
            data = function(*(x.handle.data for x in xs)).astype(xs[0].handle.data.dtype)
            shape = max((list(x.shape) for x in xs), key=len)
            kind = tl.block_type(xs[0].dtype, list(data.shape)) if shape else xs[0].dtype
            return tl.tensor(TensorHandle(data, xs[0].dtype), kind)

{functions}
"""

NUMPY = {
    "acos": "np.arccos",
    "acosh": "np.arccosh",
    "asin": "np.arcsin",
    "asinh": "np.arcsinh",
    "atan": "np.arctan",
    "atan2": "np.arctan2",
    "atanh": "np.arctanh",
    "cyl_bessel_i0": "special.i0",
    "cyl_bessel_i1": "special.i1",
    "erf": "np.vectorize(math.erf)",
    "erfc": "special.erfc",
    "erfcinv": "special.erfcinv",
    "erfcx": "special.erfcx",
    "erfinv": "special.erfinv",
    "j0": "special.j0",
    "j1": "special.j1",
    "lgamma": "special.gammaln",
    "normcdf": "special.ndtr",
    "normcdfinv": "special.ndtri",
    "tgamma": "special.gamma",
    "y0": "special.y0",
    "y1": "special.y1",
    "pow": "np.power",
    # Just below a half is not rounded up by the addition.
    "round": "lambda x: np.trunc(x + np.copysign(np.nextafter(x.dtype.type(0.5), "
    "x.dtype.type(0)), x))",
}
"""What NumPy calls the functions of libdevice, where it is not the same."""


def shim(functions: set[str]) -> str:
    """Stand-ins for these functions of libdevice, under the interpreter."""
    lines = []
    for name in sorted(functions):
        call = NUMPY.get(name, f"np.{name}")
        lines.append(f"        {name} = staticmethod(lambda *xs: libdevice._call({call}, *xs))")
    text = SHIM.replace("{functions}", "\n".join(lines))
    if "special." in text:
        new = "import numpy as np\n    from scipy import special\n"
        text = text.replace("import numpy as np\n", new)
    if "math." in text:
        text = text.replace("import numpy as np\n", "import math\n\n    import numpy as np\n")
    return text


def texts(names: set[str]) -> list[str]:
    """The definitions of these helpers, and of those that they call, in order."""
    wanted = set(names)
    for name in names:
        wanted.update(NEEDS.get(name, ()))
    return [f"@triton.jit{text.rstrip()}" for name, text in HELPERS.items() if name in wanted]
