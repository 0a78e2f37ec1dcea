"""
Which values of a function a gradient keeps: the policies of `lg.checkpoint`, with the names that
JAX gives them.

A policy by names keeps the values that `lg.checkpoint_name` names. In the program such a value has
a `sharing.let`, and the loop of one step that `lg.checkpoint` makes has `keep = "lets"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ...dialects import sharing
from .. import pytree, tracing
from ..tracing import Array
from ..user_code import located

__all__ = [
    "dots_saveable",
    "everything_saveable",
    "nothing_saveable",
    "save_any_names_but_these",
    "save_only_these_names",
]


@dataclass(frozen=True)
class Policy:
    """
    The values that a gradient keeps: those of `kind`, one of `POLICIES`. With the kind "lets", the
    values whose names are among `names`, or with `but`, whose names are not among them.
    """

    kind: str
    names: frozenset[str] = frozenset()
    but: bool = False

    def keeps(self, name: str) -> bool:
        """Whether the gradient keeps the values of this name because of the name."""
        return self.kind == "lets" and (name in self.names) is not self.but


nothing_saveable = Policy("nothing")
dots_saveable = Policy("dots")
everything_saveable = Policy("everything")

POLICIES = {p.kind: p for p in (nothing_saveable, dots_saveable, everything_saveable)}

_current: ContextVar[Policy] = ContextVar("policy", default=everything_saveable)
"""The policy of the function of `lg.checkpoint` that letgrad traces."""


def policy_of(given: Any) -> Policy:
    """The policy that a user gives. Errors: `ValueError` if it is none."""
    if isinstance(given, Policy):
        return given
    if isinstance(given, str) and given in POLICIES:
        return POLICIES[given]
    raise located(
        ValueError,
        f"policy={given!r} of lg.checkpoint is none of {', '.join(POLICIES)}, and no policy of "
        "lg.checkpoint_policies",
    )


@contextmanager
def inside(policy: Policy) -> Iterator[None]:
    """Names that a function gives in the `with` are names for this policy."""
    token = _current.set(policy)
    try:
        yield
    finally:
        _current.reset(token)


def save_only_these_names(*names: str) -> Policy:
    """
    The policy that keeps the values with these names, and no others.

    Errors: `TypeError` for a name that is no text.

    Example:

        >>> policy = lg.checkpoint_policies.save_only_these_names("wave")
        >>> def layer(x):
        ...     return np.tanh(lg.checkpoint_name(np.sin(x), "wave") * x)
        >>> slope = lg.grad(lg.checkpoint(layer, policy=policy))
        >>> print(round(float(slope(0.7)), 6))
        0.968859
    """
    return Policy("lets", _checked("save_only_these_names", names))


def save_any_names_but_these(*names: str) -> Policy:
    """
    The policy that keeps the values that have a name, except for those with these names.

    Errors: `TypeError` for a name that is no text.

    Example:

        >>> policy = lg.checkpoint_policies.save_any_names_but_these("wave")
        >>> policy.keeps("wave"), policy.keeps("crest")
        (False, True)
    """
    return Policy("lets", _checked("save_any_names_but_these", names), but=True)


def _checked(what: str, names: tuple[str, ...]) -> frozenset[str]:
    for name in names:
        if not isinstance(name, str):
            raise located(
                TypeError, f"lg.checkpoint_policies.{what} takes names as text, not {name!r}"
            )
    return frozenset(names)


def checkpoint_name(x: Any, name: str) -> Any:
    """
    x, with a name for the policies of `lg.checkpoint`. x is an array or a structure of arrays.

    The name counts in the function that `lg.checkpoint` takes, and in the Python functions that
    this function calls. Inside of a loop or a branch in this function the name has no effect. The
    value and all derivatives are those of x.

    Errors: `TypeError` for a name that is no text.

    Example:

        >>> print(lg.grad(lambda x: lg.checkpoint_name(x * x, "square"))(3.0))
        6.0
    """
    if not isinstance(name, str):
        raise located(TypeError, f"the name of lg.checkpoint_name must be text, not {name!r}")
    if not tracing.tracing() or not _current.get().keeps(name):
        return x

    def named(leaf: Any) -> Any:
        if not isinstance(leaf, Array) or tracing.is_weak(leaf):
            return leaf
        return tracing.emit(sharing.LetOp, tracing.use(leaf))

    return pytree.map_leaves(named, x)
