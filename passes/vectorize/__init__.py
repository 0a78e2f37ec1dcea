"""
Vectorizing: the machinery that gives bulk forms to the ops of bodies, and the passes that use it.

`builds` vectorizes a `ten.build`; `batch_rules` has the rules of ops; `calls` batches functions.
"""

from . import call_rules
from .batch_rules import elementwise, lead
from .builds import vectorize, vectorize_all
from .bulk_forms import Fallback
from .calls import batched_function

__all__ = [
    "Fallback",
    "batched_function",
    "call_rules",
    "elementwise",
    "lead",
    "vectorize",
    "vectorize_all",
]
