"""
Python modules that a command loads for one run: their dialects, passes and targets.

A module offers an `xdsl.universe.Universe`, as for the entry point `xdsl.universe`. A module
without a universe offers the dialects, passes and targets that it defines.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from xdsl.context import Context
from xdsl.ir import Dialect
from xdsl.passes import ModulePass
from xdsl.universe import Universe
from xdsl.utils.target import Target

from ..passes.rewriting.diagnostics import LetgradError
from . import source


def load(
    name: str,
    ctx: Context,
    passes: dict[str, Callable[[], type[ModulePass]]],
    targets: dict[str, Any],
) -> None:
    """
    Add the dialects, passes and targets of a module or of a `.py` file.

    Errors: `LetgradError` if Python cannot import the module, or if the module offers nothing, or
            something whose name is taken.
    """
    found = _offered(_imported(name))
    if found is None:
        raise LetgradError(f"the plugin {name} has no universe, dialect, pass or target")
    taken = {
        "dialect": found.all_dialects.keys() & ctx.registered_dialect_names,
        "pass": found.all_passes.keys() & passes.keys(),
        "target": found.all_targets.keys() & targets.keys(),
    }
    for kind, names in taken.items():
        for each in sorted(names):
            raise LetgradError(f"the plugin {name} offers the {kind} '{each}', which is there")
    for dialect, factory in found.all_dialects.items():
        ctx.register_dialect(dialect, factory)
    passes.update(found.all_passes)
    targets.update(found.all_targets)


def _imported(name: str) -> ModuleType:
    path = Path(name)
    try:
        if path.suffix != ".py":
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        spec.loader.exec_module(module)
        return module
    except Exception as error:
        raise LetgradError(f"cannot load the plugin {name}: {source.explain(error)}") from error


def _offered(module: ModuleType) -> Universe | None:
    values = list(vars(module).values())
    for value in values:
        if isinstance(value, Universe):
            return value
    dialects = {v.name: v for v in values if isinstance(v, Dialect)}
    own = [v for v in values if inspect.isclass(v) and v.__module__ == module.__name__]
    passes = _named(own, ModulePass)
    targets = _named(own, Target)
    if not (dialects or passes or targets):
        return None
    return Universe(
        all_dialects={n: _giving(d) for n, d in dialects.items()},
        all_passes={n: _giving(p) for n, p in passes.items()},
        all_targets={n: _giving(t) for n, t in targets.items()},
    )


def _named(classes: list[type], base: type) -> dict[str, Any]:
    return {
        c.name: c
        for c in classes
        if issubclass(c, base) and isinstance(getattr(c, "name", None), str)
    }


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value
