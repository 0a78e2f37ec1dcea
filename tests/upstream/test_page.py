"""docs/upstream.md says of each op what becomes of it: `python -m letgrad.tests.upstream.test_page`
writes the tables of the page again."""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path

from letgrad.frontend.from_upstream import upstream_rules
from letgrad.frontend.from_upstream import upstream_to_ten as upstream_to_ten
from letgrad.lowering.linalg.linalg_rules import RULES as OUT
from letgrad.lowering.linalg.to_linalg import ConvertTenToLinalgPass as ConvertTenToLinalgPass

PAGE = Path(__file__).parents[2] / "docs" / "upstream.md"
IN_MARKS = "<!-- in -->", "<!-- end of in -->"
OUT_MARKS = "<!-- out -->", "<!-- end of out -->"


def row(names: list[str], doc: str) -> str:
    left, arrow, right = doc.replace("|", "\\|").partition("→")
    text = " ".join((right if arrow else left).split())
    return f"| {', '.join(f'`{name}`' for name in names)} | {text} |"


def table_in() -> str:
    """A line for each dialect and rule of the way in."""
    lines = ["| op | becomes |", "|---|---|"]
    rules = sorted(
        upstream_rules.RULES.items(),
        key=lambda item: (item[0].partition(".")[0], item[1].__doc__ or "", item[0]),
    )
    for (_, doc), group in groupby(
        rules, key=lambda item: (item[0].partition(".")[0], item[1].__doc__)
    ):
        assert doc, "a rule has a docstring, which is its equation"
        lines.append(row([name for name, _ in group], doc))
    return "\n".join(lines)


def table_out() -> str:
    """A line for each rule of the way out."""
    lines = ["| op | becomes |", "|---|---|"]
    rules = sorted(OUT.items(), key=lambda item: (item[1].__doc__ or "", item[0].name))
    for doc, group in groupby(rules, key=lambda item: item[1].__doc__):
        names = [op.name for op, _ in group]
        lines.append(row(names, doc or "the same op, on operands for which upstream defines it"))
    return "\n".join(lines)


def with_tables(text: str) -> str:
    for (begin, end), table in ((IN_MARKS, table_in()), (OUT_MARKS, table_out())):
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"the page has no {end}"
        text = f"{before}{begin}\n\n{table}\n\n{end}{after}"
    return text


def test_the_page_has_all_rules() -> None:
    text = PAGE.read_text()
    assert text == with_tables(text), "python -m letgrad.tests.upstream.test_page writes it again"


if __name__ == "__main__":
    # Without arguments. argparse answers `--help`, and refuses all others.
    argparse.ArgumentParser(description="Write the tables of docs/upstream.md again.").parse_args()
    PAGE.write_text(with_tables(PAGE.read_text()))
