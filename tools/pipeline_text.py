"""
The text of a pipeline, `cse,canonicalize{max-iterations=3}`, as passes, and passes as text.

Errors: a pass that does not exist, and options that do not fit, give a `LetgradError` with the
place in the text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from xdsl.passes import ModulePass, get_pass_option_infos
from xdsl.utils.arg_spec import ArgSpec, ArgSpecConvertible, parse_pipeline
from xdsl.utils.exceptions import ArgSpecParseError

from ..passes.rewriting.diagnostics import LetgradError
from . import mlir_flags, nesting, source


def pipeline_elements(text: str) -> Iterator[tuple[int, str]]:
    """
    The text of each pass or nest in a pipeline, with its offset. The pipeline may put them into
    `builtin.module(…)`.
    """
    return nesting.elements(text, *nesting.without_root(text))


def parse_spec(text: str, where: str, offset: int) -> ArgSpec:
    """One pass or target with its options."""
    try:
        specs = list(parse_pipeline(text))
        if len(specs) == 1:
            return specs[0]
        message, column = "expected a name", 1
    except ArgSpecParseError as error:
        # mlir-opt takes values that are empty, and values with any characters but spaces.
        name, brace, options = text.partition("{")
        if brace and options.rstrip().endswith("}"):
            quoted = mlir_flags.spec_of_pass(name, f"{brace}{options}")
            try:
                if len(again := list(parse_pipeline(quoted))) == 1:
                    return again[0]
            except ArgSpecParseError:
                pass  # The first error has the columns of the user's text.
        # Only the layout of the message shows its parts: a heading, the place, the line, carets,
        # the text.
        _, at, *_, message = str(error).rstrip().splitlines()
        message, column = message.strip(), int(at.rsplit(":", 1)[1])
    except Exception as error:
        message, column = source.explain(error), 1
    raise LetgradError(message[0].lower() + message[1:], source.place(where, 1, offset + column))


def _hint(kind: str, name: str, available: Iterable[str]) -> str:
    """What the user may have meant by an unknown name."""
    from ..lowering import backends  # which is large, and only an error needs it

    if kind == "target" and name in backends.names():
        return f"; {name} is a backend: letgrad run --backend {name}"
    longer = [each for each in available if each.startswith(name)]
    close = difflib.get_close_matches(name, available, 1) or sorted(longer, key=len)[:1]
    return f"; did you mean '{close[0]}'?" if close else ""


def instantiate(
    kind: str, available: dict[str, Any], spec: ArgSpec, where: str, offset: int
) -> Any:
    """The pass or target that `spec` names, with the options of `spec`."""
    at = source.place(where, 1, offset + 1)
    if spec.name not in available:
        hint = _hint(kind, spec.name, available)
        raise LetgradError(f"there is no {kind} '{spec.name}'{hint}", at)
    try:
        cls = available[spec.name]()
    except Exception as error:
        where = getattr(available[spec.name], "__module__", "a package")
        raise LetgradError(
            f"{kind} {spec.name}, which {where} registers, cannot be loaded: "
            f"{source.explain(error)}",
            at,
        ) from error
    known = {info.name for info in get_pass_option_infos(cls)}
    for option in spec.normalize_parameter_names().parameters:
        if option not in known:
            raise LetgradError(
                f"{kind} {spec.name} has no option '{option}'; it has {options_of(cls) or 'none'}",
                at,
            )
    try:
        return cls.from_spec(_with_switches(cls, spec))
    except LetgradError:
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, ValueError) else source.explain(error)
        # xDSL says "Incompatible types: given ('x',), expected int | None".
        if found := re.fullmatch(r"Incompatible types: given \((.*?),?\), expected (.*)", reason):
            reason = f"{found[1]} is no {found[2].replace(' | None', '')}"
        raise LetgradError(
            f"{kind} {spec.name}: {reason}; its options are {options_of(cls)}", at
        ) from error


def _with_switches(cls: type[ArgSpecConvertible], spec: ArgSpec) -> ArgSpec:
    """A switch alone is on, and its value may be a number, as in mlir-opt: `{a b=0}`."""
    infos = get_pass_option_infos(cls)  # type: ignore[type-var]
    switches = {info.name for info in infos if plain_type(info.expected_type) == "bool"}
    if not switches:
        return spec
    parameters = spec.normalize_parameter_names().parameters
    for name in switches & parameters.keys():
        value = parameters[name]
        if not value:
            parameters[name] = (True,)
        elif value in ((0,), (1,)):
            parameters[name] = (bool(value[0]),)
    return ArgSpec(spec.name, parameters)


def options_of(cls: type[ArgSpecConvertible]) -> str:
    """The options of a pass or target, as in `n: int = 1, name: str`."""
    infos = get_pass_option_infos(cls)  # type: ignore[type-var]
    return ", ".join(
        f"{i.name}: "
        f"{plain_type(i.expected_type)}{'' if i.default_value is None else f' = {i.default_value}'}"
        for i in infos
        if i.name != "name"
    )


def plain_type(type: str) -> str:
    """
    The text of a type in a class, without the quotes that postponed annotations put around types.
    """
    return type[1:-1] if type[:1] in "'\"" and type[:1] == type[-1:] else type


def spell(passes: Sequence[ModulePass]) -> str:
    return ",".join(str(p) for p in passes)
