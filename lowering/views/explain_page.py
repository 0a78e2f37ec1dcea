"""
The page of an explanation: HTML, CSS and JavaScript in one file, which loads nothing. The three
parts stand beside this module, in the language of each.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def page(title: str, data: dict[str, Any]) -> str:
    """The page of `data` of `explain.Explanation`. No text in `data` can end the page's script."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    shown = title.replace("&", "&amp;").replace("<", "&lt;")
    return (
        _part("html")
        .replace("@TITLE@", shown)
        .replace("@STYLE@", "\n" + _part("css"))
        .replace("@SCRIPT@", "\n" + _part("js").replace("@DATA@", text))
    )


def _part(suffix: str) -> str:
    return Path(__file__).with_suffix(f".{suffix}").read_text(encoding="utf-8")
