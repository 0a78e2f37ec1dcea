"""
`ten`: structural ops on tensors.

Elementwise arithmetic is upstream's (`arith`, `math`), on scalars and tensors alike. The ops of
`ten` move, join, reduce and index, and compute some functions that derivatives need. No op
broadcasts implicitly. All ops are pure and total: a read outside of a tensor gives 0, and a write
outside has no effect. "Linear in x" means that x may also be a delta term. The result is then a
term too.

Every op can tell its result type from its operands and properties, or check a given result type.
Constructors and verifiers use the same function for this, so their errors are the same.

Example:

    >>> matrix = types.constant(1.0, types.of_shape((2, 3), f64)).result
    >>> print(ten.SumOp(matrix, [1]).results[0].type)
    tensor<2xf64>
"""

from __future__ import annotations

from xdsl.dialect_interfaces.constant_materialization import ConstantMaterializationInterface
from xdsl.dialects import arith
from xdsl.ir import Attribute, Dialect, Operation

from .attention import (
    ATTENTION_OPS,
    AttentionGradientOp,
    AttentionLike,
    AttentionOp,
    AttentionTangentOp,
    Scores,
)
from .base import Message, TenOp, check_int_list, fold_empty, index_type, require
from .complex_ops import ComplexOp, ImagOp, PartOp, RealOp
from .elementwise import FLOAT_PREDICATES, INTEGER_PREDICATES, CastOp, CompareOp, SelectOp
from .fft import TRANSFORMS, WAVES, DctOp, FftOp
from .float_ops import FloatFunctionOp, FmodOp, HypotOp, InvertOp, Sech2Op, UnitOp
from .layout import BroadcastOp, IotaOp, ReshapeOp, ReverseOp, TransposeOp
from .loop_ops import CHECKPOINT, FIRST_ROWS, KEEP, KEPT, ScanOp, WhileOp, may_not_end
from .matrix_ops import (
    MATRIX_OPS,
    TRIANGLES,
    CholeskyOp,
    EighOp,
    EigOp,
    LuOp,
    MatrixOp,
    QrOp,
    SvdOp,
    SymmetricSolveOp,
    TriangularSolveOp,
)
from .parts import ConcatOp, IndexOp, PadOp, SliceOp, StackOp, UpdateOp
from .reductions import (
    REDUCTIONS,
    ArgmaxOp,
    ArgminOp,
    ArgsortOp,
    CumsumOp,
    EinsumOp,
    ReduceOp,
    SumOp,
)
from .regions import (
    BuildOp,
    GatherOp,
    IndexRegionOp,
    ScatterOp,
    YieldOp,
    is_pure,
    verify_pure,
)
from .special import FUNCTIONS, SpecialFunction, SpecialOp


class TenConstants(ConstantMaterializationInterface):
    """Makes upstream's constants for the folds of the ops of `ten`."""

    def materialize_constant(self, value: Attribute, type: Attribute) -> Operation | None:
        return arith.ConstantOp.build(properties={"value": value}, result_types=(type,))


OPS: list[type[Operation]] = [
    ArgmaxOp, ArgminOp, ArgsortOp, AttentionGradientOp, AttentionOp, AttentionTangentOp,
    BroadcastOp, BuildOp, CastOp, CholeskyOp, CompareOp, ComplexOp, ConcatOp, CumsumOp, DctOp,
    EigOp, EighOp, EinsumOp, FftOp, FmodOp, GatherOp, HypotOp, ImagOp, IndexOp, InvertOp, IotaOp,
    LuOp, PadOp, QrOp, RealOp, ReduceOp, ReshapeOp, ReverseOp, ScanOp, ScatterOp, Sech2Op, SelectOp,
    SliceOp, SpecialOp, StackOp, SumOp, SvdOp, SymmetricSolveOp, TransposeOp, TriangularSolveOp,
    UnitOp, UpdateOp, WhileOp, YieldOp,
]  # fmt: skip

Ten = Dialect("ten", OPS, [], [TenConstants()])

__all__ = [
    "ATTENTION_OPS",
    "CHECKPOINT",
    "FIRST_ROWS",
    "FLOAT_PREDICATES",
    "FUNCTIONS",
    "INTEGER_PREDICATES",
    "KEEP",
    "KEPT",
    "MATRIX_OPS",
    "OPS",
    "REDUCTIONS",
    "TRANSFORMS",
    "TRIANGLES",
    "WAVES",
    "ArgmaxOp",
    "ArgminOp",
    "ArgsortOp",
    "AttentionGradientOp",
    "AttentionLike",
    "AttentionOp",
    "AttentionTangentOp",
    "BroadcastOp",
    "BuildOp",
    "CastOp",
    "CholeskyOp",
    "CompareOp",
    "ComplexOp",
    "ConcatOp",
    "CumsumOp",
    "DctOp",
    "EigOp",
    "EighOp",
    "EinsumOp",
    "FftOp",
    "FloatFunctionOp",
    "FmodOp",
    "GatherOp",
    "HypotOp",
    "ImagOp",
    "IndexOp",
    "IndexRegionOp",
    "InvertOp",
    "IotaOp",
    "LuOp",
    "MatrixOp",
    "Message",
    "PadOp",
    "PartOp",
    "QrOp",
    "RealOp",
    "ReduceOp",
    "ReshapeOp",
    "ReverseOp",
    "ScanOp",
    "ScatterOp",
    "Scores",
    "Sech2Op",
    "SelectOp",
    "SliceOp",
    "SpecialFunction",
    "SpecialOp",
    "StackOp",
    "SumOp",
    "SvdOp",
    "SymmetricSolveOp",
    "Ten",
    "TenConstants",
    "TenOp",
    "TransposeOp",
    "TriangularSolveOp",
    "UnitOp",
    "UpdateOp",
    "WhileOp",
    "YieldOp",
    "check_int_list",
    "fold_empty",
    "index_type",
    "is_pure",
    "may_not_end",
    "require",
    "verify_pure",
]
