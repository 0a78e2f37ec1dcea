"""
Environment variables that letgrad reads: each is declared where it is read, with what it means.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

SETTINGS: dict[str, Setting] = {}
"""All that are declared by the modules loaded so far, by name."""


@dataclass(frozen=True)
class Setting:
    """An environment variable, read anew each time."""

    name: str
    default: str
    """What holds without it, in words."""
    meaning: str

    def __post_init__(self):
        SETTINGS[self.name] = self

    def get(self) -> str:
        """Its value; empty where it is not set."""
        return os.environ.get(self.name, "")
