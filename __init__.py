"""
letgrad: a multi-dialect compiler framework for differentiable array programs.

    import numpy as np, letgrad as lg

    module = lg.trace(lambda x: np.sin(x).sum(), lg.spec((3,), "f32"))

Python imports a public name when a program first uses the name. So tools that need only the
dialects start fast.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frontend import *

try:
    __version__ = version("letgrad")
except PackageNotFoundError:  # a source tree that is not installed
    __version__ = "0+unknown"


class _Numpy(ModuleType):
    """
    `letgrad.numpy`: NumPy, whose arrays can take traced values; and its modules `linalg`, `fft`
    and `polynomial`.
    The folder of the package has no file `numpy.py`: tools put this folder on Python's path, and
    the file would hide NumPy.
    """

    def __getattr__(self, name: str) -> Any:
        if name in ("__path__", "__file__", "__spec__", "__wrapped__"):
            raise AttributeError(name)
        namespace = importlib.import_module(".frontend.numpy_namespace", __package__)
        value = namespace.lookup(f"{self._module()}.{name}".lstrip("."))
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        namespace = importlib.import_module(".frontend.numpy_namespace", __package__)
        return namespace.names(self._module())

    def _module(self) -> str:
        """The module of NumPy, without `numpy.`; empty for NumPy itself."""
        return self.__name__.removeprefix(f"{__package__}.numpy").lstrip(".")


def _add_numpy() -> ModuleType:
    """`letgrad.numpy`, whose modules Python finds as modules of a package."""
    top = sys.modules[f"{__name__}.numpy"] = _Numpy(f"{__name__}.numpy", _Numpy.__doc__)
    modules = {"": top}
    series = ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
    plain = ("fft", "lib", "lib.stride_tricks", "linalg", "polynomial")
    for path in (*plain, *(f"polynomial.{name}" for name in series)):
        module = _Numpy(f"{top.__name__}.{path}", f"`letgrad.numpy.{path}`; see `letgrad.numpy`.")
        sys.modules[module.__name__] = modules[path] = module
        outer, _, name = path.rpartition(".")
        setattr(modules[outer], name, module)
    return top


class _Names(ModuleType):
    """The public names of a module of the front end, under another name."""

    def __init__(self, name: str, source: str, doc: str):
        super().__init__(f"{__name__}.{name}", doc)
        self._source = f".frontend.{source}"

    def __getattr__(self, name: str) -> Any:
        if name in ("__path__", "__file__", "__spec__", "__wrapped__"):
            raise AttributeError(name)
        value = getattr(importlib.import_module(self._source, __name__), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return importlib.import_module(self._source, __name__).__all__


class _Scipy(ModuleType):
    """
    `letgrad.scipy` and its modules: SciPy's functions, which also take traced arrays.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        namespace = importlib.import_module(".frontend.scipy_functions.namespace", __package__)
        path = self.__name__.removeprefix(f"{__package__}.scipy").lstrip(".")
        value = namespace.lookup(f"{path}.{name}" if path else name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        namespace = importlib.import_module(".frontend.scipy_functions.namespace", __package__)
        return namespace.names(self.__name__.removeprefix(f"{__package__}.scipy").lstrip("."))


def _add_scipy() -> ModuleType:
    """`letgrad.scipy`, whose modules Python finds as modules of a package."""
    top = _Scipy(f"{__name__}.scipy", _Scipy.__doc__)
    sys.modules[top.__name__] = top
    modules = {"": top}
    for path in (
        "fft", "integrate", "interpolate", "linalg", "ndimage", "signal", "signal.windows",
        "spatial", "spatial.distance", "special", "stats",
    ):  # fmt: skip
        module = _Scipy(f"{top.__name__}.{path}", f"`letgrad.scipy.{path}`; see `letgrad.scipy`.")
        sys.modules[module.__name__] = modules[path] = module
        outer, _, name = path.rpartition(".")
        setattr(modules[outer], name, module)
    return top


if "__path__" in globals():
    random = sys.modules[f"{__name__}.random"] = _Names(
        "random",
        "random_numbers",
        "`letgrad.random`: random numbers from a generator that a program carries.",
    )
    tree = sys.modules[f"{__name__}.tree"] = _Names(
        "tree", "trees", "`letgrad.tree`: nested containers of arrays as values of their own."
    )
    checkpoint_policies = sys.modules[f"{__name__}.checkpoint_policies"] = _Names(
        "checkpoint_policies",
        "control_flow.checkpoint_policies",
        "`letgrad.checkpoint_policies`: the values that the gradient of `lg.checkpoint` keeps.",
    )
    scipy = _add_scipy()
    numpy = _add_numpy()


def __getattr__(name: str) -> Any:
    """
    A public name, or `__all__`. The front end lists the public names, and is imported only when
    a program asks for one.
    """
    # pytest also loads this file as a separate module, and asks that module for set-up functions.
    is_package = "__path__" in globals()
    if not is_package or (name.startswith("_") and name != "__all__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    frontend = importlib.import_module(".frontend", __name__)
    if name == "__all__":
        return ["__version__", *frontend.__all__]
    if name not in frontend.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(frontend, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
