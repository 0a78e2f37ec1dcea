"""
Environment variables that letgrad reads. The module that reads a variable declares it, with its
meaning.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

SETTINGS: dict[str, Setting] = {}
"""All variables that the modules loaded so far declare, by name."""


@dataclass(frozen=True)
class Setting:
    """An environment variable. letgrad reads its value anew each time."""

    name: str
    default: str
    """The behaviour if the variable is not set, in words."""
    meaning: str

    def __post_init__(self):
        SETTINGS[self.name] = self

    def get(self) -> str:
        """The value of the variable; empty if it is not set."""
        return os.environ.get(self.name, "")
