"""
Static arguments: the arguments of a function that stay Python values while letgrad traces it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import pytree
from .user_code import located


@dataclass(frozen=True)
class Statics:
    """The positions and the names of static arguments."""

    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def named(
        cls,
        fn: Callable[..., Any],
        numbers: int | Sequence[int],
        names: str | Sequence[str],
    ) -> Statics:
        """
        The static arguments that a user names. A parameter that can be given in both ways is static
        in both ways.

        Errors: `TypeError` for positions that are no ints, or names that are no strings;
                `ValueError` for a parameter that the function does not have.
        """
        positions = (numbers,) if isinstance(numbers, int) else tuple(numbers)
        called = (names,) if isinstance(names, str) else tuple(names)
        if not all(isinstance(k, int) for k in positions):
            raise located(TypeError, f"static_argnums={numbers!r} takes ints")
        if not all(isinstance(name, str) for name in called):
            raise located(TypeError, f"static_argnames={names!r} takes strings")
        if not positions and not called:
            return NONE
        try:
            parameters = list(inspect.signature(fn).parameters.values())
        except (TypeError, ValueError):
            return cls(positions, called)
        by_place = [
            p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        takes_more = any(p.kind == p.VAR_POSITIONAL for p in parameters)
        for k in positions:
            if not takes_more and not -len(by_place) <= k < len(by_place):
                raise located(
                    ValueError,
                    f"static_argnums={k} names no parameter: the function has {len(by_place)}",
                )
        takes_names = any(p.kind == p.VAR_KEYWORD for p in parameters)
        for name in called:
            if not takes_names and name not in {p.name for p in parameters}:
                raise located(ValueError, f"the function has no parameter '{name}' to be static")
        if not takes_more:
            positions = tuple(k % len(by_place) for k in positions)
        also = [by_place[k] for k in positions if 0 <= k < len(by_place)]
        places = [by_place.index(name) for name in called if name in by_place]
        return cls(
            tuple(dict.fromkeys((*positions, *places))), tuple(dict.fromkeys((*called, *also)))
        )

    def __bool__(self) -> bool:
        return bool(self.numbers or self.names)

    def or_else(self, other: Statics) -> Statics:
        return self if self else other

    def wrapped(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of a call, with the static ones as parts of the structure."""
        numbers = {k % len(args) if k < 0 else k for k in self.numbers} if args else set()
        return (
            tuple(_static(x, str(k)) if k in numbers else x for k, x in enumerate(args)),
            {n: _static(x, n) if n in self.names else x for n, x in kwargs.items()},
        )


NONE = Statics()


def of(fn: Any) -> Statics:
    """The static arguments of a function; none for a plain Python function."""
    found = getattr(fn, "statics", NONE)
    return found if isinstance(found, Statics) else NONE


def with_statics(
    fn: Callable[..., Any], numbers: int | Sequence[int], names: str | Sequence[str]
) -> Callable[..., Any]:
    """The function with these static arguments; the function itself, if there are none."""
    if isinstance(numbers, tuple | list) and not numbers and not names:
        return fn

    @functools.wraps(fn)
    def function(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    marked: Any = function
    marked.statics = Statics.named(fn, numbers, names)
    marked.keeps_ints = getattr(fn, "keeps_ints", False)
    return function


def _static(value: Any, which: str) -> Any:
    if isinstance(value, pytree.Static):
        return value
    try:
        hash(value) if type(value) is not slice else hash((value.start, value.stop, value.step))
    except TypeError:
        raise located(
            TypeError,
            f"the static argument {which} is a {type(value).__name__}, which has no hash; a static "
            "argument decides which trace a call uses",
        ) from None
    return pytree.Static(value)
