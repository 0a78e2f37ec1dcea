"""
`letgrad lsp`: a language server for MLIR text with any installed xDSL dialect, over stdin and
stdout.

The server gives the diagnostics of letgrad-opt, documentation under the cursor, definitions, uses,
the list of functions, completions, and the text with its indentation. `language.py` finds these.
This module makes messages of them, by pygls.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib.metadata import version
from typing import Any

from ...passes.rewriting.diagnostics import LetgradError, Severity
from .. import opt
from .language import Document, Problem, Range, Symbol

DESCRIPTION = """
Run a language server for MLIR text over standard input and output, for an editor. The server knows
the dialects of all installed xDSL packages.
"""

EPILOG = """
Editors start the server themselves. Neovim:
  vim.lsp.config('letgrad', { cmd = { 'letgrad', 'lsp' }, filetypes = { 'mlir' } })
  vim.lsp.enable('letgrad')
Emacs (eglot):
  (add-to-list 'eglot-server-programs '(mlir-mode "letgrad" "lsp"))
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "lsp",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="run a language server for editors",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "--allow-unregistered-dialect",
        action="store_true",
        help="take ops of unknown dialects, in generic form",
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show Python's traceback of errors"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        import pygls  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise LetgradError("letgrad lsp needs pygls: pip install 'letgrad[lsp]'") from error
    # Only the protocol may go to stdout, and pygls closes the stream that it gets.
    stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with redirect_stdout(sys.stderr):
        server(options.allow_unregistered_dialect).start_io(stdout=stdout)
    return 0


class Session:
    """What the handlers share: the server, its context, and the documents as they were parsed."""

    def __init__(self, allow_unregistered: bool):
        from lsprotocol import types as lsp  # pyright: ignore[reportMissingImports]
        from pygls.lsp.server import LanguageServer  # pyright: ignore[reportMissingImports]

        self.lsp: Any = lsp
        self.context = opt.LetgradOptMain([]).ctx
        self.context.allow_unregistered = allow_unregistered
        # After each change, the server parses the whole text. That is simple, and a thousand lines
        # take a third of a second.
        self.server: Any = LanguageServer(
            "letgrad", version("letgrad"), text_document_sync_kind=lsp.TextDocumentSyncKind.Full
        )
        self.documents: dict[str, Document] = {}

    def text_of(self, uri: str) -> Any:
        return self.server.workspace.get_text_document(uri)

    def document(self, uri: str) -> Document:
        text = self.text_of(uri).source
        known = self.documents.get(uri)
        if known is None or known.text != text:
            known = self.documents[uri] = Document(self.context, text)
        return known

    def at(self, params: Any) -> tuple[str, Document, int]:
        """The document of a message, and the place in it that the message names."""
        uri = params.text_document.uri
        return uri, self.document(uri), self.text_of(uri).offset_at_position(params.position)

    def placed(self, uri: str, range: Range) -> Any:
        start, end = map(self.text_of(uri).client_position_at_offset, range)
        return self.lsp.Range(start, end)

    def location(self, uri: str, range: Range) -> Any:
        return self.lsp.Location(uri, self.placed(uri, range))


def server(allow_unregistered: bool = False) -> Any:
    """The server. The caller starts it."""
    session = Session(allow_unregistered)
    add_diagnostics(session)
    add_navigation(session)
    add_symbols(session)
    add_editing(session)
    return session.server


def add_diagnostics(session: Session) -> None:
    """The problems of a text, each time that the text changes."""
    lsp, made = session.lsp, session.server
    severities = {
        Severity.ERROR: lsp.DiagnosticSeverity.Error,
        Severity.WARNING: lsp.DiagnosticSeverity.Warning,
        Severity.REMARK: lsp.DiagnosticSeverity.Information,
        Severity.NOTE: lsp.DiagnosticSeverity.Hint,
    }

    def shown(uri: str, problem: Problem) -> Any:
        return lsp.Diagnostic(
            session.placed(uri, problem.range),
            problem.message,
            severities[problem.severity],
            source="letgrad",
            related_information=[
                lsp.DiagnosticRelatedInformation(session.location(uri, range), message)
                for range, message in problem.notes
            ],
        )

    def publish(uri: str, problems: Sequence[Problem]) -> None:
        diagnostics = [shown(uri, problem) for problem in problems]
        made.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, diagnostics))

    @made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(params: Any) -> None:
        uri = params.text_document.uri
        publish(uri, session.document(uri).problems())

    @made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: Any) -> None:
        uri = params.text_document.uri
        publish(uri, session.document(uri).problems())

    @made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: Any) -> None:
        session.documents.pop(params.text_document.uri, None)
        publish(params.text_document.uri, [])


def add_navigation(session: Session) -> None:
    """What the thing under the cursor is, where it is defined, and where it is used."""
    lsp, made = session.lsp, session.server

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: Any) -> Any:
        uri, found, offset = session.at(params)
        if (about := found.hover(offset)) is None:
            return None
        text, range = about
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        return lsp.Hover(content, session.placed(uri, range))

    @made.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(params: Any) -> Any:
        uri, found, offset = session.at(params)
        range = found.definition(offset)
        return None if range is None else session.location(uri, range)

    @made.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(params: Any) -> list[Any]:
        uri, found, offset = session.at(params)
        ranges = found.references(offset, params.context.include_declaration)
        return [session.location(uri, range) for range in ranges]

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _(params: Any) -> list[Any]:
        uri, found, offset = session.at(params)
        return [lsp.DocumentHighlight(session.placed(uri, r)) for r in found.references(offset)]


def add_symbols(session: Session) -> None:
    """The functions of a text, and what is in them."""
    lsp, made = session.lsp, session.server
    kinds = {"func.func": lsp.SymbolKind.Function, "builtin.module": lsp.SymbolKind.Module}

    def shown(uri: str, symbol: Symbol) -> Any:
        return lsp.DocumentSymbol(
            symbol.name,
            kinds.get(symbol.kind, lsp.SymbolKind.Object),
            session.placed(uri, symbol.range),
            session.placed(uri, symbol.name_range),
            symbol.kind,
            children=[shown(uri, child) for child in symbol.children],
        )

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _(params: Any) -> list[Any]:
        uri = params.text_document.uri
        return [shown(uri, symbol) for symbol in session.document(uri).symbols()]


def add_editing(session: Session) -> None:
    """Completions, and the text with its indentation."""
    lsp, made = session.lsp, session.server
    kinds = {
        "value": lsp.CompletionItemKind.Variable,
        "symbol": lsp.CompletionItemKind.Function,
        "op": lsp.CompletionItemKind.Method,
        "dialect": lsp.CompletionItemKind.Module,
        "type": lsp.CompletionItemKind.Class,
    }

    @made.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["%", "@", "."])
    )
    def _(params: Any) -> list[Any]:
        uri, found, offset = session.at(params)
        return [
            lsp.CompletionItem(
                each.text,
                kind=kinds[each.kind],
                detail=each.detail or None,
                filter_text=each.text,
                text_edit=lsp.TextEdit(session.placed(uri, each.range), each.text),
            )
            for each in found.completions(offset)
        ]

    @made.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _(params: Any) -> list[Any]:
        uri = params.text_document.uri
        found = session.document(uri)
        text = found.formatted()
        if text is None or text == found.text:
            return []
        return [lsp.TextEdit(session.placed(uri, (0, len(found.text))), text)]
