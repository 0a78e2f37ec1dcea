"""The way out to upstream MLIR: the pass `convert-ten-to-linalg`, and the target `linalg`."""
