"""The way out to XLA: programs as StableHLO, and the backend that compiles this by jaxlib."""
