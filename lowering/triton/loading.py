"""An emitted file as a Python module."""

from __future__ import annotations

import itertools
import linecache
import sys
import types

_numbers = itertools.count()


def load(text: str) -> types.ModuleType:
    """
    Run the text of a file. Triton reads the source of kernels, so this function keeps the source
    where Python looks for it.
    """
    name = f"letgrad_triton_{next(_numbers)}"
    path = f"<{name}>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(text, path, "exec"), vars(module))
    return module
