"""
Where a derived op comes from: the source, and the rules that made it of that.

What a rule makes of an op has that op's location under the name of the rule, as MLIR writes names:

    loc("transpose(delta.scale)"("linearize(math.sin)"("f.mlir":3:8)))

The source is inside, and is what errors show. (MLIR's `fused<"rule">[…]` would say the same, but
xDSL prints it and does not parse it.) What comes of many ops at once, a loop nest say, has
the locations of all of them, without rules: loc(fused["f.mlir":3:8, "f.mlir":4:8]).

Locations do not grow with the number of passes: the same rule twice in a row is named once, of a
chain the first rule and the latest ones are kept, `CHAIN` in all, and of many places the first
`PLACES`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    LocationAttr,
    NameLoc,
    NoneAttr,
    StringAttr,
)
from xdsl.ir import Attribute

CHAIN = 6
"""Rules that a location names, at most."""

PLACES = 64
"""Places that a location of many has, at most."""


def derived(location: LocationAttr, rule: str) -> LocationAttr:
    """The location of what `rule` makes of an op at `location`."""
    names, base = _unwrapped(location)
    if names and names[0] == rule:
        return location
    if len(names) >= CHAIN:
        names = [*names[: CHAIN - 2], names[-1]]
        shorter = _named(names.pop(), base)
        for name in reversed(names):
            shorter = _named(name, shorter)
        return _named(rule, shorter)
    return _named(rule, location)


def fused(locations: Iterable[Attribute]) -> LocationAttr:
    """
    The location of what is made of several ops: all their places, each once, in this order.
    Without any place, the first location.
    """
    # Most ops of a place have the very same object for it: no need to compare all that is in it.
    distinct = {id(x): x for x in locations}.values()
    found: dict[FileLineColLoc, None] = {}
    for location in distinct:
        found.update(dict.fromkeys(places(location)))
        if len(found) >= PLACES:
            break
    if not found:
        return next((x for x in distinct if isinstance(x, LocationAttr)), UNKNOWN_LOC)
    if len(found) == 1:
        return next(iter(found))
    return FusedLoc(tuple(found)[:PLACES], NoneAttr())


def rules(location: Attribute) -> tuple[str, ...]:
    """The rules that led to what is at `location`, the latest first."""
    return tuple(_unwrapped(location)[0])


def places(location: Attribute) -> Iterator[FileLineColLoc]:
    """The places in the source that a location has in it, in order."""
    pending = [location]
    while pending:
        match pending.pop():
            case FileLineColLoc() as place:
                yield place
            case NameLoc() as named:
                pending.append(named.location)
            case CallSiteLoc() as call:
                pending += (call.caller, call.callee)
            case FusedLoc() as several:
                pending.extend(reversed(several.locations.data))  # type: ignore[attr-defined]
            case _:
                pass


def _named(rule: str, location: Attribute) -> NameLoc:
    return NameLoc(_name(rule), location)


@functools.cache
def _name(rule: str) -> StringAttr:
    return StringAttr(rule)


def _unwrapped(location: Attribute) -> tuple[list[str], Attribute]:
    """The rules around a location, the latest first, and what they are around."""
    names: list[str] = []
    while isinstance(location, NameLoc):
        names.append(location.desc.data)
        location = location.location
    return names, location
