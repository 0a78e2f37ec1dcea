"""
Whether LLVM vectorized the loops of a nest, and why not: the remarks of its loop vectorizer.

LLVM's flags for remarks hold for a whole process, and llvmlite only prints remarks. So this module
optimizes the nests once more, in another process, and reads the output of that process.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence

END = "-- end of module --"

DISABLED = "loop not vectorized: vectorization is explicitly disabled"
"""Of a loop over calls of a nest, which has nothing to vectorize."""


BRANCH = re.compile(r"^ *br ", re.MULTILINE)

KEPT = 1000
"""Modules whose remarks are kept, about."""

_said: dict[str, list[str]] = {}
"""
The remarks of each module that this process asked for. A process for each region of a program would
take seconds: the nests of regions are often scalars, or nests that were there before.
"""


def remarks_of(texts: Sequence[str]) -> list[list[str]] | None:
    """
    For each module of LLVM IR the vectorizer's remarks on its loops, each remark once; None if no
    process could start. A module without a branch has no loop, and no process looks at it.
    """
    if len(_said) > KEPT:
        _said.clear()
    asked = [text for text in dict.fromkeys(texts) if text not in _said and BRANCH.search(text)]
    if asked:
        if (found := _remarks_of(asked)) is None:
            return None
        _said.update(zip(asked, found))
    return [_said.get(text, []) for text in texts]


def _remarks_of(texts: Sequence[str]) -> list[list[str]] | None:
    command = [sys.executable or "", "-m", __name__]
    try:
        run = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True)
    except OSError:
        return None
    modules = run.stderr.split(END)[:-1]
    if run.returncode or len(modules) != len(texts):
        return None
    found = []
    for module in modules:
        said = list(dict.fromkeys(re.findall(r"remark: [^ ]*: (.*)", module)))
        if DISABLED in said:
            said = [text for text in said if text not in (DISABLED, "loop not vectorized")]
        # LLVM repeats this remark without the reason.
        found.append([text for text in said if text != "loop not vectorized"] or said)
    return found


def main() -> None:
    """Optimize the modules of a JSON list on standard input, with remarks on standard error."""
    import llvmlite.binding as llvm

    from .machine import optimized, target_machine

    for kind in ("", "-missed", "-analysis"):
        llvm.set_option("letgrad", f"-pass-remarks{kind}=loop-vectorize")
    for text in json.load(sys.stdin):
        optimized(text, target_machine())
        print(END, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
