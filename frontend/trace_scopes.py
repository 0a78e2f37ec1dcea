"""
Where a trace writes IR: the block of a function, or of a region inside of it.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import FileLineColLoc, LocationAttr
from xdsl.ir import Block, Operation, SSAValue

LEAK = (
    "this line uses a traced array after the end of its trace; return the array from the traced "
    "function instead of keeping the array in a variable outside"
)


def leak(value: SSAValue | None) -> str:
    """The error of a program that uses this value after the end of its trace."""
    owner = None if value is None else value.owner
    at = owner.location if isinstance(owner, Operation) else getattr(value, "location", None)
    if not isinstance(at, FileLineColLoc):
        return LEAK
    return f"{LEAK}; {at.filename.data}:{at.line.data} computed it"


class Scope:
    """
    The block that receives ops, while letgrad traces a function or a region of a function.

    `root` is the scope of the function. `parent` is the scope that was current when this scope
    began; it belongs to the same function, or to another function around it. A scope that has ended
    is not `open`, and a program may not use its arrays any more.
    """

    __slots__ = (
        "block",
        "brought",
        "captures",
        "constants",
        "folded",
        "functions",
        "has_mixed",
        "has_unsigned",
        "held",
        "is_side",
        "joined",
        "locations",
        "open",
        "parent",
        "perhaps",
        "rebound",
        "root",
        "staying",
        "writes_back",
    )

    def __init__(self, block: Block, parent: Scope | None, root: Scope | None = None):
        self.block = block
        self.open = True
        self.parent = parent
        self.root: Scope = self if root is None else root
        self.is_side = False
        """Whether this is a side of a condition of the program, which runs once or not at all."""
        self.has_unsigned = False
        """Whether a value of the function was unsigned, for the scope of the function."""
        self.has_mixed = False
        """
        Whether a variable of the program has values of two dtypes, and here one dtype for both.
        Only the outermost scope notes this.
        """
        self.staying: list[Operation] = []
        """Loops that carry whether variables are still the arrays from before them."""
        self.rebound: set[SSAValue] = set()
        """The arguments without dimensions that an in-place operator took for numbers."""
        self.captures: dict[SSAValue, tuple[Any, Any]] = {}
        """By a value from outside, its array and that of the argument in its place."""
        self.constants: dict[tuple, SSAValue] = {}
        self.locations: dict[tuple[int, int], tuple[LocationAttr, CodeType]] = {}
        self.joined: dict[int, Any] = {}
        """What `programs/joined_containers.py` notes, by the identities of Python containers."""
        self.held: list[Any] = []
        """The arguments of programs that run: whoever called them holds these containers, too."""
        self.writes_back = False
        """Whether somebody sees what the function leaves in containers that are arguments."""
        self.folded: dict[SSAValue, Any] = {}
        """The numbers of values that come from constants only, and None for other values."""
        self.perhaps: dict[tuple[int, Any], Any] = {}
        """Objects that have an attribute on one way only, by their id and its name."""
        self.functions: dict[str, func.FuncOp | None] = {}
        """
        The functions that ops refer to, for the module of this function. None reserves a name.
        """
        self.brought: dict[func.FuncOp, str] = {}
        """The name here of each function that came from another module."""

    @property
    def outermost(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def encloses(self, inner: Scope) -> bool:
        scope: Scope | None = inner
        while scope is not None and scope is not self:
            scope = scope.parent
        return scope is self
