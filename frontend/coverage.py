"""
Makes `docs/numpy-coverage.md` from the tables: the functions of NumPy that letgrad can trace.

    python -m letgrad.frontend.coverage [FILE]      writes FILE, or docs/numpy-coverage.md
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from . import numpy_derived as numpy_derived  # This import adds functions to the tables.
from . import numpy_functions
from .tracing import METHODS

HEAD = """\
# The functions of NumPy that letgrad can trace

Made by `python -m letgrad.frontend.coverage`; do not edit. If letgrad does not support a function,
it raises a `TypeError` that names the function and your line.

Arrays have the dtypes bool, int8, int16, int32, int64, float16, bfloat16, float32, float64,
complex64 and complex128, and NumPy's promotion rules ([dtypes](dtypes.md) has the differences).
There are no unsigned integers. Functions that NumPy has for complex arrays take traced ones, too
([complex numbers](complex.md)). NumPy raises some errors because of values (an index out of bounds,
for example); a traced program cannot raise these. Integer division by 0 gives 0. An index that is
data counts from the end if it is negative, and reads 0 beyond ([indices](indices.md)). A function
that needs a regular matrix gives NaN for a singular matrix.

## Elementwise functions and products (ufuncs)

"""

UFUNCS = """\
A call takes `dtype=`, `out=` with a traced array, and `where=` beside `out=`. `u.at(x, key, v)`
works for all ufuncs of one and two operands ([writes](writes.md)). `u.outer(a, b)` works for all
ufuncs with two operands. `u.reduce` of add, multiply, maximum, minimum, logical_and and logical_or
has the parameters of `sum`. `u.accumulate` of add and multiply has the parameters of `cumsum`. For
other ufuncs that keep the dtype, both methods work over one axis, as a loop.
"""

FUNCTIONS = """
## Functions

letgrad supports these parameters. Leave other parameters at their defaults.

| function | parameters | |
|---|---|---|
"""

REFUSED = """
## Never

letgrad cannot trace these functions, because the shape of the result depends on values: """

METHODS_HEAD = """
## Methods and operators of arrays

Arrays have all operators. An in-place operator such as `x += y` writes to the array. `x[...]`
takes integers, slices, `...`, `None`, integer arrays and masks of NumPy, traced integers and arrays
of traced integers. `x[...] = y` takes all of these, and traced masks ([writes](writes.md)). The
methods `fill`, `sort`, `partition` and `put` write to the array. Arrays have the attributes `T`,
`mT`, `shape`, `dtype`, `ndim`, `size`, `nbytes`, `itemsize`, `real`, `imag`, `flat`, and these
methods: """


def note(rule: object) -> str:
    """The first line of the docstring of a rule, if the rule has a docstring of its own."""
    own = getattr(rule, "__doc__", None) if inspect.isfunction(rule) else None
    return "" if not own else own.strip().splitlines()[0]


def text() -> str:
    """The whole page."""
    lines = [HEAD, UFUNCS, "\n"]
    lines += [
        f"- `{name}`{': ' + note(rule) if note(rule) else ''}\n"
        for name, rule in sorted(numpy_functions.UFUNC_RULES.items())
    ]
    lines.append(FUNCTIONS)
    for name, rule in sorted(numpy_functions.FUNCTION_RULES.items()):
        parameters = [str(p).split("=")[0] for p in inspect.signature(rule).parameters.values()]
        lines.append(f"| `{name}` | {', '.join(parameters)} | {note(rule)} |\n")
    lines.append(REFUSED + ", ".join(f"`{name}`" for name in numpy_functions.REFUSED) + ".\n")
    lines.append(METHODS_HEAD + ", ".join(f"`{name}`" for name in METHODS) + ".\n")
    return "".join(lines)


def main() -> None:
    default = Path(__file__).parent.parent / "docs" / "numpy-coverage.md"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
