"""Fourier transforms: machine code of letgrad's own, and calls of NumPy's and SciPy's."""
