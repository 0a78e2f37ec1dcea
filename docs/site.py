"""
The hooks by which MkDocs makes a site of docs/ and of the reference (`make docs`).

README, CONTRIBUTING and CHANGELOG are pages too. A link to a file that is no page, such as an
example, becomes its name. With Graphviz the pictures are drawn anew; without it the site has those
that are checked in.
"""

from __future__ import annotations

import os
import re
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import pictures
from mkdocs.structure.files import File, Files

from letgrad.tools import cli
from letgrad.tools.docs import definitions, pages

PAGES = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}


@cache
def reference() -> dict[str, str]:
    """The pages that are made from the definitions, by file name."""
    return pages.all_pages(cli.argument_parser())


def on_config(config: Any) -> Any:
    """The generated pages of the reference come first in the section of this name."""
    section = next(section["Reference"] for section in config.nav if "Reference" in section)
    generated = [{_title(text): f"reference/{name}"} for name, text in reference().items()]
    section[:0] = generated
    return config


def _title(text: str) -> str:
    """The first heading, without its marks."""
    return text.splitlines()[0].removeprefix("# ").replace("`", "")


def on_files(files: Files, config: Any) -> Files:
    for name, path in PAGES.items():
        text = (definitions.ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=text))
    for name, text in reference().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    with chdir(definitions.ROOT):
        for name in pictures.PICTURES:
            if (picture := pictures.svg(name)) is not None:
                old = files.get_file_from_path(f"pictures/{name}.svg")
                if old is not None:
                    files.remove(old)
                files.append(File.generated(config, f"pictures/{name}.svg", content=picture))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links are written for who reads the repository: turn them into links of the site."""
    name = page.file.src_uri
    here = Path(PAGES[name]).parent if name in PAGES else Path("docs", name).parent

    def link(match: re.Match[str]) -> str:
        text, target, anchor = match[1], match[2], match[3] or ""
        path = Path(os.path.normpath(here / target)).as_posix()
        to = {v: k for k, v in PAGES.items()}.get(path, path.removeprefix("docs/"))
        if files.get_file_from_path(to) is not None:
            return f"[{text}]({os.path.relpath(to, Path(name).parent)}{anchor})"
        # A target that is nowhere stays, and the strict build fails.
        return text if (definitions.ROOT / path).exists() else match[0]

    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)", link, markdown)
