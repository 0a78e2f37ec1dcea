"""
Locations of derived ops: the place in the source, and the rules that made the op from it.

If a rule makes an op from another op, the new op has the location of the old op under the name of
the rule, as MLIR writes names:

    loc("transpose(delta.scale)"("linearize(math.sin)"("f.mlir":3:8)))

The source is inside, and errors show the source. (MLIR's `fused<"rule">[…]` would say the same, but
xDSL prints it and does not parse it.) An op that comes from many ops at once, such as a loop nest,
has the locations of all of them, without rules: loc(fused["f.mlir":3:8, "f.mlir":4:8]).

Locations do not grow with the number of passes. A location names the same rule twice in a row once.
Of a chain of rules it keeps the first rule and the latest rules, `CHAIN` in all. Of many places it
keeps the first `PLACES`.
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
"""The largest number of rules that a location names."""

PLACES = 64
"""The largest number of places that a location has."""


@functools.lru_cache(4096)
def derived(location: LocationAttr, rule: str) -> LocationAttr:
    """The location of an op that `rule` makes from an op at `location`."""
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
    The location of an op that comes from several ops: all their places, each once, in this order.
    If the ops have no place, the result is the first location.
    """
    # Most ops of a place share one location object, so most comparisons compare identities only.
    distinct = {id(x): x for x in locations}.values()
    found: dict[FileLineColLoc, None] = {}
    for location in distinct:
        found.update(_places_in(location))
        if len(found) >= PLACES:
            break
    if not found:
        return next((x for x in distinct if isinstance(x, LocationAttr)), UNKNOWN_LOC)
    if len(found) == 1:
        return next(iter(found))
    return FusedLoc(tuple(found)[:PLACES], NoneAttr())


def rules(location: Attribute) -> tuple[str, ...]:
    """The rules that led to the op at `location`, the latest first."""
    return tuple(_unwrapped(location)[0])


def places(location: Attribute) -> Iterator[FileLineColLoc]:
    """The places in the source that a location contains, in order."""
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


def moved(location: LocationAttr, old: LocationAttr, new: LocationAttr) -> LocationAttr:
    """`new` in the place of `old`, if the location has no other place. Its rules stay."""
    if location is old:
        return new
    if not (wanted := _places_in(old)) or _places_in(location) != wanted:
        return location
    for name in reversed(_unwrapped(location)[0]):
        new = NameLoc(_name(name), new)
    return new


@functools.lru_cache(4096)
def _places_in(location: Attribute) -> dict[FileLineColLoc, None]:
    return dict.fromkeys(places(location))


@functools.lru_cache(4096)
def _named(rule: str, location: Attribute) -> NameLoc:
    return NameLoc(_name(rule), location)


@functools.cache
def _name(rule: str) -> StringAttr:
    return StringAttr(rule)


def _unwrapped(location: Attribute) -> tuple[list[str], Attribute]:
    """The rules around a location, the latest first, and the location inside of them."""
    names: list[str] = []
    while isinstance(location, NameLoc):
        names.append(location.desc.data)
        location = location.location
    return names, location
