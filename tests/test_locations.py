"""Locations of derived ops: names of rules around places, of bounded size."""

from __future__ import annotations

from xdsl.dialects.builtin import UNKNOWN_LOC, FileLineColLoc, FusedLoc, IntAttr, StringAttr

from letgrad.passes.rewriting import locations
from letgrad.passes.rewriting.diagnostics import position


def place(line: int) -> FileLineColLoc:
    return FileLineColLoc(StringAttr("f.mlir"), IntAttr(line), IntAttr(8))


def test_the_source_is_what_errors_show():
    made = locations.derived(locations.derived(place(3), "linearize(math.sin)"), "transpose")
    assert position(made) == ("f.mlir", 3, 8)
    assert locations.rules(made) == ("transpose", "linearize(math.sin)")


def test_a_rule_twice_in_a_row_is_named_once():
    once = locations.derived(place(3), "fold")
    assert locations.derived(once, "fold") is once


def test_of_a_long_chain_the_first_and_the_latest_rules_are_kept():
    made = place(3)
    for k in range(100):
        made = locations.derived(made, f"rule {k}")
    latest = tuple(f"rule {k}" for k in range(99, 99 - locations.CHAIN + 1, -1))
    assert locations.rules(made) == (*latest, "rule 0")
    assert position(made) == ("f.mlir", 3, 8)


def test_places_of_many_ops_are_each_there_once_and_not_too_many():
    several = [locations.derived(place(k), "fold") for k in (5, 3, 5)]
    assert list(locations.places(locations.fused(several))) == [place(5), place(3)]
    assert locations.fused([place(1), locations.derived(place(1), "fold")]) == place(1)
    assert locations.fused([UNKNOWN_LOC]) == UNKNOWN_LOC
    many = locations.fused(place(k) for k in range(1000))
    assert isinstance(many, FusedLoc)
    assert len(list(locations.places(many))) == locations.PLACES
