"""
Errors that functions of NumPy and SciPy raise for some matrices.

In a `try` whose handlers catch the error, a condition on the arguments says where it is. The
function itself gets a matrix without the error there, so that derivatives of the handler's side
have no NaNs of this one. Elsewhere the result has NaNs in the place of the error.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..array_views import viewing
from ..scipy_functions import namespace
from ..tracing import Array
from ..transforms.derivatives import stop_gradient
from . import failures, variables
from .callees import WRAPPERS
from .python_functions import replaces

LinAlgError = np.linalg.LinAlgError

Test = Callable[..., Any]
"""A condition on the matrix, and on the function, for which Python raises an error."""


def _has_nan(_: Any, a: Any) -> Any:
    return np.any(np.isnan(a))


def _is_infinite(_: Any, a: Any) -> Any:
    return np.logical_not(np.all(np.isfinite(a)))


def _no_factor(_: Any, a: Any) -> Any:
    """A Cholesky factor has positive numbers on its diagonal. LAPACK leaves NaNs as they are."""
    diagonal = np.diagonal(np.linalg.cholesky(a), axis1=-2, axis2=-1)
    return np.logical_and(np.logical_not(np.all(diagonal > 0)), ~np.any(np.isnan(a)))


def _no_upper_factor(function: Any, a: Any, lower: Any = False) -> Any:
    """SciPy reads the upper half of the matrix, or the lower one."""
    half = np.tril(a) if lower else np.swapaxes(np.triu(a), -1, -2)
    return _no_factor(function, half)


def _is_singular(_: Any, a: Any) -> Any:
    """A pivot is zero."""
    return np.any(np.equal(np.linalg.slogdet(a)[0], 0))


NOT_POSITIVE, SINGULAR = "Matrix is not positive definite", "Singular matrix"
NOT_FINITE = "Array must not contain infs or NaNs"
NO_SVD, NO_EIGH = "SVD did not converge", "Eigenvalues did not converge"

NUMPYS: dict[str, tuple[Test, str]] = {
    "cholesky": (_no_factor, NOT_POSITIVE),
    "inv": (_is_singular, SINGULAR),
    "solve": (_is_singular, SINGULAR),
    "eig": (_is_infinite, NOT_FINITE),
    "eigvals": (_is_infinite, NOT_FINITE),
    "eigh": (_has_nan, NO_EIGH),
    "eigvalsh": (_has_nan, NO_EIGH),
    "svd": (_has_nan, NO_SVD),
    "svdvals": (_has_nan, NO_SVD),
    "pinv": (_has_nan, NO_SVD),
    "cond": (_has_nan, NO_SVD),
    "matrix_rank": (_has_nan, NO_SVD),
    "lstsq": (_has_nan, "SVD did not converge in Linear Least Squares"),
}
"""Functions of `np.linalg`, and where they raise a LinAlgError with which text."""

SCIPYS: dict[str, tuple[Test, str] | None] = {
    "cholesky": (_no_upper_factor, NOT_POSITIVE),
    "cho_factor": (_no_upper_factor, NOT_POSITIVE),
    "inv": (_is_singular, SINGULAR),
    "solve": (_is_singular, SINGULAR),
    **dict.fromkeys(("eigh", "eigvalsh", "svd", "svdvals", "lu_factor", "lu", "pinv", "det", "qr")),
}
"""Functions of `scipy.linalg`, which also raise a ValueError for numbers that are not finite."""


def _checked(name: str, function: Any, kind: type[Exception], test: Test, text: str) -> Any:
    @functools.wraps(function)
    def calling(a: Any, *args: Any, **kwargs: Any) -> Any:
        if not variables.catches(kind) or not viewing.has_traced([a]):
            return function(a, *args, **kwargs)
        a = ops.lift(np.asarray(a)) if not isinstance(a, Array) else a
        options = {}
        if test is _no_upper_factor:
            options["lower"] = kwargs.get("lower", args[0] if args else False)
        mask = test(function, stop_gradient(a), **options)
        instead = "ask for it in an `if`"
        failures.check_raises(kind, f"{name}", instead, lambda: mask, text)
        if a.ndim >= 2:
            a = np.where(mask, np.eye(a.shape[-2], a.shape[-1]).astype(a.dtype), a)
        return function(a, *args, **kwargs)

    return calling


def _checked_function(function: Any) -> Any:
    """The function with its checks, if it has some and a handler of the program may catch them."""
    name = getattr(function, "__name__", None)
    if not variables.is_caught() or not isinstance(name, str):
        return None
    if name in NUMPYS and getattr(function, "__wrapped__", None) is getattr(np.linalg, name):
        return _checked(f"np.linalg.{name}", function, LinAlgError, *NUMPYS[name])
    if name in SCIPYS and function is namespace.function(f"linalg.{name}"):
        what, pair = f"scipy.linalg.{name}", SCIPYS[name]
        new = function if pair is None else _checked(what, function, LinAlgError, *pair)
        return _checked(what, new, ValueError, _is_infinite, NOT_FINITE.lower())
    return None


WRAPPERS.append(_checked_function)


# Warnings and floating-point errors that the program turns into errors.


def _no_warnings(kind: type[Exception], what: str) -> None:
    """
    A compiled program gives no warnings, and no errors in their place.

    Errors: `TypeError` if a handler of the program would catch them.
    """
    failures.check_raises(kind, what, "compare the values, and write `if` in the place of `try`")
    failures.left_out(f"{what} raises errors for values, which a compiled program does not")


def check_handlers() -> None:
    """Errors: `TypeError` at the start of a `try` that would catch warnings as errors."""
    if "raise" in np.geterr().values() and variables.catches(FloatingPointError):
        _no_warnings(FloatingPointError, "np.errstate")
    first = warnings.filters[0][0] if warnings.filters else ""
    if first == "error" and variables.catches(RuntimeWarning):
        _no_warnings(RuntimeWarning, "a filter of warnings")


failures.starts.append(check_handlers)


def _of_errstate(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        if "raise" in (*args, *kwargs.values()):
            _no_warnings(FloatingPointError, what)
        return function(*args, **kwargs)

    return calling


replaces(np.errstate)(_of_errstate(np.errstate, "np.errstate"))
replaces(np.seterr)(_of_errstate(np.seterr, "np.seterr"))


def _of_filters(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def calling(action: str, *args: Any, **kwargs: Any) -> Any:
        if action == "error":
            _no_warnings(RuntimeWarning, "a filter of warnings")
        return function(action, *args, **kwargs)

    return calling


replaces(warnings.simplefilter)(_of_filters(warnings.simplefilter))
replaces(warnings.filterwarnings)(_of_filters(warnings.filterwarnings))
