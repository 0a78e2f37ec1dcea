"""
The way in from StableHLO: the pass that writes a program of StableHLO in letgrad's dialects, and
`lg.from_jax`.
"""
