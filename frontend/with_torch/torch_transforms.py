"""
How PyTorch differentiates and batches calls of letgrad's programs: by pullbacks, pushforwards and
batches of these programs, which are programs again.

The module imports PyTorch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch  # type: ignore[import-not-found]
from xdsl.ir import Attribute

from ..traced_functions import Traced
from ..transforms.batching import batched
from ..transforms.derivatives import differentiated, is_float
from ..user_code import located
from . import tensors as doors


class TensorProgram:
    """
    A traced function as a program on tensors, with its derivatives and batches. letgrad traces a
    derivative when somebody first runs it.
    """

    def __init__(
        self,
        takes: Sequence[Attribute],
        gives: Sequence[Attribute],
        trace: Callable[[], Traced],
        backend: str | None,
        options: Mapping[str, Any],
    ):
        self.takes, self.gives = tuple(takes), tuple(gives)
        self.backend, self.options = backend, dict(options)
        self._trace = trace
        self._derived: dict[Any, Any] = {}

    @classmethod
    def of(cls, traced: Traced, backend: str | None, options: Mapping[str, Any]) -> TensorProgram:
        return cls(traced.in_types, traced.out_types, lambda: traced, backend, options)

    @functools.cached_property
    def traced(self) -> Traced:
        return self._trace()

    @functools.cached_property
    def floats(self) -> list[int]:
        """The places of the results that have a derivative."""
        return [k for k, t in enumerate(self.gives) if is_float(t)]

    def derivative(self, wrt: tuple[int, ...], reverse: bool) -> TensorProgram:
        """
        The program from all arguments, and then tangents of the arguments `wrt`, to tangents of the
        float results; or in reverse from cotangents of these to cotangents of the arguments.
        """
        key = wrt, reverse
        if key not in self._derived:
            values = [self.gives[k] for k in self.floats]
            points = [self.takes[k] for k in wrt]
            given, found = (values, points) if reverse else (points, values)
            mode = "reverse" if reverse else "forward"
            self._derived[key] = TensorProgram(
                (*self.takes, *given),
                found,
                lambda: differentiated(self.traced, wrt, mode, False),
                self.backend,
                self.options,
            )
        return self._derived[key]

    def of_batches(self, mapped: tuple[bool, ...], n: int) -> tuple[TensorProgram, Sequence[bool]]:
        """The program of batches, and which of its results are batches."""
        key = mapped, n
        if key not in self._derived:
            many, whole = batched(self.traced, mapped, n)
            self._derived[key] = TensorProgram.of(many, self.backend, self.options), whole
        return self._derived[key]

    def run(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(doors.run(self.traced, self.backend, self.options, tensors))


class _Call(torch.autograd.Function):
    """A program as one op of PyTorch."""

    @staticmethod
    def forward(program: TensorProgram, *tensors: Any) -> tuple[Any, ...]:
        return program.run(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        program, *tensors = inputs
        ctx.program = program
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)
        ctx.mark_non_differentiable(*(y for k, y in enumerate(output) if k not in program.floats))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        program: TensorProgram = ctx.program
        tensors = ctx.saved_tensors
        needed = ctx.needs_input_grad[1:]
        wrt = tuple(k for k, t in enumerate(program.takes) if needed[k] and is_float(t))
        results: list[Any] = [None] * len(tensors)
        if wrt:
            given = [_conjugate(cotangents[k]) for k in program.floats]
            found = apply(program.derivative(wrt, True), [*tensors, *given])
            for k, x in zip(wrt, found):
                # A gradient is where its tensor is: PyTorch mixes devices for single numbers.
                results[k] = _conjugate(x).to(tensors[k].device)
        return (None, *results)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> tuple[Any, ...]:
        program: TensorProgram = ctx.program
        tensors = ctx.saved_tensors
        moves = tangents[1:]
        wrt = tuple(k for k, t in enumerate(program.takes) if moves[k] is not None and is_float(t))
        results: list[Any] = [None] * len(program.gives)
        found = apply(program.derivative(wrt, False), [*tensors, *(moves[k] for k in wrt)])
        for k, x in zip(program.floats, found):
            results[k] = x
        return tuple(results)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[Any, ...], *args: Any
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        program: TensorProgram = args[0]
        tensors = args[1:]
        dims = in_dims[1:]
        mapped = tuple(dim is not None for dim in dims)
        many, whole = program.of_batches(mapped, info.batch_size)
        moved = [x if dim is None else x.movedim(dim, 0) for x, dim in zip(tensors, dims)]
        return apply(many, moved), tuple(0 if each else None for each in whole)


def _conjugate(x: Any) -> Any:
    """
    letgrad's cotangent of a complex number is the conjugate of PyTorch's. Real tensors stay.
    """
    return x.conj() if x.is_complex() else x


def apply(program: TensorProgram, tensors: Sequence[Any]) -> tuple[Any, ...]:
    """The results of a program on tensors, whose derivative PyTorch records."""
    for x in tensors:
        if x.device.type not in ("cpu", "cuda"):
            raise located(TypeError, f"letgrad computes on cpu and cuda, and not on {x.device}")
    return _Call.apply(program, *tensors) if program.gives else ()
