"""letgrad lsp over stdin and stdout, as an editor drives it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from letgrad.tools import cli

URI = "file:///tmp/program.mlir"
TEXT = """\
// 𝛿: two code units in UTF-16
func.func @f(%x: f64) -> f64 {
  %y = math.sin %x {n = "𝛿"} : f64
  %z = ten.sum %y dims [0] : tensor<3xf64> -> f64
  func.return %y : f64
}
"""


class Editor:
    """The other end of the protocol."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "letgrad.tools.cli", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.number = 0
        self.notified: list[dict[str, Any]] = []

    def send(self, method: str, params: Any, **more: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more})
        data = body.encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self.send(method, params, id=self.number)
        while (message := self.receive()).get("id") != self.number:
            self.notified.append(message)
        assert "error" not in message, message
        return message["result"]

    def diagnostics(self) -> list[dict[str, Any]]:
        """Those that are published next."""
        while True:
            message = self.notified.pop(0) if self.notified else self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                return message["params"]["diagnostics"]

    def at(self, line: int, character: int, **more: Any) -> dict[str, Any]:
        place = {"line": line, "character": character}
        return {"textDocument": {"uri": URI}, "position": place, **more}


@pytest.fixture
def editor() -> Iterator[Editor]:
    pytest.importorskip("pygls", reason="pygls is not installed: pip install 'letgrad[lsp]'")
    editor = Editor()
    result = editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert result["serverInfo"]["name"] == "letgrad"
    editor.send("initialized", {})
    yield editor
    editor.ask("shutdown", None)
    editor.send("exit", None)
    assert editor.process.wait(30) == 0


def open_file(editor: Editor, text: str) -> list[dict[str, Any]]:
    item = {"uri": URI, "languageId": "mlir", "version": 1, "text": text}
    editor.send("textDocument/didOpen", {"textDocument": item})
    return editor.diagnostics()


def span(range: dict[str, Any]) -> tuple[int, int, int]:
    assert range["start"]["line"] == range["end"]["line"]
    return range["start"]["line"], range["start"]["character"], range["end"]["character"]


def test_an_editor(editor: Editor):
    (error,) = open_file(editor, TEXT)
    assert span(error["range"]) == (3, 15, 17)
    assert error["severity"] == 1 and "operand is used with type" in error["message"]

    fixed = TEXT.replace("ten.sum %y dims [0] : tensor<3xf64> -> f64", "math.cos %y : f64")
    version = {"uri": URI, "version": 2}
    change = {"textDocument": version, "contentChanges": [{"text": fixed}]}
    editor.send("textDocument/didChange", change)
    assert editor.diagnostics() == []

    hover = editor.ask("textDocument/hover", editor.at(2, 16))
    assert "%x : f64" in hover["contents"]["value"]
    assert span(hover["range"]) == (2, 16, 18)
    hover = editor.ask("textDocument/hover", editor.at(3, 8))
    assert "math.cos : (f64) -> (f64)" in hover["contents"]["value"]
    assert editor.ask("textDocument/hover", editor.at(0, 2)) is None

    found = editor.ask("textDocument/definition", editor.at(4, 15))
    assert found["uri"] == URI and span(found["range"]) == (2, 2, 4)
    uses = editor.ask(
        "textDocument/references", editor.at(2, 3, context={"includeDeclaration": False})
    )
    assert [span(use["range"]) for use in uses] == [(3, 16, 18), (4, 14, 16)]
    marked = editor.ask("textDocument/documentHighlight", editor.at(2, 3))
    assert len(marked) == 3
    (symbol,) = editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert symbol["name"] == "f" and span(symbol["selectionRange"]) == (1, 10, 12)

    editor.send("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert editor.diagnostics() == []


def test_columns_count_in_utf16(editor: Editor):
    """A character beyond the basic plane takes two units."""
    text = 'func.func @f(%x: f64) {\n  %y = math.sin %x {n = "𝛿"} : f64 nonsense\n}\n'
    (error,) = open_file(editor, text)
    assert span(error["range"])[:2] == (1, 36)


def test_without_pygls(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.setitem(sys.modules, "pygls", None)
    assert cli.main(["lsp"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "letgrad: error: letgrad lsp needs pygls: pip install 'letgrad[lsp]'\n"


def test_completion_and_formatting(editor: Editor) -> None:
    text = "func.func @f(%x: f64) -> f64 {\n    %y = math.sin %x : f64\n  func.return %y : f64\n}\n"
    assert open_file(editor, text) == []
    found = editor.ask("textDocument/completion", editor.at(1, len("    %y = math.si")))
    items = {item["label"]: item for item in found}
    assert {"math.sin", "math.sinh"} <= items.keys()
    assert items["math.sin"]["textEdit"]["range"] == {
        "start": {"line": 1, "character": 9},
        "end": {"line": 1, "character": 16},
    }
    options = {"tabSize": 2, "insertSpaces": True}
    (edit,) = editor.ask(
        "textDocument/formatting", {"textDocument": {"uri": URI}, "options": options}
    )
    assert edit["newText"] == text.replace("    %y", "  %y")
