"""The ops that the driver still has to try."""

from __future__ import annotations

from xdsl.ir import Operation


class Worklist:
    """
    A stack of ops, each of them in it at most once. xDSL's, with its fields open: the driver fills
    and empties it without a call for each op.
    """

    def __init__(self) -> None:
        self.stack: list[Operation | None] = []
        """The ops, and None in the place of each op that was removed."""
        self.places: dict[Operation, int] = {}
        """Where in the stack each op is."""

    def push(self, op: Operation) -> None:
        """Put an op on top, if it is not in the stack."""
        if op not in self.places:
            self.places[op] = len(self.stack)
            self.stack.append(op)

    def remove(self, op: Operation) -> None:
        """Take an op out of the stack, if it is in there."""
        place = self.places.pop(op, None)
        if place is not None:
            self.stack[place] = None
