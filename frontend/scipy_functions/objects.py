"""Objects of SciPy, such as splines, which take traced arrays when they are made or called."""

from __future__ import annotations

import importlib
from typing import Any

from ..array_views import viewing
from ..user_code import located


class Offered:
    """
    An object in the place of one of SciPy. Made of known numbers, it holds SciPy's object, which
    has all other methods and attributes.

    Errors: `TypeError` for a method that traced arrays do not have.
    """

    def __init__(self, path: str, own: Any):
        self._path, self._own = path, own

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_own" not in self.__dict__:
            raise AttributeError(name)
        if self._own is not None:
            return getattr(self._own, name)
        raise located(TypeError, f"scipy.{self._path} of traced arrays has no {name}")


def scipy_object(path: str, *args: Any, **kwargs: Any) -> Any:
    """SciPy's object of known numbers; None if an argument is traced."""
    if viewing.has_traced((args, kwargs)):
        return None
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"scipy.{module}"), name)(*args, **kwargs)
