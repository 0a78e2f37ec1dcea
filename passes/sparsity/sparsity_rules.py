"""
The rules of the table `sparsity`: which elements an op reads, for the sake of derivatives.

A rule says where an element of the result may come from. It may say too much, and never too little.
An index, a mask and a condition choose which values a result depends on, but they add nothing: they
are no floats, and derivatives go around them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects import arith, func, scf
from xdsl.ir import Operation

from ...dialects import delta, sharing, ten
from ...dialects.types import ints, shape
from ..rewriting import remarks
from ..simplify.index_maps import Arg, IndexMap, region_map
from ..simplify.index_maps.values import SAFE
from .analysis import NAME, Analysis, Several, is_tracked, sparsity
from .known_numbers import Value
from .relations import (
    LIMIT,
    Form,
    Pattern,
    Shape,
    Strided,
    Table,
    TooManyPairs,
    composed,
    identity,
    mixed,
    pulled,
    put,
    read_at,
    reshaped,
    restricted,
    spread,
    strided,
    summed,
    united,
    whole,
)

Patterns = Sequence[Pattern]

# Elementwise ops.


@sparsity.rule(arith.ConstantOp, ten.IotaOp, delta.StopOp)
def nothing(op: Operation, patterns: Patterns, a: Analysis) -> Pattern:
    """A constant, or a value that derivatives take for one, reads nothing"""
    return ()


@sparsity.rule(ten.CastOp, arith.ExtFOp, arith.TruncFOp, sharing.LetOp, sharing.ShareOp)
def same(op: Operation, patterns: Patterns, a: Analysis) -> Pattern:
    """The elements of x, in another type or under another name"""
    return patterns[0]


@sparsity.rule(arith.MulfOp)
def product(op: arith.MulfOp, patterns: Patterns, a: Analysis) -> Pattern:
    """x[i…] y[i…] reads nothing where a factor is a constant 0"""
    x, y = op.operands
    found = []
    for pattern, factor in ((patterns[0], y), (patterns[1], x)):
        if pattern and not patterns[1 if factor is y else 0] and _has_zeros(factor, a):
            value = a.known.of(factor)
            assert value is not None
            pattern = restricted(pattern, shape(op.result.type), value != 0)
        found.append(pattern)
    return united(*found, shape=shape(op.result.type))


def _has_zeros(value: object, a: Analysis) -> bool:
    known = a.known.of(value)  # type: ignore[arg-type]
    return known is not None and not known.all()


@sparsity.rule(ten.SelectOp, arith.SelectOp)
def select(op: ten.SelectOp | arith.SelectOp, patterns: Patterns, a: Analysis) -> Pattern:
    """mask ? x : y reads both, or only the one that a known mask chooses"""
    mask, sizes = a.known.of(op.operands[0]), shape(op.results[0].type)
    x, y = patterns[1:]
    if mask is not None and x != y:
        x, y = restricted(x, sizes, mask), restricted(y, sizes, ~mask)
    return united(x, y, shape=sizes)


# Layouts, and parts of tensors.


@sparsity.rule(ten.BroadcastOp)
def broadcast(op: ten.BroadcastOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[i…, j…] = x[j…]"""
    return spread(patterns[0], shape(op.x.type), ints(op.dims), shape(op.result.type))


@sparsity.rule(ten.TransposeOp)
def transpose(op: ten.TransposeOp, patterns: Patterns, a: Analysis) -> Pattern:
    """The dimensions in another order"""
    perm, domain = ints(op.perm), shape(op.result.type)
    places = [perm.index(d) for d in range(len(perm))]
    forms = [identity(domain)[q] for q in places]
    return pulled(patterns[0], shape(op.x.type), forms, domain)


@sparsity.rule(ten.ReverseOp)
def reverse(op: ten.ReverseOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[…, i, …] = x[…, n - 1 - i, …]"""
    sizes, forms = shape(op.x.type), identity(shape(op.x.type))
    for d in ints(op.dims):
        forms[d] = (sizes[d] - 1, tuple(-k for k in forms[d][1]))
    return pulled(patterns[0], sizes, forms, sizes)


@sparsity.rule(ten.ReshapeOp)
def reshape(op: ten.ReshapeOp, patterns: Patterns, a: Analysis) -> Pattern:
    """The same elements in another shape"""
    if len(patterns[0]) == 1:
        (piece,) = patterns[0]
        if patterns[0] == whole(piece.input, shape(op.x.type)):
            a.views[piece.input].append(shape(op.result.type))
    return reshaped(patterns[0], shape(op.x.type), shape(op.result.type))


@sparsity.rule(ten.SliceOp)
def slice_(op: ten.SliceOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[i…] = x[offsets + i · strides]"""
    domain = shape(op.result.type)
    forms = [
        (offset, tuple(stride * k for k in by))
        for (_, by), offset, stride in zip(identity(domain), ints(op.offsets), ints(op.strides))
    ]
    return pulled(patterns[0], shape(op.x.type), forms, domain)


@sparsity.rule(ten.PadOp)
def pad(op: ten.PadOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[low + i · (interior + 1)] = x[i], and 0 elsewhere reads nothing"""
    every = [k + 1 for k in ints(op.interior)]
    return put(patterns[0], shape(op.x.type), ints(op.low), every, shape(op.result.type))


@sparsity.rule(ten.ConcatOp)
def concat(op: ten.ConcatOp, patterns: Patterns, a: Analysis) -> Pattern:
    """The operands one after another"""
    target, d, at = shape(op.result.type), op.dim.value.data, 0
    found = []
    for x, pattern in zip(op.xs, patterns):
        offsets = [at if e == d else 0 for e in range(len(target))]
        found.append(put(pattern, shape(x.type), offsets, [1] * len(target), target))
        at += shape(x.type)[d]
    return united(*found, shape=target)


@sparsity.rule(ten.StackOp)
def stack(op: ten.StackOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[k, i…] = x_k[i…]"""
    return rows_of(dict(enumerate(patterns)), shape(op.result.type))


def rows_of(rows: dict[int, Pattern], target: Shape) -> Pattern:
    """
    The pattern of a tensor with these rows. Rows that read in equal steps, one after another, are
    one piece.
    """
    runs: dict[tuple[object, ...], list[tuple[int, Strided]]] = {}
    tables: dict[int, list[Table]] = {}
    inner = 1
    for n in target[1:]:
        inner *= n
    for k in sorted(rows):
        for piece in rows[k]:
            if isinstance(piece, Strided):
                key = (piece.input, piece.low, piece.high, piece.steps, piece.free)
                runs.setdefault(key, []).append((k, piece))
            else:
                moved = Table(piece.input, piece.rows + k * inner, piece.columns)
                tables.setdefault(piece.input, []).append(moved)
    found: list[Pattern] = []
    for members in runs.values():
        begin = 0
        while begin < len(members):
            end, (k, first) = begin + 1, members[begin]
            step = members[end][1].start - first.start if end < len(members) else 0
            while (
                end < len(members)
                and members[end][0] == k + end - begin
                and members[end][1].start == first.start + step * (end - begin)
            ):
                end += 1
            low, high = (k, *first.low), (k + end - begin, *first.high)
            start = first.start - step * k
            found.append(strided(first.input, low, high, start, (step, *first.steps), first.free))
            begin = end
    for group in tables.values():
        if sum(t.pairs for t in group) > LIMIT:
            raise TooManyPairs
        rows_, columns = (
            np.concatenate([getattr(t, name) for t in group]) for name in ("rows", "columns")
        )
        found.append((Table(group[0].input, rows_, columns),))
    return united(*found, shape=target) if found else ()


@sparsity.rule(ten.IndexOp)
def index(op: ten.IndexOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[j…] = t[i…, j…]; with an index that is not known, of all of them"""
    sizes, pattern = shape(op.t.type), patterns[0]
    known = [a.known.of(i) for i in op.indices]
    unknown = [d for d, i in enumerate(known) if i is None]
    if unknown:
        remarks.analysis(NAME, "UnknownIndex", op, "an index is not known before the program runs")
    pattern = summed(pattern, sizes, unknown)
    rest = tuple(n for d, n in enumerate(sizes) if d not in unknown)
    domain = shape(op.result.type)
    fixed: list[Form] = [(int(i), (0,) * len(domain)) for i in known if i is not None]
    return pulled(pattern, rest, [*fixed, *identity(domain)], domain)


@sparsity.rule(ten.UpdateOp)
def update(op: ten.UpdateOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[offsets + i · strides] = v[i], and x elsewhere"""
    sizes, box, every = shape(op.x.type), shape(op.v.type), ints(op.strides)
    known = [a.known.of(i) for i in op.offsets]
    x, v = patterns[0], patterns[1]
    if all(i is not None for i in known):
        offsets = [int(i) for i in known if i is not None]
        kept = _outside(x, sizes, offsets, box, every)
        return united(kept, put(v, box, offsets, every, sizes), shape=sizes)
    remarks.analysis(NAME, "UnknownIndex", op, "an offset is not known before the program runs")
    # Along a dimension with an unknown offset, each element of v may be anywhere.
    unknown = [d for d, i in enumerate(known) if i is None]
    rest = tuple(n for d, n in enumerate(box) if d not in unknown)
    target = tuple(n for d, n in enumerate(sizes) if d not in unknown)
    offsets = [int(i) for i in known if i is not None]
    some = put(
        summed(v, box, unknown), rest, offsets,
        [k for d, k in enumerate(every) if d not in unknown], target,
    )  # fmt: skip
    return united(x, spread(some, target, unknown, sizes), shape=sizes)


def _outside(
    pattern: Pattern, sizes: Shape, offsets: Sequence[int], box: Shape, every: Sequence[int]
) -> Pattern:
    """The pattern without the elements of a box; with all elements if the box has gaps."""
    if not pattern or any(k > 1 and n > 1 for k, n in zip(every, box)):
        return pattern
    low = [max(o, 0) for o in offsets]
    high = [min(o + n, m) for o, n, m in zip(offsets, box, sizes)]
    if any(p >= q for p, q in zip(low, high)):
        return pattern
    found = []
    inside: list[tuple[int, int]] = []
    for d, n in enumerate(sizes):
        # The parts in front of the box and behind it along d, inside of it along those before d.
        for p, q in ((0, low[d]), (high[d], n)):
            bounds = [*inside, (p, q), *((0, m) for m in sizes[d + 1 :])]
            found.append(_clipped(pattern, bounds, sizes))
        inside.append((low[d], high[d]))
    return united(*found, shape=sizes) if found else ()


def _clipped(pattern: Pattern, bounds: Sequence[tuple[int, int]], sizes: Shape) -> Pattern:
    if any(p >= q for p, q in bounds):
        return ()
    found = []
    for piece in pattern:
        if isinstance(piece, Strided):
            low = [max(x, p) for x, (p, _) in zip(piece.low, bounds)]
            high = [min(x, q) for x, (_, q) in zip(piece.high, bounds)]
            found.append(strided(piece.input, low, high, piece.start, piece.steps, piece.free))
        else:
            at = np.unravel_index(piece.rows, sizes) if sizes else ()
            inside = np.ones(len(piece.rows), np.bool_)
            for i, (p, q) in zip(at, bounds):
                inside &= (i >= p) & (i < q)
            chosen = Table(piece.input, piece.rows[inside], piece.columns[inside])
            found.append((chosen,) if chosen.pairs else ())
    return united(*found, shape=sizes) if found else ()


# Reads and sums at computed indices.


def _forms(map: IndexMap | None) -> list[Form | None]:
    """Each index as a constant and multiples of the arguments, or None."""
    if map is None:
        return []
    found: list[Form | None] = []
    for form in map.forms:
        if all(isinstance(atom, Arg) for atom in form.terms):
            by = tuple(form.terms.get(Arg(p), 0) for p in range(len(map.domain)))
            reach = abs(form.constant) + sum(abs(k) * n for k, n in zip(by, map.domain))
            found.append((form.constant, by) if reach < SAFE else None)  # it may wrap
        else:
            found.append(None)
    return found


def _indices(
    op: ten.GatherOp | ten.ScatterOp, a: Analysis
) -> tuple[list[Form | None], list[Value | None]]:
    """What is known of the indices of an op: formulas, else their values at all places."""
    forms = _forms(region_map(op.block, op.domain)) or [None] * len(op.yielded)
    values: list[Value | None] = [None] * len(forms)
    if None in forms:
        values = a.known.in_region(op.block, op.domain, op.yielded)
    return forms, values


@sparsity.rule(ten.GatherOp)
def gather(op: ten.GatherOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[i…, j…] = t[idx(i…)…, j…]; along an index that is not known, of all of them"""
    domain, source, pattern = op.domain, shape(op.t.type), patterns[0]
    target = shape(op.result.type)
    forms, values = _indices(op, a)
    unknown = [d for d, (f, v) in enumerate(zip(forms, values)) if f is None and v is None]
    if unknown:
        remarks.analysis(
            NAME, "UnknownIndex", op, "indices of a gather are not known before the program runs"
        )
        pattern = summed(pattern, source, unknown)
        source = tuple(n for d, n in enumerate(source) if d not in unknown)
        forms = [x for d, x in enumerate(forms) if d not in unknown]
        values = [x for d, x in enumerate(values) if d not in unknown]
    if all(f is not None for f in forms):
        rest = target[len(domain) :]
        wide = [(c, (*by, *(0 for _ in rest))) for c, by in filter(None, forms)]
        return pulled(pattern, source, [*wide, *identity(target)[len(domain) :]], target)
    read = read_at(source, _at_all_places(forms, values, domain, target), target)
    return united(*(composed(p, source, *read) for p in pattern), shape=target) if pattern else ()


def _at_all_places(
    forms: Sequence[Form | None], values: Sequence[Value | None], domain: Shape, full: Shape
) -> list[Value]:
    """The values of all indices over a domain, and of the places behind them in `full`."""
    n = len(full)
    grid = np.indices(full, sparse=True)
    found: list[Value] = []
    for form, value in zip(forms, values):
        if value is not None:
            value = np.asarray(value)
            value = value.reshape((1,) * (len(domain) - value.ndim) + value.shape)
            found.append(value.reshape(value.shape + (1,) * (n - len(domain))))
        else:
            assert form is not None, "an index is a formula or it has values"
            constant, by = form
            found.append(sum((k * grid[d] for d, k in enumerate(by) if k), np.asarray(constant)))
    return [*found, *grid[len(domain) :]]


@sparsity.rule(ten.ScatterOp)
def scatter(op: ten.ScatterOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[p…, j…] reads all t[i…, j…] with idx(i…) = p…; with any p… where that is not known"""
    pattern, source, target = patterns[0], shape(op.t.type), shape(op.result.type)
    depth, dims = len(op.domain), len(ints(op.dims))
    forms, values = _indices(op, a)
    unknown = [d for d, (f, v) in enumerate(zip(forms, values)) if f is None and v is None]
    if unknown:
        remarks.analysis(
            NAME, "UnknownIndex", op, "indices of a scatter are not known before the program runs"
        )
    known = [d for d in range(dims) if d not in unknown]
    plain = _single_arguments([forms[d] for d in known])
    if plain is not None:
        # Sum over the arguments that no known index is, then put the others in their places.
        kept = [p for p, _, _ in plain]
        pattern = summed(pattern, source, [p for p in range(depth) if p not in kept])
        rest = source[depth:]
        given = (*(source[p] for p in sorted(kept)), *rest)
        wanted = (*(source[p] for p in kept), *rest)
        moved: list[Form] = []
        for p in sorted(kept):
            sign = plain[kept.index(p)][2]
            by = tuple(sign * int(e == kept.index(p)) for e in range(len(wanted)))
            moved.append((0 if sign > 0 else source[p] - 1, by))
        pattern = pulled(pattern, given, [*moved, *identity(wanted)[len(kept) :]], wanted)
        offsets = [c if sign > 0 else c - (source[p] - 1) for p, c, sign in plain]
        offsets += [0] * len(rest)
        middle = (*(target[d] for d in known), *rest)
        pattern = put(pattern, wanted, offsets, [1] * len(wanted), middle)
    else:
        at = _at_all_places(
            [forms[d] for d in known], [values[d] for d in known], op.domain, source
        )
        middle = (*(target[d] for d in known), *source[depth:])
        sources, places_ = read_at(middle, at, source)
        found = [composed(p, source, places_, sources) for p in pattern]
        pattern = united(*found, shape=middle) if found else ()
    return spread(pattern, middle, unknown, target)


def _single_arguments(forms: Sequence[Form | None]) -> list[tuple[int, int, int]] | None:
    """(argument, constant, sign) for each index, if the indices are ± different arguments."""
    found = []
    for form in forms:
        if form is None:
            return None
        constant, by = form
        used = [p for p, k in enumerate(by) if k]
        if len(used) != 1 or abs(by[used[0]]) != 1:
            return None
        found.append((used[0], constant, by[used[0]]))
    return found if len({p for p, _, _ in found}) == len(found) else None


# Reductions and products.


@sparsity.rule(ten.SumOp, ten.ReduceOp)
def reduction(op: ten.SumOp | ten.ReduceOp, patterns: Patterns, a: Analysis) -> Pattern:
    """A reduction reads all elements along its dimensions"""
    return summed(patterns[0], shape(op.x.type), ints(op.dims))


@sparsity.rule(ten.CumsumOp)
def cumsum(op: ten.CumsumOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[…, i, …] = Σ_{j ≤ i} x[…, j, …]"""
    sizes, d = shape(op.x.type), op.dim.value.data
    n = sizes[d]
    i, j = np.tril_indices(n) if n * (n + 1) // 2 <= LIMIT else (None, None)
    if i is None or j is None:
        return mixed(patterns[0], sizes, [d])
    inner = int(np.prod(sizes[d + 1 :], dtype=np.int64))
    outer = int(np.prod(sizes[:d], dtype=np.int64))
    if len(i) * inner * outer > LIMIT:
        return mixed(patterns[0], sizes, [d])
    base = (np.arange(outer) * n * inner)[:, None] + np.arange(inner)
    places = (base[..., None] + i * inner).ravel()
    sources = (base[..., None] + j * inner).ravel()
    try:
        found = [composed(p, sizes, places, sources) for p in patterns[0]]
    except TooManyPairs:
        return mixed(patterns[0], sizes, [d])
    return united(*found, shape=sizes) if found else ()


@sparsity.rule(ten.EinsumOp)
def einsum(op: ten.EinsumOp, patterns: Patterns, a: Analysis) -> Pattern:
    """y[output letters] reads each x_k at all values of the other letters of k"""
    words, output = op.letters
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, shape(x.type))}
    target = shape(op.result.type)
    if any(not sizes[c] for w in words for c in w if c not in output):
        return ()  # a sum of nothing
    found = []
    for k, (word, pattern) in enumerate(zip(words, patterns)):
        if not pattern:
            continue
        holes = _holes(op, k, patterns, a, sizes)
        if holes is not None:
            found.append(_with_holes(pattern, word, output, words[holes], op, holes, a, sizes))
            continue
        letters = output + "".join(dict.fromkeys(c for c in word if c not in output))
        domain = tuple(sizes[c] for c in letters)
        forms = [(0, tuple(int(c == e) for e in letters)) for c in word]
        wide = pulled(pattern, shape(op.xs[k].type), forms, domain)
        found.append(summed(wide, domain, range(len(output), len(letters))))
    return united(*found, shape=target) if found else ()


def _holes(
    op: ten.EinsumOp, k: int, patterns: Patterns, a: Analysis, sizes: dict[str, int]
) -> int | None:
    """The number of an operand that is a constant with zeros, beside operand k."""
    for m, x in enumerate(op.xs):
        if m != k and not patterns[m] and is_tracked(x) and _has_zeros(x, a):
            return m
    return None


def _with_holes(
    pattern: Pattern,
    word: str,
    output: str,
    other: str,
    op: ten.EinsumOp,
    m: int,
    a: Analysis,
    sizes: dict[str, int],
) -> Pattern:
    """The pattern of a product with a constant: the terms in which the constant is not 0."""
    value = a.known.of(op.xs[m])
    assert value is not None
    at: dict[str, Value] = {}
    chosen = list(np.nonzero(value)) if other else []
    keep = np.ones(len(chosen[0]) if chosen else 1, np.bool_)
    for c, i in zip(other, chosen):
        if c in at:
            keep &= at[c] == i
        at.setdefault(c, i)
    at = {c: i[keep] for c, i in at.items()}
    if not other and not value.any():
        return ()
    count = int(keep.sum())
    # The letters that the constant does not have take all their values.
    more = [c for c in dict.fromkeys(output + word) if c not in at]
    total = count
    for c in more:
        total *= sizes[c]
    if total > LIMIT:
        raise TooManyPairs
    ranges = [np.arange(sizes[c]) for c in more]
    grid = np.meshgrid(np.arange(count), *ranges, indexing="ij", sparse=True)
    values = {c: i[grid[0]] for c, i in at.items()} | dict(zip(more, grid[1:]))
    full = (count, *(sizes[c] for c in more))
    source, target = tuple(sizes[c] for c in word), tuple(sizes[c] for c in output)

    def element(letters: str, shape_: Shape) -> Value:
        total = np.zeros((), np.int64)
        for c, n in zip(letters, shape_):
            total = total * n + values[c]
        return np.broadcast_to(total, full).ravel()

    places, sources = element(output, target), element(word, source)
    found = [composed(p, source, places, sources) for p in pattern]
    return united(*found, shape=target)


@sparsity.rule(ten.FftOp)
def fft(op: ten.FftOp, patterns: Patterns, a: Analysis) -> Pattern:
    """Each coefficient reads all numbers along the dimensions of the transform"""
    source, target = shape(op.x.type), shape(op.result.type)
    dims = list(ints(op.dims))
    pairs = [d for d in (len(source) - 1,) if op.kind.data != "real"]
    rest = tuple(n for d, n in enumerate(source) if d not in (*dims, *pairs))
    pattern = summed(patterns[0], source, [*dims, *pairs])
    more = [d for d in (len(target) - 1,) if op.kind.data != "hermitian"]
    return spread(pattern, rest, sorted([*dims, *more]), target)


@sparsity.rule(ten.DctOp)
def dct(op: ten.DctOp, patterns: Patterns, a: Analysis) -> Pattern:
    """Each number reads all numbers along the dimension of the transform"""
    sizes, d = shape(op.x.type), op.dim
    rest = tuple(n for e, n in enumerate(sizes) if e != d)
    return spread(summed(patterns[0], sizes, [d]), rest, [d], sizes)


@sparsity.rule(*ten.MATRIX_OPS)
def decomposition(op: ten.MatrixOp, patterns: Patterns, a: Analysis) -> Several:
    """A factor reads the whole matrix, and no other matrix of the batch"""
    source = shape(op.a.type)
    inner = range(len(source) - 2 - op.is_complex, len(source))
    rest = source[: inner.start]
    pattern = summed(patterns[0], source, inner)
    found = []
    for result in op.results:
        target = shape(result.type)
        found.append(
            spread(pattern, rest, range(len(rest), len(target)), target)
            if is_tracked(result)
            else ()
        )
    return Several(found)


@sparsity.rule(ten.TriangularSolveOp)
def triangular_solve(op: ten.TriangularSolveOp, patterns: Patterns, a: Analysis) -> Pattern:
    """A column of x reads the whole triangle, and a column of b"""
    t, b, target = shape(op.t.type), shape(op.b.type), shape(op.result.type)
    pair = int(op.is_complex)
    k = len(t) - 2 - pair
    triangle = summed(patterns[0], t, range(k, len(t)))
    columns = mixed(patterns[1], b, [k, *range(k + 2, k + 2 + pair)])
    return united(spread(triangle, t[:k], range(k, len(target)), target), columns, shape=target)


@sparsity.rule(ten.SymmetricSolveOp)
def symmetric_solve(op: ten.SymmetricSolveOp, patterns: Patterns, a: Analysis) -> Pattern:
    """A column of x reads the whole matrix, and a column of b"""
    matrix, target = shape(op.a.type), shape(op.result.type)
    k = len(matrix) - 2
    whole = summed(patterns[0], matrix, range(k, k + 2))
    columns = mixed(patterns[1], target, [k])
    return united(spread(whole, matrix[:k], range(k, len(target)), target), columns, shape=target)


# Control flow and calls.


@sparsity.rule(scf.IfOp)
def conditional(op: scf.IfOp, patterns: Patterns, a: Analysis) -> Several:
    """The results of both branches"""
    branches = [a.inline(region, ()) for region in op.regions if region.blocks]
    shapes = [shape(r.type) if is_tracked(r) else () for r in op.results]
    pairs = zip(zip(*branches, strict=True), shapes, strict=True)
    return Several(united(*both, shape=s) for both, s in pairs)


def _row(pattern: Pattern, sizes: Shape, t: int) -> Pattern:
    forms: list[Form] = [(t, (0,) * (len(sizes) - 1)), *identity(sizes[1:])]
    return pulled(pattern, sizes, forms, sizes[1:])


@sparsity.rule(ten.ScanOp)
def scan(op: ten.ScanOp, patterns: Patterns, a: Analysis) -> Several:
    """Step by step, or a fixed point for all steps together"""
    n, trips = len(op.inits), op.trips
    state, xs = list(patterns[:n]), list(patterns[n : n + len(op.xs)])
    sizes = [shape(x.type) for x in op.xs]
    kinds = [shape(x.type) for x in op.inits]
    ends = [shape(r.type) for r in op.results[n:]]
    if not trips:
        return Several([*state, *((),) * len(ends)])
    # A loop in reverse that ends early begins at a row that is not known.
    if a.is_cheap(op, trips) and (op.turns is None or not op.is_reverse):
        try:
            return _scan_by_steps(op, state, xs, a)
        except TooManyPairs:
            pass
    remarks.analysis(
        NAME, "LongLoop", op,
        f"the analysis takes the {trips} steps of a loop together: each reads what any of them "
        "reads",
    )  # fmt: skip
    rows = [summed(x, s, [0]) for x, s in zip(xs, sizes)]
    step = lambda state: a.inline(op.body, [*state, *rows])[:n]  # noqa: E731
    state = a.settled(op, state, kinds, step)
    ys = a.inline(op.body, [*state, *rows])[n:]
    return Several([*state, *(spread(y, s[1:], [0], s) for y, s in zip(ys, ends))])


def _scan_by_steps(
    op: ten.ScanOp, state: list[Pattern], xs: Sequence[Pattern], a: Analysis
) -> Several:
    n, trips = len(op.inits), op.trips
    sizes = [shape(x.type) for x in op.xs]
    ends = [shape(r.type) for r in op.results[n:]]
    rows: list[dict[int, Pattern]] = [{} for _ in ends]
    last = list(state)
    order = range(trips - 1, -1, -1) if op.is_reverse else range(trips)
    # Counters and tables of indices are known in each step.
    tables = [None if is_tracked(x) else a.known.of(x) for x in op.xs]
    counters = [None if is_tracked(x) else a.known.of(x) for x in op.inits]
    for t in order:
        given = [_row(x, s, t) if x else () for x, s in zip(xs, sizes)]
        numbers = [*counters, *(None if x is None else np.asarray(x[t]) for x in tables)]
        with a.known.turn(op.block, numbers):
            made = a.inline(op.body, [*state, *given])
            counters = [None if is_tracked(x) else a.known.of(x) for x in op.nexts]
        state = made[:n]
        for k, y in enumerate(made[n:]):
            rows[k][t] = y
        if op.turns is not None:  # the loop may end after any of the steps
            kinds = [shape(x.type) for x in op.inits]
            last = [united(p, q, shape=s) for p, q, s in zip(last, state, kinds)]
    ys = [rows_of(row, s) if any(row.values()) else () for row, s in zip(rows, ends)]
    return Several([*(state if op.turns is None else last), *ys])


@sparsity.rule(ten.WhileOp)
def while_(op: ten.WhileOp, patterns: Patterns, a: Analysis) -> Several:
    """A fixed point: what any number of turns reads"""
    kinds = [shape(x.type) if is_tracked(x) else () for x in op.inits]
    step = lambda state: a.inline(op.body, state)  # noqa: E731
    return Several(a.settled(op, list(patterns), kinds, step))


@sparsity.rule(func.CallOp)
def call(op: func.CallOp, patterns: Patterns, a: Analysis) -> Several:
    """What the function reads"""
    return a.call(op, op.callee.string_value(), patterns)


@sparsity.rule(delta.CustomJvpOp)
def custom_jvp(op: delta.CustomJvpOp, patterns: Patterns, a: Analysis) -> Several:
    """What the tangents that the rule gives read of the tangents that it takes"""
    points: list[Pattern] = [()] * len(op.arguments)
    tangents = [p for x, p in zip(op.arguments, patterns) if is_tracked(x)]
    made = a.call(op, op.jvp.string_value(), [*points, *tangents])
    if len(made) == len(op.results):  # the rule was not seen, and all is dense
        return made
    given = iter(made[len(op.results) :])
    return Several(next(given) if is_tracked(r) else () for r in op.results)


@sparsity.rule(delta.CustomVjpOp)
def custom_vjp(op: delta.CustomVjpOp, patterns: Patterns, a: Analysis) -> Several:
    """The rule of a derivative may read what the function does not read"""
    return a.dense(op, "its derivative is a rule of its own")


@sparsity.rule(delta.ImplicitOp, delta.SolveOp)
def system(op: Operation, patterns: Patterns, a: Analysis) -> Several:
    """An unknown of a system depends on all of the system"""
    return a.dense(op, "each unknown of a system depends on all equations")
