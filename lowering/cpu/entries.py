"""
The functions of nests that take their arrays out of a frame, a list of Python with NumPy's arrays.

They are loads and calls, in which LLVM's passes find nothing, and take half the time of a small
nest. So these functions are `optnone`, a run of nests has one for all of them, and they have a
module of their own, which LLVM compiles as it is. No nest changes a frame, so a function reads each
pointer once.
"""

from __future__ import annotations

from .codegen import Codegen
from .python_objects import DATA, ITEMS

HEAD = "nounwind noinline optnone"
"""The attributes of functions that only load and call."""


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


class Pointers:
    """
    The pointers that the lines of a function read out of its `%args`, each once: the arrays of a
    frame, or with `of_table` a table of the pointers themselves.
    """

    def __init__(self, of_table: bool = False):
        self.of_table = of_table
        self.lines: list[str] = ["entry:"]
        self._read: dict[int, str] = {}

    def at(self, place: int) -> str:
        """The pointer at a place of the frame or table."""
        if place not in self._read:
            k = len(self._read)
            self._read[place] = f"%a{k}"
            if self.of_table:
                self.put(f"  %s{k} = getelementptr ptr, ptr %args, i64 {place}")
                self.put(f"  %a{k} = load ptr, ptr %s{k}")
            else:
                self.put(f"{'' if k else items()}{pointer(k, place)}")
        return self._read[place]

    def put(self, *lines: str) -> None:
        """Add lines, behind those that read pointers."""
        self.lines += lines

    def text(self) -> str:
        """The body of the function."""
        return "".join(f"{line}\n" for line in (*self.lines, "  ret void"))


def call(code: Codegen, nest: str, pointers: Pointers) -> None:
    """Run all of a nest, whose `Codegen.function` has this name."""
    given = "".join(f"ptr {pointers.at(k)}, " for k in slots_of(code))
    low, high = code.range
    pointers.put(f"  call void @{nest}({given}i64 {low}, i64 {high})")


def entry(name: str, pointers: Pointers) -> str:
    """`@<name>(args)`, a function of a frame with these lines."""
    return f"define void @{name}(ptr %args) {HEAD} {{\n{pointers.text()}}}\n"


def slots_of(code: Codegen) -> list[int]:
    """The slots of the arrays that a `Codegen.function` takes."""
    return [code.slots(x) for x in (*code.inputs, *code.op.res)]
