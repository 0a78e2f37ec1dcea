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
from contextlib import redirect_stdout
from importlib.metadata import version
from typing import Any

from ...passes.rewriting.diagnostics import LetgradError, Severity
from .. import opt
from .language import Document, Range, Symbol

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


def server(allow_unregistered: bool = False) -> Any:
    """The server. The caller starts it."""
    from lsprotocol import types as lsp  # pyright: ignore[reportMissingImports]
    from pygls.lsp.server import LanguageServer  # pyright: ignore[reportMissingImports]
    from pygls.workspace import TextDocument  # pyright: ignore[reportMissingImports]

    context = opt.LetgradOptMain([]).ctx
    context.allow_unregistered = allow_unregistered
    # After each change, the server parses the whole text. That is simple, and a thousand lines take
    # a third of a second.
    made = LanguageServer(
        "letgrad", version("letgrad"), text_document_sync_kind=lsp.TextDocumentSyncKind.Full
    )
    documents: dict[str, Document] = {}
    severities = {
        Severity.ERROR: lsp.DiagnosticSeverity.Error,
        Severity.WARNING: lsp.DiagnosticSeverity.Warning,
        Severity.REMARK: lsp.DiagnosticSeverity.Information,
        Severity.NOTE: lsp.DiagnosticSeverity.Hint,
    }
    kinds = {"func.func": lsp.SymbolKind.Function, "builtin.module": lsp.SymbolKind.Module}

    def text_of(uri: str) -> TextDocument:
        return made.workspace.get_text_document(uri)

    def document(uri: str) -> Document:
        text = text_of(uri).source
        known = documents.get(uri)
        if known is None or known.text != text:
            known = documents[uri] = Document(context, text)
        return known

    def at(uri: str, position: lsp.Position) -> tuple[Document, int]:
        return document(uri), text_of(uri).offset_at_position(position)

    def placed(uri: str, range: Range) -> lsp.Range:
        text = text_of(uri)
        start, end = map(text.client_position_at_offset, range)
        return lsp.Range(start, end)

    def publish(uri: str) -> None:
        made.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri,
                [
                    lsp.Diagnostic(
                        placed(uri, p.range),
                        p.message,
                        severities[p.severity],
                        source="letgrad",
                        related_information=[
                            lsp.DiagnosticRelatedInformation(
                                lsp.Location(uri, placed(uri, range)), message
                            )
                            for range, message in p.notes
                        ],
                    )
                    for p in document(uri).problems()
                ],
            )
        )

    @made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(params: lsp.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: lsp.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: lsp.DidCloseTextDocumentParams) -> None:
        documents.pop(params.text_document.uri, None)
        made.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(params.text_document.uri, [])
        )

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: lsp.HoverParams) -> lsp.Hover | None:
        uri = params.text_document.uri
        found, offset = at(uri, params.position)
        if (about := found.hover(offset)) is None:
            return None
        text, range = about
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        return lsp.Hover(content, placed(uri, range))

    @made.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        found, offset = at(uri, params.position)
        range = found.definition(offset)
        return None if range is None else lsp.Location(uri, placed(uri, range))

    @made.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(params: lsp.ReferenceParams) -> list[lsp.Location]:
        uri = params.text_document.uri
        found, offset = at(uri, params.position)
        ranges = found.references(offset, params.context.include_declaration)
        return [lsp.Location(uri, placed(uri, range)) for range in ranges]

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        uri = params.text_document.uri
        found, offset = at(uri, params.position)
        return [lsp.DocumentHighlight(placed(uri, r)) for r in found.references(offset)]

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        uri = params.text_document.uri

        def shown(symbol: Symbol) -> lsp.DocumentSymbol:
            return lsp.DocumentSymbol(
                symbol.name,
                kinds.get(symbol.kind, lsp.SymbolKind.Object),
                placed(uri, symbol.range),
                placed(uri, symbol.name_range),
                symbol.kind,
                children=list(map(shown, symbol.children)),
            )

        return list(map(shown, document(uri).symbols()))

    completion_kinds = {
        "value": lsp.CompletionItemKind.Variable,
        "symbol": lsp.CompletionItemKind.Function,
        "op": lsp.CompletionItemKind.Method,
        "dialect": lsp.CompletionItemKind.Module,
        "type": lsp.CompletionItemKind.Class,
    }

    @made.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["%", "@", "."])
    )
    def _(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        uri = params.text_document.uri
        found, offset = at(uri, params.position)
        return [
            lsp.CompletionItem(
                each.text,
                kind=completion_kinds[each.kind],
                detail=each.detail or None,
                filter_text=each.text,
                text_edit=lsp.TextEdit(placed(uri, each.range), each.text),
            )
            for each in found.completions(offset)
        ]

    @made.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        uri = params.text_document.uri
        found = document(uri)
        text = found.formatted()
        if text is None or text == found.text:
            return []
        return [lsp.TextEdit(placed(uri, (0, len(found.text))), text)]

    return made
