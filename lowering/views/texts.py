"""
Pieces of text that know how tightly they hold together, and how they break into lines.

The target `terms` writes programs with them: a piece gets parentheses where its consumer needs
them. Nothing here knows ops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

WIDTH = 100
"""Columns of a line."""

# How tightly a text holds together. If an operand is looser than its consumer needs, it gets
# parentheses.
OPEN, CONDITION, OR, AND, COMPARISON, SHIFT = range(6)
SUM, PRODUCT, UNARY, POWER, APPLICATION, ATOM = range(6, 12)


class Text:
    """
    A piece of output, as a tree of strings that `layout` flattens once, at the end. So a text
    contains other texts without a copy. `level` says how tightly the text holds together, and
    `width` is its length on one line.

    Example:

        >>> @notation.rule(CubeOp)
        ... def cube_written(op, x):
        ...     return Text(x.level, x, "³")
        >>> show(lg.trace(cube, 1.0))
        cube = \\x -> x³
    """

    __slots__ = ("level", "parts", "width")

    def __init__(self, level: int, *parts: str | Text):
        self.level = level
        self.parts = parts
        self.width: int = sum(len(p) if isinstance(p, str) else p.width for p in parts)


class Let(Text):
    """`let a = …; b = … in …`, which layout may break into one binding a line."""

    __slots__ = ("bindings", "body")

    def __init__(self, bindings: Sequence[Text], body: Text):
        self.bindings = bindings
        self.body = body
        super().__init__(OPEN, "let ", *_separated(bindings, "; "), " in ", body)


def atom(text: str) -> Text:
    """
    A name or number, which never needs parentheses.

    Example:

        >>> @notation.rule(CubeOp)
        ... def cube_written(op, x):
        ...     return atom("cube_of_something")
        >>> show(lg.trace(cube, 1.0))
        cube = \\x -> cube_of_something
    """
    return Text(ATOM, text)


def at(level: int, text: Text) -> Text:
    """`text`, in parentheses unless it holds together at least as tightly as `level`."""
    return text if text.level >= level else Text(ATOM, "(", text, ")")


def apply(function: str, *arguments: Text) -> Text:
    """
    `f a b`.

    Example:

        >>> @notation.rule(CubeOp)
        ... def cube_written(op, x):
        ...     return application("cube", x, atom("3"))
        >>> show(lg.trace(cube, 1.0))
        cube = \\x -> cube x 3
    """
    if not arguments:
        return atom(function)
    return Text(APPLICATION, function, *(part for a in arguments for part in (" ", at(ATOM, a))))


def infix(level: int, operator: str, left: Text, right: Text) -> Text:
    """`a + b`, grouping to the left; nothing is regrouped, as IEEE sums are not associative."""
    return Text(level, at(level, left), f" {operator} ", at(level + 1, right))


def bracketed(texts: Iterable[Text]) -> Text:
    """`[a, b]`."""
    return Text(ATOM, "[", *_separated(list(texts), ", "), "]")


def tuple_of(texts: Sequence[Text]) -> Text:
    """`(a, b)`, the one text itself, or `()`."""
    return texts[0] if len(texts) == 1 else Text(ATOM, "(", *_separated(texts, ", "), ")")


def function(names: Sequence[str], body: Text) -> Text:
    r"""`\i j -> body`."""
    return Text(OPEN, f"\\{' '.join(names)} -> " if names else "\\() -> ", body)


def sizes(numbers: Iterable[int]) -> str:
    """`[3, 4]`."""
    return f"[{', '.join(map(str, numbers))}]"


def _separated(texts: Sequence[Text], separator: str) -> Iterator[str | Text]:
    for i, text in enumerate(texts):
        if i:
            yield separator
        yield text


def layout(text: Text, indent: int = 0) -> str:
    """
    The text on lines of WIDTH columns. The first line begins at column `indent`.

    A let that does not fit has one binding a line. Other text breaks at spaces, and continues with
    an indent.
    """
    out: list[str] = []
    word: list[str] = []
    column, word_width = indent, 0

    def flush(indent: int) -> None:
        nonlocal column, word_width
        if not word:
            return
        if out and not out[-1].isspace() and column + 1 + word_width > WIDTH:
            newline(indent + 2)
        elif out and not out[-1].isspace():
            out.append(" ")
            column += 1
        out.extend(word)
        column += word_width
        word.clear()
        word_width = 0

    def newline(indent: int) -> None:
        nonlocal column
        indent = min(indent, WIDTH // 2)
        out.append("\n" + " " * indent)
        column = indent

    # Texts to write; a number is a new line with this indent. Each has its line's indentation.
    pending: list[tuple[Text | str | int, int]] = [(text, indent)]
    while pending:
        item, indent = pending.pop()
        match item:
            case int():
                flush(indent)
                newline(item)
            case str():
                first, *rest = item.split(" ")
                for k, piece in enumerate((first, *rest)):
                    if k:
                        flush(indent)
                    if piece:
                        word.append(piece)
                        word_width += len(piece)
            case Let() if column + word_width + item.width > WIDTH:
                inner = indent + 2
                lines: list[tuple[Text | str | int, int]] = [(inner, indent), ("let ", inner)]
                for k, binding in enumerate(item.bindings):
                    lines += [(inner + 4, inner + 4)] if k else []
                    lines.append((binding, inner + 4))
                lines += [(inner, inner + 4), ("in ", inner), (item.body, inner)]
                pending.extend(reversed(lines))
            case _:
                pending.extend((part, indent) for part in reversed(item.parts))
    flush(indent)
    return "".join(out)
