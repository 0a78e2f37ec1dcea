"""
Index maps: the computation in the region of a gather or scatter, as formulas to reason about.

An index is a `Form`: a constant plus integer multiples of atoms. Atoms are the index arguments,
floor quotients by constants, choices by a condition, and leaves of which only bounds are known:
values from outside, reads of tensors, results of other ops. x mod n is x - n⌊x/n⌋. So if a program
takes a number apart and puts it together again, the formula cancels.

All rules about bounds are exact: an unknown index is unbounded, never "in bounds". Integers wrap at
64 bits. Rules may rearrange sums and multiples modulo 2^64. They rearrange quotients and
comparisons only if bounds rule out a wrap.
"""

from .bounds import bounds_of_elements, decided
from .differences import bounds_of_difference
from .forms import (
    Arg,
    AtLeastZero,
    Atom,
    Choice,
    Computed,
    Condition,
    Expr,
    Form,
    Outside,
    Quotient,
    Read,
    arguments,
    as_forms,
    atoms,
    is_arithmetic,
    is_whole,
    size_of,
)
from .maps import IndexMap, flops, index_map, region_map, tidy
from .spaces import LIMIT, Space, TooLarge
from .values import ANYTHING, TABLE_LIMIT, Bounds, choice_of_numbers, outside, table
from .writing import Writer, cost, write_region, write_shorter

__all__ = [
    "ANYTHING",
    "LIMIT",
    "TABLE_LIMIT",
    "Arg",
    "AtLeastZero",
    "Atom",
    "Bounds",
    "Choice",
    "Computed",
    "Condition",
    "Expr",
    "Form",
    "IndexMap",
    "Outside",
    "Quotient",
    "Read",
    "Space",
    "TooLarge",
    "Writer",
    "arguments",
    "as_forms",
    "atoms",
    "bounds_of_difference",
    "bounds_of_elements",
    "choice_of_numbers",
    "cost",
    "decided",
    "flops",
    "index_map",
    "is_arithmetic",
    "is_whole",
    "outside",
    "region_map",
    "size_of",
    "table",
    "tidy",
    "write_region",
    "write_shorter",
]
