"""
The best rates of cards. Files have floors from these rates beside kernels. letgrad measured none of
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from .kernels import Kernel


@dataclass(frozen=True)
class Card:
    """Peak rates, as the vendor states them."""

    name: str
    bandwidth: float
    """Bytes a second."""
    rates: dict[str, float]
    """Operations a second outside of matrix units, by type."""
    matrix: dict[str, float]
    """Operations a second in matrix units."""

    def floor(self, k: Kernel) -> tuple[str, float]:
        """The bound of a kernel, bytes or operations, and the least seconds that it takes."""
        rates = self.matrix if k.matrix else self.rates
        by_bytes = (k.reads + k.writes) / self.bandwidth
        by_work = k.work / rates.get(k.dtype, rates["float32"])
        return ("bytes", by_bytes) if by_bytes >= by_work else ("flops", by_work)

    def remark(self, k: Kernel) -> str:
        bound, seconds = self.floor(k)
        return (
            f"reads {amount(k.reads)}, writes {amount(k.writes)}, {k.work} ops: bound by {bound}, "
            f"at best {seconds * 1e6:.3g} µs on {self.name}"
        )


def amount(n: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n} B"


CARDS = {
    "h100": Card(
        "an H100 SXM", 3.35e12,
        {"float64": 34e12, "float32": 67e12},
        {"float64": 67e12, "float32": 67e12, "float16": 989e12, "bfloat16": 989e12},
    ),
    "a100": Card(
        "an A100 SXM", 2.04e12,
        {"float64": 9.7e12, "float32": 19.5e12},
        {"float64": 19.5e12, "float32": 19.5e12, "float16": 312e12, "bfloat16": 312e12},
    ),
    "mi300x": Card(
        "an MI300X", 5.3e12,
        {"float64": 81.7e12, "float32": 163.4e12},
        {"float64": 163.4e12, "float32": 163.4e12, "float16": 1307e12, "bfloat16": 1307e12},
    ),
}  # fmt: skip
