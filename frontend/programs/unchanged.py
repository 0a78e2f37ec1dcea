"""
Whether what an iterator looks at is as it was.

    positive = (v for v in items if v > least)
    items.append(x[0])
    total = sum(positive)

Python's iterators look at their lists, arrays and variables when the program takes an item. If a
traced condition chooses the items, letgrad computes all of them before. So a change in between is
an error.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ..array_views import storages
from ..user_code import located
from . import variables
from .chosen_items import Chosen
from .turns import CHANGED, is_stamped, stamp


class Unchanged:
    """The functions, lists and arrays that an iterator looks at, as they are now."""

    def __init__(self, *parts: Any):
        around = variables.Surroundings(parts)  # type: ignore[arg-type]
        self.places, self.contents = around.places, around
        self.lists = [(x, stamp(x)) for x in parts if isinstance(x, Chosen | list | deque)]
        own = [storages.of(a) for a in around.arrays if not storages.is_number(a)]
        found = dict.fromkeys(s for one in own for s in (one, *storages.roots(one)))
        self.versions = {s: s.version for s in found}

    def check(self) -> None:
        """Errors: `TypeError` if one of them has changed."""
        if (
            any(variables.value_at(place, name) is not value for place, name, value in self.places)
            or self.contents.any_changed()
            or not all(is_stamped(x, before) for x, before in self.lists)
            or any(s.version != version for s, version in self.versions.items())
        ):
            raise located(TypeError, CHANGED)
