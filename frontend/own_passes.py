"""Passes of users that run on a traced function, before a backend compiles it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from xdsl.passes import ModulePass
from xdsl.universe import Universe
from xdsl.utils.arg_spec import parse_pipeline
from xdsl.utils.exceptions import ArgSpecParseError

from ..lowering import backends
from ..passes.rewriting.driver import run_passes
from ..passes.rewriting.verify import verify
from ..passes.sharing.cse import CsePass
from ..passes.simplify.canonicalize import CanonicalizePass
from .traced_functions import Traced, functions_of
from .user_code import located

Passes = str | Sequence[ModulePass | type[ModulePass]]
"""The text of a pipeline, or passes."""


def as_passes(passes: Passes | None) -> tuple[ModulePass, ...]:
    """
    Errors: `ValueError` for a text that spells no pipeline, or that names a pass that does not
            exist; `TypeError` for objects that are no passes.
    """
    if passes is None:
        return ()
    if isinstance(passes, str):
        return _spelled(passes)
    found: list[ModulePass] = []
    for each in passes if isinstance(passes, Sequence) else (passes,):
        made: Any = each() if isinstance(each, type) and issubclass(each, ModulePass) else each
        if not isinstance(made, ModulePass):
            raise located(
                TypeError,
                f"passes= takes the text of a pipeline, or a list of passes, and {each!r} is no "
                "pass",
            )
        found.append(made)
    return tuple(found)


def _spelled(text: str) -> tuple[ModulePass, ...]:
    known: dict[str, Callable[[], Any]] = {
        **Universe.get_multiverse().all_passes,
        "canonicalize": lambda: CanonicalizePass,
        "cse": lambda: CsePass,
    }
    try:
        specs = list(parse_pipeline(text))
    except ArgSpecParseError as error:
        said = str(error).rstrip().splitlines()[-1].strip()
        raise located(ValueError, f"passes={text!r} is no pipeline: {said}") from None
    found = []
    for spec in specs:
        if spec.name not in known:
            raise located(ValueError, f"passes={text!r}: there is no pass '{spec.name}'")
        try:
            found.append(known[spec.name]().from_spec(spec))
        except Exception as error:
            raise located(ValueError, f"passes={text!r}: pass {spec.name}: {error}") from error
    return tuple(found)


def applied(passes: Sequence[ModulePass], traced: Traced) -> Traced:
    """
    A traced function after passes.

    Errors: `LetgradError` if the module does not verify after a pass; `TypeError` if a pass removes
            the function or changes its type.
    """
    if not passes:
        return traced
    module = traced.module.clone()
    wanted = functions_of(module)[traced.entry].function_type
    for a_pass in passes:
        run_passes(backends.context(), module, (a_pass,))
        verify(module)
        function = functions_of(module).get(traced.entry)
        if function is None or not function.body.blocks:
            raise located(TypeError, f"pass {a_pass.name} removed @{traced.entry}")
        if function.function_type != wanted:
            raise located(
                TypeError,
                f"pass {a_pass.name} changed the type of @{traced.entry} from {wanted} to "
                f"{function.function_type}, and passes= keeps the type",
            )
    return dataclasses.replace(traced, module=module, compiled={})
