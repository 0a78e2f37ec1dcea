"""
Programs as people write them in NumPy: the kinds of PolyBench, NPBench and textbooks. Each returns
what it computes; many write in place.
"""

from __future__ import annotations

import numpy as np

# Stencils in time loops.


def jacobi_1d(tsteps, A, B):
    for _ in range(1, tsteps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return A, B


def jacobi_2d(tsteps, A, B):
    for _ in range(1, tsteps):
        B[1:-1, 1:-1] = 0.2 * (
            A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        )
        A[1:-1, 1:-1] = 0.2 * (
            B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        )
    return A, B


def swapped(tsteps, A):
    B = np.zeros_like(A)
    for _ in range(tsteps):
        B[1:-1] = 0.3 * (A[:-2] + A[1:-1] + A[2:])
        A, B = B, A
    return A, B


def heat_3d(tsteps, A, B):
    def step(X):
        return (
            0.125 * (X[2:, 1:-1, 1:-1] - 2.0 * X[1:-1, 1:-1, 1:-1] + X[:-2, 1:-1, 1:-1])
            + 0.125 * (X[1:-1, 2:, 1:-1] - 2.0 * X[1:-1, 1:-1, 1:-1] + X[1:-1, :-2, 1:-1])
            + 0.125 * (X[1:-1, 1:-1, 2:] - 2.0 * X[1:-1, 1:-1, 1:-1] + X[1:-1, 1:-1, :-2])
            + X[1:-1, 1:-1, 1:-1]
        )

    for _ in range(1, tsteps):
        B[1:-1, 1:-1, 1:-1] = step(A)
        A[1:-1, 1:-1, 1:-1] = step(B)
    return A, B


def seidel_2d(tsteps, A):
    n = A.shape[0]
    for _ in range(tsteps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (
                    A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                    + A[i, j - 1] + A[i, j] + A[i, j + 1]
                    + A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                ) / 9.0  # fmt: skip
    return A


def seidel_rows(tsteps, A):
    n = A.shape[0]
    for _ in range(tsteps):
        for i in range(1, n - 1):
            A[i, 1:-1] += (
                A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:]
                + A[i, 2:] + A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            )  # fmt: skip
            for j in range(1, n - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0
    return A


def fdtd_2d(tmax, ex, ey, hz, fict):
    for t in range(tmax):
        ey[0, :] = fict[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return ex, ey, hz


def adi(tsteps, n, u):
    v = np.empty(u.shape, dtype=u.dtype)
    p = np.empty(u.shape, dtype=u.dtype)
    q = np.empty(u.shape, dtype=u.dtype)
    dx = 1.0 / n
    dt = 1.0 / tsteps
    mul = 2.0 * dt / (dx * dx)
    a = -mul / 2.0
    b = 1.0 + mul
    c = a
    for _ in range(1, tsteps + 1):
        v[0, 1 : n - 1] = 1.0
        p[1 : n - 1, 0] = 0.0
        q[1 : n - 1, 0] = v[0, 1 : n - 1]
        for j in range(1, n - 1):
            p[1 : n - 1, j] = -c / (a * p[1 : n - 1, j - 1] + b)
            q[1 : n - 1, j] = (
                -a * u[j, 0 : n - 2]
                + (1.0 + 2.0 * a) * u[j, 1 : n - 1]
                - c * u[j, 2:n]
                - a * q[1 : n - 1, j - 1]
            ) / (a * p[1 : n - 1, j - 1] + b)
        v[n - 1, 1 : n - 1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1 : n - 1] = p[1 : n - 1, j] * v[j + 1, 1 : n - 1] + q[1 : n - 1, j]
        u[1 : n - 1, 0] = 1.0
        for j in range(1, n - 1):
            u[1 : n - 1, j] = 0.5 * u[1 : n - 1, j] + 0.25 * v[j, 1 : n - 1]
    return u


def vertical_advection(u, w):
    n = u.shape[0]
    c = np.zeros_like(u)
    d = np.zeros_like(u)
    c[0] = 0.25 * w[1]
    d[0] = u[0] - c[0] * (u[1] - u[0])
    for k in range(1, n - 1):
        a = -0.25 * w[k]
        c[k] = 0.25 * w[k + 1]
        b = 1.0 - a - c[k]
        divided = 1.0 / (b - c[k - 1] * a)
        c[k] = c[k] * divided
        d[k] = (u[k] - c[k] * u[k + 1] - d[k - 1] * a) * divided
    out = np.zeros_like(u)
    data = d[n - 2]
    out[n - 1] = data
    for k in range(n - 2, -1, -1):
        data = d[k] - c[k] * data
        out[k] = 2.0 * (data - u[k])
    return out


# Linear algebra.


def lu(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return A


def lu_scalars(A):
    n = A.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] = A[i, k] / A[k, k]
            for j in range(k + 1, n):
                A[i, j] = A[i, j] - A[i, k] * A[k, j]
    return A


def cholesky(A):
    n = A.shape[0]
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, n):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return A


def cholesky_columns(A):
    n = A.shape[0]
    L = np.zeros_like(A)
    for j in range(n):
        s = 0.0
        for k in range(j):
            s += L[j, k] ** 2
        L[j, j] = np.sqrt(A[j, j] - s)
        for i in range(j + 1, n):
            t = 0.0
            for k in range(j):
                t += L[i, k] * L[j, k]
            L[i, j] = (A[i, j] - t) / L[j, j]
    return L


def gramschmidt(A):
    n = A.shape[1]
    Q = np.zeros_like(A)
    R = np.zeros((n, n), dtype=A.dtype)
    for k in range(n):
        nrm = np.dot(A[:, k], A[:, k])
        R[k, k] = np.sqrt(nrm)
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]
    return Q, R


def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


def trisolv(L, b):
    x = np.zeros_like(b)
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return x


def trmm(alpha, A, B):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha
    return B


def syrk(alpha, beta, C, A):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    return C


def syr2k(alpha, beta, C, A, B):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += A[: i + 1, k] * alpha * B[i, k] + B[: i + 1, k] * alpha * A[i, k]
    return C


def symm(alpha, beta, C, A, B):
    temp2 = np.empty((C.shape[1],), dtype=C.dtype)
    C *= beta
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * temp2
    return C


def gemm(alpha, beta, C, A, B):
    C[:] = alpha * A @ B + beta * C
    return C


def gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x
    return A, x, w


def gesummv(alpha, beta, A, B, x):
    return alpha * A @ x + beta * B @ x


def atax(A, x):
    return (A @ x) @ A


def bicg(A, p, r):
    return r @ A, A @ p


def mvt(x1, x2, y_1, y_2, A):
    x1 += A @ y_1
    x2 += y_2 @ A
    return x1, x2


def doitgen(A, C4):
    nr, nq, _np = A.shape
    for r in range(nr):
        for q in range(nq):
            total = np.zeros(_np)
            for s in range(_np):
                total += A[r, q, s] * C4[s]
            A[r, q, :] = total
    return A


def correlation(M, float_n, data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1 : M, i] = corr[i, i + 1 : M] = data[:, i] @ data[:, i + 1 : M]
    return corr


def covariance(M, float_n, data):
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((M, M), dtype=data.dtype)
    for i in range(M):
        cov[i:M, i] = cov[i, i:M] = data[:, i] @ data[:, i:M] / (float_n - 1.0)
    return cov


# Dynamic programming and graphs.


def floyd_warshall(path):
    n = path.shape[0]
    for k in range(n):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return path


def floyd_scalars(path):
    n = path.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]
    return path


def nussinov(seq):
    n = seq.shape[0]
    table = np.zeros((n, n), np.int32)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            if j - 1 >= 0:
                table[i, j] = max(table[i, j], table[i, j - 1])
            if i + 1 < n:
                table[i, j] = max(table[i, j], table[i + 1, j])
            if j - 1 >= 0 and i + 1 < n:
                if i < j - 1:
                    pair = 1 if seq[i] + seq[j] == 3 else 0
                    table[i, j] = max(table[i, j], table[i + 1, j - 1] + pair)
                else:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1])
            for k in range(i + 1, j):
                table[i, j] = max(table[i, j], table[i, k] + table[k + 1, j])
    return table


def smith_waterman(a, b):
    m, n = a.shape[0], b.shape[0]
    H = np.zeros((m + 1, n + 1))
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            s = 2.0 if a[i - 1] == b[j - 1] else -1.0
            H[i, j] = max(0.0, H[i - 1, j - 1] + s, H[i - 1, j] - 1.5, H[i, j - 1] - 1.5)
    return H.max()


# Conditions and counts.


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


def mandelbrot(cr, ci, maxiter, horizon):
    zr = np.zeros_like(cr)
    zi = np.zeros_like(ci)
    n = np.zeros(cr.shape, dtype=np.int64)
    for it in range(maxiter):
        inside = zr * zr + zi * zi < horizon**2
        n[inside] = it
        new = zr * zr - zi * zi + cr
        zi = np.where(inside, 2 * zr * zi + ci, zi)
        zr = np.where(inside, new, zr)
    return n, zr


def mandelbrot_point(cr, ci, maxiter):
    x = y = 0.0
    for k in range(maxiter):
        if x * x + y * y > 4.0:
            return k, x
        x, y = x * x - y * y + cr, 2 * x * y + ci
    return maxiter, x


def newton_root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def cavity(b, tolerance):
    p = np.zeros_like(b)
    error = 1.0
    turns = 0
    while error > tolerance and turns < 500:
        old = p.copy()
        p[1:-1, 1:-1] = 0.25 * (
            old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1] - b[1:-1, 1:-1]
        )
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        error = np.sum(np.abs(p - old))
        turns += 1
    return p, turns


def histogram(x, weights, bins):
    lo, hi = 0.0, 1.0
    hist = np.zeros(bins, x.dtype)
    for i in range(x.shape[0]):
        k = int((x[i] - lo) / (hi - lo) * bins)
        if 0 <= k < bins:
            hist[k] += weights[i]
    return hist


def spmv(row, col, val, x):
    y = np.empty(row.size - 1, val.dtype)
    for i in range(row.size - 1):
        s = 0.0
        for k in range(row[i], row[i + 1]):
            s += val[k] * x[col[k]]
        y[i] = s
    return y


def spmv_slices(row, col, val, x):
    y = np.empty(row.size - 1, val.dtype)
    for i in range(row.size - 1):
        cols = col[row[i] : row[i + 1]]
        vals = val[row[i] : row[i + 1]]
        y[i] = vals @ x[cols]
    return y


def deriche(alpha, img):
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = a5 = k
    a2 = k * np.exp(-alpha) * (alpha - 1.0)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    y1 = np.empty_like(img)
    y1[:, 0] = a1 * img[:, 0]
    y1[:, 1] = a1 * img[:, 1] + a2 * img[:, 0] + b1 * y1[:, 0]
    for j in range(2, img.shape[1]):
        y1[:, j] = a1 * img[:, j] + a2 * img[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2 = np.empty_like(img)
    y2[:, -1] = 0.0
    y2[:, -2] = a5 * img[:, -1]
    for j in range(img.shape[1] - 3, -1, -1):
        y2[:, j] = a5 * img[:, j + 1] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    return y1 + y2


def k_means_step(points, centers):
    k = centers.shape[0]
    sums = np.zeros_like(centers)
    counts = np.zeros(k)
    for i in range(points.shape[0]):
        best, at = np.inf, 0
        for c in range(k):
            d = np.sum((points[i] - centers[c]) ** 2)
            if d < best:
                best = d
                at = c
        sums[at] += points[i]
        counts[at] += 1
    for c in range(k):
        if counts[c] > 0:
            sums[c] /= counts[c]
        else:
            sums[c] = centers[c]
    return sums


def n_body(pos, vel, mass, dt, steps):
    n = pos.shape[0]
    for _ in range(steps):
        acc = np.zeros_like(pos)
        for i in range(n):
            for j in range(n):
                if i != j:
                    d = pos[j] - pos[i]
                    acc[i] += mass[j] * d / (d @ d + 0.01) ** 1.5
        vel += dt * acc
        pos += dt * vel
    return pos, vel


# Networks.


def softmax(x):
    shifted = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return shifted / np.sum(shifted, axis=-1, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def mlp(x, w1, b1, w2, b2):
    x = relu(x @ w1 + b1)
    return softmax(x @ w2 + b2)


def conv2d(image, weights):
    K = weights.shape[0]
    N = image.shape[0]
    h, w = image.shape[1] - K + 1, image.shape[2] - K + 1
    out = np.empty((N, h, w, weights.shape[3]), dtype=image.dtype)
    for i in range(h):
        for j in range(w):
            out[:, i, j, :] = np.sum(
                image[:, i : i + K, j : j + K, :, np.newaxis] * weights[np.newaxis],
                axis=(1, 2, 3),
            )
    return out


def lstm(xs, w, h):
    c = np.zeros_like(h)
    for x in xs:
        gates = np.tanh(w @ np.concatenate([x, h]))
        n = h.shape[0]
        c = gates[:n] * c + gates[n : 2 * n]
        h = gates[2 * n :] * np.tanh(c)
    return h, c
