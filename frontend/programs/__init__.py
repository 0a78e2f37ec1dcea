"""
`lg.program`: functions as people write them, with loops, conditions and writes in place.
"""

from __future__ import annotations

from .decorator import Program, program

__all__ = ["Program", "program"]
