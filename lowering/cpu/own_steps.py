"""
Steps of matrix ops in machine code: the code that loops have for these ops (`own_ops`), with a
function around it that Python calls. NumPy's functions and calls of LAPACK out of Python take
microseconds more, which is most of the time for small matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

import numpy as np
from xdsl.ir import Operation, SSAValue

from . import library_calls
from .entries import HEAD, items, pointer
from .frames import Slots, Step
from .machine import Library
from .memory import LARGE, pool
from .modules import PARALLEL
from .native_pool import start_pool
from .own_ops import own_op

SHORT = 1 << 12
"""
For so many elements the interpreter's lock is kept: they take some microseconds. Then no other
thread of Python opens or closes a context of `blas.OneThread`, and the code itself keeps the
libraries to one thread: from Python, this takes as long as the factors of 16 rows.
"""


def own_step(
    op: Operation,
    slot: Mapping[SSAValue, int],
    threads: AbstractContextManager[object],
    elements: int,
) -> Step | None:
    """
    The step of an op with so many elements; None if there is no code. `threads` is open during a
    call, for the threads of the libraries.
    """
    code = own_op(op)
    if code is None:
        return None
    values = [*op.operands, *op.results]
    places, bytes = [slot[x] for x in values], max(code.scratch, 1)
    count = len(values)
    is_short = elements <= SHORT
    declared = dict(code.declared)
    if code.has_parts:
        declared.setdefault("letgrad_parallel", PARALLEL)
    body = f"define internal void @op{code.text}"
    before, after = "", ""
    if is_short:
        before, after = _one_thread(body, declared)
    loads = "\n".join(pointer(k, k) for k in range(count + 1))
    given = ", ".join(f"ptr %a{k}" for k in range(count + 1))
    text = (
        "\n".join([*declared.values(), ""])
        + body
        + f"define void @run0(ptr %args) {HEAD} {{\nentry:\n{items()}{loads}\n"
        f"{before}  call void @op({given})\n{after}  ret void\n}}\n"
    )
    library = Library(text, needs=start_pool if code.has_parts else None)
    run = library.run("run0", is_short)
    operands = range(len(op.operands))
    idle: list[np.ndarray] = []

    def step(slots: Slots) -> None:
        arrays = [slots[k] for k in places]
        for k in operands:
            if not arrays[k].flags.c_contiguous:
                arrays[k] = np.ascontiguousarray(arrays[k])
        try:
            memory = idle.pop()
        except IndexError:
            memory = pool.empty((bytes,), np.uint8, bytes)
        arrays.append(memory)
        if is_short:
            run(arrays)
        else:
            with threads:
                run(arrays)
        if bytes < LARGE:
            idle.append(memory)

    step.library = library  # type: ignore[attr-defined]
    return step


def _one_thread(body: str, declared: dict[str, str]) -> tuple[str, str]:
    """
    Code in front of a call and behind it, which keeps the libraries that the call uses to one
    thread.
    """
    before, after = "", ""
    for k, name in enumerate(library_calls.libraries_in([body])):
        prefix = f"{library_calls.PREFIX}threads.{name}"
        declared[f"{prefix}.get"] = f"declare i32 @{prefix}.get()"
        declared[f"{prefix}.set"] = f"declare void @{prefix}.set(i32)"
        before += (
            f"  %n{k} = call i32 @{prefix}.get()\n  %m{k} = icmp sgt i32 %n{k}, 1\n"
            f"  br i1 %m{k}, label %many{k}, label %one{k}\nmany{k}:\n"
            f"  call void @{prefix}.set(i32 1)\n  br label %one{k}\none{k}:\n"
        )
        after += (
            f"  br i1 %m{k}, label %back{k}, label %end{k}\nback{k}:\n"
            f"  call void @{prefix}.set(i32 %n{k})\n  br label %end{k}\nend{k}:\n"
        )
    return before, after
