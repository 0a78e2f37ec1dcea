"""
Attention becomes one op: `ten-find-attention`.

    einsum "ij,je->ie" (x / Σ x, v),  x = exp (s - max s),  s = scale · einsum "id,jd->ij" (q, k)
        →  attention "id,jd,je->ie" (q, k, v)

Needs:   no `ten.build`; no terms.
Leaves:  no such softmax between two products of matrices, with the exceptions below.
Keeps:   the value, up to rounding, where each key that a mask excludes has a finite value. Sharing:
         each op that goes away has no other reader.
Ends:    one visit to each product. Each firing leaves two products less.

Between the first product and the softmax there may be, in this order: scales, which are numbers or
do not depend on the key; a bias that is added; and masks, which put one number in the place of some
scores. A mask that is a band of places (a causal mask, a window) becomes two numbers, whether it is
a table, a comparison of places, or a table that adds 0 or one other number. Transposes, casts,
batches and heads may be anywhere.

Exceptions: a value between the products that the program also uses elsewhere; a softmax without the
maximum of its row, over several dimensions, or with more than one other dimension of keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import BFloat16Type, Float16Type, ModuleOp, f32, i1
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import Term, ints, shape
from ...dialects.walking import ops_in
from ..rewriting import remarks
from ..rewriting.attention_formulas import cast, laid_out
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .lettered_views import LETTERS, UNIT, origin, value_of_rows
from .score_masks import Excluding, add_mask, added_band
from .softmax_functions import softmax_dim


class FindAttentionPass(ModulePass):
    """
    Makes a `ten.attention` of a softmax between two products of matrices.

    Example:

        >>> def attention(q, k, v):
        ...     s = q @ k.T * 0.5
        ...     x = np.exp(s - s.max(axis=1, keepdims=True))
        ...     return (x / x.sum(axis=1, keepdims=True)) @ v
        >>> module = lg.trace(attention, lg.spec((5, 4)), lg.spec((6, 4)), lg.spec((6, 3)))
        >>> run_pipeline(ctx, module, "optimize")
        >>> FindAttentionPass().apply(ctx, module)
        >>> 'ten.attention "id,jd,je->ie" %q, %k, %v {scale = 5' in str(module)
        True
    """

    name = "ten-find-attention"
    seeks: ClassVar[Kinds] = (ten.EinsumOp,)
    needs: ClassVar[Level] = Level.SURFACE

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for product in [x for x in ops_in(op) if isinstance(x, ten.EinsumOp)]:
            if product.parent is None or not _is_candidate(product):
                continue
            for side in (0, 1):
                try:
                    found = Match(product, side)
                except Stranger:
                    continue
                except Miss as why:
                    text = f"the product and the softmax before it stay two: {why}"
                    remarks.missed(self.name, "attention", product, text)
                    continue
                found.replace()
                count("attention")
                break
        drop_broken_stamps(op, self.name)


class Stranger(Exception):
    """This is no product with a softmax."""


class Miss(Exception):
    """A condition that fails for a softmax between two products, in words."""


def _is_candidate(op: ten.EinsumOp) -> bool:
    words, output = op.letters
    return (
        len(words) == 2
        and all(len(set(w)) == len(w) for w in words)
        and not any(isinstance(x.type, Term) for x in (*op.xs, op.result))
        and types.is_float(types.element(op.result.type))
        and all(types.size(x.type) for x in op.xs)
        and len(output) > 1
    )


def _uncast(x: SSAValue) -> SSAValue:
    """The float under casts to floats."""
    while isinstance(x.owner, ten.CastOp | arith.ExtFOp | arith.TruncFOp):
        source = x.owner.operands[0]
        if not types.is_float(types.element(source.type)):
            return x
        x = source
    return x


class Match:
    """A softmax between two products. Errors: `Stranger`, `Miss`."""

    def __init__(self, root: ten.EinsumOp, side: int):
        self.root: Operation = root
        self.product = root
        self.gone: set[Operation] = set()
        """The ops that go away, without the root."""
        self.late = False
        words, self.output = root.letters
        self.weights_word, self.v_word = words[side], words[1 - side]
        self.v = root.xs[1 - side]
        self._softmax(root.xs[side])
        self._letters()
        self._scores()
        self._check_uses()

    # The softmax.

    def _softmax(self, p: SSAValue) -> None:
        """Find the exponentials, their sum and their maximum."""
        at = self._through_casts(p)
        owner = at.owner
        if self._is_function(owner):
            return
        word = self.weights_word
        divisor: tuple[SSAValue, str] | None = None
        if isinstance(owner, arith.DivfOp) and self._is_exponential(owner.lhs):
            divisor, at = (owner.rhs, word), owner.lhs
        elif isinstance(owner, arith.MulfOp):
            for a, b in ((owner.lhs, owner.rhs), (owner.rhs, owner.lhs)):
                if self._is_exponential(a) and (found := self._reciprocal(b)) is not None:
                    divisor, at = found, a
                    break
        if divisor is not None:
            self.gone.add(owner)  # type: ignore[arg-type]
        elif not self._is_exponential(at):
            raise Stranger
        x = self._through_casts(at)
        exponential = x.owner
        assert isinstance(exponential, math.ExpOp)
        self.gone.add(exponential)
        self.pairs = x
        if divisor is None:
            divisor = self._late_divisor(), self.output
        summed, kept = value_of_rows(*divisor)
        total = self._through_casts(summed).owner
        if not isinstance(total, ten.SumOp) or self._through_casts(total.x) is not x:
            raise Stranger if self.late else Miss("it divides by another value than its sum")
        dims = ints(total.dims)
        if len(dims) != 1:
            raise Miss(f"the softmax is over {len(dims)} dimensions")
        self.j = dims[0]
        if kept.replace(UNIT, "") != word[: self.j] + word[self.j + 1 :]:
            raise Miss("the sums have another layout than the rows")
        self._mark(divisor[0], total)
        self.gone.add(total)
        self._shifted(exponential.operand)

    def _is_function(self, owner: Operation | Block) -> bool:
        """
        Whether the weights are those of a function for the softmax whose derivative is the usual
        one, as `lg.softmax` writes it: select(all (s = -inf), NaN, softmax(s)).
        """
        if isinstance(owner, ten.SelectOp):
            call, nothing = owner.b.owner, types.constant_value(owner.a)
            if not isinstance(call, delta.CustomJvpOp) or nothing == nothing or nothing is None:
                return False
            value, _ = value_of_rows(owner.mask, self.weights_word)
            rows = value.owner
            if not isinstance(rows, ten.ReduceOp) or rows.kind.data != "all":
                return False
            equal = rows.x.owner
            if (
                not isinstance(equal, ten.CompareOp)
                or equal.predicate.data != "oeq"
                or equal.a is not call.operands[0]
                or types.constant_value(equal.b) != -inf
            ):
                return False
            self._mark(owner.mask, rows)
            self.gone |= {owner, rows, equal}
            dims = ints(rows.dims)
        elif isinstance(owner, delta.CustomJvpOp):
            call, dims = owner, None
        else:
            return False
        if len(call.operands) != 1 or (j := softmax_dim(call)) is None or dims not in (None, (j,)):
            self.gone.clear()
            return False
        self.gone.add(call)
        self.j, self.pairs, self.scores = j, call.results[0], call.operands[0]
        return True

    def _is_exponential(self, x: SSAValue) -> bool:
        return isinstance(_uncast(x).owner, math.ExpOp)

    def _through_casts(self, x: SSAValue) -> SSAValue:
        """The float under casts, which go away."""
        end = _uncast(x)
        while x is not end:
            assert isinstance(x.owner, Operation)
            self.gone.add(x.owner)
            x = x.owner.operands[0]
        return end

    def _mark(self, x: SSAValue, end: Operation) -> None:
        """The views and casts from x down to the op `end` go away."""
        while x.owner is not end:
            assert isinstance(x.owner, Operation)
            self.gone.add(x.owner)
            x = x.owner.operands[0]

    def _reciprocal(self, x: SSAValue) -> tuple[SSAValue, str] | None:
        """y and its letters, if x is 1 / y, perhaps broadcast."""
        value, word = value_of_rows(x, self.weights_word)
        owner = value.owner
        if not isinstance(owner, arith.DivfOp) or types.constant_value(owner.lhs) != 1:
            return None
        self._mark(x, owner)
        self.gone.add(owner)
        return owner.rhs, word

    def _late_divisor(self) -> SSAValue:
        """The value that the product of the exponentials is divided by, in the next op."""
        users = {use.operation for use in self.product.result.uses}
        if len(users) == 1:
            (user,) = users
            if isinstance(user, arith.DivfOp) and user.lhs is self.product.result:
                if user.rhs is not self.product.result and user.parent is self.product.parent:
                    self.gone.add(self.product)
                    self.root, self.late = user, True
                    return user.rhs
        raise Stranger

    def _shifted(self, x: SSAValue) -> None:
        """The scores, from which the maximum of each row is subtracted."""
        x = self._through_casts(x)
        owner = x.owner
        if not isinstance(owner, arith.SubfOp):
            raise Miss("the exponentials are of scores from which no maximum was subtracted")
        self.gone.add(owner)
        word = self.weights_word
        value, kept = value_of_rows(owner.rhs, word, stops=True)
        greatest = value.owner
        if (
            not isinstance(greatest, ten.ReduceOp)
            or greatest.kind.data != "max"
            or _uncast(greatest.x) is not _uncast(owner.lhs)
        ):
            raise Miss("the value that is subtracted from the scores is not their maximum")
        rows = word[: self.j] + word[self.j + 1 :]
        if ints(greatest.dims) != (self.j,) or kept.replace(UNIT, "") != rows:
            raise Miss("the maximum is of another dimension than the sum")
        self._mark(owner.rhs, greatest)
        self.gone.add(greatest)
        self._through_casts(greatest.x)
        self.scores = owner.lhs

    # Letters.

    def _letters(self) -> None:
        """The dimensions of the values, and the letter of each dimension of the scores."""
        word = self.weights_word
        key = word[self.j]
        inner = [c for c in word if c not in self.output]
        features = [c for c in self.v_word if c not in word]
        if inner != [key] or key not in self.v_word:
            raise Miss("the second product does not sum over the keys, and over nothing else")
        if len(features) != 1 or features[0] not in self.output:
            raise Miss("the values do not have one dimension of features")
        self.feature = features[0]

    def _name(self, rows: Sequence[int]) -> None:
        """Choose the letters: `rows` are the dimensions of the scores that may be the queries."""
        word, sizes = self.weights_word, shape(self.pairs.type)

        def preference(d: int) -> tuple[int, int]:
            masked = sum(word[d] in w for w in self.looked_at)
            return masked, sizes[d]

        i = max(rows, key=preference)
        left = iter(LETTERS)
        self.letter = {
            c: "i" if d == i else "j" if d == self.j else next(left) for d, c in enumerate(word)
        }
        self.letter[self.feature] = "e"

    def _renamed(self, word: str) -> str:
        return "".join(self.letter[c] for c in word)

    # The scores.

    def _scores(self) -> None:
        """From the softmax to the product of queries and keys."""
        self.fill: float | None = None
        self.masks: list[tuple[SSAValue, bool]] = []
        self.biases: list[tuple[SSAValue, bool]] = []
        """Values that are added, and whether each is subtracted instead."""
        self.scale = 1.0
        self.factors: list[SSAValue] = []
        x = self._masked(self._through_casts(self.scores))
        x = self._with_bias(x)
        x = self._scaled(x)
        owner = x.owner
        if not isinstance(owner, ten.EinsumOp):
            raise Miss(_what(owner))
        self.gone.add(owner)
        self.first = owner
        words, output = owner.letters
        if not _is_candidate(owner):
            raise Miss("the scores are no product of two matrices")
        # The letters of the first product, as those of the second one.
        self.same = dict(zip(output, self.weights_word))
        key = output[self.j]
        sides = [n for n, w in enumerate(words) if key in w]
        if len(sides) != 1:
            raise Miss("both factors of the scores have the dimension of the softmax")
        k_side = sides[0]
        self.q, self.k = owner.xs[1 - k_side], owner.xs[k_side]
        self.q_word, self.k_word = words[1 - k_side], words[k_side]
        summed = [c for c in self.q_word if c not in output]
        if len(summed) != 1 or set(self.k_word) - set(output) != set(summed):
            raise Miss("the scores are no sum over one dimension of features")
        self.inner = summed[0]
        rows = [
            d
            for d, c in enumerate(output)
            if c in self.q_word and c not in self.k_word and self.weights_word[d] not in self.v_word
        ]
        if not rows:
            raise Miss("there is no dimension of queries")
        self.looked_at = [origin(m, self.weights_word)[1] for m, _ in [*self.biases, *self.masks]]
        self._name(rows)

    def _masked(self, x: SSAValue) -> SSAValue:
        while isinstance(x.owner, ten.SelectOp):
            op = x.owner
            fill, other = types.constant_value(op.b), op.a
            negated = False
            if fill is None:
                fill, other, negated = types.constant_value(op.a), op.b, True
            if fill is None or types.rank(op.mask.type) == 0:
                raise Miss("a mask puts values in the place of scores that are no one number")
            if self.fill is not None and self.fill != fill:
                raise Miss(f"the masks put two numbers, {self.fill} and {fill}")
            if fill == inf or fill != fill:
                raise Miss(f"a mask puts {fill} in the place of scores")
            self.fill = float(fill)
            self.masks.append((op.mask, negated))
            self.gone.add(op)
            x = self._through_casts(other)
        return x

    def _with_bias(self, x: SSAValue) -> SSAValue:
        while isinstance(x.owner, arith.AddfOp | arith.SubfOp):
            op = x.owner
            number = types.constant_value(op.rhs)
            if number is None and isinstance(op, arith.AddfOp):
                number = types.constant_value(op.lhs)
                if number is not None:
                    self._drop(op, number)
                    x = self._through_casts(op.rhs)
                    continue
            if number is not None:
                self._drop(op, number)
                x = self._through_casts(op.lhs)
                continue
            left, right = (self._leads(y) for y in (op.lhs, op.rhs))
            if left == right:
                raise Miss("the scores are a sum of two products" if left else _what(op))
            if self.scale < 0:
                raise Miss("biases stand on both sides of a minus")
            self.gone.add(op)
            subtracts = isinstance(op, arith.SubfOp)
            self.biases.append((op.rhs if left else op.lhs, subtracts and left))
            if subtracts and right:
                self.scale = -1.0
            x = self._through_casts(op.lhs if left else op.rhs)
        return x

    def _drop(self, op: Operation, number: float) -> None:
        """A number that is added to all scores changes no softmax."""
        if not isfinite(number):
            raise Miss(f"{number} is added to all scores")
        self.gone.add(op)

    def _leads(self, x: SSAValue) -> bool:
        """Whether a value is the product of two matrices under scales, biases and casts."""
        pending = [x]
        while pending:
            owner = _uncast(pending.pop()).owner
            if isinstance(owner, ten.EinsumOp):
                if len(owner.xs) == 2 and set("".join(owner.letters[0])) != set(owner.letters[1]):
                    return True
            elif isinstance(owner, arith.AddfOp | arith.SubfOp | arith.MulfOp | arith.NegfOp):
                pending.extend(owner.operands)
            elif isinstance(owner, arith.DivfOp):
                pending.append(owner.lhs)
        return False

    def _scaled(self, x: SSAValue) -> SSAValue:
        while True:
            op = x.owner
            if isinstance(op, arith.NegfOp):
                self.scale, x = -self.scale, op.operand
            elif isinstance(op, arith.MulfOp):
                number = types.constant_value(op.rhs)
                other = op.lhs
                if number is None:
                    number, other = types.constant_value(op.lhs), op.rhs
                if number is not None:
                    self.scale *= number
                    x = other
                else:
                    leads = self._leads(op.lhs)
                    self.factors.append(op.rhs if leads else op.lhs)
                    x = op.lhs if leads else op.rhs
            elif isinstance(op, arith.DivfOp):
                number = types.constant_value(op.rhs)
                if not number:
                    raise Miss("the scores are divided by a value that is no number")
                self.scale /= number
                x = op.lhs
            else:
                break
            self.gone.add(op)
            x = self._through_casts(x)
        key = self.weights_word[self.j]
        if any(key in origin(factor, self.weights_word)[1] for factor in self.factors):
            raise Miss("a scale of the scores depends on the key")
        if not isfinite(self.scale):
            raise Miss(f"the scale of the scores is {self.scale}")
        return x

    def _check_uses(self) -> None:
        block = self.root.parent
        for op in self.gone:
            if op.parent is not block:
                raise Miss("a region stands between the products")
            for result in op.results:
                for use in result.uses:
                    if use.operation is not self.root and use.operation not in self.gone:
                        raise Miss(
                            f"{use.operation.name} also uses a value between the products, which "
                            f"{op.name} makes"
                        )
        self._operands()

    def _operands(self) -> None:
        """The queries, keys and values in one type, with their letters."""
        first = {c: self.letter[w] for c, w in self.same.items()} | {self.inner: "d"}
        given = [
            (self.q, "".join(first[c] for c in self.q_word), "id"),
            (self.k, "".join(first[c] for c in self.k_word), "jd"),
            (self.v, self._renamed(self.v_word), "je"),
        ]
        soft = types.element(self.pairs.type)
        narrow = [_viewed(*x, casts=True) for x in given]
        kinds = {types.element(x.type) for x, _ in narrow}
        self.wide = soft == f32 and len(kinds) == 1 and is_short(next(iter(kinds)))
        if self.late and self.wide:
            raise Miss("the softmax is wider than the values, and divides after the product")
        self.operands = narrow if self.wide else [_viewed(*x) for x in given]
        kinds = {types.element(x.type) for x, _ in self.operands} | {soft}
        if not self.wide and len(kinds) > 1:
            named = [str(types.element(x.type)) for x in (self.q, self.pairs, self.v)]
            raise Miss(
                "the queries are {}, the softmax is {}, and the values are {}".format(*named)
            )

    # The new op.

    def replace(self) -> None:
        e = Emitter.before(self.root).derived(self.root, "attention")
        (q, q_word), (k, k_word), (v, v_word) = self.operands
        scalar, soft = types.element(q.type), types.element(self.pairs.type)
        output = self._renamed(self.output)
        end = self.root
        users = [use.operation for use in end.results[0].uses]
        if len(users) == 1 and isinstance(users[0], ten.TransposeOp):
            if users[0].parent is end.parent:
                end = users[0]
                output = "".join(output[d] for d in ints(end.perm))
        sizes = {
            c: n
            for w, x in ((q_word, q), (k_word, k), (v_word, v))
            for c, n in zip(w, shape(x.type))
        }
        pairs = self._renamed(self.weights_word)
        sizes |= dict(zip(pairs, shape(self.pairs.type)))
        for factor in self.factors:
            y, word = origin(factor, pairs)
            to = q_word + "".join(c for c in word if c not in q_word)
            q = e.multiply(
                laid_out(q, q_word, to, sizes, e), cast(laid_out(y, word, to, sizes, e), scalar, e)
            )
            q_word = to
        below, above, adds, extras = self._excluded(pairs, sizes, soft, e)
        scores = ten.Scores(
            self.scale,
            below,
            above,
            -inf if self.fill is None else self.fill,
            adds,
            self.wide,
            self.late,
        )
        # A letter of the batch that only the output's layout has comes from no operand.
        spec = ",".join([q_word, k_word, v_word, *(w for _, w in extras)]) + f"->{output}"
        if missing := [c for c in output if c not in spec.partition("->")[0]]:
            to = "".join(missing) + v_word
            v = laid_out(v, v_word, to, sizes, e)
            spec = ",".join([q_word, k_word, to, *(w for _, w in extras)]) + f"->{output}"
        made = ten.AttentionOp(spec, [q, k, v, *(x for x, _ in extras)], scores)
        o = made.results[0]
        given = types.element(self.root.results[0].type)
        if self.wide and given == f32:
            o._type = types.of_shape(shape(o.type), f32)  # pyright: ignore[reportPrivateUsage]
        e.insert(made)
        remarks.passed(
            FindAttentionPass.name,
            "attention",
            self.root,
            f'the softmax and its two products are one op, "{spec}"',
        )
        result = cast(o, given, e)
        result.name_hint = end.results[0].name_hint
        Rewriter.replace_op(end, [], [result])
        if end is not self.root:
            Rewriter.erase_op(self.root)
        pending = set(self.gone)
        while dead := [op for op in pending if all(r.first_use is None for r in op.results)]:
            for op in dead:
                pending.discard(op)
                Rewriter.erase_op(op)

    def _excluded(
        self, pairs: str, sizes: dict[str, int], soft: Attribute, e: Emitter
    ) -> tuple[int | None, int | None, bool, list[tuple[SSAValue, str]]]:
        """The band, whether it adds, and the bias and the mask."""
        found, adds = Excluding(), False
        for mask, negated in self.masks:
            add_mask(found, mask, pairs, negated, (sizes["i"], sizes["j"]))
        biases: list[tuple[SSAValue, str]] = []
        for bias, negated in self.biases:
            x, word = origin(_uncast(bias), pairs)
            x, word = origin(_uncast(x), word)
            band = None if self.masks or adds or negated else added_band(x, word)
            if band is None:
                x = cast(x, soft, e)
                biases.append((e(arith.NegfOp(x)) if negated else x, word))
            else:
                below, above, self.fill = band
                found.narrow(below, above)
                adds = True
        extras: list[tuple[SSAValue, str]] = []
        if biases:
            extras.append(_joined(biases, pairs, sizes, e.add, e))
        if found.tensors:
            masks = []
            for x, word, negated in found.tensors:
                if negated:
                    x = e(arith.XOrIOp(x, e.constant(True, x.type)))
                masks.append((x, word))
            extras.append(_joined(masks, pairs, sizes, lambda a, b: e(arith.AndIOp(a, b)), e))
        if found.below is not None and found.above is not None and found.below > found.above:
            # No place is in both bands: a mask of one truth value says it.
            nothing = e.constant(False, types.of_shape((sizes["i"],), i1))
            return None, None, adds, [*extras[: bool(biases)], (nothing, "i")]
        return found.below, found.above, adds, extras


def is_short(scalar: Attribute) -> bool:
    return isinstance(scalar, BFloat16Type | Float16Type)


def _what(owner: Operation | Block) -> str:
    name = owner.name if isinstance(owner, Operation) else "an argument"
    return f"{name} stands between the product of queries and keys and the softmax"


def _viewed(x: SSAValue, word: str, needed: str, casts: bool = False) -> tuple[SSAValue, str]:
    """
    The tensor that an operand views, with its letters, if it has those that no operand may lack.
    With `casts`, also the floats of 16 bits under casts to float32, which have the same values.
    """
    while True:
        source, letters = origin(x, word)
        if set(needed) <= set(letters):
            x, word = source, letters
        op = x.owner
        if not casts or not isinstance(op, ten.CastOp | arith.ExtFOp):
            return x, word
        inner = op.operands[0]
        if not is_short(types.element(inner.type)) or types.element(x.type) != f32:
            return x, word
        x = inner


def _joined(parts, pairs, sizes, join, e: Emitter) -> tuple[SSAValue, str]:
    """Several tensors as one, with all their letters."""
    word = "".join(c for c in pairs if any(c in w for _, w in parts))
    if len(parts) == 1:
        return parts[0]
    value, *others = (laid_out(x, w, word, sizes, e) for x, w in parts)
    for other in others:
        value = join(value, other)
    return value, word
