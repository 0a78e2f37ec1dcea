"""
Memory for arrays, which the pool uses again after the last reference to it is gone.

Page faults take most of the time of a loop over large fresh arrays. So the pool keeps blocks. An
array of the pool refers to its block, and so do all views of the array. A block is free if only the
pool refers to it. So no call overwrites results that a caller still has.

If the pool has $LETGRAD_POOL_BYTES or more, it gives free blocks back before it makes more.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...passes.rewriting.settings import Setting

LARGE = 1 << 15
"""The pool holds arrays of this many bytes or more. For smaller ones the C library is as fast."""

HUGE = 1 << 22
"""
A block is up to an eighth larger than the array, so that arrays of about this size find it. From
this many bytes on it is up to a 64th larger: the peak of a program is near the plan of its memory.
"""

ALIGNMENT = 64
"""Bytes of a cache line, and of the widest vector."""


class Pool:
    """Blocks of memory by size. Safe to use from several threads."""

    def __init__(self, limit: int):
        self.limit = limit
        """From this many bytes on, the pool gives free blocks back before it makes more."""
        self.blocks: dict[int, list[tuple[np.ndarray, int]]] = {}
        self.total = 0
        self.lock = threading.Lock()
        self.keepers: weakref.WeakSet[Any] = weakref.WeakSet()
        """Objects whose list `idle` keeps memory that no call uses, for the next call."""

    def empty(self, shape: Sequence[int], dtype: Any, size: int) -> np.ndarray:
        """An array of `size` bytes, not initialized."""
        if size < LARGE:
            return np.empty(shape, dtype)
        block, offset = self.take(size)
        return np.ndarray(shape, dtype, block, offset)

    def take(self, size: int) -> tuple[np.ndarray, int]:
        """A block, and the aligned offset from which it has `size` bytes."""
        step = 1 << max(size.bit_length() - (4 if size < HUGE else 7), 0)
        room = -(-size // step) * step
        with self.lock:
            for pair in self.blocks.get(room, ()):
                if _is_free(pair):
                    block, offset = pair
                    # Another pair: one more refers to the block before the lock is released.
                    return block, offset
            if self.total + room > self.limit:
                self._trim()
            block = np.empty(room + ALIGNMENT, np.uint8)
            offset = -block.__array_interface__["data"][0] % ALIGNMENT
            self.blocks.setdefault(room, []).append((block, offset))
            self.total += room
            return block, offset

    def _trim(self) -> None:
        """Forget the free blocks, after the keepers gave up their idle memory."""
        for keeper in list(self.keepers):
            keeper.idle.clear()
        for room, pairs in self.blocks.items():
            kept = [pair for pair in pairs if not _is_free(pair)]
            self.total -= room * (len(pairs) - len(kept))
            self.blocks[room] = kept

    def clear(self) -> None:
        """Give back all free blocks."""
        with self.lock:
            self._trim()


def _is_free(pair: tuple[np.ndarray, int]) -> bool:
    # The pair refers to the block, and so does the argument of the call.
    return sys.getrefcount(pair[0]) == 2


POOL_BYTES = Setting(
    "LETGRAD_POOL_BYTES",
    "512 MiB",
    "The memory kept for reuse before free blocks are given back.",
)
pool = Pool(int(POOL_BYTES.get() or 1 << 29))
