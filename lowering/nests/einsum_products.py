"""
Einsums of any form as products of two matrices that lie in memory as a library takes them.

Outside of loops, NumPy orders the operands of an einsum, and copies those that lie in another way.
In the body of a loop nothing calls NumPy, so ops do this:

    einsum("iij,…")     →  the diagonal of the operand, and an einsum of it
    einsum("ijk,jl->…") →  the sum over k, an index of one operand alone, and an einsum of it
    einsum(x, y, z, …)  →  einsum(einsum(x, y), z, …), in the order that computes least
    einsum(x, y)        →  einsum("bmk,bkn->bmn") of operands whose dimensions are in this order
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, f32
from xdsl.ir import SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import arrays, ten, types
from ...dialects.types import shape
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.functions import by_name
from .matrix_products import Product, product

EXACT_PATH = 5
"""The operands from which on a product takes the best pair next, and looks no further."""

LOOPS = ten.ScanOp, ten.WhileOp, scf.ForOp


def called_in_loops(module: ModuleOp) -> set[str]:
    """The functions that loops call, directly or through others."""
    functions = by_name(module)
    found: set[str] = set()
    pending = [
        call.callee.string_value()
        for op in module.walk()
        if isinstance(op, LOOPS)
        for call in op.walk()
        if isinstance(call, func.CallOp)
    ]
    while pending:
        name = pending.pop()
        if name in found or name not in functions:
            continue
        found.add(name)
        for op in functions[name].walk():
            if isinstance(op, func.CallOp):
                pending.append(op.callee.string_value())
    return found


@dataclass(frozen=True)
class Groups:
    """The letters of a product of matrices, y[batch, rows, columns] = Σ over inner of …"""

    batch: str
    rows: str
    inner: str
    columns: str

    @staticmethod
    def of(words: Sequence[str], output: str) -> Groups:
        """Of two words in which each letter is once, and none of the sum is in one word alone."""
        x, y = words
        return Groups(
            "".join(c for c in output if c in x and c in y),
            "".join(c for c in output if c not in y),
            "".join(c for c in x if c not in output),
            "".join(c for c in output if c not in x),
        )

    @property
    def words(self) -> list[str]:
        return [self.batch + self.rows + self.inner, self.batch + self.inner + self.columns]

    @property
    def output(self) -> str:
        return self.batch + self.rows + self.columns


def matrices_of(op: ten.EinsumOp) -> Groups | None:
    """The groups of letters of an einsum whose dimensions are in their order."""
    words, output = op.letters
    if len(words) != 2 or any(len(set(w)) < len(w) for w in words):
        return None
    if set(words[0]) - set(output) != set(words[1]) - set(output):
        return None
    groups = Groups.of(words, output)
    return groups if groups.words == list(words) and groups.output == output else None


IsLoop = Callable[[ten.EinsumOp], bool]


def write_as_products(function: func.FuncOp, is_loop: IsLoop) -> None:
    """
    Write the einsums of a function as products of matrices. If `is_loop`, an einsum stays, because
    the caller makes a nest of it.
    """
    for block in function.body.blocks:
        for op in list(block.ops):
            if isinstance(op, ten.EinsumOp) and _is_real(op):
                _Writer(op, is_loop).write()


def _is_real(op: ten.EinsumOp) -> bool:
    values = [*op.xs, op.result]
    if any(isinstance(x.type, types.Term) for x in values):
        return False
    element = types.element(op.result.type)
    return types.is_float(element) or types.is_integer(element)


class _Writer:
    def __init__(self, op: ten.EinsumOp, is_loop: IsLoop):
        self.op, self.is_loop = op, is_loop
        self.e = Emitter.before(op)
        words, self.output = op.letters
        self.sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}

    def write(self) -> None:
        op = self.op
        if self._stays(op):
            return
        words, output = op.letters
        pairs = [self._diagonal(w, x) for w, x in zip(words, op.xs)]
        for k in range(len(pairs)):
            others = {c for j, (w, _) in enumerate(pairs) if j != k for c in w}
            pairs[k] = self._summed(*pairs[k], {*output, *others})
        while len(pairs) > 2:
            pairs = self._joined(pairs)
        value = self._einsum([w for w, _ in pairs], output, [x for _, x in pairs])
        count("write-as-product(ten.einsum)")
        value.name_hint = op.result.name_hint
        Rewriter.replace_op(op, [], [value])

    def _stays(self, op: ten.EinsumOp) -> bool:
        """Whether machine code has the einsum as it is."""
        if self.is_loop(op):
            return True
        element = types.element(op.result.type)
        if types.is_integer(element):
            return matrices_of(op) is not None
        # Floats of 16 bits are multiplied as float32.
        operands = [
            x.type if arrays.dtype(element).itemsize > 2 else types.of_shape(shape(x.type), f32)
            for x in op.xs
        ]
        return isinstance(product(*op.letters, operands), Product)

    def _diagonal(self, word: str, x: SSAValue) -> tuple[str, SSAValue]:
        """The operand with each of its indices once."""
        e = self.e
        while len(set(word)) < len(word):
            c = next(c for c in word if word.count(c) > 1)
            i = word.index(c)
            j = word.index(c, i + 1)
            others = [k for k in range(len(word)) if k not in (i, j)]
            if (i, j) != (0, 1):
                x = e(ten.TransposeOp(x, [i, j, *others]))
            n, _, *rest = shape(x.type)
            x = e(ten.ReshapeOp(x, [n * n, *rest]))
            zeros, ones = [0] * len(rest), [1] * len(rest)
            x = e(ten.SliceOp(x, [0, *zeros], [n, *rest], [n + 1, *ones]))
            word = c + "".join(word[k] for k in others)
        return word, x

    def _summed(self, word: str, x: SSAValue, wanted: set[str]) -> tuple[str, SSAValue]:
        """The operand without the indices that only it has, and that are summed over."""
        alone = [k for k, c in enumerate(word) if c not in wanted]
        if not alone:
            return word, x
        return "".join(c for c in word if c in wanted), self.e(ten.SumOp(x, alone))

    def _joined(self, pairs: list[tuple[str, SSAValue]]) -> list[tuple[str, SSAValue]]:
        """The operands, with one for two of them."""
        spec = f"{','.join(w for w, _ in pairs)}->{self.output}"
        shapes = [np.broadcast_to(np.float64(0), shape(x.type)) for _, x in pairs]
        kind = "optimal" if len(pairs) < EXACT_PATH else "greedy"
        a, b = np.einsum_path(spec, *shapes, optimize=kind)[0][1][:2]
        rest = [pair for k, pair in enumerate(pairs) if k not in (a, b)]
        (v, x), (w, y) = pairs[a], pairs[b]
        wanted = {*self.output, *(c for word, _ in rest for c in word)}
        output = "".join(c for c in dict.fromkeys(v + w) if c in wanted)
        # An index of this pair alone is summed over in both, or in one of them.
        (v, x), (w, y) = self._summed(v, x, wanted | set(w)), self._summed(w, y, wanted | set(v))
        return [*rest, (output, self._einsum([v, w], output, [x, y]))]

    def _einsum(self, words: Sequence[str], output: str, xs: Sequence[SSAValue]) -> SSAValue:
        """An einsum of at most two operands, with its dimensions in the order of its groups."""
        op = self._made(words, output, xs)
        if self._stays(op):
            return op.result
        op.detach()
        op.erase()
        groups = Groups.of(words, output)
        b, m, k, n = (
            prod(self.sizes[c] for c in group)
            for group in (groups.batch, groups.rows, groups.inner, groups.columns)
        )
        letters = ("bmk", "bkn", "bmn") if groups.batch else ("mk", "kn", "mn")
        head = [b] if groups.batch else []
        moved = [
            self._sized(self._moved(x, w, word), size)
            for x, w, word, size in zip(xs, words, groups.words, ([*head, m, k], [*head, k, n]))
        ]
        made = self._made(letters[:2], letters[2], moved)
        y = self._sized(made.result, [self.sizes[c] for c in groups.output])
        return self._moved(y, groups.output, output)

    def _made(self, words: Sequence[str], output: str, xs: Sequence[SSAValue]) -> ten.EinsumOp:
        made = self.e.insert(ten.EinsumOp(f"{','.join(words)}->{output}", xs))
        assert isinstance(made, ten.EinsumOp)
        return made

    def _moved(self, x: SSAValue, letters: str, wanted: str) -> SSAValue:
        """x, whose dimensions have these letters, with the dimensions in another order."""
        if letters == wanted:
            return x
        return self.e(ten.TransposeOp(x, [letters.index(c) for c in wanted]))

    def _sized(self, x: SSAValue, sizes: Sequence[int]) -> SSAValue:
        return x if shape(x.type) == tuple(sizes) else self.e(ten.ReshapeOp(x, sizes))
