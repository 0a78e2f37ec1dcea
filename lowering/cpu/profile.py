"""
The profile of a compiled function: the time of each step, the bytes that the step moves, its flops,
and this machine's rates for both.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ...dialects import arrays, kernel
from ...dialects.op_names import op_name
from ...dialects.walking import captured
from ...passes.rewriting import costs
from ..views.graphs import source_lines
from .frames import Slots, Step
from .matrices.einsum import multiply
from .threads import parts, run_parts, thread_count

COPIED = 1 << 26
"""Bytes of the array whose copy measures the memory: more than caches hold."""

ORDER = 1024
"""Rows of the matrices whose product measures arithmetic."""


@dataclass(frozen=True)
class Row:
    """
    A step: a nest, or an op that a library runs.

    `bytes` count each array once that the step reads or writes. `flops` are those of the cost
    model, in which a transcendental function counts some twenty. The machine needs a least time for
    the bytes, and one for the flops. `bound` is the larger of the two, as a part of the step's
    time.
    """

    what: str
    seconds: float
    bytes: int
    flops: int
    bound: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """The steps of a function in order; `str` gives a table."""

    name: str
    seconds: float
    """The time of a call, with the time between steps."""
    copy_rate: float
    """Bytes read and written per second, of a large copy."""
    matrix_rate: float
    """Flops per second of a large matrix product."""
    rows: tuple[Row, ...]

    def _table(self) -> list[tuple[str, ...]]:
        """The heads of the columns, and a line for each step."""
        head = ("step", "ms", "part", "MB", "GB/s", "Mflop", "Gflop/s", "of bound", "from")
        lines: list[tuple[str, ...]] = [head]
        for row in self.rows:
            t = max(row.seconds, 1e-9)
            lines.append(
                (
                    row.what,
                    f"{1e3 * row.seconds:.4g}",
                    f"{row.seconds / max(self.seconds, 1e-9):.0%}",
                    f"{row.bytes / 1e6:.3g}",
                    f"{row.bytes / t / 1e9:.3g}",
                    f"{row.flops / 1e6:.3g}",
                    f"{row.flops / t / 1e9:.3g}",
                    f"{row.bound:.0%}",
                    ", ".join(row.lines),
                )
            )
        return lines

    def _repr_html_(self) -> str:
        """The table in notebooks. A bar behind the part of the time shows it."""
        head, *lines = self._table()
        cell = 'style="padding: 2px 8px; text-align: '
        rows = ["".join(f'<th {cell}left">{escape(text)}</th>' for text in head)]
        for line in lines:
            cells = []
            for name, text in zip(head, line):
                side = "left" if name in ("step", "from") else "right"
                bar = ""
                if name == "part":
                    bar = f"; background: linear-gradient(90deg, #fdd9a0 {text}, transparent 0)"
                cells.append(f'<td {cell}{side}{bar}">{escape(text)}</td>')
            rows.append("".join(cells))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        ms = f"{1e3 * self.seconds:.4g}"
        return f"<p><b>@{escape(self.name)}</b>: {ms} ms</p><table>{body}</table>"

    def __str__(self) -> str:
        lines = self._table()
        head = lines[0]
        widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
        last = len(head) - 1
        shown = (
            "  ".join(
                text if k == last else text.ljust(w) if k == 0 else text.rjust(w)
                for k, (text, w) in enumerate(zip(line, widths))
            ).rstrip()
            for line in lines
        )
        return "\n".join(
            [
                f"@{self.name}: {1e3 * self.seconds:.4g} ms a call; this machine copies "
                f"{self.copy_rate / 1e9:.3g} GB/s, and multiplies at "
                f"{self.matrix_rate / 1e9:.3g} Gflop/s",
                *shown,
            ]
        )


def profile(
    name: str,
    ops: Sequence[tuple[Operation, Step]],
    call: Callable[[Sequence[Step] | None], Any],
    seconds: float = 0.5,
) -> Profile:
    """
    Medians over calls of a function, for about `seconds`: of whole calls, and of calls step by
    step. `call(steps)` runs these steps in place of the function's own steps, and `call(None)` runs
    the function's own. `ops` are its ops, with a step for each.
    """
    whole: list[float] = []
    times: list[list[float]] = [[] for _ in ops]

    def timed(step: Step, into: list[float]) -> Step:
        def run(slots: Slots) -> None:
            start = time.perf_counter()
            step(slots)
            into.append(time.perf_counter() - start)

        return run

    steps = [timed(step, into) for (_, step), into in zip(ops, times)]
    call(None)
    end = time.perf_counter() + seconds
    while len(whole) < 3 or (time.perf_counter() < end and len(whole) < 1000):
        start = time.perf_counter()
        call(None)
        whole.append(time.perf_counter() - start)
        call(steps)
    kinds = [arrays.dtype(r.type) for op, _ in ops for r in op.results]
    dtype = max((k for k in kinds if k in (np.float32, np.float64)), default=np.dtype(np.float64))
    copy, matrix = copy_rate(), matrix_rate(dtype)
    rows = []
    for (op, _), taken in zip(ops, times):
        t, bytes, flops = statistics.median(taken), bytes_moved(op), costs.flops(op)
        bound = max(bytes / copy, flops / matrix) / max(t, 1e-9)
        rows.append(Row(named(op), t, bytes, flops, bound, source_lines(op)))
    return Profile(name, statistics.median(whole), copy, matrix, tuple(rows))


def named(op: Operation) -> str:
    """An op, and the types of its results."""
    made = ", ".join(str(r.type) for r in op.results[:2]) + ", …" * (len(op.results) > 2)
    hint = next((f"%{r.name_hint} = " for r in op.results if r.name_hint), "")
    products = isinstance(op, kernel.FusedOp) and any(
        isinstance(inner, kernel.ProductOp) for inner in op.block.ops
    )
    return f"{hint}{op_name(op)}{' with product' if products else ''} : {made}"


def bytes_moved(op: Operation) -> int:
    """The bytes of all values that an op reads and makes, each once."""
    return sum(costs.bytes_of(x.type) for x in (*captured(op), *op.results))


@functools.cache
def copy_rate() -> float:
    """Bytes per second, read and written, of a large copy by all threads."""
    source, target = (np.ones(COPIED, np.uint8) for _ in range(2))
    calls = [(target, low, high) for low, high in parts(COPIED, thread_count())]

    def copy(target: Any, low: int, high: int) -> None:
        np.copyto(target[low:high], source[low:high])

    return 2 * COPIED / _best(lambda: run_parts(copy, calls))


@functools.cache
def matrix_rate(dtype: np.dtype) -> float:
    """Flops per second of a large matrix product, in letgrad's threads."""
    x, y, z = (np.ones((ORDER, ORDER), dtype) for _ in range(3))
    return 2 * ORDER**3 / _best(lambda: multiply(x, y, z))


def _best(run: Callable[[], None], times: int = 5) -> float:
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)
