"""
Instances of data classes whose making runs functions of the user.

    @dataclass
    class Body:
        place: np.ndarray
        speed: np.ndarray = field(default_factory=lambda: np.zeros(2))

        def __post_init__(self):
            self.speed[0] = 1.0

Python wrote the `__init__` of such a class, and it calls these functions as they are. Here the
rewritten ones make the instance.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .function_source import is_users

MADE_BY_PYTHON = "<"
"""How the file name of a function begins that Python made, as for a data class."""


def runs_code(cls: type) -> bool:
    """Whether Python wrote the `__init__` of a data class, and it calls functions of the user."""
    init = cls.__init__
    if not dataclasses.is_dataclass(cls) or cls.__new__ is not object.__new__:
        return False
    if not isinstance(init, FunctionType):
        return False
    if not init.__code__.co_filename.startswith(MADE_BY_PYTHON):
        return False
    factories = [f.default_factory for f in _fields(cls).values()]
    calls = [*factories, getattr(cls, "__post_init__", None)]
    return any(isinstance(x, FunctionType) and is_users(x) for x in calls)


def make(cls: Any, callee: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
    """An instance of a data class, as its `__init__` makes it. `callee` rewrites functions."""
    instance = object.__new__(cls)
    bound = inspect.signature(cls.__init__).bind(instance, *args, **kwargs).arguments
    further = []
    for name, one in _fields(cls).items():
        is_field = any(one is f for f in dataclasses.fields(cls))
        if one.init and name in bound:
            value = bound[name]
        elif one.default is not dataclasses.MISSING:
            value = one.default
        elif one.default_factory is not dataclasses.MISSING:
            value = callee(one.default_factory)()
        else:
            continue  # The class sets it later.
        if is_field:
            object.__setattr__(instance, name, value)
        else:
            further.append(value)  # An InitVar.
    if hasattr(cls, "__post_init__"):
        callee(instance.__post_init__)(*further)
    return instance


def _fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    """The fields of a data class, and its InitVars. Variables of the class are none."""
    found: dict[str, Any] = cls.__dataclass_fields__
    kinds = {name: str(one._field_type) for name, one in found.items()}
    return {name: one for name, one in found.items() if "CLASSVAR" not in kinds[name]}
