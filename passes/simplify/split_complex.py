"""
Write each complex value as a pair of real values.

Needs:   nothing.
Leaves:  no complex value, but for operands and results of ops that letgrad does not know, and in
         functions without a body or with several blocks.
Keeps:   the value, up to the rounding of products of more than two factors. Sharing: each part is
         computed once. A function, a loop or a branch takes and gives the real part and then the
         imaginary part, in the place of each complex value.
Ends:    one walk over the program.

    z = ten.complex x, y                    →   z is the pair (x, y)
    ten.real z, ten.imag z                  →   the parts of the pair
    op z, for an op that moves or adds      →   the pair (op x, op y)
    einsum z, w  for z = (x, y), w = (u, v) →   (einsum x, u - einsum y, v;
                                                 einsum x, v + einsum y, u)

The passes behind this one see real tensors. So the derivative of a program with complex numbers is
the derivative by both parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FunctionType,
    IntegerType,
    ModuleOp,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, sharing, ten, types
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import functions
from ..sharing.copying import copy_op

Pair = tuple[SSAValue, SSAValue]


def is_complex(value: SSAValue) -> bool:
    return becomes_pair(value.type)


def becomes_pair(kind: Attribute) -> bool:
    """
    Whether values of a type become pairs. Tensors of rank 0 and of unknown sizes are values of ops
    of other dialects, and stay.
    """
    if not types.is_complex(types.element(kind)):
        return False
    inner = types.value_type(kind)
    return types.is_number(inner) and not types.is_rank_zero(inner)


def parts_of(kinds: Sequence[Attribute]) -> list[Attribute]:
    """The types of a signature after the split: two in the place of each complex one."""
    found: list[Attribute] = []
    for kind in kinds:
        if becomes_pair(kind):
            part = types.part(types.element(kind))
            found += [types.like(kind, types.shape(kind), part)] * 2
        else:
            found.append(kind)
    return found


def _arguments(op: Operation) -> Iterator[BlockArgument]:
    return (arg for region in op.regions for block in region.blocks for arg in block.args)


def has_complex(module: ModuleOp) -> bool:
    """Whether a module has a complex value. Such a value begins as an argument or a result."""
    for op in ops_in(module):
        for x in op.results:
            if is_complex(x):
                return True
        if op.regions and any(map(is_complex, _arguments(op))):
            return True
    return False


MOVES: tuple[type[Operation], ...] = (
    ten.BroadcastOp, ten.ConcatOp, ten.CumsumOp, ten.IndexOp, ten.PadOp, ten.ReshapeOp,
    ten.ReverseOp, ten.SelectOp, ten.SliceOp, ten.StackOp, ten.SumOp, ten.TransposeOp,
    ten.UpdateOp, ten.GatherOp, ten.ScatterOp, arith.SelectOp, delta.StopOp,
)  # fmt: skip
"""Ops that are linear over the reals and do the same to both parts."""

HANDS_ON: tuple[type[Operation], ...] = (
    ten.ScanOp, ten.WhileOp, ten.YieldOp, scf.IfOp, scf.ForOp, scf.WhileOp, scf.YieldOp,
    scf.ConditionOp, scf.IndexSwitchOp, func.ReturnOp, func.CallOp, delta.CustomVjpOp,
    delta.CustomJvpOp, delta.ImplicitOp, delta.SolveOp,
)  # fmt: skip
"""Ops that take or give any number of values of any types."""


def _refuse_squares(module: ModuleOp) -> None:
    """
    Errors: `LetgradError` at a `delta.custom_jvp` whose rule states tangents of squares of complex
    numbers: the parts of z² are not the squares of the parts of z.
    """
    known = {f.sym_name.data: f for f in functions(module)}
    for op in ops_in(module):
        if not isinstance(op, delta.CustomJvpOp) or not any(map(is_complex, op.results)):
            continue
        moving = [x for x in op.results if is_complex(x) or types.is_float(types.element(x.type))]
        rule = known.get(op.jvp.string_value())
        if rule and len(rule.function_type.outputs) > len(op.results) + len(moving):
            text = "states squares of complex numbers; only those of real numbers may be stated"
            raise LetgradError(f"@{rule.sym_name.data} {text}", op)


class _Splitter:
    def __init__(self, module: ModuleOp):
        self.parts: dict[SSAValue, Pair] = {}
        self.functions = [f for f in functions(module) if _has_one_block_each(f)]
        self.names = {f.sym_name.data for f in self.functions}
        self.kept_ends: set[Operation] = set()
        """The terminators of ops that stay. They give complex values as they are."""

    def run(self) -> None:
        for function in self.functions:
            kind = function.function_type
            for name, kinds in (("arg_attrs", kind.inputs), ("res_attrs", kind.outputs)):
                given = function.properties.get(name)
                if isinstance(given, ArrayAttr):
                    twice = [
                        a for a, t in zip(given.data, kinds.data) for _ in range(len(parts_of([t])))
                    ]
                    function.properties[name] = ArrayAttr(twice)
            function.properties["function_type"] = FunctionType.from_lists(
                parts_of(kind.inputs.data), parts_of(kind.outputs.data)
            )
            self.region(function.body)

    def region(self, region: Region, keeps_arguments: bool = False) -> None:
        """Split the values of a region. Ops whose value has become a pair go at the end."""
        for block in region.blocks:
            wholes = [arg for arg in block.args if is_complex(arg)]
            own = list(block.ops)  # without the parts of arguments that stay
            if keeps_arguments:
                for arg in wholes:
                    e = Emitter(InsertPoint.at_start(block), arg.location)
                    self.parts[arg] = e(ten.RealOp(arg)), e(ten.ImagOp(arg))
                wholes = []
            for arg in wholes:
                self._argument(block, arg)
            replaced = [op for op in own if not self._op(op)]
            for op in reversed(replaced):
                Rewriter.erase_op(op)
            for arg in reversed(wholes):
                block.erase_arg(arg)

    def _argument(self, block: Block, whole: BlockArgument) -> None:
        kind, _ = parts_of([whole.type])
        pair = (
            block.insert_arg(kind, whole.index + 1),
            block.insert_arg(kind, whole.index + 2),
        )
        for new in pair:
            new.location = whole.location
        self._set(whole, pair)

    def _set(self, whole: SSAValue, pair: Pair) -> None:
        self.parts[whole] = pair
        for new, name in zip(pair, ("re", "im")):
            if whole.name_hint is not None and new.name_hint is None:
                new.name_hint = f"{whole.name_hint}_{name}"

    def _op(self, op: Operation) -> bool:
        """Whether an op stays, after its values are split."""
        ends = (block.last_op for region in op.regions for block in region.blocks)
        handed = [x for end in ends if end is not None for x in end.operands]
        if not any(map(is_complex, (*op.operands, *op.results, *_arguments(op), *handed))):
            for region in op.regions:
                self.region(region)
            return True
        pair: Pair | None = None
        match op:
            case ten.ComplexOp():
                pair = op.re, op.im
            case ten.PartOp():
                count(f"split({op.name})")
                part = self.parts[op.x][0 if isinstance(op, ten.RealOp) else 1]
                op.result.replace_all_uses_with(part)
                return False
            case ten.EinsumOp():
                pair = self._einsum(op)
            case ten.CastOp():
                pair = self._cast(op)
            case ten.BuildOp():
                pair = self._build(op)
            case arith.ConstantOp() if isinstance(op.value, DenseIntOrFPElementsAttr):
                pair = self._constant(op, op.value)
            case sharing.LetOp() | sharing.ShareOp():
                # A stamp is the identity of one value, and the parts are two values.
                pair = self.parts[op.operands[0]]
            case func.CallOp() if op.callee.string_value() not in self.names:
                return self._stay(op)
            case _ if isinstance(op, MOVES):
                pair = self._both(op)
            case _ if isinstance(op, HANDS_ON) and op not in self.kept_ends:
                self._hand_on(op)
                return False
            case _:
                return self._stay(op)
        count(f"split({op.name})")
        self._set(op.results[0], pair)
        return False

    def _both(self, op: Operation) -> Pair:
        """op z = (op x, op y)"""
        for region in op.regions:
            self.region(region)
        e = Emitter.before(op)
        kind, _ = parts_of([op.results[0].type])
        re, im = (
            e(copy_op(op, [self.parts[x][k] if is_complex(x) else x for x in op.operands], [kind]))
            for k in (0, 1)
        )
        return re, im

    def _cast(self, op: ten.CastOp) -> Pair:
        """cast z = (cast x, cast y); cast x = (cast x, 0) for a real x"""
        e, part = Emitter.before(op), types.part(types.element(op.result.type))

        def cast(x: SSAValue) -> SSAValue:
            return x if types.element(x.type) == part else e(ten.CastOp(x, part))

        if is_complex(op.x):
            re, im = self.parts[op.x]
            return cast(re), cast(im)
        re = cast(op.x)
        return re, e.constant(0.0, re.type)

    def _constant(self, op: arith.ConstantOp, table: DenseIntOrFPElementsAttr) -> Pair:
        """The parts of each number of a table stand side by side."""
        e, kind = Emitter.before(op), parts_of([op.result.type])[0]
        width, data = table.get_element_type().compile_time_size // 2, table.data.data

        def part(k: int) -> SSAValue:
            starts = range(k * width, len(data), 2 * width)
            numbers = BytesAttr(b"".join(data[i : i + width] for i in starts))
            new = DenseIntOrFPElementsAttr(cast(TensorType[Any], kind), numbers)
            return e(arith.ConstantOp(types.compact(new), kind))

        return part(0), part(1)

    def _build(self, op: ten.BuildOp) -> Pair:
        """build z = (build x, build y)"""
        # A stamp makes one value of a costly value that both bodies compute.
        self.region(op.body)
        e = Emitter.before(op)
        kind, _ = parts_of([op.result.type])

        def build(k: int) -> SSAValue:
            new = copy_op(op, op.operands, [kind])
            end = new.regions[0].block.last_op
            assert end is not None
            end.operands = [end.operands[k]]
            return e(new)

        return build(0), build(1)

    def _einsum(self, op: ten.EinsumOp) -> Pair:
        """
        The product of sums x + i y, written out, factor by factor from the left. A step sums over
        the letters that no later factor and not the output has.
        """
        e = Emitter.before(op)
        words, output = op.letters
        factors = [self.parts[x] if is_complex(x) else (x, None) for x in op.xs]
        made, letters = factors[0], words[0]
        for k, (word, factor) in enumerate(zip(words[1:], factors[1:]), 1):
            later = "".join((*words[k + 1 :], output))
            kept = "".join(dict.fromkeys(c for c in letters + word if c in later))
            target = output if k + 1 == len(words) else kept
            made = _product(e, f"{letters},{word}->{target}", made, factor)
            letters = target
        re, im = made
        if len(words) == 1:
            assert im is not None
            re, im = (e(ten.EinsumOp(op.spec.data, [x])) for x in (re, im))
        assert im is not None
        return re, im

    def _hand_on(self, op: Operation) -> None:
        """The same op, on the parts of its values."""
        count(f"split({op.name})")
        for region in op.regions:
            self.region(region)
        properties = dict(op.properties)
        for name, values in (
            ("operandSegmentSizes", op.operands),
            ("resultSegmentSizes", op.results),
        ):
            sizes = properties.get(name)
            if isinstance(sizes, DenseArrayBase):
                numbers = iter(2 if is_complex(x) else 1 for x in values)
                new_sizes = [sum(next(numbers) for _ in range(n)) for n in _sizes(sizes)]
                properties[name] = DenseArrayBase.from_list(i32, new_sizes)
        new = type(op).create(
            operands=[x for v in op.operands for x in (self.parts[v] if is_complex(v) else (v,))],
            result_types=parts_of(op.result_types),
            properties=properties,
            attributes=dict(op.attributes),
            successors=op.successors,
            regions=[op.detach_region(region) for region in list(op.regions)],
            location=op.location,
        )
        Rewriter.insert_op(new, InsertPoint.before(op))
        results = iter(new.results)
        for old in op.results:
            first = next(results)
            if is_complex(old):
                self._set(old, (first, next(results)))
            else:
                first.name_hint = first.name_hint or old.name_hint
                old.replace_all_uses_with(first)

    def _stay(self, op: Operation) -> bool:
        """An op that stays takes complex values made of parts, and gives values with parts."""
        for k, x in enumerate(op.operands):
            if is_complex(x):
                op.operands[k] = Emitter.before(op)(ten.ComplexOp(*self.parts[x]))
        for region in op.regions:
            self.kept_ends.update(b.last_op for b in region.blocks if b.last_op is not None)
            self.region(region, keeps_arguments=True)
        if any(map(is_complex, op.results)):
            e = Emitter.after(op)
            for x in filter(is_complex, op.results):
                self._set(x, (e(ten.RealOp(x)), e(ten.ImagOp(x))))
        return True


def _product(
    e: Emitter, spec: str, a: tuple[SSAValue, SSAValue | None], b: tuple[SSAValue, SSAValue | None]
) -> tuple[SSAValue, SSAValue | None]:
    """einsum (x + i y), (u + i v), where a missing part is 0"""
    (x, y), (u, v) = a, b

    def einsum(p: SSAValue, q: SSAValue) -> SSAValue:
        return e(ten.EinsumOp(spec, [p, q]))

    if y is None and v is None:
        return einsum(x, u), None
    if y is None:
        assert v is not None
        return einsum(x, u), einsum(x, v)
    if v is None:
        return einsum(x, u), einsum(y, u)
    re = e(arith.SubfOp(einsum(x, u), einsum(y, v)))
    return re, e(arith.AddfOp(einsum(x, v), einsum(y, u)))


def _sizes(segments: DenseArrayBase) -> list[int]:
    return [int(n) for n in cast(DenseArrayBase[IntegerType], segments).get_values()]


def _has_one_block_each(function: func.FuncOp) -> bool:
    """Whether a function has a body, and no region of it has several blocks."""
    return bool(function.body.blocks) and not any(
        len(region.blocks) > 1 for op in ops_in(function) for region in op.regions
    )


def split(module: ModuleOp) -> None:
    """Write each complex value of a module as a pair of real values, in place."""
    if has_complex(module):
        _refuse_squares(module)
        _Splitter(module).run()


class SplitComplexPass(ModulePass):
    """
    Writes each complex value as a pair of real values.

    Example:

        >>> module = lg.trace(lambda z: z * z, lg.spec((), "c128"))
        >>> SplitComplexPass().apply(ctx, module)
        >>> show(module)
        lambda = \\z_re z_im -> (z_re * z_re - z_im * z_im, z_re * z_im + z_im * z_re)
    """

    name = "ten-split-complex"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        split(op)


Door = tuple[Attribute, bool]
"""The type of an argument or a result, and whether a complex one is the conjugate of its parts."""


def join_doors(function: func.FuncOp, takes: Sequence[Door], gives: Sequence[Door]) -> None:
    """
    Give a function of parts complex arguments and results of these types. Each complex one takes
    the place of two parts; of its conjugate's parts where the door says so.
    """
    block, last = function.body.block, function.body.block.last_op
    assert isinstance(last, func.ReturnOp)
    at_start = Emitter(InsertPoint.at_start(block), function.location)
    place = 0
    for kind, conjugate in takes:
        if becomes_pair(kind):
            re, im = block.args[place], block.args[place + 1]
            whole = block.insert_arg(kind, place)
            whole.location = re.location
            if re.name_hint is not None:
                whole.name_hint = re.name_hint.removesuffix("_re")
            part = at_start(ten.ImagOp(whole))
            new = at_start(arith.NegfOp(part)) if conjugate else part
            re.replace_all_uses_with(at_start(ten.RealOp(whole)))
            im.replace_all_uses_with(new)
            block.erase_arg(re)
            block.erase_arg(im)
        place += 1
    results: list[SSAValue] = []
    given = iter(last.operands)
    e = Emitter.before(last)
    for kind, conjugate in gives:
        first = next(given)
        if becomes_pair(kind):
            second = next(given)
            first = e(ten.ComplexOp(first, e(arith.NegfOp(second)) if conjugate else second))
        results.append(first)
    last.operands = results
    function.properties["function_type"] = FunctionType.from_lists(
        [arg.type for arg in block.args], [x.type for x in results]
    )
    for name in ("arg_attrs", "res_attrs"):
        function.properties.pop(name, None)
