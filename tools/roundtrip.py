"""The check that a module survives printing and reading, in both forms."""

from __future__ import annotations

from io import StringIO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from ..passes.rewriting.diagnostics import LetgradError
from . import source


def check(ctx: Context, module: ModuleOp) -> None:
    """Errors: `LetgradError` if a form cannot be read again, or reads as another module."""
    wanted = _text(ctx, module, True)
    for form, generic in (("custom", False), ("generic", True)):
        text = _text(ctx, module, generic)
        try:
            again = source.parse(ctx.clone(), text, f"<{form} form>", as_written=True)
        except LetgradError as error:
            raise LetgradError(
                f"the {form} form of this module cannot be read again: {error.diagnostic.message}",
                error.diagnostic.location,
            ) from error
        if _text(ctx, again, True) != wanted:
            raise LetgradError(f"the {form} form of this module reads as another module", module)


def _text(ctx: Context, module: ModuleOp, generic: bool) -> str:
    stream = StringIO()
    source.print_module(module, stream, generic=generic, ctx=ctx)
    return stream.getvalue()
