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
# What of NumPy can be traced

Made by `python -m letgrad.frontend.coverage`; do not edit. Anything else raises a `TypeError` that
names it and your line.

Arrays have the dtypes bool, int8, int16, int32, int64, float16, bfloat16, float32 and float64, and
NumPy's promotion rules; there are no unsigned integers and no complex numbers. Where NumPy raises
because of values (an index out of bounds, say), a traced program cannot: integer division by 0
gives 0, a traced index outside of an array reads 0, and what needs a regular matrix gives NaN for
a singular one.

## Elementwise functions and products (ufuncs)

"""

UFUNCS = """\
Called, with `dtype=`; not with `out=` or `where=`. `u.outer(a, b)` works for all with two operands.
`u.reduce` of add, multiply, maximum, minimum, logical_and and logical_or has the parameters of
`sum`, and `u.accumulate` of add and multiply those of `cumsum`; both work for all others that keep
the dtype, over one axis, as a loop.
"""

FUNCTIONS = """
## Functions

With these parameters; others must be left at their defaults.

| function | parameters | |
|---|---|---|
"""

REFUSED = """
## Never

The shape of the result depends on values: """

METHODS_HEAD = """
## Methods and operators of arrays

All operators, in-place ones as `x = x + y`; `x[...]` with integers, slices, `...`, `None`, integer
arrays and masks of NumPy, traced integers and arrays of them; no `x[...] = y`. Attributes `T`,
`mT`, `shape`, `dtype`, `ndim`, `size`, `nbytes`, `itemsize`, `real`, `imag`, `flat`. Methods: """


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
