"""The files of a library ahead of time: its header for C and C++, and its machine code."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...passes.rewriting.diagnostics import LetgradError
from .ahead import NO_MEMORY, NULL, OK, OVERLAP, Exported, Library, Value

KINDS = ("object", "shared", "header", "llvm")
SUFFIXES = {".o": "object", ".so": "shared", ".dylib": "shared", ".h": "header", ".ll": "llvm"}

STATUS = f"""#ifndef LETGRAD_STATUS
#define LETGRAD_STATUS
enum letgrad_status {{
  LETGRAD_OK = {OK},
  LETGRAD_NULL = {NULL},      /* a pointer is null, and its array is not empty */
  LETGRAD_NO_MEMORY = {NO_MEMORY}, /* there is no memory for intermediate values */
  LETGRAD_OVERLAP = {OVERLAP}    /* a result shares memory with an argument or another result */
}};
static inline const char *letgrad_status_text(int status) {{
  return status == LETGRAD_OK ? "ok"
    : status == LETGRAD_NULL ? "a pointer is null"
    : status == LETGRAD_NO_MEMORY ? "there is no memory"
    : status == LETGRAD_OVERLAP ? "a result shares memory with another array"
    : "unknown status";
}}
#endif
"""

RULES = """
   Arrays are in row-major order. The caller owns all arrays, and gives each result an array of its
   size: a function writes all of it, and keeps no pointer. No array is written but the results. A
   result may share memory with no other array. Scalars are passed by value, but for complex ones.
   A function returns LETGRAD_OK, or it returns another status and writes no result.
   Functions may run in several threads at a time. A function keeps one block of memory for its next
   call; NAME_free_memory gives the block back."""


def header(library: Library, name: str, unsigned: Mapping[str, Sequence[bool]]) -> str:
    """
    The header of a library in a file called `name`. `unsigned` says for each function which of its
    arguments and results are integers without a sign.
    """
    guard = re.sub(r"\W", "_", f"{name}_h", flags=re.ASCII).upper()
    options = library.options
    links = " ".join(library.links)
    if options.blas == "cblas":
        links += " and a library with the functions of CBLAS, with sizes of 32 bits"
    cpu = f", {options.machine.cpu}" if options.machine.cpu else ""
    lines = [
        f"/* Functions that letgrad compiled for {options.machine.triple}{cpu}.",
        f"   Link with {links}.",
        f"{RULES} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "#include <stdbool.h>",
        "#include <stdint.h>",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        STATUS.rstrip(),
    ]
    for function in library.functions:
        marks = unsigned.get(function.name, [])
        lines += ["", *_declared(function, marks)]
    lines += ["", "#ifdef __cplusplus", "}", "#endif", "#endif", ""]
    return "\n".join(lines)


def _declared(function: Exported, unsigned: Sequence[bool]) -> list[str]:
    values = [*function.takes, *function.gives]
    marks = [*unsigned, *[False] * (len(values) - len(unsigned))]
    parameters: list[str] = []
    notes = [f"/* {function.name}"]
    for k, (value, mark) in enumerate(zip(values, marks)):
        kind, size = _c_type(value.type, mark), "".join(f"[{n}]" for n in types.shape(value.type))
        is_result = k >= len(function.takes)
        role = "result  " if is_result else "argument"
        note = _note(value)
        notes.append(f"   {role} {value.name}: {kind}{size}{note}")
        if value.by_value and not is_result:
            parameters.append(f"{kind} {value.name}")
        else:
            parameters.append(f"{'' if is_result else 'const '}{kind} *{value.name}")
    notes.append(f"   memory   {function.memory} bytes */")
    listed = ",\n    ".join(parameters) or "void"
    return [
        *notes,
        f"int {function.name}({listed});",
        f"void {function.name}_free_memory(void);",
    ]


def _note(value: Value) -> str:
    name = arrays.dtype(value.type).name
    if name in ("float16", "bfloat16"):
        return f", the bits of {name}"
    if name.startswith("complex"):
        return ", pairs of the real and the imaginary part"
    return ""


def _c_type(type: Attribute, unsigned: bool) -> str:
    element = types.element(type)
    name = arrays.dtype(element).name
    if isinstance(element, IntegerType) and element.width.data > 1:
        return f"{'u' if unsigned else ''}int{element.width.data}_t"
    return {
        "bool": "bool", "float16": "uint16_t", "bfloat16": "uint16_t", "float32": "float",
        "float64": "double", "complex64": "float", "complex128": "double", "int64": "int64_t",
    }[name]  # fmt: skip


def kind_of(path: Path) -> str:
    """The kind of a file, by the end of its name. Errors: `LetgradError` for another end."""
    if path.suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise LetgradError(f"the end of {path.name} says no kind of file; it is one of {known}")
    return SUFFIXES[path.suffix]


def written(
    library: Library, kind: str, path: Path, unsigned: Mapping[str, Sequence[bool]]
) -> bytes:
    """The contents of a file of a library."""
    match kind:
        case "llvm":
            return library.text.encode()
        case "header":
            return header(library, path.stem, unsigned).encode()
        case "object":
            return library.object_code()
        case _:
            return _shared(library, path.name)


def _shared(library: Library, name: str) -> bytes:
    """A shared library, by the C compiler of this host or of the target."""
    machine = library.options.machine
    names = ("cc", "gcc", "clang") if machine.is_host else _cross_names(machine.triple)
    found = next((path for n in names if (path := shutil.which(n))), None)
    if found is None:
        raise LetgradError(
            f"a C compiler links shared libraries for {machine.triple}, and there is none of "
            f"{', '.join(names)}; an object needs no compiler"
        )
    with tempfile.TemporaryDirectory() as folder:
        code, target = Path(folder, "code.o"), Path(folder, "library")
        code.write_bytes(library.object_code())
        # The threads of the pool run the library's code until the process ends.
        keep = ["-Wl,-z,nodelete", f"-Wl,-soname,{name}"] if machine.is_linux else []
        command = [found, "-shared", "-o", str(target), str(code), *keep, *library.links]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode:
            last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
            raise LetgradError(f"{Path(found).name} did not link the library: {last}")
        return target.read_bytes()


def _cross_names(triple: str) -> tuple[str, ...]:
    parts = triple.split("-")
    short = "-".join((parts[0], *parts[-2:])) if len(parts) > 3 else triple
    return tuple(dict.fromkeys((f"{triple}-gcc", f"{short}-gcc")))
