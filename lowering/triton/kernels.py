"""
A kernel as text: its names, the tensors that it reads and writes, and the outputs of the values
that it computes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from xdsl.dialects.builtin import IndexType
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import types
from .expressions import register, storage


@dataclass
class Buffer:
    """
    A tensor that a launcher allocates for itself: partial results, places, starts of segments.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """The bytes of an element."""
        return max(int("".join(c for c in self.dtype if c.isdigit())) // 8, 1)


@dataclass
class Kernel:
    """One `@triton.jit` function, and its launch."""

    name: str
    lines: list[str]
    arguments: list[SSAValue | Buffer]
    parameters: list[str]
    outputs: list[SSAValue | Buffer]
    """The arguments of which it writes every element."""
    grid: int
    constants: dict[str, int]
    warps: int
    source: Operation | None
    stages: int = 3
    grid_text: str | None = None
    """The grid as text over the constants, if Triton tunes these."""
    tuned: str | None = None
    """The name of the configurations to try."""
    reads: int = 0
    writes: int = 0
    """Bytes that the kernel moves, at least."""
    work: int = 0
    """Arithmetic operations."""
    points: int = 1
    dtype: str = "float32"
    made: list[str] = field(default_factory=list)
    """The results of the kernel, for people."""
    matrix: bool = False
    """Whether the operations are those of matrix units."""

    @property
    def text(self) -> str:
        parameters = [*self.parameters, *(f"{c}: tl.constexpr" for c in self.constants)]
        # Triton keeps what it timed in its cache folder, by the kernel's text and the card's kind.
        how = f"configs={self.tuned}, key=[], cache_results=True"
        tuning = [f"@triton.autotune({how})"] if self.tuned else []
        return "\n".join(
            [
                *tuning,
                "@triton.jit",
                f"def {self.name}({', '.join(parameters)}):",
                *(f"    {x}" if x else "" for x in self.lines),
            ]
        )


@dataclass
class Names:
    """Names that are not in use yet."""

    used: set[str] = field(default_factory=set)

    def fresh(self, hint: str) -> str:
        hint = "".join(c if c.isalnum() else "_" for c in hint).strip("_") or "x"
        if hint[0].isdigit():
            hint = f"v{hint}"
        name, k = hint, 0
        while name in self.used or name in RESERVED:
            k += 1
            name = f"{hint}{'_' if hint[-1].isdigit() else ''}{k}"
        self.used.add(name)
        return name


RESERVED = frozenset(
    """
    False None True and as assert async await break class continue def del elif else except finally
    for from global if import in is lambda nonlocal not or pass raise return try while with
    tl triton torch libdevice math np pid step range float int bool bytearray zip tuple list
    isinstance TypeError abs min max len device reversed base64 zlib functools data
    """.split()
)


def identity(combiner: str, dtype: str) -> str:
    """The result of combining no elements."""
    if combiner in ("add", "any"):
        return "0.0" if dtype.startswith("float") else "0"
    if combiner in ("mul", "all"):
        return "1.0" if dtype.startswith("float") else "1"
    if dtype.startswith("float"):
        return 'float("-inf")' if combiner == "max" else 'float("inf")'
    limit = 1 << (int(dtype[3:]) - 1)
    return str(-limit if combiner == "max" else limit - 1)


def accumulated(type: Attribute) -> str:
    """The type of the register that holds a combination."""
    dtype = register(type)
    return "int32" if dtype == "int1" else dtype


@dataclass
class Output:
    """The output of a value of the body."""

    combiner: str
    value: SSAValue
    kept: tuple[int, ...]
    """The loops along which the result moves, in the order of its dimensions."""
    to: SSAValue | Buffer
    ranges: range | None = None
    """The loops for which the value exists; None for all loops."""

    def keeps(self, loops: Iterable[int]) -> bool:
        return any(d in self.kept for d in loops)

    def covers(self, loops: Iterable[int]) -> bool:
        return self.ranges is None or any(d in self.ranges for d in loops)


def described(x: SSAValue | Buffer) -> str:
    return f"{x.dtype}{list(x.shape)}" if isinstance(x, Buffer) else str(x.type)


def bits(type: Attribute) -> int:
    """The bits of an element in memory."""
    e = types.element(type)
    if isinstance(e, IndexType):
        return 64
    name = storage(e)
    return 8 if name == "int1" else int("".join(c for c in name if c.isdigit()))
