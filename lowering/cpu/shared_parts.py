"""
Parts of a function of machine code, which letgrad's threads share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .instructions import Scalars


def share(
    w: Scalars,
    part: Scalars,
    name: str,
    count: str,
    pointers: Mapping[str, str],
    numbers: Mapping[str, str] | None = None,
    table: str | None = None,
    stack: Sequence[str] = (),
) -> None:
    """
    Give the parts %k of so many to threads. The code of the part reads these pointers and integers
    by their names; the name of its function says all that this code depends on, and `stack` has the
    lines of its variables. `table` is a place for 8 bytes of each pointer and integer: code in a
    loop has one, because its stack would grow.
    """
    name = f"letgrad.part.{name}"
    given = [*(("ptr", x) for x in pointers.items())]
    given += [*(("i64", x) for x in (numbers or {}).items())]
    loads = "".join(
        f"  %at.{x} = getelementptr i64, ptr %table, i64 {k}\n  %{x} = load {kind}, ptr %at.{x}\n"
        for k, (kind, (x, _)) in enumerate(given)
    )
    for symbol, text in part.declared.items():
        w.declare(symbol, text)
    body = "\n".join((*stack, *part.lines))
    w.declare(
        name,
        f"define internal void @{name}(ptr %table, i64 %k) nounwind {{\nentry:\n"
        f"{loads}{body}\n  ret void\n}}",
    )
    table = table or w.let(f"alloca [{len(given)} x i64]")
    for k, (kind, (_, value)) in enumerate(given):
        w.put(f"store {kind} {value}, ptr {w.let(f'getelementptr i64, ptr {table}, i64 {k}')}")
    w.put(f"call void @letgrad_parallel(ptr @{name}, ptr {table}, i64 {count})")
