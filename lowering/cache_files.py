"""
The folder in which letgrad keeps from one process to the next what it computed of programs: machine
code, compiled programs, and derivatives.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from ..dialects.walking import ops_in
from ..passes.rewriting.driver import is_observed
from ..passes.rewriting.rule_tables import has_foreign_rules
from ..passes.rewriting.settings import Setting

CACHE = Setting("LETGRAD_CACHE", "1", "0 keeps no object code from one process to the next.")
CACHE_DIR = Setting(
    "LETGRAD_CACHE_DIR", "`letgrad` in the user's cache folder", "Where object code is kept."
)
PROGRAMS = Setting(
    "LETGRAD_CACHE_PROGRAMS",
    "1",
    "0 keeps object code alone from one process to the next, and no compiled programs.",
)


def folder() -> Path | None:
    """
    The folder of the files: $LETGRAD_CACHE_DIR, or `letgrad` in the user's cache folder; None if
    $LETGRAD_CACHE is 0. Errors: `RuntimeError` if the user has no home.
    """
    if CACHE.get() == "0":
        return None
    if folder := CACHE_DIR.get():
        return Path(folder)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "letgrad"


def wanted() -> bool:
    """Whether files of programs are wanted. Who observes passes wants them to run."""
    return PROGRAMS.get() != "0" and CACHE.get() != "0" and not is_observed()


def may_be_kept(module: ModuleOp) -> bool:
    """Whether the text of a program says all about it."""
    if has_foreign_rules():
        return False
    kinds = {type(op) for op in ops_in(module)}
    return all(kind.__module__.partition(".")[0] in ("letgrad", "xdsl") for kind in kinds)


@functools.cache
def own_sources() -> str:
    """A hash that changes when a file of letgrad changes."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for name in ("dialects", "passes", "lowering"):
        for path in sorted((root / name).rglob("*.py")):
            stat = path.stat()
            found.update(f"{path}:{stat.st_mtime_ns}:{stat.st_size}\n".encode())
    return found.hexdigest()


def environment() -> list[tuple[str, str]]:
    """The variables of letgrad's, without those of the cache."""
    return sorted(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith("LETGRAD_") and not name.startswith("LETGRAD_CACHE")
    )


def replace(path: Path, data: bytes) -> None:
    """Write a file, which other processes see whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    os.replace(file.name, path)


def forget_oldest(stored: Path, count: int) -> None:
    """
    Delete the oldest files of a cache, but for this number of those with the ending of `stored`, a
    new file. This function looks at them after one in sixteen new files, which the hash in the name
    chooses: to look at a full cache takes longer than to write a file.
    """
    if not stored.name.startswith("0"):
        return
    with os.scandir(stored.parent) as found:
        files = [(x.stat().st_mtime, x.path) for x in found if x.name.endswith(stored.suffix)]
    for _, old in sorted(files)[: max(len(files) - count, 0)]:
        Path(old).unlink(missing_ok=True)
