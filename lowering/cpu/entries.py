"""
The functions of nests that take their arrays out of a frame, a list of Python with NumPy's arrays.

They are loads and calls, in which LLVM's passes find nothing, and take half the time of a small
nest. So these functions are `optnone`.
"""

from __future__ import annotations

from collections.abc import Sequence

from .codegen import Codegen
from .python_objects import DATA, ITEMS

HEAD = "nounwind noinline optnone"
"""The attributes of functions that only load and call."""


def entry(code: Codegen, nest: str) -> str:
    """
    `@<name>(args)`, a function that takes the pointers out of a frame, and runs all of a
    `Codegen.function`.
    """
    return f"define void @{code.name}(ptr %args) {HEAD} {_call(code, nest, _slots(code))}"


def entry_by_slots(code: Codegen, nest: str) -> str:
    """The same for any frame, `@<nest>.at(args, slots)`: nests that are alike share it."""
    slots = [f"%k{k}" for k in range(len(_slots(code)))]
    loads = "".join(
        f"  %p{k} = getelementptr i64, ptr %slots, i64 {k}\n  %k{k} = load i64, ptr %p{k}\n"
        for k in range(len(slots))
    )
    head = f"define internal void @{nest}.at(ptr %args, ptr %slots) {HEAD} "
    return head + _call(code, nest, slots, loads)


def short_entry(code: Codegen, nest: str) -> str:
    """`@<name>(args)`, which calls `@<nest>.at`."""
    slots = _slots(code)
    listed = ", ".join(f"i64 {slot}" for slot in slots)
    return (
        f"@{code.name}.slots = internal constant [{len(slots)} x i64] [{listed}]\n"
        f"define void @{code.name}(ptr %args) {HEAD} {{\n"
        f"  call void @{nest}.at(ptr %args, ptr @{code.name}.slots)\n  ret void\n}}\n"
    )


def items() -> str:
    """`%items`: the items of the list `%args`."""
    return (
        f"  %items.at = getelementptr i8, ptr %args, i64 {ITEMS}\n"
        "  %items = load ptr, ptr %items.at\n"
    )


def pointer(k: int, slot: int | str) -> str:
    """`%a<k>`: the data of the array at a slot of `%items`."""
    return (
        f"  %s{k} = getelementptr ptr, ptr %items, i64 {slot}\n  %o{k} = load ptr, ptr %s{k}\n"
        f"  %d{k} = getelementptr i8, ptr %o{k}, i64 {DATA}\n  %a{k} = load ptr, ptr %d{k}"
    )


def _slots(code: Codegen) -> list[int]:
    """The slots of the arrays that a `Codegen.function` takes."""
    return [code.slots(x) for x in (*code.inputs, *code.op.res)]


def _call(code: Codegen, nest: str, slots: Sequence[int | str], begin: str = "") -> str:
    """The body of a function of a frame."""
    loads = "\n".join(pointer(k, slot) for k, slot in enumerate(slots))
    call = "".join(f"ptr %a{k}, " for k in range(len(slots)))
    return (
        f"{{\nentry:\n{begin}{items()}{loads}\n"
        f"  call void @{nest}({call}i64 {code.range[0]}, i64 {code.range[1]})\n"
        "  ret void\n}\n"
    )
