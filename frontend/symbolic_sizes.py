"""
Functions of arrays with one size that is known only when the program runs.

    batch = lg.Dim("batch")
    f = lg.symbolic(lg.grad(loss), lg.spec((3, 4)), lg.spec((batch, 3)))

letgrad traces, differentiates and optimizes such a function for four sizes of a range. If the four
programs are one program with other numbers, the machine code of this one program runs all sizes of
the range (`lowering/cpu/templates.py`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FloatAttr, ModuleOp
from xdsl.ir import Operation

from ..dialects import arrays, types
from ..dialects.op_names import op_name
from ..lowering import backends
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.remarks import analysis, wanted
from . import api, pytree
from .dims import SymbolicSpec, reads_of_shapes
from .traced_functions import Spec, Traced, known_ints, refuse_changes, spec_of, trace_function
from .tracing import tracing as is_tracing
from .transforms import derivatives
from .user_code import located

__all__ = ["symbolic"]

LEAST = 4
"""From this size on, programs are made for a range of sizes."""

WIDE = 2, 3
"""
A range of sizes around a power of two below the size: from so many powers of two below it to so
many above it. A wide range saves compilations. In a narrow one, fewer programs differ.
"""


def symbolic(
    fn: Callable[..., Any], *specs: Any, backend: str | None = None, **options: Any
) -> Symbolic:
    """
    `fn` as a compiled function for arrays of these types, of which some have a size that each call
    chooses: `lg.spec((lg.Dim("batch"), 784), "f32")`.

    One `Dim` may be the first size of several arguments, and all of them then have this size in a
    call. `fn` may be a derivative, such as `lg.grad(loss)`. The first call with a size compiles one
    program for a range of sizes, and a call with another size of the range takes that program. If
    the program cannot be one for all these sizes (threads share its loops, or the backend is not
    "cpu"), each size gets a program of its own, and a remark says why. `backend` and `options` are
    as for `jit`.
    Errors: `TypeError` for specs without a `Dim`, with several, or with one that is no first size,
            and for a call with other arguments; `LetgradError` at the op that depends on the size
            in another way than in its shape (a Python loop over the rows, a constant `log(n)`).
    """
    return Symbolic(fn, specs, backend, options)


class Symbolic:
    """A function for all sizes of a dimension; see `symbolic`."""

    def __init__(
        self, fn: Callable[..., Any], specs: Sequence[Any], backend: str | None, options: dict
    ):
        functools.update_wrapper(self, fn, updated=())
        self.fn, self.backend, self.options = fn, backend, options
        args, _ = known_ints(fn, specs, {})
        leaves, self.tree = pytree.flatten((args, {}))
        self.specs = [x if isinstance(x, SymbolicSpec) else spec_of(x) for x in leaves]
        dims = {x.dim for x in self.specs if isinstance(x, SymbolicSpec)}
        if len(dims) != 1:
            found = ", ".join(sorted(d.name for d in dims)) or "none"
            raise located(TypeError, f"lg.symbolic needs specs with one lg.Dim, and has {found}")
        (self.dim,) = dims
        self.programs: dict[int, tuple[backends.Compiled, Traced | None]] = {}
        """The programs by their sizes."""
        self.known: dict[Any, tuple[backends.Compiled, pytree.Tree]] = {}
        """The programs by the types of arguments, if all arguments are plain."""
        self.templates: list[Any] = []
        self.reading: dict[Any, tuple[str, Callable[[int], Traced], list[list[Seen]]]] = {}
        """
        For the programs of ranges in which the function reads a shape: where it does, the trace
        that has all decisions of the user, and its ops for three sizes that the program was made
        from.
        """
        self.refused: set[range] = set()
        """Ranges for which there is no one program."""
        self.forms: list[tuple[int, int]] = []
        """Ranges of sizes whose programs have one form: their least and largest sizes."""
        self.limits: set[int] = set()
        """Sizes from which on threads share another loop."""
        self.out_tree: pytree.Tree | None = None
        self.written: tuple[int, ...] = ()
        self.others: dict[Any, Symbolic] = {}
        """The functions for other arguments of this structure, as dicts in another order."""

    def __call__(self, *args: Any) -> Any:
        if is_tracing():
            return self.fn(*args)
        key = tuple([(x.shape, x.dtype) if type(x) is np.ndarray else None for x in args])
        if key in self.known:
            # Such a call takes microseconds. To walk the structure of the arguments takes longer.
            return self.known[key][1].unflatten(self.known[key][0](*args))
        args, _ = known_ints(self.fn, args, {})
        leaves, tree = pytree.flatten((args, {}))
        n = self.size(leaves, tree)
        if tree.key != self.tree.key:
            if tree.key not in self.others:
                specs = tree.unflatten(self.specs)[0]
                self.others[tree.key] = Symbolic(self.fn, specs, self.backend, self.options)
            return self.others[tree.key](*args)
        if n not in self.programs:
            self.programs[n] = self._made(n)
        compiled = self.programs[n][0]
        assert self.out_tree is not None
        if None not in key and not self.written:
            self.known[key] = compiled, self.out_tree
        if self.written:
            return self.out_tree.unflatten(
                api._write_back(self.written, leaves, lambda xs: compiled(*xs))
            )
        return self.out_tree.unflatten(compiled(*leaves))

    def size(self, leaves: Sequence[Any], tree: pytree.Tree) -> int:
        """The size in a call. Errors: `TypeError` for arguments of other types, or of two sizes."""
        if (difference := self.tree.difference(tree)) is not None:
            raise located(TypeError, f"the function takes other arguments: {difference}")
        n: int | None = None
        for path, leaf, spec in zip(self.tree.paths(), leaves, self.specs):
            given = spec_of(leaf)
            path = path[3:]
            if isinstance(spec, SymbolicSpec):
                if given.shape[1:] != spec.rest or not given.shape or given.dtype != spec.dtype:
                    raise located(TypeError, f"argument {path} is {spec}, and was given {given}")
                if n is not None and given.shape[0] != n:
                    raise located(
                        TypeError,
                        f"argument {path} has {given.shape[0]} rows, and another argument {n}; "
                        f"both are '{self.dim}'",
                    )
                n = given.shape[0]
            elif (given.shape, given.dtype) != (spec.shape, spec.dtype):
                raise located(TypeError, f"argument {path} is {spec}, and was given {given}")
        assert n is not None
        return n

    # Programs.

    def traced(self, n: int) -> Traced:
        """The function for a size."""
        return self._traced([x.at(n) if isinstance(x, SymbolicSpec) else x for x in self.specs])

    def deciding(self, n: int) -> Traced:
        """
        The function for a size with all decisions of the user. A derivative has those of its
        function: letgrad differentiates without the user's code. To trace takes less time.
        """
        specs = [x.at(n) if isinstance(x, SymbolicSpec) else x for x in self.specs]
        args, kwargs = self.tree.unflatten(specs)
        return trace_function(derivatives.primal_of(self.fn), args, kwargs)

    def _traced(self, specs: Sequence[Spec]) -> Traced:
        args, kwargs = self.tree.unflatten(specs)
        traced = trace_function(self.fn, args, kwargs, finals=True)
        refuse_changes(traced, "lg.symbolic")
        if self.out_tree is None:
            self.out_tree, self.written = traced.out_tree, traced.written
        elif (difference := self.out_tree.difference(traced.out_tree)) is not None:
            raise located(
                TypeError, f"the results have another structure for other sizes: {difference}"
            )
        return traced

    def _made(self, n: int) -> tuple[backends.Compiled, Traced | None]:
        """The program for a size."""
        for template in self.templates:
            if n in template.range and self._decides_alike(template, n):
                return self._of_template(template, n), None
        name = backends.chosen(self.backend)
        if name == "cpu" and set(self.options) <= {"strict"} and n >= LEAST:
            search = _Search(self.traced, bool(self.options.get("strict", False)))
            for least, most in self._ranges(n, search):
                # Only in the narrowest range is it an error that the function depends on the size.
                is_last = most < 2 * least
                template = self._template(search, _sizes(least, most), is_last)
                if template is not None:
                    self.templates.append(template)
                    if self._decides_alike(template, n):
                        return self._of_template(template, n), None
        traced = self.traced(n)
        return api.compiled_for(traced, self.backend, self.options), traced

    def _ranges(self, n: int, search: _Search) -> Iterator[tuple[int, int]]:
        """
        Ranges of sizes around n, as their least and largest sizes: a wide one, the part of it in
        which the programs have one form, and narrow ones that begin or end with a power of two.
        """
        below = 1 << (n.bit_length() - 1)
        half = 1 << ((n - 1).bit_length() - 1)
        wide = max(LEAST, below >> WIDE[0]), (below << WIDE[1]) - 1
        tried: set[tuple[int, int]] = set()
        if not any(low <= n <= high for low, high in self.forms):
            # The ranges of other forms end the search.
            least = max([wide[0], *(high + 1 for _, high in self.forms if high < n)])
            most = min([wide[1], *(low - 1 for low, _ in self.forms if low > n)])
            if most - least >= LEAST - 1:
                tried.add((least, most))
                yield least, most
            same = search.of_one_form(n, least, most)
            self.forms.append(same)
            if same[1] - same[0] >= LEAST - 1 and same not in tried:
                tried.add(same)
                yield same
            # A number such as min(n, 64) bends at a power of two.
            for part in ((same[0], min(same[1], 2 * below - 1)), (max(same[0], below), same[1])):
                if part[1] - part[0] >= LEAST - 1 and part not in tried:
                    tried.add(part)
                    yield part
        for least, most in (wide, (below, 2 * below - 1), (max(LEAST, half + 1), 2 * half)):
            cut = max([least, *(x for x in self.limits if x <= n)])
            end = min([most, *(x - 1 for x in self.limits if x > n)])
            if end - cut >= LEAST and (cut, end) not in tried:
                tried.add((cut, end))
                yield cut, end

    def _of_template(self, template: Any, n: int) -> backends.Compiled:
        program = template.program(n, lambda: self.traced(n).function)
        program.compiled_again = lambda: api.compiled_for(
            self.traced(n), self.backend, self.options
        )
        return program

    def _decides_alike(self, template: Any, n: int) -> bool:
        """
        Whether the function for a size is the one that the program of a range stands for. A
        function that reads no shape cannot decide by one. letgrad traces another one once more.
        """
        if template not in self.reading or n in template.sizes:
            return True
        place, trace, samples = self.reading[template]
        *sizes, _ = template.sizes
        traced = trace(n)
        found = next(_differences([*samples, _seen(traced.module)], [*sizes, n]), None)
        if found is not None and wanted():
            op, why = found
            text = (
                f"size {n} of '{self.dim}' gets a program of its own: the function reads a shape "
                f"at {place}, and decides for this size in another way: {op_name(op)}: {why}"
            )
            analysis("symbolic", "specialized", traced.function, text)
        return found is None

    def _template(self, search: _Search, sizes: Sequence[int], is_last: bool) -> Any:
        """
        One program for a range of sizes; None if there is none. Only in the last range that a size
        has is it an error that the function itself depends on the size.
        """
        from ..lowering.cpu.templates import NoTemplate, Template

        whole = range(sizes[0], sizes[-1] + 1)
        if whole in self.refused:
            return None
        try:
            traces = {n: search.trace(n) for n in sizes}
        except Exception as error:
            # For instance, only some sizes fit a reshape. The call says whether its own size does.
            self._refuse(whole, str(error), None)
            return None
        modules = [t.module for t in traces.values()]
        first = traces[sizes[0]]
        kinds = (*first.in_types, *first.out_types)
        try:
            if len({tuple(op.name for op in m.walk()) for m in modules}) == 2:
                # As above and below a limit, such as the one of short sorts.
                raise NoTemplate("the program has other ops from some size on")
            for op, why in _differences([_seen(m) for m in modules], sizes):
                if not is_last:
                    raise NoTemplate(f"{op_name(op)}: {why}")
                raise LetgradError(
                    f"{op_name(op)} depends on the size '{self.dim}' in more than its shape: {why};"
                    " call lg.jit for each size instead",
                    op,
                )
            if any(arrays.dtype(t).kind in "uc" for t in kinds):
                raise NoTemplate("an argument or a result is complex or has no sign")
            template = Template.of(search.samples(), sizes)
        except NoTemplate as error:
            self.limits.update(error.limits)
            self._refuse(whole, str(error), first.function)
            return None
        if reads := [place for n in sizes for place in search.reads[n]]:
            trace, walks = self.deciding, [_seen(self.deciding(n).module) for n in sizes]
            if next(_differences(walks, sizes), None) is not None:
                # The derivative can have a simpler form.
                trace, walks = self.traced, [_seen(m) for m in modules]
            self.reading[template] = reads[0], trace, walks[:-1]
        return template

    def _refuse(self, whole: range, why: str, op: Operation | None) -> None:
        """Remark that sizes of a range get programs of their own."""
        self.refused.add(whole)
        if wanted():
            sizes = f"each size of '{self.dim}' from {whole[0]} to {whole[-1]}"
            text = f"{sizes} gets a program of its own: {why}"
            analysis("symbolic", "specialized", op or ModuleOp([]), text)


class _Search:
    """A search for a program of many sizes. It traces and describes each size once."""

    def __init__(self, traced: Callable[[int], Traced], strict: bool):
        self.traced, self.strict = traced, strict
        self.traces: dict[int, Traced] = {}
        self.reads: dict[int, list[str]] = {}
        """Where the function reads a shape."""
        self.described: Any = None

    def trace(self, n: int) -> Traced:
        if n not in self.traces:
            with reads_of_shapes() as self.reads[n]:
                self.traces[n] = self.traced(n)
        return self.traces[n]

    def samples(self) -> Any:
        """The backend's programs by their sizes. At least one size is traced."""
        from ..lowering.cpu.templates import Samples

        if self.described is None:
            entry = next(iter(self.traces.values())).entry
            self.described = Samples(lambda n: self.trace(n).module, entry, self.strict)
        return self.described

    def of_one_form(self, n: int, least: int, most: int) -> tuple[int, int]:
        """The sizes of a range around n whose programs differ from that for n in numbers alone."""
        return self._last(n, least), self._last(n, most)

    def _last(self, n: int, end: int) -> int:
        """The last size from n to an end whose program has the form of that for n."""
        if self._alike(n, end):
            return end
        alike, other = n, end
        while abs(other - alike) > 1:
            middle = (alike + other) // 2
            if self._alike(n, middle):
                alike = middle
            else:
                other = middle
        return alike

    def _alike(self, n: int, m: int) -> bool:
        try:
            one, other = ([op.name for op in self.trace(k).module.walk()] for k in (n, m))
            return one == other and self.samples().alike(n, m)
        except Exception:  # as for a size that does not fit a reshape
            return False


def _sizes(least: int, most: int) -> tuple[int, int, int, int]:
    """
    Four sizes of a range: its ends, and two neighbours between them. A remainder of the size, which
    is no polynomial, differs between neighbours.
    """
    one = least + (most - least) // 3
    return least, one, one + 1, most


# What differs between the programs of two sizes.


@dataclass
class Seen:
    """An op, with the texts of its attributes and types. Constants stand for themselves."""

    op: Operation
    values: dict[str, Any]
    kinds: str


def _seen(module: ModuleOp) -> list[Seen]:
    found = []
    for op in module.walk():
        values: dict[str, Any] = {**op.attributes, **op.properties}
        for name, value in values.items():
            if not isinstance(value, FloatAttr | DenseIntOrFPElementsAttr):
                values[name] = str(value)
        found.append(Seen(op, values, " ".join([str(r.type) for r in op.results])))
    return found


def _differences(
    walks: Sequence[Sequence[Seen]], sizes: Sequence[int]
) -> Iterator[tuple[Operation, str]]:
    """The first op that differs by more than sizes that are lines in the size, and why."""
    for seen in zip(*walks):
        first = seen[0].op
        if any(x.op.name != first.name for x in seen):
            names = ", ".join(dict.fromkeys(op_name(x.op) for x in seen))
            yield first, f"for other sizes there is another op in its place ({names})"
            return
        if (why := _difference(seen, sizes)) is not None:
            yield first, why
            return
    if len({len(w) for w in walks}) > 1:
        shortest = min(map(len, walks))
        longest = max(walks, key=len)
        yield longest[shortest].op, "for other sizes there are more or fewer ops"


NUMBER = re.compile(r"(?<![\w.%@\"$-])-?\d+(?![\w.])|(?<=[<x])\d+(?=x)")


def _difference(seen: Sequence[Seen], sizes: Sequence[int]) -> str | None:
    keys = seen[0].values.keys()
    if any(x.values.keys() != keys for x in seen):
        return "it has other attributes for other sizes"
    for name in keys:
        values = [x.values[name] for x in seen]
        find = _texts if all(isinstance(v, str) for v in values) else _constants
        if (found := find(values, sizes)) is not None:
            return found
    return _texts([x.kinds for x in seen], sizes)


def _constants(values: Sequence[Any], sizes: Sequence[int]) -> str | None:
    """Floats, and arrays of one number."""
    if all(str(v) == str(values[0]) for v in values):
        return None
    if (counts := [_count(v) for v in values])[0] is not None and len(set(counts)) == 1:
        return None
    numbers: list[float] = []
    for value in values:
        if isinstance(value, FloatAttr):
            numbers.append(value.value.data)
        elif isinstance(value, DenseIntOrFPElementsAttr) and types.is_splat(value):
            numbers.append(float(value.get_values()[0]))
        else:
            return "its array of constants depends on the size"
    # By their texts: a NaN is no equal of itself.
    if len(set(map(repr, numbers))) == 1 or _is_multiple(numbers, sizes):
        return None
    return f"a constant is {', '.join(map(repr, numbers))}"


def _count(value: Any) -> tuple[float, float] | None:
    """The first number and the step of an array such as `np.arange(n)`; None for another value."""
    if not isinstance(value, DenseIntOrFPElementsAttr) or types.is_splat(value):
        return None
    numbers = value.get_values()
    if len(numbers) < 2:
        return None
    first, step = numbers[0], numbers[1] - numbers[0]
    is_count = all(x == first + step * k for k, x in enumerate(numbers))
    return (first, step) if is_count else None


def _is_multiple(numbers: Sequence[float], sizes: Sequence[int]) -> bool:
    """Whether numbers are p n + q, or p / n, up to rounding. `templates` checks their bits."""
    p = numbers[0] * sizes[0]
    if all(abs(x * n - p) <= 1e-6 * abs(p) for x, n in zip(numbers, sizes)):
        return True
    slope = (numbers[-1] - numbers[0]) / (sizes[-1] - sizes[0])
    return all(
        abs(numbers[0] + slope * (n - sizes[0]) - x) <= 1e-9 * abs(x)
        for x, n in zip(numbers, sizes)
    )


@functools.lru_cache(maxsize=4096)
def _is_curve(numbers: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    """Whether numbers are a polynomial of the size as `templates` has them."""
    (x, y, z, last), (u, v, w, wanted_) = sizes, numbers
    first, second = Fraction(v - u, y - x), Fraction(w - v, z - y)
    a = (second - first) / (z - x)
    return u + (last - x) * (first + a * (last - y)) == wanted_ and a.denominator == 1


def _texts(values: Sequence[str], sizes: Sequence[int]) -> str | None:
    if len(set(values)) == 1:
        return None
    pieces, found = zip(*map(_parts, values))
    if any(p != pieces[0] for p in pieces):
        return "it has other attributes for other sizes"
    for numbers in zip(*found):
        if not _is_curve(numbers, tuple(sizes)):
            return f"a number is {', '.join(map(str, numbers))}"
    return None


@functools.lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[list[str], list[int]]:
    """A text without its numbers, and the numbers."""
    return NUMBER.split(text), [int(x) for x in NUMBER.findall(text)]
