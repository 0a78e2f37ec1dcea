"""`letgrad explain`: a page that shows what each pass of a pipeline did to a program."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from ..lowering import backends
from ..lowering.views.explain import explaining
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.verify import verify
from . import opt, remark_flags, source

DESCRIPTION = """
Run passes, and write a page that shows the program before and after each pass: the changes, the
rules that made them, the origin of each op, remarks, the sharing graph, and the kernels. The page
is one file, which loads nothing. If a pass fails, the page shows the passes before it, and the
error.
"""


BACKENDS = {"cpu": "cpu.backend", "triton": "triton.backend"}
"""The modules with the passes of the backends that make kernels. The command imports one module."""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "explain",
        allow_abbrev=False,
        help="write a page that shows the work of each pass",
        description=DESCRIPTION,
    )
    parser.add_argument("file", help="the program as MLIR text; - for standard input")
    parser.add_argument(
        "-p",
        "--passes",
        metavar="PIPELINE",
        help="the passes, as in letgrad-opt (default: those of the backend)",
    )
    parser.add_argument(
        "--backend",
        default=backends.default,
        choices=tuple(BACKENDS),
        help=f"the backend whose passes run without -p (default: {backends.default})",
    )
    parser.add_argument(
        "-o", dest="output", default="explain.html", metavar="FILE", help="(default: explain.html)"
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show Python's traceback of errors"
    )
    remark_flags.add_arguments(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    tool = opt.LetgradOptMain([])
    context = tool.ctx.clone()
    name = source.STDIN if options.file == "-" else options.file
    text = source.read(options.file)
    failure: LetgradError | None = None
    with explaining(name) as explanation:
        # A program that cannot be read, or a pipeline that does not exist, has a page too.
        try:
            module = source.parse(context, text, name)
            verify(module)
            if options.passes is None:
                backend = import_module(f"...lowering.{BACKENDS[options.backend]}", __name__)
                pipeline = tuple(backend.passes())
            else:
                pipeline = tuple(tool.parse_passes(options.passes))
            tool.make_instruments().run(context, module, pipeline)
        except LetgradError as error:
            failure = error
    explanation.sources.setdefault(name, text.splitlines())
    if failure is not None:
        explanation.error = str(failure.diagnostic)
    with source.writing(options.output) as path:
        explanation.save(path)
    if failure is not None:
        raise failure
    return 0
