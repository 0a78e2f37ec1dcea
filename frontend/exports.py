"""Libraries for C out of Python functions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..lowering import backends
from ..passes.rewriting.diagnostics import LetgradError
from . import api, unsigned
from .traced_functions import function_name, known_ints, refuse_changes, trace_function
from .user_code import at_call, located

__all__ = ["export"]


def export(
    fn: Callable[..., Any],
    *specs: Any,
    path: str | os.PathLike[str],
    name: str | None = None,
    target: str = "",
    cpu: str = "",
    blas: str = "own",
    strict: bool = False,
    threads: bool = True,
    **kwargs: Any,
) -> list[Path]:
    """
    Compiles `fn` for arguments of these shapes and dtypes as a library for C, and gives the paths
    of the files. The library runs without Python and without letgrad.

        lg.export(lg.grad(loss), lg.spec((100, 3)), lg.spec(3), path="build/loss.so")

    The end of `path` says the kind of file: ".so" for a shared library, which a C compiler links,
    ".o" for an object, ".ll" for the text of LLVM. The header is beside it, with the end ".h"; for
    the path "….h" there is only the header. The header says the names, shapes and types of the
    arguments and results, who owns them, and what each status means. `specs` and `kwargs` are as
    for `trace`. `name` is the name of the function in C.
    `target` is a triple of LLVM ("aarch64-linux-gnu"); "" is this machine. `cpu` is a processor of
    the target ("x86-64-v3", "native"); "" is the oldest one. `blas="cblas"` calls CBLAS by name for
    products of matrices, in place of letgrad's own code. With `threads=False`, the library makes no
    threads. `strict` is as for `jit`.
    Errors: `LetgradError` at an op that has no code which runs without Python, for a target that
            or processor that LLVM does not have, and without a C compiler for a shared library.
    """
    if not isinstance(path, str | os.PathLike):
        raise located(TypeError, f"lg.export takes the path of a file, not {path!r}")
    with at_call():
        return _exported(fn, specs, kwargs, Path(path), name, target, cpu, blas, strict, threads)


def _exported(
    fn: Callable[..., Any], specs: tuple[Any, ...], kwargs: dict[str, Any], path: Path,
    name: str | None, target: str, cpu: str, blas: str, strict: bool, threads: bool,
) -> list[Path]:  # fmt: skip
    with backends.needing("lg.export"):
        from ..lowering.cpu import ahead, ahead_files
        from ..lowering.cpu.ahead_targets import Machine

    kind = ahead_files.kind_of(path)
    source = fn.fn if isinstance(fn, api.Jitted) else fn
    args, kwargs = known_ints(source, specs, kwargs)
    traced = trace_function(source, args, kwargs, name=name or function_name(source), finals=True)
    refuse_changes(traced, "an exported function")
    entry = traced.entry
    options = ahead.Options(Machine(target, cpu), blas, strict, threads)
    made = ahead.library(traced.module, [entry], options)
    marks = {entry: [unsigned.is_unsigned(t) for t in (*traced.in_types, *traced.out_types)]}
    files = {kind: path} | ({} if kind == "llvm" else {"header": path.with_suffix(".h")})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for each, file in files.items():
            file.write_bytes(ahead_files.written(made, each, file, marks))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LetgradError(f"cannot write {error.filename or path}: {reason}") from error
    return list(files.values())
