"""
The LLVM modules of a function: the code of all its nests, in parts that several threads compile.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from xdsl.ir import Operation

from . import common_code, elementary, entries
from .alike_nests import shared_name
from .codegen import Codegen
from .instructions import Scalars
from .split import part_function, run_parts

Functions = tuple[str, list[Codegen]]
"""LLVM text, and its nests."""

Write = Callable[[Codegen, tuple[int, int] | None], str]
"""The function of a nest, for a range that is known, or None."""

PARALLEL = "declare void @letgrad_parallel(ptr, ptr, i64)"

MODULE_LINES = 250
"""Lines of LLVM text that pay for a module of their own: some 40 ms, of which it costs 4."""


def module_texts(
    codes: Sequence[Codegen],
    runs: Sequence[Sequence[Operation]],
    bounds: Mapping[Operation, Sequence[tuple[int, int]]],
    scratch: int,
    count: int,
    write: Write = Codegen.function,
    elsewhere: Container[str] | None = None,
    alone: bool = False,
) -> list[str]:
    """
    The functions of all nests, and the functions that they call, in at most `count` modules of
    similar size. One more text, the last one, has the functions of a frame (`entries`): one for
    each run of nests, those of parts, and, if asked for, one for each nest `alone`. `scratch` is
    the slot of the memory for results of parts.

    `write` gives the function of a nest. With `elsewhere`, these functions have names for all
    libraries of a program, and another library has those whose names are `elsewhere`.
    """
    functions, names = _functions(codes, bounds, write, elsewhere)
    of: dict[Operation, Codegen] = {code.op: code for code in codes}
    caller = Scalars("", False)

    def places_of(code: Codegen) -> list[int]:
        return [*entries.slots_of(code), scratch]

    def run_of(name: str, ops: Iterable[Operation]) -> str:
        pointers = entries.Pointers()
        for code in map(of.__getitem__, ops):
            if len(ends := bounds[code.op]) == 1:
                entries.call(code, names[code.op], pointers)
            else:
                run_parts(code, code.name, ends, places_of(code), pointers, caller)
        return entries.entry(name, pointers)

    of_frame = [
        part_function(code, code.name, names[code.op], ends, places_of(code))
        for code in codes
        if len(ends := bounds[code.op]) > 1
    ]
    of_frame += [run_of(f"run{k}", run) for k, run in enumerate(runs) if run[0] in of]
    of_frame += [run_of(code.name, [code.op]) for code in codes] if alone else []
    texts = [
        declarations([code for _, group in module for code in group])
        + "".join(text for text, _ in module)
        for module in shared_out([f for f in functions if f[0].startswith("define")], count)
    ]
    if of_frame:
        text = "".join(declaration_of(text) for text, _ in functions)
        text = declarations([], caller.declared) + text + "".join(of_frame)
        texts.append(common_code.QUICK + text)
    return texts


def _functions(
    codes: Sequence[Codegen],
    bounds: Mapping[Operation, Sequence[tuple[int, int]]],
    write: Write,
    elsewhere: Container[str] | None,
) -> tuple[list[Functions], dict[Operation, str]]:
    """
    The functions of the nests, and the name of the function of each nest. Nests that are alike have
    one function.
    """
    # A program that repeats itself has nests that differ by their arrays alone.
    alike: dict[str, list[Codegen]] = {}
    for code in codes:
        ends = bounds[code.op]
        alike.setdefault(write(code, ends[0] if len(ends) == 1 else None), []).append(code)
    functions: list[Functions] = []
    names: dict[Operation, str] = {}
    for function, group in alike.items():
        name = f"{group[0].name}.nest"
        if elsewhere is not None:
            name = shared_name(group[0], function)
        text = f"define void @{name}{function}"
        if elsewhere is not None and name in elsewhere:
            text = declaration_of(text)
        names |= {code.op: name for code in group}
        functions.append((text, group))
    return functions, names


def declaration_of(text: str) -> str:
    """The declaration of the function of a nest, which a module may call and not define."""
    if text.startswith("declare"):
        return text
    head = text.split("{", 1)[0].replace("define", "declare", 1)
    return head.split(") nounwind", 1)[0] + ")\n"


def shared_out(functions: Sequence[Functions], count: int) -> list[list[Functions]]:
    """At most `count` lists of similar size: the longest item first, each to the shortest list."""
    lines = {text: text.count("\n") for text, _ in functions}
    if not functions:
        return []
    count = max(1, min(count, len(functions), sum(lines.values()) // MODULE_LINES))
    lists: list[list[Functions]] = [[] for _ in range(count)]
    sizes = [0] * count
    for text, group in sorted(functions, key=lambda f: lines[f[0]], reverse=True):
        smallest = sizes.index(min(sizes))
        lists[smallest].append((text, group))
        sizes[smallest] += lines[text]
    return lists


def declarations(
    codes: Sequence[Codegen], more: Mapping[str, str] | None = None, alone: bool = False
) -> str:
    """
    Declarations of the functions that these nests call, and `more` by their names. A module that
    stands `alone` gets the definitions of functions that all programs share.
    """
    declared = dict(more or {})
    for code in codes:
        declared |= code.declared
    if not alone:
        for name, text in declared.items():
            if name.startswith(common_code.PREFIX):
                declared[name] = common_code.declaration(text)
    # Also the functions of this module: LLVM would drop a parameter that all calls give the same
    # constant, while the calls of the vector functions keep it.
    kept = [
        n
        for n, t in declared.items()
        if n.startswith(("_ZGV", elementary.PREFIX)) or t.startswith("define ")
    ]
    lines = [*declared.values(), PARALLEL]
    if kept:
        # Before the vectorizer, no code refers to these functions.
        listed = ", ".join(f"ptr @{name}" for name in kept)
        lines.append(
            f"@llvm.compiler.used = appending global [{len(kept)} x ptr] [{listed}], "
            'section "llvm.metadata"'
        )
    return "\n".join([*lines, ""])
