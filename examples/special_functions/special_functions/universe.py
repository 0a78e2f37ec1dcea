"""This package adds its dialect to every xDSL tool in its environment."""

from __future__ import annotations

from xdsl.ir import Dialect
from xdsl.passes import ModulePass
from xdsl.universe import Universe


def special() -> Dialect:
    from .dialect import Special

    return Special


def special_raise() -> type[ModulePass]:
    from .raising import RaisePass

    return RaisePass


SPECIAL_UNIVERSE = Universe(
    all_dialects={"special": special}, all_passes={"special-raise": special_raise}
)
