"""
A line on stderr that shows the progress of long work, and disappears when the work is done.

These are twenty lines of our own. A dependency on tqdm would cost more work than it saves.
"""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType


class Progress:
    """
    with Progress("fuzz", 10_000) as progress:
        progress.advance("2 failures")

    Prints nothing if stderr is no terminal: logs have no use for the line.

    Example:

        >>> with Progress("cubes", 3) as progress:
        ...     for k in range(3):
        ...         progress.advance(f"cube {k}")
    """

    def __init__(self, what: str, total: int | None = None, interval: float = 0.1):
        self.what = what
        self.total = total
        self.done = 0
        self._interval = interval
        self._shown = sys.stderr.isatty()
        self._start = time.monotonic()
        self._last = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.clear()

    def advance(self, note: str = "", by: int = 1) -> None:
        """Count `by` more steps as done; `note` tells the result so far."""
        self.done += by
        now = time.monotonic()
        if not self._shown or now - self._last < self._interval:
            return
        self._last = now
        spent = now - self._start
        parts = [f"{self.what}: {self.done}"]
        if self.total:
            bar = "#" * int(20 * min(1.0, self.done / self.total))
            parts = [f"{self.what}: [{bar:<20}] {self.done}/{self.total}"]
            if self.done:
                parts.append(f"{spent / self.done * (self.total - self.done):.0f} s left")
        line = ", ".join([*parts, note] if note else parts)
        columns = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{line[:columns]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line before other output; the next `advance` prints the line again."""
        if self._shown and self._last:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._last = 0.0
