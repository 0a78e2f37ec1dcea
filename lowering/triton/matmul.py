"""
Products of matrices, as tiles of `tl.dot`: `ten.einsum` of two operands, with batches, in any
layout.

A letter of both operands and the result is a batch. A letter of one operand and the result is a row
or a column. The product sums over a letter of both operands alone. If a nest reads the product at
its own indices, the kernel computes the nest before it stores the tile (the epilogue). Blocks of
the sum have one size in all configurations that Triton tries. So the order of a sum does not depend
on the configuration that is the fastest.

A product with few tiles and a long sum would leave most of the card idle. Its sum is cut into parts
(split-K): each program adds up one part of one tile, in float32, and a second kernel adds up the
parts in their order. The sizes alone decide how many parts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from xdsl.dialects.builtin import IndexType
from xdsl.ir import Operation, OpResult, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from ..nests.join_windows import are_windows
from .codegen import FREE, Writer
from .expressions import Expr, storage
from .index_forms import NARROW, Form, Indices
from .kernels import Buffer, Kernel, Output, bits
from .tiles import MULTIPROCESSORS, Axis

CONFIGS = {
    2: (
        64,
        [
            (64, 64, 4, 3),
            (128, 256, 8, 3),
            (256, 128, 8, 3),
            (128, 128, 8, 3),
            (128, 128, 4, 4),
            (128, 64, 4, 4),
            (64, 128, 4, 4),
            (64, 256, 4, 4),
        ],
    ),
    4: (
        32,
        [
            (64, 64, 4, 3),
            (128, 128, 8, 3),
            (128, 64, 4, 3),
            (64, 128, 4, 3),
            (64, 32, 4, 4),
            (32, 64, 4, 4),
        ],
    ),
}
"""By the bytes of an element, the block of the sum, and rows, columns, warps and stages to try."""

GROUP = 8
"""Rows of tiles that programs go through together: their operands stay in the cache."""


@dataclass(frozen=True)
class Product:
    """The letters of an einsum by their roles."""

    batch: str
    rows: str
    columns: str
    inner: str


def product(op: ten.EinsumOp) -> Product | None:
    """
    An einsum as a batched product of matrices.

    Requires: two operands of 16 or 32 bits, no letter twice in one operand, no sum over a letter of
    one operand alone, and sizes for which tiles pay.
    """
    words, output = op.letters
    if (
        len(words) != 2
        or not types.is_float(types.element(op.result.type))
        or bits(op.result.type) > 32
    ):
        return None
    a, b = words
    if len(set(a)) < len(a) or len(set(b)) < len(b) or len(set(output)) < len(output):
        return None
    if any((c in a) != (c in b) and c not in output for c in a + b):
        return None
    parts = Product(
        "".join(c for c in output if c in a and c in b),
        "".join(c for c in output if c not in b),
        "".join(c for c in output if c not in a),
        "".join(c for c in a if c in b and c not in output),
    )
    sizes = letter_sizes(op)
    if not parts.inner or 0 in sizes.values():
        return None
    return parts


def letter_sizes(op: ten.EinsumOp) -> dict[str, int]:
    return {c: n for w, x in zip(op.letters[0], op.xs) for c, n in zip(w, shape(x.type))}


def epilogue(op: ten.EinsumOp) -> kernel.GenericOp | None:
    """
    The first nest that reads a product, if the nest reads it at its own indices and stores all its
    results.
    """
    users = {use.operation for use in op.result.uses}
    nests = {outermost(user, op) for user in users}
    if None in nests:
        return None
    block = op.parent
    assert block is not None
    following = op.next_op
    while following is not None and following not in nests:
        following = following.next_op
    if not isinstance(following, kernel.GenericOp) or ints(following.loops) != shape(
        op.result.type
    ):
        return None
    if any(combiner != "store" for combiner, _ in following.outputs):
        return None
    for inner in following.block.ops:
        if op.result in inner.operands:
            if not isinstance(inner, kernel.LoadOp) or list(inner.indices) != list(
                following.block.args
            ):
                return None
    return following


FEW = 4
"""Ops on numbers that a product computes for each element of an operand, at most."""


def windows(x: SSAValue) -> kernel.GenericOp | None:
    """
    The nest of an operand that the kernels of products compute themselves, block by block (a
    prologue): it has more elements than the tensors that it reads, and is not in memory.
    """
    nest = x.owner
    if not isinstance(nest, kernel.GenericOp) or not are_windows(nest):
        return None
    work = [op for op in nest.block.ops if not isinstance(op, (*FREE, kernel.LoadOp))]
    work = [op for op in work if not any(isinstance(r.type, IndexType) for r in op.results)]
    if len(work) - len(nest.res) > FEW:
        return None
    users = [use.operation for y in nest.res for use in y.uses]
    return nest if all(isinstance(u, ten.EinsumOp) and product(u) for u in users) else None


def outermost(user: Operation, op: Operation) -> Operation | None:
    """The op of the same block that a user is, or is inside of."""
    at: Operation | None = user
    while at is not None and at.parent is not op.parent:
        at = at.parent_op()
    return at


SHORTEST_PART = 8
"""The blocks of a sum that one program adds up at least, if several share a tile."""


def steps_of_parts(op: ten.EinsumOp, parts: Product) -> int:
    """
    The blocks of the sum that one program adds up, if several share a tile (split-K); 0 if none do.

    Tiles are shared if less than half of the multiprocessors would have one, as far as the parts
    move fewer bytes than the operands.
    """
    sizes = letter_sizes(op)
    batch, rows, columns, inner = (
        prod(sizes[c] for c in word)
        for word in (parts.batch, parts.rows, parts.columns, parts.inner)
    )
    block, configs = CONFIGS[_bytes(op)]
    m, n, *_ = configs[0]
    tiles = batch * -(-rows // m) * -(-columns // n)
    read = sum(types.size(x.type) * bits(x.type) // 8 for x in op.xs)
    moved = 2 * 4 * types.size(op.result.type)
    blocks = -(-inner // block)
    many = min(2 * MULTIPROCESSORS // tiles, blocks // SHORTEST_PART, read // moved)
    return -(-blocks // many) if many > 1 and 2 * tiles <= MULTIPROCESSORS else 0


@dataclass(frozen=True)
class Tiling:
    """The tiling of a product: its axes, the loop of each letter, and the sizes of blocks."""

    loop: dict[str, int]
    batch: Axis
    rows: Axis
    columns: Axis
    inner: Axis
    most: int
    """The longest side of a tile in all configurations that are tried."""
    steps: int
    """The blocks of the sum that one program adds up, if several share a tile; else 0."""

    @property
    def parts(self) -> int:
        """How many programs share a tile."""
        return -(-self.inner.size // (self.steps * self.inner.block)) if self.steps else 1

    @classmethod
    def of(cls, op: ten.EinsumOp, parts: Product) -> Tiling:
        sizes = letter_sizes(op)
        loop = {c: d for d, c in enumerate(op.letters[1] + parts.inner)}
        block, configs = CONFIGS[bits(op.result.type) // 8]
        m, n, *_ = configs[0]

        def axis(word: str, block: int = 1, dim: int | None = None) -> Axis:
            return Axis([loop[c] for c in word], prod(sizes[c] for c in word), block, dim)

        return cls(
            loop,
            axis(parts.batch),
            axis(parts.rows, m, 0),
            axis(parts.columns, n, 1),
            axis(parts.inner, block),
            max(max(c[0], c[1]) for c in configs),
            steps_of_parts(op, parts),
        )

    def axis(self, name: str) -> Axis:
        """The axis whose indices a kernel calls `m`, `n` or `k`."""
        return {"m": self.rows, "n": self.columns, "k": self.inner}[name]

    def is_masked(self, name: str) -> bool:
        """Whether a block may reach beyond the end of an axis, in some configuration."""
        return self.axis(name).size % (self.inner.block if name == "k" else self.most) != 0


AXES = {"m": 1, "n": 2, "k": 3}
"""The places of the axes of a tile among those of a kernel; the batch is 0."""

SUFFIXES = "[:, None]", "[None, :]"
"""The suffixes that make rows and columns of a tile of indices."""


class ProductWriter(Writer):
    """Writes the kernel of one product."""

    def product(
        self, op: ten.EinsumOp, parts: Product, nest: kernel.GenericOp | None, keep: bool
    ) -> Kernel:
        """
        The kernel; with `keep` it stores the product itself too, beside what `nest` makes of it.
        If several programs share a tile, there is no nest, and the kernel stores their parts in a
        buffer, which is its only output.
        """
        tiling = Tiling.of(op, parts)
        wide = any(types.size(x.type) >= NARROW for x in (*op.xs, op.result))
        self._lay_out_product(op, parts, tiling)
        self._tiles(tiling)
        for name in "mn":
            block = f"BLOCK_{name.upper()}"
            text = f"pid_{name} * {block} + tl.arange(0, {block})"
            self.put(f"{name} = ({text}).to(tl.int64)" if wide else f"{name} = {text}")
        self._sum(op, tiling, wide)
        outputs: list[SSAValue | Buffer] = []
        if tiling.steps:
            assert nest is None
            outputs.append(self._store_part(op, tiling, wide))
            return self._finish_product(op, tiling, outputs)
        value = self._sum_in_type(op, tiling, wide)
        if nest is not None and value.text != "acc":
            value = self.let(self.value_name(op.result), value)
        if nest is None or keep:
            dims = tuple(range(len(op.letters[1])))
            self._store(Output("store", op.result, dims, op.result), value)
            outputs.append(op.result)
        if nest is not None:
            self.known[op.result] = value
            outputs += self._epilogue(nest, len(parts.inner))
        return self._finish_product(op, tiling, outputs)

    def _lay_out_product(self, op: ten.EinsumOp, parts: Product, tiling: Tiling) -> None:
        self.letters, sizes = "".join(tiling.loop), letter_sizes(op)
        self.sizes = tuple(sizes[c] for c in self.letters)
        self.axes = [tiling.batch, tiling.rows, tiling.columns, tiling.inner]
        self.tile, self.block_names = [1, 2], {1: "BLOCK_M", 2: "BLOCK_N"}
        self.constants = {
            "BLOCK_M": tiling.rows.block,
            "BLOCK_N": tiling.columns.block,
            "BLOCK_K": tiling.inner.block,
        }
        self.names.used |= {
            "pid",
            "part",
            "group",
            "tiles_m",
            "tiles_n",
            "height",
            "acc",
            *self.constants,
        }
        self.names.used |= {"m", "n", "k", "o"}

    def _sum(self, op: ten.EinsumOp, tiling: Tiling, wide: bool) -> None:
        """The tile `acc` of the product, block by block of the sum."""
        self.put("acc = tl.full([BLOCK_M, BLOCK_N], 0.0, tl.float32)")
        first, end = "0", str(tiling.inner.size)
        if tiling.steps:
            first = f"part * {tiling.steps * tiling.inner.block}"
            end = f"min({first} + {tiling.steps * tiling.inner.block}, {end})"
        self.put(f"for step in range({first}, {end}, BLOCK_K):")
        self.indent = "    "
        self.put(f"k = step + tl.arange(0, BLOCK_K){'.to(tl.int64)' if wide else ''}")
        a, b = (
            self._block(op, n, sides, tiling, wide)
            for n, sides in enumerate((("m", "k"), ("k", "n")))
        )
        exact = bits(op.result.type) != 16 and not self.scalars.fast
        precision = ', input_precision="ieee"' if exact else ""
        self.put(f"acc = tl.dot({a.text}, {b.text}, acc{precision})")
        self.indent = ""

    def _block(
        self, op: ten.EinsumOp, n: int, sides: tuple[str, str], tiling: Tiling, wide: bool
    ) -> Expr:
        """The block of the operand n that a step reads; 0 beyond the ends of the operand."""
        word, x = op.letters[0][n], op.xs[n]
        self._at(*sides, "int64" if wide else "int32")
        if (nest := windows(x)) is not None:
            assert isinstance(x, OpResult)
            return self._prologue(x, nest, [tiling.loop[c] for c in word], sides, tiling)
        offset = self.offset(self._form(word, x, tiling.loop), types.size(x.type) >= NARROW)
        address = self.address(self.pointer(x), offset)
        if not {AXES[side] for side in sides} <= offset.dims:
            shape_text = f"[{', '.join(f'BLOCK_{side.upper()}' for side in sides)}]"
            offset = self.scalars.tensor(offset)
            address = f"{self.pointer(x)} + tl.broadcast_to({offset.text}, {shape_text})"
        inside = [
            f"{side}{suffix} < {tiling.axis(side).size}"
            for side, suffix in zip(sides, SUFFIXES)
            if tiling.is_masked(side)
        ]
        mask = inside[0] if len(inside) == 1 else " & ".join(f"({text})" for text in inside)
        given = f", mask={mask}, other=0.0" if mask else ""
        self.reads += types.size(x.type) * bits(x.type) // 8
        return self.let(self.value_name(x), Expr(f"tl.load({address}{given})", storage(x.type)))

    def _prologue(
        self,
        x: OpResult,
        nest: kernel.GenericOp,
        loops: Sequence[int],
        sides: tuple[str, str],
        tiling: Tiling,
    ) -> Expr:
        """The block that a step reads of the result x of a nest over these loops."""
        yielded = nest.yielded[x.index]
        known, loaded, conditions = dict(self.known), dict(self.loaded), dict(self.conditions)
        for side, suffix in zip(sides, SUFFIXES):
            if tiling.is_masked(side):
                k, text = AXES[side], f"({side}{suffix} < {tiling.axis(side).size})"
                self.conditions[k] = Expr(text, "int1", frozenset([k]))
        inside = self.inside(AXES[side] for side in sides)
        self.arguments_of_loops = dict(zip(nest.block.args, loops))
        indices = Indices([], self.sizes)
        for arg, d in self.arguments_of_loops.items():
            indices.forms[arg] = tuple(int(d == e) for e in range(len(self.sizes))), 0
            indices.bounds[arg] = 0, self.sizes[d] - 1
        self.fills = True
        (value,) = self.body(nest.block, [yielded], indices)
        name = value.text
        self.fills, self.known, self.loaded, self.conditions = False, known, loaded, conditions
        if inside is not None and not isinstance(yielded.owner, kernel.LoadOp):
            text = f"tl.where({inside.text}, {value.text}, 0.0)"
            value = replace(value, text=text, dims=value.dims | inside.dims, level=9)
        if not {AXES[side] for side in sides} <= value.dims:
            shape_text = f"[{', '.join(f'BLOCK_{side.upper()}' for side in sides)}]"
            value = self.scalars.tensor(value)
            value = replace(value, text=f"tl.broadcast_to({value.text}, {shape_text})", level=9)
        if value.dtype != storage(x.type):
            value = replace(value, text=f"{value.at(9)}.to(tl.{storage(x.type)})", level=9)
        return value if value.text == name else self.let(f"{name}_block", value)

    def _store_part(self, op: ten.EinsumOp, tiling: Tiling, wide: bool) -> Buffer:
        """The sum as one part of the element, in float32."""
        self._conditions(tiling, wide)
        name = self.fresh_global(f"{self.value_name(op.result)}_parts")
        buffer = Buffer(name, "float32", (tiling.parts, *shape(op.result.type)))
        size = types.size(op.result.type)
        dims = tuple(range(len(op.letters[1])))
        offset = self._place(Output("store", op.result, dims, op.result))
        part = Expr(f"part * {size}", "int32", level=6)
        if tiling.parts * size >= NARROW:
            part = Expr(f"part.to(tl.int64) * {size}", "int64", level=6)
            offset = self.scalars.to(offset, "int64")
        self.store(
            buffer,
            self.scalars.infix("+", part, offset),
            Expr("acc", "float32", frozenset([1, 2])),
            self.inside([1, 2]),
        )
        return buffer

    def _sum_in_type(self, op: ten.EinsumOp, tiling: Tiling, wide: bool) -> Expr:
        """The sum as a value of the result's type, at indices of which is known what is inside."""
        self._conditions(tiling, wide)
        return self.scalars.round(Expr("acc", "float32", frozenset([1, 2])), op.result.type)

    def _conditions(self, tiling: Tiling, wide: bool) -> None:
        """Take the indices of the tile's elements, and say which of them are inside."""
        self._at("m", "n", "int64" if wide else "int32")
        for name, suffix in zip("mn", SUFFIXES):
            if tiling.is_masked(name):
                k, text = AXES[name], f"{name}{suffix} < {tiling.axis(name).size}"
                self.conditions[k] = self.let(f"{name}_in", Expr(text, "int1", frozenset([k])))

    def _epilogue(self, nest: kernel.GenericOp, inner: int) -> list[SSAValue]:
        """Store the results of a nest on the product. Its loops are all letters but the last."""
        self.arguments_of_loops = {arg: d for d, arg in enumerate(nest.block.args)}
        indices = Indices(nest.block.args, ints(nest.loops))
        for x in nest.block.ops:
            indices.visit(x)
        more = (0,) * inner
        indices.forms = {x: ((*f[0], *more), f[1]) for x, f in indices.forms.items()}
        indices.sizes = self.sizes
        values = self.body(nest.block, nest.yielded, indices)
        for (combiner, dims), x, to in zip(nest.outputs, values, nest.res):
            self._store(Output(combiner, to, dims, to), x)
        return list(nest.res)

    def _finish_product(
        self, op: ten.EinsumOp, tiling: Tiling, outputs: list[SSAValue | Buffer]
    ) -> Kernel:
        k = self.finish(self.name, outputs, storage(op.result.type))
        k.work, k.points, k.matrix = 2 * prod(self.sizes), types.size(op.result.type), True
        _, _, k.warps, k.stages = CONFIGS[bits(op.result.type) // 8][1][0]
        b, rows, columns = tiling.batch.size, tiling.rows, tiling.columns
        b *= tiling.parts
        k.grid = b * -(-rows.size // rows.block) * -(-columns.size // columns.block)
        count = f"{b} * " if b > 1 else ""
        k.grid_text = (
            f'lambda tile: ({count}triton.cdiv({rows.size}, tile["BLOCK_M"])'
            f' * triton.cdiv({columns.size}, tile["BLOCK_N"]),)'
        )
        return k

    def loop_name(self, d: int) -> str:
        return self.names.fresh(f"at_{self.letters[d]}")

    def _tiles(self, tiling: Tiling) -> None:
        """The part, batch and tile of a program; tiles come in groups of rows."""
        batch, rows, columns = tiling.batch, tiling.rows, tiling.columns
        self.put("pid = tl.program_id(0)")
        self.put(f"tiles_m = tl.cdiv({rows.size}, BLOCK_M)")
        self.put(f"tiles_n = tl.cdiv({columns.size}, BLOCK_N)")
        if tiling.steps:
            # Programs of one part are neighbours, which read rows and columns of each other.
            around = f"{batch.size} * " if batch.size > 1 else ""
            self.put(f"part = pid // ({around}tiles_m * tiles_n)")
            self.put(f"pid = pid % ({around}tiles_m * tiles_n)")
        if batch.size > 1:
            name = batch.name if len(batch.loops) == 1 else self.names.fresh("batch")
            self.put(f"{name} = pid // (tiles_m * tiles_n)")
            self.put("pid = pid % (tiles_m * tiles_n)")
            self.batch = Expr(name, "int32")
        else:
            self.batch = Expr("0", "int32", literal=True)
        self.put(f"group = pid // ({GROUP} * tiles_n)")
        self.put(f"height = min(tiles_m - group * {GROUP}, {GROUP})")
        self.put(f"pid_m = group * {GROUP} + pid % ({GROUP} * tiles_n) % height")
        self.put(f"pid_n = pid % ({GROUP} * tiles_n) // height")

    def _at(self, left: str, right: str, dtype: str) -> None:
        """Take the indices of two axes as those along both dimensions of a tile."""
        self.loops.clear()
        self.set_axis(0, self.batch)
        for name, suffix in zip((left, right), SUFFIXES):
            k = AXES[name]
            self.set_axis(k, Expr(f"{name}{suffix}", dtype, frozenset([k])))

    def _form(self, word: str, x: SSAValue, loop: dict[str, int]) -> Form:
        moves, stride = [0] * len(self.sizes), 1
        for c, n in reversed(list(zip(word, shape(x.type)))):
            moves[loop[c]], stride = stride, stride * n
        return tuple(moves), 0

    def _store(self, output: Output, value: Expr) -> None:
        value = (
            self.scalars.to(value, "int64")
            if value.dtype == "int32" and storage(output.value.type) == "int64"
            else value
        )
        self.store(output.to, self._place(output), value, self.inside([1, 2]))

    def _place(self, output: Output) -> Expr:
        """The offsets at which the elements of the tile are in a result."""
        offset = self.offset(self.writes_of(output), types.size(output.value.type) >= NARROW)
        if not {1, 2} <= offset.dims:
            offset = self.scalars.make(
                f"tl.broadcast_to({self.scalars.tensor(offset).text}, {self.tile_shape})",
                offset.dtype,
                offset,
            )
            offset = replace(offset, dims=frozenset([1, 2]))
        return offset


CANDIDATES = 4
"""How many shapes of tiles are timed for a product. Each costs a compilation."""


def candidates(op: ten.EinsumOp, parts: Product) -> tuple[int, ...]:
    """
    The places in `CONFIGS` of the shapes of tiles to time for a product, the likely best one first.

    A tile takes as long as its products, or as the loads of its rows and columns, which larger
    tiles share more; and a card takes as long as its busiest multiprocessor.
    """
    sizes = letter_sizes(op)
    batch, rows, columns = (
        prod(sizes[c] for c in word) for word in (parts.batch, parts.rows, parts.columns)
    )
    _, configs = CONFIGS[_bytes(op)]
    batch *= Tiling.of(op, parts).parts

    def cost(k: int) -> tuple[float, int]:
        m, n, warps, _ = configs[k]
        waves = -(-batch * -(-rows // m) * -(-columns // n) // MULTIPROCESSORS)
        return waves * (m * n + 64 * (m + n)) * (1 + 1 / warps), k

    return tuple(sorted(range(len(configs)), key=cost)[:CANDIDATES])


def _bytes(op: ten.EinsumOp) -> int:
    return 2 if storage(op.result.type) != "float32" else 4


def configurations(op: ten.EinsumOp, chosen: Sequence[int]) -> str:
    """The definition, under its name, of the configurations to time for a product."""
    block, configs = CONFIGS[_bytes(op)]

    def text(k: int) -> str:
        m, n, w, s = configs[k]
        sizes = f'{{"BLOCK_M": {m}, "BLOCK_N": {n}, "BLOCK_K": {block}}}'
        return f"triton.Config({sizes}, num_warps={w}, num_stages={s})"

    name = configurations_name(op, chosen)
    return "\n".join(
        [
            f"{name} = [",
            *(f"    {text(k)}," for k in chosen),
            "]",
            "if triton.knobs.runtime.interpret:  # There is nothing to time.",
            f"    {name} = [{text(0)}]",
        ]
    )


def configurations_name(op: ten.EinsumOp, chosen: Sequence[int]) -> str:
    return f"TILES_{8 * _bytes(op)}_{''.join(map(str, chosen))}"
