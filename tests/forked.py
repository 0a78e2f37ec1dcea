"""
Runs Python programs in processes that begin with letgrad imported: most of the time of a short
program is its imports.

A server process imports letgrad, and forks for each program. So no program sees what another one
did. Programs whose imports are what a test is about start processes of their own.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PRELOADED = "letgrad letgrad.tools.opt letgrad.tools.cli letgrad.lowering.cpu"


@dataclass
class Result:
    returncode: int
    stdout: str
    stderr: str


class Server:
    """Forks programs of one environment."""

    def __init__(self, env: Mapping[str, str] | None = None):
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=None if env is None else dict(env),
        )

    def run(self, program: Path, *arguments: str, cwd: Path, joined: bool = False) -> Result:
        """
        Run a file of Python with these arguments. With `joined`, what it writes to stderr stands in
        `stdout` as well.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            order = [str(program), *arguments], str(cwd), str(out), str(out if joined else err)
            assert self._process.stdin and self._process.stdout
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            read = [p.read_text(encoding="utf-8") if p.exists() else "" for p in (out, err)]
            return Result(code, *read)

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _child(argv: Sequence[str], cwd: str, out: str, err: str) -> int:
    os.chdir(cwd)
    for descriptor, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = list(argv)
    sys.path[0] = os.path.dirname(argv[0])
    try:
        runpy.run_path(argv[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _serve() -> None:
    for module in PRELOADED.split():
        __import__(module)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            os._exit(_child(*json.loads(line)))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
