"""
What each pass did to a program: a recorder of passes, and its records as data for a page.

A step is a pass, or a pass inside of another pass. It has the program before and after the pass,
line by line, with the op that begins at each line. If the pass left an op alone, the op is the same
object, with the same operands and attributes. So renumbered values are no change, and values keep
one name through all steps. A new op has the rule that made it in this pass, and the chain of rules
and the places in the source from its location (`passes/rewriting/locations.py`).
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass

from ...dialects import kernel
from ...dialects.types import ints
from ...passes.rewriting import costs, driver, locations, remarks
from ...passes.rewriting.functions import functions
from ...passes.rewriting.printing import ExactPrinter
from .explain_page import page
from .graphs import SEVERAL_BLOCKS, Graph, Node, graph_of, source_lines

MOST_LINES = 20_000
"""Lines of a program that a step shows, at most."""

MOST_NODES = 400
"""Values of a sharing graph in a picture, at most."""

ELEMENTS = 32
"""Elements of a constant that a page shows, at most."""


@dataclass
class Explanation:
    """A page for browsers, in one file that loads nothing. Notebooks show the page in place."""

    title: str
    steps: list[Step] = field(default_factory=list)
    error: str = ""
    """Why the pipeline ended early."""
    sources: dict[str, list[str]] = field(default_factory=dict)
    """The lines of the source files of ops."""

    @property
    def html(self) -> str:
        return page(self.title, self.data())

    def save(self, path: str | Path) -> None:
        # The name of a file need not be text.
        Path(path).write_text(self.html, encoding="utf-8", errors="replace")

    def _repr_html_(self) -> str:
        quoted = self.html.replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe srcdoc="{quoted}" style="width: 100%; height: 40em; border: 0"></iframe>'

    def data(self) -> dict[str, Any]:
        """The data of the page. A text or origin that occurs often is in the data once."""
        texts: dict[str, int] = {}
        origins: dict[tuple[Any, ...], int] = {}

        def lines_of_page(lines: Sequence[Line]) -> list[list[int]]:
            found = []
            for line in lines:
                text = texts.setdefault(line.text, len(texts))
                origin = (line.places, line.rules, line.rule)
                found.append(
                    [text, STATES.index(line.state), origins.setdefault(origin, len(origins))]
                )
            return found

        steps = [
            {
                "name": step.name,
                "ms": round(1e3 * step.seconds, 2),
                "before": lines_of_page(step.before),
                "after": lines_of_page(step.after),
                "ops": [step.ops_before, step.ops_after],
                "rules": step.rules,
                "remarks": [r.as_json() for r in step.remarks],
                "graphs": step.graphs,
                "kernels": step.kernels,
            }
            for step in self.steps
        ]
        return {
            "steps": steps,
            "texts": list(texts),
            "origins": [list(origin) for origin in origins],
            "sources": self.sources,
            "error": self.error,
        }


STATES = ("", "new", "changed", "gone", "same")
"""States of a line: no op of its own; made, changed or removed by this step; left alone."""


@dataclass
class Line:
    text: str
    state: str = ""
    places: tuple[str, ...] = ()
    """The places in the source that the line's op comes from, as `file:line`."""
    rules: tuple[str, ...] = ()
    """The rules that led to the line's op, the latest first."""
    rule: str = ""
    """The rule that made the line's op in this step."""


@dataclass
class Step:
    name: str
    before: list[Line]
    after: list[Line] = field(default_factory=list)
    """Nothing, if the pass failed."""
    seconds: float = 0.0
    ops_before: int = 0
    ops_after: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    """How often each rule fired."""
    remarks: Sequence[remarks.Remark] = ()
    graphs: dict[str, str] = field(default_factory=dict)
    """The sharing graph of each function after the step, as SVG, or why there is none."""
    kernels: list[list[str]] = field(default_factory=list)


Signature = tuple[object, ...]


@dataclass
class _Snapshot:
    """A module as text, the op that begins at each line, and the other data that a page shows."""

    lines: list[str]
    ops: dict[int, Operation]
    signatures: dict[Operation, Signature]
    graphs: dict[str, str]
    kernels: list[list[str]]


class _Printer(ExactPrinter):
    """Prints with the names that values had before, and notes the lines where ops begin."""

    def __init__(self, names: dict[SSAValue, str], taken: Counter[str]):
        self.text = StringIO()
        super().__init__(stream=self.text)
        self.names, self.taken = names, taken
        self.begins: list[tuple[int, Operation]] = []

    def print_op(self, op: Operation) -> None:
        self.begins.append((self.text.tell(), op))
        super().print_op(op)

    def print_ssa_value(self, value: SSAValue) -> str:
        name = self.names.get(value)
        if name is None:
            hint = value.name_hint or ""
            count = self.taken[hint]
            self.taken[hint] += 1
            name = f"{hint}_{count}" if hint and count else hint or str(count)
            self.names[value] = name
        self.print_string(f"%{name}")
        return name

    def print_attribute(self, attribute: Attribute) -> None:
        if (
            isinstance(attribute, DenseIntOrFPElementsAttr)
            and len(attribute) > ELEMENTS
            and not attribute.is_splat()
        ):
            self.print_string(f"dense<… {len(attribute)} elements …> : ")
            super().print_attribute(attribute.get_type())
        else:
            super().print_attribute(attribute)


@dataclass
class _Recorder:
    """Watches passes. It keeps ops and values alive, so that no new one takes an old one's id."""

    explanation: Explanation
    names: dict[SSAValue, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    kept: list[_Snapshot] = field(default_factory=list)
    made: dict[Operation, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    heard: remarks.Report = field(default_factory=remarks.Report)
    """The remarks of the running step, and after the last pass the remarks of the target."""
    inner: int = 0
    """Passes seen so far: if a pass consists of other passes, it is no step of its own."""

    def snapshot(self, module: ModuleOp) -> _Snapshot:
        """The module now. If nothing changed, as after most passes, the last snapshot again."""
        signatures = {op: _signature(op) for op in module.walk()}
        if self.kept and list(self.kept[-1].signatures.items()) == list(signatures.items()):
            return self.kept[-1]
        printer = _Printer(self.names, self.taken)
        printer.print_op(module)
        text = printer.text.getvalue()
        ends = [match.start() for match in re.finditer("\n", text)]
        ops: dict[int, Operation] = {}
        for at, op in printer.begins:
            ops.setdefault(bisect_right(ends, at - 1) if at else 0, op)
        snapshot = _Snapshot(text.split("\n"), ops, signatures, {}, [])
        for function in functions(module):
            name = function.sym_name.data
            if len(function.body.blocks) == 1:
                snapshot.graphs[name] = svg(graph_of(function))
                snapshot.kernels += kernels_of(function)
            elif function.body.blocks:
                snapshot.graphs[name] = f"<p>There is no picture: {SEVERAL_BLOCKS}.</p>"
        self.kept.append(snapshot)
        return snapshot

    @contextmanager
    def watch(self, a_pass: ModulePass, module: ModuleOp) -> Iterator[None]:
        before, seen = self.snapshot(module), self.inner
        self.made, self.heard = {}, remarks.Report()
        self.counts.clear()
        start, done = time.perf_counter(), False
        try:
            yield
            done = True
        finally:
            seconds = time.perf_counter() - start
            self.inner += 1
            if self.inner == seen + 1:
                step = Step(a_pass.name, self.lines(before, before, ""), seconds=seconds)
                step.ops_before = len(before.signatures)
                step.rules, step.remarks = dict(self.counts.most_common()), self.heard
                # If a pass failed, its module may be in pieces.
                if done:
                    self.compare(step, before, module)
                self.explanation.steps.append(step)

    def compare(self, step: Step, before: _Snapshot, module: ModuleOp) -> None:
        """The snapshot after a step, and the differences before it."""
        after = self.snapshot(module)
        step.before = self.lines(before, after, "gone")
        step.after = self.lines(after, before, "new")
        step.ops_after = len(after.signatures)
        step.graphs, step.kernels = after.graphs, after.kernels

    def lines(self, these: _Snapshot, others: _Snapshot, missing: str) -> list[Line]:
        """The lines of a program, compared with the program at the other side of a step."""
        found = []
        for at, text in enumerate(these.lines[:MOST_LINES]):
            op = these.ops.get(at)
            if op is None:
                found.append(Line(text))
                continue
            own, other = these.signatures.get(op), others.signatures.get(op)
            state = missing if other is None else "same" if own == other else "changed"
            places = dict.fromkeys(f"{x.filename.data}:{x.line.data}" for x in self.places(op))
            rule = self.made.get(op, "") if missing == "new" else ""
            found.append(Line(text, state, tuple(places), locations.rules(op.location), rule))
        if len(these.lines) > MOST_LINES:
            found.append(Line(f"… and {len(these.lines) - MOST_LINES} more lines"))
        return found

    def places(self, op: Operation) -> Iterator[Any]:
        for place in locations.places(op.location):
            name = place.filename.data
            if name not in self.explanation.sources:
                self.explanation.sources[name] = _read(name)
            yield place

    def begin(self, pass_name: str, module: ModuleOp) -> None:
        """A step has only the remarks of its own run."""

    def hear(self, remark: remarks.Remark, module: ModuleOp | None) -> None:
        self.heard.hear(remark, module)

    def fired(self, firing: driver.Firing) -> None:
        self.made.update(dict.fromkeys(firing.made, firing.rule))


def _signature(op: Operation) -> Signature:
    """The parts of an op that a step may change, without the op's regions."""
    blocks = [block for region in op.regions for block in region.blocks]
    return (
        op.name,
        tuple(map(id, op.operands)),
        tuple(op.result_types),
        dict(op.attributes),
        dict(op.properties),
        tuple(map(id, op.successors)),
        tuple((id(block), tuple(block.arg_types)) for block in blocks),
    )


def _read(name: str) -> list[str]:
    try:
        return Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


@contextmanager
def explaining(title: str) -> Iterator[Explanation]:
    """An explanation. Passes that run inside of the `with` fill it."""
    explanation = Explanation(title)
    recorder = _Recorder(explanation)
    with (
        driver.watching(recorder.watch),
        driver.observing(driver.Observer(recorder.counts, recorder.fired)),
        remarks.listening(recorder),
    ):
        yield explanation


def kernels_of(function: Operation) -> list[list[str]]:
    """For each loop nest its op, its types, its flops, and the lines that it came from."""
    rows = []
    for op in function.walk():
        if isinstance(op, kernel.Nest) and not any(
            isinstance(p, kernel.Nest) for p in _parents(op)
        ):
            loops = " × ".join(map(str, ints(op.loops))) or "1"
            types = ", ".join(str(r.type) for r in op.results)
            flops = f"{costs.flops(op):,}"
            rows.append([op.name, loops, types, flops, ", ".join(source_lines(op))])
    return rows


def _parents(op: Operation) -> Iterator[Operation]:
    while (parent := op.parent_op()) is not None:
        yield parent
        op = parent


WIDTH, HEIGHT, GAP, CHARACTER = 30, 44, 60, 7
"""Sizes in the picture: between boxes, of a box, between layers, and of a character."""


def svg(graph: Graph) -> str:
    """
    A sharing graph as a picture. Each value is below all values that it reads, in the order of
    these values (the barycenters of Sugiyama et al. 1981, one sweep).
    """
    if len(graph.nodes) > MOST_NODES:
        return f"<p>{len(graph.nodes)} values are too many for a picture.</p>"
    layer: dict[Node, int] = {}
    center: dict[Node, float] = {}
    rows: list[list[Node]] = []
    for node in graph.nodes:
        layer[node] = 1 + max((layer[x] for x in node.reads), default=-1)
        rows += [[] for _ in range(layer[node] + 1 - len(rows))]
        rows[layer[node]].append(node)
    parts: list[str] = []
    at: dict[Node, tuple[float, float, float]] = {}
    widest = 0.0
    for depth, row in enumerate(rows):
        for node in row:
            above = [center[x] for x in node.reads if x in center]
            center[node] = sum(above) / len(above) if above else float("inf")
        row.sort(key=lambda node: center[node])
        x = 10.0
        for node in row:
            texts = _label(node)
            width = 20 + CHARACTER * max(map(len, texts))
            at[node] = (x, 10.0 + depth * (HEIGHT + GAP), width)
            center[node] = x + width / 2
            x += width + WIDTH
        widest = max(widest, x)
    for node in graph.nodes:
        x, y, width = at[node]
        for read in node.reads:
            rx, ry, rwidth = at[read]
            parts.append(
                f'<path d="M{rx + rwidth / 2:.0f} {ry + HEIGHT} '
                f"C{rx + rwidth / 2:.0f} {ry + HEIGHT + GAP / 2:.0f} "
                f'{x + width / 2:.0f} {y - GAP / 2:.0f} {x + width / 2:.0f} {y:.0f}"/>'
            )
    for node, (x, y, width) in at.items():
        places = "\n".join(f"{file}:{line}" for file, line in node.lines)
        texts = "".join(
            f'<text x="{x + 10:.0f}" y="{y + 18 + 16 * k:.0f}">{_escaped(text)}</text>'
            for k, text in enumerate(_label(node))
        )
        parts.append(
            f'<g class="node {node.kind}" data-places="{_escaped(places)}"><rect x="{x:.0f}" '
            f'y="{y:.0f}" width="{width:.0f}" height="{HEIGHT}" rx="5"/>{texts}</g>'
        )
    height = len(rows) * (HEIGHT + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{widest:.0f}" height="{height}">'
        f"{''.join(parts)}</svg>"
    )


def _label(node: Node) -> tuple[str, str]:
    first = f"{node.name} : {node.type}" if node.type else node.name
    if node.kind in ("stored", "shared"):
        return first, f"{node.kind}: {node.what}, {node.bytes:,} bytes, {node.flops:,} flops"
    return first, node.kind if node.name != node.kind else ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
