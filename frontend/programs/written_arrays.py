"""
The arrays that a traced part writes to: a loop or a branch hands on their contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..tracing import Array


class Written(dict[Any, Any]):
    """Storage → its content before and after a part."""


@contextmanager
def recording() -> Iterator[Written]:
    yield Written()


def assign(storage: Any, value: Array) -> None:
    raise AssertionError("no storage was recorded")


def snapshot(values: Iterable[Any]) -> Any:
    return None


def restore(states: Any) -> None:
    return None


def content(storage: Any) -> Array:
    raise AssertionError("no storage was recorded")
