"""
Commands of this environment without the start of an interpreter: a fork of a process that has
imported them.

Each command is a process of its own, with its own arguments, environment, working folder and
streams, so it can spoil nothing for the next. What a fork does not show, the installed scripts and
what they import, is shown by the tests that start them.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import filecheck.main

from letgrad.tools import cli, opt, universe

COMMANDS: dict[str, Callable[[], Any]] = {
    "letgrad-opt": opt.main,
    "letgrad": cli.main,
    "filecheck": filecheck.main.main,
}
"""What the scripts of that name call."""

BIN = os.path.dirname(sys.executable)


def heat() -> None:
    """Import what the commands import only when they are asked for it."""
    letgrad = universe.LETGRAD_UNIVERSE
    for load in (*letgrad.all_dialects.values(), *letgrad.all_passes.values()):
        load()
    gc.freeze()  # or each fork's first collection would copy the pages of all these objects


def become(main: Callable[[], Any], args: Sequence[str], env: Mapping[str, str] | None) -> None:
    """Run `main` as the process of a command; called after a fork, with the streams in place."""
    os.closerange(3, 256)  # as close_fds does; also the pipe on which Popen waits for an exec
    if env is not None:
        os.environ.clear()
        os.environ.update(env)
    sys.argv = list(args)
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    status = 1
    try:
        sys.exit(main())
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        else:
            status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            status = 120  # as an interpreter ends when nobody reads its output
        os._exit(status)


class Popen(subprocess.Popen):
    """`subprocess.Popen`, which forks for the commands of this environment."""

    def __init__(self, args: Sequence[Any], *, executable: Any = None, env: Any = None, **options):
        words = [os.fspath(a) for a in args]
        folder, name = os.path.split(os.fspath(executable or words[0]))
        if folder == BIN and name in COMMANDS:
            options["preexec_fn"] = partial(become, COMMANDS[name], words, env)
        super().__init__(words, executable=executable, env=env, **options)


def use_in_lit() -> None:
    """Let lit's own shell start commands in this way, in this process and its forks."""
    import lit.TestRunner

    heat()
    lit.TestRunner.subprocess = type("subprocess", (), {**vars(subprocess), "Popen": Popen})
