"""
Stamps under substitution: whatever passes do to the index functions of shares, in any order, no
stamp ends in an error, values stay, and sharing never makes a program compute more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import ModuleOp, f64, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from letgrad.dialects import sharing, ten, types
from letgrad.dialects.types import of_shape, rank, shape
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting import costs
from letgrad.passes.sharing.functions_of_indices import Applied, Get, Terms
from letgrad.tools import opt, source
from letgrad.tools.instruments import Instruments

from . import generators

index = ten.index_type

COSTLY: tuple[type[Operation], ...] = (math.ExpOp, math.SinOp, math.Log1pOp)


class Shifted:
    """
    A program whose index functions are costly, and are read at computed indices: backwards, in
    windows, at quotients and remainders, at constants. The functions and their tables are few, so
    equal terms in different regions are common.
    """

    def __init__(self, seed: int):
        self.random = Random(seed)
        n, m = self.random.randint(3, 8), self.random.randint(2, 5)
        self.inputs = [of_shape((n,), f64), of_shape((m,), f64), of_shape((m, n), f64), f64]
        self.block = Block(arg_types=self.inputs)
        self.v, self.w, self.m, self.s = self.block.args
        self.vectors: list[SSAValue] = [self.v, self.w]
        self.matrices: list[SSAValue] = [self.m]
        # A costly index function that several regions compute, over the size of its table.
        self.table = self.random.choice((self.v, self.w))
        self.costly = self.random.choice(COSTLY)
        self.distance = self.random.choice((0, 0, 1, 3))

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def number(self, k: int) -> SSAValue:
        return self.add(types.constant(k, index))

    def region(self, n: int, fill: Callable[[Sequence[SSAValue]], Sequence[SSAValue]]) -> Region:
        outer, self.block = self.block, Block(arg_types=[index] * n)
        inner = self.block
        inner.add_op(ten.YieldOp(*fill(inner.args)))
        self.block = outer
        return Region(inner)

    # Index functions.

    def moved(self, i: Sequence[SSAValue]) -> SSAValue:
        """A cheap function of indices."""
        pick, (a, b) = self.random, (i[0], i[-1])
        match pick.randrange(9):
            case 0:
                return self.add(arith.SubiOp(self.number(pick.randint(1, 7)), a))
            case 1:
                return self.add(arith.AddiOp(a, self.number(pick.randint(-2, 3))))
            case 2:
                return self.add(arith.AddiOp(a, b))
            case 3:
                return self.add(arith.MuliOp(b, self.number(2)))
            case 4:
                return self.add(arith.FloorDivSIOp(a, self.number(pick.randint(2, 3))))
            case 5:
                return self.add(arith.RemSIOp(b, self.number(pick.randint(2, 3))))
            case 6:
                return self.number(pick.randint(0, 2))
            case 7:
                return b
            case _:
                return a

    def term(self, i: Sequence[SSAValue]) -> SSAValue:
        """A float: a costly function of indices."""
        pick = self.random
        match pick.randrange(5):
            case 0:
                x = self.add(ten.IndexOp(self.m, [i[0], i[-1]]))
            case 1:
                x = self.add(ten.IndexOp(self.m, [i[-1], i[0]]))
            case 2:
                x = self.add(ten.IndexOp(self.v, [self.moved(i)]))
            case _:
                x = self.add(ten.IndexOp(pick.choice((self.v, self.w)), [pick.choice(i)]))
        y = self.add(pick.choice(COSTLY)(x))
        match pick.randrange(6):
            case 0:
                return self.add(arith.MulfOp(y, x))
            case 1:
                return self.add(math.SinOp(self.add(arith.AddfOp(y, self.s))))
            case 2:
                condition = self.add(arith.CmpfOp(x, self.s, "olt"))
                branches = []
                for _ in range(2):
                    outer, self.block = self.block, Block()
                    inner = self.block
                    inner.add_op(scf.YieldOp(self.add(math.SinOp(y))))
                    self.block = outer
                    branches.append(Region(inner))
                return self.add(scf.IfOp(condition, [f64], *branches))
            case _:
                return y

    def repeated(self, i: SSAValue) -> SSAValue:
        """The costly index function."""
        if self.distance:
            # One more index than there are elements: an element outside is 0.
            i = self.add(arith.SubiOp(i, self.number(self.distance - 2)))
        y = self.add(self.costly(self.add(ten.IndexOp(self.table, [i]))))
        return self.add(arith.IndexCastOp(self.add(arith.FPToSIOp(y, i64)), index))

    def an_index(self, i: Sequence[SSAValue]) -> SSAValue:
        if self.random.random() < 0.4:
            return self.moved(i)
        k = self.add(arith.IndexCastOp(self.add(arith.FPToSIOp(self.term(i), i64)), index))
        return self.add(arith.AddiOp(k, i[0])) if self.random.random() < 0.3 else k

    # Ops on tensors.

    def sizes(self) -> list[int]:
        pick = self.random
        return [pick.randint(1, 6) for _ in range(pick.choice((1, 1, 1, 2)))]

    def keep(self, x: SSAValue) -> None:
        (self.vectors if rank(x.type) == 1 else self.matrices).append(x)

    def step(self) -> None:
        pick, dims = self.random, self.sizes()
        source = pick.choice(self.vectors[-3:] + self.vectors[:2])
        n = len(dims)
        match pick.randrange(20):
            case 9 | 10 | 11 | 14 | 15 | 16 | 17 | 18 | 19:
                self.read_at_repeated(source)
            case 12 | 13:
                body = self.region(n, lambda i: [self.moved(i)])
                self.keep(self.add(ten.GatherOp(dims, self.vectors[-1], body)))
            case 0 | 1 | 2:
                body = self.region(n, lambda i: [self.an_index(i)])
                self.keep(self.add(ten.GatherOp(dims, source, body)))
            case 3:
                matrix = pick.choice(self.matrices)
                body = self.region(n, lambda i: [self.an_index(i), self.an_index(i)])
                self.keep(self.add(ten.GatherOp(dims, matrix, body)))
            case 4:
                body = self.region(1, lambda i: [self.an_index(i)])
                self.keep(self.add(ten.ScatterOp([pick.randint(2, 6)], source, body)))
            case 5 | 6:

                def product(i: Sequence[SSAValue]) -> Sequence[SSAValue]:
                    x = self.add(ten.IndexOp(source, [self.moved(i)]))
                    return [self.add(arith.AddfOp(x, self.term(i)))]

                self.keep(self.add(ten.BuildOp(dims, self.region(n, product))))
            case 7:
                self.keep(self.add(pick.choice(COSTLY)(self.v)))
            case _:
                self.keep(self.add(ten.ReverseOp(source, [0])))

    def read_at_repeated(self, source: SSAValue) -> None:
        """The gather, or the scatter, that fusion and differentiation give new arguments."""
        size = list(shape(self.table.type))
        body = self.region(1, lambda i: [self.repeated(i[0])])
        if self.random.random() < 0.2 and shape(source.type)[0] == size[0]:
            self.keep(self.add(ten.ScatterOp([5], source, body)))
            return
        x = self.add(ten.GatherOp(size, source, body))
        if self.random.random() < 0.7:
            dims = self.sizes()
            x = self.add(ten.GatherOp(dims, x, self.region(len(dims), lambda i: [self.moved(i)])))
        self.keep(x)

    def module(self, n: int) -> ModuleOp:
        for _ in range(n):
            self.step()
        total = self.s
        unread = [x for x in (*self.vectors[2:], *self.matrices[1:]) if x.first_use is None]
        for x in unread:  # a gather that has one reader may be fused with it
            total = self.add(arith.AddfOp(total, self.add(ten.SumOp(x, range(rank(x.type))))))
        self.block.add_op(func.ReturnOp(total))
        region = Region(self.block)
        return generators.Program([func.FuncOp("main", (self.inputs, [f64]), region)])

    def arguments(self) -> list[np.ndarray]:
        rng = np.random.default_rng(self.random.randrange(1 << 30))
        return [rng.uniform(0, 1.4, shape(type)) for type in self.inputs]


def evaluations(module: ModuleOp) -> int:
    """How often a call of the program evaluates a function of `math`, for one element."""

    def of(block: Block) -> int:
        total = 0
        for op in block.ops:
            if op.dialect_name() == "math":
                total += types.size(op.results[0].type)
            inner = [sum(of(b) for b in region.blocks) for region in op.regions]
            match op:
                case scf.IfOp():
                    total += max(inner)
                case ten.IndexRegionOp():
                    total += int(np.prod(op.domain)) * inner[0]
                case ten.ScanOp():
                    total += op.trips * inner[0]
                case scf.ForOp():
                    total += (costs.trip_count(op) or 1) * inner[0]
                case _:
                    total += sum(inner)
        return total

    return sum(of(b) for op in module.ops if isinstance(op, func.FuncOp) for b in op.body.blocks)


ANYWHERE = (
    "sharing-stamp",
    "sharing-stamp",
    "sharing-stamp",
    "sharing-verify",
    "sharing-verify",
    "sharing-recover",
    "sharing-simplify-lets",
    "canonicalize",
    "canonicalize",
    "cse",
    "ten-raise-einsum",
    "ten-decompose",
    "ten-fuse-scans",
    "ten-vectorize",
)
IN_BULK = (*["ten-simplify-gather-scatter"] * 4, "optimize")
ENDS = ("", "", "sharing-materialize", "sharing-materialize,convert-ten-to-kernel")
SHARES = ("sharing-stamp", "sharing-verify", "sharing-recover", "sharing-simplify-lets")
"""The passes that must not add an evaluation. Others may: a gather of a gather may be fused."""


def order(random: Random) -> list[str]:
    """An order of passes, with stamps at random places."""

    def some(n: int) -> list[str]:
        found: list[str] = []
        for _ in range(random.randint(0, n)):
            if random.random() < 0.3:
                # These read no builds.
                found += ["ten-vectorize", random.choice(IN_BULK)]
                found += ["sharing-stamp"] * (random.random() < 0.3)
            else:
                found.append(random.choice(ANYWHERE))
        return found

    passes = ["sharing-stamp"] * random.randint(0, 1) + some(4)
    match random.randrange(4):
        case 0:
            passes += ["ten-vectorize", "cse", "delta-linearize", "delta-transpose"]
        case 1:
            passes += ["ten-vectorize", "cse", "delta-linearize{mode=forward}", "delta-evaluate"]
        case 2:
            passes += ["gradient"]
    passes += [*some(5), "sharing-verify", "sharing-recover", "sharing-verify"]
    if end := random.choice(ENDS):
        passes += ["ten-vectorize", *end.split(",")]
    return passes


MAIN = opt.LetgradOptMain([])


def apply(module: ModuleOp, passes: str) -> None:
    Instruments().run(MAIN.ctx, module, list(MAIN.parse_passes(passes)))


PLAIN = {
    "delta-linearize": "ten-vectorize,delta-linearize,delta-transpose",
    "gradient": "ten-vectorize,delta-linearize,delta-transpose",
    "delta-linearize{mode=forward}": ("ten-vectorize,delta-linearize{mode=forward},delta-evaluate"),
}


def check(seed: int) -> None:
    program = Shifted(seed)
    module = program.module(program.random.randint(3, 6))
    passes = order(program.random)
    xs = program.arguments()
    said = f"seed {seed}: {','.join(passes)}\n{module}"
    plain = module.clone()
    for a_pass in passes:
        if a_pass in PLAIN:
            apply(plain, PLAIN[a_pass])
            extra = [np.float64(0.7)] if "forward" not in a_pass else [x * 0.5 for x in xs]
            xs = [*xs, *extra]
    try:
        for a_pass in passes:
            before = evaluations(module)
            apply(module, a_pass)
            if a_pass in SHARES:
                assert evaluations(module) <= before, f"{a_pass} of {said}"
        found = Evaluator(module).call("main", xs)
    except Exception as error:
        raise AssertionError(f"{error}\n{said}") from error
    wanted = Evaluator(plain).call("main", xs)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-11, err_msg=said)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("first", range(0, 300, 10))
def test_no_order_of_passes_breaks_stamps(first: int):
    for seed in range(first, first + 10):
        check(seed)


def test_the_programs_have_shares_at_computed_indices():
    """Else the orders of passes above show nothing."""
    computed = plain = 0
    for seed in range(40):
        module = Shifted(seed).module(5)
        apply(module, "sharing-stamp,ten-vectorize,ten-simplify-gather-scatter")
        for op in module.walk():
            if isinstance(op, sharing.ShareOp):
                at_an_op = any(isinstance(i.owner, Operation) for i in op.indices)
                computed, plain = computed + at_an_op, plain + (not at_an_op)
    assert computed >= 10 and plain >= 10


def nested(n: int, reverse: bool) -> str:
    """Two regions with 2 n stamps, each on a part of the next."""

    def region(name: str, head: Sequence[str], k: str) -> list[str]:
        lines = [f"%{name} = ten.build [8] (%i) : tensor<8xf64> {{", *head]
        lines.append(f"%x0 = ten.index %v[%{k}] : tensor<8xf64> -> f64")
        for q in range(n):
            lines += [
                f"%y{q} = math.sin %x{q} : f64",
                f"%s{q} = sharing.share %y{q} {{stamp = {2 * q}}} [%{k}] : f64",
                f"%z{q} = arith.addf %s{q}, %x{q} : f64",
                f"%x{q + 1} = sharing.share %z{q} {{stamp = {2 * q + 1}}} [%{k}] : f64",
            ]
        return [*lines, f"ten.yield %x{n} : f64", "}"]

    seven = ["%c7 = arith.constant 7 : index", "%k = arith.subi %c7, %i : index"]
    second = region("b", seven, "k") if reverse else region("b", [], "i")
    lines = ["func.func @main(%v: tensor<8xf64>) -> (tensor<8xf64>, tensor<8xf64>) {"]
    lines += [*region("a", [], "i"), *second]
    return "\n".join([*lines, "func.return %a, %b : tensor<8xf64>, tensor<8xf64>", "}"])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("passes", ["sharing-verify", "canonicalize", "sharing-recover"])
def test_comparing_terms_is_linear(passes: str, reverse: bool, monkeypatch: pytest.MonkeyPatch):
    """Also where each stamp is on a part of the next, and the terms are compared at 7 - i."""
    steps = [0]
    number = Terms._apply

    def counted(self: Terms, op: Operation, get: Get) -> Applied:
        steps[0] += 1
        return number(self, op, get)

    monkeypatch.setattr(Terms, "_apply", counted)
    counts: list[int] = []
    for n in (20, 40, 80):
        steps[0] = 0
        apply(source.parse(opt.LetgradOptMain([]).ctx, nested(n, reverse)), passes)
        counts.append(steps[0])
    assert counts[0] > 0
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0]), counts


def test_a_long_chain_of_ops_is_no_deep_recursion():
    chain = "\n".join(f"%x{k + 1} = arith.negf %x{k} : f64" for k in range(3000))
    module = source.parse(
        opt.LetgradOptMain([]).ctx,
        f"""
        func.func @main(%v: tensor<4xf64>) -> tensor<4xf64> {{
          %b = ten.build [4] (%i) : tensor<4xf64> {{
            %x0 = ten.index %v[%i] : tensor<4xf64> -> f64
            {chain}
            %s = sharing.share %x3000 {{stamp = 1}} [%i] : f64
            ten.yield %s : f64
          }}
          func.return %b : tensor<4xf64>
        }}
        """,
    )
    apply(module, "sharing-verify,sharing-recover")
    v = np.array([1.0, -2.0, 0.0, 4.0])
    np.testing.assert_array_equal(Evaluator(module).call("main", [v])[0], v)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(300, 10_300, 250))
def test_no_order_of_passes_breaks_stamps_of_many_programs(first: int):
    for seed in range(first, first + 250):
        check(seed)
