"""
What letgrad knows of containers that may be one object: see `joined_containers`.

The roots of a container are the objects that it may be. Two containers that have a root in common
may be one. The items that a list in arrays gives and gets have its `Group` as a root, so each of
them may be each other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .. import tracing
from ..tracing import Array


@dataclass
class Joined:
    """A container that may be each of `roots`. A mask chooses `sides[0]` or `sides[1]`."""

    container: Any
    roots: list[Any]
    mask: Array | None = None
    sides: tuple[Any, ...] = ()
    is_got: bool = False
    """Whether the program got it from a list of its groups."""
    is_taken: bool = False
    """Whether these lists do not have it any more."""


class Group:
    """
    The containers of a program that may be items of lists that keep their items in arrays, each
    with its contents when it became one, or was one for the last time.
    """

    leads_on = False
    """The program cannot reach a container by this."""

    def __init__(self, members: Iterable[tuple[Any, list[Any]]] = ()):
        self.members = list(members)
        self.is_written = False
        """Whether the program writes to one of them."""
        self.is_repeated = False
        """Whether the program has put one of them into lists twice."""


def every() -> Iterator[Joined]:
    scope = tracing.scope_or_none()
    while scope is not None:
        yield from scope.root.joined.values()
        scope = scope.root.parent


def find(container: Any) -> Joined | None:
    scope = tracing.scope_or_none()
    while scope is not None:
        if (found := scope.root.joined.get(id(container))) is not None:
            return found
        scope = scope.root.parent
    return None


def roots(container: Any) -> list[Any]:
    """The objects, none of them joined, that this container may be."""
    found = find(container)
    return [container] if found is None else found.roots


def groups(container: Any) -> list[Group]:
    """The groups whose lists may have a container now."""
    found = find(container)
    if found is None or found.is_taken:
        return []
    return [root for root in found.roots if isinstance(root, Group)]


def add(joined: Joined) -> None:
    tracing.current().root.joined[id(joined.container)] = joined


def distinct(objects: Iterable[Any]) -> list[Any]:
    return list({id(x): x for x in objects}.values())


def share(
    container: Any, found: Iterable[Group], is_got: bool = False, is_taken: bool = False
) -> None:
    """
    Notes that a container is an item of these groups: one that the program puts into their lists,
    or got from them. With `is_taken`, the lists do not have it any more.
    """
    before = find(container)
    own = [container] if before is None else before.roots
    new = [group for group in found if not any(group is root for root in own)]
    is_got = is_got or (before is not None and before.is_got)
    if new or (before is not None and before.is_taken != is_taken):
        add(Joined(container, [*own, *new], is_got=is_got, is_taken=is_taken))


def are_apart(a: Any, b: Any) -> bool:
    """
    Whether two containers that are items of one group are two for certain: the program made both of
    them, or a list has given away both of them. A list gives each of its items once.
    """
    one, other = find(a), find(b)
    if one is None or other is None:
        return False
    common = [root for root in one.roots if any(root is x for x in other.roots)]
    if not all(isinstance(root, Group) for root in common):
        return False
    if not (one.is_got or other.is_got):
        return True
    are_taken = one.is_taken and other.is_taken
    return are_taken and not any(root.is_repeated for root in common)
