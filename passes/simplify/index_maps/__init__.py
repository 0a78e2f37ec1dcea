"""
Index maps: what the region of a gather or scatter computes, as formulas to reason about.

An index is a `Form`: a constant plus integer multiples of atoms. Atoms are the index arguments,
floor quotients by constants, choices by a condition, and leaves that nothing is known of but
bounds: values from outside, reads of tensors, results of other ops. x mod n is x - n⌊x/n⌋, so that
taking a number apart and putting it together again cancels.

All rules about bounds are exact: what is not known is unbounded, never "in bounds". Integers wrap
at 64 bits; sums and multiples may be rearranged modulo 2^64, and what is not so (quotients,
comparisons) is rearranged only where bounds rule out a wrap.
"""

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
from .maps import IndexMap, index_map, region_map, tidy
from .spaces import LIMIT, Space, TooLarge
from .values import ANYTHING, TABLE_LIMIT, Bounds, bounds_of_elements, outside, table
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
    "bounds_of_elements",
    "cost",
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
