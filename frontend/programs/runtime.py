"""
The functions that a rewritten function calls, under one name.
"""

from __future__ import annotations

import builtins

from . import array_iterators as array_iterators  # These imports fill the table of builtins.
from . import bisection as bisection
from . import computed_sizes as computed_sizes
from . import functions_of_windows as functions_of_windows
from . import joined_windows as joined_windows
from . import leading_items as leading_items
from . import library_errors as library_errors
from . import library_functions as library_functions
from . import moving_groups as moving_groups
from . import operator_functions as operator_functions
from . import python_functions as python_functions
from . import value_classes as value_classes
from . import windows_of_known_size as windows_of_known_size
from .branching import certain, guard, if_, returned
from .callees import RUNTIMES, callee, substitute
from .class_operators import attribute, binary, manager, unary
from .comprehending import listed, set_of, turn
from .expression_values import (
    and_,
    appending,
    augment,
    augment_attribute,
    augment_item,
    choose,
    compare,
    compared,
    delete,
    delete_item,
    get_item,
    getitem,
    matches,
    not_,
    or_,
    setattr_,
    setitem,
)
from .failures import (
    attempt,
    attempted,
    catching,
    caught,
    cause,
    error_of,
    errors,
    failing,
    failure,
    goes_on,
    handled,
    handles,
    holds,
    parts_of_error,
    propagate,
    raised,
    raising,
    suppressed,
    trying,
)
from .looping import for_
from .moving_lists import made
from .state_values import called, joined, spread
from .traced_texts import shown, shown_in_error
from .turns import fresh
from .value_classes import (
    has_keys,
    is_longer_sequence,
    is_sequence,
    items_between,
    matches_class,
    other_items,
    part_of_class,
    plain_subject,
)
from .while_loops import while_

FUNCTIONS = (
    and_, appending, attempt, attempted, attribute, augment, augment_attribute, augment_item,
    binary, called, callee, catching, caught, cause, certain, choose, compare, compared, delete,
    delete_item, error_of, errors, failing, failure, for_, fresh, get_item, getitem, goes_on, guard,
    handled, handles, has_keys, holds, if_, is_longer_sequence, is_sequence, items_between, joined,
    listed, made, manager, matches, matches_class, not_, or_, other_items, part_of_class,
    plain_subject, parts_of_error, propagate, raised, raising, returned, set_of, setattr_, setitem,
    shown, shown_in_error, spread, substitute, suppressed, trying, turn, unary, while_,
)  # fmt: skip

for _function in FUNCTIONS:
    setattr(RUNTIMES, _function.__name__, _function)
RUNTIMES.slice = builtins.slice
