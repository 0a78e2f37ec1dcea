"""
SciPy's functions on traced arrays: `letgrad.scipy` has the names of SciPy.

`offers` has the table of rules. The other modules have the rules of one module of SciPy each;
`distributions`, `continuous`, `on_intervals`, `on_half_lines`, `on_the_line`, `discrete` and
`multivariate` belong to `scipy.stats`, too. Rules are made of NumPy's functions on traced arrays,
and of the special functions of the IR. letgrad imports SciPy only when a program asks for a name of
it, or computes a function that only SciPy has.
"""

from . import (
    complex_special,
    continuous,
    discrete,
    distances,
    filters,
    fourier_kinds,
    grids,
    image_filters,
    image_places,
    integrate,
    matrix_distributions,
    matrix_equations,
    matrix_functions,
    more_special,
    multivariate,
    on_half_lines,
    on_intervals,
    on_the_line,
    pair_counts,
    quadrature,
    resampling,
    sample_tests,
    scattered,
    scipy_linalg,
    scipy_special,
    signal,
    sparse_matrices,
    spectra,
    splines,
    stats,
    univariate_splines,
)
from .offers import RULES

__all__ = [
    "RULES",
    "complex_special",
    "continuous",
    "discrete",
    "distances",
    "filters",
    "fourier_kinds",
    "grids",
    "image_filters",
    "image_places",
    "integrate",
    "matrix_distributions",
    "matrix_equations",
    "matrix_functions",
    "more_special",
    "multivariate",
    "on_half_lines",
    "on_intervals",
    "on_the_line",
    "pair_counts",
    "quadrature",
    "resampling",
    "sample_tests",
    "scattered",
    "scipy_linalg",
    "scipy_special",
    "signal",
    "sparse_matrices",
    "spectra",
    "splines",
    "stats",
    "univariate_splines",
]
