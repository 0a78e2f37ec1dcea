"""
Plain NumPy programs by DaCe, for `programs.py`: the value, and the gradient by `dace.autodiff`.
DaCe compiles with CMake and a compiler of C++, in seconds to minutes a program.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Run = Callable[[], Any]


def by_dace(
    plain: Callable[..., Any],
    steps: int,
    args: Sequence[np.ndarray],
    wrt: Sequence[int],
    shape: Sequence[int],
    weights: np.ndarray | None,
) -> tuple[Run, Run]:
    """
    What computes `plain(steps, *args)`, of this shape, and what computes the value and the gradient
    of its sum times `weights`; of the result itself, if that is one number and `weights` is None.
    Raises DaCe's errors; those of the gradient when it is first computed.
    """
    import dace
    from dace.autodiff import add_backward_pass

    folder = Path(tempfile.mkdtemp())
    dace.Config.set("default_build_folder", value=str(folder / "build"))
    given = {f"x{k}": np.array(x, order="C") for k, x in enumerate(args)}
    types = {name: dace.dtypes.typeclass(x.dtype.type)[x.shape] for name, x in given.items()}
    dtype = np.result_type(*args)
    out = np.zeros(tuple(shape) or (1,), dtype)
    call = f"plain({', '.join(given)})"
    more = {} if weights is None else {"w": np.array(weights, dtype)}
    result = call if weights is None else f"np.sum({call} * w)"
    text = (
        f"{_without_steps(plain)}\n\n\n"
        f"def value({', '.join(given)}, y):\n    y[:] = {call}\n\n\n"
        f"def total({', '.join([*given, *more])}, s):\n    s[0] = {result}\n"
    )
    module = _imported(folder / "programs_for_dace.py", text, plain.__globals__ | {"steps": steps})

    def sdfg(name: str, last: str, arrays: dict[str, np.ndarray]) -> Any:
        function = getattr(module, name)
        function.__annotations__ = types | {
            k: dace.dtypes.typeclass(x.dtype.type)[x.shape] for k, x in arrays.items()
        }
        assert last in arrays
        return dace.program(function).to_sdfg(simplify=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = sdfg("value", "y", {"y": out}).compile()

    def renew() -> None:
        # DaCe drops the copy that a program makes of an argument before it writes to it.
        for x, own in zip(args, given.values()):
            own[...] = x

    def value() -> Any:
        renew()
        compiled(**given, y=out)
        return out if shape else out[0]

    slopes = {f"gradient_x{k}": np.zeros_like(given[f"x{k}"]) for k in wrt}
    s, one = np.zeros(1, dtype), np.ones(1, dtype)
    backward: list[Any] = []

    def both() -> Any:
        if not backward:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                program = sdfg("total", "s", {**more, "s": s})
                add_backward_pass(sdfg=program, inputs=[f"x{k}" for k in wrt], outputs=["s"])
                backward.append(program.compile())
        for x in slopes.values():
            x[...] = 0
        one[0] = 1
        renew()
        backward[0](**given, **more, s=s, gradient_s=one, **slopes)
        return s[0], tuple(slopes.values())

    return value, both


def _without_steps(plain: Callable[..., Any]) -> str:
    """
    The text of a function of `steps` and arrays, without `steps`: sizes that DaCe is to know are
    names of the module, and no arguments.
    """
    tree = ast.parse(inspect.getsource(plain)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    steps, *tree.args.args = tree.args.args
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == steps.arg:
            node.id = "steps"
    for x in tree.args.args:
        x.annotation = None
    tree.name, tree.returns = "plain", None
    return ast.unparse(tree)


def _imported(path: Path, text: str, names: dict[str, Any]) -> Any:
    """The module of this text, which DaCe reads again, with these names."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module).update({k: v for k, v in names.items() if not k.startswith("__")})
    spec.loader.exec_module(module)
    return module
