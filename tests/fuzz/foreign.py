"""
Ops, types and attributes that letgrad does not know: mutations that put them into programs, and the
check that passes keep them.

Nobody knows what an unregistered op does. So each one must run as often as before, in the same
order, and on the same values.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, cf, func, scf
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnregisteredOp, f64
from xdsl.dialects.linalg.abstract_ops import NamedOperation
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from letgrad.dialects import delta
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting import effects
from letgrad.passes.rewriting.diagnostics import LetgradError, handling
from letgrad.passes.rewriting.rule_tables import evaluate, with_regions
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.simplify import scalarize
from letgrad.tools import opt, source
from letgrad.tools.testing import semantics

PROGRAMS = Path(__file__).parent / "foreign.mlir"
"""Well-formed programs of dialects that are not letgrad's."""

CONTEXT = opt.LetgradOptMain(["--allow-unregistered-dialect"]).ctx
OWN = frozenset("arith builtin cf delta func kernel math scf sharing ten tensor".split())
"""The dialects whose ops letgrad's own passes rewrite."""

TYPES = """
f64 f64 f32 bf16 i1 i8 i32 i64 index tensor<3xf64> tensor<f64> tensor<0x2xf32> tensor<2x3xf64>
tensor<?xf64> tensor<*xf32> memref<3xf64> memref<?xf32,strided<[1],offset:?>> vector<4xf32>
vector<[4]xf32> complex<f64> tensor<2xcomplex<f32>> none tuple<f32,i1> si8 ui16 i3 i128 f80 f128
!fz.t !fz.t<f32,[1,2]> !llvm.ptr !llvm.struct<(i32,f64)> tensor<3x!fz.t>
tensor<3xf64,#fz.layout<"csr">> (f64)->(f64,f32) !delta.term<f64> !stablehlo.token
""".split()
ATTRIBUTES = """
1 : i32;0x7FC00000 : f32;-0.0 : f64;true;unit;"a\\00\\22é";[];[1, "x", @s];{a = {b = 1 : i3}};@s;
@a::@b::@c;#fz.a;#fz.a<"x", [1, 2]>;affine_map<(d0)[s0] -> (d0 * 2 + s0)>;
affine_set<(d0) : (d0 >= 0)>;dense<[1.0, 0x7FC00000]> : tensor<2xf32>;dense<> : tensor<0xi1>;
dense<true> : tensor<2xi1>;array<i64: 1, 2>;array<f32>;array<i1: true>;f64;tensor<3xf64>;!fz.t;
#llvm.linkage<"internal">;#arith.fastmath<fast>;dense<(1.0, 2.0)> : tensor<1xcomplex<f32>>;
loc("x":1:2);strided<[1, ?], offset: 3>;dense<"0x0000803F"> : tensor<1xf32>
""".replace("\n", "").split(";")
NAMES = "fz.op fz.op fz.op fz.source fz.sink fz.const stablehlo.add tt.load toy.print log.write x.y"
NAMES_OF_ATTRIBUTES = """
fz.a sym_name value callee fastmathFlags operandSegmentSizes resultSegmentSizes visibility
sym_visibility function_type fz.const predicate axis llvm.noalias
""".split()


def parsed_types() -> list[Attribute]:
    return [_parser(text).parse_type() for text in TYPES]


def parsed_attributes() -> list[Attribute]:
    return [_parser(text).parse_attribute() for text in ATTRIBUTES]


def _parser(text: str) -> source.LocatingParser:
    return source.LocatingParser(CONTEXT.clone(), text, source.Lines(text, "attribute"))


def programs() -> list[str]:
    """The pieces of the file of foreign programs."""
    return [text for text, _ in opt.split(PROGRAMS.read_text(encoding="utf-8"))]


# Mutations. Each changes a module in place.


def _visible(block: Block, before: Operation | None) -> list[SSAValue]:
    """The values that an op of this block may use, before an op of it or at its end."""
    found: list[SSAValue] = []
    while True:
        for op in block.ops:
            if op is before:
                break
            found.extend(op.results)
        found.extend(block.args)
        region = block.parent
        parent = None if region is None else region.parent
        if region is not None and region.first_block not in (None, block):
            # The first block dominates all others.
            assert region.first_block is not None
            found.extend(region.first_block.args)
        if parent is None or parent.parent is None or effects.is_isolated(type(parent)):
            return found
        block, before = parent.parent, parent


@dataclass
class Planter:
    """Puts foreign things into a module."""

    random: Random
    types: Sequence[Attribute]
    attributes: Sequence[Attribute]
    registered: Sequence[type[Operation]]
    others: Sequence[str]

    def plant(self, module: ModuleOp) -> None:
        for _ in range(self.random.choice((1, 1, 2, 3, 5))):
            self.random.choice(PLANTS)(self, module)

    def _attributes(self) -> dict[str, Attribute]:
        names = self.random.choices(NAMES_OF_ATTRIBUTES, k=self.random.choice((0, 0, 0, 1, 1, 3)))
        return {name: self.random.choice(self.attributes) for name in names}

    def _op(
        self,
        name: str,
        operands: Sequence[SSAValue],
        results: Sequence[Attribute],
        regions: Sequence[Region] = (),
        successors: Sequence[Block] = (),
    ) -> Operation:
        return UnregisteredOp.with_name(name).create(
            operands=operands,
            result_types=results,
            attributes=self._attributes(),
            regions=regions,
            successors=successors,
        )

    def _name(self) -> str:
        # Ops of different names are told apart when the results are compared.
        return f"{self.random.choice(NAMES.split())}{self.random.randrange(100)}"

    def _place(self, module: ModuleOp) -> tuple[Block, Operation] | None:
        """A block, and an op of it."""
        places = [op for op in module.walk() if op.parent is not None and not _is_hidden(op)]
        if self.random.random() < 0.95:
            # Index regions want ops that are known to be pure.
            places = [op for op in places if not _in_region_of_own(op)]
        if not places:
            return None
        op = self.random.choice(places)
        assert op.parent is not None
        return op.parent, op

    def _region(self, visible: Sequence[SSAValue]) -> Region:
        """A region of an op that nobody knows: without a terminator, or with several blocks."""
        count = self.random.choice((0, 1, 1, 1, 2))
        blocks = [
            Block(arg_types=self.random.sample(self.types, k=self.random.choice((0, 1, 2))))
            for _ in range(count)
        ]
        for block in blocks:
            for _ in range(self.random.choice((0, 1, 2))):
                block.add_op(self._leaf([*visible, *block.args], regions=False))
            floats = [v for v in (*visible, *block.args) if v.type == f64]
            if floats and self.random.random() < 0.5:
                a, b = self.random.choices(floats, k=2)
                block.add_op(arith.AddfOp(a, b))
            if count > 1 or self.random.random() < 0.3:
                block.add_op(self._op(self._name(), (), (), successors=blocks[:1] * (count - 1)))
        return Region(blocks)

    def _leaf(self, visible: Sequence[SSAValue], regions: bool = True) -> Operation:
        operands = self.random.choices(visible, k=self.random.randrange(4)) if visible else []
        results = self.random.choices(self.types, k=self.random.choice((0, 0, 1, 1, 2, 3)))
        inner: list[Region] = []
        if regions:
            inner = [self._region(visible) for _ in range(self.random.choice((0, 0, 0, 1, 2)))]
        return self._op(self._name(), operands, results, inner)

    def insert(self, module: ModuleOp) -> None:
        """An op stands somewhere."""
        if place := self._place(module):
            block, op = place
            block.insert_op_before(self._leaf(_visible(block, op)), op)

    def reroute(self, module: ModuleOp) -> None:
        """A value passes through an op that nobody knows."""
        place = self._place(module)
        if place is None or not place[1].operands:
            return
        block, op = place
        i = self.random.randrange(len(op.operands))
        inner = [self._region(_visible(block, op))] if self.random.random() < 0.2 else []
        around = self._op(self._name(), [op.operands[i]], [op.operands[i].type], inner)
        block.insert_op_before(around, op)
        op.operands[i] = around.results[0]

    def wrap(self, module: ModuleOp) -> None:
        """Ops whose results nobody uses outside go into a region of an op that nobody knows."""
        if (place := self._place(module)) is None:
            return
        block, first = place
        ops = list(block.ops)
        ops = ops[ops.index(first) :][: self.random.choice((1, 1, 2, 3))]
        ops = [op for op in ops if not op.successors and not effects.is_terminator(type(op))]
        inside = {id(op) for op in ops}
        while outer := {id(op) for op in ops if id(op) in inside and _is_used_outside(op, inside)}:
            inside -= outer
        ops = [op for op in ops if id(op) in inside]
        if not ops:
            return
        inner = Block()
        around = self._op(self._name(), (), (), [Region(inner)])
        block.insert_op_before(around, ops[0])
        for op in ops:
            op.detach()
            inner.add_op(op)

    def split(self, module: ModuleOp) -> None:
        """An op that nobody knows ends a block, and goes on in another."""
        functions = [op for op in module.walk() if isinstance(op, func.FuncOp) and op.body.blocks]
        if not functions:
            return
        region = self.random.choice(functions).body
        block = self.random.choice(list(region.blocks))
        if not block.ops:
            return
        op = self.random.choice(list(block.ops))
        visible = _visible(block, op)
        rest = block.split_before(op)
        operands = self.random.choices(visible, k=self.random.randrange(3)) if visible else []
        successors = [rest] * self.random.choice((1, 1, 2))
        block.add_op(self._op(self._name(), operands, (), successors=successors))

    def attach(self, module: ModuleOp) -> None:
        """An op of the program has foreign attributes."""
        if place := self._place(module):
            place[1].attributes |= self._attributes()

    def nest(self, module: ModuleOp) -> None:
        """The program stands in a module of a module, alone or once more."""
        inner = module.clone()
        if self.random.random() < 0.5:
            for op in list(module.body.block.ops):
                op.detach()
                op.drop_all_references()
        inner.sym_name = StringAttr("inner") if self.random.random() < 0.7 else None
        module.body.block.add_op(inner)

    def extend(self, module: ModuleOp) -> None:
        """A function has an argument of a foreign type, which one op uses."""
        functions = [op for op in module.walk() if isinstance(op, func.FuncOp) and op.body.blocks]
        if not functions:
            return
        function = self.random.choice(functions)
        block = function.body.blocks[0]
        argument = block.insert_arg(self.random.choice(self.types), len(block.args))
        function.update_function_type()
        if function.arg_attrs is not None:
            function.arg_attrs = None
        if block.first_op is not None and self.random.random() < 0.8:
            block.insert_op_before(self._op(self._name(), [argument], ()), block.first_op)

    def known(self, module: ModuleOp) -> None:
        """An op of another dialect stands somewhere, with any operands, results and regions."""
        if place := self._place(module):
            block, op = place
            leaf = self._leaf(_visible(block, op))
            name = self.random.choice(self.registered).name
            leaf.attributes["op_name__"] = StringAttr(name)
            block.insert_op_before(leaf, op)

    def append(self, module: ModuleOp) -> None:
        """A program of other dialects stands in the same module."""
        with contextlib.suppress(LetgradError):
            other = source.parse(CONTEXT.clone(), self.random.choice(self.others), as_written=True)
            for op in list(other.body.block.ops):
                op.detach()
                module.body.block.add_op(op)


def _in_region_of_own(op: Operation) -> bool:
    parent = op.parent_op()
    while parent is not None and parent.dialect_name() not in scalarize.OWN_DIALECTS:
        parent = parent.parent_op()
    return parent is not None


def _is_hidden(op: Operation) -> bool:
    """Whether the custom form of the op around leaves out its region, as that of linalg.fill."""
    parent = op.parent_op()
    hides = isinstance(parent, NamedOperation)
    return hides or (parent is not None and _is_hidden(parent))


def _is_used_outside(op: Operation, inside: set[int]) -> bool:
    def is_inside(user: Operation) -> bool:
        each: Operation | None = user
        while each is not None:
            if id(each) in inside:
                return True
            each = each.parent_op()
        return False

    return any(not is_inside(use.operation) for r in op.results for use in r.uses)


PLANTS: list[Callable[[Planter, ModuleOp], None]] = [
    Planter.insert,
    Planter.insert,
    Planter.insert,
    Planter.reroute,
    Planter.reroute,
    Planter.wrap,
    Planter.wrap,
    Planter.split,
    Planter.attach,
    Planter.nest,
    Planter.extend,
    Planter.known,
    Planter.append,
]


def registered() -> list[type[Operation]]:
    """The ops of all dialects that are not letgrad's."""
    context = CONTEXT.clone()
    names = sorted(set(context.registered_dialect_names) - OWN)
    return [op for name in names for op in _operations(context, name)]


def _operations(context: Context, name: str) -> Iterator[type[Operation]]:
    if (dialect := context.get_optional_dialect(name)) is None:
        context.load_registered_dialect(name)
        dialect = context.get_dialect(name)
    return iter(dialect.operations)


class Foreign:
    """The mutations of texts, and what they draw from."""

    def __init__(self) -> None:
        self.types, self.attributes = parsed_types(), parsed_attributes()
        self.registered, self.others = registered(), programs()

    def mutate(self, text: str, random: Random) -> str:
        """The text with foreign things in it; the text itself if it is no program."""
        try:
            module = source.parse(CONTEXT.clone(), text, as_written=True)
            verify(module)
        except LetgradError:
            return text
        planter = Planter(random, self.types, self.attributes, self.registered, self.others)
        planter.plant(module)
        try:
            text = printed(module, generic=random.random() < 0.3)
        except Exception:
            # Custom forms may want what the verifier has not seen yet.
            text = printed(module, generic=True)
        return alias(text, random) if random.random() < 0.2 else text


def printed(module: ModuleOp, generic: bool = False) -> str:
    out = StringIO()
    source.print_module(module, out, generic=generic)
    return out.getvalue()


def alias(text: str, random: Random) -> str:
    """A type gets a name of its own, and the text uses this name."""
    found = re.findall(r"tensor<[^<>]*>|memref<[^<>]*>|!fz\.t<[^<>]*>", text)
    if not found:
        return text
    old = random.choice(found)
    return f"!alias = {old}\n{text.replace(old, '!alias')}"


# Checks.


def unknown_ops(module: ModuleOp) -> list[str]:
    """The names of the unregistered ops of a module, in the order of the text."""
    return [op.op_name.data for op in module.walk() if isinstance(op, UnregisteredOp)]


def effectful_ops(module: ModuleOp, reads: bool = False) -> list[str]:
    """
    The names of the other dialects' ops that may have effects, in the order of the text; with
    `reads`, also of those that only read.
    """
    return [
        op.name
        for op in module.walk()
        if not isinstance(op, UnregisteredOp)
        and op.dialect_name() not in OWN
        and op.name != "linalg.yield"  # the short form of a named op leaves its region out
        and not effects.is_side_effect_free(op)
        and (reads or not effects.would_be_trivially_dead(op))
    ]


def _others(names: Sequence[str], converted: Container[str]) -> list[str]:
    """The names of the ops of other dialects than these."""
    return [name for name in names if name.partition(".")[0] not in converted]


def is_straight(module: ModuleOp) -> bool:
    """Whether each op of a module stands where it runs once: no loop, choice, call or jump."""
    return not any(
        isinstance(op, func.CallOp | delta.CustomVjpOp | delta.CustomJvpOp)
        or isinstance(op, scf.IfOp | scf.ForOp | scf.WhileOp | scf.IndexSwitchOp)
        or isinstance(op, scf.ParallelOp | scf.ExecuteRegionOp)
        or isinstance(op, cf.BranchOp | cf.ConditionalBranchOp | cf.SwitchOp)
        or (isinstance(op, func.FuncOp) and op.sym_visibility is not None)
        or any(len(region.blocks) > 1 for region in op.regions)
        for op in module.walk()
    )


@dataclass
class Ran:
    """What a function gave, and the unregistered ops that ran, with their operands."""

    type: Attribute
    results: tuple[Any, ...]
    log: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)


def run(module: ModuleOp) -> dict[str, Ran]:
    """
    The public functions of a module, each run on the same random inputs at every call. A function
    that cannot run is left out.

    An unregistered op gives random values, which depend on its name and on how often an op of this
    name ran before.
    """
    log: list[tuple[str, tuple[Any, ...]]] = []

    @with_regions
    def any_op(op: UnregisteredOp, _: Evaluator, *operands: Any) -> tuple[Any, ...]:
        name = op.op_name.data
        rng = np.random.default_rng([len(log), zlib.crc32(name.encode())])
        log.append((name, operands))
        return tuple(semantics.random_value(rng, result.type) for result in op.results)

    found: dict[str, Ran] = {}
    evaluate.rule(UnregisteredOp)(any_op)
    try:
        for function in semantics._public_functions(module):
            name = function.sym_name.data
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            log.clear()
            # Arguments that do not fit into memory are no finding.
            with contextlib.suppress(LetgradError, MemoryError), handling(lambda _: None):
                inputs = [semantics.random_value(rng, t) for t in function.function_type.inputs]
                results = semantics.bounded_evaluator(module).call(name, inputs)
                found[name] = Ran(function.function_type, results, list(log))
    finally:
        evaluate._rules.pop(UnregisteredOp)
        evaluate._found.clear()
    return found


def public_symbols(module: ModuleOp) -> list[str]:
    """The names that other modules may use."""
    found = []
    for op in module.body.ops:
        attributes = {**op.attributes, **op.properties}
        name, visibility = attributes.get("sym_name"), attributes.get("sym_visibility")
        if isinstance(name, StringAttr) and visibility in (None, StringAttr("public")):
            found.append(name.data)
    return found


def changed(
    before: ModuleOp, after: ModuleOp, same_values: bool, converted: Container[str] = ()
) -> str | None:
    """
    How the foreign ops of a program, or the values of its functions, changed; None if they did not.
    The ops of the dialects `converted` may become others.
    """
    if lost := set(public_symbols(before)) - set(public_symbols(after)):
        return f"public symbols are lost: {sorted(lost)}"
    if is_straight(before):
        for ops in (unknown_ops, effectful_ops):
            was, now = (_others(ops(module), converted) for module in (before, after))
            if was != now:
                return f"the foreign ops were {was} and are {now}"
        # A read whose value nobody uses may go. All others stay in order.
        was, now = (
            _others(effectful_ops(module, reads=True), converted) for module in (before, after)
        )
        if sorted(was) == sorted(now) and was != now:
            return f"the foreign ops were {was} and are {now}"
    elif extra := set(unknown_ops(after)) - set(unknown_ops(before)):
        return f"new foreign ops: {sorted(extra)}"
    if not same_values:
        return None
    was, now = run(before), run(after)
    for name, old in was.items():
        new = now.get(name)
        if new is None:
            continue
        if old.type != new.type:
            continue
        ran = [[each for each, _ in run.log] for run in (old, new)]
        if ran[0] != ran[1]:
            return f"@{name} ran the foreign ops {ran[0]} and runs {ran[1]}"
        pairs = [
            *zip(old.results, new.results, strict=True),
            *((a, b) for (_, x), (_, y) in zip(old.log, new.log) for a, b in zip(x, y)),
        ]
        for a, b in pairs:
            if what := semantics.difference(a, b):
                return f"a value of @{name}: {what}"
    return None
