"""Constant arrays: a function of the file makes each, once for each device of the process."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from xdsl.dialects import arith

from ...dialects import arrays, types
from .launcher import Launcher, torch_dtype, tuple_text

LITERAL = 64
"""A constant with more elements than this is not written as numbers."""


def constant(launcher: Launcher, op: arith.ConstantOp) -> None:
    """
    An array that is the same in each call. The file makes it at the first call on a device, and
    keeps it there: a graph that is recorded later finds it.
    """
    name, dtype = launcher.name_of(op.result), torch_dtype(op.result)
    array = np.asarray(arrays.constant_array(op))
    number = types.constant_value(op.result)
    made = launcher.file.globals.fresh(f"{name}_constant")
    if number is not None or array.size == 0:
        value = (
            float(number or 0)
            if types.is_float(types.element(op.result.type))
            else int(number or 0)
        )
        text = (
            f'float("{value}")'
            if isinstance(value, float) and not np.isfinite(value)
            else repr(value)
        )
        lines = [
            f"return torch.full({tuple_text(array.shape)}, {text}, dtype={dtype}, device=device)"
        ]
    elif array.size <= LITERAL and (
        array.dtype.kind not in "fV" or np.all(np.isfinite(array.astype(np.float64)))
    ):
        text = (
            array.tolist() if array.dtype != arrays.bfloat16 else array.astype(np.float64).tolist()
        )
        lines = [f"return torch.tensor({text}, dtype={dtype}, device=device)"]
    else:
        data = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()
        known = launcher.file.globals.fresh(f"{name}_data")
        rows = "\n".join(f'    "{data[k : k + 92]}"' for k in range(0, len(data), 92))
        launcher.file.imports |= {"import base64\n", "import zlib\n"}
        launcher.file.extra[known] = f"{known} = (\n{rows}\n)"
        lines = [
            f"data = bytearray(zlib.decompress(base64.b64decode({known})))",
            f"x = torch.frombuffer(data, dtype={dtype}).reshape({tuple_text(array.shape)})",
            "return torch.as_tensor(x, device=device)",
        ]
    launcher.file.imports.add("import functools\n")
    body = "\n".join(f"    {line}" for line in lines)
    launcher.file.extra[made] = f"@functools.cache\ndef {made}(device):\n{body}"
    launcher.put(f"{name} = {made}(_device())")
