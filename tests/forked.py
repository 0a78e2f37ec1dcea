"""
Programs in Python without the start of an interpreter: forks of a server that has imported letgrad,
and has run nothing, so no program sees what another one or a test did. Most of the time of a short
program is its imports.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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


def _child(argv: Sequence[str], cwd: str, out: str, err: str) -> None:
    os.chdir(cwd)
    for descriptor, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[0] = os.path.dirname(argv[0])

    def main() -> None:
        runpy.run_path(argv[0], run_name="__main__")

    warm.become(main, argv, None)


def _serve() -> None:
    warm.heat()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _child(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    import warm

    import letgrad.frontend  # noqa: F401 (the programs of pages import it)

    _serve()
