"""
The dialect `stablehlo`: array programs as JAX and other frameworks write them.

`letgrad-opt` reads and prints its ops. The pass `convert-stablehlo-to-ten` turns them into ops of
letgrad's own.
The modules here are one table of ops; `op_table.py` says how to read a row.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from .attributes import *
from .attributes import ATTRIBUTES
from .computing import *
from .flow import *
from .op_table import STABLEHLO, StableOp
from .placing import *
from .pointwise import *

__all__ = ["STABLEHLO", "StableHlo", "StableOp"]

StableHlo = Dialect("stablehlo", list(STABLEHLO.ops.values()), list(ATTRIBUTES))
