"""
What `letgrad.scipy` offers: every public name of SciPy's modules that letgrad has functions of.

On numbers and NumPy arrays, each name means what it means in SciPy. On traced arrays, a function is
the rule of letgrad. A function without a rule is SciPy's own, and its error names the user's line.
Without SciPy, the functions that have rules work, as far as these rules need nothing of SciPy.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import types
from collections.abc import Callable
from typing import Any

from ..api import here
from ..array_views import viewing
from ..tracing import tracing as is_tracing
from .distributions import DISTRIBUTIONS, unsupported
from .offers import OBJECTS, RULES

MODULES = (
    "fft",
    "integrate",
    "interpolate",
    "linalg",
    "ndimage",
    "signal",
    "signal.windows",
    "spatial",
    "spatial.distance",
    "special",
    "stats",
)


def lookup(path: str) -> Any:
    """
    The meaning of a path in `letgrad.scipy`, such as `special.erfc`.

    Errors: `AttributeError` for a name that neither letgrad nor SciPy has.
    """
    if path.startswith("stats.") and path[6:] in DISTRIBUTIONS:
        return DISTRIBUTIONS[path[6:]]
    if path in RULES:
        return function(path)
    found = of_scipy(path)
    if found is None:
        raise AttributeError(f"module 'letgrad.scipy' has no attribute '{path}'")
    if path.startswith("stats.") and hasattr(type(found), "logsf"):
        return unsupported(path[6:], found)
    return found


def names(module: str) -> list[str]:
    """The public names of a module, or of `letgrad.scipy` itself."""
    if not module:
        return [name for name in MODULES if "." not in name]
    inner = [*RULES, *MODULES]
    own = {p.removeprefix(f"{module}.").split(".")[0] for p in inner if p.startswith(f"{module}.")}
    try:
        theirs = importlib.import_module(f"scipy.{module}")
    except ImportError:
        return sorted(own)
    return sorted(own | set(getattr(theirs, "__all__", ())))


def of_scipy(path: str) -> Any:
    """SciPy's own thing of this path; None if there is none, or no SciPy."""
    module, *rest = path.split(".")
    try:
        found: Any = importlib.import_module(f"scipy.{module}")
    except ImportError:
        return None
    for name in rest:
        found = getattr(found, name, None)
    return found


def _is_ours_alone(rule: Callable[..., Any], own: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a call has a parameter that SciPy's function lacks, as `axes` of `convolve`."""
    try:
        theirs = inspect.signature(own).parameters
    except (TypeError, ValueError):  # a ufunc
        return False
    if any(p.kind is p.VAR_KEYWORD for p in theirs.values()):
        return False
    return bool(kwargs.keys() & inspect.signature(rule).parameters.keys() - theirs.keys())


def _may_capture(arguments: Any) -> bool:
    """Whether letgrad traces, and an argument is a function, which may use traced arrays."""
    args, kwargs = arguments
    return is_tracing() and any(
        isinstance(x, types.FunctionType | types.MethodType | functools.partial)
        for x in (*args, *kwargs.values())
    )


@functools.cache
def function(path: str) -> Callable[..., Any]:
    """The function that is a rule on traced arrays, and SciPy's own on NumPy's."""
    rule = RULES[path]

    @functools.wraps(rule)
    def either(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = viewing.plain(args), viewing.plain(kwargs)
        if viewing.has_traced((args, kwargs)) or _may_capture((args, kwargs)):
            return viewing.own(rule(*args, **kwargs))
        if path in OBJECTS:
            return rule(*args, **kwargs)
        if (own := of_scipy(path)) is not None and not _is_ours_alone(rule, own, kwargs):
            result = own(*args, **kwargs)
            return viewing.held(result, args, kwargs) if is_tracing() else result
        return here(rule)(*args, **kwargs)

    either.__name__ = either.__qualname__ = path.rpartition(".")[2]
    either.__module__ = f"letgrad.scipy.{path.rpartition('.')[0]}"
    return either


def counterpart(value: Any) -> Any:
    """
    The thing of `letgrad.scipy` that stands for a module, a function or a distribution of SciPy;
    None if there is none.
    """
    if isinstance(value, types.ModuleType):
        top, _, rest = value.__name__.partition(".")
        known = top == "scipy" and (not rest or rest in MODULES)
        return importlib.import_module(f"letgrad.{value.__name__}") if known else None
    module = getattr(value, "__module__", None) or type(value).__module__ or ""
    if not module.startswith("scipy."):
        return None
    home = module.split(".")[1]
    if home == "stats":
        for name, family in DISTRIBUTIONS.items():
            if of_scipy(f"stats.{name}") is value:
                return family
    name = getattr(value, "__name__", "")
    for path in (f"{place}.{name}" for place in MODULES if place.split(".")[0] == home):
        if path in RULES and of_scipy(path) is value:
            return function(path)
    return None
