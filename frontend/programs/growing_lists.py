"""
A list to which the turns of a loop append, as the body of the loop sees it.

The items from before the loop and from earlier turns are rows, which the body cannot reach. So a
`Growing` stands in the place of the list while the body is traced. It takes the new items of one
turn. Of the older items, the body may read the last ones, and the length: the loop carries these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .. import pytree
from . import list_sites
from .chosen_items import Perhaps
from .leaf_kinds import Unalike

MOST_LAST = 8
"""A body that reads older items than these is unrolled."""


class Reads(Unalike):
    """A body reads more of a list to which it appends than the loop carries."""

    def __init__(self, list_: Growing, last: int, length: bool):
        super().__init__("the body reads a list to which it appends")
        self.list, self.last, self.length = list_, last, length


class Grows(Unalike):
    """A body only appends to these lists."""

    def __init__(self, lists: Sequence[list[Any]]):
        super().__init__("the body changes a Python list")
        self.lists = lists


class NotYet(Unalike):
    """Later turns may be alike, when a list or a deque has its length."""


class Growing(list):
    """
    The items that a turn appends. `last` are the last items from before the turn, as many as the
    loop carries. `length` has the length of the list before the turn, if the loop carries it.
    """

    def __init__(
        self,
        last: Sequence[Any] = (),
        length: Sequence[Any] = (),
        least: int = 0,
        is_guarded: Callable[[], bool] = lambda: False,
    ):
        super().__init__()
        self.last = [tuple(last)] if last else []
        """A list of one tuple, so that the loop carries all these items or none."""
        self.length = list(length)
        self.least = least
        """How many items the list has at least, in each turn."""
        self.is_guarded = is_guarded
        """Whether the body reads under a condition, as behind `len(path) > 3 and`."""

    # What letgrad does with it.

    def new(self) -> list[Any]:
        return list.__getitem__(self, slice(None))

    def carried(self) -> tuple[list[Any], list[Any]]:
        """The lists whose items the loop carries."""
        return self.last, self.length

    def put(self, items: Iterable[Any]) -> None:
        """New items. They are among those that `last` and `length` count already."""
        list.extend(self, items)

    def become(self, items: Iterable[Any]) -> None:
        list.__setitem__(self, slice(None), items)

    def perhaps(self, mask: Any, item: Any) -> None:
        """Puts an item that is there if `mask` is true."""
        if self.last or self.length:
            error = Unalike("a condition decides whether the list, which the body reads, grows")
            raise list_sites.because_of(error, self)
        list.append(self, Perhaps(mask, item))

    # What the body does with it.

    def append(self, item: Any) -> None:
        list.append(self, item)
        if self.last:
            self.last[0] = (*self.last[0][1:], item)
        if self.length:
            self.length[0] = self.length[0] + 1

    def extend(self, items: Any) -> None:
        if not isinstance(items, list | tuple) or isinstance(items, Growing):
            self.refuse()
        for item in items:
            self.append(item)

    def __iadd__(self, items: Any) -> Growing:
        self.extend(items)
        return self

    def size(self) -> Any:
        """`len` of the list."""
        if not self.length:
            raise Reads(self, 0, True)
        return self.length[0]

    def __bool__(self) -> bool:
        if self.least == 0 and list.__len__(self) == 0:
            error = NotYet("the body asks whether a list is empty to which it appends")
            raise list_sites.because_of(error, self)
        return True

    def __getitem__(self, key: Any) -> Any:
        match key:
            case int() if key < 0:
                return self.last_items(-key)[0]
            case slice(start=int() as start, stop=None, step=None) if start < 0:
                return self.last_items(-start)
        return self.refuse()

    def last_items(self, count: int) -> list[Any]:
        """The last items, as many as `count`."""
        if count <= list.__len__(self):
            return self.new()[-count:]
        if count > MOST_LAST:
            self.refuse()
        if count > self.least and not (self.least and self.is_guarded()):
            error = NotYet(f"the body reads {count} items of a list that begins with fewer")
            raise list_sites.because_of(error, self)
        if not self.last or count > len(self.last[0]):
            raise Reads(self, count, False)
        return list(self.last[0][-count:])

    def _shrink(self, *args: Any, **kwargs: Any) -> Any:
        error = NotYet("the body takes items from a list to which it appends")
        raise list_sites.because_of(error, self)

    pop = remove = clear = __delitem__ = _shrink

    def refuse(self, *args: Any, **kwargs: Any) -> Any:
        error = NotYet(
            "the body reads a list to which it appends, in another way than by its last items, "
            "such as x[-1], and by its length"
        )
        raise list_sites.because_of(error, self)

    def __iter__(self) -> Iterator[Any]:
        return self.refuse()

    def __repr__(self) -> str:
        return "a list to which the turns of a loop append"

    sort = refuse  # type: ignore[assignment]
    insert = reverse = index = count = copy = __setitem__ = __contains__ = refuse
    __len__ = __add__ = __mul__ = __rmul__ = __imul__ = __reversed__ = refuse
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = refuse
    __hash__ = None


def _opened(x: Growing) -> Any:
    raise Unalike("the body carries an object with a list to which it appends")


pytree.REGISTERED[Growing] = _opened, lambda _, parts: parts
