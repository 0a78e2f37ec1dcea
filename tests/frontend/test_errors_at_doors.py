"""Wrong calls of letgrad's own functions: one line, which begins with the line of the user."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.extend import LetgradError


def square(x: Any) -> Any:
    return x * x


CALLS: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "backend": (LetgradError, "no backend 'gpu'", lambda: lg.jit(square, backend="gpu")(2.0)),
    "option": (LetgradError, "has no option 'fast'", lambda: lg.jit(square, fast=1)(2.0)),
    "no function": (TypeError, "3 is none", lambda: lg.jit(3)),  # type: ignore[arg-type]
    "gradient of 3": (TypeError, "3 is none", lambda: lg.grad(3)(1.0)),  # type: ignore[arg-type]
    "explain": (LetgradError, "no backend", lambda: lg.explain(square, 2.0, backend="gpu")),
    "load": (LetgradError, "no such file", lambda: lg.load("nowhere.mlir")),
    "load a folder": (LetgradError, "is a directory", lambda: lg.load(Path.cwd())),
    "load another file": (LetgradError, "letgrad saved", lambda: lg.load(__file__)),
    "load no path": (TypeError, "the path of a file", lambda: lg.load(3)),  # type: ignore[arg-type]
    "save nothing": (LetgradError, "not called yet", lambda: lg.jit(square).save("f.mlir")),
    "save nowhere": (
        LetgradError, "no such file", lambda: lg.jit(square).save("no/f.mlir", lg.spec(3)),
    ),
    "save no path": (TypeError, "path", lambda: lg.jit(square).save(3)),  # type: ignore[arg-type]
    "export": (LetgradError, "kind of file", lambda: lg.export(square, lg.spec(), path="f.x")),
    "export no path": (
        TypeError, "path", lambda: lg.export(square, lg.spec(), path=3),  # type: ignore[arg-type]
    ),
    "target": (
        LetgradError, "target", lambda: lg.export(square, lg.spec(), path="f.o", target="pdp11"),
    ),
    "processor": (
        LetgradError, "no processor", lambda: lg.export(square, lg.spec(), path="f.o", cpu="zx80"),
    ),
    "dtype": (TypeError, "'float99' is none of", lambda: lg.spec(3, "float99")),
    "bytes or bits": (TypeError, "bits or bytes", lambda: lg.spec(3, "u1")),
    "shape of floats": (TypeError, "not (3.5,)", lambda: lg.spec((3.5,))),  # type: ignore[arg-type]
    "shape of text": (TypeError, "not 'ab'", lambda: lg.spec("ab")),  # type: ignore[arg-type]
    "negative size": (ValueError, "negative size", lambda: lg.spec((2, -1))),
    "dim": (TypeError, "takes a name", lambda: lg.Dim(3)),  # type: ignore[arg-type]
    "second size": (TypeError, "first size", lambda: lg.spec((2, lg.Dim("n")))),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_the_error_is_one_line_at_the_call(name: str) -> None:
    kind, message, call = CALLS[name]
    with pytest.raises(kind) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text and message in text
    first = inspect.getsourcelines(CALLS[name][2])[1]
    where = re.match(re.escape(__file__) + r":(\d+):", text)
    assert where is not None, text
    assert first <= int(where[1]) <= first + 2


def test_sizes_may_be_numpys_integers() -> None:
    assert lg.spec(np.int64(3)) == lg.spec(np.array([3])) == lg.spec([3])
