"""What editors ask about MLIR text: problems, hover, definitions, uses, symbols."""

from __future__ import annotations

from pathlib import Path

import pytest

from letgrad.tools import opt
from letgrad.tools.editor.language import Document, Range, Symbol

ROOT = Path(__file__).parents[1]

TEXT = """\
func.func @f(%x: tensor<3xf64>, %n: index) -> f64 {
  %y = math.sin %x : tensor<3xf64>  // of %x, @f
  %z = ten.index %y[%n] : tensor<3xf64> -> f64
  %b = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %y[%i] : tensor<3xf64> -> f64
    ten.yield %e : f64
  }
  %w = func.call @g(%z) : (f64) -> f64
  func.return %w : f64
}
func.func private @g(%x: f64) -> f64
"""


def document(text: str) -> Document:
    return Document(opt.LetgradOptMain([]).ctx, text)


def place(text: str, part: str, number: int = 0) -> int:
    """The offset of the `number`-th occurrence of a part."""
    at = -1
    for _ in range(number + 1):
        at = text.index(part, at + 1)
    return at


def words(text: str, ranges: list[Range]) -> list[tuple[str, int]]:
    """The texts of ranges, with their lines."""
    return [(text[a:b], text.count("\n", 0, a) + 1) for a, b in ranges]


def problems(text: str) -> list[tuple[int, str, str]]:
    """Line, marked text, and message of each problem."""
    found = document(text).problems()
    return [(text.count("\n", 0, p.range[0]) + 1, text[slice(*p.range)], p.message) for p in found]


def test_a_right_program_has_no_problems():
    assert problems(TEXT) == []


def test_all_problems_of_a_file_are_found():
    text = """\
func.func @a(%x: f64) -> f64 {
  %y = arith.addf %x, %q : f64
  func.return %y : f64
}
func.func @b(%x: tensor<3xf64>) {
  %y = ten.sum %x dims [1] : tensor<3xf64> -> f64
  %z = ten.reverse %x dims [2] : tensor<3xf64>
  func.return
}
func.func @c() {
  %y = nosuch.op : f64
}
"""
    found = problems(text)
    assert sorted((line, marked) for line, marked, _ in found) == [
        (2, "%q"),
        (6, "ten.sum"),
        (7, "ten.reverse"),
        (11, "nosuch.op"),
    ]
    # The same without the error that the parser stops at.
    mended = text.replace("%y = nosuch.op : f64", "func.return")
    found = sorted((line, marked) for line, marked, _ in problems(mended))
    assert found == [(2, "%q"), (6, "ten.sum"), (7, "ten.reverse")]


def test_problems_of_the_verifier_are_all_found():
    text = """\
func.func @b(%x: tensor<3xf64>) {
  %y = ten.sum %x dims [1] : tensor<3xf64> -> f64
  %z = ten.reverse %x dims [2] : tensor<3xf64>
  %a = math.sin %c : f64
  %c = arith.constant 1.0 : f64
  func.return
}
"""
    found = problems(text)
    assert {(line, marked) for line, marked, _ in found} == {
        (2, "ten.sum"),
        (3, "ten.reverse"),
        (4, "math.sin"),
    }
    late = next(p for p in document(text).problems() if "dominate" in p.message)
    assert words(text, [r for r, _ in late.notes])[0][1] == 5


def test_after_an_error_the_next_function_is_looked_at():
    text = """\
func.func @a(%x: f64) -> f64 {
  %y = arith.addf %x : f64
  func.return %y : f64
}
func.func @b(%x: f64) -> f64 {
  %y = math.nosuch %x : f64
  func.return %y : f64
}
func.func @c(%x: f64) -> f64 {
  %y = math.sin %x : f64
  func.return %y : f64
}
"""
    assert [(line, marked) for line, marked, _ in problems(text)] == [(2, ":"), (6, "math.nosuch")]
    doc = document(text)
    assert [s.name for s in doc.symbols()] == ["c"]
    assert doc.hover(place(text, "math.sin")) is not None
    # In the functions with errors, what stands before them is known too.
    assert words(text, [doc.definition(place(text, "%x", 1)) or (0, 0)]) == [("%x", 1)]


def test_pieces_are_apart():
    text = f"{TEXT}// -----\n{TEXT.replace('math.sin', 'math.cosine')}"
    assert [(line, marked) for line, marked, _ in problems(text)] == [(14, "math.cosine")]
    doc = document(text)
    assert words(text, [doc.definition(place(text, "@g")) or (0, 0)]) == [("@g", 11)]
    assert words(text, [doc.definition(place(text, "@g", 2)) or (0, 0)]) == [("@g", 23)]


def test_what_is_expected_is_no_problem():
    text = """\
func.func @b(%x: tensor<3xf64>) {
  // expected-error@+1 {{ten.sum}}
  %y = ten.sum %x dims [1] : tensor<3xf64> -> f64
  func.return
}
"""
    assert problems(text) == []
    assert len(problems(text.replace("{{ten.sum}}", "{{other}}"))) == 1
    assert [m for _, _, m in problems(text.replace("{{ten.sum}}", "{{ten"))][-1].startswith(
        "this is no"
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "é", "// -----", "func.func", '"', "%", "@", "func.func @f("]
)
def test_odd_texts(text: str):
    """One problem for what is no program, in its text; a name refers to itself, if to anything."""
    doc = document(text)
    found = doc.problems()
    assert len(found) == (text.strip() not in ("", "// -----"))
    assert all(0 <= p.range[0] <= p.range[1] <= len(text) for p in found)
    for offset in range(len(text) + 1):
        assert not doc.hover(offset) and not doc.definition(offset)
        assert all(text[a:b] == "@f" for a, b in doc.references(offset))
    assert not doc.symbols()


@pytest.mark.parametrize(
    ("part", "number", "expected"),
    [
        ("%y", 0, "%y : tensor<3xf64>\n```\n\nresult of `math.sin`"),
        ("%y", 1, "%y : tensor<3xf64>\n```\n\nresult of `math.sin`"),
        ("%n", 1, "%n : index\n```\n\nargument #1 of `@f`"),
        ("%i", 0, "%i : index\n```\n\nargument #0 of `ten.build`"),
        ("ten.build", 0, "ten.build : () -> (tensor<3xf64>)"),
        ("ten.build", 0, "- **Shapes:** "),
        ("ten.build", 0, "| region | `body` |"),
        ("math.sin", 0, "| operand | `operand` | T: "),
        ("math.sin", 0, "| `linearize` | d sin x = cos x dx |"),
        ("math.sin", 0, "Traits: Pure"),
        ("math.sin", 0, "math.sin : (tensor<3xf64>) -> (tensor<3xf64>)"),
        ("@g", 0, "func.func @g (f64) -> f64"),
    ],
)
def test_hover(part: str, number: int, expected: str):
    at = place(TEXT, part, number)
    about = document(TEXT).hover(at)
    assert about is not None and expected in about[0]
    assert TEXT[slice(*about[1])] == part


def test_hover_over_ops_of_any_dialect():
    """What is installed is known; of an op that is not, its types."""
    text = """\
%m = memref.alloc() : memref<3xf64>
%i = "emitc.nothing"(%m) : (memref<3xf64>) -> index
"""
    context = opt.LetgradOptMain([]).ctx
    context.allow_unregistered = True
    doc = Document(context, text)
    about = doc.hover(place(text, "memref.alloc"))
    assert about is not None and "| result | `memref` | memref |" in about[0]
    about = doc.hover(place(text, '"emitc.nothing"') + 1)
    assert about is not None and about[0].startswith("```mlir\nemitc.nothing : (memref<3xf64>)")
    about = doc.hover(place(text, "%i"))
    assert about is not None and about[0].endswith("result of `emitc.nothing`")


@pytest.mark.parametrize("part", ["tensor", "// of", "->", "@f\n"])
def test_nothing_to_say(part: str):
    at = place(TEXT, part) + 1
    assert document(TEXT).hover(at) is None
    assert document(TEXT).definition(at) is None
    assert document(TEXT).references(at) == []


def test_definitions_and_uses():
    doc = document(TEXT)
    at = place(TEXT, "%y", 2)
    assert words(TEXT, [doc.definition(at) or (0, 0)]) == [("%y", 2)]
    assert words(TEXT, doc.references(at)) == [("%y", 2), ("%y", 3), ("%y", 5)]
    assert words(TEXT, doc.references(at, declaration=False)) == [("%y", 3), ("%y", 5)]
    at = place(TEXT, "@g")
    assert words(TEXT, [doc.definition(at) or (0, 0)]) == [("@g", 11)]
    assert words(TEXT, doc.references(at)) == [("@g", 8), ("@g", 11)]
    assert words(TEXT, doc.references(at, declaration=False)) == [("@g", 8)]
    assert words(TEXT, doc.references(place(TEXT, "@f"))) == [("@f", 1)]


def test_symbols():
    text = (
        "builtin.module @m {\n  func.func @f() {\n    func.return\n  }\n}\nfunc.func @g() -> ()\n"
    )
    text = text.replace("func.func @g() -> ()", "func.func private @g() -> ()")
    found = document(text).symbols()

    def shown(symbols: tuple[Symbol, ...] | list[Symbol]) -> list[tuple[str, str, str, object]]:
        return [(s.name, s.kind, text[slice(*s.name_range)], shown(s.children)) for s in symbols]

    assert shown(found) == [
        ("m", "builtin.module", "@m", [("f", "func.func", "@f", [])]),
        ("g", "func.func", "@g", []),
    ]
    assert text[slice(*found[0].range)].endswith("}\n}")


FILES = sorted((ROOT / "tests" / "filecheck" / "dialects").rglob("*.mlir"))


@pytest.mark.parametrize("path", FILES[::7], ids=lambda path: path.stem)
def test_every_name_has_a_definition_of_its_own_spelling(path: Path):
    text = path.read_text()
    doc = document(text)
    if "--verify-diagnostics" not in text:
        assert doc.problems() == []
    for piece in doc._pieces:
        for name in piece.names:
            at = piece.start + name.start
            found = doc.definition(at)
            assert found is not None
            assert text[slice(*found)] == piece.text[name.start : name.end]
            assert (at, piece.start + name.end) in doc.references(at)


def offers(text: str, after: str, number: int = 0) -> dict[str, str]:
    """The completions behind a part of a text, with their kinds."""
    found = document(text).completions(place(text, after, number) + len(after))
    return {c.text: c.kind for c in found}


def test_completion_of_values() -> None:
    # The last line is half written, so the parser refuses the function.
    text = """func.func @other(%a: f32) {
  func.return
}
func.func @f(%x: f64, %long: f64) -> f64 {
  %y = math.sin %x : f64
  %z = arith.addf %
  %later = math.sin %x : f64
  func.return %y : f64
}
"""
    assert offers(text, "arith.addf %") == {"%x": "value", "%long": "value", "%y": "value"}
    (found,) = document(text).completions(place(text, "arith.addf %") + len("arith.addf %"))[1:2]
    assert (found.text, found.detail) == ("%long", "f64")
    at = place(text, "addf %") + len("addf ")
    assert found.range == (at, at + 1)


def test_completion_of_symbols_ops_and_types() -> None:
    function = "func.func @f() {\n  func.return\n}\n"
    text = f"{function}func.func @g() {{\n  func.call @\n  %a = math.si\n  ma\n}}"
    assert offers(text, "call @")["@f"] == "symbol"
    assert {"math.sin": "op", "math.sinh": "op"}.items() <= offers(text, "= math.si").items()
    assert "math.cos" not in offers(text, "= math.si")
    assert offers(text, "  ma")["math"] == "dialect"
    assert all(name.startswith("ma") for name in offers(text, "  ma"))
    typed = "func.func @f(%x: f"
    assert offers(typed, "%x: f") == {"f16": "type", "f32": "type", "f64": "type"}


def test_no_completion_in_comments_and_strings() -> None:
    assert offers("// math.", "// math.") == {}
    assert offers('func.func @f() attributes {a = "%', 'a = "%') == {}


def test_formatting() -> None:
    text = """// A comment stays.
func.func @f(%c: i1,
  %x: f64) -> f64 {
      cf.cond_br %c, ^bb1, ^bb2   // "}" in a comment {
^bb1:
 %y = math.sin %x {note = "{"} : f64
    func.return %y : f64
  ^bb2:
func.return %x : f64
}
"""
    assert (
        document(text).formatted()
        == """// A comment stays.
func.func @f(%c: i1,
    %x: f64) -> f64 {
  cf.cond_br %c, ^bb1, ^bb2   // "}" in a comment {
^bb1:
  %y = math.sin %x {note = "{"} : f64
  func.return %y : f64
^bb2:
  func.return %x : f64
}
"""
    )
    assert document("func.func @f( {").formatted() is None


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.mlir")), ids=lambda p: p.name)
def test_formatting_twice_is_formatting_once(path: Path) -> None:
    once = document(path.read_text(encoding="utf-8")).formatted()
    assert once is not None and document(once).formatted() == once
