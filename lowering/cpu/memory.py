"""
Memory for arrays, used again once nobody refers to it.

Most of the time of a loop over large fresh arrays goes into page faults. So blocks are kept: an
array made here refers to its block, as do all views of it, and a block that nothing but the pool
refers to is free. Results that a caller still has are thus never overwritten.

$LETGRAD_POOL_BYTES is the size from which free blocks are given back before more are made.
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
"""Bytes from which an array is pooled: below, the C library is as fast."""

ALIGNMENT = 64
"""Bytes of a cache line, and of the widest vector."""


class Pool:
    """Blocks of memory by size. Safe to use from several threads."""

    def __init__(self, limit: int):
        self.limit = limit
        """The bytes from which free blocks are given back before more are made."""
        self.blocks: dict[int, list[tuple[np.ndarray, int]]] = {}
        self.total = 0
        self.lock = threading.Lock()
        self.keepers: weakref.WeakSet[Any] = weakref.WeakSet()
        """Objects whose list `idle` keeps memory that no call uses, for the next call."""

    def empty(self, shape: Sequence[int], dtype: Any, size: int) -> np.ndarray:
        """An array of `size` bytes whose elements are anything."""
        if size < LARGE:
            return np.empty(shape, dtype)
        block, offset = self.take(size)
        return np.ndarray(shape, dtype, block, offset)

    def take(self, size: int) -> tuple[np.ndarray, int]:
        """A block, and the aligned offset from which it has `size` bytes."""
        step = 1 << max(size.bit_length() - 4, 0)
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
        """Forget the blocks that are free, after the keepers gave up what they have idle."""
        for keeper in list(self.keepers):
            keeper.idle.clear()
        for room, pairs in self.blocks.items():
            kept = [pair for pair in pairs if not _is_free(pair)]
            self.total -= room * (len(pairs) - len(kept))
            self.blocks[room] = kept

    def clear(self) -> None:
        """Give back all that is free."""
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
