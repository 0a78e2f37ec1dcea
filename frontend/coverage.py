"""
Makes two pages from the tables: the functions of NumPy and of SciPy that letgrad can trace.

    python -m letgrad.frontend.coverage             writes docs/numpy-coverage.md and
                                                    docs/scipy-coverage.md
    python -m letgrad.frontend.coverage FILE        writes the page of NumPy to FILE
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

from ..dialects import ten
from ..lowering.triton.expressions import SPECIAL
from . import api, numpy_functions, numpy_namespace, tracing
from . import numpy_derived as numpy_derived  # This import adds functions to the tables.
from .scipy_functions import RULES
from .scipy_functions.distributions import DISTRIBUTIONS, Distribution, Family
from .tracing import METHODS

HEAD = """\
# The functions of NumPy that letgrad can trace

Made by `python -m letgrad.frontend.coverage`; do not edit. If letgrad does not support a function,
it raises a `TypeError` that names the function and your line.

Arrays have the dtypes bool, int8 to int64, uint8 to uint64, float16, bfloat16, float32, float64,
complex64 and complex128, and NumPy's promotion rules ([dtypes](dtypes.md) has the differences).
Functions that NumPy has for complex arrays take traced ones, too ([complex numbers](complex.md)).
NumPy raises some errors because of values (an index out of bounds, for example); a traced program
cannot raise these. Integer division by 0 gives 0. An index that is data counts from the end if it
is negative, and reads 0 beyond ([indices](indices.md)). A function that needs a regular matrix
gives NaN for a singular matrix.

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

letgrad supports these parameters. Leave other parameters at their defaults. The functions of
`np.polynomial.polynomial`, `chebyshev`, `legendre`, `hermite`, `hermite_e` and `laguerre` take
traced coefficients and places as `letgrad.numpy.polynomial`, and in a function under `lg.program`.
So do the classes `Polynomial`, `Chebyshev`, `Legendre`, `Hermite`, `HermiteE` and `Laguerre`, and
`letgrad.numpy.poly1d`. They keep coefficients that are 0, which NumPy drops at the end.
A program cannot write to what `letgrad.numpy.lib.stride_tricks.as_strided` gives of an array.

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
of traced integers. `x[...] = y` takes all of these, and traced masks ([writes](writes.md)).
`x[mask]` of a traced mask has no known size. It takes ufuncs, its `size`, and sum, prod, mean, std,
var, max, min, any, all and count_nonzero, over all its elements or over the axis 0. The methods
`fill`, `sort`, `partition` and `put` write to the array. Arrays have the attributes `T`, `mT`,
`shape`, `dtype`, `ndim`, `size`, `nbytes`, `itemsize`, `real`, `imag`, `flat`, and these
methods: """


EVERY_NAME = """
## Every public name

Of NumPy {version}, and of its module `linalg`.
"""

MEANINGS = {
    "traced": "letgrad traces these functions. They stand above, some under another name",
    "made": (
        "`letgrad.numpy` and `lg.program` have their own, which take traced values. NumPy's run "
        "during the trace, on known numbers"
    ),
    "depends": "The shape of the result depends on values, which is an error",
    "refused": "letgrad has no rule. A traced array as argument is a `TypeError` with this name",
    "known": (
        "NumPy runs these during the trace: they take no arrays, or arrays of known numbers. A "
        "traced array as argument is a `TypeError`"
    ),
    "classes": "Classes, dtypes and errors, which mean the same",
    "constants": "Numbers and objects, which mean the same",
    "modules": "Modules, whose functions are above with the name of the module, or have no rule",
}
"""Each name of NumPy is in one of these groups."""

TAKES_NAMES = {"mgrid", "ogrid", "r_", "c_"}
"""Objects of `letgrad.numpy` that take traced values in brackets."""


def group(name: str, value: Any) -> str:
    """The group in `MEANINGS` of a name of NumPy."""
    if isinstance(value, ModuleType):
        return "modules"
    if isinstance(value, type) and name not in numpy_namespace.MADE:
        return "classes"
    if name in TAKES_NAMES:
        return "made"
    if not callable(value):
        return "constants"
    if any(numpy_functions.find(refused) is value for refused in numpy_functions.REFUSED):
        return "depends"
    if isinstance(value, numpy.ufunc):
        return "traced" if value in tracing.UFUNCS or value in tracing.GENERALIZED else "refused"
    if value in tracing.FUNCTIONS:
        return "traced"
    if name in numpy_namespace.MADE:
        return "made"
    # NumPy asks the arguments of these functions who computes.
    return "refused" if hasattr(value, "_implementation") else "known"


def public_names() -> Iterator[tuple[str, Any]]:
    """The names that NumPy says are public, and their values."""
    for name in sorted(numpy.__all__):
        yield name, getattr(numpy, name)
    for name in sorted(numpy.linalg.__all__):
        yield f"linalg.{name}", getattr(numpy.linalg, name)


def names() -> str:
    """What happens for each public name of the installed NumPy."""
    version = ".".join(numpy.__version__.split(".")[:2])
    groups: dict[str, list[str]] = {kind: [] for kind in MEANINGS}
    for name, value in public_names():
        groups[group(name, value)].append(f"`{name}`")
    lines = [EVERY_NAME.format(version=version)]
    lines += [
        f"\n- {MEANINGS[kind]}: {', '.join(found)}." for kind, found in groups.items() if found
    ]
    return "".join(lines) + "\n"


def note(rule: object) -> str:
    """The first line of the docstring of a rule, if the rule has a docstring of its own."""
    own = getattr(rule, "__doc__", None) if inspect.isfunction(rule) else None
    return "" if not own else own.strip().splitlines()[0]


def text() -> str:
    """The page without the last part, which depends on the version of NumPy."""
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


SCIPY_HEAD = """\
# The functions of SciPy that letgrad can trace

Made by `python -m letgrad.frontend.coverage`; do not edit.

`letgrad.scipy` has the modules and names of SciPy:

```python
import letgrad as lg
import letgrad.scipy.stats as stats

print(f"{lg.grad(stats.norm.logpdf)(1.5):.1f}")
```

```text
-1.5
```

On numbers and NumPy arrays a name is SciPy's own, bit for bit. On traced arrays a function of this
page is letgrad's. The ufuncs of `scipy.special` itself take traced arrays, too. In a function under
`@lg.program` the functions of SciPy on this page stand for those of letgrad. SciPy is an extra
(`pip install letgrad[scipy]`). Functions with a formula work without SciPy.

Objects, such as splines and densities of samples, are made of known or of traced numbers, and take
known or traced places. Where SciPy raises an error because of values, such as a place outside of a
spline, traced values give NaN. A function as argument may use traced numbers from outside.

Floats of 16 bits become float32, as in SciPy. Float32 is computed in float64 and rounded once, if
the function is SciPy's. letgrad refuses a derivative that no formula of functions on this page has,
and the error names the function and the parameter. Derivatives have any order.

The derivatives of incomplete gamma and beta functions by their shapes, and those of Bessel
functions by their order, are sums over the nodes of an integral. The former hold for all shapes.
The latter hold for x up to 100 and orders up to 50, and are NaN beyond.

The error functions, `gamma`, `loggamma`, `rgamma`, `psi`, `ndtr`, `xlogy`, `xlog1py`, `expm1` and
`log1p` also take complex arrays, and so do the functions of `scipy.linalg` but for `lu`.

A dtype cannot depend on values. So a function of a real matrix is real: where SciPy's result is
complex, as the root of a matrix with a negative eigenvalue, letgrad's is NaN. The complex matrix
`A + 0j` has the complex result. Densities of float32 are float32; SciPy's are float64.

## Special functions

The column "by" has the parameters by which the function differentiates. The backend `cpu` calls
SciPy's C functions out of its loops. Triton has the functions that are marked: by a formula, or by
CUDA's library.

| function | meaning | by | Triton |
|---|---|---|---|
"""

SCIPY_FUNCTIONS = """
## Functions

| function | parameters | |
|---|---|---|
"""

SCIPY_DISTRIBUTIONS = """
## Distributions

The parameters have SciPy's names, and `loc` and `scale` follow the shapes. `stats.norm(loc, scale)`
fixes the parameters. Outside of the support, densities are 0, and where a parameter is wrong, the
result is NaN. If a distribution has no formula for a method, the call is an error that says so.

| distribution | shapes | methods |
|---|---|---|
"""


def scipy_text() -> str:
    """The page of SciPy."""
    lines = [SCIPY_HEAD]
    for name, row in sorted(ten.FUNCTIONS.items()):
        if row.output is not None:
            continue
        by = ", ".join(p for p, slope in zip(row.parameters, row.slopes) if slope is not None)
        call = f"{name}({', '.join(row.parameters)})"
        known = "yes" if on_triton(row) else ""
        lines.append(f"| `{call}` | {_cell(row.equation)} | {by} | {known} |\n")
    lines.append(SCIPY_FUNCTIONS)
    for path, rule in sorted(RULES.items()):
        module, _, name = path.partition(".")
        if module == "special" and name in ten.FUNCTIONS and name != "zeta":
            continue
        parameters = [str(p).split("=")[0] for p in inspect.signature(rule).parameters.values()]
        parameters = [p.split(":")[0] for p in parameters]
        lines.append(f"| `{path}` | {', '.join(parameters)} | {_cell(note(rule))} |\n")
    lines.append(SCIPY_DISTRIBUTIONS)
    for name, family in sorted(DISTRIBUTIONS.items()):
        shapes = getattr(family._own, "shapes", ())
        lines.append(f"| `{name}` | {', '.join(shapes)} | {', '.join(_methods(family))} |\n")
    return "".join(lines)


def _methods(family: Family) -> list[str]:
    """The methods of a distribution that have a formula."""
    own = family._own
    if not isinstance(own, Distribution):
        return list(family._methods)
    found = []
    for method in own.METHODS:
        of_shapes = method in ("median", "mean", "var", "std", "stats", "support", "entropy")
        numbers = [1.0] * (len(own.shapes) + 1)  # also a location
        try:
            api.trace(getattr(own, method), *([] if of_shapes else [1.0]), *numbers)
        except TypeError:  # the error for a formula that is not there
            continue
        found.append(method)
    return found


def _cell(text: str) -> str:
    """Text in a table, where a bar would end the cell."""
    return text.replace("|", "\\|")


def on_triton(row: ten.SpecialFunction) -> bool:
    """Whether kernels can compute a function of the table: by a formula of such, or a library."""
    if row.value is None:
        return row.name in SPECIAL
    inner = [f for name, f in ten.FUNCTIONS.items() if re.search(rf"\b{name}\(", row.value)]
    return all(on_triton(f) for f in inner)


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m letgrad.frontend.coverage",
        description="Write the pages of the functions of NumPy and of SciPy that letgrad traces.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        help="write the page of NumPy to FILE, and no page of SciPy; without FILE, write "
        "docs/numpy-coverage.md and docs/scipy-coverage.md",
    )
    path: Path | None = parser.parse_args(args).file
    docs = Path(__file__).parent.parent / "docs"
    (path or docs / "numpy-coverage.md").write_text(text() + names(), encoding="utf-8")
    if path is None:
        (docs / "scipy-coverage.md").write_text(scipy_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
