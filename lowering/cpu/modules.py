"""
The LLVM modules of a function: the code of all its nests, in parts that several threads compile.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from xdsl.ir import Operation

from . import common_code, elementary, entries
from .alike_nests import shared_name
from .codegen import Codegen
from .split import split_function

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
) -> list[str]:
    """
    The functions of all nests, and the functions that they call, in at most `count` modules of
    similar size. The last text also has a function for each run of nests. `scratch` is the slot of
    the memory for results of parts.

    `write` gives the function of a nest. With `elsewhere`, these functions have names for all
    libraries of a program, and another library has those whose names are `elsewhere`.
    """
    modules = shared_out(_functions(codes, bounds, scratch, write, elsewhere), count)
    texts = [
        declarations([code for _, group in module for code in group])
        + "".join(text for text, _ in module)
        for module in modules
    ]
    elsewhere = [code for module in modules[:-1] for _, group in module for code in group]
    texts[-1] += "".join(f"declare void @{code.name}(ptr)\n" for code in elsewhere)
    names: dict[Operation, str] = {code.op: code.name for code in codes}
    for k, run in enumerate(runs):
        if run[0] in names:
            body = "".join(f"  call void @{names[op]}(ptr %args) noinline\n" for op in run)
            texts[-1] += f"define void @run{k}(ptr %args) {entries.HEAD} {{\n{body}  ret void\n}}\n"
    return texts


def _functions(
    codes: Sequence[Codegen],
    bounds: Mapping[Operation, Sequence[tuple[int, int]]],
    scratch: int,
    write: Write,
    elsewhere: Container[str] | None,
) -> list[Functions]:
    """The functions of the nests. Nests that are alike have their functions in one text."""
    # A program that repeats itself has nests that differ by their arrays alone.
    alike: dict[str, list[Codegen]] = {}
    for code in codes:
        ends = bounds[code.op]
        alike.setdefault(write(code, ends[0] if len(ends) == 1 else None), []).append(code)
    functions: list[Functions] = []
    for function, group in alike.items():
        if elsewhere is None:
            name = f"{group[0].name}.nest"
            text = f"define internal void @{name}{function}"
        else:
            name = shared_name(group[0], function)
            text = f"define void @{name}{function}"
            if name in elsewhere:
                text = declaration_of(text)
                for code in group:
                    code.declared = {}
        whole = len(bounds[group[0].op]) == 1
        if whole and len(group) > 1:
            text += entries.entry_by_slots(group[0], name)
            text += "".join(entries.short_entry(code, name) for code in group)
        elif whole:
            text += entries.entry(group[0], name)
        else:
            text += "".join(split_function(c, name, bounds[c.op], scratch) for c in group)
        functions.append((text, group))
    return functions


def declaration_of(text: str) -> str:
    """The declaration of the function of a nest."""
    head = text.split("{", 1)[0].replace("define", "declare", 1)
    return head.split(") nounwind", 1)[0] + ")\n"


def shared_out(functions: Sequence[Functions], count: int) -> list[list[Functions]]:
    """At most `count` lists of similar size: the longest item first, each to the shortest list."""
    lines = {text: text.count("\n") for text, _ in functions}
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
