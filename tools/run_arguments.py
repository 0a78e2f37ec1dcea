"""The arguments of `letgrad run`, as its inputs say them, and the results as it shows them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, TensorType
from xdsl.ir import Attribute

from ..dialects import arrays, types
from ..passes.rewriting.diagnostics import LetgradError
from . import source

INPUTS = """
an input is one of
  1.5  true  1+2j  [1, 2, 3]  [[1.0, nan], [inf, -2.0]]    numbers, and nested lists of them
  x.npy       an array that numpy.save wrote
  xs.npz      the arrays that numpy.savez wrote: by name, if all of their names are names of
              arguments, else in order
  random:7    random numbers from that seed: normal, or integers from 0 to 9
  zeros  ones
"""

Fill = Callable[[tuple[int, ...], np.dtype], np.ndarray]


@dataclass(frozen=True)
class Input:
    """One `--input`, or one array of an archive; `name` names the argument that takes the input."""

    text: str
    name: str | None
    value: Any
    """An array, nested lists of numbers, or a function that fills a shape."""


def read_arguments(
    texts: Sequence[str], function: func.FuncOp, places: dict[int, Input] | None = None
) -> tuple[Any, ...]:
    """
    The arguments of a function from the texts of `--input`. An input with a name goes to the place
    of its argument. The other inputs go to the other places in order. `places` says the inputs by
    the numbers of their arguments, if the caller has placed them.

    Errors: `LetgradError` for a text that is no input, for too many inputs or too few, and for an
            input of another shape or element type than its argument.
    """
    places = placed(texts, function) if places is None else places
    arguments = enumerate(function.args)
    return tuple(converted(places[i], f"argument {i}", arg.type, function) for i, arg in arguments)


def sizes_of(
    texts: Sequence[str], function: func.FuncOp, say_sizes: Sequence[int] = ()
) -> tuple[int, ...]:
    """
    The numbers for the dynamic sizes of the arguments of a function, and those of the integer
    arguments at the places `say_sizes`, in their order.

    Errors: `LetgradError` for an input that has no shape, or another number of dimensions, and for
            a size that is no number or below 0.
    """
    places, sizes = placed(texts, function), list[int]()
    for i, arg in enumerate(function.args):
        if i in say_sizes:
            n = converted(places[i], f"argument {i}", arg.type, function)
            if n < 0:
                raise LetgradError(
                    f"argument {i} of @{function.sym_name.data} says a size, and is {n}", function
                )
            sizes.append(int(n))
        dims = dynamic_dims(arg.type)
        if not dims:
            continue
        what = f"argument {i} of @{function.sym_name.data} is {arg.type}"
        if callable(places[i].value):
            raise LetgradError(
                f"{what}, and '{places[i].text}' says no size; give its elements", function
            )
        shape, rank = np.shape(places[i].value), len(arg.type.get_shape())  # type: ignore[union-attr]
        if len(shape) != rank:
            raise LetgradError(
                f"{what}, of {rank} dimensions; input '{places[i].text}' has shape {list(shape)}",
                function,
            )
        sizes += [shape[d] for d in dims]
    return tuple(sizes)


def dynamic_dims(type: Attribute) -> list[int]:
    if not isinstance(type, TensorType | MemRefType):
        return []
    return [d for d, n in enumerate(type.get_shape()) if n == DYNAMIC_INDEX]


def placed(texts: Sequence[str], function: func.FuncOp) -> dict[int, Input]:
    """The inputs by the numbers of their arguments. Errors: as for `read_arguments`."""
    hints = [arg.name_hint for arg in function.args]
    places: dict[int, Input] = {}
    unnamed: list[Input] = []
    for each in [entry for text in texts for entry in read_input(text, hints)]:
        if each.name is None:
            unnamed.append(each)
            continue
        if each.name not in hints:
            known = ", ".join(h for h in hints if h) or "none"
            message = f"@{function.sym_name.data} has no argument '{each.name}', but {known}"
            raise LetgradError(message, function)
        i = hints.index(each.name)
        if i in places:
            raise LetgradError(f"argument '{each.name}' has two inputs", function)
        places[i] = each
    free = [i for i in range(len(hints)) if i not in places]
    if len(unnamed) != len(free):
        raise LetgradError(
            f"@{function.sym_name.data} takes {len(hints)} arguments "
            f"({', '.join(map(str, function.function_type.inputs))}), "
            f"and {len(places) + len(unnamed)} inputs are given",
            function,
        )
    return places | dict(zip(free, unnamed, strict=True))


def read_input(text: str, hints: Sequence[str | None] = ()) -> list[Input]:
    """The inputs that one `--input` stands for; `hints` are the names of the arguments."""
    name, equals, rest = text.partition("=")
    if equals and name.isidentifier():
        return [Input(text, name, each.value) for each in _single(rest, text)]
    if text.endswith(".npz"):
        entries = load(text)
        by_name = all(key in hints for key in entries)
        return [
            Input(f"{text}[{key}]", key if by_name else None, array)
            for key, array in entries.items()
        ]
    return _single(text, text)


def _single(text: str, whole: str) -> list[Input]:
    if text.endswith(".npz"):
        raise LetgradError(f"input '{whole}': an archive has the names of its arrays")
    value: Any
    if text.endswith(".npy"):
        value = load(text)
    elif text in ("zeros", "ones"):
        value = np.zeros if text == "zeros" else np.ones
    elif match := re.fullmatch(r"random:(\d+)", text):
        value = _random(np.random.default_rng(int(match[1])))
    else:
        value = _literal(text, whole)
    return [Input(whole, None, value)]


def _random(generator: np.random.Generator) -> Fill:
    def fill(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        if dtype.kind in "bi":
            return generator.integers(0, 2 if dtype.kind == "b" else 10, shape).astype(dtype)
        numbers = generator.standard_normal(shape)
        if dtype.kind == "c":
            numbers = numbers + 1j * generator.standard_normal(shape)
        return numbers.astype(dtype)

    return fill


_PART = r"\d+\.?\d*(?:[eE][+-]?\d+)?"
_COMPLEX = re.compile(rf"(?<![\w.])(?:([+-]?{_PART})(?=[+-]))?([+-]?{_PART})j\b")
"""A complex number as Python writes it, without parentheses: `1+2j`, `-0.5j`."""


def _complex_of(match: re.Match[str]) -> str:
    re_, im = (float(part or "0") for part in match.groups())  # a float keeps the sign of a zero
    return f'{{"complex": [{re_}, {im}]}}'


def _number_of(parts: dict[str, Any]) -> Any:
    return complex(*parts["complex"]) if parts.keys() == {"complex"} else parts


def _literal(text: str, whole: str) -> Any:
    """Numbers in JSON's notation, with Python's `nan`, `inf`, `True`, `False` and `1+2j` too."""
    words = {"nan": "NaN", "inf": "Infinity", "True": "true", "False": "false"}
    json_text = re.sub(r"\b(nan|inf|True|False)\b", lambda m: words[m[1]], text)
    json_text = _COMPLEX.sub(_complex_of, json_text)
    try:
        value = json.loads(json_text, parse_int=_whole, object_hook=_number_of)
    except (ValueError, RecursionError) as error:
        raise LetgradError(
            f"input '{whole}' is not a number, list, .npy or .npz file, random:SEED, zeros or ones"
        ) from error
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise LetgradError(f"input '{whole}': its rows differ in length") from error
    if array.dtype.kind not in "bifc" and array.size:
        raise LetgradError(f"input '{whole}' holds something else than numbers")
    return value


def _whole(digits: str) -> int | float:
    """
    A whole number. A float stands for one beyond 64 bits, which no integer type can hold. Python
    refuses to make an int of thousands of digits.
    """
    if len(digits) <= 20 and -(1 << 63) <= (number := int(digits)) < 1 << 63:
        return number
    return float(digits)


def load(filename: str) -> Any:
    """The array of a .npy file, or a dict of the arrays of a .npz file."""
    try:
        loaded = np.load(filename, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        # NumPy takes every file without its header for objects.
        said = str(error)
        reason = f"it is no {Path(filename).suffix} file"
        if said.startswith("Object arrays"):
            reason = "the array has Python objects in it, and letgrad reads numbers"
        elif "pickle" not in said:
            reason += f" ({said})"
    raise LetgradError(f"cannot read the file: {reason}", source.place(filename, 1, 1))


def converted(given: Input, what: str, type: Attribute, function: func.FuncOp) -> Any:
    """
    The input as an array or scalar of `type`.

    A literal takes the element type of its argument, if this type can hold the literal. An array
    must have the element type already.
    """
    shape, dtype = types.shape(type), arrays.dtype(type)
    if callable(given.value):
        try:
            return np.asarray(given.value(shape, dtype))[()]
        except MemoryError as error:
            raise LetgradError(
                f"there is not enough memory for {what} of @{function.sym_name.data}: {type}",
                function,
            ) from error
    array = np.asarray(given.value)
    if isinstance(given.value, np.ndarray):
        if array.dtype.kind == "V" and dtype == arrays.bfloat16 and array.dtype.itemsize == 2:
            array = array.view(dtype)  # NumPy's files do not know this type's name
        if array.dtype != dtype:
            raise LetgradError(
                f"{what} of @{function.sym_name.data} is {type}, of {dtype}; "
                f"input '{given.text}' is of {array.dtype}",
                function,
            )
    elif array.size and not _holds(dtype, array):
        raise LetgradError(
            f"{what} of @{function.sym_name.data} is {type}, which cannot hold '{given.text}'",
            function,
        )
    if array.shape != shape:
        raise LetgradError(
            f"{what} of @{function.sym_name.data} is {type}, of shape {list(shape)}; "
            f"input '{given.text}' has shape {list(array.shape)}",
            function,
        )
    return array.astype(dtype)[()]


def _holds(dtype: np.dtype, literal: np.ndarray) -> bool:
    """
    Whether a literal may become this type: floats take any real number, and i1 also takes 0 and 1.
    """
    if literal.dtype.kind == "c":
        return dtype.kind == "c"
    if dtype.kind == "b":
        return literal.dtype.kind == "b" or bool(np.all((literal == 0) | (literal == 1)))
    if literal.dtype.kind == "b":
        return False
    if dtype.kind != "i":
        return True
    if literal.dtype.kind != "i":
        return False
    limits = np.iinfo(dtype)
    return bool(np.all((literal >= limits.min) & (literal <= limits.max)))


# Its results.


def shown(value: Any) -> str:
    """An array as nested lists, or a number, with enough digits to read the same value back."""
    array = np.asarray(value)
    if array.dtype == arrays.bfloat16:
        array = array.astype(np.float32)
    text = np.array2string(array, separator=", ", formatter={"all": lambda x: str(x).strip("()")})
    return text.lower() if array.dtype.kind == "b" else text


def save(path: Path, results: Sequence[Any]) -> None:
    """Write one result to a .npy file, or any number of them to a .npz file."""
    if path.suffix not in (".npy", ".npz"):
        raise LetgradError(f"cannot save to {path}: results go to .npy or .npz files")
    if path.suffix == ".npy" and len(results) != 1:
        raise LetgradError(f"cannot save {len(results)} results to {path}: a .npy file holds one")
    with source.writing(path):
        if path.suffix == ".npy":
            np.save(path, results[0], allow_pickle=False)
        else:
            np.savez(path, *results)
