"""Ops that no kernel computes: functions of torch, calls, conditionals and loops."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func, scf
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import delta, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import ints, shape
from ...passes.rewriting import remarks
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from .expressions import storage
from .launcher import Launcher, torch_dtype

RUNS: dict[type[Operation], str] = {
    scf.IfOp: "the launcher waits for its condition, and decides",
    ten.WhileOp: "the launcher waits for the condition of each turn, and runs its kernels",
    scf.ForOp: "the launcher runs the loop, and in each step its kernels",
    ten.ScanOp: "the launcher runs the loop, and in each step its kernels",
}
"""How the launcher runs ops for which torch has no function."""


RUNS_IN_TORCH = "torch runs it"


def step(launcher: Launcher, op: Operation) -> None:
    """
    The lines of a launcher for one op.

    Errors: `LetgradError` for an op for which torch has no function.
    """
    names = [launcher.name_of(x) for x in op.operands]
    made = [launcher.name_of(r) for r in op.results]
    runs = RUNS.get(type(op), RUNS_IN_TORCH)
    if not isinstance(op, func.CallOp | scf.ExecuteRegionOp):
        remarks.analysis("triton", "library", op, lambda: f"{op_name(op)} is no kernel: {runs}")
    match op:
        case ten.EinsumOp() if not types.is_float(types.element(op.result.type)):
            _integer_products(launcher, op, names, made[0])
        case ten.EinsumOp():
            product = _matmul(op, names) or f'torch.einsum("{op.spec.data}", {", ".join(names)})'
            launcher.put(f"{made[0]} = {product}.contiguous()")
        case ten.CumsumOp():
            dtype = storage(op.x.type)
            wide = "float32" if dtype in ("float16", "bfloat16") else dtype
            text = f"torch.cumsum({names[0]}, dim={op.dim.value.data}, dtype=torch.{wide})"
            launcher.put(f"{made[0]} = {text}" + (f".to(torch.{dtype})" if wide != dtype else ""))
        case ten.ArgsortOp():
            call = f"torch.sort({names[0]}, dim={op.dim.value.data}, stable=True)[1]"
            launcher.put(f"{made[0]} = {call}.to({torch_dtype(op.result)})")
        case ten.FftOp():
            launcher.put(f"{made[0]} = {_transform(op, names[0])}.contiguous()")
        case ten.MatrixOp():
            _decomposition(launcher, op, names[0], made)
        case ten.TriangularSolveOp():
            _triangular(launcher, op, names, made[0])
        case ten.SymmetricSolveOp():
            _symmetric(launcher, op, names, made[0])
        case ten.ArgmaxOp() | ten.ArgminOp() if not types.size(op.x.type):
            launcher.allocate(op.result, "zeros")
        case arith.BitcastOp():
            launcher.put(f"{made[0]} = {names[0]}.view({torch_dtype(op.result)})")
        case func.CallOp() | delta.CustomVjpOp() | delta.CustomJvpOp():
            callee = find_function_name(launcher, op)
            launcher.note("call", callee, (), ())
            text = f"{callee}({', '.join(names)})"
            launcher.put(f"{', '.join(made)} = {text}" if made else text)
        case scf.ExecuteRegionOp():
            _region(launcher, block_of(op.region, op), made)
        case scf.IfOp():
            _if(launcher, op, names[0], made)
        case scf.ForOp():
            _for(launcher, op, names, made)
        case ten.ScanOp():
            _scan(launcher, op, names, made)
        case ten.WhileOp():
            _while(launcher, op, names, made)
        case _:
            raise LetgradError(f"the triton backend has no code for {op_name(op)}", op)
    # After the errors: the values of an op that torch does not have may be no tensors.
    others = func.CallOp | scf.ExecuteRegionOp | arith.BitcastOp
    if runs is RUNS_IN_TORCH and not isinstance(op, others):
        launcher.note("torch", op_name(op), op.operands, op.results)


def _transform(op: ten.FftOp, x: str) -> str:
    """The call of torch's transform. torch has complex tensors, of the pairs that the op takes."""
    dims = tuple(ints(op.dims))
    numbers = f"torch.view_as_complex({x})"
    match op.kind.data:
        case "forward":
            return f"torch.view_as_real(torch.fft.fftn({numbers}, dim={dims}))"
        case "backward":
            return f'torch.view_as_real(torch.fft.ifftn({numbers}, dim={dims}, norm="forward"))'
        case "real":
            return f"torch.view_as_real(torch.fft.rfft({x}, dim={dims[0]}))"
        case _:
            n = shape(op.result.type)[dims[0]]
            return f'torch.fft.irfft({numbers}, n={n}, dim={dims[0]}, norm="forward")'


DECOMPOSITIONS: dict[type[ten.MatrixOp], str] = {
    ten.CholeskyOp: "torch.linalg.cholesky_ex({})",
    ten.EigOp: "torch.linalg.eig({})",
    ten.EighOp: "torch.linalg.eigh({})",
    ten.QrOp: "torch.linalg.qr({})",
    ten.SvdOp: "torch.linalg.svd({}, full_matrices=False)",
}


def _decomposition(launcher: Launcher, op: ten.MatrixOp, a: str, made: list[str]) -> None:
    """
    The call of torch's decomposition. torch has complex tensors, of the pairs that the op takes.

    torch raises an error for matrices that hold NaN, except in `cholesky_ex`, `qr` and
    `lu_factor_ex`.
    """
    numbers = f"torch.view_as_complex({a})" if op.is_complex else a
    results = list(made)
    if isinstance(op, ten.LuOp):
        _lu(launcher, op, numbers, made)
        return
    if isinstance(op, ten.CholeskyOp):
        results.append(f"{made[0]}_info")
        numbers += ", upper=True" if op.is_upper else ""
    if isinstance(op, ten.EighOp) and op.is_upper:
        numbers = f'{numbers}, UPLO="U"'
    launcher.put(f"{', '.join(results)} = {DECOMPOSITIONS[type(op)].format(numbers)}")
    if isinstance(op, ten.CholeskyOp):
        failed = f"{made[0]}_info[..., None, None] != 0"
        launcher.put(f"{made[0]} = {made[0]}.masked_fill({failed}, torch.nan)")
    for name, x in zip(op.RESULTS, made, strict=True):
        parts = f"torch.view_as_real({x}.resolve_conj())" if op.has_pairs(name) else x
        launcher.put(f"{x} = {parts}.contiguous()")


def _lu(launcher: Launcher, op: ten.LuOp, numbers: str, made: list[str]) -> None:
    """
    The call of torch's elimination. The place of the 1 in a column of torch's permutation is the
    row that stands there.
    """
    order, packed = made
    turned = ".mT" if op.by_columns else ""
    launcher.put(f"{packed}, {order}, {order}_info = torch.linalg.lu_factor_ex({numbers}{turned})")
    rows = shape(op.order.type)[-1]
    if rows:
        unpacked = f"torch.lu_unpack({packed}, {order}, unpack_data=False)[0]"
        launcher.put(f"{order} = {unpacked}.abs().argmax(-2)")
    else:
        launcher.allocate(op.order, "zeros")
    packed_parts = f"torch.view_as_real({packed}{turned})" if op.is_complex else packed + turned
    launcher.put(f"{packed} = {packed_parts}.contiguous()")


def _triangular(launcher: Launcher, op: ten.TriangularSolveOp, names: list[str], made: str) -> None:
    """The call of torch's solver, which has an own word for the triangle of the adjoint matrix."""
    t, b = (f"torch.view_as_complex({x})" if op.is_complex else x for x in names)
    if op.is_adjoint:
        t = f"{t}.mH"
    upper = op.is_lower == op.is_adjoint
    unit = ", unitriangular=True" if op.is_unit else ""
    solved = f"torch.linalg.solve_triangular({t}, {b}, upper={upper}{unit})"
    if op.is_complex:
        solved = f"torch.view_as_real({solved}.resolve_conj())"
    launcher.put(f"{made} = {solved}.contiguous()")


def _symmetric(launcher: Launcher, op: ten.SymmetricSolveOp, names: list[str], made: str) -> None:
    """The call of torch's solver for any matrices: its symmetric one has no batches on a GPU."""
    (a, b), (half, sign) = names, ("tril", "-") if op.is_lower else ("triu", "")
    launcher.put(f"{made}_a = {a}.{half}() + {a}.{half}({sign}1).mT")
    launcher.put(f"{made}, {made}_info = torch.linalg.solve_ex({made}_a, {b})")
    failed = f"({made}_info != 0) | ~{made}_a.isfinite().all(-1).all(-1)"
    masked = f"{made}.masked_fill(({failed})[..., None, None], torch.nan)"
    launcher.put(f"{made} = {masked}.contiguous()")
    launcher.put(f"del {made}_a")


def _integer_products(launcher: Launcher, op: ten.EinsumOp, names: list[str], made: str) -> None:
    """
    Products of integers, broadcast and summed: torch multiplies no matrices of these on a GPU.
    """
    words, output = op.letters
    space = "".join(dict.fromkeys(output + "".join(words)))
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    factors = []
    for word, name in zip(words, names):
        own = "".join(c for c in space if c in word)
        size = tuple(sizes[c] if c in word else 1 for c in space)
        view = name if own == word else f'torch.einsum("{word}->{own}", {name})'
        factors.append(f"{view}.reshape({size})")
    summed = tuple(range(len(output), len(space)))
    dtype = f"torch.{storage(op.result.type)}"
    total = f"({' * '.join(factors)})" if len(factors) > 1 else factors[0]
    launcher.put(
        f"{made} = {total}.sum({summed}, dtype={dtype})" if summed else f"{made} = {total}"
    )


def _matmul(op: ten.EinsumOp, names: list[str]) -> str | None:
    """
    `torch.matmul` for an einsum that is one product of matrices, with batches in front: its call
    takes a fraction of the time that `torch.einsum` takes to read the letters.
    """
    words, output = op.letters
    if len(words) != 2 or any(len(set(w)) < len(w) for w in (*words, output)):
        return None
    batch, (m, n) = output[:-2], output[-2:] if len(output) >= 2 else ("", "")
    for (left, right), (a, b) in (
        (words, (names[0], names[1])),
        ((words[1], words[0]), (names[1], names[0])),
    ):
        inner = "".join(c for c in left if c in right and c not in output)
        if len(inner) != 1:
            return None
        if left in (batch + m + inner, batch + inner + m) and right in (
            batch + inner + n,
            batch + n + inner,
        ):
            a = a if left.endswith(inner) else f"{a}.mT"
            b = b if right.endswith(n) else f"{b}.mT"
            return f"torch.matmul({a}, {b})"
    return None


def find_function_name(
    launcher: Launcher, op: func.CallOp | delta.CustomVjpOp | delta.CustomJvpOp
) -> str:
    name = op.callee.string_value()
    if name not in launcher.file.functions:
        raise LetgradError(f"there is no function @{name} with a body", op)
    return launcher.file.functions[name]


def _if(launcher: Launcher, op: scf.IfOp, condition: str, made: list[str]) -> None:
    for head, region in ((f"if {condition}.item():", op.true_region), ("else:", op.false_region)):
        if not region.blocks:
            continue
        launcher.put(head)
        with launcher.indented():
            _region(launcher, region.block, made)


def _for(launcher: Launcher, op: scf.ForOp, names: list[str], made: list[str]) -> None:
    low, high, step, *carried = names
    for name, value in zip(made, carried):
        launcher.put(f"{name} = {value}")
    index, *arguments = op.body.block.args
    i = launcher.name_of(index)
    launcher.put(f"for {i} in range({low}.item(), {high}.item(), {step}.item()):")
    with launcher.indented():
        dtype = storage(index.type)
        launcher.put(f"{i} = torch.full((), {i}, dtype=torch.{dtype}, device=DEVICE)")
        for argument, name in zip(arguments, made):
            launcher.value[argument] = name
        _region(launcher, op.body.block, made)


def _scan(launcher: Launcher, op: ten.ScanOp, names: list[str], made: list[str]) -> None:
    carried, length = len(op.inits), str(op.trips)
    if op.turns is not None:
        length = f"max(0, min({names.pop()}.item(), {op.trips}))"
    for name, value in zip(made, names[:carried]):
        launcher.put(f"{name} = {value}")
    for y in op.results[carried:]:
        launcher.allocate(y, "empty" if op.turns is None else "zeros")
    step = launcher.names.fresh("step") if launcher.loops else "step"
    steps = f"reversed(range({length}))" if op.reverse is not None else f"range({length})"
    launcher.put(f"for {step} in {steps}:")
    with launcher.indented(), launcher.repeated(op.trips):
        block = op.body.block
        for argument, name in zip(block.args[:carried], made):
            launcher.value[argument] = name
        for argument, name in zip(block.args[carried:], names[carried:]):
            launcher.put(f"{launcher.name_of(argument)} = {name}[{step}]")
        block, given = _body(launcher, block)
        rows = [f"{name}[{step}]" for name in made[carried:]]
        for x, row in zip(given[carried:], rows):
            if isinstance(x.owner, Operation) and x.owner.parent is block:
                launcher.places.setdefault(x, row)
        places = dict(launcher.places)
        launcher.block(block)
        written = {row for x, row in places.items() if row in rows and x not in launcher.places}
        targets, values = made[:carried], list(given[:carried])
        for x, row in zip(given[carried:], rows):
            launcher.places.pop(x, None)
            if row not in written:
                targets.append(row)
                values.append(x)
                launcher.note("copy", "row", (x,), (x,))
        if targets:
            launcher.put(f"{', '.join(targets)} = {', '.join(map(launcher.name_of, values))}")
        # A row that has a name keeps the memory of all rows.
        views = [launcher.name_of(x) for x in dict.fromkeys(given) if places.get(x) in written]
        if views:
            launcher.put(f"del {', '.join(views)}")
    unread = [name for name, r in zip(made[:carried], op.results) if r.first_use is None]
    if unread:
        launcher.put(f"del {', '.join(unread)}")


def _body(launcher: Launcher, block: Block) -> tuple[Block, Sequence[SSAValue]]:
    """
    The ops of a step, and the values that it gives. If a function has them, and nothing else calls
    the function, the launcher takes its steps without a call.
    """
    last, call = block.last_op, block.first_op
    assert last is not None
    if not isinstance(call, func.CallOp) or call.next_op is not last:
        return block, last.operands
    function = launcher.file.bodies.get(call.callee.string_value())
    if function is None:
        return block, last.operands
    inner = block_of(function.body, function)
    for argument, x in zip(inner.args, call.operands):
        launcher.value[argument] = launcher.name_of(x)
    results = inner.last_op.operands  # type: ignore[union-attr]
    return inner, [
        results[call.results.index(x)] if x in call.results else x for x in last.operands
    ]


def _while(launcher: Launcher, op: ten.WhileOp, names: list[str], made: list[str]) -> None:
    for name, value in zip(made, names):
        launcher.put(f"{name} = {value}")
    left = launcher.names.fresh("left")
    head = "while True:" if op.most is None else f"for {left} in range({op.most}):"
    launcher.put(head)
    with launcher.indented():
        for region in op.regions:
            for argument, name in zip(region.block.args, made):
                launcher.value[argument] = name
        launcher.block(op.condition.block)
        launcher.put(f"if not {launcher.name_of(op.goes_on)}.item():")
        with launcher.indented():
            launcher.put("break")
        _region(launcher, op.block, made)


def _region(launcher: Launcher, block: Block, made: list[str]) -> None:
    launcher.block(block)
    last = block.last_op
    assert last is not None
    given = [launcher.name_of(x) for x in last.operands]
    launcher.put(f"{', '.join(made)} = {', '.join(given)}" if made else "pass")
