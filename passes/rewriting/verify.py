"""
The verifier that the drivers run: xDSL's checks of every op, with locations, and checks that xDSL
does not have: dominance, and rules of MLIR for ops of its own dialects.

Needs:   nothing.
Leaves:  the module as it is.
Cost:    linear in the program, for nests of bounded depth. No function here recurses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import arith, cf, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    UnrankedTensorType,
    UnregisteredOp,
    VectorType,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.traits import IsolatedFromAbove, NoTerminator
from xdsl.utils.exceptions import VerifyException

from ...dialects import types
from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from . import verify_upstream
from .diagnostics import LetgradError, note
from .verifier_messages import reworded


def verify(module: Operation) -> None:
    """
    Check the whole module: dominance, structure, and every op's own verifier.

    Errors: `LetgradError`, at the op that is wrong.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> verify_module(module)
        >>> op = next(op for op in module.walk() if isinstance(op, arith.MulfOp))
        >>> op.operands[1] = op.result
        >>> try:
        ...     verify_module(module)
        ... except LetgradError as error:
        ...     print(error.diagnostic.severity)
        error
    """
    # Dominance comes first: xDSL's own check of isolated ops would blame the surrounding op, and
    # print everything inside of it.
    verify_dominance(module)
    verify_structure(module)


def errors(module: Operation) -> Iterator[LetgradError]:
    """All errors that `verify` finds, and not only the first: for editors."""
    yield from _dominance_errors(module)
    yield from _structure_errors(module)


def verify_structure(module: Operation) -> None:
    """
    Run every op's verifier. Check that blocks and regions are linked, and that they end correctly.

    Errors: `LetgradError`, at the op that is wrong, with the verifier's message and nothing else.
    """
    for error in _structure_errors(module):
        raise error


def _structure_errors(module: Operation) -> Iterator[LetgradError]:
    for op in ops_in(module):
        try:
            _verify_op(op)
        except LetgradError as error:
            yield error


def _verify_op(op: Operation) -> None:
    for region in op.regions:
        _verify_region(region, op)
    try:
        op.verify(verify_nested_ops=False)
    except VerifyException as error:
        if not _is_reshape_of_rank_zero(op):
            raise LetgradError(reworded(op, str(error)), op) from error
    except LetgradError:
        raise
    except Exception as error:
        # Verifiers of foreign dialects may raise any Python error on bad input.
        # A plain Exception says in its words what is wrong with the op.
        what = f"{error}" if type(error) is Exception else f"{type(error).__name__}: {error}"
        raise LetgradError(f"{op_name(op)} does not verify ({what})", op) from error
    if (message := verify_upstream.wrong(op)) is not None:
        raise LetgradError(message, op)
    _verify_sizes(op)
    _verify_shapes(op)
    _verify_conversion(op)
    _verify_predicate(op)
    _verify_branch(op)
    _verify_region_types(op)


def _is_reshape_of_rank_zero(op: Operation) -> bool:
    """
    Whether an op reshapes a tensor of rank 0 to one of one element, or back. Its reassociation is
    empty, as MLIR wants it. xDSL's verifier wants an entry for each dimension.
    """
    # By name: most programs do not load this dialect.
    if op.name not in ("tensor.expand_shape", "tensor.collapse_shape"):
        return False
    source, result = op.operands[0].type, op.results[0].type
    if not (isinstance(source, TensorType) and isinstance(result, TensorType)):
        return False
    sizes = (*source.get_shape(), *result.get_shape())
    rank_zero = not source.get_shape() or not result.get_shape()
    same = source.get_element_type() == result.get_element_type()
    empty = op.properties.get("reassociation") == ArrayAttr([])
    return rank_zero and same and empty and all(n == 1 for n in sizes)


def _shown(types: Sequence[Attribute]) -> str:
    return f"({', '.join(map(str, types))})"


def _same_types(
    given: Sequence[Attribute], wanted: Sequence[Attribute], gives: str, wants: str, op: Operation
) -> None:
    if tuple(given) != tuple(wanted):
        raise LetgradError(f"{gives} {_shown(given)}, and {wants} {_shown(wanted)}", op)


def _types(values: Sequence[SSAValue]) -> tuple[Attribute, ...]:
    return tuple(value.type for value in values)


def _verify_region_types(op: Operation) -> None:
    """
    Check that the values that the regions of scf's ops take and yield have the types that the ops
    take and give. xDSL does not check this for all of these ops.
    """
    match op:
        case scf.YieldOp():
            given, parent = _types(op.operands), op.parent_op()
            if isinstance(parent, scf.IfOp):
                wants = "the scf.if gives"
                _same_types(given, parent.result_types, "this branch yields", wants, op)
            elif isinstance(parent, scf.WhileOp):
                wants = "the scf.while takes"
                _same_types(given, _types(parent.operands), "its body yields", wants, op)
            elif isinstance(parent, scf.ForOp):
                wants = "the scf.for carries"
                _same_types(given, _types(parent.iter_args), "its body yields", wants, op)
            elif isinstance(parent, scf.ExecuteRegionOp | scf.IndexSwitchOp):
                wants = f"the {op_name(parent)} gives"
                _same_types(given, parent.result_types, "this region yields", wants, op)
        case scf.ConditionOp():
            parent = op.parent_op()
            if isinstance(parent, scf.WhileOp):
                wants = "the scf.while gives"
                given = _types(op.operands[1:])
                _same_types(given, parent.result_types, "its condition passes on", wants, op)
        case scf.ForOp():
            carried = _types(op.iter_args)
            _same_types(op.result_types, carried, "scf.for gives", "it carries", op)
        case scf.WhileOp() if op.before_region.blocks and op.after_region.blocks:
            taken = _types(op.before_region.blocks[0].args)
            _same_types(taken, _types(op.operands), "its condition takes", "scf.while takes", op)
            taken = _types(op.after_region.blocks[0].args)
            _same_types(taken, op.result_types, "its body takes", "scf.while gives", op)
        case scf.IfOp() if op.results and not op.false_region.blocks:
            raise LetgradError("scf.if has results, so it needs an else branch", op)
        case _:
            pass


_CONVERSIONS: dict[type[Operation], bool] = {
    arith.ExtFOp: True,
    arith.ExtSIOp: True,
    arith.ExtUIOp: True,
    arith.TruncFOp: False,
    arith.TruncIOp: False,
}
"""Conversions between numbers of one kind, and whether they widen; the others narrow."""


def _verify_conversion(op: Operation) -> None:
    """A widening conversion gives a wider type. A narrowing conversion gives a narrower type."""
    widens = _CONVERSIONS.get(type(op))
    if widens is None:
        return
    source, result = (types.any_element(x.type) for x in (op.operands[0], op.results[0]))
    before, after = _width(source), _width(result)
    if before is None or after is None:
        return
    if not (before < after if widens else before > after):
        than = "wider" if widens else "narrower"
        raise LetgradError(f"{op.name} gives {result}, which is not {than} than {source}", op)


def _width(element: Attribute) -> int | None:
    if isinstance(element, IntegerType):
        return element.width.data
    return getattr(element, "bitwidth", None)


_PREDICATES: dict[type[Operation], int] = {arith.CmpiOp: 10, arith.CmpfOp: 16}
"""How many predicates a comparison has."""


def _verify_predicate(op: Operation) -> None:
    if isinstance(op, arith.CmpiOp | arith.CmpfOp):
        number, known = op.predicate.value.data, _PREDICATES[type(op)]
        if op.predicate.type != i64:
            raise LetgradError(f"the predicate of {op.name} is an i64, not {op.predicate.type}", op)
        if not 0 <= number < known:
            raise LetgradError(
                f"{op.name} has no predicate {number}; its predicates are 0 to {known - 1}", op
            )


def _verify_branch(op: Operation) -> None:
    """A branch gives each block the right number of values, of the block's types."""
    match op:
        case cf.BranchOp():
            given = [op.arguments]
        case cf.ConditionalBranchOp():
            given = [op.then_arguments, op.else_arguments]
        case cf.SwitchOp():
            given = [op.default_operands, *op.case_operand]
        case _:
            return
    for number, (values, block) in enumerate(zip(given, op.successors, strict=True)):
        which = f"block #{number}" if len(given) > 1 else "its block"
        gives = f"{op.name} gives {which}"
        _same_types(_types(tuple(values)), _types(block.args), gives, "that takes", op)


def _verify_sizes(op: Operation) -> None:
    """
    The bytes of a tensor fit into 64 bits. The arithmetic of places in memory would wrap otherwise.
    """
    made = [result.type for result in op.results]
    made += [arg.type for region in op.regions for block in region.blocks for arg in block.args]
    if isinstance(op, func.FuncOp) and not op.body.blocks:
        made += [*op.function_type.inputs, *op.function_type.outputs]
    for type in made:
        if types.is_too_large(type):
            raise LetgradError(f"{op_name(op)} has a value of type {type}, {types.TOO_LARGE}", op)


def _verify_shapes(op: Operation) -> None:
    """
    Elementwise ops have operands and results of one shape, and a number is no tensor of rank 0.
    xDSL does not check this for all of these ops.
    """
    if op.dialect_name() not in ("arith", "math") or isinstance(op, _OTHER_SHAPES):
        return
    forms = [_form(x.type) for x in (*op.operands, *op.results)]
    if any(form != forms[0] for form in forms):
        shown = ", ".join(str(x.type) for x in (*op.operands, *op.results))
        raise LetgradError(f"{op.name} is elementwise, and its types differ in shape: {shown}", op)


def _form(type: Attribute) -> tuple[object, ...]:
    """What the types of an elementwise op have in common: their kind of container and its sizes."""
    match type:
        case TensorType():
            return "tensor", type.shape, type.encoding
        case UnrankedTensorType():
            return ("tensor of any rank",)
        case VectorType():
            return "vector", type.shape, type.scalable_dims
        case _:
            return ()


_OTHER_SHAPES = (arith.ConstantOp, arith.SelectOp)
"""A choice has one condition."""


def _verify_region(region: Region, parent: Operation) -> None:
    if region.parent is not parent:
        raise LetgradError(
            f"a region of {op_name(parent)} does not know the op that it is in", parent
        )
    only = region.first_block is region.last_block
    for block in region.blocks:
        if block.parent is not region:
            raise LetgradError(
                f"a block in {op_name(parent)} does not know the region that it is in", parent
            )
        for op in block.ops:
            if op.parent is not block:
                raise LetgradError(f"{op_name(op)} does not know the block that it is in", op)
        if block.last_op is not None and region.first_block in block.last_op.successors:
            raise LetgradError(
                f"{op_name(block.last_op)} goes to the first block of a region, which takes only "
                "the values that enter the region",
                block.last_op,
            )
        if block.last_op is None and not (only and parent.has_trait(NoTerminator)):
            raise LetgradError(
                f"{op_name(parent)} has an empty block, which needs a terminator", parent
            )


def verify_dominance(module: Operation) -> None:
    """
    Check that the definition of every operand comes before its use, on all ways that lead to the
    use.

    A value is visible after its definition in its block, in the blocks that this block dominates,
    and in the regions of the ops there, down to ops that are isolated from above. An op's results
    are not visible in its own regions. In a block that cannot be reached, and in a graph region (a
    module's body, regions of unregistered ops), all values of the region are visible.

    Errors: `LetgradError`, at the use, with a note at the definition.
    """
    for error in _dominance_errors(module):
        raise error


def _dominance_errors(module: Operation) -> Iterator[LetgradError]:
    dominance = _Dominance(module)
    for op in ops_in(module):
        for index, operand in enumerate(op.operands):
            wrong = dominance.why_not_visible(operand, op)
            if wrong is not None:
                name = op_name(op)
                yield LetgradError(
                    f"operand #{index} of {name} {wrong}",
                    op,
                    (note("it is defined here", operand),)
                    if isinstance(operand, OpResult | BlockArgument)
                    else (),
                )


NOT_DOMINATED = "does not dominate its use"


class _Dominance:
    """The order of ops in their blocks, and of blocks in their regions' dominator trees."""

    def __init__(self, module: Operation):
        self._order = {op: i for i, op in enumerate(ops_in(module))}
        self._isolated: dict[type[Operation], bool] = {}
        self._trees: dict[Region, DominatorTree] = {}

    def why_not_visible(self, value: SSAValue, user: Operation) -> str | None:
        """Why `user` must not use `value`; None if the use is right."""
        if isinstance(value, OpResult):
            definition, home = value.op, value.op.parent
        elif isinstance(value, BlockArgument):
            definition, home = None, value.block
        else:
            return "is not defined: the op that defined it was erased"
        if (
            home is None
            or home.parent is None
            or (definition is not None and definition not in self._order)
        ):
            return "is defined in no op of the module"

        # Climb from the use to the region of the definition.
        region, block = home.parent, user.parent
        isolated: Operation | None = None
        inside = user
        while block is not None and block.parent is not region:
            around = block.parent_op()
            if around is None:
                return NOT_DOMINATED
            if isolated is None and self._is_isolated(around):
                isolated = around
            user, block = around, around.parent
        if block is None:
            return NOT_DOMINATED
        if isolated is not None:
            return f"is defined outside of {op_name(isolated)}, which is isolated from above"

        if _is_graph(region):
            # An op may use its own result, but ops inside of its regions may not.
            return NOT_DOMINATED if definition is user and inside is not user else None
        if block is home:
            if definition is None or self._order[definition] < self._order[user]:
                return None
            # `definition` comes later, or is `user` itself.
            visible = region.first_block is not block and not self._tree(region).is_reachable(block)
        else:
            visible = self._tree(region).dominates(home, block)
        return None if visible else NOT_DOMINATED

    def _is_isolated(self, op: Operation) -> bool:
        kind = type(op)
        if kind not in self._isolated:
            self._isolated[kind] = op.has_trait(IsolatedFromAbove, value_if_unregistered=False)
        return self._isolated[kind]

    def _tree(self, region: Region) -> DominatorTree:
        if region not in self._trees:
            self._trees[region] = DominatorTree(region)
        return self._trees[region]


def _is_graph(region: Region) -> bool:
    """
    Whether the order of ops in a region has no meaning: in a module's body, and possibly in an
    unregistered op.
    """
    return isinstance(region.parent, ModuleOp | UnregisteredOp)


class DominatorTree:
    """
    The dominator tree of a region's blocks, as intervals: a block dominates the blocks whose
    intervals lie in its own.

    By Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm": immediate dominators in
    reverse postorder, until nothing changes. For reducible control flow that takes one sweep, and
    one sweep that finds nothing.
    """

    def __init__(self, region: Region):
        order = _postorder(region)
        number = {block: i for i, block in enumerate(order)}
        entry = len(order) - 1
        predecessors: list[list[int]] = [[] for _ in order]
        for block in order:
            for successor in _successors(block):
                predecessors[number[successor]].append(number[block])

        # In postorder numbers, a dominator has a greater number than the blocks that it dominates.
        idom: list[int] = [-1] * entry + [entry]
        changed = True
        while changed:
            changed = False
            for b in range(entry - 1, -1, -1):
                new = -1
                for p in predecessors[b]:
                    if idom[p] == -1:
                        continue
                    other = new if new != -1 else p
                    new = p
                    while new != other:
                        if new < other:
                            new = idom[new]
                        else:
                            other = idom[other]
                if idom[b] != new:
                    idom[b] = new
                    changed = True

        children: list[list[int]] = [[] for _ in order]
        for b in range(entry):
            children[idom[b]].append(b)
        self.children = {order[b]: [order[c] for c in children[b]] for b in range(len(order))}
        """The blocks that each block dominates immediately."""
        self._interval: dict[Block, tuple[int, int]] = {}
        clock = 0
        entered: dict[int, int] = {}
        stack = [entry]
        while stack:
            b = stack[-1]
            clock += 1
            if b not in entered:
                entered[b] = clock
                stack.extend(children[b])
            else:
                self._interval[order[b]] = (entered[b], clock)
                stack.pop()

    def is_reachable(self, block: Block) -> bool:
        return block in self._interval

    def dominates(self, a: Block, b: Block) -> bool:
        """
        Whether every way from the entry to `b` goes through `a`. If no way goes to `b`, the answer
        is yes.
        """
        if b not in self._interval:
            return True
        if a not in self._interval:
            return False
        (first, last), (inner_first, inner_last) = self._interval[a], self._interval[b]
        return first <= inner_first and inner_last <= last


def _successors(block: Block) -> list[Block]:
    """
    The blocks to which control goes from a block. `verify_structure` refuses branches into other
    regions.
    """
    last = block.last_op
    return [] if last is None else [b for b in last.successors if b.parent is block.parent]


def _postorder(region: Region) -> list[Block]:
    """
    The reachable blocks, each after its successors (except along back edges). The entry comes last.
    """
    entry = region.first_block
    assert entry is not None
    order: list[Block] = []
    seen = {entry}
    stack = [(entry, iter(_successors(entry)))]
    while stack:
        block, rest = stack[-1]
        for successor in rest:
            if successor not in seen:
                seen.add(successor)
                stack.append((successor, iter(_successors(successor))))
                break
        else:
            order.append(block)
            stack.pop()
    return order
