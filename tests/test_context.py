"""The dialects that programs are compiled with."""

import numpy as np
import pytest
from xdsl.dialects import get_all_dialects
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.universe import Universe

import letgrad as lg
from letgrad.lowering import backends
from letgrad.passes.rewriting.rule_tables import evaluate
from letgrad.tools.universe import LETGRAD_UNIVERSE


def test_own_dialects_need_no_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """letgrad runs from its source tree, where `xdsl.universe` knows nothing of it."""
    only = Universe(all_dialects=get_all_dialects())
    monkeypatch.setattr(Universe, "get_multiverse", lambda: only)
    ctx = backends.context.__wrapped__()
    assert {"ten", "delta", "sharing", "kernel"} <= {d.name for d in ctx.loaded_dialects}


@irdl_op_definition
class ZeroOp(IRDLOperation, HasFolderInterface):
    """y = 0 · x, of vectors of 3, which folds."""

    name = "unregistered.zero"
    x = operand_def()
    y = result_def()
    traits = traits_def(Pure())

    def __init__(self, x: SSAValue):
        super().__init__(operands=[x], result_types=[x.type])

    def fold(self) -> tuple[Attribute]:
        return (DenseIntOrFPElementsAttr.from_list(self.x.type, [0.0] * 3),)  # type: ignore[arg-type]


@evaluate.rule(ZeroOp)
def _(op: ZeroOp, x: np.ndarray) -> np.ndarray:
    return 0 * x


@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_op_that_folds_and_whose_dialect_is_nowhere(backend: str) -> None:
    """Its dialect would say how constants are made; without, it stays as it is."""
    f = lg.jit(lambda x: np.sin(lg.apply(ZeroOp, x)) + x, backend=backend)
    np.testing.assert_array_equal(f(np.ones(3)), np.ones(3))


@pytest.mark.parametrize("kind", ["all_dialects", "all_passes", "all_targets"])
def test_a_row_of_the_universe_has_the_name_of_its_definition(kind: str) -> None:
    rows = getattr(LETGRAD_UNIVERSE, kind)
    assert rows and {name: load().name for name, load in rows.items()} == {n: n for n in rows}
