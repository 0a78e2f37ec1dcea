"""
The way in from upstream MLIR: the pass that writes programs of `linalg`, `tensor`, `memref`,
`affine`, `scf` and `cf` in letgrad's dialects.
"""
