"""
The verifier: dominance on random control flow against the definition, and IR that is broken in
memory.
"""

from __future__ import annotations

import random

import pytest
from xdsl.context import Context
from xdsl.dialects import arith, cf, func, scf, test
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.ir import Block, Region

from letgrad.dialects.walking import ops_in
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import (
    DominatorTree,
    verify,
    verify_dominance,
    verify_structure,
)
from letgrad.tools import source
from letgrad.tools.programs import new_context


def parse(text: str) -> ModuleOp:
    ctx = Context()
    for dialect in (Builtin, arith.Arith, cf.Cf, func.Func, scf.Scf):
        ctx.load_dialect(dialect)
    return source.parse(ctx, text, "t.mlir")


def error_of(module: ModuleOp, check=verify) -> str:
    with pytest.raises(LetgradError) as error:
        check(module)
    return str(error.value)


def random_region(rng: random.Random, n: int) -> Region:
    """`n` blocks that branch to random blocks other than the entry."""
    blocks = [Block() for _ in range(n)]
    for block in blocks:
        successors = [rng.choice(blocks[1:]) for _ in range(rng.randrange(3))] if n > 1 else []
        block.add_op(test.TestTermOp(successors=successors))
    return Region(blocks)


def reachable(region: Region, without: Block | None = None) -> set[Block]:
    """The blocks on some way from the entry that does not go through `without`."""
    todo = [b for b in [region.blocks[0]] if b is not without]
    seen = set(todo)
    while todo:
        for successor in todo.pop().last_op.successors:
            if successor is not without and successor not in seen:
                seen.add(successor)
                todo.append(successor)
    return seen


@pytest.mark.parametrize("seed", range(60))
def test_dominator_tree_against_definition(seed: int) -> None:
    """a dominates b if b cannot be reached without a."""
    rng = random.Random(seed)
    region = random_region(rng, rng.randrange(1, 12))
    tree = DominatorTree(region)
    all_reachable = reachable(region)
    for a in region.blocks:
        without = reachable(region, a)
        assert tree.is_reachable(a) == (a in all_reachable)
        for b in region.blocks:
            assert tree.dominates(a, b) == (b not in without or b not in all_reachable), (a, b)


def test_long_chain_of_blocks() -> None:
    """
    Each block leads to the next and back to the one before: no recursion, and no quadratic work.
    """
    n = 20_000
    blocks = [Block() for _ in range(n)]
    for i, block in enumerate(blocks):
        block.add_op(test.TestTermOp(successors=[blocks[j] for j in (i + 1, i - 1) if 0 < j < n]))
    tree = DominatorTree(Region(blocks))
    assert tree.dominates(blocks[5], blocks[n - 1])
    assert not tree.dominates(blocks[n - 1], blocks[5])


def test_deep_nest_does_not_recurse() -> None:
    region = Region(Block([test.TestTermOp()]))
    for _ in range(5_000):
        region = Region(Block([test.TestTermOp(regions=[region])]))
    module = ModuleOp(region)
    assert sum(1 for _ in ops_in(module)) == 5_002
    verify(module)


def test_walk_is_program_order() -> None:
    module = parse("""
    func.func @f(%c : i1) {
      scf.if %c { %a = arith.constant 1.0 : f64 } else { %b = arith.constant 2 : i32 }
      func.return
    }""")
    assert list(ops_in(module)) == list(module.walk())


FUNCTION = """
func.func @f(%x : f64) -> f64 {
  %a = arith.addf %x, %x : f64
  %b = arith.mulf %a, %a : f64
  func.return %b : f64
}"""


def test_moved_op() -> None:
    """What a pass does when it moves an op above its operand."""
    module = parse(FUNCTION)
    a, b, _ = module.body.block.first_op.body.block.ops
    b.detach()
    a.parent.insert_op_before(b, a)
    assert (
        error_of(module) == "t.mlir:4:8: error: operand #0 of arith.mulf does not dominate its use"
    )


def test_op_that_is_in_no_block() -> None:
    module = parse(FUNCTION)
    a, *_ = module.body.block.first_op.body.block.ops
    a.detach()
    assert (
        error_of(module)
        == "t.mlir:4:8: error: operand #0 of arith.mulf is defined in no op of the module"
    )


def test_erased_definition() -> None:
    module = parse(FUNCTION)
    a, *_ = module.body.block.first_op.body.block.ops
    a.detach()
    a.erase(safe_erase=False)
    assert "operand #0 of arith.mulf is not defined" in error_of(module)


def test_value_of_another_module() -> None:
    module, other = parse(FUNCTION), parse(FUNCTION)
    _, b, _ = module.body.block.first_op.body.block.ops
    a, *_ = other.body.block.first_op.body.block.ops
    b.operands = (a.results[0], other.body.block.first_op.body.block.args[0])
    assert "operand #0 of arith.mulf is defined in no op of the module" in error_of(module)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "  %a = arith.addf %x, %x : f64",
            "terminates block in single-block region but is not a terminator",
        ),
        (
            "  func.return %x : f64\n  func.return %x : f64",
            "must be the last operation in its parent block",
        ),
        ("  func.return", "Expected arguments to have the same types as the function output types"),
    ],
)
def test_structure(body: str, message: str) -> None:
    text = str(
        error_of(parse("func.func @f(%x : f64) -> f64 {\n" + body + "\n}"), verify_structure)
    )
    assert text.startswith("t.mlir:") and message in text and "\n" not in text


def test_empty_block() -> None:
    module = parse("func.func @f() { func.return }")
    function = module.body.block.first_op
    function.body.block.first_op.detach()
    assert (
        error_of(module, verify_structure)
        == "t.mlir:1:1: error: func.func has an empty block, which needs a terminator"
    )


def test_broken_links() -> None:
    module = parse(FUNCTION)
    function = module.body.block.first_op
    function.body.block.parent = None
    assert "a block in func.func does not know the region" in error_of(module, verify_structure)
    function.body.block.parent = function.body
    function.body.block.first_op.parent = Block()
    assert "does not know the block that it is in" in error_of(module, verify_structure)


def test_python_error_of_a_verifier_is_located() -> None:
    module = parse(FUNCTION)
    op = module.body.block.first_op.body.block.first_op

    def verify_() -> None:
        raise KeyError("x")

    op.verify_ = verify_
    assert error_of(module) == "t.mlir:3:8: error: arith.addf does not verify (KeyError: 'x')"


def test_note_is_at_the_definition() -> None:
    module = parse("""func.func @f() -> f64 {
  func.return %a : f64
  %a = arith.constant 1.0 : f64
}""")
    with pytest.raises(LetgradError) as error:
        verify_dominance(module)
    assert [str(n) for n in error.value.diagnostic.notes] == [
        "t.mlir:3:8: note: it is defined here"
    ]


@pytest.mark.parametrize(
    "op, message",
    [
        (
            '"math.sin"(%i) : (index) -> index',
            "math.sin: operand 'operand' is index, and the op takes a float, a vector of floats or "
            "a tensor of floats there",
        ),
        (
            '"arith.addf"(%x, %y) : (f64, f32) -> f64',
            "arith.addf: operand 'rhs' is f32, and must be f64, as operand 'lhs' is",
        ),
        (
            '"memref.load"(%m, %i) : (memref<3xf64>, index) -> f32',
            "memref.load: result 'res' is f32, and must be f64",
        ),
        (
            '"memref.load"(%m, %x) : (memref<3xf64>, f64) -> f64',
            "memref.load: operand 'indices' is f64, and the op takes index there",
        ),
        ('"arith.addi"(%i) : (index) -> index', "arith.addi takes 2 operands, and here are 1"),
        ('"math.sin"(%x) : (f64) -> ()', "math.sin gives 1 result, and here are 0"),
        ('"ten.sum"(%x) : (f64) -> f64', "ten.sum needs the property 'dims'"),
        (
            '"ten.iota"() {dim = "x"} : () -> tensor<3xf64>',
            "ten.iota: 'dim' is \"x\", and must be an attribute of the kind integer",
        ),
    ],
)
def test_errors_of_verifiers_name_the_op_and_the_types(op: str, message: str):
    text = f"""
func.func @f(%x: f64, %y: f32, %i: index, %m: memref<3xf64>) {{
  %a = {op}
  func.return
}}"""
    if "-> ()" in op:
        text = text.replace("%a = ", "")
    module = source.parse(new_context(), text, "t.mlir")
    with pytest.raises(LetgradError) as raised:
        verify(module)
    line, _, said = str(raised.value).partition(": error: ")
    assert line.startswith("t.mlir:3:") and said == message
