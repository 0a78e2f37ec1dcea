"""
The reference interpreter of StableHLO in jaxlib, in a process of its own. The interpreter ends its
process at an op that it lacks, so each function runs in a fork.

    python oracle.py FILE IN OUT      evaluates each function of FILE on the arrays of IN
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path


def evaluate(text: str, name: str, arrays: list, out: Path) -> None:
    """Write the results of a function of a module."""
    import numpy as np
    from jax._src.interpreters import mlir
    from jaxlib.mlir import ir, passmanager
    from jaxlib.mlir.dialects import stablehlo

    stablehlo.register_stablehlo_passes()
    with mlir.make_ir_context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        for op in module.body.operations:
            if ir.StringAttr(op.attributes["sym_name"]).value == name:
                op.attributes["sym_name"] = ir.StringAttr.get("main")
        pipeline = "builtin.module(func.func(chlo-legalize-to-stablehlo))"
        passmanager.PassManager.parse(pipeline).run(module.operation)
        given = []
        for x in arrays:
            type = ir.RankedTensorType.get(x.shape, mlir.dtype_to_ir_type(x.dtype))
            data = np.ascontiguousarray(x)
            given.append(ir.DenseElementsAttr.get(data, type=type.element_type, shape=x.shape))
        results = [np.array(r) for r in stablehlo.eval_module(module, given)]
    out.write_bytes(pickle.dumps(results))


def main(file: str, inputs: str, folder: str) -> None:
    text = Path(file).read_text()
    import jaxlib.mlir.dialects.stablehlo  # noqa: F401 (before the forks, once for all)

    for name, arrays in pickle.loads(Path(inputs).read_bytes()).items():
        child = os.fork()
        if not child:
            try:
                evaluate(text, name, arrays, Path(folder) / name)
            except BaseException as error:
                print(f"{name}: {error}", file=sys.stderr)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
