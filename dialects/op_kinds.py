"""
Which classes of ops a program has. Most passes look for ops of a few classes, and most programs
have none of these: then a pass need not look at the program at all.

The classes are those of the last walk, for as long as no op, block or region was put anywhere
since. The ops of a class may all be erased since: an answer "no" is sure, and an answer "yes" is
not.
"""

from __future__ import annotations

from typing import Any

from xdsl.ir import Operation, Region


class _Last:
    mark: object = None
    """
    Stands for all programs as they are. None after an op was put somewhere. No two marks are equal,
    so a mark that another thread made in the meantime makes nothing true again.
    """


# The methods of xDSL's classes below are those of the module that was imported last, if a program
# imports the package under two names. They reset the mark of both.
last: _Last = vars(Operation).get("_letgrad_last") or _Last()
Operation._letgrad_last = last  # type: ignore[attr-defined]
_NAME = "_letgrad_kinds"
"""An op has its classes with their mark as an attribute of Python, so that all end together."""


Kinds = tuple[type[Operation], ...]


def kinds_in(root: Operation) -> frozenset[type[Operation]]:
    """
    The classes of the ops in the regions of `root`, and perhaps those of ops that are erased.

    Requires: no other thread changes `root`.
    """
    mark = last.mark
    if mark is None:
        mark = last.mark = object()
    found: tuple[object, frozenset[type[Operation]]] | None = getattr(root, _NAME, None)
    if found is None or found[0] is not mark:
        found = mark, frozenset(_kinds(root))
        setattr(root, _NAME, found)
    return found[1]


def may_have(root: Operation, kinds: Kinds) -> bool:
    """
    Whether the regions of `root` may have an op of one of these classes, or of subclasses. If not,
    they have none.
    """
    for kind in kinds_in(root):
        if issubclass(kind, kinds):
            return True
    return False


def _kinds(root: Operation) -> set[type[Operation]]:
    kinds: set[type[Operation]] = set()
    add = kinds.add
    stack = [root]
    while stack:
        for region in stack.pop().regions:
            block = region._first_block
            while block is not None:
                op = block._first_op
                while op is not None:
                    add(op.__class__)
                    if op.regions:
                        stack.append(op)
                    op = op._next_op
                block = block._next_block
    return kinds


def _putting(method: Any) -> Any:
    """A method that puts something somewhere."""

    def putting(self: Any, *args: Any, **kwargs: Any) -> Any:
        last.mark = None
        return method(self, *args, **kwargs)

    return putting


def _replace(kind: Any, name: str) -> None:
    setattr(kind, name, _putting(getattr(kind, name)))


# `quick_operations` has the method that puts an op into a block.
for kind, name in (
    (Operation, "add_region"),
    (Region, "_attach_block"),
    (Region, "move_blocks"),
    (Region, "move_blocks_before"),
):
    _replace(kind, name)
