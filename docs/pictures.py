"""
The pictures of the docs: graphs of programs, drawn by Graphviz from what the target `dot` prints.

    python docs/pictures.py        writes docs/pictures/*.svg again (make pictures)

The pictures are checked in, because a README shows them where nothing is built, and because no
machine needs Graphviz then. `make docs` draws them anew for the site where it finds Graphviz.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

from letgrad.tools import opt

DOCS = Path(__file__).parent

PICTURES: dict[str, tuple[str, ...]] = {
    "tower": ("examples/tower.mlir",),
    "tower-tree": ("examples/tower.mlir", "-p", "sharing-unshare"),
    "square-terms": ("examples/square.mlir", "-p", "delta-linearize"),
    "square-gradient": ("examples/square.mlir", "-p", "delta-linearize,delta-transpose"),
    "two-builds": ("examples/two_builds.mlir",),
    "two-builds-let": ("examples/two_builds.mlir", "-p", "sharing-stamp,sharing-recover"),
    "foo-gradient": ("examples/foo.mlir", "-p", "gradient{seed=one}"),
}
"""By name, what `letgrad-opt` is given for a picture, in the folder of letgrad."""

SHARED = {"two-builds-let", "foo-gradient"}
"""Pictures of what is stored or shared only. In the others each op is a node."""


def graph(name: str) -> str:
    """The text for Graphviz. The working folder is that of letgrad: nodes show names of files."""
    text = io.StringIO()
    with redirect_stdout(text):
        status = opt.main([*PICTURES[name], "-t", "dot" if name in SHARED else "dot{values=every}"])
    if status:
        raise SystemExit(f"the picture {name} has no graph")
    return text.getvalue()


def svg(name: str) -> str | None:
    """The picture, or None without Graphviz."""
    dot = shutil.which("dot")
    if dot is None:
        return None
    command = [dot, "-Tsvg"]
    return subprocess.run(
        command, input=graph(name), capture_output=True, text=True, check=True
    ).stdout


def main() -> None:
    for name in PICTURES:
        picture = svg(name)
        if picture is None:
            raise SystemExit("Graphviz is needed to draw: there is no `dot` in PATH")
        (DOCS / "pictures" / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description="Draw the pictures of docs/ again.").parse_args()
    main()
