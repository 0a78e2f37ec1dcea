"""
Attention and its gradient as kernels that hold no scores in memory.

The kernel of the output takes a tile of queries, and goes through the keys tile by tile. It keeps
for each query the maximum of the scores so far, the sum of their exponentials, and the sum of the
values with these weights. If a tile raises the maximum, the sums shrink (M. Milakov and N.
Gimelshein, "Online normalizer calculation for softmax", 2018; T. Dao and others, "FlashAttention",
2022).

The gradient is two kernels. Both compute the weights again from the maximum and the sum of each
row. One takes a tile of queries, and the other takes a tile of keys. So each adds in a fixed order,
and no kernel adds to the memory of another.

A band of places (a causal mask, a window) leaves tiles out. This is right only where the weights
that are left out are 0. If masks put -inf in the place of scores, these weights are 0. If masks put
another number there, the kernel compares the maxima of its rows with this number at the end. If
they are close, it goes through the tiles that it left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf, isfinite, prod

from xdsl.ir import SSAValue

from ...dialects import ten, types
from .expressions import number, storage
from .index_forms import NARROW
from .kernels import Buffer, Kernel, Names, bits, described
from .launcher import Launcher
from .tiles import power

Attention = ten.AttentionOp | ten.AttentionGradientOp

FARTHEST = 110.0
"""The exponential of a number below the negative of this is 0 in float32."""
SHORTEST = 16
"""The shortest side of a tile of `tl.dot`."""


@dataclass(frozen=True)
class Blocks:
    """The queries and keys of a tile, and the warps of a program."""

    queries: int
    keys: int
    warps: int


OUTPUT = {
    2: {64: Blocks(128, 64, 4), 128: Blocks(128, 64, 8), 256: Blocks(64, 32, 8)},
    4: {64: Blocks(64, 32, 4), 128: Blocks(32, 32, 8), 256: Blocks(32, 16, 4)},
}
"""By the bytes of an element, the blocks for rows of at most so many features."""
GRADIENT = {
    2: {64: Blocks(64, 64, 4), 128: Blocks(64, 64, 8), 256: Blocks(32, 32, 8)},
    4: {64: Blocks(32, 32, 8), 128: Blocks(16, 16, 4), 256: Blocks(16, 16, 8)},
}


def attention(launcher: Launcher, op: Attention) -> None:
    """Write the kernels of an attention or of its gradient, and their launches."""
    sizes = op.sizes
    if prod(sizes[c] for c in op.stats_word) == 0:
        for x in op.results:
            if x.first_use is not None:
                launcher.allocate(x, "zeros")
        return
    used = [x for x in op.results if x.first_use is not None]
    if isinstance(op, ten.AttentionOp):
        if used:
            launcher.launch(OutputWriter(launcher, op, used).kernel())
        return
    of_queries, of_keys = used[:1], used[1:]
    if op.results[0].first_use is None:
        of_queries, of_keys = [], used
    if of_queries:
        launcher.launch(QueriesWriter(launcher, op, of_queries).kernel())
    if of_keys:
        launcher.launch(KeysWriter(launcher, op, of_keys).kernel())


class AttentionWriter:
    """The parts of the kernels: tiles of operands, scores, and what the band leaves."""

    def __init__(self, launcher: Launcher, op: Attention, outputs: Sequence[SSAValue]):
        self.launcher, self.op, self.outputs = launcher, op, list(outputs)
        hint = launcher.name_of(self.outputs[0])
        self.name = launcher.file.globals.fresh(f"{launcher.name}_{hint}")
        self.lines: list[str] = []
        self.indent = ""
        self.names = Names(set(OWN_NAMES))
        self.parameters: dict[SSAValue, str] = {}
        self.sizes, self.scores = op.sizes, op.scores
        self.exact = not launcher.file.options.fast
        self.short = bits(op.q.type) == 16
        self.dtype = storage(op.q.type)
        words, output = op.words
        self.word = dict(zip(("q", "k", "v"), words)) | {"o": output, "rows": op.stats_word}
        self.wide = any(types.size(x.type) >= NARROW for x in (*op.operands, *op.results))
        table = (OUTPUT if isinstance(op, ten.AttentionOp) else GRADIENT)[2 if self.short else 4]
        longest = max(self.sizes["d"], self.sizes["e"])
        blocks = next(b for n, b in table.items() if longest <= n)
        self.warps = blocks.warps
        self.constants = {
            "QUERIES": self._block("i", blocks.queries),
            "KEYS": self._block("j", blocks.keys),
            "D": max(power(self.sizes["d"]), SHORTEST),
            "E": max(power(self.sizes["e"]), SHORTEST),
        }

    def _block(self, letter: str, most: int) -> int:
        return min(most, max(power(self.sizes[letter]), SHORTEST))

    # Lines.

    def put(self, text: str) -> None:
        self.lines.append(self.indent + text)

    @contextmanager
    def block(self, head: str):
        self.put(head)
        outer, self.indent = self.indent, self.indent + "    "
        yield
        self.indent = outer

    def pointer(self, x: SSAValue) -> str:
        if x not in self.parameters:
            self.parameters[x] = self.names.fresh(f"{self.launcher.name_of(x)}_ptr")
        return self.parameters[x]

    # Places.

    def program(self, letter: str, block: str) -> None:
        """The tile of queries or of keys of this program, and its place in the batch."""
        tiles = -(-self.sizes[letter] // self.constants[block])
        batch = self.op.batch_word
        self.put("pid = tl.program_id(0)")
        self.put(f"tile = pid % {tiles}" if batch else "tile = pid")
        if batch:
            self.put(f"batch = pid // {tiles}")
        for c in reversed(batch):
            self.put(f"at_{c} = batch % {self.sizes[c]}{'.to(tl.int64)' if self.wide else ''}")
            self.put(f"batch = batch // {self.sizes[c]}")
        self.grid = tiles * prod(self.sizes[c] for c in batch)
        self.put("d = tl.arange(0, D)")
        self.put("e = tl.arange(0, E)")

    def strides(self, word: str) -> dict[str, int]:
        found, stride = {}, 1
        for c in reversed(word):
            found[c], stride = stride, stride * self.sizes[c]
        return found

    def base(self, x: SSAValue, word: str) -> str:
        """The pointer of a tensor at the program's place in the batch."""
        strides = self.strides(word)
        terms = [f"at_{c} * {strides[c]}" for c in word if c in self.op.batch_word]
        return " + ".join([self.pointer(x), *terms])

    def place(self, word: str, axes: str) -> str:
        """The offset of a tile, whose dimensions have the letters `axes`."""
        strides, terms = self.strides(word), []
        for n, c in enumerate(axes):
            if c in word:
                index = f"{c}.to(tl.int64)" if self.wide else c
                suffix = "" if len(axes) == 1 else "[:, None]" if n == 0 else "[None, :]"
                factor = f" * {strides[c]}" if strides[c] != 1 else ""
                terms.append(f"{index}{suffix}{factor}")
        return " + ".join(terms) or "0"

    def inside(self, axes: str) -> str:
        """The mask of a tile; empty if the whole tile is inside."""
        blocks = {"i": "QUERIES", "j": "KEYS", "d": "D", "e": "E"}
        parts = []
        for n, c in enumerate(axes):
            if not self.sizes[c] or self.sizes[c] % self.constants[blocks[c]]:
                suffix = "" if len(axes) == 1 else "[:, None]" if n == 0 else "[None, :]"
                parts.append(f"({c}{suffix} < {self.sizes[c]})")
        return " & ".join(parts)

    def load(self, name: str, x: SSAValue, word: str, axes: str, other: str = "0.0") -> None:
        """Load a tile, which is `other` outside of the tensor."""
        mask = self.inside("".join(c for c in axes))
        given = f", mask={mask}, other={other}" if mask else ""
        place = self.place(word, axes)
        if not all(c in word for c in axes):
            blocks = {"i": "QUERIES", "j": "KEYS"}
            size = ", ".join(blocks[c] for c in axes)
            place = (
                f"tl.broadcast_to({place}, [{size}])"
                if place != "0"
                else (f"tl.zeros([{size}], tl.int32)")
            )
        self.put(f"{name} = tl.load({name}_base + {place}{given})")

    def bases(self, **tensors: tuple[SSAValue, str]) -> None:
        for name, (x, word) in tensors.items():
            self.put(f"{name}_base = {self.base(x, word)}")

    # Scores.

    def dot(self, a: str, b: str, acc: str = "") -> str:
        exact = self.exact and not self.short
        given = "".join([f", {acc}" if acc else "", ', input_precision="ieee"' if exact else ""])
        return f"tl.dot({a}, {b}{given})"

    def narrow(self, x: str) -> str:
        """A tile as an operand of a product."""
        return f"{x}.to(tl.{self.dtype})" if self.short else x

    def exponential(self, x: str) -> str:
        if self.exact and not self.short:
            self.launcher.file.scalars.libdevice.add("exp")
            return f"libdevice.exp({x})"
        return f"tl.exp({x})"

    def bases_of_scores(self) -> None:
        extras = self.op.extras
        if "bias" in extras:
            self.bases(bias=extras["bias"])
        if "mask" in extras:
            self.bases(mask=extras["mask"])

    @property
    def has_places(self) -> bool:
        """Whether some places are excluded by a mask or a band."""
        scores = self.scores
        return "mask" in self.op.extras or scores.below is not None or scores.above is not None

    @property
    def fill(self) -> str:
        return number(self.scores.fill, "float32")

    axes = "ij"
    """The dimensions of tiles of pairs."""

    def spread(self, x: str, axis: str) -> str:
        """A row of numbers along an axis, for a tile of pairs."""
        return f"{x}[:, None]" if self.axes[0] == axis else f"{x}[None, :]"

    def score_tile(self) -> None:
        """The tile `s` of the scores, of the tiles `q` and `k`; `seen`, the places of no mask."""
        extras, scores = self.op.extras, self.scores
        first, second = ("q", "k") if self.axes == "ij" else ("k", "q")
        self.put(f"s = {self.dot(first, f'tl.trans({second})')}")
        if scores.scale != 1.0:
            self.put(f"s = s * {number(scores.scale, 'float32')}")
        if "bias" in extras:
            x, word = extras["bias"]
            self.load("bias", x, word, self.axes)
            self.put(f"s = s + bias{'' if storage(x.type) == 'float32' else '.to(tl.float32)'}")
        parts = []
        if "mask" in extras:
            self.load("mask", *extras["mask"], self.axes, "0")
            parts.append("(mask != 0)")
        for bound, sign in ((scores.below, ">="), (scores.above, "<=")):
            if bound is not None:
                parts.append(f"({self.spread('j', 'j')} {sign} {self.spread('i', 'i')} + {bound})")
        if parts:
            self.put(f"seen = {' & '.join(parts)}")
            other = f"s + {self.fill}" if scores.adds else self.fill
            self.put(f"s = tl.where(seen, s, {other})")

    # Bands.

    @property
    def skips(self) -> bool:
        """Whether tiles may be left out."""
        scores = self.scores
        if scores.below is None and scores.above is None:
            return False
        return not scores.adds or scores.fill == -inf

    @property
    def looks_back(self) -> bool:
        """Whether weights of tiles that are left out may be other numbers than 0."""
        return self.skips and isfinite(self.scores.fill)

    @property
    def may_be_blind(self) -> bool:
        """Whether the masks may let a query see no key, so that its weights are NaN."""
        low, high = self.scores.below, self.scores.above
        return (
            bool(self.op.extras)
            or (high is not None and high < 0)
            or (low is not None and self.sizes["i"] + low > self.sizes["j"])
        )

    def bounds(self, of: str) -> tuple[str, str]:
        """
        The first and the last place of the tiles that the band leaves, for a tile of queries
        (`of` is i) or of keys.
        """
        own, other = ("QUERIES", "KEYS") if of == "i" else ("KEYS", "QUERIES")
        size = self.sizes["j" if of == "i" else "i"]
        if not self.skips:
            return "0", str(size)
        low, high = self.scores.below, self.scores.above
        if of == "j":  # i <= j - below, i >= j - above
            low, high = (None if high is None else -high), (None if low is None else -low)
        first, last = "0", str(size)
        self.put(f"start_of_tile = tile * {own}")
        if low is not None:
            self.put(f"first = tl.maximum(start_of_tile + {low}, 0) // {other} * {other}")
            first = "first"
        if high is not None:
            self.put(f"last = tl.minimum(start_of_tile + {own} + {high}, {size})")
            last = "last"
        return first, last

    # The kernel.

    def finish(self) -> Kernel:
        op = self.op
        order = sorted(self.parameters, key=lambda x: x in self.outputs)
        outputs: list[SSAValue | Buffer] = list(self.outputs)
        points = prod(self.sizes[c] for c in op.scores_word)
        return Kernel(
            self.name,
            self.lines,
            list(order),
            [self.parameters[x] for x in order],
            outputs,
            self.grid,
            self.constants,
            self.warps,
            op,
            reads=sum(_bytes(x) for x in order if x not in self.outputs),
            writes=sum(map(_bytes, self.outputs)),
            work=self.products * 2 * points * max(self.sizes["d"], self.sizes["e"]),
            points=points,
            dtype=self.dtype,
            made=[f"{self.launcher.name_of(x)}: {described(x)}" for x in self.outputs],
            matrix=True,
        )

    products = 2
    """Products of all pairs that the kernel takes."""

    def store(self, x: SSAValue, word: str, axes: str, value: str) -> None:
        mask = self.inside(axes)
        given = f", mask={mask}" if mask else ""
        name = self.names.fresh("to")
        self.put(f"{name} = {self.base(x, word)}")
        dtype = storage(x.type)
        value = value if dtype == "float32" else f"{value}.to(tl.{dtype})"
        self.put(f"tl.store({name} + {self.place(word, axes)}, {value}{given})")


OWN_NAMES = """
    pid tile batch d e i j q k v o s p m l acc seen bias mask start first last start_of_tile new
    base shrink low stop done greatest total ct delta dp ds dq dk dv q_base k_base v_base ct_base
    keep bias_base mask_base greatest_base total_base delta_base QUERIES KEYS D E
""".split()


def _bytes(x: SSAValue) -> int:
    return types.size(x.type) * bits(x.type) // 8


class OutputWriter(AttentionWriter):
    """Writes the kernel of the output, the maxima and the sums."""

    def kernel(self) -> Kernel:
        op, word = self.op, self.word
        self.program("i", "QUERIES")
        self.bases(q=(op.q, word["q"]), k=(op.k, word["k"]), v=(op.v, word["v"]))
        self.bases_of_scores()
        self.put("i = tile * QUERIES + tl.arange(0, QUERIES)")
        self.load("q", op.q, word["q"], "id")
        self.put('m = tl.full([QUERIES], float("-inf"), tl.float32)')
        self.put("l = tl.zeros([QUERIES], tl.float32)")
        self.put("acc = tl.zeros([QUERIES, E], tl.float32)")
        first, last = self.bounds("i")
        with self.block(f"for start in range({first}, {last}, KEYS):"):
            self.step()
        if self.looks_back:
            inside = self.inside("i")
            m = f'tl.where({inside}, m, float("inf"))' if inside else "m"
            # NaN is not above.
            far = number(self.scores.fill + FARTHEST, "float32")
            self.put(f"low = tl.sum(tl.where({m} > {far}, 0, 1), axis=0)")
            self.put(f"stop = tl.where(low > 0, {self.sizes['j']}, 0)")
            with self.block("for start in range(0, stop, KEYS):"):
                self.step(done=(first, last))
        # No key at all, or maxima that are -inf: 0 / 0, as exp(-inf - -inf) would be.
        self.put('l = tl.where(m == float("-inf"), float("nan"), l)')
        self.put("acc = acc / l[:, None]")
        rows = word["rows"]
        made = (word["o"], "ie", "acc"), (rows, "i", "m"), (rows, "i", "l")
        for x, (to, axes, value) in zip(op.results, made):
            if x in self.outputs:
                self.store(x, to, axes, value)
        return self.finish()

    def step(self, done: tuple[str, str] | None = None) -> None:
        """One tile of keys. With `done`, the tiles between these places add nothing."""
        op, word = self.op, self.word
        self.put("j = start + tl.arange(0, KEYS)")
        self.load("k", op.k, word["k"], "jd")
        self.score_tile()
        nothing = 'float("-inf")'
        if inside := self.inside("j"):
            self.put(f"s = tl.where({inside.replace('j <', 'j[None, :] <')}, s, {nothing})")
        if done is not None:
            first, last = done
            self.put(f"done = (start >= {first}) & (start < {last})")
            self.put(f"s = tl.where(done, {nothing}, s)")
        self.put("new = tl.maximum(m, tl.max(s, axis=1))")
        self.put(f"base = tl.where(new == {nothing}, 0.0, new)")
        self.put(f"p = {self.exponential('s - base[:, None]')}")
        self.put(f"shrink = {self.exponential('m - base')}")
        self.put("l = l * shrink + tl.sum(p, axis=1)")
        self.load("v", op.v, word["v"], "je")
        self.put(f"acc = {self.dot(self.narrow('p'), 'v', 'acc * shrink[:, None]')}")
        self.put("m = new")


class GradientWriter(AttentionWriter):
    """What both kernels of the gradient compute of a tile of pairs."""

    def operands(self) -> None:
        op, word = self.op, self.word
        greatest, total, ct, delta = op.rest
        rows = word["rows"]
        self.bases(q=(op.q, word["q"]), k=(op.k, word["k"]))
        if self.needs_slopes:
            self.bases(v=(op.v, word["v"]), delta=(delta, rows))
        if self.needs_slopes or self.needs_weights:
            self.bases(ct=(ct, word["o"]))
        self.bases(greatest=(greatest, rows), total=(total, rows))
        self.bases_of_scores()

    needs_slopes = True
    needs_weights = False

    def of_queries(self) -> None:
        """Load what belongs to a tile of queries."""
        op, word = self.op, self.word
        greatest, total, ct, delta = op.rest
        self.load("q", op.q, word["q"], "id")
        self.load("ct", ct, word["o"], "ie")
        if storage(ct.type) != self.dtype:
            self.put(f"ct = {self.narrow('ct')}")
        self.load("greatest", greatest, word["rows"], "i")
        self.load("total", total, word["rows"], "i", "1.0")
        if self.needs_slopes:
            self.load("delta", delta, word["rows"], "i")

    def of_keys(self) -> None:
        """Load what belongs to a tile of keys."""
        op, word = self.op, self.word
        self.load("k", op.k, word["k"], "jd")
        if self.needs_slopes:
            self.load("v", op.v, word["v"], "je")

    def weights(self) -> None:
        """The tile `p` of the weights, which are 0 outside of the tensors."""
        self.score_tile()
        greatest, total = (self.spread(x, "i") for x in ("greatest", "total"))
        self.put(f"p = {self.exponential(f's - {greatest}')} / {total}")
        if inside := self.inside(self.axes):
            self.put(f"p = tl.where({inside}, p, 0.0)")

    def slopes(self) -> None:
        """The tile `ds` of the cotangents of the scores before the scale."""
        first, second = ("ct", "v") if self.axes == "ij" else ("v", "ct")
        self.put(f"dp = {self.dot(first, f'tl.trans({second})')}")
        self.put(f"ds = p * (dp - {self.spread('delta', 'i')})")
        if self.has_places and not self.scores.adds:
            self.put("ds = tl.where(seen, ds, 0.0)")

    def scaled(self, x: str) -> str:
        scale = self.scores.scale
        return x if scale == 1.0 else f"({x} * {number(scale, 'float32')})"


class QueriesWriter(GradientWriter):
    """Writes the kernel of the cotangents of the queries."""

    products = 3

    def kernel(self) -> Kernel:
        self.program("i", "QUERIES")
        self.operands()
        self.put("i = tile * QUERIES + tl.arange(0, QUERIES)")
        self.of_queries()
        self.put("dq = tl.zeros([QUERIES, D], tl.float32)")
        first, last = self.bounds("i")
        # Keys that masks exclude have no slope: the tiles that the band leaves are all.
        with self.block(f"for start in range({first}, {last}, KEYS):"):
            self.put("j = start + tl.arange(0, KEYS)")
            self.of_keys()
            self.weights()
            self.slopes()
            self.put(f"dq = {self.dot(self.narrow('ds'), 'k', 'dq')}")
        self.store(self.op.results[0], self.word["q"], "id", self.scaled("dq"))
        return self.finish()


class KeysWriter(GradientWriter):
    """Writes the kernel of the cotangents of the keys and of the values, or of one of the two."""

    # The products take the weights of a key as a row.
    axes = "ji"

    def kernel(self) -> Kernel:
        op, word = self.op, self.word
        _, dk, dv = op.results
        self.needs_slopes, self.needs_weights = dk in self.outputs, dv in self.outputs
        self.products = 1 + 2 * self.needs_slopes + self.needs_weights
        self.program("j", "KEYS")
        self.operands()
        self.put("j = tile * KEYS + tl.arange(0, KEYS)")
        self.of_keys()
        if self.needs_slopes:
            self.put("dk = tl.zeros([KEYS, D], tl.float32)")
        if self.needs_weights:
            self.put("dv = tl.zeros([KEYS, E], tl.float32)")
        first, last = self.bounds("j")
        with self.block(f"for start in range({first}, {last}, QUERIES):"):
            self.put("i = start + tl.arange(0, QUERIES)")
            self.of_queries()
            self.weights()
            if self.needs_weights:
                self.put(f"dv = {self.dot(self.narrow('p'), 'ct', 'dv')}")
            if self.needs_slopes:
                self.slopes()
                self.put(f"dk = {self.dot(self.narrow('ds'), 'q', 'dk')}")
        if self.needs_weights and (self.looks_back or (self.skips and self.may_be_blind)):
            self.look_back(first, last)
        if self.needs_slopes:
            self.store(dk, word["k"], "jd", self.scaled("dk"))
        if self.needs_weights:
            self.store(dv, word["v"], "je", "dv")
        return self.finish()

    def look_back(self, first: str, last: str) -> None:
        """The tiles of queries that the band leaves out, if their weights are not 0, or NaN."""
        word = self.word
        greatest = self.op.rest[0]
        far = number(self.scores.fill + FARTHEST, "float32")
        with self.block(f"for start in range(0, {self.sizes['i']}, QUERIES):"):
            self.put("i = start + tl.arange(0, QUERIES)")
            self.load("greatest", greatest, word["rows"], "i", 'float("inf")')
            self.put(f"low = tl.sum(tl.where(greatest > {far}, 0, 1), axis=0)")
            self.put(f"low = tl.where((start >= {first}) & (start < {last}), 0, low)")
            with self.block("if low > 0:"):
                self.of_queries()
                self.weights()
                self.put(f"dv = {self.dot(self.narrow('p'), 'ct', 'dv')}")
