"""
docs/dialect-ten.md is made from the docstrings of the ops. After changing one, write it again:

    python tests/test_docs.py
"""

from __future__ import annotations

import inspect
from pathlib import Path

from xdsl.irdl import IRDLOperation

from letgrad.dialects import ten

PAGE = Path(__file__).parents[1] / "docs" / "dialect-ten.md"

HEAD = """\
# The dialect `ten`

Structural ops on tensors: what moves, joins, reduces and indexes. Elementwise arithmetic is
upstream's `arith` and `math`. All ops are pure and total: a read outside of a tensor gives 0, a
write outside is dropped. "Linear in x" means that x may also be a delta term, and then so is the
result.

This page is made from the docstrings in `dialects/ten.py` by `python tests/test_docs.py`.
"""

SYNTAX = {
    "ten.build": "ten.build [dims] (%i, %j) : result { … ten.yield %v : type }",
    "ten.compare": "ten.compare predicate, %a, %b : type of both",
    "ten.einsum": 'ten.einsum "ij,jk->ik" %a, %b : type of a, type of b -> result',
    "ten.gather": "ten.gather [dims] %t (%i) : type of t -> result { … ten.yield %k : index }",
    "ten.index": "ten.index %t[%i, %j] : type of t -> result",
    "ten.reduce": "ten.reduce kind, %x dims [0, 1] : type of x -> result",
    "ten.scan": (
        "ten.scan [length] reverse (%c = %init : type) over (%x = %xs : type) -> (types)"
        " { … ten.yield %next, %y : types }"
    ),
    "ten.scatter": "ten.scatter [dims] %t (%i) : type of t -> result { … ten.yield %k : index }",
    "ten.select": "ten.select %mask, %a, %b : type of mask, type of a",
    "ten.stack": "ten.stack %a, %b : type of each -> result",
    "ten.yield": "ten.yield %a, %b : type of a, type of b",
}
"""How ops are written that have a syntax of their own."""


def syntax(op: type[IRDLOperation]) -> str:
    """How an op is written: from its class where that says it all."""
    if op.name in SYNTAX:
        return SYNTAX[op.name]
    assert issubclass(op, ten.TenOp), f"{op.name} has no line in SYNTAX"
    names = [name for name, _ in op.get_irdl_definition().operands]
    if names == ["xs"]:
        names = ["x", "y"]
    parts = [op.name, ", ".join(f"%{name}" for name in names)]
    parts += ["dim 0"] * op.DIMENSION + [f"{name} [0, 1]" for name in op.LISTS]
    types = ", ".join(f"type of {name}" for name in names) or "result"
    return " ".join(p for p in parts if p) + f" : {types}{'' if op.ONE_TYPE else ' -> result'}"


def page() -> str:
    parts = [HEAD]
    for op in ten.OPS:
        assert issubclass(op, IRDLOperation)
        meaning = inspect.cleandoc(op.__doc__ or "")
        parts.append(f"## {op.name}\n\n    {syntax(op)}\n\n```text\n{meaning}\n```\n")
    return "\n".join(parts)


def test_the_page_on_ten_is_that_of_its_docstrings():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/test_docs.py"


def test_every_op_says_what_it_means():
    assert [op.name for op in ten.OPS if len(op.__doc__ or "") < 20] == []


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
