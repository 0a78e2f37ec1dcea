"""
Lower the solution of linear systems to loops.

Needs:   nothing. Solves of terms stay: `delta-transpose` and `delta-evaluate` take them.
Leaves:  no `delta.solve` of values, and no `delta.implicit`.
Keeps:   the value, up to the accuracy of the method.
Ends:    one visit to each op, after the ops in the functions that it names.

    implicit @f (x, p)  →  x
    solve @a (b, p)     →  the matrix of a, and Gauss-Jordan elimination: up to DENSE unknowns
    solve @a (b, p)     →  a Krylov method, which only applies a

So a derivative has to be taken before. The number of unknowns decides between the methods.

The Krylov method without a name has the iterates of GMRES: in each cycle, x has the least residual
in the space of r, A r, A² r, … . The directions p are such that the products A p are
orthonormal (H. F. Walker and L. Zhou, "A simpler GMRES", 1994), so no small system is left.
A direction is a sum of r and of products before it, and only its coefficients are kept. Each
product is made orthogonal twice, which keeps the digits. A new cycle begins after RESTART steps
with the residual computed anew.

Each place of a batch is a system. The methods run until all systems are solved. A system that no
method solves is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan, prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import ModuleOp, f32, f64, i1, i64
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, made
from ..rewriting.functions import by_name, called
from ..sharing.copying import inline

DENSE = 128
"""The most unknowns for which the matrix is the better way."""
RESTART = 30
"""
The steps of a cycle of GMRES, which keeps as many vectors. With up to twice as many unknowns,
a cycle has a step for each.
"""
ROOM = 3 << 20
"""The most elements that the vectors of a long cycle may have together."""
CYCLES = 1000
"""The most cycles of GMRES. Cycles that gain nothing end earlier."""
GAIN = 0.99
"""A cycle that leaves more than this part of each residual is the last one."""


class LowerSolvesPass(ModulePass):
    """Replaces the solves of linear systems by elimination, or by loops of products."""

    name = "delta-lower-solves"
    seeks: ClassVar[Kinds] = (delta.ImplicitOp, delta.SolveOp)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if any(isinstance(inner, delta.ImplicitOp | delta.SolveOp) for inner in ops_in(op)):
            Lowering(op).run()


class Lowering:
    def __init__(self, module: ModuleOp):
        self.module = module
        self.known = by_name(module)
        self.done: set[str] = set()
        self.running: list[str] = []

    def run(self) -> None:
        for name in self.known:
            self.lower(name)

    def lower(self, name: str) -> None:
        """Lower the solves in a function, after the functions that they apply."""
        if name in self.done or name not in self.known:
            return
        self.running.append(name)
        for op in list(ops_in(self.known[name])):
            match op:
                case delta.ImplicitOp():
                    count(op.name)
                    Rewriter.replace_op(op, [], [op.x])
                case delta.SolveOp() if not isinstance(op.b.type, types.Term):
                    self.lower_solve(op)
        self.running.pop()
        self.done.add(name)

    def lower_solve(self, op: delta.SolveOp) -> None:
        takes = [x.type for x in (*op.params, op.b)]
        function = called(self.known, op.apply, op, takes, [op.b.type])
        if function.sym_name.data in self.running:
            raise LetgradError(
                f"{op.name} stands in the function @{function.sym_name.data} that it names", op
            )
        self.lower(function.sym_name.data)
        # A call in the function may lead to a solve, too.
        for inner in ops_in(function):
            if isinstance(inner, func.CallOp):
                self.lower(inner.callee.string_value())
        e = Emitter.before(op).derived(op, f"lower({op.name})")
        x = System(op, function).solved(e)
        count(op.name)
        x.name_hint = x.name_hint or op.result.name_hint
        Rewriter.replace_op(op, [], [x])


class System:
    """A system of k batches and n unknowns, and its matrix as a function on vectors [k, n]."""

    def __init__(self, op: delta.SolveOp, function: func.FuncOp):
        self.op, self.function = op, function
        sizes = types.shape(op.b.type)
        self.k, self.n = prod(sizes[: op.batches]), prod(sizes[op.batches :])
        self.own = types.element(op.b.type)
        # The methods need more digits than the 16-bit types have.
        self.element: Attribute = self.own if self.own in (f32, f64) else f32
        self.type = types.of_shape((self.k, self.n), self.element)
        # Half of the digits are the least that a solution must have.
        self.eps = 2.0**-23 if self.element == f32 else 2.0**-52

    def solved(self, e: Emitter) -> SSAValue:
        """The solution, as a value of the type of b."""
        if not self.k or not self.n:
            return self.op.b
        method = None if self.op.method is None else self.op.method.data
        if method is None:
            method = "dense" if self.n <= DENSE else "gmres"
        b = self.vectors(self.op.b, e)
        match method:
            case "dense" if self.n == 1:
                x = e(made(arith.DivfOp, b, self.applied(e.constant(1, self.type), e)))
                infinite = e.compare(
                    "oeq", e(made(math.AbsFOp, x)), e.constant(float("inf"), self.type)
                )
                x = e.select(infinite, e.constant(nan, self.type), x)
            case "dense":
                x = self.eliminated(b, e)
            case _:
                x = self.iterated(b, self.conjugate if method == "cg" else self.minimal, e)
        return self.tensor(x, e)

    def vectors(self, x: SSAValue, e: Emitter) -> SSAValue:
        """A value of the type of b, as vectors [k, n] of the element type of the method."""
        if self.element != self.own:
            x = e(ten.CastOp(x, self.element))
        return x if x.type == self.type else e(ten.ReshapeOp(x, (self.k, self.n)))

    def tensor(self, x: SSAValue, e: Emitter) -> SSAValue:
        """Vectors as a value of the type of b."""
        sizes = types.shape(self.op.b.type)
        if types.shape(x.type) != sizes:
            x = e(ten.ReshapeOp(x, sizes))
        return x if self.element == self.own else e(ten.CastOp(x, self.own))

    def applied(self, x: SSAValue, e: Emitter) -> SSAValue:
        """A x, for vectors x."""
        (y,) = inline(self.function, [*self.op.params, self.tensor(x, e)], e)
        return self.vectors(y, e)

    # Elimination.

    def eliminated(self, b: SSAValue, e: Emitter) -> SSAValue:
        """The solution by the matrix, whose columns are the products with unit vectors."""
        k, n = self.k, self.n
        block, inner = nested(e, [ten.index_type])
        (j,) = block.args
        place, deeper = nested(inner, [ten.index_type, ten.index_type])
        one, zero = (deeper.constant(c, self.element) for c in (1, 0))
        is_j = deeper.compare("eq", place.args[1], j)
        deeper.insert(ten.YieldOp(deeper.select(is_j, one, zero)))
        unit = inner(ten.BuildOp((k, n), Region(place)))
        inner.insert(ten.YieldOp(self.applied(unit, inner)))
        columns = e(ten.BuildOp((n,), Region(block)))
        matrix = e(ten.TransposeOp(columns, (1, 2, 0)))
        right = e(ten.ReshapeOp(b, (k, n, 1)))
        both = e(ten.ConcatOp([matrix, right], 2))
        block, inner = nested(e, [ten.index_type])
        one_system = inner(ten.IndexOp(both, [block.args[0]]))
        inner.insert(ten.YieldOp(self.gauss_jordan(one_system, inner)))
        return e(ten.BuildOp((k,), Region(block)))

    def gauss_jordan(self, m: SSAValue, e: Emitter) -> SSAValue:
        """The solution of one system, given as the matrix [n, n + 1] with b as its last column."""
        n = self.n
        rows = e(ten.IotaOp(0, types.of_shape((n,), ten.index_type)))
        column_type = types.of_shape((n,), self.element)
        block, s = nested(e, [m.type, ten.index_type])
        old, k = block.args
        by_columns = s(ten.TransposeOp(old, (1, 0)))
        column = s(ten.IndexOp(by_columns, [k]))
        at_k = s(ten.BroadcastOp(k, (0,), (n,)))
        below = s.compare("sge", rows, at_k)
        sizes = s.select(below, s(made(math.AbsFOp, column)), s.constant(-1, column_type))
        p = s(ten.ArgmaxOp(sizes, 0))
        p = s(arith.IndexCastOp(p, ten.index_type))
        upper, lower = s(ten.IndexOp(old, [k])), s(ten.IndexOp(old, [p]))
        pivot = s(ten.IndexOp(column, [p]))
        width = types.of_shape((n + 1,), self.element)
        lower = s(made(arith.DivfOp, lower, s(ten.BroadcastOp(pivot, (0,), (n + 1,)))))
        is_k = s.compare("eq", rows, at_k)
        is_p = s.compare("eq", rows, s(ten.BroadcastOp(p, (0,), (n,))))

        def in_rows(row: SSAValue) -> SSAValue:
            assert row.type == width
            return s(ten.BroadcastOp(row, (0,), (n, n + 1)))

        def in_columns(x: SSAValue) -> SSAValue:
            return s(ten.BroadcastOp(x, (1,), (n, n + 1)))

        swapped = s.select(in_columns(is_p), in_rows(upper), old)
        factors = s(ten.IndexOp(s(ten.TransposeOp(swapped, (1, 0))), [k]))
        less = s.multiply(in_columns(factors), in_rows(lower))
        rest = s(made(arith.SubfOp, swapped, less))
        s.insert(ten.YieldOp(s.select(in_columns(is_k), in_rows(lower), rest), pivot))
        scan = e.insert(ten.ScanOp(n, [m], [rows], Region(block)))
        solved, pivots = scan.results
        last = e(ten.IndexOp(e(ten.TransposeOp(solved, (1, 0))), [e.constant(n, ten.index_type)]))
        zero = e.constant(0, column_type)
        singular = e(ten.ReduceOp("any", e.compare("oeq", pivots, zero), (0,)))
        return e.select(singular, e.constant(nan, column_type), last)

    # Iterations.

    def iterated(
        self, b: SSAValue, iterate: Callable[[SSAValue, SSAValue, Emitter], SSAValue], e: Emitter
    ) -> SSAValue:
        """
        The solution by an iteration, for right sides whose largest element is 1: squares of small
        elements would be 0. NaN for a system whose residual stays above half of the digits.
        """
        size = e(ten.ReduceOp("max", e(made(math.AbsFOp, b)), (1,)))
        zero, one = (e.constant(c, size.type) for c in (0, 1))
        size = e.select(e.compare("oeq", size, zero), one, size)
        scaled = e(made(arith.DivfOp, b, self.spread(size, b, e)))
        x = iterate(scaled, self.bound(scaled, 100 * self.eps, e), e)
        r = e(made(arith.SubfOp, scaled, self.applied(x, e)))
        limit = self.bound(scaled, self.eps**0.5, e)
        found = e.compare("ole", self.dot(r, r, e), limit)
        x = e.multiply(x, self.spread(size, x, e))
        return e.select(self.spread(found, x, e), x, e.constant(nan, self.type))

    def bound(self, b: SSAValue, tolerance: float, e: Emitter) -> SSAValue:
        """tolerance² ‖b‖², for each system."""
        norm = self.dot(b, b, e)
        return e.multiply(norm, e.constant(tolerance * tolerance, norm.type))

    def dot(self, x: SSAValue, y: SSAValue, e: Emitter) -> SSAValue:
        return e(ten.EinsumOp("ki,ki->k", [x, y]))

    def spread(self, x: SSAValue, over: SSAValue, e: Emitter) -> SSAValue:
        """One number for each system, for each element of its row of `over`."""
        return e(ten.BroadcastOp(x, (1,), types.shape(over.type)))

    def minimal(self, b: SSAValue, bound: SSAValue, e: Emitter) -> SSAValue:
        """
        Cycles of GMRES. Where short cycles gain nothing, and there is room, long ones come after.
        """
        state = [e.constant(0, self.type), b, self.dot(b, b, e)]
        short = self.n if self.n <= 2 * RESTART else RESTART
        long = min(self.n, ROOM // (self.k * self.n))
        state = self.cycles(b, state, bound, short, e)
        return (self.cycles(b, state, bound, long, e) if long > short else state)[0]

    def cycles(
        self, b: SSAValue, state: Sequence[SSAValue], bound: SSAValue, m: int, e: Emitter
    ) -> list[SSAValue]:
        """x, the residual r, and ‖r‖², after cycles of up to m steps."""
        going = e.constant(True, types.of_shape((self.k,), i1))

        def goes_on(c: Emitter, state: Sequence[SSAValue]) -> SSAValue:
            _, _, norm, turns, gains = state
            open_ = c(arith.AndIOp(c.compare("ogt", norm, bound), gains))
            some = c(ten.ReduceOp("any", open_, (0,)))
            return c(arith.AndIOp(some, c.compare("slt", turns, c.constant(CYCLES, i64))))

        def turn(s: Emitter, state: Sequence[SSAValue]) -> list[SSAValue]:
            x, r, norm, turns, _ = state
            x = self.cycle(x, r, bound, m, s)
            r = s(made(arith.SubfOp, b, self.applied(x, s)))
            new = self.dot(r, r, s)
            least = s.multiply(norm, s.constant(GAIN * GAIN, norm.type))
            turns = s(arith.AddiOp(turns, s.constant(1, i64)))
            return [x, r, new, turns, s.compare("olt", new, least)]

        x, r, norm, _, _ = loop(e, [*state, e.constant(0, i64), going], goes_on, turn)
        return [x, r, norm]

    def cycle(self, x: SSAValue, r: SSAValue, bound: SSAValue, m: int, e: Emitter) -> SSAValue:
        """
        x after up to m steps from the residual r: x + y₀ r + y₁ q₀ + y₂ q₁ + … for the products q.
        A direction p is kept as its coefficients in this basis, as y is.
        """
        k, n = self.k, self.n
        products = e.constant(0, types.of_shape((m, k, n), self.element))
        directions = e.constant(0, types.of_shape((m, k, m + 1), self.element))
        none = e.constant(0, types.of_shape((k, m + 1), self.element))
        zero = e.constant(0, ten.index_type)

        def goes_on(c: Emitter, state: Sequence[SSAValue]) -> SSAValue:
            _, r, _, _, _, j = state
            some = c(ten.ReduceOp("any", c.compare("ogt", self.dot(r, r, c), bound), (0,)))
            return c(arith.AndIOp(some, c.compare("slt", j, c.constant(m, ten.index_type))))

        def step(s: Emitter, state: Sequence[SSAValue]) -> list[SSAValue]:
            y, r, last, ps, qs, j = state
            one = s.constant(1, types.of_shape((k, 1), self.element))
            p = s(ten.UpdateOp(none, one, [s.constant(0, ten.index_type), j], (1, 1)))
            q = self.applied(last, s)
            whole = self.dot(q, q, s)
            for _ in range(2):
                parts = s(ten.EinsumOp("mki,ki->mk", [qs, q]))
                q = s(made(arith.SubfOp, q, s(ten.EinsumOp("mk,mki->ki", [parts, qs]))))
                p = s(made(arith.SubfOp, p, s(ten.EinsumOp("mk,mki->ki", [parts, ps]))))
            left = self.dot(q, q, s)
            # Only rounding errors are left of a product that the others span.
            noise = s.multiply(whole, s.constant((10 * self.eps) ** 2, whole.type))
            is_new = s.compare("ogt", left, noise)
            nothing = s.constant(0, left.type)
            factor = s.select(is_new, s(made(math.RsqrtOp, left)), nothing)
            p, q = (s.multiply(v, self.spread(factor, v, s)) for v in (p, q))
            share = self.dot(r, q, s)
            y = s.add(y, s.multiply(self.spread(share, p, s), p))
            r = s(made(arith.SubfOp, r, s.multiply(self.spread(share, q, s), q)))
            place = [j, s.constant(0, ten.index_type), s.constant(0, ten.index_type)]
            ps, qs = (
                s(ten.UpdateOp(all_, s(ten.ReshapeOp(v, (1, k, size))), place, (1, 1, 1)))
                for all_, v, size in ((ps, p, m + 1), (qs, q, n))
            )
            return [y, r, q, ps, qs, s(arith.AddiOp(j, s.constant(1, ten.index_type)))]

        y, _, _, _, products, _ = loop(e, [none, r, r, directions, products, zero], goes_on, step)
        first = e(ten.IndexOp(e(ten.TransposeOp(y, (1, 0))), [zero]))
        rest = e(ten.SliceOp(y, (0, 1), (k, m), (1, 1)))
        x = e.add(x, e.multiply(self.spread(first, r, e), r))
        return e.add(x, e(ten.EinsumOp("km,mki->ki", [rest, products])))

    def conjugate(self, b: SSAValue, bound: SSAValue, e: Emitter) -> SSAValue:
        """Conjugate gradients, for matrices that are symmetric and positive definite."""
        most = 10 * self.n + 100

        def goes_on(c: Emitter, state: Sequence[SSAValue]) -> SSAValue:
            _, _, _, norm, turns = state
            some = c(ten.ReduceOp("any", c.compare("ogt", norm, bound), (0,)))
            return c(arith.AndIOp(some, c.compare("slt", turns, c.constant(most, i64))))

        def step(s: Emitter, state: Sequence[SSAValue]) -> list[SSAValue]:
            x, r, p, norm, turns = state
            q = self.applied(p, s)
            curvature = self.dot(p, q, s)
            zero = s.constant(0, norm.type)

            def ratio(a: SSAValue, b: SSAValue) -> SSAValue:
                # A system that is solved, or that is not positive definite, stays as it is.
                is_more = s.compare("ogt", b, zero)
                return self.spread(s.select(is_more, s(made(arith.DivfOp, a, b)), zero), r, s)

            length = ratio(norm, curvature)
            x = s.add(x, s.multiply(length, p))
            r = s(made(arith.SubfOp, r, s.multiply(length, q)))
            new = self.dot(r, r, s)
            p = s.add(r, s.multiply(ratio(new, norm), p))
            return [x, r, p, new, s(arith.AddiOp(turns, s.constant(1, i64)))]

        zero = e.constant(0, self.type)
        return loop(e, [zero, b, b, self.dot(b, b, e), e.constant(0, i64)], goes_on, step)[0]


def nested(e: Emitter, arguments: Sequence[Attribute]) -> tuple[Block, Emitter]:
    """A block for a region of an op that `e` puts there, and an emitter for its ops."""
    block = Block(arg_types=arguments)
    return block, Emitter(InsertPoint.at_end(block), e.location)


def loop(
    e: Emitter,
    inits: Sequence[SSAValue],
    goes_on: Callable[[Emitter, Sequence[SSAValue]], SSAValue],
    step: Callable[[Emitter, Sequence[SSAValue]], Sequence[SSAValue]],
) -> Sequence[SSAValue]:
    """The results of a `ten.while`."""
    arguments = [x.type for x in inits]
    condition, c = nested(e, arguments)
    c.insert(ten.YieldOp(goes_on(c, condition.args)))
    body, s = nested(e, arguments)
    s.insert(ten.YieldOp(*step(s, body.args)))
    return e.insert(ten.WhileOp(list(inits), Region(condition), Region(body), None)).results
