"""
Faster `isinstance` for xDSL's classes.

xDSL's ops, values, attributes, blocks and regions are abstract base classes. So `isinstance(x, C)`
calls a function of Python for each C that is not the very class of x, and passes ask this millions
of times: 10 % of the time that they take. No class of the IR has registered (virtual) subclasses.
So the check that `type` has, in C, gives the same answer.
"""

from __future__ import annotations

from abc import ABCMeta

from xdsl.ir import Attribute, Block, Operation, Region, SSAValue


class PlainChecks(ABCMeta):
    """Abstract base classes, without subclasses other than those that name them as a base."""

    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__


def make_plain(root: type) -> None:
    """
    Give plain checks to a class and to all of its subclasses. Subclasses that Python makes later
    get them from their base. Classes with another metaclass than `ABCMeta` stay as they are.
    """
    waiting = [root]
    while waiting:
        kind = waiting.pop()
        if type(kind) is ABCMeta:
            kind.__class__ = PlainChecks
        waiting += type.__subclasses__(kind)


for root in (Attribute, Block, Operation, Region, SSAValue):
    make_plain(root)
