"""The programs of `kernels`, with small inputs, and the arguments to differentiate by."""

from __future__ import annotations

import kernels as k
import numpy as np

R = np.random.default_rng(1)


def r(*shape):
    return R.standard_normal(shape)


def positive(n):
    a = r(n, n)
    return a @ a.T + n * np.eye(n)


CASES = {
    "jacobi_1d": (k.jacobi_1d, (8, r(9), r(9)), (1, 2)),
    "jacobi_2d": (k.jacobi_2d, (5, r(6, 7), r(6, 7)), (1,)),
    "swapped": (k.swapped, (5, r(9)), (1,)),
    "heat_3d": (k.heat_3d, (4, r(5, 4, 6), r(5, 4, 6)), (1,)),
    "seidel_2d": (k.seidel_2d, (3, r(6, 6)), (1,)),
    "seidel_rows": (k.seidel_rows, (2, r(6, 6)), (1,)),
    "fdtd_2d": (k.fdtd_2d, (4, r(5, 6), r(5, 6), r(5, 6), r(4)), (0 + 1, 3, 4)),
    "adi": (k.adi, (3, 7, r(7, 7)), (2,)),
    "vertical_advection": (k.vertical_advection, (r(7, 3), r(7, 3)), (0, 1)),
    "lu": (k.lu, (positive(6),), (0,)),
    "lu_scalars": (k.lu_scalars, (positive(6),), (0,)),
    "cholesky": (k.cholesky, (positive(6),), (0,)),
    "cholesky_columns": (k.cholesky_columns, (positive(6),), (0,)),
    "gramschmidt": (k.gramschmidt, (r(7, 5),), (0,)),
    "durbin": (k.durbin, (0.3 * r(8),), (0,)),
    "trisolv": (k.trisolv, (positive(6), r(6)), (0, 1)),
    "trmm": (k.trmm, (1.5, r(5, 5), r(5, 4)), (1, 2)),
    "syrk": (k.syrk, (1.5, 1.2, r(5, 5), r(5, 3)), (2, 3)),
    "syr2k": (k.syr2k, (1.5, 1.2, r(5, 5), r(5, 3), r(5, 3)), (2, 3, 4)),
    "symm": (k.symm, (1.5, 1.2, r(5, 4), r(5, 5), r(5, 4)), (2, 3, 4)),
    "gemm": (k.gemm, (1.5, 1.2, r(4, 3), r(4, 5), r(5, 3)), (2, 3)),
    "gemver": (k.gemver, (1.5, 1.2, r(4, 4), *(r(4) for _ in range(8))), (2, 3, 8)),
    "gesummv": (k.gesummv, (1.5, 1.2, r(4, 4), r(4, 4), r(4)), (2, 4)),
    "atax": (k.atax, (r(4, 5), r(5)), (0, 1)),
    "bicg": (k.bicg, (r(4, 5), r(5), r(4)), (0, 1)),
    "mvt": (k.mvt, (r(4), r(4), r(4), r(4), r(4, 4)), (0, 4)),
    "doitgen": (k.doitgen, (r(3, 4, 5), r(5, 5)), (0, 1)),
    "correlation": (k.correlation, (4, 6.0, r(6, 4)), (2,)),
    "covariance": (k.covariance, (4, 6.0, r(6, 4)), (2,)),
    "floyd_warshall": (k.floyd_warshall, (np.abs(r(6, 6)),), (0,)),
    "floyd_scalars": (k.floyd_scalars, (np.abs(r(5, 5)),), (0,)),
    "nussinov": (k.nussinov, (R.integers(0, 4, 9),), ()),
    "smith_waterman": (k.smith_waterman, (R.integers(0, 3, 7), R.integers(0, 3, 8)), ()),
    "go_fast": (k.go_fast, (r(5, 5),), (0,)),
    "mandelbrot": (k.mandelbrot, (r(4, 5), r(4, 5), 8, 2.0), ()),
    "mandelbrot_point": (k.mandelbrot_point, (0.4, 0.31, 12), ()),
    "newton_root": (k.newton_root, (np.float64(7.0),), (0,)),
    "cavity": (k.cavity, (r(6, 6), 1e-6), ()),
    "histogram": (k.histogram, (R.random(12), r(12), 5), (1,)),
    "spmv": (k.spmv, (np.array([0, 2, 2, 5, 6]), np.array([0, 3, 1, 2, 3, 0]), r(6), r(4)), (2, 3)),
    "spmv_slices": (
        k.spmv_slices, (np.array([0, 2, 2, 5, 6]), np.array([0, 3, 1, 2, 3, 0]), r(6), r(4)), (2, 3)
    ),
    "deriche": (k.deriche, (0.25, r(6, 7)), (1,)),
    "k_means_step": (k.k_means_step, (r(9, 2), r(3, 2)), (0,)),
    "n_body": (k.n_body, (r(4, 3), r(4, 3), np.abs(r(4)), 0.01, 3), (0, 1)),
    "mlp": (k.mlp, (r(3, 4), r(4, 5), r(5), r(5, 2), r(2)), (0, 1, 4)),
    "conv2d": (k.conv2d, (r(2, 6, 5, 2), r(3, 3, 2, 4)), (0, 1)),
    "lstm": (k.lstm, (r(5, 2), r(9, 5), r(3)), (0, 1)),
}  # fmt: skip
